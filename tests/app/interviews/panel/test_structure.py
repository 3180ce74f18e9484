"""The structure index: each component turns with its fact, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from poise.app.interviews.calibration.material import practicable
from poise.app.interviews.calibration.models import Round
from poise.app.interviews.campaigns.models import Candidate, Interview, Seat, Stage
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.kits.models import KitVersion
from poise.app.interviews.panel.models import Look
from poise.app.interviews.panel.structure import COMPONENTS, structure
from poise.app.interviews.panel.wording import COMPONENTS as TITLES
from poise.app.interviews.panel.wording import fact
from poise.app.interviews.room.models import Entry, Quote, Rating
from poise.knowledge.interviews import STRENGTHS, kit_to_json, load_item_bank, start_kit


def met(hiring: Any) -> dict[str, bool | None]:
    return {one.code: one.met for one in structure(_fresh(hiring)).components}


def _fresh(hiring: Any) -> Any:
    return type(hiring.campaign).objects.select_related("kit").get(pk=hiring.campaign.pk)


def change_kit(hiring: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """A published kit never changes; this stands for a campaign that was started on another."""
    content = kit_to_json(hiring.kit.read())
    change(content)
    made = KitVersion.objects.create(kit=hiring.kit.kit, number=2, content=content, job_analysis="Asked.")
    type(hiring.campaign).objects.filter(pk=hiring.campaign.pk).update(kit=made)


def seats(hiring: Any) -> Any:
    return Seat.objects.filter(interview__candidate__campaign=hiring.campaign).order_by("pk")


def journal(seat: Seat, *questions: str) -> None:
    now = timezone.now()
    for minute, question in enumerate(questions):
        Entry.objects.create(
            uuid=uuid4(), seat=seat, kind="asked", question=question, at=now + timedelta(minutes=minute)
        )


def test_there_are_fifteen_with_a_title_and_a_fact_each(rated: Any) -> None:
    found = structure(rated.campaign)
    assert [one.code for one in found.components] == list(COMPONENTS) == list(TITLES) and len(COMPONENTS) == 15
    assert all(fact(one) for one in found.components)
    assert found.index == sum(one.met is True for one in found.components) == 12
    assert {one.code for one in found.components if one.met is None} == {"statistical_combination"}
    assert {one.code for one in found.components if one.met is False} == {"number_of_questions", "training"}


def test_without_open_interviews_little_is_known(hiring: Any) -> None:
    found = structure(hiring.campaign)
    assert all(fact(one) for one in found.components)
    assert {one.code for one in found.components if one.met is None} == {
        "same_questions",
        "ancillary_information",
        "each_answer_rated",
        "notes",
        "several_raters",
        "same_raters",
        "no_discussion",
        "training",
        "statistical_combination",
    }


def without_job_analysis(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = kit_to_json(hiring.kit.read())
    made = KitVersion.objects.create(kit=hiring.kit.kit, number=2, content=content, job_analysis="  ")
    type(hiring.campaign).objects.filter(pk=hiring.campaign.pk).update(kit=made)


def a_question_was_left_out(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Rating.objects.filter(seat__interview__candidate=hiring.candidates[1], question="helpful.past").update(level=None)


def six_probes(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    change_kit(hiring, lambda kit: kit.update(probes=[{"en": f"And {n}?"} for n in range(6)]))


def only_questions_about_the_past(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(kit: dict[str, Any]) -> None:
        for question in kit["questions"]:
            if question["form"] == "dilemma":
                question["form"] = "past"

    change_kit(hiring, change)


def a_rater_from_an_earlier_stage(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    later = Stage.objects.create(campaign=hiring.campaign, number=2, title="Second", questions=["helpful.past"])
    for number, candidate in enumerate(hiring.candidates):
        interview = Interview.objects.create(candidate=candidate, stage=later, mode="video")
        for rater in hiring.raters if number == 0 else []:
            seat = Seat.objects.create(interview=interview, rater=rater, submitted_at=timezone.now())
            Rating.objects.create(seat=seat, question="helpful.past", trait="helpful", level=3, rated_at=timezone.now())
            Quote.objects.create(seat=seat, question="helpful.past", text="I did.", at=timezone.now())


def strengths_asked_first(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    journal(seats(hiring)[0], STRENGTHS, "helpful.past")


def strengths_not_last_in_the_kit(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    change_kit(hiring, lambda kit: kit["questions"].insert(0, kit["questions"].pop()))


def an_answer_without_a_rating(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Rating.objects.filter(seat=seats(hiring)[0], question="helpful.past").delete()


def anchors_in_another_language(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    type(hiring.campaign).objects.filter(pk=hiring.campaign.pk).update(language="nb")


def a_rating_without_a_quote(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Quote.objects.filter(seat=seats(hiring)[0], question="helpful.past").delete()


def one_rater_alone(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Seat.objects.filter(rater=hiring.raters[1]).delete()


def another_rater_for_one(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Seat.objects.filter(interview__candidate=hiring.candidates[2], rater=hiring.raters[1]).update(rater=hiring.manager)


def a_look_before_submitting(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Look.objects.create(
        user=hiring.raters[0], campaign=hiring.campaign, candidate=hiring.candidates[0], page="x", digest="0" * 64
    )
    Look.objects.filter(pk=look.pk).update(at=timezone.now() - timedelta(hours=1))


def a_decision_against_the_evidence(hiring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Decision.objects.create(
        candidate=hiring.candidates[0],
        stage=hiring.stage,
        outcome="wait",
        reason="No.",
        override=True,
        decided_by=hiring.manager,
    )


TURNS: dict[str, list[Callable[[Any, pytest.MonkeyPatch], None]]] = {
    "job_analysis": [without_job_analysis],
    "same_questions": [a_question_was_left_out],
    "limited_prompting": [six_probes],
    "question_types": [only_questions_about_the_past],
    "ancillary_information": [a_rater_from_an_earlier_stage],
    "candidates_questions": [strengths_asked_first, strengths_not_last_in_the_kit],
    "each_answer_rated": [an_answer_without_a_rating],
    "anchors": [anchors_in_another_language],
    "notes": [a_rating_without_a_quote],
    "several_raters": [one_rater_alone],
    "same_raters": [another_rater_for_one],
    "no_discussion": [a_look_before_submitting],
    "statistical_combination": [a_decision_against_the_evidence],
}


@pytest.mark.parametrize(("code", "turn"), [(code, turn) for code, turns in TURNS.items() for turn in turns])
def test_each_component_turns_with_its_fact(
    rated: Any, monkeypatch: pytest.MonkeyPatch, code: str, turn: Callable[..., None]
) -> None:
    before = met(rated)
    turn(rated, monkeypatch)
    after = met(rated)
    assert after[code] is False
    # whose kit is another one is calibrated on none
    assert {one for one in before if before[one] != after[one]} - {"training"} == {code}
    assert all(fact(one) for one in structure(_fresh(rated)).components)


def test_enough_questions_are_met_from_ten_on(rated: Any) -> None:
    def change(kit: dict[str, Any]) -> None:
        more = [one | {"id": f"{one['id']}_b"} for one in kit["questions"] if one["form"] != "strengths"]
        kit["questions"] = [*more, *kit["questions"]]

    change_kit(rated, change)
    assert met(rated)["number_of_questions"] is True


def of_the_bank(hiring: Any, *traits: str) -> KitVersion:
    """A published kit whose questions are the item bank's, so that it can be practised."""
    made = start_kit(load_item_bank(), dict.fromkeys(traits, 1.0))
    number = KitVersion.objects.filter(kit=hiring.kit.kit).count() + 1
    return KitVersion.objects.create(
        kit=hiring.kit.kit,
        number=number,
        content=kit_to_json(made),
        job_analysis="Asked.",
        published_at=timezone.now(),
        published_by=hiring.manager,
        digest=made.digest(),
    )


def practised(rater: Any, kit: KitVersion, at: datetime, *, passed: bool = True) -> Round:
    answers = [[key, one.question] for key, one in practicable(kit.read(), load_item_bank()).items()]
    return Round.objects.create(rater=rater, kit=kit, answers=answers, finished_at=at, passed=passed)


def test_training_is_a_round_on_this_kit_passed_before_the_first_rating(rated: Any) -> None:
    here = of_the_bank(rated, "helpful", "considerate", "stays_in_control")
    elsewhere = of_the_bank(rated, "organised", "problem_solver")
    type(rated.campaign).objects.filter(pk=rated.campaign.pk).update(kit=here)
    first = seats(rated).order_by("submitted_at")[0].submitted_at
    day = timedelta(days=1)
    for rater in rated.raters:
        practised(rater, here, first - day)
    assert met(rated)["training"] is True
    practised(rated.raters[0], here, timezone.now() + day, passed=False)
    assert met(rated)["training"] is True, "a refresher that was not passed later takes nothing from what was rated"
    Round.objects.filter(rater=rated.raters[0]).delete()
    practised(rated.raters[0], elsewhere, first - day)
    assert met(rated)["training"] is False, "a pass on another kit"
    practised(rated.raters[0], here, timezone.now() + day)
    assert met(rated)["training"] is False, "a pass that came after the ratings"
    practised(rated.raters[0], here, first - 2 * day)
    assert met(rated)["training"] is True
    practised(rated.raters[0], here, first - day, passed=False)
    assert met(rated)["training"] is False, "the newest round before the ratings decides"


def test_decisions_with_the_evidence_count_and_one_that_is_left_open_does_not(rated: Any) -> None:
    assert met(rated)["statistical_combination"] is None
    Decision.objects.create(
        candidate=rated.candidates[0], stage=rated.stage, outcome="wait", reason="Yes.", decided_by=rated.manager
    )
    assert met(rated)["statistical_combination"] is True


def test_the_recorded_interview_and_the_alternative_process_are_left_out(rated: Any) -> None:
    before = met(rated)
    Candidate.objects.filter(pk=rated.candidates[2].pk).update(alternative=True)
    Seat.objects.filter(interview__candidate=rated.candidates[2], rater=rated.raters[1]).delete()
    assert met(rated) == before
