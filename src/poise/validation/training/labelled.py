"""Labelled rows of the open sets and of the project's own sentences, in one form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec

from poise.validation.sets.rows import read_rows
from poise.validation.training.recipes import SENTENCES, RecipeError, Source

__all__ = ["SETS", "Labelled", "read_sentences", "rows_of", "set_file"]

_CONTEXT: Final = 4  # turns before a row that are kept
_NONE: Final = "none"
Turn: TypeAlias = tuple[str, str]  # role, text


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with its labels, and what was said before it (oldest first)."""

    text: str
    role: str
    group: str  # rows of one group stay together in cross-validation
    labels: frozenset[str] = frozenset()
    value: float | None = None
    previous: tuple[Turn, ...] = ()
    channel: str = "chat"
    language: str = "en"
    weight: float = 1.0
    positive: bool = False


class _Sentence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str
    acts: list[str]
    role: Literal["agent", "customer"] = "agent"
    channel: Literal["call", "chat", "email"] = "chat"
    language: Literal["en", "he", "nb"] = "en"
    previous: list[str] = []
    family: int | str | None = None  # sentences that vary one thought
    near: list[str] = []  # acts that the text looks like and does not perform
    private: bool = False
    anger: int = 0
    value: float | None = None  # for heads of values: how much of it, as its author judges


class _Heading(msgspec.Struct, frozen=True, kw_only=True):
    about: str
    author: str
    date: str


def read_sentences(path: Path) -> list[Labelled]:
    """Read a file of labelled sentences that the project wrote.

    Raises
    ------
    ValueError
        Naming file, line and field.
    """
    out: list[Labelled] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                if number == 1:
                    msgspec.json.decode(line, type=_Heading)
                    continue
                row = msgspec.json.decode(line, type=_Sentence)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                what = "the first line says about, author and date" if number == 1 else "one labelled sentence a line"
                raise ValueError(f"{path}, line {number}: {error} ({what})") from None
            previous = tuple(_turn(said, path, number) for said in row.previous)
            out.append(
                Labelled(
                    text=row.text,
                    role=row.role,
                    group=f"{path.stem}:{row.text if row.family is None else row.family}",
                    labels=frozenset(row.acts),
                    value=row.value,
                    previous=previous,
                    channel=row.channel,
                    language=row.language,
                )
            )
    return out


def _turn(said: str, path: Path, number: int) -> Turn:
    role, colon, text = said.partition(":")
    if not colon or role not in ("agent", "customer"):
        raise ValueError(f"{path}, line {number}, previous: begin a turn with agent: or customer:, not {said[:30]!r}")
    return role, text.strip()


def _goemotions(rows: list[dict[str, Any]]) -> Iterator[Labelled]:
    for row in rows:
        yield Labelled(row["text"], "customer", row["id"], frozenset(row["emotions"]))


def _multidogo(rows: list[dict[str, Any]]) -> Iterator[Labelled]:
    """Customers' turns of chats; what agents said between is not in the data, so they stand without context."""
    for row in rows:
        place = re.fullmatch(r"(.*?)<TURN>(\d+)", row["id"])
        yield Labelled(row["text"], "customer", place[1] if place else row["id"], frozenset([row["intent"]]))


def _norec(rows: list[dict[str, Any]]) -> Iterator[Labelled]:
    for row in rows:
        group = row["id"].split("-")[0]
        yield Labelled(row["text"], "customer", group, frozenset([row["sentiment"]]), language="nb")


def _uptake(rows: list[dict[str, Any]]) -> Iterator[Labelled]:
    for row in rows:
        previous = tuple(("customer", text) for text in row["previous"])
        yield Labelled(
            row["text"], "agent", str(row["group"]), value=float(row["uptake"]), previous=previous, channel="chat"
        )


def _receptiveness(rows: list[dict[str, Any]]) -> Iterator[Labelled]:
    for i, row in enumerate(rows):
        yield Labelled(row["text"], "agent", str(row.get("id", i)), value=float(row["receptive"]))


def _casino(rows: list[dict[str, Any]]) -> Iterator[Labelled]:
    for i, row in enumerate(rows):
        for number, turn in enumerate(row["turns"]):
            if turn["strategies"] is None:
                continue
            own = turn["speaker"]
            before = row["turns"][max(number - _CONTEXT, 0) : number]
            previous = tuple(("agent" if t["speaker"] == own else "customer", t["text"]) for t in before)
            labels = frozenset(turn["strategies"])
            yield Labelled(turn["text"], "agent", str(row.get("id", i)), labels, previous=previous)


SETS: Final[dict[str, Callable[[list[dict[str, Any]]], Iterator[Labelled]]]] = {
    "goemotions_train": _goemotions,
    "multidogo_train": _multidogo,
    "norec_sentence_train": _norec,
    "uptake": _uptake,
    "receptiveness": _receptiveness,
    "casino": _casino,
}
"""Sets of ``open/`` whose licence allows training weights that ship. Development files train nothing."""


def rows_of(source: Source, data: Path | None) -> Iterator[Labelled]:
    """Yield the rows of one source of a recipe that train its head.

    Parameters
    ----------
    data
        Folder with ``open/``; None where a recipe rests on the project's sentences alone.

    Raises
    ------
    RecipeError
        For a set or file that is not there.
    ValueError
        For rows that cannot be read.
    """
    left = source.limit
    rows = list(_found(source, data))
    if left is not None:
        rows.sort(key=lambda row: hashlib.sha256(row.text.encode("utf-8", "replace")).digest())
    positive, negative, without = set(source.positive), set(source.negative), set(source.without)
    for row in rows:
        if not row.text.strip() or (source.language and row.language != source.language) or row.labels & without:
            continue
        hit = bool(row.labels & positive)
        if not hit and row.value is None:
            if negative and not (row.labels & negative) and not (_NONE in negative and not row.labels):
                continue
            if left is not None:
                if left <= 0:
                    continue
                left -= 1
        yield Labelled(
            row.text,
            source.role or row.role,
            row.group,
            row.labels,
            row.value,
            row.previous,
            row.channel,
            row.language,
            source.weight,
            hit,
        )


def _found(source: Source, data: Path | None) -> Iterator[Labelled]:
    if source.sentences is not None:
        paths = sorted(SENTENCES.glob(source.sentences))
        if not paths:
            raise RecipeError(f"no file {source.sentences!r} is in {SENTENCES}")
        for path in paths:
            yield from read_sentences(path)
        return
    name = str(source.set)
    if name not in SETS:
        raise RecipeError(f"there is no set {name!r} to train on; there are {', '.join(SETS)}")
    if data is None:
        raise RecipeError(f"the set {name} is wanted: say where the data is (--data DIR)")
    yield from SETS[name](read_rows(set_file(name, data)))


def set_file(name: str, data: Path) -> Path:
    """Return the file of a set below ``data/open``.

    Raises
    ------
    RecipeError
        Where it is not there.
    """
    for form in ("{}.jsonl.gz", "{}.jsonl"):
        path = data / "open" / form.format(name)
        if path.is_file():
            return path
    raise RecipeError(f"{data / 'open'} has no {name}.jsonl.gz")
