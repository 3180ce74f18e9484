"""Interviews get their times and raters, and nobody is at two places at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.interviews.blinding import open_interviews
from poise.app.interviews.campaigns import notices, scheduling
from poise.app.interviews.campaigns.models import Accommodation, Campaign, Candidate, Interview, Letter, Seat, Stage
from poise.app.interviews.campaigns.scheduling import SchedulingError
from poise.app.interviews.panel.models import Look
from poise.app.interviews.room.models import Entry

from ..conftest import Round

NOON = datetime(2031, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def second(hiring: Round) -> Stage:
    """A second stage, at which all candidates are; they were told long ago."""
    stage = Stage.objects.create(campaign=hiring.campaign, number=2, title="Second", mode="video", minutes=60)
    for one in hiring.candidates:
        one.stage = stage
        one.save()
        notices.give(one, timezone.now() - timedelta(days=60))
    return stage


def test_an_interview_is_planned_with_its_raters_and_everybody_is_invited(hiring: Round, second: Stage) -> None:
    interview = scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters, place="Room 4")
    assert [(seat.rater, seat.asks) for seat in interview.seats.all()] == [
        (hiring.raters[0], True),
        (hiring.raters[1], False),
    ]
    told = Letter.objects.filter(interview=interview, kind=Letter.Kind.INVITATION)
    assert {letter.rater for letter in told} == {None, *hiring.raters}


def test_without_a_time_nobody_is_told_until_there_is_one(hiring: Round, second: Stage) -> None:
    interview = scheduling.plan(hiring.candidates[0], second, raters=hiring.raters)
    assert not Letter.objects.exists()
    moved = scheduling.move(interview, NOON)
    assert moved.moved == 0
    assert Letter.objects.filter(kind=Letter.Kind.INVITATION).count() == 3


def test_nobody_comes_before_they_were_told_in_time(hiring: Round, second: Stage) -> None:
    untold = Candidate.objects.create(campaign=hiring.campaign, code="Z", name="Dana", stage=second)
    with pytest.raises(SchedulingError, match="not given notice"):
        scheduling.plan(untold, second, starts_at=NOON)
    notices.give(untold, NOON - timedelta(days=7))
    with pytest.raises(SchedulingError, match="not before"):
        scheduling.plan(untold, second, starts_at=NOON)
    assert scheduling.plan(untold, second, starts_at=NOON + timedelta(days=8)).pk


@pytest.mark.parametrize(("minutes", "free"), [(-60, True), (-59, False), (0, False), (59, False), (60, True)])
def test_a_rater_is_at_one_place_at_a_time(hiring: Round, second: Stage, minutes: int, free: bool) -> None:
    scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters[:1])
    other = NOON + timedelta(minutes=minutes)
    if free:
        scheduling.plan(hiring.candidates[1], second, starts_at=other, raters=hiring.raters[:1])
    else:
        with pytest.raises(SchedulingError, match="Ivan Petrov has another interview"):
            scheduling.plan(hiring.candidates[1], second, starts_at=other, raters=hiring.raters[:1])
        assert not Interview.objects.filter(candidate=hiring.candidates[1], stage=second).exists()


def test_extra_minutes_count(hiring: Round, second: Stage) -> None:
    Accommodation.objects.create(
        candidate=hiring.candidates[0], asked="More time.", extra_minutes=30, answered_at=timezone.now()
    )
    scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters)
    with pytest.raises(SchedulingError):
        scheduling.plan(hiring.candidates[1], second, starts_at=NOON + timedelta(minutes=75), raters=hiring.raters)
    scheduling.plan(hiring.candidates[1], second, starts_at=NOON + timedelta(minutes=90), raters=hiring.raters)


def test_a_candidate_of_two_campaigns_is_at_one_place_at_a_time(hiring: Round, second: Stage) -> None:
    scheduling.plan(hiring.candidates[0], second, starts_at=NOON)
    other = Campaign.objects.create(team=hiring.team, kit=hiring.kit, title="Autumn", state="open", notice_days=0)
    stage = Stage.objects.create(campaign=other, number=1, title="First")
    again = Candidate.objects.create(
        campaign=other, code="A", name="Amal", email=hiring.candidates[0].email.upper(), stage=stage
    )
    notices.give(again)
    with pytest.raises(SchedulingError, match="The candidate has another interview"):
        scheduling.plan(again, stage, starts_at=NOON + timedelta(minutes=10))


def test_who_may_not_sit_is_refused(hiring: Round, second: Stage, member: Callable[..., User]) -> None:
    interview = scheduling.plan(hiring.candidates[0], second, starts_at=NOON, tell=False)
    stranger = member(Role.INTERVIEWER, Team.objects.create(name="Elsewhere"), name="Stranger")
    with pytest.raises(SchedulingError, match="does not interview for this team"):
        scheduling.seat(interview, stranger)
    applicant = member(Role.INTERVIEWER, hiring.team, email="0@example.net", name="Amal Haddad")
    with pytest.raises(SchedulingError, match="is the candidate"):
        scheduling.seat(interview, applicant)
    assert not interview.seats.exists()


def test_who_has_seen_what_others_found_does_not_rate_it_after(hiring: Round, second: Stage) -> None:
    interview = scheduling.plan(hiring.candidates[0], second, starts_at=NOON)
    ivan, ida = hiring.raters
    Look.objects.create(user=ivan, campaign=hiring.campaign, candidate=hiring.candidates[0], page="p", digest="d")
    with pytest.raises(SchedulingError, match="has seen what others found"):
        scheduling.seat(interview, ivan)
    # a page about all candidates shows this one once they were rated
    Look.objects.create(user=ida, campaign=hiring.campaign, page="p", digest="d")
    Seat.objects.filter(pk=hiring.seat(0, 0).pk).update(submitted_at=timezone.now() - timedelta(days=1))
    with pytest.raises(SchedulingError, match="has seen what others found"):
        scheduling.seat(interview, ida)
    other = scheduling.plan(hiring.candidates[1], second, starts_at=NOON + timedelta(days=1))
    assert scheduling.seat(other, ida).pk


def test_moving_tells_everybody_and_counts(hiring: Round, second: Stage) -> None:
    interview = scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters)
    # it overlaps itself, which is no clash
    held = scheduling.move(interview, NOON + timedelta(minutes=30), place="Room 5")
    assert (held.moved, held.place) == (1, "Room 5")
    assert Letter.objects.filter(kind=Letter.Kind.RESCHEDULED, sequence=1).count() == 3


def test_what_has_begun_is_not_moved_and_what_was_rated_is_not_cancelled(hiring: Round) -> None:
    seat = hiring.seat(0, 0)
    Seat.objects.filter(pk=seat.pk).update(started_at=timezone.now())
    notices.give(hiring.candidates[0], timezone.now() - timedelta(days=60))
    with pytest.raises(SchedulingError, match="has begun"):
        scheduling.move(seat.interview, NOON)
    with pytest.raises(SchedulingError, match="has begun"):
        scheduling.miss(seat.interview)
    Seat.objects.filter(pk=seat.pk).update(submitted_at=timezone.now())
    with pytest.raises(SchedulingError, match="has submitted"):
        scheduling.unseat(seat.interview, hiring.raters[0])
    with pytest.raises(SchedulingError, match="took place"):
        scheduling.cancel(seat.interview)


def test_a_rater_who_falls_ill_half_way_is_not_waited_for(hiring: Round, submit: Callable[..., None]) -> None:
    amal, (ivan, ida) = hiring.candidates[0], hiring.raters
    submit(hiring.seat(0, 1), 4)
    ill = hiring.seat(0, 0)
    Seat.objects.filter(pk=ill.pk).update(started_at=timezone.now())
    Entry.objects.create(
        seat=ill, uuid=uuid4(), kind="quoted", question="helpful.past", detail={"text": "I stayed."}, at=timezone.now()
    )
    assert not open_interviews(hiring.campaign).filter(candidate=amal).exists()
    scheduling.unseat(ill.interview, ivan)
    assert [seat.rater for seat in open_interviews(hiring.campaign).get(candidate=amal).seats.all()] == [ida]
    assert not Entry.objects.exists() and ill.interview.seats.get().asks
    assert not Letter.objects.exists(), "the interview was held: it stays in calendars"


def test_who_sits_with_nobody_is_not_waited_for_at_the_recorded_interview(hiring: Round, second: Stage) -> None:
    nobody = Candidate.objects.create(campaign=hiring.campaign, code="REC", name="Recorded", anchor=True)
    recorded = scheduling.plan(nobody, second)
    ivan, ida = hiring.raters
    for one, number in zip(hiring.candidates, range(3), strict=True):
        scheduling.plan(one, second, starts_at=NOON + timedelta(hours=2 * number), raters=hiring.raters)
    Interview.objects.exclude(stage=second).delete()
    held = list(Interview.objects.filter(candidate__anchor=False).order_by("pk"))
    for interview in held[:-1]:
        scheduling.unseat(interview, ivan)
    assert recorded.seats.filter(rater=ivan).exists()
    scheduling.unseat(held[-1], ivan)
    assert [seat.rater for seat in recorded.seats.all()] == [ida]
    scheduling.unseat(recorded, ida)
    assert not recorded.seats.exists() and held[0].seats.get().rater == ida


def test_cancelled_is_cancelled_once_and_frees_the_time(hiring: Round, second: Stage) -> None:
    interview = scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters)
    scheduling.cancel(interview)
    assert Letter.objects.filter(kind=Letter.Kind.CANCELLED).count() == 3
    with pytest.raises(SchedulingError, match="not planned any more"):
        scheduling.cancel(interview)
    assert scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters).pk


def test_a_candidate_who_does_not_come_is_noted_after_the_time(hiring: Round, second: Stage) -> None:
    scheduling.miss(hiring.seat(0, 0).interview)
    assert Interview.objects.get(candidate=hiring.candidates[0]).state == Interview.State.MISSED
    later = scheduling.plan(hiring.candidates[0], second, starts_at=NOON)
    with pytest.raises(SchedulingError, match="not come yet"):
        scheduling.miss(later)


def test_one_rater_takes_the_place_of_another_or_nothing_happens(
    hiring: Round, second: Stage, member: Callable[..., User]
) -> None:
    interview = scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters)
    third = member(Role.INTERVIEWER, hiring.team, name="Third")
    scheduling.plan(hiring.candidates[1], second, starts_at=NOON, raters=[third])
    with pytest.raises(SchedulingError, match="Third has another interview"):
        scheduling.replace(interview, hiring.raters[0], third)
    assert {seat.rater for seat in interview.seats.all()} == set(hiring.raters)
    fourth = member(Role.INTERVIEWER, hiring.team, name="Fourth")
    assert scheduling.replace(interview, hiring.raters[0], fourth).asks
    assert {seat.rater for seat in interview.seats.all()} == {hiring.raters[1], fourth}
    assert Letter.objects.filter(kind=Letter.Kind.CANCELLED).get().rater == hiring.raters[0]


def test_whoever_rates_rates_the_recorded_interview_too(hiring: Round, second: Stage) -> None:
    nobody = Candidate.objects.create(campaign=hiring.campaign, code="REC", name="Recorded", anchor=True)
    recorded = scheduling.plan(nobody, second)
    scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters)
    scheduling.plan(hiring.candidates[1], second, starts_at=NOON + timedelta(hours=2), raters=hiring.raters)
    assert {seat.rater for seat in recorded.seats.all()} == set(hiring.raters)
    assert not Letter.objects.filter(interview=recorded).exists()


def test_a_manager_takes_off_who_cannot_go_on_and_the_schedule_opens_where_something_is(
    hiring: Round, second: Stage, client: Client
) -> None:
    nobody = Candidate.objects.create(campaign=hiring.campaign, code="REC", name="Recorded", anchor=True)
    recorded = scheduling.plan(nobody, second)
    later = scheduling.plan(hiring.candidates[0], second, starts_at=NOON, raters=hiring.raters)
    Interview.objects.exclude(stage=second).delete()
    ivan, ida = hiring.raters
    Seat.objects.filter(interview=later, rater=ivan).update(started_at=timezone.now())
    client.force_login(hiring.manager)
    page = client.get(reverse("schedule_interview", args=[later.pk])).content.decode()
    assert page.count(reverse("schedule_unseat", args=[later.pk, ivan.pk])) == 1
    assert "what they noted and did not submit is deleted" in page
    assert client.post(reverse("schedule_unseat", args=[later.pk, ivan.pk])).status_code == 302
    assert [seat.rater for seat in later.seats.all()] == [ida] == [seat.rater for seat in recorded.seats.all()]
    schedule = reverse("campaign_schedule", args=[hiring.campaign.pk])
    page = client.get(schedule).content.decode()
    assert hiring.candidates[0].name in page and "Nobody waits for these ratings any more" in page
    off = reverse("schedule_unseat", args=[recorded.pk, ida.pk])
    assert off in page and client.post(off)["Location"] == schedule
    assert not recorded.seats.exists() and client.post(off).status_code == 404
