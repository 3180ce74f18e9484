"""The tables that cross walls.

Every layer of the library takes and returns these Polars tables. Turns of one conversation are
contiguous and in order; conversations stand in the same order in every table of a batch. Spans are
half-open intervals of code points in the turn's text as :data:`TURNS` holds it. Times in columns named
``start``/``end`` are seconds from the start of the conversation; ``at`` columns are UTC instants.
The columns are documented for users in ``docs/reference/tables.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import msgspec
import polars as pl

__all__ = [
    "ASSESSED",
    "CASES",
    "CHANGES",
    "CONTRIBUTIONS",
    "CONVERSATIONS",
    "COUNTERPART",
    "ESTIMATES",
    "EVENTS",
    "EVIDENCE",
    "HITS",
    "INSTANT",
    "OPPORTUNITIES",
    "PEOPLE",
    "RATES",
    "REJECTS",
    "ROLES",
    "SIGNALS",
    "TURNS",
    "WORDS",
    "Excluded",
    "Gap",
    "InputRead",
    "NormsUsed",
    "RunInfo",
    "Schema",
    "Tables",
    "Tier",
    "empty",
]

Tier = Literal["fast", "full"]
"""Which detectors run: phrases, rules and heads on the static student, or heads on the sentence encoder too."""

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

ROLES: Final = ("agent", "customer", "candidate", "interviewer", "colleague", "bot", "system")
ASSESSED: Final = ("agent", "candidate")
"""Roles whose behaviour is evidence."""
COUNTERPART: Final = ("customer", "interviewer")
"""Roles whose words make the opportunities."""

INSTANT: Final = pl.Datetime("us", "UTC")

CONVERSATIONS: Final[Schema] = {
    "conversation": pl.String,  # unique in a run
    "channel": pl.String,  # call, chat, email, interview, shift
    "language": pl.String,  # en, he, nb; another ISO 639-1 code where it is none of them
    "started_at": INSTANT,
    "topic": pl.String,
    "queue": pl.String,
    "customer": pl.String,  # stable id of the customer over conversations
    "purpose": pl.String,  # selection, coaching, training
    "csat": pl.Float64,  # as the source has it
    "resolved": pl.Boolean,  # outcome by the source, not by words
    "source": pl.String,  # file it was read from
    "line": pl.Int64,  # 1-based line or record number in that file
    "meta": pl.String,  # unknown extra fields, JSON
}
PEOPLE: Final[Schema] = {
    "conversation": pl.String,
    "person": pl.String,
    "role": pl.String,
    "name": pl.String,
    "team": pl.String,
    "named": pl.Boolean,  # False where all that is known is the role: no estimates, no page
}
TURNS: Final[Schema] = {
    "conversation": pl.String,
    "turn": pl.Int32,  # 0-based
    "person": pl.String,
    "role": pl.String,
    "text": pl.String,
    "start": pl.Float64,
    "end": pl.Float64,
    "at": INSTANT,
    "audio_channel": pl.String,
    "private": pl.Boolean,  # a note that the customer does not see
}
EVENTS: Final[Schema] = {
    "conversation": pl.String,
    "event": pl.Int32,  # 0-based within the conversation
    "at": INSTANT,
    "kind": pl.String,  # assigned, transfer, concession, refusal, help_asked, state, resolved, promise …
    "person": pl.String,
    "other": pl.String,  # another conversation that it concerns
    "value": pl.Float64,
    "data": pl.String,  # JSON
}
WORDS: Final[Schema] = {
    "conversation": pl.String,
    "turn": pl.Int32,
    "begin": pl.Int32,  # code points in the turn's text
    "end": pl.Int32,
    "from_s": pl.Float64,  # seconds from the start of the conversation
    "to_s": pl.Float64,
}
REJECTS: Final[Schema] = {
    "file": pl.String,
    "line": pl.Int64,
    "field": pl.String,
    "problem": pl.String,
    "remedy": pl.String,
    "record": pl.String,  # the first characters of what was refused
}
SIGNALS: Final[Schema] = {
    "conversation": pl.String,
    "turn": pl.Int32,
    "person": pl.String,
    "signal": pl.String,
    "begin": pl.Int32,
    "end": pl.Int32,
    "level": pl.Float32,  # 1 unless the signal is graded (anger 0..4)
}
HITS: Final[Schema] = {
    "conversation": pl.String,
    "turn": pl.Int32,
    "person": pl.String,
    "behaviour": pl.String,
    "begin": pl.Int32,
    "end": pl.Int32,
    "score": pl.Float32,
    "rule": pl.String,
    "tier": pl.String,
    "event": pl.Int32,  # null where it was said, not done
}
OPPORTUNITIES: Final[Schema] = {
    "conversation": pl.String,
    "turn": pl.Int32,  # null for occasions that are a whole conversation
    "event": pl.Int32,
    "person": pl.String,
    "behaviour": pl.String,
    "met": pl.Boolean,
}
EVIDENCE: Final[Schema] = {
    "person": pl.String,
    "conversation": pl.String,
    "behaviour": pl.String,
    "hits": pl.Int32,  # opportunities met, or counted acts where exposure_s is set
    "opportunities": pl.Int32,  # 0 where exposure_s or value is set
    "exposure_s": pl.Float64,
    "value": pl.Float64,
    "weight": pl.Float64,
    "knowledge": pl.String,
}
CASES: Final[Schema] = {
    "conversation": pl.String,
    "language": pl.String,
    "channel": pl.String,
    "queue": pl.String,
    "topic": pl.String,
    "arrival_anger": pl.Int8,  # the customer's anger in words, 0..4, before the first assessed turn
    "at": INSTANT,  # orders conversations in time; null where no clock is known
    "order": pl.Int64,  # the order in which they were read
}
"""What makes conversations comparable: the case-mix that estimation weighs by."""
RATES: Final[Schema] = {
    "person": pl.String,
    "behaviour": pl.String,
    "rate": pl.Float64,  # at the norm's case-mix; in the behaviour's own unit
    "low": pl.Float64,
    "high": pl.Float64,
    "norm": pl.Float64,  # what the norm group does at the same case-mix, same unit
    "deviation": pl.Float64,  # signed difference from the norm, in between-person standard deviations
    "deviation_sd": pl.Float64,
    "hits": pl.Int64,
    "opportunities": pl.Int64,
    "exposure_s": pl.Float64,
    "conversations": pl.Int64,
    "shown": pl.Boolean,
    "reason": pl.String,
}
ESTIMATES: Final[Schema] = {
    "person": pl.String,
    "trait": pl.String,  # trait or cluster id
    "kind": pl.String,  # trait, cluster
    "source": pl.String,  # conversation, interview, shift, self, peer
    "mean": pl.Float64,  # 1..5
    "low": pl.Float64,  # 90 % interval
    "high": pl.Float64,
    "conversations": pl.Int64,
    "opportunities": pl.Int64,
    "reliability": pl.Float64,
    "below_standard": pl.Float64,  # probability that the level is below the standard
    "shown": pl.Boolean,
    "reason": pl.String,  # code of why it is not shown, or of what limits it
    "norms": pl.String,
}

CONTRIBUTIONS: Final[Schema] = {
    "person": pl.String,
    "trait": pl.String,  # trait or cluster id
    "behaviour": pl.String,
    "weight": pl.Float64,
    "deviation": pl.Float64,
    "contribution": pl.Float64,  # levels; 3 plus all of them is the trait's level before it is clipped to 1..5
}
CHANGES: Final[Schema] = {
    "person": pl.String,
    "trait": pl.String,
    "kind": pl.String,  # behaviour, gate, half_interval
    "behaviour": pl.String,  # kind behaviour only
    "occasions": pl.Int64,  # further occasions (minutes for counts, conversations for measures)
    "met": pl.Int64,  # in how many of them it is shown; null for measures
    "usual": pl.Int64,  # how many it would be at the person's present rate; null for measures
    "value": pl.Float64,  # measures: the value in each of them, in the behaviour's own unit
    "level": pl.Float64,  # now
    "level_then": pl.Float64,
    "conversations": pl.Int64,  # kinds gate and half_interval: how many more; null where no number would do
}


@dataclass(frozen=True, slots=True)
class Tables:
    """One batch of conversations as tables, in the order in which they were read."""

    conversations: pl.DataFrame
    people: pl.DataFrame
    turns: pl.DataFrame
    events: pl.DataFrame = field(default_factory=lambda: empty(EVENTS))
    words: pl.DataFrame = field(default_factory=lambda: empty(WORDS))
    rejects: pl.DataFrame = field(default_factory=lambda: empty(REJECTS))


def empty(schema: Schema) -> pl.DataFrame:
    """Return a table of ``schema`` without rows."""
    return pl.DataFrame(schema=dict(schema))


# ---------------------------------------------------------------- run.json


class _Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class InputRead(_Record, frozen=True):
    """One file that was read."""

    file: str
    format: str
    conversations: int
    turns: int
    rejects: int = 0


class NormsUsed(_Record, frozen=True):
    """The group that people were compared with."""

    name: str
    version: str
    people: int
    conversations: int
    invented: bool = False  # the sample's invented team: good for a look, not for judging anyone
    own: bool = False  # fitted on the very conversations of this run


class Gap(_Record, frozen=True):
    """A behaviour that some conversations could not show, and what they would need (``schema.Need``)."""

    behaviour: str
    needs: list[str]
    conversations_without: int


class Excluded(_Record, frozen=True):
    """What the project file switched off."""

    behaviours: list[str] = msgspec.field(default_factory=list)
    phrases: list[str] = msgspec.field(default_factory=list)  # scripted: said because told to, hence no evidence


class RunInfo(_Record, frozen=True):
    """``run.json``: what a run read, with which versions, and what it could not judge.

    ``counts`` are rows by table name, with ``people_named`` and ``people_unnamed`` (known by role only: no page).
    ``languages``, ``channels`` and ``purposes`` count conversations by value. ``first`` and ``last`` are the instants
    of the earliest and latest conversation, null where no clock is known. ``timings_s`` are seconds by stage.
    """

    poise: str
    knowledge: str
    tier: Tier
    started_at: datetime
    norms: NormsUsed | None = None
    inputs: list[InputRead] = msgspec.field(default_factory=list)
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    languages: dict[str, int] = msgspec.field(default_factory=dict)
    channels: dict[str, int] = msgspec.field(default_factory=dict)
    purposes: dict[str, int] = msgspec.field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    timings_s: dict[str, float] = msgspec.field(default_factory=dict)
    gaps: list[Gap] = msgspec.field(default_factory=list)
    excluded: Excluded = msgspec.field(default_factory=Excluded)
    masked: bool = True  # names, numbers and addresses of customers are hidden in turns
    sample: bool = False  # the invented team that ships with the package
