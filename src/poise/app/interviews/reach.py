"""Whose records of selection a user reaches: by team, by seat, or their own. All else is as if it were not there."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from poise.app.access import Capability, scope
from poise.app.accounts.models import User
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat
from poise.app.interviews.kits.models import Kit

__all__ = ["campaigns", "candidacies", "candidates", "interviews", "kits", "seats"]


def kits(user: User | AnonymousUser, capability: Capability = Capability.MANAGE_CAMPAIGNS) -> QuerySet[Kit]:
    """Kits of the teams that ``capability`` reaches."""
    reach = scope(user, capability)
    return Kit.objects.all() if reach.everything else Kit.objects.filter(team__in=reach.teams)


def campaigns(user: User | AnonymousUser, capability: Capability = Capability.MANAGE_CAMPAIGNS) -> QuerySet[Campaign]:
    """Campaigns of the teams that ``capability`` reaches."""
    reach = scope(user, capability)
    return Campaign.objects.all() if reach.everything else Campaign.objects.filter(team__in=reach.teams)


def candidates(user: User | AnonymousUser, capability: Capability = Capability.VIEW_SELECTION) -> QuerySet[Candidate]:
    """Candidates (the recorded one is none) of the campaigns that ``capability`` reaches."""
    return Candidate.objects.filter(campaign__in=campaigns(user, capability), anchor=False)


def interviews(user: User | AnonymousUser, capability: Capability = Capability.VIEW_SELECTION) -> QuerySet[Interview]:
    """Interviews of the campaigns that ``capability`` reaches, the recorded one too."""
    return Interview.objects.filter(candidate__campaign__in=campaigns(user, capability))


def seats(user: User | AnonymousUser) -> QuerySet[Seat]:
    """The user's own seats, of the teams for which they still interview."""
    if isinstance(user, AnonymousUser):
        return Seat.objects.none()
    mine = campaigns(user, Capability.INTERVIEW)
    return Seat.objects.filter(rater=user, interview__candidate__campaign__in=mine)


def candidacies(user: User | AnonymousUser) -> QuerySet[Candidate]:
    """The user's own candidacies, where they are a candidate."""
    if isinstance(user, AnonymousUser) or not scope(user, Capability.VIEW_CANDIDACY).own:
        return Candidate.objects.none()
    return Candidate.objects.filter(user=user, anchor=False)
