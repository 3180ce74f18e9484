"""Forgetting a candidate, unless the law holds what is kept on them."""

from __future__ import annotations

from django.db import transaction

from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action, LegalHold, Tombstone
from poise.app.interviews.campaigns.expiring import leave
from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.recordings.models import Recording
from poise.app.interviews.room.models import Quote, Rating

__all__ = ["HeldError", "erase_candidate", "hold", "release", "taken_with"]


class HeldError(Exception):
    """A candidate under a legal hold; the text is its reason."""


def taken_with(candidate: Candidate) -> dict[str, int]:
    """Return how many rows of what erasing takes away."""
    return {
        "interviews": candidate.interviews.count(),
        "ratings": Rating.objects.filter(seat__interview__candidate=candidate).count(),
        "quotes": Quote.objects.filter(seat__interview__candidate=candidate).count(),
        "recordings": Recording.objects.filter(interview__candidate=candidate).count(),
        "decisions": candidate.decisions.count(),
    }


def erase_candidate(candidate: Candidate, *, by: User | None, reason: str) -> Tombstone:
    """Erase a candidate: what was said, rated and decided, their voluntary answer, an account that was theirs alone.

    What the panel says of the others is worked out again by itself, since it rests on the ratings that are left. They
    may apply again. Who was hired stays a person at work, and is erased as such.

    Parameters
    ----------
    reason
        Why, for the log; no personal data.

    Raises
    ------
    HeldError
        Where a legal hold keeps it.
    """
    with transaction.atomic():
        held = Candidate.objects.select_for_update(of=("self",)).select_related("user").get(pk=candidate.pk)
        hold_on = LegalHold.objects.filter(candidate=held).first()
        if hold_on is not None:
            raise HeldError(hold_on.reason)
        actor = by.pk if by else None
        tombstone = Tombstone.objects.create(
            candidate=held.pk, erased_by=actor, reason=reason, marks=[], counts=taken_with(held)
        )
        record(
            Action.ERASED,
            tombstone,
            actor=actor,
            candidate=held.pk,
            purpose="selection",
            reason=reason,
            **tombstone.counts,
        )
        user = held.user
        held.delete()
        if user is not None and not user.candidacies.exists():
            leave(user)
    return tombstone


def hold(candidate: Candidate, *, by: User, reason: str) -> LegalHold:
    """Keep what is held on a candidate until the hold is released: neither erasing nor a clock takes it away."""
    with transaction.atomic():
        Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
        held, new = LegalHold.objects.get_or_create(candidate=candidate, defaults={"reason": reason, "set_by": by})
        if new:
            record(Action.CHANGED, held, candidate=candidate.pk, purpose="selection", field="legal_hold", to=True)
    return held


def release(candidate: Candidate) -> None:
    """End a hold; nothing happens where there is none."""
    with transaction.atomic():
        held = LegalHold.objects.select_for_update().filter(candidate=candidate).first()
        if held is not None:
            record(Action.CHANGED, held, candidate=candidate.pk, purpose="selection", field="legal_hold", to=False)
            held.delete()
