"""Who may not see what yet: nobody sees others' ratings, or candidates side by side, before their own are submitted.

One rule for pages, exports and the REST API alike. An interview is *open* once each of its seats has submitted. To a
user with a seat that has not, everything of that candidate stays closed (of any stage, so that nobody walks into the
second interview with the first one's marks), and every page on which candidates stand side by side.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from poise.app.accounts.models import User
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat

__all__ = ["closed_campaigns", "may_compare", "may_see", "open_interviews", "owed", "waiting_for"]


def owed(user: User | AnonymousUser, campaign: Campaign) -> QuerySet[Seat]:
    """The user's own seats of a campaign that are still to be rated, the recorded interview's too."""
    return Seat.objects.filter(
        rater_id=user.pk,
        interview__candidate__campaign=campaign,
        interview__state=Interview.State.PLANNED,
        submitted_at=None,
    )


def closed_campaigns(user: User | AnonymousUser) -> QuerySet[Campaign]:
    """Campaigns in which ``user`` has still something to rate."""
    seats = Seat.objects.filter(rater_id=user.pk, interview__state=Interview.State.PLANNED, submitted_at=None)
    return Campaign.objects.filter(pk__in=seats.values("interview__candidate__campaign"))


def may_compare(user: User | AnonymousUser, campaign: Campaign) -> bool:
    """Whether pages with several candidates of ``campaign`` may be shown to ``user``."""
    return not owed(user, campaign).exists()


def may_see(user: User | AnonymousUser, candidate: Candidate) -> bool:
    """Whether what others rated and noted of ``candidate`` may be shown to ``user``, as far as it is open."""
    return not owed(user, candidate.campaign).filter(interview__candidate=candidate).exists()


def open_interviews(campaign: Campaign) -> QuerySet[Interview]:
    """Interviews that were held and in which every seat has submitted."""
    seats = Seat.objects.filter(interview=OuterRef("pk"))
    return Interview.objects.filter(
        Exists(seats),
        ~Exists(seats.filter(submitted_at=None)),
        candidate__campaign=campaign,
        state=Interview.State.PLANNED,
    )


def waiting_for(campaign: Campaign) -> QuerySet[Seat]:
    """Seats of everybody for which the campaign's panel still waits."""
    return Seat.objects.filter(
        interview__candidate__campaign=campaign, interview__state=Interview.State.PLANNED, submitted_at=None
    )
