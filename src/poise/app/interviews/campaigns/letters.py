"""Asking for letters. Who asks writes a row; the worker sends it (:mod:`poise.app.interviews.campaigns.posting`)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from poise.app.accounts.models import User
from poise.app.interviews.campaigns.accounts import account_of
from poise.app.interviews.campaigns.models import Candidate, Interview, Letter
from poise.app.work.jobs import enqueue_soon

__all__ = ["NO_ADDRESS", "again", "ask"]

NO_ADDRESS = "no_address"
"""The candidate has no e-mail address; they have to be told in another way."""


def ask(
    kind: Letter.Kind, candidate: Candidate, *, interview: Interview | None = None, rater: User | None = None
) -> Letter:
    """Write down that a letter is wanted, and have it sent in the background, once.

    It is to ``rater``, about the candidate's ``interview``, or to the candidate; what it says is worked out when it
    leaves, so that it never tells of a time that no longer holds. Within a transaction the letter is there when, and
    only when, that is committed.
    """
    with transaction.atomic():
        if rater is None:
            account_of(candidate)
        reachable = rater is not None or bool(candidate.email)
        letter = Letter.objects.create(
            candidate=candidate,
            interview=interview,
            rater=rater,
            kind=kind,
            sequence=interview.moved if interview is not None else 0,
            again_at=timezone.now() if reachable else None,
            problem="" if reachable else NO_ADDRESS,
        )
        if reachable:
            enqueue_soon("letters", {}, topic="letters")
    return letter


def again(letter: Letter) -> bool:
    """Have a letter that was not sent tried again; tell whether it was one."""
    with transaction.atomic():
        unsent = Letter.objects.filter(pk=letter.pk, sent_at=None)
        if letter.rater_id is None and not letter.candidate.email:
            unsent = unsent.none()
        tried = bool(unsent.update(again_at=timezone.now(), begun=0, problem=""))
        if tried:
            enqueue_soon("letters", {}, topic="letters")
    return tried
