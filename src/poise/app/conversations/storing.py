"""Conversations into the database: each once, whole, with its evidence, or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

import polars as pl
from django.db import connection, models

from poise.app.conversations.contests.laying import follow
from poise.app.conversations.detecting import detector, version
from poise.app.conversations.evidence import evidence_rows, holding_spans, promise_rows
from poise.app.conversations.keeping import only, pack, unpack
from poise.app.conversations.loading import load, under_one_name
from poise.app.conversations.models import (
    Conversation,
    Event,
    Participant,
    Promise,
    Replacement,
    SearchText,
    Turn,
)
from poise.app.importing.models import Import
from poise.app.people.models import Evidence
from poise.app.people.recognising import known_people, named_people, take_in
from poise.app.rows import batches, delete, insert, reserve
from poise.detection.detector import Detected
from poise.model import ASSESSED, Tables
from poise.reading.masking import mask_turns
from poise.reading.problems import Reject, preview, rejects_table
from poise.reading.seen import repeated_rejects

__all__ = [
    "ID_LIMIT",
    "SEARCHED",
    "Stored",
    "clear",
    "detect",
    "forget",
    "known",
    "lock_writers",
    "refuse_ids",
    "restore",
    "store",
]

ID_LIMIT: Final = 500
"""Characters of an id."""
SEARCHED: Final = 200_000
"""Characters of a conversation that search looks through; the rest of a longer one is not found."""
_LOCK: Final = 0x706F697365  # any number that is always the same
_DOTS: Final = re.compile("•+")
_PARTS: Final[tuple[type[models.Model], ...]] = (Turn, Event, Participant, Promise, SearchText, Evidence)


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a batch: conversations by what they were here before, turns written, and what was refused."""

    new: int = 0
    unchanged: int = 0
    changed: int = 0
    turns: int = 0
    rejects: pl.DataFrame = field(default_factory=lambda: rejects_table([]))


def lock_writers() -> None:
    """Let one transaction at a time bring in conversations and people. SQLite has that lock from the beginning."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def refuse_ids(tables: Tables) -> Tables:
    """Return the tables without conversations whose ids, or whose people's ids, the database cannot hold."""

    def bad(column: str) -> pl.Expr:
        return (pl.col(column).str.len_chars() > ID_LIMIT) | pl.col(column).str.contains("\x00", literal=True)

    conversations = tables.conversations.filter(bad("conversation"))["conversation"]
    people = tables.people.filter(bad("person"))["conversation"]
    refused = pl.concat([conversations, people]).unique(maintain_order=True)
    if not len(refused):
        return tables
    rows = tables.conversations.filter(pl.col("conversation").is_in(refused.implode()))
    long = set(conversations)
    rejects = [
        Reject(
            source or "",
            line or 0,
            "id" if one in long else "people",
            f"an id of more than {ID_LIMIT} characters, or with a NUL character: {preview(one[:60])!r}",
            "Give shorter ids of plain text",
            "",
        )
        for source, line, one in rows.select("source", "line", "conversation").iter_rows()
    ]
    kept = tables.conversations["conversation"].filter(~tables.conversations["conversation"].is_in(refused.implode()))
    left = only(tables, kept)
    return Tables(
        conversations=left.conversations,
        people=left.people,
        turns=left.turns,
        events=left.events,
        words=left.words,
        rejects=pl.concat([tables.rejects, rejects_table(rejects)]),
    )


def known(ids: Sequence[str], origin: str) -> dict[str, tuple[int, str, str]]:
    """Return primary key, content and purpose of those conversations that are here already, by their ids."""
    found: dict[str, tuple[int, str, str]] = {}
    for some in batches(ids):
        rows = Conversation.objects.filter(origin=origin, source_id__in=some)
        for key, one, content, purpose in rows.values_list("pk", "source_id", "content", "purpose"):
            found[one] = (key, content, purpose)
    return found


def store(
    tables: Tables,
    found: Detected,
    *,
    contents: dict[str, str],
    shown: pl.Series,
    knowledge: str,
    imported: Import,
    once: bool = False,
) -> Stored:
    """Write a batch of whole conversations with what was found in them. Needs a transaction.

    Parameters
    ----------
    tables
        As they were read, people by the ids of the source.
    found
        What detection found in them, people by the ids under which they are kept.
    contents
        :func:`poise.app.conversations.keeping.contents` of them.
    shown
        Their turns' texts with personal data hidden, one a turn.
    knowledge
        Version of the knowledge.
    imported
        The import that brings them.
    once
        Refuse a conversation that this very import brought already with another content: its file says two things.

    Notes
    -----
    A conversation that is here with the same content is left alone. With another content it is replaced, and what
    stood there is kept. Under another purpose it is refused.
    """
    lock_writers()
    ids: list[str] = tables.conversations["conversation"].to_list()
    here = known(ids, imported.origin)
    refused = _other_purpose(tables, here)
    if once:
        refused |= _said_twice(tables, here, contents, imported)
    unchanged = {one for one in ids if one in here and here[one][1] == contents[one]} - refused.keys()
    changed = [one for one in ids if one in here and one not in unchanged and one not in refused]
    fresh = [one for one in ids if one not in here]
    keys = {one: here[one][0] for one in changed}
    keys.update(zip(fresh, reserve(Conversation, len(fresh)), strict=True))
    if changed:
        _set_aside(changed, here, imported)
    turns = _write(tables, found, keys, contents, shown, knowledge, imported, imported.origin, fresh, changed)
    follow(keys[one] for one in changed)
    return Stored(
        new=len(fresh),
        unchanged=len(unchanged),
        changed=len(changed),
        turns=turns,
        rejects=rejects_table(list(refused.values())),
    )


def _other_purpose(tables: Tables, here: dict[str, tuple[int, str, str]]) -> dict[str, Reject]:
    refused = {}
    for one, purpose, source, line in tables.conversations.select(
        "conversation", "purpose", "source", "line"
    ).iter_rows():
        if one in here and here[one][2] != purpose:
            problem = f"{preview(one)!r} was imported for {here[one][2]} and cannot become {purpose}"
            remedy = "Records of one purpose are not used for another: import it under an id of its own"
            refused[one] = Reject(source or "", line or 0, "purpose", problem, remedy, "")
    return refused


def _said_twice(
    tables: Tables, here: dict[str, tuple[int, str, str]], contents: dict[str, str], imported: Import
) -> dict[str, Reject]:
    others = [one for one in contents if one in here and here[one][1] != contents[one]]
    keys = {here[one][0]: one for one in others}
    twice = {
        keys[key]
        for some in batches(keys)
        for key in Conversation.objects.filter(pk__in=some, imported=imported).values_list("pk", flat=True)
    }
    copies = tables.conversations.filter(pl.col("conversation").is_in(sorted(twice)))
    rejects = repeated_rejects(copies)
    return {one: Reject(*row) for one, row in zip(copies["conversation"], rejects.iter_rows(), strict=True)}


def restore(replacements: Sequence[Replacement]) -> None:
    """Put back what stood in these conversations before they were replaced. Needs a transaction.

    The conversations belong to the import that had brought that content; the replacements are gone.
    """
    lock_writers()
    for one in replacements:
        conversation = one.conversation
        name = pl.lit(conversation.source_id).alias("conversation")
        plain = unpack(bytes(one.before))
        tables = Tables(
            conversations=plain.conversations.with_columns(name),
            people=plain.people.with_columns(name),
            turns=plain.turns.with_columns(name),
            events=plain.events.with_columns(name),
            words=plain.words.with_columns(name),
        )
        found = detect(tables)
        clear([conversation.pk])
        _write(
            tables,
            found,
            {conversation.source_id: conversation.pk},
            {conversation.source_id: one.content_before},
            mask_turns(tables.turns, tables.people),
            version(),
            one.brought_by or conversation.imported,
            conversation.origin,
            [],
            [conversation.source_id],
        )
        follow([conversation.pk])
        one.delete()


def detect(tables: Tables) -> Detected:
    """Return what is found in conversations as they were read, one person's several names taken as one."""
    known_here = known_people(named_people(tables.people))
    called = pl.DataFrame(
        {"person": list(known_here), "known": [one.person_id for one in known_here.values()]},
        schema={"person": pl.String, "known": pl.String},
    )
    who = tables.people.filter(pl.col("named") & pl.col("role").is_in(list(ASSESSED)))
    return detector().detect(
        under_one_name(tables, who.select("conversation", "person").join(called, on="person", how="inner"))
    )


def _set_aside(changed: list[str], here: dict[str, tuple[int, str, str]], imported: Import) -> None:
    """Keep what the changed conversations were, and clear their parts."""
    keys = [here[one][0] for one in changed]
    before = load(keys, merged=False)
    counts = dict(before.turns.group_by("conversation").len().iter_rows())
    brought = dict(Conversation.objects.filter(pk__in=keys).values_list("pk", "imported_id"))
    Replacement.objects.bulk_create(
        Replacement(
            conversation_id=key,
            brought_by_id=brought[key],
            replaced_by=imported,
            content_before=here[one][1],
            turns_before=counts.get(str(key), 0),
            before=pack(only(before, pl.Series([str(key)]))),
        )
        for one, key in zip(changed, keys, strict=True)
    )
    clear(keys)


def clear(keys: Sequence[int]) -> None:
    """Delete everything of these conversations but their own rows and their history."""
    for part in _PARTS:
        delete(part, "conversation_id", keys)


def forget(keys: Sequence[int]) -> int:
    """Delete these conversations with all that belongs to them; return how many there were.

    Goes through every model that refers to a conversation, so that other rooms' rows follow too.
    """
    clear(keys)
    gone = 0
    for some in batches(keys):
        gone += Conversation.objects.filter(pk__in=some).delete()[1].get("conversations.Conversation", 0)
    return gone


def _write(
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
    owner = pl.DataFrame(
        {"person": [one.person_id for one in people.values()], "person_id": [one.pk for one in people.values()]},
        schema={"person": pl.String, "person_id": pl.Int64},
    ).unique()
    insert(Evidence, evidence_rows(keyed(found.evidence), owner))
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
    assessed = pl.col("named") & pl.col("role").is_in(["agent", "candidate"])
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
