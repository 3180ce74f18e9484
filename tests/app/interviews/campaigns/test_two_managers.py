"""Two people at the same moment: one rater is never at two places, nobody comes twice, or for nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from poise.app.interviews.campaigns import notices, reminding, rosters, scheduling
from poise.app.interviews.campaigns.adding import Given, Register
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Letter, Seat, Stage
from poise.app.interviews.campaigns.scheduling import SchedulingError
from poise.app.interviews.candidacy.asking import withdraw_application
from poise.app.interviews.room.submitting import hold

from ..conftest import Round
from .conftest import told_long_ago


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same moment, each in a thread with a connection of its own; errors are answers."""
    gate = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=10)
            answers[number] = act()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    return answers


def meanwhile(first: Callable[[], Any], then: Callable[[], Any], *, last: Callable[[], Any] = lambda: None) -> None:
    """Do ``then`` while somebody who has done ``first`` has not committed; they do ``last`` before they do."""
    begun = threading.Event()

    def hesitating() -> None:
        with transaction.atomic():
            first()
            begun.set()
            time.sleep(0.5)
            last()

    def following() -> None:
        assert begun.wait(timeout=10)
        then()

    assert at_once(hesitating, following) == [None, None]


def test_one_rater_is_planned_for_one_of_two_interviews(committed_hiring: Round) -> None:
    stages = []
    # two campaigns, so that what is locked is the rater
    for number, candidate in enumerate(committed_hiring.candidates[:2]):
        campaign = Campaign.objects.create(
            team=committed_hiring.team, kit=committed_hiring.kit, title=f"C{number}", state="open"
        )
        stage = Stage.objects.create(campaign=campaign, number=1, title="S")
        Candidate.objects.filter(pk=candidate.pk).update(campaign=campaign, stage=stage)
        candidate.refresh_from_db()
        notices.give(candidate, timezone.now() - timedelta(days=60))
        stages.append((candidate, stage))
    noon = datetime(2031, 3, 5, 12, tzinfo=UTC)
    ivan = committed_hiring.raters[:1]
    answers = at_once(
        *(
            lambda one=one, stage=stage: scheduling.plan(one, stage, starts_at=noon, raters=ivan)
            for one, stage in stages
        )  # type: ignore[misc]
    )
    assert sorted(type(one) is Interview for one in answers) == [False, True]
    assert any(isinstance(one, SchedulingError) for one in answers)
    assert Interview.objects.filter(starts_at=noon, seats__rater=ivan[0]).count() == 1


def test_one_candidate_handed_in_twice_is_one(committed_hiring: Round) -> None:
    campaign = committed_hiring.campaign
    given = Given(name="Dana", email="dana@example.net")

    def by_file() -> Any:
        return rosters.take_in(campaign, [(2, given)], dry=False)

    def by_form() -> Any:
        with transaction.atomic():
            return Register(Campaign.objects.select_for_update().get(pk=campaign.pk)).take(given)

    answers = at_once(by_file, by_form, by_file)
    assert not [one for one in answers if isinstance(one, Exception)]
    assert Candidate.objects.filter(campaign=campaign, name="Dana").count() == 1


def test_two_workers_remind_once(committed_hiring: Round) -> None:
    Interview.objects.filter(candidate=committed_hiring.candidates[0]).update(
        starts_at=timezone.now() + timedelta(hours=5)
    )
    answers = at_once(reminding.remind, reminding.remind)
    assert sorted(answers) == [0, 1]
    assert Letter.objects.filter(kind=Letter.Kind.REMINDER).count() == 3


def test_nobody_is_planned_for_somebody_who_withdraws(committed_hiring: Round) -> None:
    told_long_ago(committed_hiring)
    amal = Candidate.objects.get(pk=committed_hiring.candidates[0].pk)
    stage = Stage.objects.get(title="Second")
    meanwhile(lambda: scheduling.plan(amal, stage, raters=committed_hiring.raters), lambda: withdraw_application(amal))
    assert set(amal.interviews.values_list("state", flat=True)) == {Interview.State.CANCELLED}


def test_ratings_that_are_being_submitted_keep_their_interview(committed_hiring: Round) -> None:
    amal, seat = committed_hiring.candidates[0], committed_hiring.seat(0, 0)

    def submitting() -> None:
        hold(seat.pk)
        Seat.objects.filter(pk=seat.pk).update(submitted_at=timezone.now())

    meanwhile(submitting, lambda: withdraw_application(amal))
    amal.refresh_from_db()
    assert (amal.state, amal.interviews.get().state) == (Candidate.State.WITHDRAWN, Interview.State.PLANNED)


def test_who_withdraws_and_who_plans_elsewhere_never_wait_for_each_other(committed_hiring: Round) -> None:
    told_long_ago(committed_hiring)
    amal = Candidate.objects.get(pk=committed_hiring.candidates[0].pk)
    low, high = sorted(committed_hiring.raters, key=lambda one: one.pk)
    stage = Stage.objects.get(title="Second")
    scheduling.plan(amal, stage, raters=[low])
    # of the interview that is called off first, the rater whom others lock last
    Seat.objects.filter(interview__candidate=amal, interview__stage=committed_hiring.stage, rater=low).delete()
    other = Campaign.objects.create(team=committed_hiring.team, kit=committed_hiring.kit, title="Other", state="open")
    meanwhile(
        lambda: scheduling.lock(other.pk, [low.pk]),
        lambda: withdraw_application(amal),
        last=lambda: scheduling.lock(other.pk, [high.pk]),
    )
    assert set(amal.interviews.values_list("state", flat=True)) == {Interview.State.CANCELLED}


def test_a_reminder_and_a_withdrawal_never_wait_for_each_other(committed_hiring: Round) -> None:
    amal = committed_hiring.candidates[0]
    amal.interviews.update(starts_at=timezone.now() + timedelta(hours=5))
    answers = at_once(reminding.remind, lambda: withdraw_application(amal))
    assert answers in ([1, None], [0, None])
    assert amal.interviews.get().state == Interview.State.CANCELLED
