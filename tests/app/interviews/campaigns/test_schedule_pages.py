"""A manager's way with times: a plan proposed, changed and confirmed; one interview moved; the week."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from poise.app.interviews.campaigns import notices
from poise.app.interviews.campaigns.models import Candidate, Interview, Letter, Stage

from ..conftest import Round
from .conftest import told_long_ago


def plan_body(hiring: Round, **other: Any) -> dict[str, Any]:
    first = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())
    return {
        "stage": Stage.objects.get(title="Second").pk,
        "raters": [one.pk for one in (*hiring.raters, hiring.manager)],
        "each": 2,
        "first": first.isoformat(),
        "last": (first + timedelta(days=4)).isoformat(),
        "opens": "09:00",
        "closes": "12:00",
        "weekdays": [0, 1, 2, 3, 4],
        "pause": 15,
        "place": "Room 4",
    } | other


def slots_of(page: Any) -> dict[str, Any]:
    """What a browser would send of the proposal."""
    found: dict[str, Any] = {}
    for _candidate, form, _earliest, _extra in page.context["lines"]:
        for field in form:
            value = field.value()
            if field.name == "starts_at" and value:
                value = value.strftime("%Y-%m-%dT%H:%M")
            if value not in (None, False):
                found[field.html_name] = "on" if value is True else value
    return found


def test_a_plan_is_proposed_changed_and_confirmed(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    path = reverse("campaign_plan", args=[hiring.campaign.pk])
    assert helen.get(path).status_code == 200
    body = plan_body(hiring)
    page = helen.post(path, body | {"step": "propose"})
    assert page.status_code == 200 and not Interview.objects.filter(stage__title="Second").exists()
    assert "All candidates can be compared with this plan." in page.content.decode()
    slots = slots_of(page)
    left_out = hiring.candidates[2].pk
    del slots[f"slot-{left_out}-take"]
    answer = helen.post(path, body | slots | {"step": "confirm"})
    assert answer["Location"] == reverse("campaign_schedule", args=[hiring.campaign.pk])
    made = Interview.objects.filter(stage__title="Second").prefetch_related("seats")
    assert {one.candidate_id for one in made} == {one.pk for one in hiring.candidates[:2]}
    assert all(one.seats.count() == 2 and one.starts_at and one.place == "Room 4" for one in made)
    assert all(one.seats.filter(asks=True).count() == 1 for one in made)
    assert Letter.objects.filter(kind=Letter.Kind.INVITATION).count() == 6


def test_a_plan_with_something_in_the_way_plans_nothing_and_says_what(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    path = reverse("campaign_plan", args=[hiring.campaign.pk])
    body = plan_body(hiring)
    slots = slots_of(helen.post(path, body | {"step": "propose"}))
    same = slots[f"slot-{hiring.candidates[0].pk}-starts_at"]
    for one in hiring.candidates:
        slots[f"slot-{one.pk}-starts_at"] = same
        slots[f"slot-{one.pk}-raters"] = [hiring.raters[0].pk]
        slots[f"slot-{one.pk}-asks"] = hiring.raters[0].pk
    answer = helen.post(path, body | slots | {"step": "confirm"})
    assert answer.status_code == 422
    assert "Ivan Petrov has another interview" in answer.content.decode()
    assert not Interview.objects.filter(stage__title="Second").exists() and not Letter.objects.exists()


def test_a_plan_that_falls_apart_says_who_must_rate_whom(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    path = reverse("campaign_plan", args=[hiring.campaign.pk])
    body = plan_body(hiring, each=1)
    Interview.objects.filter(stage=hiring.stage).update(state=Interview.State.CANCELLED)
    page = helen.post(path, body | {"step": "propose"}).content.decode()
    assert "Not all candidates could be compared." in page and "It would help if" in page


@pytest.mark.parametrize(
    "other",
    [{"last": "2020-01-01"}, {"closes": "08:00"}, {"raters": []}, {"weekdays": [9]}, {"each": 0}, {"first": "soon"}],
)
def test_a_plan_asked_for_wrongly_says_so(helen: Client, hiring: Round, other: dict[str, Any]) -> None:
    told_long_ago(hiring)
    path = reverse("campaign_plan", args=[hiring.campaign.pk])
    assert helen.post(path, plan_body(hiring, **other) | {"step": "propose"}).status_code == 422


def test_one_interview_is_planned_moved_and_its_rater_replaced(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    amal = hiring.candidates[0]
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    helen.post(reverse("candidate_plan", args=[amal.pk]), {"starts_at": f"{day}T10:00", "place": ""})
    interview = Interview.objects.get(candidate=amal, stage__title="Second")
    page = reverse("schedule_interview", args=[interview.pk])
    helen.post(reverse("schedule_seat", args=[interview.pk]), {"rater": hiring.raters[0].pk})
    assert "Ivan Petrov" in helen.get(page).content.decode()
    moved = helen.post(reverse("schedule_move", args=[interview.pk]), {"starts_at": f"{day}T11:30", "place": "R"})
    assert moved["Location"] == page
    interview.refresh_from_db()
    assert (interview.moved, interview.place) == (1, "R")
    past = helen.post(reverse("schedule_move", args=[interview.pk]), {"starts_at": "2020-01-01T10:00", "place": ""})
    assert past.status_code == 422 and "This time is past." in past.content.decode()
    body = {"replace-old": hiring.raters[0].pk, "replace-rater": hiring.raters[1].pk}
    helen.post(reverse("schedule_replace", args=[interview.pk]), body)
    assert interview.seats.get().rater == hiring.raters[1]
    helen.post(reverse("schedule_unseat", args=[interview.pk, hiring.raters[1].pk]))
    assert not interview.seats.exists()
    helen.post(reverse("schedule_cancel", args=[interview.pk]))
    interview.refresh_from_db()
    assert interview.state == Interview.State.CANCELLED
    assert (
        "not planned any more"
        in helen.post(reverse("schedule_cancel", args=[interview.pk]), follow=True).content.decode()
    )


def test_the_schedule_shows_a_week_by_day_and_by_rater(helen: Client, hiring: Round) -> None:
    starts = hiring.seat(0, 0).interview.starts_at
    assert starts is not None
    week = {"week": timezone.localdate(starts).isoformat()}
    for path in (reverse("schedule"), reverse("campaign_schedule", args=[hiring.campaign.pk])):
        assert "Amal Haddad" in helen.get(path, week).content.decode()
        by_rater = helen.get(path, week | {"by": "rater"}).content.decode()
        assert ">Ida Moe<" in by_rater
        for odd in ("nonsense", "9999-12-31", "0001-01-01", "2026-02-30"):
            assert helen.get(path, {"week": odd}).status_code == 200


def test_a_proposal_takes_a_bounded_number_of_queries(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    stage = Stage.objects.get(title="Second")
    path, body = reverse("campaign_plan", args=[hiring.campaign.pk]), plan_body(hiring) | {"step": "propose"}

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert helen.post(path, body).status_code == 200
        return len(seen)

    few = queries()
    for number in range(27):
        one = Candidate.objects.create(campaign=hiring.campaign, code=f"X{number}", name="N", stage=stage)
        notices.give(one, timezone.now() - timedelta(days=60))
    assert queries() == few
