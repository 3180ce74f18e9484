"""Who would be at two places at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from poise.app.accounts.models import User
from poise.app.interviews.campaigns.arranging import minutes_for
from poise.app.interviews.campaigns.models import Candidate, Interview

__all__ = ["candidate_clashes", "overlapping", "rater_clashes"]

_LONGEST: Final = timedelta(days=1)


def overlapping(
    interviews: QuerySet[Interview], starts_at: datetime, minutes: int, besides: int | None = None
) -> list[Interview]:
    """Return those of the planned ``interviews`` that take place at any time of these minutes."""
    ends_at = starts_at + timedelta(minutes=minutes)
    near = (
        interviews.filter(state=Interview.State.PLANNED, starts_at__gt=starts_at - _LONGEST, starts_at__lt=ends_at)
        .exclude(pk__in=[] if besides is None else [besides])
        .select_related("candidate")
        .prefetch_related("candidate__accommodations")
        .distinct()
    )
    return [
        one
        for one in near
        if one.starts_at is not None and one.starts_at + timedelta(minutes=minutes_for(one)) > starts_at
    ]


def rater_clashes(rater: User, starts_at: datetime, minutes: int, besides: int | None = None) -> list[str]:
    """Say in words where a rater sits at that time, in any campaign; other candidates are not named."""
    taken = overlapping(Interview.objects.filter(seats__rater=rater), starts_at, minutes, besides)
    return [_("%(name)s has another interview from %(time)s.") % {"name": rater, "time": _clock(one)} for one in taken]


def candidate_clashes(candidate: Candidate, starts_at: datetime, minutes: int, besides: int | None = None) -> list[str]:
    """Say in words which interview the candidate has at that time, in this campaign or another one."""
    same = Q(candidate=candidate)
    if candidate.email:
        same |= Q(candidate__email__iexact=candidate.email)
    taken = overlapping(Interview.objects.filter(same), starts_at, minutes, besides)
    return [_("The candidate has another interview from %(time)s.") % {"time": _clock(one)} for one in taken]


def _clock(interview: Interview) -> str:
    assert interview.starts_at is not None
    return date_format(timezone.localtime(interview.starts_at), "SHORT_DATETIME_FORMAT")
