"""Conversations taken back: what stood in them before they were replaced, or nothing of them at all."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from poise.app.conversations.contests.laying import follow
from poise.app.conversations.detecting import version
from poise.app.conversations.keeping import unpack
from poise.app.conversations.models import Conversation, Replacement
from poise.app.conversations.storing import detect, lock_writers
from poise.app.conversations.writing import clear, write
from poise.app.rows import batches
from poise.model import Tables
from poise.reading.masking import mask_turns

__all__ = ["forget", "restore"]


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
        write(
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


def forget(keys: Sequence[int]) -> int:
    """Delete these conversations with all that belongs to them; return how many there were.

    Goes through every model that refers to a conversation, so that other rooms' rows follow too.
    """
    clear(keys)
    gone = 0
    for some in batches(keys):
        gone += Conversation.objects.filter(pk__in=some).delete()[1].get("conversations.Conversation", 0)
    return gone
