"""All evidence of one purpose, brought out of the database a piece at a time so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl
from django.db.models import Max, Min

from poise.app.conversations.models import Conversation
from poise.app.rows import fetch
from poise.knowledge import Knowledge
from poise.knowledge.rules import EventRule, Timeline, Timely
from poise.model import CASES, EVIDENCE, INSTANT
from poise.pipeline.parts import Part, Parts
from poise.pipeline.timelines import add_timelines

__all__ = ["Gathered", "across_conversations", "gather"]

_STEP: Final = 20_000  # conversations in one piece
_OVER_THE_RUN: Final = ("idle_offer", "discordant")
"""Kinds of event rules that compare events of several conversations."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence of one purpose; people and conversations by primary key as text.

    Attributes
    ----------
    evidence, cases
        :data:`poise.model.EVIDENCE` and :data:`poise.model.CASES`.
    across, behaviours_across
        Rows of evidence that shows only over several conversations, and the behaviours that are found so.
    days
        Days with conversations (UTC), in order.
    """

    evidence: pl.LazyFrame
    cases: pl.LazyFrame
    across: pl.DataFrame
    behaviours_across: list[str]
    days: list[date]


def across_conversations(known: Knowledge) -> list[str]:
    """Return the behaviours whose evidence shows only over several conversations of somebody."""
    return sorted(
        name
        for name, entry in known.behaviours.items()
        if isinstance(entry.rule, Timeline)
        or (isinstance(entry.rule, Timely) and entry.rule.kept)
        or (isinstance(entry.rule, EventRule) and entry.rule.kind in _OVER_THE_RUN)
    )


@contextmanager
def gather(purpose: str, known: Knowledge) -> Iterator[Gathered]:
    """Bring out everything of a purpose; it stands in a temporary folder until the context ends."""
    across = across_conversations(known)
    with TemporaryDirectory(prefix="poise-") as folder:
        parts = Parts(Path(folder), "gathered")
        parts.open(resume=False)
        ends = Conversation.objects.filter(purpose=purpose).aggregate(first=Min("pk"), last=Max("pk"))
        if ends["first"] is not None:
            for number, begin in enumerate(range(ends["first"], ends["last"] + 1, _STEP)):
                _piece(parts, number, purpose, begin, across)
        add_timelines(parts, known, clock=True)
        cases = parts.scan("cases", CASES)
        evidence = parts.scan("evidence", EVIDENCE)
        days = cases.select(pl.col("at").dt.date().drop_nulls().unique().sort()).collect()["at"].to_list()
        found = evidence.filter(pl.col("behaviour").is_in(across)).collect()
        yield Gathered(evidence, cases, _rows(found), across, days)


def _rows(found: pl.DataFrame) -> pl.DataFrame:
    return found.filter(pl.col("person").str.contains(r"^\d+$")).select(
        pl.col("person").cast(pl.Int64).alias("person_id"),
        pl.col("conversation").cast(pl.Int64).alias("conversation_id"),
        "behaviour",
        pl.col("hits").cast(pl.Int64).fill_null(0),
        pl.col("opportunities").cast(pl.Int64).fill_null(0),
        "exposure_s",
        "value",
        "weight",
    )


_WHO: Final = (
    "SELECT {columns} FROM {table} x JOIN conversations_conversation c ON c.id = x.conversation_id"
    " LEFT JOIN conversations_participant p ON p.conversation_id = x.conversation_id AND p.key = x.speaker"
    " WHERE c.purpose = %s AND c.id >= %s AND c.id < %s{more} ORDER BY x.conversation_id{order}"
)
_PERSON: Final = "COALESCE(CAST(p.person_id AS text), '=' || x.speaker)"
"""People with a page by primary key; everyone else by what the source calls them, marked."""


def _piece(parts: Parts, number: int, purpose: str, begin: int, across: list[str]) -> None:
    """Write the part of the conversations from primary key ``begin`` on."""
    values = [purpose, begin, begin + _STEP]
    conversations = fetch(
        "SELECT CAST(c.id AS text), channel, language, started_at, topic, queue, customer, resolved, meta,"
        " arrival_anger, c.id"
        " FROM conversations_conversation c WHERE c.purpose = %s AND c.id >= %s AND c.id < %s ORDER BY c.id",
        values,
        {
            "conversation": pl.String,
            "channel": pl.String,
            "language": pl.String,
            "started_at": INSTANT,
            "topic": pl.String,
            "queue": pl.String,
            "customer": pl.String,
            "resolved": pl.Boolean,
            "meta": pl.String,
            "arrival_anger": pl.Int8,
            "order": pl.Int64,
        },
    ).with_columns(
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)
        for name in ("channel", "language", "topic", "queue", "customer", "meta")
    )
    people = fetch(
        "SELECT CAST(x.conversation_id AS text), COALESCE(CAST(x.person_id AS text), '=' || x.key), x.role, x.named"
        " FROM conversations_participant x JOIN conversations_conversation c ON c.id = x.conversation_id"
        " WHERE c.purpose = %s AND c.id >= %s AND c.id < %s ORDER BY x.conversation_id, x.id",
        values,
        {"conversation": pl.String, "person": pl.String, "role": pl.String, "named": pl.Boolean},
    ).unique(["conversation", "person"], keep="first", maintain_order=True)
    turns = fetch(
        _WHO.format(
            table="conversations_turn",
            columns=f"CAST(x.conversation_id AS text), x.number, {_PERSON}, x.role, x.at, x.private,"
            " CAST(x.holding AS text)",
            more=" AND x.at IS NOT NULL",
            order=", x.number",
        ),
        values,
        {
            "conversation": pl.String,
            "turn": pl.Int32,
            "person": pl.String,
            "role": pl.String,
            "at": INSTANT,
            "private": pl.Boolean,
            "holding": pl.String,
        },
    )
    events = fetch(
        _WHO.format(
            table="conversations_event",
            columns=f"CAST(x.conversation_id AS text), x.number, x.at, x.kind, {_PERSON},"
            " COALESCE((SELECT CAST(o.id AS text) FROM conversations_conversation o"
            " WHERE x.other <> '' AND o.origin = c.origin AND o.source_id = x.other), x.other), x.value, x.data",
            more="",
            order=", x.number",
        ),
        values,
        {
            "conversation": pl.String,
            "event": pl.Int32,
            "at": INSTANT,
            "kind": pl.String,
            "person": pl.String,
            "other": pl.String,
            "value": pl.Float64,
            "data": pl.String,
        },
    ).with_columns(
        pl.when(~pl.col(name).is_in(["", "="])).then(pl.col(name)).alias(name) for name in ("person", "other", "data")
    )
    promises = fetch(
        "SELECT CAST(x.conversation_id AS text), x.turn,"
        " COALESCE(CAST(who.id AS text), '=' || x.speaker), x.begin, x.\"end\", x.due"
        " FROM conversations_promise x JOIN conversations_conversation c ON c.id = x.conversation_id"
        " LEFT JOIN people_person who ON who.person_id = x.speaker"
        " WHERE c.purpose = %s AND c.id >= %s AND c.id < %s ORDER BY x.conversation_id, x.turn, x.begin",
        values,
        {
            "conversation": pl.String,
            "turn": pl.Int32,
            "person": pl.String,
            "begin": pl.Int32,
            "end": pl.Int32,
            "due": INSTANT,
        },
    )
    marks = ", ".join(["%s"] * len(across)) or "NULL"
    evidence = fetch(
        "SELECT CAST(x.person_id AS text), CAST(x.conversation_id AS text), x.behaviour, x.hits, x.opportunities,"
        " x.exposure_s, x.value, x.weight, x.knowledge"
        " FROM people_evidence x JOIN conversations_conversation c ON c.id = x.conversation_id"
        f" WHERE c.purpose = %s AND c.id >= %s AND c.id < %s AND x.behaviour NOT IN ({marks})"
        " ORDER BY x.conversation_id, x.id",
        [*values, *across],
        dict(EVIDENCE),
    )
    parts.write(
        Part(number=number, rows={}, inputs=[], languages={}, channels={}, purposes={}),
        {
            "conversations": conversations,
            "people": people,
            "turns": turns.drop("holding"),
            "events": events,
            "signals": _holding(turns),
            "promises": promises,
            "evidence": evidence,
            "cases": conversations.rename({"started_at": "at"}).select(
                pl.col(name).cast(kind) for name, kind in CASES.items()
            ),
        },
    )


def _holding(turns: pl.DataFrame) -> pl.DataFrame:
    """Return the turns that only ask the customer to wait, as signals."""
    spans = pl.col("holding").str.json_decode(pl.List(pl.Int32))
    return (
        turns.filter(pl.col("holding").is_not_null())
        .with_columns(begin=spans.list.get(0), end=spans.list.get(1), signal=pl.lit("agent.holding"))
        .select("conversation", "turn", "signal", "begin", "end")
    )
