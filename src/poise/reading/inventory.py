"""What there is to read: files found, with the format of each, and what is left aside with its reason."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from poise.reading.problems import InputError
from poise.reading.recognise import FORMATS, Recognised, recognise
from poise.reading.streams import UNREADABLE, suffix_of

__all__ = ["Inventory", "Skipped", "Source", "find"]

_CORPUS: Final = ("utterances.jsonl", "speakers.json", "conversations.json", "corpus.json", "index.json", "users.json")
_DOCUMENTS: Final = ("vtt", "srt", "whisperx", "intercom", "contact-lens")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a known format, or one folder that is a ConvoKit corpus."""

    path: Path
    format: str
    layout: str
    size: int
    name: str  # id of the conversation where the file is one and does not say its id
    key: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not read, and why."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Files to read, in the order in which they are read, and files left aside."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def formats(self) -> dict[str, int]:
        """Number of files of each format."""
        return dict(sorted(Counter(source.format for source in self.sources).items()))

    @property
    def size(self) -> int:
        """Bytes on disk of all files."""
        return sum(source.size for source in self.sources)


def find(inputs: Sequence[str | Path], *, format: str | None = None) -> Inventory:  # noqa: A002 (the option's name)
    """Find the files that are meant and tell their formats.

    Parameters
    ----------
    inputs
        Files, folders (read recursively) and glob patterns; plain, ``.gz`` or ``.zst``.
    format
        Read every file as this format instead of telling it from the content; one of
        :data:`poise.reading.recognise.FORMATS`.

    Returns
    -------
    Inventory
        Every file that was found, read or skipped with the reason.

    Raises
    ------
    InputError
        For an unknown format, an input that does not exist, and inputs without any conversation.
    """
    if format is not None and format not in FORMATS:
        raise InputError(f"unknown format {format!r}", field="format", remedy=f"Use one of {', '.join(FORMATS)}")
    if not inputs:
        raise InputError("nothing to read", field="inputs", remedy="Name a file, a folder or a pattern")
    paths = list(dict.fromkeys(path for given in inputs for path in _resolved(given)))
    corpora = {path.parent for path in paths if _is_corpus(path)} if format in (None, "convokit") else set()
    sources: list[Source] = []
    skipped: list[Skipped] = []
    for path in paths:
        if path.parent in corpora and _stem(path) in _CORPUS:
            if _stem(path) == "utterances.jsonl":
                size = sum(one.stat().st_size for one in path.parent.iterdir() if _stem(one) in _CORPUS)
                sources.append(Source(path, "convokit", "corpus", size, path.parent.name))
            continue
        try:
            size = path.stat().st_size
            found = recognise(path)
        except UNREADABLE as error:
            skipped.append(Skipped(path, f"cannot be read: {error}"))
            continue
        except Exception as error:  # a damaged Parquet footer raises whatever the reader likes
            skipped.append(Skipped(path, f"cannot be read: {str(error).splitlines()[0] if str(error) else error!r}"))
            continue
        if format is not None:
            found = _forced(format, found, path)
        if found.format:
            sources.append(Source(path, found.format, found.layout, size, _name(path), found.key, found.part))
        else:
            skipped.append(Skipped(path, found.why))
    if not sources:
        given = ", ".join(str(one) for one in inputs)
        reasons = "; ".join(f"{one.path.name}: {one.why}" for one in skipped[:5])
        raise InputError(
            f"no conversations found ({reasons or 'no files'})",
            file=given,
            field="inputs",
            remedy="Name files of a known format, or force one with the format option",
        )
    return Inventory(tuple(_named(sources)), tuple(skipped))


def _resolved(given: str | Path) -> Iterator[Path]:
    path = Path(given)
    if path.is_file():
        yield path
        return
    if path.is_dir():
        yield from sorted(one for one in path.rglob("*") if one.is_file() and not _hidden(one, path))
        return
    matches = sorted(glob.glob(str(given), recursive=True)) if glob.has_magic(str(given)) else []  # noqa: PTH207
    if not matches:
        raise InputError("no such file or folder", file=str(given), field="inputs", remedy="Check the path or pattern")
    for match in matches:
        yield from _resolved(match)


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _is_corpus(path: Path) -> bool:
    return _stem(path) == "utterances.jsonl"


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".zst")


def _name(path: Path) -> str:
    return _stem(path).removesuffix(suffix_of(path)) or path.name


def _named(sources: list[Source]) -> Iterator[Source]:
    """Give files of one conversation each different names: the folder's name goes in front where two are alike."""
    alike = Counter(source.name for source in sources if source.format in _DOCUMENTS)
    for source in sources:
        if source.format in _DOCUMENTS and alike[source.name] > 1:
            name = f"{source.path.parent.name}/{source.path.name}"
            yield Source(source.path, source.format, source.layout, source.size, name, source.key, source.part)
        else:
            yield source


def _forced(format_: str, found: Recognised, path: Path) -> Recognised:
    if found.format == format_:
        return found
    if format_ == "convokit":
        return Recognised(format_, "corpus")
    if format_ in ("vtt", "srt"):
        return Recognised(format_, "document")
    if format_ in ("csv", "parquet"):
        return Recognised(format_, "table")
    if found.layout in ("lines", "elements", "document"):
        return Recognised(format_, found.layout, found.key, found.part)
    lines = suffix_of(path) in (".jsonl", ".ndjson") or format_ == "canonical"
    part = "tickets" if format_ in ("zendesk", "freshdesk") else ""
    return Recognised(format_, "lines" if lines else "document", part=part)
