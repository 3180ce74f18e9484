"""A person decides, with a reason, after having looked; the last decision holds and none is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

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
from poise.app.interviews.decisions.weighing import against, below, says
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


def test_the_interviews_say_something_only_where_all_levels_agree() -> None:
    low, high, open_ = a_level(1.5, 1.0, 2.2), a_level(4.2, 3.5, 4.7), a_level(2.6, 1.8, 3.4)
    fair = a_level(3.2, 3.0, 3.4)  # surely above the standard, and surely nothing that one must take
    assert says([low, low]) == "below" and says([high, high]) == "above"
    assert says([low, high]) == says([low, open_]) == says([high, open_]) == says([fair, high]) == says([]) == "nothing"
    assert says([a_level(1, 1, 1, shown=False)]) == "nothing"
    assert [against(one, "below") for one in Decision.Outcome] == [True, True, False, False]
    assert [against(one, "above") for one in Decision.Outcome] == [False, False, True, False]
    assert not any(against(one, "nothing") for one in Decision.Outcome)


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
