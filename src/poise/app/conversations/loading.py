"""Conversations from the database as the library's tables."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from poise.app.rows import batches, fetch
from poise.model import CONVERSATIONS, EVENTS, INSTANT, PEOPLE, TURNS, WORDS, Tables

__all__ = ["load", "under_one_name"]


def load(conversations: Sequence[int], *, merged: bool = True) -> Tables:
    """Return conversations by primary key as :class:`poise.model.Tables`; five queries for each nine hundred.

    Parameters
    ----------
    conversations
        Primary keys; those that do not exist are left out.
    merged
        Whether one person's several names are one, as detection needs them. False gives the ids as the source
        writes them.

    Notes
    -----
    Column ``conversation`` holds the primary key as text. Texts are as they were read, with personal data.
    """
    parts = [_some(some) for some in batches(sorted(set(conversations)))] or [_some([])]
    tables = Tables(
        conversations=pl.concat([part[0] for part in parts]),
        people=pl.concat([part[1] for part in parts]),
        turns=pl.concat([part[2] for part in parts]),
        events=pl.concat([part[3] for part in parts]),
        words=pl.concat([part[4] for part in parts]),
    )
    known = pl.concat([part[5] for part in parts])
    return under_one_name(tables, known) if merged else tables


def _some(keys: Sequence[int]) -> tuple[pl.DataFrame, ...]:
    marks = ", ".join(["%s"] * len(keys)) or "NULL"
    conversations = fetch(
        "SELECT id, channel, language, started_at, topic, queue, customer, purpose, csat, resolved, file, line, meta"
        f" FROM conversations_conversation WHERE id IN ({marks}) ORDER BY id",
        keys,
        {
            "conversation": pl.Int64,
            "channel": pl.String,
            "language": pl.String,
            "started_at": INSTANT,
            "topic": pl.String,
            "queue": pl.String,
            "customer": pl.String,
            "purpose": pl.String,
            "csat": pl.Float64,
            "resolved": pl.Boolean,
            "source": pl.String,
            "line": pl.Int64,
            "meta": pl.String,
        },
    )
    people = fetch(
        "SELECT p.conversation_id, p.key, p.role, p.name, p.named, who.person_id"
        " FROM conversations_participant p LEFT JOIN people_person who ON who.id = p.person_id"
        f" WHERE p.conversation_id IN ({marks}) ORDER BY p.conversation_id, p.id",
        keys,
        {
            "conversation": pl.Int64,
            "person": pl.String,
            "role": pl.String,
            "name": pl.String,
            "named": pl.Boolean,
            "known": pl.String,
        },
    )
    turns = fetch(
        'SELECT conversation_id, number, speaker, role, text, start, "end", at, audio_channel, private, words'
        f" FROM conversations_turn WHERE conversation_id IN ({marks}) ORDER BY conversation_id, number",
        keys,
        {
            "conversation": pl.Int64,
            "turn": pl.Int32,
            "person": pl.String,
            "role": pl.String,
            "text": pl.String,
            "start": pl.Float64,
            "end": pl.Float64,
            "at": INSTANT,
            "audio_channel": pl.String,
            "private": pl.Boolean,
            "words": pl.String,
        },
    )
    events = fetch(
        "SELECT conversation_id, number, at, kind, speaker, other, value, data"
        f" FROM conversations_event WHERE conversation_id IN ({marks}) ORDER BY conversation_id, number",
        keys,
        {
            "conversation": pl.Int64,
            "event": pl.Int32,
            "at": INSTANT,
            "kind": pl.String,
            "person": pl.String,
            "other": pl.String,
            "value": pl.Float64,
            "data": pl.String,
        },
    )
    key = pl.col("conversation").cast(pl.String)
    known = people.filter(pl.col("known").is_not_null()).select(key, pl.col("person"), pl.col("known"))
    return (
        _nulled(conversations.with_columns(key), "meta").select(*CONVERSATIONS),
        _nulled(people.with_columns(key, team=pl.lit(None, pl.String)), "name").select(*PEOPLE),
        _nulled(turns.with_columns(key), "audio_channel").select(*TURNS),
        _nulled(events.with_columns(key), "person", "other", "data").select(*EVENTS),
        _words(turns.select(key, "turn", "words")),
        known,
    )


def _nulled(table: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Turn empty texts into null: the library says "unknown" by null."""
    about = [c for c in ("channel", "language", "topic", "queue", "customer", *columns) if c in table.columns]
    return table.with_columns(pl.when(pl.col(c) != "").then(pl.col(c)).alias(c) for c in about)


def _words(turns: pl.DataFrame) -> pl.DataFrame:
    timed = turns.filter(pl.col("words").is_not_null())
    if not len(timed):
        return pl.DataFrame(schema=dict(WORDS))
    lists = timed.with_columns(pl.col("words").str.json_decode(pl.List(pl.List(pl.Float64)))).explode("words")
    return lists.select(
        "conversation",
        "turn",
        pl.col("words").list.get(0).cast(pl.Int32).alias("begin"),
        pl.col("words").list.get(1).cast(pl.Int32).alias("end"),
        pl.col("words").list.get(2).alias("from_s"),
        pl.col("words").list.get(3).alias("to_s"),
    )


def under_one_name(tables: Tables, known: pl.DataFrame) -> Tables:
    """Return ``tables`` with people called by the id under which they are kept.

    Parameters
    ----------
    known
        ``conversation, person, known``: who is meant by a source's id in a conversation.
    """
    known = known.filter(pl.col("person") != pl.col("known"))
    if not len(known):
        return tables

    def called(table: pl.DataFrame) -> pl.DataFrame:
        joined = table.join(known, on=["conversation", "person"], how="left", maintain_order="left")
        return joined.with_columns(person=pl.coalesce("known", "person")).drop("known")

    return Tables(
        conversations=tables.conversations,
        people=called(tables.people).unique(["conversation", "person"], keep="first", maintain_order=True),
        turns=called(tables.turns),
        events=called(tables.events),
        words=tables.words,
        rejects=tables.rejects,
    )
