"""Whole conversations as rows: their parts written at once, and cleared at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

import polars as pl
from django.db import models

from poise.app.conversations.evidence import evidence_rows, holding_spans, promise_rows
from poise.app.conversations.models import Conversation, Event, Participant, Promise, SearchText, Turn
from poise.app.importing.models import Import
from poise.app.people.models import Evidence
from poise.app.people.recognising import named_people, take_in
from poise.app.rows import delete, insert
from poise.detection.detector import Detected
from poise.model import ASSESSED, Tables

__all__ = ["ID_LIMIT", "SEARCHED", "clear", "write"]

ID_LIMIT: Final = 500
"""Characters of an id."""
SEARCHED: Final = 200_000
"""Characters of a conversation that search looks through; the rest of a longer one is not found."""
_DOTS: Final = re.compile("•+")
_PARTS: Final[tuple[type[models.Model], ...]] = (Turn, Event, Participant, Promise, SearchText, Evidence)


def clear(keys: Sequence[int]) -> None:
    """Delete everything of these conversations but their own rows and their history."""
    for part in _PARTS:
        delete(part, "conversation_id", keys)


def write(
    tables: Tables,
    found: Detected,
    keys: dict[str, int],
    contents: dict[str, str],
    shown: pl.Series,
    knowledge: str,
    imported: Import | None,
    origin: str,
    fresh: list[str],
    changed: list[str],
) -> int:
    """Write whole conversations, their parts and their evidence; return how many turns. Needs a transaction.

    Parameters
    ----------
    tables, found
        As they were read, and what was found in them.
    keys
        Primary keys by id; of others nothing is written.
    contents, shown, knowledge
        As for :func:`poise.app.conversations.storing.store`.
    imported, origin
        The import that they belong to, and the system whose ids they have.
    fresh, changed
        Ids of those without a row, and of those whose row is brought up to date; its parts are gone already.
    """
    if not keys:
        return 0
    key = pl.DataFrame(
        {"conversation": list(keys), "conversation_id": list(keys.values())},
        schema={"conversation": pl.String, "conversation_id": pl.Int64},
    )

    def keyed(table: pl.DataFrame) -> pl.DataFrame:
        return table.join(key, on="conversation", how="inner", maintain_order="left").drop("conversation")

    whole = tables.conversations.join(
        found.cases.select("conversation", "arrival_anger"), on="conversation", how="left", maintain_order="left"
    ).join(tables.turns.group_by("conversation").agg(turn_count=pl.len()), on="conversation", how="left")
    rows = _conversations(whole, contents, knowledge, imported, origin).join(key, on="conversation", how="inner")
    table = rows.drop("conversation").rename({"conversation_id": "id"})
    new = table.filter(pl.col("id").is_in([keys[one] for one in fresh]))
    insert(Conversation, new)
    if changed:
        _update(table.filter(pl.col("id").is_in([keys[one] for one in changed])))

    named = named_people(tables.people.join(key, on="conversation", how="semi"))
    people = take_in(named, imported)
    who = pl.DataFrame(
        {"person": list(people), "person_id": [one.pk for one in people.values()]},
        schema={"person": pl.String, "person_id": pl.Int64},
    )
    participants = _participants(keyed(tables.people), who)
    insert(Participant, participants)
    texts = tables.turns.with_columns(shown=shown)
    turns = keyed(_turns(texts, tables.words, holding_spans(found)))
    insert(Turn, turns)
    insert(Event, keyed(_events(tables.events)))
    insert(Promise, keyed(promise_rows(found)))
    said = texts.group_by("conversation", maintain_order=True).agg(
        pl.col("shown").str.join("\n").str.slice(0, SEARCHED).alias("text")
    )
    insert(SearchText, keyed(said))
    insert(Evidence, evidence_rows(keyed(found.evidence), people.values()))
    return len(turns)


def _clipped(column: str, length: int) -> pl.Expr:
    return pl.col(column).fill_null("").str.slice(0, length)


def _conversations(
    whole: pl.DataFrame, contents: dict[str, str], knowledge: str, imported: Import | None, origin: str
) -> pl.DataFrame:
    content = [contents[one] for one in whole["conversation"]]
    files = [PurePath(name or "").name for name in whole["source"]]
    return whole.select(
        "conversation",
        pl.lit(origin).alias("origin"),
        pl.col("conversation").alias("source_id"),
        pl.Series("content", content, dtype=pl.String),
        _clipped("channel", 300),
        _clipped("language", 20),
        "started_at",
        _clipped("topic", 300),
        _clipped("queue", 300),
        _clipped("customer", 300),
        "purpose",
        "csat",
        "resolved",
        pl.Series("file", files, dtype=pl.String).str.slice(0, 300),
        "line",
        pl.col("meta").fill_null(""),
        pl.col("arrival_anger").fill_null(0),
        pl.col("turn_count").fill_null(0),
        pl.lit(None if imported is None else imported.pk, pl.Int64).alias("imported_id"),
        pl.lit(knowledge).alias("knowledge"),
    )


def _update(table: pl.DataFrame) -> None:
    names = [name for name in table.columns if name not in ("id", "origin", "source_id")]
    Conversation.objects.bulk_update(
        [Conversation(**{name: row[name] for name in ["id", *names]}) for row in table.iter_rows(named=True)],
        names,
        batch_size=200,
    )


def _participants(people: pl.DataFrame, who: pl.DataFrame) -> pl.DataFrame:
    known = people.join(who, on="person", how="left", maintain_order="left")
    assessed = pl.col("named") & pl.col("role").is_in(list(ASSESSED))
    return known.select(
        "conversation_id",
        pl.col("person").alias("key"),
        "role",
        _clipped("name", 300),
        "named",
        pl.when(assessed).then(pl.col("person_id")).alias("person_id"),
    )


def _turns(turns: pl.DataFrame, words: pl.DataFrame, holding: pl.DataFrame) -> pl.DataFrame:
    place = ["conversation", "turn"]

    def number(column: str) -> pl.Expr:
        return pl.col(column).cast(pl.String).fill_null("null")

    times = words.group_by(place).agg(
        words=pl.format("[{},{},{},{}]", number("begin"), number("end"), number("from_s"), number("to_s")).str.join(",")
    )
    return (
        turns.with_columns(hidden=_spans(turns["text"], turns["shown"]))
        .join(times, on=place, how="left", maintain_order="left")
        .join(holding, on=place, how="left", maintain_order="left")
        .select(
            "conversation",
            pl.col("turn").alias("number"),
            pl.col("person").alias("speaker"),
            "role",
            pl.col("text").fill_null(""),
            "hidden",
            "start",
            "end",
            "at",
            _clipped("audio_channel", 100),
            "private",
            pl.when(pl.col("words").is_not_null()).then(pl.format("[{}]", pl.col("words"))).alias("words"),
            "holding",
        )
    )


def _spans(texts: pl.Series, shown: pl.Series) -> pl.Series:
    """Return where something is hidden, as JSON: ``[[begin, end], …]``, or null."""
    rows = (texts != shown).fill_null(False).arg_true()
    found: list[str | None] = [None] * len(texts)
    for row, text, masked in zip(rows, texts.gather(rows), shown.gather(rows), strict=True):
        spans = [match.span() for match in _DOTS.finditer(masked) if text[match.start() : match.end()] != match[0]]
        found[row] = "[" + ",".join(f"[{begin},{end}]" for begin, end in spans) + "]"
    return pl.Series(found, dtype=pl.String)


def _events(events: pl.DataFrame) -> pl.DataFrame:
    return events.select(
        "conversation",
        pl.col("event").alias("number"),
        "at",
        _clipped("kind", 100),
        _clipped("person", ID_LIMIT).alias("speaker"),
        _clipped("other", ID_LIMIT),
        "value",
        pl.col("data").fill_null(""),
    )
