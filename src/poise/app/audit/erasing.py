"""Forgetting a person: everything that says something about them goes, and what others rest on is computed again."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

import polars as pl
from django.conf import settings
from django.db import connection, transaction

from poise.app.access import Role
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action, Tombstone
from poise.app.conversations.keeping import only
from poise.app.conversations.models import (
    Contest,
    Conversation,
    Decision,
    Event,
    Participant,
    Promise,
    Replacement,
    SearchText,
    Turn,
)
from poise.app.conversations.restoring import forget
from poise.app.conversations.storing import lock_writers
from poise.app.conversations.writing import SEARCHED
from poise.app.importing.models import Thread
from poise.app.people.estimating import ESTIMATED, ask_for_estimates
from poise.app.people.models import Evidence, Person, folded
from poise.app.rows import batches
from poise.app.work.jobs import enqueue
from poise.model import ASSESSED, Tables
from poise.reading.problems import Reject, rejects_table

__all__ = ["Extent", "erase", "extent", "mark_of", "refuse_erased"]

_NOBODY = "erased"


@dataclass(frozen=True, slots=True)
class Extent:
    """What erasing a person takes away.

    Attributes
    ----------
    alone
        Primary keys of conversations that only this person led: they go as a whole.
    shared
        Primary keys of conversations in which another assessed person spoke too: there, this person's words, times
        and name go, and the rest stays.
    evidence
        Rows of evidence.
    contests, decisions
        Findings about this person that were contested or confirmed, and what reviewers decided on them.
    """

    alone: list[int]
    shared: list[int]
    evidence: int
    contests: int
    decisions: int


def mark_of(name: str) -> str:
    """Return the mark of a name or id: the same for whoever has the installation's secret key, and no one else."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"tombstone\0" + folded(name).encode(), "sha256").hex()


def refuse_erased(tables: Tables) -> Tables:
    """Return the tables without conversations of people who were erased; each is refused by file and line."""
    gone = {mark for marks in Tombstone.objects.values_list("marks", flat=True) for mark in marks}
    if not gone:
        return tables
    assessed = tables.people.filter(pl.col("named") & pl.col("role").is_in(list(ASSESSED)))
    refused = {
        conversation
        for conversation, key, name in assessed.select("conversation", "person", "name").iter_rows()
        if mark_of(key) in gone or (name and mark_of(name) in gone)
    }
    if not refused:
        return tables
    ids = tables.conversations["conversation"]
    rows = tables.conversations.filter(ids.is_in(sorted(refused)))
    rejects = [
        Reject(
            source or "",
            line or 0,
            "people",
            "somebody whose data were erased takes part",
            "Leave their conversations out of the file",
            "",
        )
        for source, line in rows.select("source", "line").iter_rows()
    ]
    left = only(tables, ids.filter(~ids.is_in(sorted(refused))))
    return replace(left, rejects=pl.concat([tables.rejects, rejects_table(rejects)]))


def extent(person: Person) -> Extent:
    """Return what erasing would take away."""
    own = set(Participant.objects.filter(person=person).values_list("conversation_id", flat=True))
    others = {
        key
        for some in batches(sorted(own))
        for key in Participant.objects.filter(conversation_id__in=some, role__in=list(ASSESSED), named=True)
        .exclude(person=person)
        .values_list("conversation_id", flat=True)
    }
    return Extent(
        alone=sorted(own - others),
        shared=sorted(own & others),
        evidence=Evidence.objects.filter(person=person).count(),
        contests=Contest.objects.filter(person=person).count(),
        decisions=Decision.objects.filter(contest__person=person).count(),
    )


def erase(person: Person, *, by: User | None, reason: str) -> Tombstone:
    """Erase a person: their words, evidence, estimates, names and account.

    Of what stays, evidence and estimates are computed again in the background. Their names are refused from now on:
    a file that speaks of them again is told so, record by record.

    Parameters
    ----------
    reason
        Why, for the log; no personal data.
    """
    with transaction.atomic():
        lock_writers()
        taken = extent(person)
        names = {person.person_id, person.name, *person.aliases.values_list("name", flat=True)}
        names |= set(Participant.objects.filter(person=person).values_list("key", flat=True))
        _forget_threads([*taken.alone, *taken.shared])
        forget(taken.alone)
        for some in batches(taken.shared):
            _blank(person, some)
        if taken.shared:
            enqueue("redetect", {"conversations": taken.shared}, key=f"erased:{person.pk}")
        account = person.user
        tombstone = Tombstone.objects.create(
            person=person.pk,
            erased_by=by.pk if by else None,
            reason=reason,
            marks=sorted(mark_of(name) for name in names if name.strip()),
            counts={
                "conversations": len(taken.alone),
                "shared_conversations": len(taken.shared),
                "evidence": taken.evidence,
            },
        )
        record(
            Action.ERASED, tombstone, actor=by.pk if by else None, person=person.pk, reason=reason, **tombstone.counts
        )
        person.delete()
        _rewrite_search()
        if account is not None:
            _close(account)
        ask_for_estimates(ESTIMATED)
    return tombstone


def _blank(person: Person, conversations: list[int]) -> None:
    """Take a person's words, times and names out of conversations that are also somebody else's."""
    keys = dict(
        Participant.objects.filter(person=person, conversation_id__in=conversations).values_list(
            "conversation_id", "key"
        )
    )
    for conversation, key in keys.items():
        Turn.objects.filter(conversation_id=conversation, speaker=key).update(
            text="", hidden=None, words=None, holding=None, start=None, end=None, speaker=_NOBODY
        )
        Event.objects.filter(conversation_id=conversation, speaker=key).update(speaker=_NOBODY, data="")
        Event.objects.filter(conversation_id=conversation, other=key).update(other=_NOBODY)
        Promise.objects.filter(conversation_id=conversation, speaker=key).delete()
        Participant.objects.filter(conversation_id=conversation, key=key).update(
            key=_NOBODY, name="", named=False, person=None
        )
        texts = [turn.shown for turn in Turn.objects.filter(conversation_id=conversation).order_by("number")]
        SearchText.objects.filter(pk=conversation).update(text="\n".join(texts)[:SEARCHED])
    # what stood there before holds their words as well, and a copy of the content must not bring them back unnoticed
    Replacement.objects.filter(conversation_id__in=conversations).delete()
    Conversation.objects.filter(pk__in=conversations).update(content="", meta="")


def _forget_threads(conversations: list[int]) -> None:
    """Forget what Chatwoot's webhook handed in for these conversations: words and names as they came."""
    for some in batches(conversations):
        rows = Conversation.objects.filter(pk__in=some, origin__startswith="chatwoot-")
        for origin, source in rows.values_list("origin", "source_id"):
            Thread.objects.filter(account=origin.removeprefix("chatwoot-"), conversation=source).delete()


def _rewrite_search() -> None:
    """SQLite's search index keeps deleted words in its old segments until they are merged: merge them now."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO conversations_search(conversations_search) VALUES ('optimize')")


def _close(account: User) -> None:
    """Delete an account that was only there for this person's own pages; others lose their link to them alone."""
    if {role for role, _ in account.roles()} <= {Role.AGENT, Role.CANDIDATE}:
        account.delete()
