"""The schedule as managers see it: a week by day or by rater, and one interview with all that can be changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.mail import is_set_up
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.campaigns import proposing, scheduling
from poise.app.interviews.campaigns.arranging import marks_allowed, minutes_for
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview
from poise.app.interviews.campaigns.notices import earliest_interview
from poise.app.interviews.campaigns.raters import raters_of
from poise.app.interviews.campaigns.schedule_forms import ReplaceForm, SeatForm, TimeForm
from poise.app.interviews.campaigns.scheduling import SchedulingError
from poise.app.interviews.campaigns.views.candidates import own as own_candidates
from poise.knowledge.interviews import MARKS

__all__ = ["calendar", "cancel", "interview", "missed", "move", "plan_one", "replace", "seat", "unseat", "week"]

_MOST: Final = 300
"""Interviews of one week that a page shows."""


def _own(request: HttpRequest) -> QuerySet[Interview]:
    return reach.interviews(request.user, Capability.MANAGE_CAMPAIGNS).select_related(
        "candidate__campaign__team", "stage"
    )


def _monday(request: HttpRequest, held: QuerySet[Interview]) -> date:
    """The Monday of the week that is asked for; else of the first from this one on in which anything is held."""
    today = timezone.localdate()
    try:
        day = date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        this = today - timedelta(days=today.weekday())
        coming = held.filter(starts_at__gte=_midnight(this)).order_by("starts_at").first()
        day = timezone.localdate(coming.starts_at) if coming is not None else today
    # the calendar of Python ends with the year 9999
    day = min(max(day, date(2000, 1, 3)), date(2999, 12, 31))
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _calendar(request: HttpRequest, interviews: QuerySet[Interview], context: dict[str, Any]) -> HttpResponse:
    held = interviews.exclude(state=Interview.State.CANCELLED).filter(candidate__anchor=False)
    monday = _monday(request, held)
    found = list(
        held.filter(starts_at__gte=_midnight(monday), starts_at__lt=_midnight(monday + timedelta(days=7)))
        .prefetch_related("seats__rater", "candidate__accommodations")
        .order_by("starts_at", "pk")[:_MOST]
    )
    lines = [
        (one, one.starts_at + timedelta(minutes=minutes_for(one)), list(one.seats.all()))
        for one in found
        if one.starts_at is not None
    ]
    by_rater = request.GET.get("by") == "rater"
    groups: list[tuple[Any, list[Any]]]
    if by_rater:
        people = sorted({seat.rater for _one, _end, seats in lines for seat in seats}, key=str)
        groups = [(one, [line for line in lines if any(seat.rater_id == one.pk for seat in line[2])]) for one in people]
    else:
        days = [monday + timedelta(days=number) for number in range(7)]
        groups = [
            (day, [line for line in lines if timezone.localtime(line[0].starts_at).date() == day]) for day in days
        ]
        groups = [(day, some) for day, some in groups if some or day.weekday() < 5]
    record(Action.VIEWED, context.get("campaign"), purpose="selection", page="schedule", interviews=len(found))
    context |= {
        "groups": groups,
        "by_rater": by_rater,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": (monday - timedelta(days=7)).isoformat(),
        "after": (monday + timedelta(days=7)).isoformat(),
        "next": held.filter(starts_at__gte=_midnight(monday + timedelta(days=7))).order_by("starts_at").first(),
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "campaigns/schedule.html", context)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """A week of all campaigns of the reader's teams, by day or by rater."""
    return _calendar(request, _own(request), {})


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def week(request: HttpRequest, key: int) -> HttpResponse:
    """A week of one campaign; interviews without a time; and whether its candidates can be compared."""
    campaign = get_object_or_404(reach.campaigns(request.user), pk=key)
    mine = _own(request).filter(candidate__campaign=campaign)
    raters = {one.pk: str(one) for one in User.objects.filter(seats__interview__candidate__campaign=campaign)}
    names = dict(campaign.candidates.values_list("pk", "name"))
    context = {
        "campaign": campaign,
        "timeless": mine.filter(starts_at=None, state=Interview.State.PLANNED, candidate__anchor=False)[:_MOST],
        "recorded": mine.filter(candidate__anchor=True).prefetch_related("seats__rater").first(),
        "apart": proposing.design_in_words(proposing.design_for(campaign, []), names, raters),
    }
    return _calendar(request, mine, context)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def interview(request: HttpRequest, key: int) -> HttpResponse:
    """One interview: time, place, raters, and what can be changed."""
    return _page(request, get_object_or_404(_own(request).filter(candidate__anchor=False), pk=key))


def _page(request: HttpRequest, found: Interview, status: int = 200, **forms: Any) -> HttpResponse:
    seats = list(found.seats.select_related("rater"))
    free = raters_of(found.candidate.campaign).exclude(pk__in=[seat.rater_id for seat in seats])
    record(Action.VIEWED, found, purpose="selection", page="interview", candidate=found.candidate_id)
    planned = found.state == Interview.State.PLANNED
    begun = any(seat.started_at is not None for seat in seats)
    context = {
        "interview": found,
        "candidate": found.candidate,
        "campaign": found.candidate.campaign,
        "seats": seats,
        "minutes": minutes_for(found),
        "marks": len(marks_allowed(found)) == len(MARKS),
        "arranged": [one.arranged for one in found.candidate.accommodations.all() if one.answered_at],
        "earliest": earliest_interview(found.candidate),
        "planned": planned,
        "begun": begun,
        "over": found.starts_at is not None and found.starts_at <= timezone.now(),
        "time_form": TimeForm(instance=found) if planned and not begun else None,
        "seat_form": SeatForm(raters=free) if planned and not begun else None,
        "replace_form": ReplaceForm(raters=free, prefix="replace") if planned else None,
        "letters": found.letters.select_related("rater", "candidate")[:50],
        "mail": is_set_up(),
        "zone": timezone.get_current_timezone_name(),
    } | forms
    return render(request, "campaigns/interview.html", context, status=status)


def _done(request: HttpRequest, key: int, act: Callable[[Interview], Any], told: str) -> HttpResponse:
    """Do something to an interview that the reader manages, and say how it went."""
    found = get_object_or_404(_own(request).filter(candidate__anchor=False), pk=key)
    try:
        act(found)
    except SchedulingError as error:
        for problem in error.problems:
            messages.error(request, problem)
    else:
        messages.success(request, told)
    return redirect("schedule_interview", key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def move(request: HttpRequest, key: int) -> HttpResponse:
    """Give an interview another time or place."""
    found = get_object_or_404(_own(request).filter(candidate__anchor=False), pk=key)
    form = TimeForm(request.POST, instance=found)
    if not form.is_valid():
        stored = get_object_or_404(_own(request), pk=key)
        return _page(request, stored, 422, time_form=form)
    entered = form.cleaned_data
    return _done(
        request,
        key,
        lambda one: scheduling.move(one, entered["starts_at"], place=entered["place"]),
        _("Saved. Everybody is told by letter."),
    )


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def cancel(request: HttpRequest, key: int) -> HttpResponse:
    """Call an interview off."""
    return _done(request, key, scheduling.cancel, _("Cancelled. Everybody is told by letter."))


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def missed(request: HttpRequest, key: int) -> HttpResponse:
    """Note that the candidate did not come."""
    told = _("Noted. A new interview can be planned on the candidate's page.")
    return _done(request, key, scheduling.miss, told)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def seat(request: HttpRequest, key: int) -> HttpResponse:
    """One more rater."""
    found = get_object_or_404(_own(request).filter(candidate__anchor=False), pk=key)
    form = SeatForm(request.POST, raters=raters_of(found.candidate.campaign))
    if not form.is_valid():
        return _page(request, found, 422, seat_form=form)
    rater = form.cleaned_data["rater"]
    return _done(request, key, lambda one: scheduling.seat(one, rater), _("Seated, and told by letter."))


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def unseat(request: HttpRequest, key: int, rater: int) -> HttpResponse:
    """Take a rater's seat away, at the recorded interview too."""
    found = get_object_or_404(_own(request), pk=key)
    mine = get_object_or_404(found.seats.select_related("rater"), rater=rater)
    silent = mine.started_at is not None or found.candidate.anchor
    told = _("Taken off. Nobody waits for these ratings any more.") if silent else _("Taken off, and told by letter.")
    if not found.candidate.anchor:
        return _done(request, key, lambda one: scheduling.unseat(one, mine.rater), told)
    try:
        scheduling.unseat(found, mine.rater)
    except SchedulingError as error:
        for problem in error.problems:
            messages.error(request, problem)
    else:
        messages.success(request, told)
    return redirect("campaign_schedule", found.candidate.campaign_id)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def replace(request: HttpRequest, key: int) -> HttpResponse:
    """Give one rater's seat to another."""
    found = get_object_or_404(_own(request).filter(candidate__anchor=False), pk=key)
    form = ReplaceForm(request.POST, raters=raters_of(found.candidate.campaign), prefix="replace")
    if not form.is_valid():
        return _page(request, found, 422, replace_form=form)
    old = get_object_or_404(User.objects.filter(seats__interview=key).distinct(), pk=form.cleaned_data["old"])
    new = form.cleaned_data["rater"]
    return _done(request, key, lambda one: scheduling.replace(one, old, new), _("Replaced; both are told by letter."))


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["POST"])
def plan_one(request: HttpRequest, key: int) -> HttpResponse:
    """Plan one candidate's interview of their present stage; raters are seated on its page."""
    candidate: Candidate = get_object_or_404(own_candidates(request), pk=key)
    form = TimeForm(request.POST)
    if candidate.stage is None or candidate.campaign.state != Campaign.State.OPEN:
        messages.error(request, _("The campaign is not open."))
        return redirect("candidate", key)
    if not form.is_valid():
        for errors in form.errors.values():
            for problem in errors:
                messages.error(request, str(problem))
        return redirect("candidate", key)
    try:
        made = scheduling.plan(
            candidate, candidate.stage, starts_at=form.cleaned_data["starts_at"], place=form.cleaned_data["place"]
        )
    except SchedulingError as error:
        for problem in error.problems:
            messages.error(request, problem)
        return redirect("candidate", key)
    messages.success(request, _("Planned. Now seat its raters."))
    return redirect("schedule_interview", made.pk)
