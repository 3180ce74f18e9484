"""Levels of candidates from what is open, in panels of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from poise.app.interviews.campaigns.models import Candidate, Interview, Seat
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.levels import levels, standing

Submit = Callable[..., None]


def rate_all(hiring: Any, submit: Submit, levels_of: Callable[[int, int], Any], candidates: range = range(3)) -> None:
    for candidate in candidates:
        for rater in range(2):
            submit(hiring.seat(candidate, rater), levels_of(candidate, rater))


def test_nothing_before_all_seats_have_submitted(hiring: Any, submit: Submit) -> None:
    assert ratings(hiring.campaign).is_empty() and levels(hiring.campaign) == []
    submit(hiring.seat(0, 0), 4)
    assert ratings(hiring.campaign).is_empty()
    submit(hiring.seat(0, 1), 3)
    table = ratings(hiring.campaign)
    assert table.height == 12 and set(table["person"]) == {"C0"} and set(table["rater"]) == {"R1", "R2"}
    assert {one.candidate for one in levels(hiring.campaign)} == {hiring.candidates[0].pk}


def test_what_was_not_observed_is_no_rating(hiring: Any, submit: Submit) -> None:
    submit(hiring.seat(0, 0), {"helpful.past": 4})
    submit(hiring.seat(0, 1), {"helpful.past": 5, "helpful.dilemma": None})
    found = {one.code: one for one in levels(hiring.campaign)}
    assert found["care"].ratings == 2 and found["care"].raters == 2
    assert found["stays_in_control"].reason == "not_observed" and found["stays_in_control"].mean is None
    assert not found["composure_and_cooperation"].shown


def test_two_candidates_and_two_raters_get_clusters_with_wide_intervals(hiring: Any, submit: Submit) -> None:
    rate_all(hiring, submit, lambda candidate, rater: 4 if candidate == 0 else 3, range(2))
    own = standing(hiring.campaign).of(hiring.candidates[0].pk)
    care = own["care"]
    assert care.shown and care.reason == "few" and care.ratings == 8 and care.raters == 2
    assert care.mean == pytest.approx(4, abs=0.05)
    assert care.low is not None and care.high is not None and care.high - care.low > 1
    assert not own["helpful"].shown and own["helpful"].reason == "cluster_instead"
    assert own["helpful"].mean is own["helpful"].low is own["helpful"].se is None


def test_two_candidates_who_differ_alike_on_everything_have_no_trait_shown(hiring: Any, submit: Submit) -> None:
    rate_all(hiring, submit, lambda candidate, rater: 4 if candidate == 0 else 2, range(2))
    found = standing(hiring.campaign)
    assert set(found.separability) == {"helpful", "considerate", "stays_in_control"}
    assert not any(one.shown for one in found.separability.values())
    assert not any(one.shown for one in found.levels if one.kind == "trait")
    assert all(one.shown for one in found.levels if one.kind == "cluster")


def test_each_cluster_has_its_share_of_the_kits_weight(hiring: Any) -> None:
    shares = standing(hiring.campaign).shares
    assert shares == {"care": pytest.approx(0.75), "composure_and_cooperation": pytest.approx(0.25)}


def test_weights_of_the_kit_hold_inside_a_cluster(hiring: Any, submit: Submit) -> None:
    def one(candidate: int, rater: int) -> dict[str, int]:
        return {"helpful.past": 5, "helpful.dilemma": 5, "considerate.past": 2, "considerate.dilemma": 2}

    rate_all(hiring, submit, one)
    care = standing(hiring.campaign).of(hiring.candidates[0].pk)["care"]
    assert care.mean == pytest.approx((2 * 5 + 1 * 2) / 3, abs=0.01)


def test_all_equal_ratings_are_no_certainty(hiring: Any, submit: Submit) -> None:
    rate_all(hiring, submit, lambda candidate, rater: 3)
    for one in levels(hiring.campaign):
        if one.shown:
            assert one.mean == pytest.approx(3) and one.low is not None and one.low < 2.7


def test_one_rater_alone_is_said_to_be_one(hiring: Any, submit: Submit) -> None:
    Seat.objects.filter(rater=hiring.raters[1]).delete()
    for candidate in range(3):
        submit(hiring.seat(candidate, 0), 2 + candidate)
    shown = [one for one in levels(hiring.campaign) if one.shown]
    assert shown and {one.reason for one in shown} == {"one_rater"}


def test_unconnected_panels_are_said_to_be_so_and_compared_with_less_certainty(hiring: Any, submit: Submit) -> None:
    rate_all(hiring, submit, lambda candidate, rater: 4 - candidate)
    together = standing(hiring.campaign)
    one, two = (hiring.candidates[n].pk for n in (0, 1))
    connected = together.difference(one, two, "care")
    Seat.objects.filter(interview__candidate=hiring.candidates[0], rater=hiring.raters[1]).delete()
    Seat.objects.exclude(interview__candidate=hiring.candidates[0]).filter(rater=hiring.raters[0]).delete()
    apart = standing(hiring.campaign)
    assert not apart.fit.connected
    found = apart.difference(one, two, "care")
    assert connected is not None and found is not None and found.se > 1.2 * connected.se


def test_the_recorded_interview_counts_for_severity_and_is_nobody(hiring: Any, submit: Submit) -> None:
    rate_all(hiring, submit, lambda candidate, rater: 3 + rater)
    recorded = Candidate.objects.create(campaign=hiring.campaign, code="C9", name="Recorded", anchor=True)
    interview = Interview.objects.create(candidate=recorded, stage=hiring.stage, mode="video")
    for rater in hiring.raters:
        submit(Seat.objects.create(interview=interview, rater=rater), 3)
    found = standing(hiring.campaign)
    assert found.table.filter(found.table["anchor"])["person"].unique().to_list() == ["C9"]
    assert "C9" in found.fit.people and "C9" not in found.candidates
    assert {one.candidate for one in found.levels} == {one.pk for one in hiring.candidates}


def test_nothing_is_computed_of_those_in_the_alternative_process(hiring: Any, submit: Submit) -> None:
    rate_all(hiring, submit, lambda candidate, rater: 3)
    Candidate.objects.filter(pk=hiring.candidates[1].pk).update(alternative=True)
    assert "C1" not in set(ratings(hiring.campaign)["person"])
    assert hiring.candidates[1].pk not in {one.candidate for one in levels(hiring.campaign)}


def test_the_digest_is_of_what_was_rated(hiring: Any, submit: Submit) -> None:
    rate_all(hiring, submit, lambda candidate, rater: 3, range(1))
    before = digest_of(ratings(hiring.campaign))
    assert before == digest_of(ratings(hiring.campaign).reverse())
    rate_all(hiring, submit, lambda candidate, rater: 3, range(1, 2))
    assert digest_of(ratings(hiring.campaign)) != before
