"""What a candidate is told: about them alone, in their language, and only when it is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given as for_all
from hypothesis import strategies as st

from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.decisions.deciding import decide
from poise.app.interviews.decisions.report import NotGivenError, report_of, without_names
from poise.app.interviews.room.models import Quote, Rating

from .conftest import REASON


def decided(hiring: Any, look: Callable[..., None], number: int, outcome: str, reason: str = REASON) -> Candidate:
    one: Candidate = hiring.candidates[number]
    look(hiring.manager, one)
    decide(one, outcome, reason, True, hiring.manager)
    one.refresh_from_db()
    return one


def test_there_is_none_before_it_is_decided_for_good(rated: Any, look: Callable[..., None]) -> None:
    with pytest.raises(NotGivenError):
        report_of(rated.candidates[0], "en")
    with pytest.raises(NotGivenError):
        report_of(decided(rated, look, 0, "wait"), "en")
    assert report_of(decided(rated, look, 0, "hire"), "en").outcome == "hire"


def test_it_says_what_was_said_how_it_was_rated_and_what_would_be_better(rated: Any, look: Callable[..., None]) -> None:
    bo = decided(rated, look, 1, "decline")
    Quote.objects.filter(seat=rated.seat(1, 1), question="helpful.past").update(text="I called the bus company.")
    report = report_of(bo, "en")
    assert (report.job, report.campaign, report.reason) == ("Guest service", "Spring", REASON)
    assert [(one.mode, one.raters) for one in report.meetings] == [("video", 2)]
    assert [part.title for part in report.parts] == ["Helpful", "Considerate", "Stays in control"]
    answer = report.parts[0].answers[0]
    assert answer.text == "Tell me: helpful?" and answer.levels == (3, 3) and answer.unobserved == 0
    assert set(answer.quotes) == {"I did helpful.past.", "I called the bus company."}
    assert {one.title for one in report.to_work_on} == {"Helpful", "Considerate", "Stays in control"}
    helpful = next(one for one in report.to_work_on if one.code == "helpful")
    assert helpful.low is not None and helpful.high is not None and helpful.low < 3 < helpful.high
    assert [(step.text, step.level, step.anchor) for step in helpful.steps] == [
        ("Tell me: helpful?", 5, "Good."),
        ("Tell me: helpful?", 5, "Good."),
    ]
    assert not report.strengths and (report.object_until - report.decided_on).days == 30


def test_strengths_are_what_is_surely_above_the_middle(rated: Any, look: Callable[..., None]) -> None:
    report = report_of(decided(rated, look, 0, "hire"), "en")
    assert {one.code for one in report.strengths} == {"helpful", "considerate", "stays_in_control"}
    assert not report.to_work_on, "every answer was as good as the best anchor: there is no next level to name"


def test_a_cluster_stands_for_traits_that_cannot_be_told_apart(
    hiring: Any, submit: Callable[..., None], look: Callable[..., None]
) -> None:
    for number in range(2):
        for rater in range(2):
            submit(hiring.seat(number, rater), 3 + number)
    report = report_of(decided(hiring, look, 0, "decline"), "en")
    assert {one.code for one in report.to_work_on} == {"care", "composure_and_cooperation"}
    assert {one.code: one.reason for one in report.unknown} == dict.fromkeys(
        ("helpful", "considerate", "stays_in_control"), "cluster_instead"
    )


def test_an_answer_stands_once_in_what_to_work_on(rated: Any, look: Callable[..., None]) -> None:
    Rating.objects.filter(trait="helpful").update(level=3)
    report = report_of(decided(rated, look, 2, "decline"), "en")
    assert {"considerate", "care"} <= {one.code for one in report.to_work_on}, "care stands for helpful alone"
    named = [step.question for one in report.to_work_on for step in one.steps]
    assert len(named) == len(set(named)) == 6, named


def test_what_was_set_aside_does_not_count_and_is_told(rated: Any, look: Callable[..., None]) -> None:
    bo = decided(rated, look, 1, "decline")
    Rating.objects.filter(seat=rated.seat(1, 0), question="helpful.past").update(set_aside_at="2026-01-01T00:00Z")
    answer = report_of(bo, "en").parts[0].answers[0]
    assert answer.levels == (3,) and answer.set_aside == 1


def test_of_the_alternative_process_it_has_answers_and_no_levels(rated: Any, look: Callable[..., None]) -> None:
    Candidate.objects.filter(pk=rated.candidates[1].pk).update(alternative=True)
    rated.candidates[1].refresh_from_db()
    report = report_of(decided(rated, look, 1, "decline"), "en")
    assert report.alternative and not (report.strengths or report.to_work_on or report.between or report.unknown)
    assert report.parts[0].answers[0].quotes


def test_nobody_else_is_named(rated: Any, look: Callable[..., None]) -> None:
    named = "Better than Amal Haddad, says Ivan Petrov; Helen Brook and Chaya Mizrahi's friend agree. Bo Lind spoke."
    bo = decided(rated, look, 1, "decline", f"{named} That is why.")
    Quote.objects.filter(seat=rated.seat(1, 0)).update(text=named)
    told = str(asdict(report_of(bo, "en")) | {"candidate": None})
    for name in ("Amal", "Haddad", "Ivan", "Petrov", "Helen", "Brook", "Chaya", "Mizrahi", "Ida", "Moe"):
        assert name not in told
    assert "Bo Lind spoke" in told


# "…" is what stands in a name's place, so it cannot be in one
@for_all(st.lists(st.text(st.characters(exclude_characters="…"), min_size=1, max_size=12)), st.text(max_size=60))
def test_no_name_stays_in_a_text_and_words_that_contain_one_do(names: list[str], text: str) -> None:
    hide = without_names(names)
    for name in {one.strip() for one in names} - {""}:
        assert f" {name} " not in f" {hide(f'before {name} after')} "
    assert hide("") == "" and without_names([])(text) == text
    assert without_names(["Will"])("will and Willing, said Will.") == "will and Willing, said …."


def test_it_takes_as_many_queries_however_many_candidates_there_are(
    rated: Any, look: Callable[..., None], submit: Callable[..., None]
) -> None:
    bo = decided(rated, look, 1, "decline")
    with CaptureQueriesContext(connection) as few:
        report_of(Candidate.objects.select_related("campaign__kit__kit").get(pk=bo.pk), "en")
    for number in range(27):
        Candidate.objects.create(campaign=rated.campaign, code=f"M{number}", name=f"More {number}", stage=rated.stage)
    with CaptureQueriesContext(connection) as many:
        report_of(Candidate.objects.select_related("campaign__kit__kit").get(pk=bo.pk), "en")
    assert len(many) <= len(few) <= 20
