"""Structs of one batch into columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from poise.reading.canonical import Conversation, Turn, texts
from poise.reading.problems import Reject, preview
from poise.reading.unchecked import Columns

__all__ = ["columns_of"]

_UNKNOWN: Final = Columns()
_BEYOND: Final = 10**18  # whole numbers may be longer than any float; this is past every instant
_encode: Final = msgspec.json.Encoder().encode


def columns_of(
    found: list[Conversation],
    *,
    files: Sequence[str],
    lines: Sequence[int],
    raws: Sequence[bytes | str],
    rejects: Iterable[Reject] = (),
    controls: bool = True,
) -> Columns:
    """Return the columns of ``found``; a conversation without turns is refused here.

    Parameters
    ----------
    found
        Conversations in the order in which they were read.
    files, lines, raws
        Where each stands, and its record as it was read: same length as ``found``.
    rejects
        What was refused before.
    controls
        Whether the texts may hold control characters.
    """
    refused = list(rejects)
    silent = [c for c, one in enumerate(found) if not one.turns]
    if silent:
        remedy = "Export conversations with their turns"
        refused += [Reject(files[c], lines[c], "turns", "no turns", remedy, preview(raws[c])) for c in silent]
        keep = [c for c, one in enumerate(found) if one.turns]
        found, files = [found[c] for c in keep], [files[c] for c in keep]
        lines, raws = [lines[c] for c in keep], [raws[c] for c in keep]
    if not found:
        return Columns(rejects=refused)
    turns = list(chain.from_iterable([one.turns for one in found]))
    counts = np.fromiter((len(one.turns) for one in found), dtype=np.int64, count=len(found))
    owner = pl.Series("c", np.repeat(np.arange(len(found), dtype=np.uint32), counts))
    return Columns(
        conversations=_conversations(found, files, lines),
        turns=_turns(turns, owner),
        people=_people(found),
        events=_events(found),
        words=_words(found) if any(turn.words for turn in turns) else _UNKNOWN.words,
        rejects=refused,
        record=lambda c: raws[c],
        controls=controls,
    )


def _conversations(found: list[Conversation], files: Sequence[str], lines: Sequence[int]) -> pl.DataFrame:
    started, seconds = _moments([one.started_at for one in found])
    outcomes = [one.outcome for one in found]
    return pl.DataFrame(
        {
            "conversation": texts([one.id for one in found]),
            "channel": [one.channel for one in found],
            "language": [one.language for one in found],
            "started_at": started,
            "started_s": seconds,
            "topic": texts([one.topic for one in found]),
            "queue": texts([one.queue for one in found]),
            "customer": texts([one.customer for one in found]),
            "purpose": [one.purpose for one in found],
            "csat": [one.csat if one else None for one in outcomes],
            "resolved": [one.resolved if one else None for one in outcomes],
            "source": files,
            "line": lines,
            "meta": [_encode(one.meta).decode() if one.meta else None for one in found],
        },
        schema=_UNKNOWN.conversations.schema,
    )


def _turns(turns: list[Turn], owner: pl.Series) -> pl.DataFrame:
    at, seconds = _moments([turn.at for turn in turns])
    return pl.DataFrame(
        [
            owner,
            _series("person", texts([turn.person for turn in turns]), pl.String),
            pl.Series("role", [turn.role for turn in turns], dtype=pl.String),
            pl.Series("text", [turn.text for turn in turns], dtype=pl.String),
            _series("start", [turn.start for turn in turns], pl.Float64),
            _series("end", [turn.end for turn in turns], pl.Float64),
            _series("at", at, pl.String),
            _series("at_s", seconds, pl.Float64),
            _series("audio_channel", texts([turn.audio_channel for turn in turns]), pl.String),
            _series("private", [turn.private for turn in turns], pl.Boolean),
        ]
    )


def _series(name: str, values: Sequence[Any], kind: type[pl.DataType]) -> pl.Series:
    if not any(values) and set(values) <= {None}:  # most files leave most columns out
        return pl.Series(name, [None], dtype=kind).new_from_index(0, len(values))
    return pl.Series(name, values, dtype=kind, strict=False)


def _moments(values: list[Any]) -> tuple[Sequence[str | None], Sequence[float | None]]:
    kinds = set(map(type, values))
    nothing: list[None] = [None] * len(values)
    if kinds == {type(None)}:
        return nothing, nothing
    if kinds <= {str, type(None)}:
        return values, nothing
    words = [value if type(value) is str else None for value in values]
    return words, [None if value is None or type(value) is str else float(min(value, _BEYOND)) for value in values]


def _people(found: list[Conversation]) -> pl.DataFrame:
    rows = [
        (c, str(one.id), one.role, one.name, one.team, one.email)
        for c, conversation in enumerate(found)
        if conversation.people
        for one in conversation.people
    ]
    return pl.DataFrame(rows, schema=_UNKNOWN.people.schema, orient="row")


def _events(found: list[Conversation]) -> pl.DataFrame:
    events = [(c, event) for c, one in enumerate(found) if one.events for event in one.events]
    if not events:
        return _UNKNOWN.events
    at, seconds = _moments([event.at for _, event in events])
    return pl.DataFrame(
        {
            "c": [c for c, _ in events],
            "at": at,
            "at_s": seconds,
            "kind": [event.kind for _, event in events],
            "person": texts([event.person for _, event in events]),
            "other": texts([event.conversation for _, event in events]),
            "value": [event.value for _, event in events],
            "data": [None if event.data is None else _encode(event.data).decode() for _, event in events],
        },
        schema=_UNKNOWN.events.schema,
    )


def _words(found: list[Conversation]) -> pl.DataFrame:
    """Find each word of a turn in its text, one after the other; words without times or not in it are left out."""
    rows: list[tuple[int, int, int, int, float, float]] = []
    for c, conversation in enumerate(found):
        for number, turn in enumerate(conversation.turns):
            place = 0
            for word in turn.words or ():
                spoken = word.word.strip()
                begin = turn.text.find(spoken, place) if spoken else -1
                if begin < 0:
                    continue
                place = begin + len(spoken)
                if word.start is not None and word.end is not None and 0 <= word.start <= word.end:
                    rows.append((c, number, begin, place, word.start, word.end))
    return pl.DataFrame(rows, schema=_UNKNOWN.words.schema, orient="row")
