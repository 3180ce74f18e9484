"""Who may hand in a transcript, and who may read one: never somebody who has still to rate what it tells of."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from poise.app.access import Capability
from poise.app.accounts.models import User
from poise.app.interviews import reach
from poise.app.interviews.campaigns.models import Interview

__all__ = ["attachable", "readable"]

_ABOUT = ("candidate__campaign", "stage")


def _held(found: QuerySet[Interview]) -> QuerySet[Interview]:
    # the recorded interview that all raters rate has a transcript of its own
    return found.filter(state=Interview.State.PLANNED, candidate__anchor=False).select_related(*_ABOUT)


def attachable(user: User | AnonymousUser) -> QuerySet[Interview]:
    """Interviews whose transcript the user may hand in: those of their teams' campaigns, and those that they lead."""
    campaigns = reach.campaigns(user, Capability.MANAGE_CAMPAIGNS)
    leads = Exists(reach.seats(user).filter(interview=OuterRef("pk"), asks=True))
    return _held(Interview.objects.filter(Q(candidate__campaign__in=campaigns) | leads))


def readable(user: User | AnonymousUser) -> QuerySet[Interview]:
    """Interviews whose transcript the user reaches: those of their teams' campaigns, and those in which they sit.

    Whether it may be shown to them already is :func:`poise.app.interviews.blinding.may_read`'s answer.
    """
    campaigns = reach.campaigns(user, Capability.VIEW_SELECTION)
    sits = Exists(reach.seats(user).filter(interview=OuterRef("pk")))
    return _held(Interview.objects.filter(Q(candidate__campaign__in=campaigns) | sits))
