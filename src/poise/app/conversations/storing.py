"""Conversations into the database: each once, whole, with its evidence, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl
from django.db import connection

from poise.app.conversations.contests.laying import follow
from poise.app.conversations.detecting import detector
from poise.app.conversations.keeping import only, pack
from poise.app.conversations.loading import load, under_one_name
from poise.app.conversations.models import (
    Conversation,
    Replacement,
)
from poise.app.conversations.writing import ID_LIMIT, clear, write
from poise.app.importing.models import Import
from poise.app.people.recognising import known_people, named_people
from poise.app.rows import batches, reserve
from poise.detection.detector import Detected
from poise.model import ASSESSED, Tables
from poise.reading.problems import Reject, preview, rejects_table
from poise.reading.seen import repeated_rejects

__all__ = [
    "Stored",
    "detect",
    "known",
    "lock_writers",
    "refuse_ids",
    "store",
]

_LOCK: Final = 0x706F697365  # any number that is always the same


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

    people = tables.people.filter(bad("person")).select("conversation", "person")
    conversations = tables.conversations.filter(bad("conversation"))["conversation"]
    blamed = {one: ("people", person) for one, person in people.iter_rows()}
    blamed |= {one: ("id", one) for one in conversations}
    if not blamed:
        return tables
    refused = pl.col("conversation").is_in(list(blamed))
    rows = tables.conversations.filter(refused)
    rejects = [
        Reject(
            source or "",
            line or 0,
            blamed[one][0],
            f"an id of more than {ID_LIMIT} characters, or with a NUL character: {preview(blamed[one][1][:60])!r}",
            "Give shorter ids of plain text",
            "",
        )
        for source, line, one in rows.select("source", "line", "conversation").iter_rows()
    ]
    left = only(tables, tables.conversations.filter(~refused)["conversation"])
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
    turns = write(tables, found, keys, contents, shown, knowledge, imported, imported.origin, fresh, changed)
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
