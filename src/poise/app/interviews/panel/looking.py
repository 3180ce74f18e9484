"""Whoever is shown a panel leaves a trace: a look with the digest of the ratings, and a line in the audit log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.blinding import waiting_for
from poise.app.interviews.campaigns.models import Campaign, Candidate
from poise.app.interviews.panel.models import Look

__all__ = ["NOTES", "Awaited", "awaited", "look"]

NOTES: Final = "panel_notes"
"""The page on which raters read those who sat beside them. It has no levels, so nobody decides on it."""


def look(
    user: User,
    campaign: Campaign,
    page: str,
    digest: str,
    candidates: Collection[Candidate] = (),
    *,
    action: Action = Action.VIEWED,
) -> None:
    """Write that ``user`` is shown a page, of these candidates or (none) of the whole campaign.

    ``digest`` is that of all open ratings of the campaign, on which every level rests through severity.
    """
    about: list[Candidate | None] = [*candidates] or [None]
    with transaction.atomic():
        Look.objects.bulk_create(
            Look(user=user, campaign=campaign, candidate=one, page=page, digest=digest) for one in about
        )
        for one in about:
            key = one.pk if one is not None else None
            record(action, one or campaign, candidate=key, purpose="selection", page=page, digest=digest)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A rater who has not submitted everything, and how many interviews are still to be rated."""

    rater: User
    seats: int


def awaited(campaign: Campaign, candidate: Candidate | None = None) -> list[Awaited]:
    """Return for whom the panel still waits, by name and nothing else. One query."""
    seats = waiting_for(campaign)
    if candidate is not None:
        seats = seats.filter(interview__candidate=candidate)
    raters: dict[int, User] = {}
    many: dict[int, int] = {}
    for seat in seats.select_related("rater").order_by("rater__name", "rater"):
        raters[seat.rater_id] = seat.rater
        many[seat.rater_id] = many.get(seat.rater_id, 0) + 1
    return [Awaited(rater, many[key]) for key, rater in raters.items()]
