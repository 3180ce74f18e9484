"""What readers find before it is checked: columns of one batch, whatever the format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from poise.model import WORDS, empty
from poise.reading.problems import Reject

__all__ = ["Columns"]

_C: Final = {"c": pl.UInt32}
_CONVERSATION_COLUMNS: Final = {
    "conversation": pl.String,
    "channel": pl.String,
    "language": pl.String,
    "started_at": pl.String,
    "started_s": pl.Float64,
    "topic": pl.String,
    "queue": pl.String,
    "customer": pl.String,
    "purpose": pl.String,
    "csat": pl.Float64,
    "resolved": pl.Boolean,
    "source": pl.String,
    "line": pl.Int64,
    "meta": pl.String,
}
_PEOPLE_COLUMNS: Final = _C | {
    "person": pl.String,
    "role": pl.String,
    "name": pl.String,
    "team": pl.String,
    "email": pl.String,
}
_TURN_COLUMNS: Final = _C | {
    "person": pl.String,
    "role": pl.String,
    "text": pl.String,
    "start": pl.Float64,
    "end": pl.Float64,
    "at": pl.String,
    "at_s": pl.Float64,
    "audio_channel": pl.String,
    "private": pl.Boolean,
}
_EVENT_COLUMNS: Final = _C | {
    "at": pl.String,
    "at_s": pl.Float64,
    "kind": pl.String,
    "person": pl.String,
    "other": pl.String,
    "value": pl.Float64,
    "data": pl.String,
}
_WORD_COLUMNS: Final = _C | {k: v for k, v in WORDS.items() if k != "conversation"}


@dataclass(slots=True)
class Columns:
    """What a reader found, before it is checked. ``c`` is the number of the conversation within the batch.

    Turns stand by conversation and in order; every conversation has at least one.
    """

    conversations: pl.DataFrame = field(default_factory=lambda: empty(_CONVERSATION_COLUMNS))
    turns: pl.DataFrame = field(default_factory=lambda: empty(_TURN_COLUMNS))
    people: pl.DataFrame = field(default_factory=lambda: empty(_PEOPLE_COLUMNS))
    events: pl.DataFrame = field(default_factory=lambda: empty(_EVENT_COLUMNS))
    words: pl.DataFrame = field(default_factory=lambda: empty(_WORD_COLUMNS))
    rejects: list[Reject] = field(default_factory=list)
    refused: dict[int, tuple[str, str, str, int | None]] = field(default_factory=dict)
    turn_lines: pl.Series | None = None  # where turns stand on lines of their own
    record: Callable[[int], bytes | str] = lambda _: ""
    controls: bool = True  # whether the texts may hold control characters
