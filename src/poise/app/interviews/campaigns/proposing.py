"""A plan for the candidates of a stage who have no interview yet: proposed, and planned as a person left it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from poise.app.accounts.models import User
from poise.app.interviews.campaigns import scheduling
from poise.app.interviews.campaigns.arranging import extra_minutes, minutes_for
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat, Stage
from poise.app.interviews.campaigns.notices import earliest_interview
from poise.app.interviews.campaigns.planning import Design, Meeting, Panel, Window, assign, design_of, timetable
from poise.app.interviews.campaigns.raters import barred
from poise.app.interviews.campaigns.scheduling import SchedulingError

__all__ = ["MOST", "Slot", "confirm", "design_for", "design_in_words", "present_seats", "propose", "without_interview"]

MOST: Final = 40
"""Candidates of one proposal: what a page and a person can look through."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One interview of a plan. ``starts_at`` is None where no time was found, or is to be set later."""

    candidate: Candidate
    starts_at: datetime | None
    raters: tuple[int, ...]
    place: str = ""


def without_interview(stage: Stage) -> list[Candidate]:
    """Return candidates at a stage who were told and have no interview of it that holds, in the order of their codes.

    Codes are random: who is planned first does not depend on name or on who applied first.
    """
    found = (
        Candidate.objects.filter(
            campaign=stage.campaign_id, stage=stage, state=Candidate.State.ACTIVE, anchor=False, notices__isnull=False
        )
        .exclude(interviews__in=Interview.objects.filter(stage=stage, state=Interview.State.PLANNED))
        .select_related("campaign__team", "user")
        .prefetch_related("accommodations", "notices")
        .order_by("code")
        .distinct()
    )
    return list(found[:MOST])


def present_seats(campaign: Campaign, besides: Iterable[int] = ()) -> dict[int, list[int]]:
    """Return by candidate, the recorded one too, who sits at their interviews that hold."""
    seats = Seat.objects.filter(interview__candidate__campaign=campaign, interview__state=Interview.State.PLANNED)
    found: dict[int, list[int]] = {}
    for candidate, rater in seats.exclude(interview__candidate__in=list(besides)).values_list(
        "interview__candidate", "rater"
    ):
        if rater not in found.setdefault(candidate, []):
            found[candidate].append(rater)
    return found


def propose(
    stage: Stage,
    candidates: Sequence[Candidate],
    raters: Sequence[User],
    *,
    each: int,
    most: int | None,
    window: Window,
    place: str = "",
) -> tuple[list[Slot], Panel]:
    """Propose raters and times for candidates of a stage; nothing is planned yet."""
    held = present_seats(stage.campaign)
    recorded = stage.campaign.candidates.filter(anchor=True).values_list("pk", flat=True).first()
    if recorded is not None:
        # whoever gets a seat gets one there as well
        held[recorded] = list(dict.fromkeys([*held.get(recorded, []), *(rater.pk for rater in raters)]))
    panel = assign(
        [one.pk for one in candidates],
        [one.pk for one in raters],
        each,
        most=dict.fromkeys((one.pk for one in raters), most) if most else None,
        barred=barred(raters, candidates),
        held=held,
    )
    meetings = [
        Meeting(
            one.pk,
            frozenset({*((User, rater) for rater in panel.seats[one.pk]), (Candidate, one.pk)}),
            stage.minutes + extra_minutes(one),
            max(earliest_interview(one) or window.first, window.first),
        )
        for one in candidates
    ]
    starts = timetable(meetings, window, _busy(raters, window))
    return [Slot(one, starts[one.pk], panel.seats[one.pk], place) for one in candidates], panel


def _busy(raters: Sequence[User], window: Window) -> dict[Any, list[tuple[datetime, datetime]]]:
    """When raters sit elsewhere, in any campaign; what is past is out of the way for good."""
    begins = datetime.combine(window.first, window.opens, window.zone) - timedelta(days=1)
    ends = datetime.combine(window.last, window.closes, window.zone) + timedelta(days=1)
    taken = (
        Interview.objects.filter(
            state=Interview.State.PLANNED, starts_at__range=(begins, ends), seats__rater__in=raters
        )
        .select_related("candidate")
        .prefetch_related("candidate__accommodations", Prefetch("seats", Seat.objects.filter(rater__in=raters)))
        .distinct()
    )
    past = (begins, timezone.now())
    found: dict[Any, list[tuple[datetime, datetime]]] = {(User, one.pk): [past] for one in raters}
    for one in taken:
        assert one.starts_at is not None
        for seat in one.seats.all():
            until = one.starts_at + timedelta(minutes=minutes_for(one))
            found[(User, seat.rater_id)].append((one.starts_at, until))
    return found


def confirm(stage: Stage, slots: Sequence[Slot], raters: Mapping[int, User]) -> dict[int, list[str]]:
    """Plan all of it, or nothing; return by candidate what is in the way, empty where everything was planned."""
    problems: dict[int, list[str]] = {}
    with transaction.atomic():
        # all raters at once, before each interview holds its own
        scheduling.lock(stage.campaign_id, raters)
        for slot in slots:
            if slot.starts_at is not None and slot.starts_at <= timezone.now():
                problems[slot.candidate.pk] = [_("This time is past.")]
                continue
            try:
                scheduling.plan(
                    slot.candidate,
                    stage,
                    starts_at=slot.starts_at,
                    raters=[raters[key] for key in slot.raters],
                    place=slot.place,
                )
            except SchedulingError as error:
                problems[slot.candidate.pk] = list(error.problems)
        if problems:
            transaction.set_rollback(True)
    return problems


def design_in_words(design: Design, candidates: Mapping[int, str], raters: Mapping[int, str]) -> list[str]:
    """Say how a design hangs together, and who would have to rate whom where it does not."""
    if design.connected:
        return []
    parts = [", ".join(candidates.get(one, "?") for one in part) for part in design.parts]
    said = [
        _("Candidates fall into %(count)s groups that cannot be compared with each other: %(groups)s.")
        % {"count": len(parts), "groups": " | ".join(parts)}
    ]
    said += [
        _("It would help if %(rater)s also rated %(candidate)s.")
        % {"rater": raters.get(rater, "?"), "candidate": candidates.get(candidate, "?")}
        for candidate, rater in design.links
    ]
    return said


def design_for(campaign: Campaign, slots: Sequence[Slot]) -> Design:
    """Say how the seats that there are and those of a plan hang together."""
    held = present_seats(campaign)
    for slot in slots:
        held[slot.candidate.pk] = list(dict.fromkeys([*held.get(slot.candidate.pk, []), *slot.raters]))
    recorded = campaign.candidates.filter(anchor=True).values_list("pk", flat=True).first()
    if recorded is not None:
        held[recorded] = list(dict.fromkeys(rater for raters in held.values() for rater in raters))
    return design_of(held)
