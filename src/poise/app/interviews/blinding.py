"""Who may not see what yet: nobody sees others' ratings, or candidates side by side, before their own are submitted.

One rule for pages, exports and the REST API alike. An interview is *open* once each of its seats has submitted. To a
user with a seat in a campaign that has not, everything stays closed that was rated, worked out or decided of any of its
candidates: whoever goes from one candidate's page to the next compares them. Two things stay possible, so that a round
in which new interviews are planned every week lets its raters work: they read the transcript of an interview in which
they sat themselves, and the notes of those beside them once they have rated whatever of the campaign is due.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from poise.app.accounts.models import User
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat

__all__ = [
    "Wait",
    "closed_campaigns",
    "due",
    "may_compare",
    "may_read",
    "notes_wait",
    "open_interviews",
    "owed",
    "waiting_for",
]


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
    """Whether what others rated of candidates of ``campaign``, one or several, may be shown to ``user``."""
    return not owed(user, campaign).exists()


def may_read(user: User | AnonymousUser, interview: Interview) -> bool:
    """Whether the transcript of ``interview`` may be shown to ``user``.

    Who sat in it heard it; they wait until they have rated the candidate, at every stage. To others it is one more
    candidate of the campaign.
    """
    mine = owed(user, interview.candidate.campaign)
    if interview.seats.filter(rater=user.pk).exists():
        mine = mine.filter(interview__candidate=interview.candidate_id)
    return not mine.exists()


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


def due(user: User | AnonymousUser) -> QuerySet[Seat]:
    """The user's own seats that come before anybody else's notes: begun, up to the end of today, or the recorded one.

    Who has just learned what others gave one candidate rates the next one by it: scores of a day lean on those before
    them (Simonsohn and Gino 2013). An interview of a later day holds nothing up; else a round in which new ones are
    planned every week would never let its raters talk.
    """
    tomorrow = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time.min))
    return Seat.objects.filter(
        Q(started_at__isnull=False) | Q(interview__starts_at__lt=tomorrow) | Q(interview__candidate__anchor=True),
        rater_id=user.pk,
        interview__state=Interview.State.PLANNED,
        submitted_at=None,
    )


@dataclass(frozen=True, slots=True)
class Wait:
    """What stands between a rater and the notes of those who sat beside them in one interview.

    Attributes
    ----------
    raters
        How many of the interview have not submitted, the reader among them.
    candidate
        Whether the reader has still to rate the candidate, in this interview or another.
    campaign
        Whether they have anything of the campaign to rate that is :func:`due`.
    """

    raters: int
    candidate: bool
    campaign: bool

    @property
    def over(self) -> bool:
        """Whether the notes may be read."""
        return not (self.raters or self.candidate or self.campaign)


def notes_wait(user: User | AnonymousUser, seats: Collection[Seat]) -> Mapping[int, Wait]:
    """What the notes wait for, by the keys of these seats of the user's own. Three queries.

    Seats without notes to come are left out: the recorded interview is nobody's, who withdrew is assessed no more, and
    some interviews do not take place.
    """
    seats = [seat for seat in seats if _talked_over(seat.interview)]
    candidates = {seat.interview.candidate_id for seat in seats}
    unsubmitted = Seat.objects.filter(interview__in=[seat.interview_id for seat in seats], submitted_at=None)
    raters = dict(unsubmitted.order_by().values_list("interview").annotate(Count("pk")))
    own = Seat.objects.filter(
        rater_id=user.pk,
        interview__candidate__in=candidates,
        interview__state=Interview.State.PLANNED,
        submitted_at=None,
    )
    owing = set(own.order_by().values_list("interview__candidate", flat=True))
    before = set(due(user).order_by().values_list("interview__candidate__campaign", flat=True))
    return {
        seat.pk: Wait(
            raters.get(seat.interview_id, 0),
            seat.interview.candidate_id in owing,
            seat.interview.candidate.campaign_id in before,
        )
        for seat in seats
    }


def _talked_over(interview: Interview) -> bool:
    candidate = interview.candidate
    held = interview.state == Interview.State.PLANNED
    return held and not candidate.anchor and candidate.state != Candidate.State.WITHDRAWN
