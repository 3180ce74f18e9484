"""A transcript that was handed in, read as the one conversation that it is, whoever its speakers turn out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import polars as pl
from django.utils.translation import gettext as _

from poise.app.importing.files import safe_name
from poise.app.importing.wording import worded
from poise.model import Tables
from poise.reading.assemble import assemble
from poise.reading.canonical import Conversation, decode_lines
from poise.reading.columns import columns_of
from poise.reading.labels import role_of
from poise.reading.problems import RecordError, Reject
from poise.reading.recognise import recognise
from poise.reading.streams import UNREADABLE, compression_of
from poise.reading.transcripts import read_captions, read_whisperx
from poise.reading.where import Where

__all__ = ["FORMATS", "MOST_BYTES", "MOST_TURNS", "Speaker", "Transcript", "UnfitError", "assign", "read", "speakers"]

MOST_BYTES: Final = 20 << 20
"""An hour of WhisperX with the time of every word takes about two megabytes."""
MOST_TURNS: Final = 5_000
FORMATS: Final[Mapping[str, str]] = {
    "canonical": "JSON Lines",
    "whisperx": "WhisperX JSON",
    "vtt": "WebVTT",
    "srt": "SubRip (SRT)",
}
_UNKNOWN: Final = "system"
_BOTH: Final = frozenset({"candidate", "interviewer"})
_AS_ONE: Final = "interview"


class UnfitError(ValueError):
    """A file that is no transcript of one interview. The message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was read. ``known`` says whether the file itself tells who is the candidate."""

    tables: Tables
    format: str
    turns: int
    known: bool


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody in a transcript: by what label, how often they speak, how much of all words, and as what."""

    label: str
    turns: int
    share: float
    first: bool
    role: str


class _EveryLabel(Where):
    """Keeps each speaker apart by the label that the file gives, known or not."""

    def role(self, label: str) -> str:
        return role_of(label) or _UNKNOWN

    def names_someone(self, label: str) -> bool:
        return True


def read(name: str, data: bytes, language: str) -> Transcript:
    """Read a transcript.

    Parameters
    ----------
    name
        The file's name, as it was given.
    language
        The language of the interview, where the file says none and its words do not tell.

    Raises
    ------
    UnfitError
        For what is no text, no known format, more or less than one conversation, given for another purpose, or without
        two speakers.
    """
    format_ = _format(name, data)
    try:
        found, rejects = _conversations(format_, data)
    except RecordError as error:
        raise UnfitError(_said(error.field, error.problem, error.remedy)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnfitError(
            _("The file cannot be read as %(format)s: %(why)s")
            % {"format": FORMATS[format_], "why": worded(str(error))}
        ) from error
    if rejects:
        one = rejects[0]
        place = _("line %(line)d: ") % {"line": one.line} if one.line else ""
        raise UnfitError(place + _said(one.field, one.problem, one.remedy))
    if len(found) != 1:
        text = _("The file has %(n)d conversations; hand in the transcript of this one interview.")
        raise UnfitError(text % {"n": len(found)})
    if found[0].purpose not in (None, "selection"):
        text = _(
            "The file says that it was recorded for the purpose “%(purpose)s”. "
            "Only what was recorded for selection may be used here."
        )
        raise UnfitError(text % {"purpose": found[0].purpose})
    if len(found[0].turns) > MOST_TURNS:
        raise UnfitError(
            _("The transcript has more than %(most)d turns: it cannot be one interview.") % {"most": MOST_TURNS}
        )
    tables = assemble(columns_of(found, files=[name], lines=[1], raws=[b""]), purpose="selection")
    if len(tables.rejects) or not len(tables.turns):
        row = next(tables.rejects.iter_rows(named=True), {"field": "turns", "problem": "empty", "remedy": ""})
        raise UnfitError(_said(row["field"], row["problem"], row["remedy"]))
    tables = _plain(tables, language)
    labels = tables.turns["person"].n_unique()
    if labels < 2:
        raise UnfitError(
            _("All turns are by one speaker. Export the transcript with its speakers told apart (diarised).")
        )
    known = set(tables.turns["role"]) == _BOTH
    return Transcript(tables, format_, len(tables.turns), known)


def _said(field: str | None, problem: str, remedy: str) -> str:
    return f"{field + ': ' if field else ''}{worded(problem)}. {worded(remedy)}".strip()


def _format(name: str, data: bytes) -> str:
    if not data.strip():
        raise UnfitError(_("The file is empty."))
    with TemporaryDirectory(prefix="poise-") as folder:
        path = Path(folder, safe_name(name))
        path.write_bytes(data)
        if compression_of(path):
            raise UnfitError(_("The file is compressed. Unpack it and hand in the transcript itself."))
        try:
            found = recognise(path)
        except UNREADABLE as error:
            raise UnfitError(_("The file cannot be read: %(why)s") % {"why": worded(str(error))}) from error
        except Exception as error:  # a damaged Parquet footer raises whatever its reader likes
            raise UnfitError(_("The file cannot be read.")) from error
    if found.format not in FORMATS:
        told = found.format or found.why
        text = _("This is no transcript of an interview (%(found)s). Hand in WebVTT, SRT, WhisperX JSON or JSON Lines.")
        raise UnfitError(text % {"found": told})
    return found.format


def _conversations(format_: str, data: bytes) -> tuple[list[Conversation], list[Reject]]:
    data = data.removeprefix(b"\xef\xbb\xbf")
    if format_ == "canonical":
        found, _lines, _raws, rejects = decode_lines(_one_line(data), file="", first_line=1)
        return found, rejects
    where = _EveryLabel(_AS_ONE)
    if format_ == "whisperx":
        return [read_whisperx(data, where)], []
    return [read_captions(msgspec.json.encode(data.decode("utf-8")), where)], []


def _one_line(data: bytes) -> bytes:
    """Return a document that is spread over lines as one; what is one conversation a line stays."""
    try:
        return msgspec.json.format(msgspec.Raw(data), indent=-1) if b"\n" in data.strip() else data
    except msgspec.DecodeError:
        return data


def _plain(tables: Tables, language: str) -> Tables:
    """Return the tables with nothing but the interview: no ids of elsewhere, no names beside the labels, no extras."""
    nothing = [pl.lit(None, pl.String).alias(name) for name in ("topic", "queue", "customer", "source", "meta")]
    one = pl.lit(_AS_ONE).alias("conversation")
    turns = tables.turns.with_columns(one, pl.coalesce("person", "role").alias("person"))
    people = turns.select("conversation", "person", "role").unique("person", maintain_order=True)
    return Tables(
        conversations=tables.conversations.with_columns(
            *nothing,
            one,
            channel=pl.lit(_AS_ONE),
            language=pl.col("language").fill_null(language),
            purpose=pl.lit("selection"),
            line=pl.lit(None, pl.Int64),
        ),
        people=people.with_columns(
            name=pl.lit(None, pl.String), team=pl.lit(None, pl.String), named=pl.lit(False)
        ).select(tables.people.columns),
        turns=turns,
        events=tables.events.clear(),
        words=tables.words.with_columns(one),
    )


def speakers(tables: Tables) -> list[Speaker]:
    """Return who speaks, in the order in which they first do. Nothing of what they say."""
    sizes = tables.turns.with_columns(size=pl.col("text").str.len_chars()).group_by("person", maintain_order=True)
    found = sizes.agg(pl.len(), pl.col("size").sum(), pl.col("role").first())
    whole = max(int(found["size"].sum()), 1)
    return [
        Speaker(label, turns, size / whole, number == 0, role)
        for number, (label, turns, size, role) in enumerate(found.iter_rows())
    ]


def assign(tables: Tables, candidate: str) -> Tables:
    """Return the tables with this speaker as the candidate and all others as interviewers.

    Raises
    ------
    KeyError
        Where nobody has that label.
    """
    if candidate not in set(tables.turns["person"]):
        raise KeyError(candidate)
    role = pl.when(pl.col("person") == candidate).then(pl.lit("candidate")).otherwise(pl.lit("interviewer"))
    return Tables(
        conversations=tables.conversations,
        people=tables.people.with_columns(role=role),
        turns=tables.turns.with_columns(role=role),
        events=tables.events,
        words=tables.words,
    )
