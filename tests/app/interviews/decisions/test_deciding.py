"""A person decides, with a reason, after having looked; the last decision holds and none is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.app.accounts.models import Team, User
from poise.app.audit.models import Entry
from poise.app.interviews.campaigns.models import Candidate, Interview, Letter, Seat, Stage
from poise.app.interviews.decisions.counterfactuals import changes
from poise.app.interviews.decisions.deciding import (
    AgainstEvidenceError,
    HinderedError,
    Hindrance,
    decide,
    found_of,
    last_decision,
)
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.decisions.weighing import GOOD, against, below, says
from poise.app.interviews.panel.levels import Level
from poise.app.interviews.room.models import Rating

REASON = "All answers about help were concrete, and both raters saw it the same way."


def a_level(mean: float, low: float, high: float, shown: bool = True) -> Level:
    return Level(1, "care", "cluster", mean, low, high, 8, 2, shown, "")


def test_on_which_side_of_the_standard_a_level_lies() -> None:
    assert below(a_level(2.5, 2.0, 3.0)) == pytest.approx(0.5)
    assert below(a_level(3.5, 2.5, 4.9)) == pytest.approx(0.05, abs=1e-6)  # the end of a 90 % interval
    # the half that reaches to the standard counts, not the one that the end of the scale cut off
    assert below(a_level(1.2, 1.0, 2.5)) == pytest.approx(0.95, abs=1e-6)
    assert below(a_level(3, 3, 3)) == 0.0 and below(a_level(2, 2, 2)) == 1.0
    assert below(a_level(2, 1, 3, shown=False)) is None


SHARES = {"care": 0.5, "task_control": 0.3, "contribution": 0.2}


def clusters(*found: tuple[float, float, float]) -> list[Level]:
    """Levels of the first clusters of a kit, in the order of SHARES."""
    return [Level(1, code, "cluster", *one, 8, 2, True, "") for code, one in zip(SHARES, found, strict=False)]


LOW, HIGH, OPEN = (1.5, 1.0, 2.2), (4.2, 3.6, 4.7), (2.6, 1.8, 3.4)
FAIR = (3.2, 3.0, 3.4)  # surely above the standard, and surely nothing that one must take


def test_the_interviews_say_what_most_of_the_kit_surely_says_and_nothing_contradicts() -> None:
    assert says(clusters(LOW, LOW), SHARES) == "below" and says(clusters(HIGH, HIGH), SHARES) == "above"
    assert says(clusters(LOW, LOW, OPEN), SHARES) == "below", "what is open does not contradict"
    assert says(clusters(LOW, LOW, FAIR), SHARES) == "nothing", "what is surely not below does"
    assert says(clusters(HIGH, HIGH, FAIR), SHARES) == "nothing"
    assert says(clusters(LOW, OPEN, OPEN), SHARES) == says(clusters(OPEN, LOW, LOW), SHARES) == "nothing", (
        "half of the kit is not most of it"
    )
    assert says(clusters(LOW), SHARES) == "nothing", "what was not rated is part of the kit too"
    assert says([], SHARES) == says([a_level(1, 1, 1, shown=False)], {"care": 1.0}) == "nothing"
    assert [against(one, "below") for one in Decision.Outcome] == [True, True, False, False]
    assert [against(one, "above") for one in Decision.Outcome] == [False, False, True, False]
    assert not any(against(one, "nothing") for one in Decision.Outcome)


def test_a_trait_that_is_shown_too_changes_nothing_about_its_cluster() -> None:
    """Of levels 2.0 to 2.2 throughout, one trait is a little less sure than the others."""
    low = clusters((2.1, 1.7, 2.5), (2.0, 1.5, 2.5), (2.2, 1.7, 2.7))
    unsure = Level(1, "helpful", "trait", 2.2, 1.4, 2.9, 4, 2, True, "")
    assert (below(unsure) or 1) < 0.8
    assert says(low, SHARES) == says([*low, unsure], SHARES) == "below"


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_more_evidence_in_one_direction_never_takes_back_what_is_said(data: st.DataObject) -> None:
    ends = st.tuples(st.floats(1, 5), st.floats(0.05, 1.5), st.floats(0.05, 1.5))

    def level(code: str, mean: float, down: float, up: float) -> Level:
        return Level(1, code, "cluster", mean, max(1.0, mean - down), min(5.0, mean + up), 8, 2, True, "")

    found = {code: level(code, *data.draw(ends)) for code in SHARES if data.draw(st.booleans())}
    said = says(found.values(), SHARES)
    code = data.draw(st.sampled_from(sorted(SHARES)))
    other = level(code, *data.draw(ends))
    old = found.get(code)
    lower = (below(other) or 0) >= ((below(old) or 0) if old else 0.5)
    higher = (below(other, GOOD) or 0) <= ((below(old, GOOD) or 0) if old else 0.5)
    now = says((found | {code: other}).values(), SHARES)
    if said == "below" and lower:
        assert now == "below"
    if said == "above" and higher:
        assert now == "above"


def test_a_decision_says_what_was_seen_and_moves_the_candidate(rated: Any, look: Callable[..., None]) -> None:
    amal = rated.candidates[0]
    second = Stage.objects.create(campaign=rated.campaign, number=2, title="Second talk")
    look(rated.manager, amal)
    made = decide(amal, "advance", f"  {REASON} ", False, rated.manager)
    amal.refresh_from_db()
    assert (amal.stage, amal.state, made.stage) == (second, "active", rated.stage)
    assert made.reason == REASON and not made.override and made.decided_by == rated.manager
    page, here = made.seen
    assert page["page"] == "panel_candidate" and page["digest"] == here["digest"] and here["says"] == "above"
    shown = {one["code"]: one for one in here["levels"]}
    assert shown["care"]["mean"] == pytest.approx(5, abs=0.1) and shown["care"]["ratings"] == 8
    assert shown["care"]["reason"] == "few"
    assert all(("mean" in one) == (one["reason"] != "cluster_instead") for one in shown.values())
    assert not Letter.objects.exists(), "who goes on gets no report yet"
    entry = Entry.objects.get(action="decided")
    assert entry.purpose == "selection" and REASON not in str(entry.detail) and "Amal" not in str(entry.detail)

    look(rated.manager, amal)
    with pytest.raises(ValueError, match="no next stage"):
        decide(amal, "advance", REASON, False, rated.manager)
    decide(amal, "hire", REASON, False, rated.manager)
    amal.refresh_from_db()
    assert amal.state == "hired" and Letter.objects.get().kind == "report"


def test_a_correction_is_another_decision(rated: Any, look: Callable[..., None]) -> None:
    bo = rated.candidates[1]
    look(rated.manager, bo)
    first = decide(bo, "decline", REASON, False, rated.manager)
    bo.refresh_from_db()
    assert bo.state == "declined"
    second = decide(
        bo, "wait", "Wrong person: this was meant for somebody else, who had the same stage.", False, rated.manager
    )
    bo.refresh_from_db()
    assert bo.state == "active" and last_decision(bo) == second
    assert list(bo.decisions.values_list("pk", "outcome")) == [(second.pk, "wait"), (first.pk, "decline")]


@pytest.mark.parametrize(("number", "outcome"), [(0, "decline"), (2, "hire"), (2, "advance")])
def test_who_goes_against_the_interviews_is_told_and_it_is_marked(
    rated: Any, look: Callable[..., None], number: int, outcome: str
) -> None:
    Stage.objects.create(campaign=rated.campaign, number=2, title="Second talk")
    one = rated.candidates[number]
    look(rated.manager, one)
    with pytest.raises(AgainstEvidenceError):
        decide(one, outcome, REASON, False, rated.manager)
    assert not one.decisions.exists()
    assert decide(one, outcome, REASON, True, rated.manager).override


def test_what_is_kept_is_whether_it_goes_against_not_what_was_ticked(rated: Any, look: Callable[..., None]) -> None:
    look(rated.manager, rated.candidates[1])
    assert found_of(rated.candidates[1]).says == "nothing"
    assert not decide(rated.candidates[1], "decline", REASON, True, rated.manager).override


def test_nobody_decides_without_having_looked_at_the_ratings_as_they_are(rated: Any, look: Callable[..., None]) -> None:
    amal = rated.candidates[0]
    with pytest.raises(HinderedError) as refused:
        decide(amal, "hire", REASON, False, rated.manager)
    assert refused.value.hindrances == (Hindrance.NOT_LOOKED,)
    look(rated.raters[0], amal)  # somebody else's look is not one's own
    with pytest.raises(HinderedError):
        decide(amal, "hire", REASON, False, rated.manager)
    look(rated.manager, amal)
    Rating.objects.filter(seat=rated.seat(1, 0), question="helpful.past").update(level=1)
    with pytest.raises(HinderedError) as refused:
        decide(amal, "hire", REASON, False, rated.manager)
    assert refused.value.hindrances == (Hindrance.CHANGED,)
    look(rated.manager, amal)
    assert decide(amal, "hire", REASON, False, rated.manager).outcome == "hire"


def test_own_ratings_come_first_and_others_are_waited_for(
    hiring: Any, submit: Callable[..., None], look: Callable[..., None]
) -> None:
    amal = hiring.candidates[0]
    look(hiring.manager, amal)
    with pytest.raises(HinderedError) as refused:
        decide(amal, "decline", REASON, False, hiring.manager)
    assert refused.value.hindrances == (Hindrance.OTHERS_RATINGS,)
    for rater in range(2):
        submit(hiring.seat(0, rater), 3)
    owed = Seat.objects.create(interview=hiring.seat(1, 0).interview, rater=hiring.manager)
    look(hiring.manager, amal)
    with pytest.raises(HinderedError) as refused:
        decide(amal, "decline", REASON, False, hiring.manager)
    assert refused.value.hindrances == (Hindrance.OWN_RATINGS,), "a seat at anybody's interview of the campaign"
    owed.delete()
    decide(amal, "decline", REASON, False, hiring.manager)


def test_who_was_never_interviewed_can_be_decided_on_and_nothing_is_claimed_to_have_been_seen(hiring: Any) -> None:
    amal = hiring.candidates[0]
    Interview.objects.filter(candidate=amal).update(state=Interview.State.MISSED)
    made = decide(
        amal, "decline", "Did not come to the interview, and did not answer two letters.", False, hiring.manager
    )
    assert [one["page"] for one in made.seen] == ["decision"] and made.seen[0]["levels"] == []


def test_of_the_alternative_process_nothing_is_computed(rated: Any) -> None:
    amal = rated.candidates[0]
    Candidate.objects.filter(pk=amal.pk).update(alternative=True)
    amal.refresh_from_db()
    assert found_of(amal).levels == () and found_of(amal).says == "nothing"
    made = decide(amal, "decline", REASON, False, rated.manager)
    assert not made.override and made.seen[-1]["levels"] == []


def test_who_may_not_decide(rated: Any, look: Callable[..., None], member: Callable[..., User]) -> None:
    amal = rated.candidates[0]
    elsewhere = member("hiring_manager", Team.objects.create(name="Elsewhere"))
    for user in (elsewhere, rated.raters[0], member("administrator"), member("coach", rated.team)):
        look(user, amal)
        with pytest.raises(PermissionError):
            decide(amal, "hire", REASON, False, user)
    look(rated.manager, amal)
    Candidate.objects.filter(pk=amal.pk).update(user=rated.manager)
    amal.refresh_from_db()
    with pytest.raises(PermissionError, match="themselves"):
        decide(amal, "hire", REASON, False, rated.manager)


def test_what_a_decision_needs(rated: Any, look: Callable[..., None]) -> None:
    amal = rated.candidates[0]
    look(rated.manager, amal)
    with pytest.raises(ValueError, match="say in at least 40 why"):
        decide(amal, "hire", "  Good." + " " * 60, False, rated.manager)
    with pytest.raises(ValueError, match="no outcome 'reject'"):
        decide(amal, "reject", REASON, False, rated.manager)
    Candidate.objects.filter(pk=amal.pk).update(state="withdrawn")
    with pytest.raises(HinderedError) as refused:
        decide(amal, "hire", REASON, False, rated.manager)
    assert refused.value.hindrances == (Hindrance.WITHDRAWN,)
    assert not Decision.objects.exists()


def test_what_further_answers_would_change_is_worked_out(rated: Any) -> None:
    bo = rated.candidates[1]
    found = found_of(bo)
    (now,) = [one for one in found.levels if one.code == "care"]
    then = {(one.code, one.rated): one for one in changes(bo, found.standing)}
    assert set(then) == {(one.code, rated) for one in found.levels if one.shown for rated in (4, 2)}
    better, worse = then["care", 4], then["care", 2]
    assert now.mean is not None and now.low is not None and now.high is not None
    assert worse.mean < now.mean - 0.2 < now.mean + 0.2 < better.mean < 4
    # by hand: two of four answers about each trait at 4 (and 3 for the others) is half way, were all parts equal
    assert better.mean == pytest.approx(3.5, abs=0.15) and worse.mean == pytest.approx(2.5, abs=0.15)
    assert found_of(bo).standing.digest == found.standing.digest, "nothing is kept of it"


def test_two_decide_at_once_and_both_stand_in_order(rated: Any, look: Callable[..., None]) -> None:
    amal = rated.candidates[0]
    look(rated.manager, amal)
    stale = Candidate.objects.get(pk=amal.pk)
    decide(amal, "hire", REASON, False, rated.manager)
    decide(stale, "wait", REASON, False, rated.manager)
    amal.refresh_from_db()
    assert amal.state == "active" and amal.decisions.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        amal.decisions.update(reason="x")
