"""What a candidate is told: about them alone, in their language, and only when it is decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from hypothesis import given as for_all
from hypothesis import strategies as st

from poise.app.access import Role
from poise.app.accounts.models import User
from poise.app.interviews.campaigns.models import Candidate, Interview
from poise.app.interviews.decisions.deciding import decide
from poise.app.interviews.decisions.naming import without_names
from poise.app.interviews.decisions.report import NotGivenError, report_of
from poise.app.interviews.decisions.templatetags.poise_decisions import titled
from poise.app.interviews.panel.separating import Separability, separate
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
    assert {one.title for one in report.to_work_on} == {"Care", "Composure and cooperation"}
    care = next(one for one in report.to_work_on if one.code == "care")
    assert care.low is not None and care.high is not None and care.low < 3 < care.high
    assert [(step.text, step.anchor) for step in care.steps] == [("Tell me: considerate?", "Good.")] * 2
    assert not report.strengths and (report.object_until - report.decided_on).days == 30


def test_strengths_are_what_is_surely_above_the_middle(rated: Any, look: Callable[..., None]) -> None:
    report = report_of(decided(rated, look, 0, "hire"), "en")
    assert {one.code for one in report.strengths} == {"care", "composure_and_cooperation"}
    assert not report.to_work_on, "every answer was as good as the best anchor: there is nothing better to name"


def test_what_to_aim_for_is_the_best_answer_and_never_a_middling_one(rated: Any, look: Callable[..., None]) -> None:
    report = report_of(decided(rated, look, 2, "decline"), "en")
    assert {answer.levels for part in report.parts for answer in part.answers} == {(1, 1)}
    assert {step.anchor for one in report.to_work_on for step in one.steps} == {"Good."}
    page = render_to_string("decisions/report_body.html", {"report": report})
    assert "To aim for, an answer at level 5:" in page and "something to aim for" in page
    assert "level 3" not in page and "Fair." not in page and "middling" not in page


def test_of_somebody_who_was_never_interviewed_nobody_says_that_they_were(
    hiring: Any, look: Callable[..., None]
) -> None:
    Interview.objects.filter(candidate=hiring.candidates[0]).update(state=Interview.State.CANCELLED)
    report = report_of(decided(hiring, look, 0, "decline"), "en")
    page = render_to_string("decisions/report_body.html", {"report": report})
    assert "There was no interview." in page and "No computer decided" in page and "your interviewers" not in page


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


def test_an_answer_stands_once_in_what_to_work_on(
    rated: Any, look: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def apart(*panel: Any) -> Any:
        return separate(*panel)[0], {"helpful": Separability(0.5, 0.6), "considerate": Separability(0.6, 0.5)}

    monkeypatch.setattr("poise.app.interviews.panel.levels.separate", apart)
    Rating.objects.filter(trait="helpful").update(level=3)
    Rating.objects.filter(trait="stays_in_control").update(level=None)
    report = report_of(decided(rated, look, 2, "decline"), "en")
    assert {one.code for one in report.to_work_on} == {"considerate", "care"}, "care stands for helpful alone"
    named = [step.question for one in report.to_work_on for step in one.steps]
    assert len(named) == len(set(named)) == 4, named


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


def test_nobody_else_is_named_by_a_first_name_or_surname_alone(
    rated: Any, look: Callable[..., None], member: Callable[..., User]
) -> None:
    member(Role.HIRING_MANAGER, rated.team, email="orla@example.org", name="Orla Finn-Berg")
    member(Role.HIRING_MANAGER, None, email="ruth@example.org", name="Ruth Aas")
    member(Role.COACH, rated.team, email="kim@example.org", name="Kim Stone")
    Candidate.objects.create(campaign=rated.campaign, code="C9", name="דנה לינד", stage=rated.stage)
    said = (
        "Ida was stricter than Petrov, like Mizrahi's friend; HADDAD and Orla agree with Berg and Ruth. "
        "Helens notat: moe, a Finnish stone, und Bo. שאלתי את דנה וסיפרתי לדנה, ושדנה ידעה. Kim and Lind stay."
    )
    bo = decided(rated, look, 1, "decline", said)
    Quote.objects.filter(seat=rated.seat(1, 0)).update(text=said)
    report = report_of(bo, "en")
    left = (
        "… was stricter than …, like …'s friend; … and … agree with … and …. "
        "…s notat: moe, a Finnish stone, und Bo. שאלתי את … וסיפרתי ל…, וש… ידעה. Kim and Lind stay."
    )
    assert report.reason == left
    assert {left} <= {quote for part in report.parts for answer in part.answers for quote in answer.quotes}


def test_what_the_candidate_is_called_stays_whoever_else_is_called_so() -> None:
    hide = without_names(["Bo Aasen", "Lind", "Ida Lind Moe", "Bo Lind", "Li Wu"], own="Bo Lind")
    assert hide("Bo Lind, Bo's and Lind; Ida Lind and Bo Aasen") == "Bo Lind, Bo's and Lind; … Lind and …"
    assert hide("Li Wu, Li and Wu") == "…, Li and Wu", "two letters alone are no name"


def test_of_several_titles_in_a_row_the_first_alone_has_a_capital() -> None:
    found = [SimpleNamespace(title=one) for one in ("Care", "Composure and cooperation", "אכפתיות")]
    assert titled(found) == "Care, composure and cooperation, אכפתיות" and titled(found[:1]) == "Care"


def test_a_name_written_without_capitals_is_found_with_one_and_takes_no_common_word() -> None:
    hide = without_names(["grace o’neill", "Vincent van der Berg"])
    assert hide("Grace O'Neill said grace; van and der; Van Berg's") == "… … said grace; van and der; Van …'s"


# "…" is what stands in a name's place, so it cannot be in one
@for_all(st.lists(st.text(st.characters(exclude_characters="…"), min_size=1, max_size=12)), st.text(max_size=60))
def test_no_name_stays_in_a_text_and_words_that_contain_one_do(names: list[str], text: str) -> None:
    hide = without_names(names)
    for name in {one.strip() for one in names} - {""}:
        assert f" {name} " not in f" {hide(f'before {name} after')} "
    assert hide("") == "" and without_names([])(text) == text
    assert without_names(["Will"])("will and Willing, said Will.") == "will and Willing, said …."


LATIN = st.from_regex(r"[A-ZÆØÅ][a-zæøå]{2,9}", fullmatch=True)
HEBREW = st.text(st.sampled_from("אבגדהוזחטיכלמנסעפצקרשת"), min_size=3, max_size=9)


@for_all(st.lists(st.tuples(LATIN | HEBREW, LATIN | HEBREW), min_size=1), LATIN | HEBREW, st.text(max_size=40))
def test_no_part_of_a_name_stays_as_a_word_and_ones_own_name_does(
    people: list[tuple[str, str]], own: str, text: str
) -> None:
    hide = without_names([f"{first} {last}" for first, last in people], own=own)
    for part in {part for person in people for part in person if part.casefold() != own.casefold()}:
        told = hide(f"{text} {part}, {part}. ל{part} {part}’s {own}")
        assert part not in re.split(r"\W+", told) and (f"ל{part}" == own or f"ל{part}" not in told.split())
    assert hide(f"{text} {own}").endswith(f" {own}") and own in hide(f"({own})")


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
