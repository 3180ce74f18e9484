"""Interviews with their times and raters: planned, moved, cancelled, with nobody at two places at once.

Whatever is refused raises :class:`SchedulingError` with every reason in words. Changes lock the campaign, then the
raters, so that two managers who plan at the same time cannot book one rater twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.campaigns import letters
from poise.app.interviews.campaigns.arranging import extra_minutes
from poise.app.interviews.campaigns.clashing import candidate_clashes, rater_clashes
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Letter, Seat, Stage
from poise.app.interviews.campaigns.notices import earliest_interview
from poise.app.interviews.campaigns.raters import why_not

__all__ = ["SchedulingError", "call_off", "cancel", "lock", "miss", "move", "plan", "replace", "seat", "unseat"]


class SchedulingError(ValueError):
    """An interview cannot be so; ``problems`` has every reason, in the reader's language."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


def _check(problems: Iterable[str]) -> None:
    found = list(problems)
    if found:
        raise SchedulingError(found)


def lock(campaign: int, raters: Iterable[int] = ()) -> Campaign:
    """Hold the campaign, then these raters, until the transaction ends: the one order in which everybody locks.

    Whoever locks twice names all raters the first time, or two who plan wait for each other without end. Rows that only
    refer to a campaign or a user (a decision, a look) wait for nobody. ``raters`` is read once the campaign is held.
    """
    held = Campaign.objects.select_for_update(no_key=True).get(pk=campaign)
    users = User.objects.select_for_update(no_key=True).filter(pk__in=list(raters))
    list(users.order_by("pk").values_list("pk"))
    return held


def _lock_interview(interview: Interview, raters: Iterable[int] = ()) -> Interview:
    """Hold an interview with its campaign and raters, and return it as it is now."""
    campaign = interview.candidate.campaign_id
    lock(campaign, [*raters, *interview.seats.values_list("rater_id", flat=True)])
    held = Interview.objects.select_related("candidate__campaign__team", "stage").get(pk=interview.pk)
    if held.state != Interview.State.PLANNED:
        raise SchedulingError([_("This interview is not planned any more.")])
    return held


def _time_problems(candidate: Candidate, starts_at: datetime) -> list[str]:
    first = earliest_interview(candidate)
    if first is None:
        return [_("The candidate was not given notice yet.")]
    if timezone.localdate(starts_at) < first:
        day = date_format(first, "DATE_FORMAT")
        return [_("The notice lets interviews begin on %(day)s, not before.") % {"day": day}]
    return []


def plan(
    candidate: Candidate,
    stage: Stage,
    *,
    starts_at: datetime | None = None,
    raters: Iterable[User] = (),
    place: str = "",
    tell: bool = True,
) -> Interview:
    """Plan a candidate's interview of a stage; the first of ``raters`` asks, all of them rate.

    Parameters
    ----------
    starts_at
        An aware instant; without one the interview has its raters and still waits for its time.
    tell
        Whether everybody gets an invitation; without a time nobody does before there is one.

    Raises
    ------
    SchedulingError
        Where the campaign is not open, the candidate is not at that stage, has that interview already or was not told
        in time, or anybody would be at two places at once.
    """
    raters = list(raters)
    with transaction.atomic():
        campaign = lock(candidate.campaign_id, [one.pk for one in raters])
        candidate = Candidate.objects.select_related("campaign__team", "user").get(pk=candidate.pk)
        problems = []
        if campaign.state != Campaign.State.OPEN:
            problems.append(_("The campaign is not open."))
        if candidate.state != Candidate.State.ACTIVE:
            problems.append(_("The candidate is not in the process any more."))
        elif stage.campaign_id != campaign.pk or (not candidate.anchor and candidate.stage_id != stage.pk):
            problems.append(_("The candidate is at another stage."))
        if candidate.interviews.filter(stage=stage, state=Interview.State.PLANNED).exists():
            problems.append(_("The candidate has an interview of this stage already."))
        if starts_at is not None:
            minutes = stage.minutes + extra_minutes(candidate)
            problems += _time_problems(candidate, starts_at)
            problems += candidate_clashes(candidate, starts_at, minutes)
        _check(problems)
        interview = Interview.objects.create(
            candidate=candidate, stage=stage, starts_at=starts_at, minutes=stage.minutes, mode=stage.mode, place=place
        )
        record(
            Action.ADDED,
            interview,
            purpose="selection",
            candidate=candidate.pk,
            starts_at=starts_at.isoformat() if starts_at else None,
        )
        for number, rater in enumerate(raters):
            seat(interview, rater, asks=number == 0, tell=tell)
        if tell and starts_at is not None and not candidate.anchor:
            letters.ask(Letter.Kind.INVITATION, candidate, interview=interview)
    return interview


def seat(interview: Interview, rater: User, *, asks: bool = False, tell: bool = True) -> Seat:
    """Give a rater a seat; where the campaign has a recorded interview, at that one too.

    Raises
    ------
    SchedulingError
        Where they may not interview for the team, are the candidate, have looked at what others found of the
        candidate, sit elsewhere at that time, or the interview has begun.
    """
    with transaction.atomic():
        held = _lock_interview(interview, [rater.pk])
        candidate = held.candidate
        problems = why_not(rater, candidate)
        if held.seats.filter(rater=rater).exists():
            problems.append(_("%(name)s has a seat already.") % {"name": rater})
        # to the recorded interview people come one by one
        if not candidate.anchor and held.seats.exclude(started_at=None).exists():
            problems.append(_("The interview has begun."))
        if held.starts_at is not None:
            minutes = held.minutes + extra_minutes(candidate)
            problems += rater_clashes(rater, held.starts_at, minutes, besides=held.pk)
        _check(problems)
        if asks:
            held.seats.update(asks=False)
        made = Seat.objects.create(interview=held, rater=rater, asks=asks)
        record(Action.ADDED, made, purpose="selection", interview=held.pk, rater=rater.pk)
        if not candidate.anchor:
            _seat_at_recorded(candidate.campaign, rater)
            if tell and held.starts_at is not None:
                letters.ask(Letter.Kind.INVITATION, candidate, interview=held, rater=rater)
    return made


def _seat_at_recorded(campaign: Campaign, rater: User) -> None:
    recorded = Interview.objects.filter(
        candidate__campaign=campaign, candidate__anchor=True, state=Interview.State.PLANNED
    ).first()
    if recorded is not None:
        made, new = Seat.objects.get_or_create(interview=recorded, rater=rater)
        if new:
            record(Action.ADDED, made, purpose="selection", interview=recorded.pk, rater=rater.pk)


def unseat(interview: Interview, rater: User, *, tell: bool = True) -> None:
    """Take a rater's seat away, as long as they have not submitted.

    Whoever has begun and cannot go on would be waited for without end, and nobody could decide. What they had noted
    goes with the seat: ratings that their rater did not submit count for nothing. Who has no seat with anybody any
    more is not waited for at the recorded interview either.

    Raises
    ------
    SchedulingError
        Where they have no seat, or have submitted.
    """
    with transaction.atomic():
        held = _lock_interview(interview, [rater.pk])
        candidate = held.candidate
        # held, so that ratings which are being submitted at this moment are not taken away with it
        mine = held.seats.select_for_update().filter(rater=rater).first()
        if mine is None:
            raise SchedulingError([_("%(name)s has no seat there.") % {"name": rater}])
        if mine.submitted_at is not None:
            raise SchedulingError([_("%(name)s has submitted their ratings.") % {"name": rater}])
        begun = mine.started_at is not None
        record(Action.REMOVED, mine, purpose="selection", interview=held.pk, rater=rater.pk, begun=begun)
        asked = mine.asks
        mine.delete()
        if asked and (following := held.seats.first()) is not None:
            following.asks = True
            following.save(update_fields=["asks"])
        if not candidate.anchor:
            _leave_recorded(candidate.campaign, rater)
            # a calendar is not told of an interview that was held
            if tell and held.starts_at is not None and not begun:
                letters.ask(Letter.Kind.CANCELLED, candidate, interview=held, rater=rater)


def _leave_recorded(campaign: Campaign, rater: User) -> None:
    mine = Seat.objects.filter(rater=rater, interview__candidate__campaign=campaign)
    if mine.filter(interview__candidate__anchor=False, interview__state=Interview.State.PLANNED).exists():
        return
    for seat_ in mine.filter(interview__candidate__anchor=True, submitted_at=None):
        record(
            Action.REMOVED,
            seat_,
            purpose="selection",
            interview=seat_.interview_id,
            rater=rater.pk,
            begun=seat_.started_at is not None,
        )
        seat_.delete()


def replace(interview: Interview, old: User, new: User, *, tell: bool = True) -> Seat:
    """Give one rater's seat to another, all or nothing; raises as :func:`seat` and :func:`unseat` do."""
    with transaction.atomic():
        # both first, in the one order in which everybody locks
        held = _lock_interview(interview, [old.pk, new.pk])
        asks = held.seats.filter(rater=old, asks=True).exists()
        unseat(interview, old, tell=tell)
        return seat(interview, new, asks=asks, tell=tell)


def move(interview: Interview, starts_at: datetime, *, place: str | None = None, tell: bool = True) -> Interview:
    """Give an interview a (new) time, and a place where one is named; everybody is told.

    Raises
    ------
    SchedulingError
        Where it is no longer planned, has begun, comes before the notice lets it, or somebody would be at two places
        at once.
    """
    with transaction.atomic():
        held = _lock_interview(interview)
        candidate = held.candidate
        minutes = held.minutes + extra_minutes(candidate)
        problems = _time_problems(candidate, starts_at)
        if held.seats.exclude(started_at=None).exists():
            problems.append(_("The interview has begun."))
        problems += candidate_clashes(candidate, starts_at, minutes, besides=held.pk)
        seats = list(held.seats.select_related("rater"))
        for one in seats:
            problems += rater_clashes(one.rater, starts_at, minutes, besides=held.pk)
        _check(problems)
        first = held.starts_at is None
        held.starts_at = starts_at
        held.place = held.place if place is None else place
        held.moved += 0 if first else 1
        held.save(update_fields=["starts_at", "place", "moved"])
        record(Action.CHANGED, held, purpose="selection", starts_at=starts_at.isoformat(), moved=held.moved)
        if tell:
            kind = Letter.Kind.INVITATION if first else Letter.Kind.RESCHEDULED
            _tell(kind, held, seats)
    return held


def cancel(interview: Interview, *, tell: bool = True) -> None:
    """Call an interview off; everybody is told.

    Raises
    ------
    SchedulingError
        Where it is no longer planned, or somebody has submitted ratings.
    """
    with transaction.atomic():
        held = _lock_interview(interview)
        seats = _hold_seats(Seat.objects.filter(interview=held))
        if any(one.submitted_at is not None for one in seats):
            raise SchedulingError([_("Ratings of this interview were submitted, so it took place.")])
        Interview.objects.filter(pk=held.pk).update(state=Interview.State.CANCELLED, moved=F("moved") + 1)
        held.refresh_from_db(fields=["state", "moved"])
        record(Action.CHANGED, held, purpose="selection", state=held.state)
        if tell and held.starts_at is not None:
            _tell(Letter.Kind.CANCELLED, held, seats)


def call_off(candidate: Candidate) -> None:
    """Cancel the interviews of somebody who does not go on; one of which ratings were submitted took place."""
    planned = candidate.interviews.filter(state=Interview.State.PLANNED)
    seats = Seat.objects.filter(interview__in=planned)
    with transaction.atomic():
        # the raters of all of them at once, in the order in which everybody locks them
        lock(candidate.campaign_id, seats.values_list("rater", flat=True))
        took_place = {one.interview_id for one in _hold_seats(seats) if one.submitted_at is not None}
        for interview in planned.exclude(pk__in=took_place).order_by("pk"):
            cancel(interview)


def _hold_seats(seats: QuerySet[Seat]) -> list[Seat]:
    """Hold seats, so that ratings which are being submitted at this moment are either in, or come too late."""
    return list(seats.select_for_update(of=("self",)).select_related("rater").order_by("pk"))


def miss(interview: Interview) -> None:
    """Note that the candidate did not come. Nothing follows from it by itself.

    Raises
    ------
    SchedulingError
        Where it is no longer planned, its time has not come, or somebody has begun to rate.
    """
    with transaction.atomic():
        held = _lock_interview(interview)
        if held.starts_at is None or held.starts_at > timezone.now():
            raise SchedulingError([_("Its time has not come yet.")])
        if held.seats.exclude(started_at=None).exists():
            raise SchedulingError([_("The interview has begun.")])
        Interview.objects.filter(pk=held.pk).update(state=Interview.State.MISSED)
        record(Action.CHANGED, held, purpose="selection", state=Interview.State.MISSED)


def _tell(kind: Letter.Kind, interview: Interview, seats: Iterable[Seat]) -> None:
    letters.ask(kind, interview.candidate, interview=interview)
    for one in seats:
        letters.ask(kind, interview.candidate, interview=interview, rater=one.rater)
