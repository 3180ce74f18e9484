"""Contesting, confirming and deciding: each is logged, and evidence and estimates follow at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.conversations.contests.models import Contest, Decision
from poise.app.conversations.models import Conversation
from poise.app.conversations.redetection import redetect_now
from poise.app.conversations.storing import lock_writers
from poise.app.people.estimating import ask_for_estimates

__all__ = ["contest", "decide", "may_decide"]


def contest(wanted: Contest, by: User) -> tuple[Contest, bool]:
    """Store a contest or a confirmation; return it, and whether it is new.

    Where one of the same kind waits for a decision at the same place, or confirms it already, that one is returned.
    """
    with transaction.atomic():
        # whoever contests the same at the same time waits here
        conversation = Conversation.objects.select_for_update().get(pk=wanted.conversation_id)
        same = {
            name: getattr(wanted, name)
            for name in ("person", "behaviour", "kind", "turn", "event", "begin", "end", "state")
        }
        here = Contest.objects.filter(conversation=conversation, **same).first()
        if here is not None:
            return here, False
        wanted.by = by
        wanted.save(force_insert=True)
        record(
            Action.DECIDED if wanted.kind == Contest.Kind.CHECK else Action.CONTESTED,
            wanted,
            actor=by.pk,
            person=wanted.person_id,
            purpose=conversation.purpose,
            conversation=conversation.pk,
            behaviour=wanted.behaviour,
            contest=wanted.kind,
        )
    return wanted, True


def may_decide(contest: Contest, by: User) -> bool:
    """Whether this user is a second pair of eyes: neither who contests, nor who is assessed."""
    return by.pk not in {contest.by_id, contest.person.user_id}


def decide(contest: Contest, *, upheld: bool, reason: str, by: User, at: datetime | None = None) -> Decision:
    """Decide on a contest. Evidence of its conversation is found anew at once; estimates follow in the background.

    Parameters
    ----------
    at
        When it is decided; now unless given.

    Raises
    ------
    PermissionError
        For whoever contests it, or is assessed by it.
    ValueError
        For a confirmation: there is nothing to decide.
    """
    if not may_decide(contest, by):
        raise PermissionError("a contest is decided by a second pair of eyes")
    if contest.kind == Contest.Kind.CHECK:
        raise ValueError("a confirmation has nothing to decide")
    with transaction.atomic():
        # before the row: who brings conversations in takes the two in this order, and each would wait for the other
        lock_writers()
        Conversation.objects.select_for_update().get(pk=contest.conversation_id)
        made = Decision.objects.create(contest=contest, upheld=upheld, reason=reason, by=by, at=at or timezone.now())
        contest.state = Contest.State.UPHELD if upheld else Contest.State.STANDS
        contest.save(update_fields=["state"])
        purposes = redetect_now([contest.conversation_id])
        record(
            Action.DECIDED,
            contest,
            actor=by.pk,
            person=contest.person_id,
            purpose=contest.conversation.purpose,
            conversation=contest.conversation_id,
            behaviour=contest.behaviour,
            upheld=upheld,
        )
        ask_for_estimates(purposes)
    return made
