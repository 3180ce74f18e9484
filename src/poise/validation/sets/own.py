"""A user's own labels: which turns do what, said turn by turn (``docs/how-to/measure-on-your-own-labels.md``)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from poise.knowledge import Knowledge
from poise.knowledge.schema import Behaviour, Signal
from poise.languages import LANGUAGES
from poise.model import ASSESSED, COUNTERPART, ROLES, Tables
from poise.reading import chunks, find, parse
from poise.reading.assemble import assemble
from poise.reading.canonical import Conversation, Text, Turn, as_problem
from poise.reading.columns import columns_of
from poise.reading.labels import LANGUAGES as LANGUAGE_NAMES
from poise.reading.problems import InputError
from poise.validation.sets.labelled import NO, UNJUDGED, YES, Labelled, said_in_turns

__all__ = ["OWN", "read_own_labels"]

OWN: Final = "labels"
"""What names of these sets begin with in the table."""
_WORDS: Final = {
    **dict.fromkeys(("yes", "y", "true", "1", "ja", "כן"), YES),
    **dict.fromkeys(("no", "n", "false", "0", "nei", "לא"), NO),
}
_MOST: Final = 20  # problems that are said at once
_LINES: Final = (".jsonl", ".ndjson")
_DOCS: Final = "docs/how-to/measure-on-your-own-labels.md"


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """One turn of a file of labels."""

    conversation: Text
    turn: int
    text: str | None = None
    role: str | None = None
    language: str | None = None
    channel: str | None = None
    private: bool | None = None
    labels: dict[str, bool | int | str | None] = {}


_OF_TURN: Final = tuple(name for name in _Row.__struct_fields__ if name != "labels")


@dataclass
class _File:
    """What one file of labels holds, and what is wrong with it."""

    path: Path
    rows: list[tuple[int, _Row]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def wrong(self, line: int, where: str, problem: str, remedy: str) -> None:
        place = f"{where}: " if where else ""
        self.problems.append(f"{self.path}, line {line}: {place}{problem}. {remedy}")


def read_own_labels(folder: Path, knowledge: Knowledge) -> dict[str, Labelled]:
    """Return the labelled turns of every file of labels in a folder, by a name for the accuracy table.

    Files are JSON Lines (``.jsonl``, ``.ndjson``) or CSV. A file whose objects have ``turns`` holds canonical
    conversations, to which files of labels without texts refer. A file with several languages gives a set for each.

    Raises
    ------
    ValueError
        Naming file, line, field and remedy of what is wrong, up to twenty of them; or saying that there is no file.
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in (*_LINES, ".csv"))
    talks = [path for path in paths if _is_conversations(path)]
    files = [_read(path) for path in paths if path not in talks]
    if not files:
        remedy = f"Put JSON Lines or CSV files there, one turn a row, as {_DOCS} shows"
        raise ValueError(f"{folder}: no file of labels. {remedy}")
    referred, problems = _conversations(talks)
    entries = said_in_turns(knowledge)
    out: dict[str, Labelled] = {}
    for one in files:
        spoken = any(row.text is not None for _, row in one.rows)
        tables = _spoken(one) if spoken else referred
        places = _places(one, tables, spoken=spoken)
        given = _labels(one, tables, places, entries, knowledge)
        problems += one.problems
        if not one.problems:
            out |= dict(_by_language(f"{OWN}/{one.path.name.split('.')[0]}", tables, places, given))
    if problems:
        more = f"\n… and {len(problems) - _MOST} more" if len(problems) > _MOST else ""
        raise ValueError("the labels cannot be used:\n" + "\n".join(problems[:_MOST]) + more)
    return out


# ---------------------------------------------------------------- files


def _is_conversations(path: Path) -> bool:
    if path.suffix.lower() not in _LINES:
        return False
    with path.open("rb") as file:
        line = next((line for line in file if line.strip()), b"")
    try:
        first = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return isinstance(first, dict) and "turns" in first


def _conversations(paths: list[Path]) -> tuple[Tables, list[str]]:
    """Return the conversations of all canonical files, and what is wrong with them."""
    parts = [assemble(columns_of([], files=[], lines=[], raws=[]))]
    if paths:
        parts += [parse(chunk) for chunk in chunks(find(paths, format="canonical"))]
    tables = Tables(*(pl.concat([getattr(part, name) for part in parts]) for name in Tables.__dataclass_fields__))
    problems = _refused(tables)
    ids = tables.conversations
    problems += [
        f"{row['source']}, line {row['line']}: id: {row['conversation']!r} stands in two files. Keep one of them"
        for row in ids.filter(~ids["conversation"].is_first_distinct()).to_dicts()
    ]
    return tables, problems


def _refused(tables: Tables) -> list[str]:
    return [
        f"{row['file']}, line {row['line']}: {row['field'] + ': ' if row['field'] else ''}{row['problem']}. "
        f"{row['remedy']}"
        for row in tables.rejects.to_dicts()
    ]


def _read(path: Path) -> _File:
    one = _File(path)
    rows = _json_rows(one) if path.suffix.lower() in _LINES else _csv_rows(one)
    try:
        one.rows = list(rows)
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", file=str(path), remedy="Save it in UTF-8") from error
    except csv.Error as error:
        raise InputError(f"no CSV ({error})", file=str(path), remedy="Save it as CSV again") from error
    if not one.rows and not one.problems:
        one.wrong(1, "", "no rows", f"Write one turn a row, as {_DOCS} shows")
    return one


def _json_rows(one: _File) -> Iterator[tuple[int, _Row]]:
    for number, line in enumerate(one.path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line, type=_Row)
        except msgspec.DecodeError as error:
            wrong = as_problem(error)
            remedy = f"A row has {', '.join(_OF_TURN)} and labels"
            one.wrong(number, wrong.field, wrong.problem, remedy)


def _csv_rows(one: _File) -> Iterator[tuple[int, _Row]]:
    with one.path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max(",;\t", key=first.count), strict=True)
        header = [name.strip() for name in next(reader, [])]
        for name in ("conversation", "turn"):
            if name not in header:
                one.wrong(1, name, "no such column", "Name the columns in the first line")
        for name in sorted({name for name in header if header.count(name) > 1}):
            one.wrong(1, name, "column stands twice", "Keep one of them")
        if one.problems:
            return
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problem = f"{len(cells)} cells where the first line has {len(header)}"
                one.wrong(line, "", problem, "Put cells that contain the separator between double quotes")
                continue
            given = {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()}
            row: dict[str, Any] = {name: given[name].strip() for name in _OF_TURN if name in given}
            if "text" in header and "text" not in row:
                row["text"] = ""
            row["labels"] = {name: cell for name, cell in given.items() if name not in _OF_TURN}
            private = row.pop("private", None)
            if private is not None:
                if private.casefold() not in _WORDS:
                    one.wrong(line, "private", f"{private!r} is neither yes nor no", "Write yes, no or nothing")
                    continue
                row["private"] = _WORDS[private.casefold()] == YES
            try:
                yield line, msgspec.convert(row, _Row, strict=False)
            except msgspec.ValidationError as error:
                wrong = as_problem(error)
                one.wrong(line, wrong.field, wrong.problem, "Give conversation and turn, the turn as a whole number")


# ---------------------------------------------------------------- turns


def _spoken(one: _File) -> Tables:
    """Return the conversations whose turns are the rows of a file."""
    talks: dict[str, dict[int, tuple[int, _Row]]] = {}
    for line, row in one.rows:
        told = talks.setdefault(str(row.conversation), {})
        if row.turn in told:
            problem = f"turn {row.turn} of {str(row.conversation)!r} stands on line {told[row.turn][0]} already"
            one.wrong(line, "turn", problem, "Number the turns of a conversation in their order, each once")
        elif row.text is None:
            one.wrong(
                line, "text", "missing", "Give every row its text, or none and the conversations in a file beside"
            )
        elif row.role not in ROLES:
            problem = "missing" if row.role is None else f"{row.role!r} is no role"
            one.wrong(line, "role", problem, f"Write one of {', '.join(ROLES)}")
        else:
            told[row.turn] = (line, row)
    found: list[Conversation] = []
    lines: list[int] = []
    for name, rows in talks.items():
        ordered = [rows[number] for number in sorted(rows)]
        if not ordered:
            continue
        said = [{"text": row.text, "role": row.role, "private": bool(row.private)} for _, row in ordered]
        channel, language = (
            next((given for _, row in ordered if (given := getattr(row, key))), None) for key in ("channel", "language")
        )
        if language is None or LANGUAGE_NAMES.get(language.casefold(), language) not in LANGUAGES:
            problem = "missing" if language is None else f"{language!r} has no rules"
            one.wrong(ordered[0][0], "language", problem, f"Write {', '.join(LANGUAGES)} in a row of the conversation")
        turns = msgspec.convert(said, list[Turn])
        found.append(Conversation(id=name, turns=turns, channel=channel, language=language))
        lines.append(ordered[0][0])
    files = [str(one.path)] * len(found)
    tables = assemble(columns_of(found, files=files, lines=lines, raws=[""] * len(found)))
    one.problems += _refused(tables)
    return tables


def _places(one: _File, tables: Tables, *, spoken: bool) -> list[int]:
    """Return the row of ``tables.turns`` of each row of labels; -1 where there is none."""
    turns = tables.turns.select("conversation", "turn").rows()
    at = {key: row for row, key in enumerate(turns)}
    if spoken:
        order: dict[str, list[int]] = {}
        for _, row in one.rows:
            order.setdefault(str(row.conversation), []).append(row.turn)
        rank = {name: {turn: i for i, turn in enumerate(sorted(set(told)))} for name, told in order.items()}
        return [at.get((str(row.conversation), rank[str(row.conversation)][row.turn]), -1) for _, row in one.rows]
    places = []
    known = set(tables.conversations["conversation"])
    seen: dict[int, int] = {}
    for line, row in one.rows:
        place = at.get((str(row.conversation), row.turn), -1)
        if str(row.conversation) not in known:
            remedy = "Give rows their text, or put the canonical conversations beside the labels"
            one.wrong(line, "conversation", f"{str(row.conversation)!r} is in no file of conversations", remedy)
        elif place < 0:
            one.wrong(line, "turn", f"{str(row.conversation)!r} has no turn {row.turn}", "Turns are counted from 0")
        elif place in seen:
            one.wrong(line, "turn", f"labelled on line {seen[place]} already", "Give each turn one row")
        seen[place] = line
        places.append(place)
    return places


# ---------------------------------------------------------------- labels


def _labels(
    one: _File,
    tables: Tables,
    places: list[int],
    entries: Mapping[str, Signal | Behaviour],
    knowledge: Knowledge,
) -> dict[str, list[int]]:
    """Return yes, no or not judged for each row, by behaviour or signal."""
    roles = tables.turns["role"].to_list()
    unknown: set[str] = set()
    out: dict[str, list[int]] = {}
    for number, (line, row) in enumerate(one.rows):
        for name, given in row.labels.items():
            entry = entries.get(name)
            if entry is None:
                if name not in unknown:
                    unknown.add(name)
                    one.wrong(line, name, *_no_entry(name, knowledge))
                continue
            if given is None or given == "":
                continue
            answer = _WORDS.get(str(given).strip().casefold())
            if answer is None:
                one.wrong(line, name, f"{given!r} is neither yes nor no", "Write yes, no or nothing")
                continue
            theirs = isinstance(entry, Signal) and entry.side == "customer"
            if places[number] >= 0 and roles[places[number]] not in (COUNTERPART if theirs else ASSESSED):
                if answer == YES:
                    whose = "customers'" if theirs else "agents'"
                    problem = f"yes on a turn of the role {roles[places[number]]}"
                    one.wrong(line, name, problem, f"It is looked for in {whose} turns: leave it empty here")
                continue
            out.setdefault(name, [UNJUDGED] * len(one.rows))[number] = answer
    if not out and not one.problems:
        one.wrong(1, "labels", "no turn is labelled", "Write yes or no under a behaviour or signal")
    return out


def _no_entry(name: str, knowledge: Knowledge) -> tuple[str, str]:
    if name in knowledge.entries():
        return "is not said in a turn: times, events or whole conversations tell it", "Leave it out"
    return "no such behaviour or signal", "poise knowledge show lists them; other columns are not read here"


def _by_language(
    name: str, tables: Tables, places: list[int], given: Mapping[str, list[int]]
) -> Iterator[tuple[str, Labelled]]:
    rows = np.array(places, np.int64)
    spoken = tables.turns.join(
        tables.conversations.select("conversation", "language"), on="conversation", how="left", maintain_order="left"
    )
    language = spoken["language"].gather(rows).to_numpy()
    cluster = spoken["conversation"].rle_id().gather(rows).to_numpy().astype(np.int64)
    values = {target: np.array(answers, np.int8) for target, answers in given.items()}
    judged = np.any([answers != UNJUDGED for answers in values.values()], axis=0)
    codes = sorted(set(language[judged].tolist()))
    for code in codes:
        own = judged & (language == code)
        labels = {target: answers[own] for target, answers in values.items() if (answers[own] != UNJUDGED).any()}
        yield name if len(codes) == 1 else f"{name}/{code}", Labelled(tables, rows[own], cluster[own], labels)
