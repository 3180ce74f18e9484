"""One's own interviews, and the questions to read beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.blinding import Wait, notes_wait
from poise.app.interviews.calibration.passing import State, standings
from poise.app.interviews.campaigns.arranging import minutes_for
from poise.app.interviews.campaigns.models import Campaign, Interview, Seat
from poise.app.interviews.room.seating import arranged, open_seats, questions_for
from poise.app.people.models import Purpose

__all__ = ["interviews", "questions"]

_A_PAGE: Final = 30
_GROUPS: Final = ("coming", "under_way", "submitted")


@dataclass(frozen=True, slots=True)
class _Line:
    """A seat in the list; ``wait`` is what the panel's notes wait for, None where there are none to come."""

    seat: Seat
    minutes: int
    arranged: Sequence[str]
    wait: Wait | None


@dataclass(frozen=True, slots=True)
class _Practice:
    """Where the reader stands with the kit of one campaign that asks for calibration."""

    campaign: Campaign
    state: State

    @property
    def passed(self) -> bool:
        return self.state is State.PASSED


@needs(Capability.INTERVIEW)
@require_safe
def interviews(request: HttpRequest) -> HttpResponse:
    """The reader's interviews: coming, under way, submitted; with what was arranged, and whether they may rate yet."""
    mine = open_seats(request.user).filter(interview__state=Interview.State.PLANNED)
    pending = mine.filter(submitted_at=None)
    groups = {
        "coming": pending.filter(started_at=None).order_by("interview__starts_at", "pk"),
        "under_way": pending.exclude(started_at=None).order_by("interview__starts_at", "pk"),
        "submitted": mine.exclude(submitted_at=None).order_by("-submitted_at", "-pk"),
    }
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in _GROUPS else "coming"
    page = Paginator(groups[chosen], _A_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    # whatever is under way stands above everything else, so that nobody has to look for it
    going = list(groups["under_way"][:_A_PAGE]) if chosen == "coming" and page.number == 1 else []
    seen = sorted({seat.interview.candidate_id for seat in (*shown, *going)})
    if seen:
        record(Action.VIEWED, purpose=Purpose.SELECTION, page="interviews", candidates=seen)
    waits = notes_wait(request.user, shown) if chosen == "submitted" else {}
    context = {
        "page": page,
        "chosen": chosen,
        "groups": _GROUPS,
        "lines": [_line(one, waits.get(one.pk)) for one in shown],
        "going": [_line(one, None) for one in going],
        "practice": _practice(cast("User", request.user), [*shown, *going]),
    }
    return render(request, "room/interviews.html", context)


def _line(seat: Seat, wait: Wait | None) -> _Line:
    return _Line(seat, minutes_for(seat.interview), arranged(seat.interview.candidate), wait)


def _practice(user: User, seats: Sequence[Seat]) -> list[_Practice]:
    campaigns = {
        one.interview.candidate.campaign_id: one.interview.candidate.campaign
        for one in seats
        if one.submitted_at is None and one.interview.candidate.campaign.needs_calibration
    }
    if not campaigns:
        return []
    found = standings([user.pk], {one.kit for one in campaigns.values()})
    return [_Practice(one, found[user.pk, one.kit_id].state) for one in campaigns.values()]


@needs(Capability.INTERVIEW)
@require_safe
def questions(request: HttpRequest, key: int) -> HttpResponse:
    """The questions of one interview with their anchors, to read beforehand."""
    seat = get_object_or_404(open_seats(request.user), pk=key)
    context = {"seat": seat, "candidate": seat.interview.candidate, "questions": questions_for(seat.interview)}
    return render(request, "room/questions.html", context)
