"""Fairness: small groups, ties, unknown categories, and what is never said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.estimation.fairness import Stratum, across_strata, adverse_impact
from poise.estimation.fairness_ll144 import category_table, scoring, selection
from poise.estimation.fairness_prediction import differential_prediction

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS)
def test_tests_are_probabilities_and_mirror(a, b) -> None:
    one, other = adverse_impact(*a, *b), adverse_impact(*b, *a)
    assert 0 <= one.p_mid <= one.p_fisher <= 1
    assert one.p_fisher == pytest.approx(other.p_fisher) and one.z == pytest.approx(-other.z)
    assert one.h == pytest.approx(-other.h)
    if a[0] and b[0]:
        assert one.low <= one.ratio <= one.high and one.ratio == pytest.approx(1 / other.ratio)


def test_one_person_can_carry_a_small_ratio() -> None:
    assert adverse_impact(3, 10, 6, 10).flip
    assert not adverse_impact(170, 390, 412, 797).flip
    assert adverse_impact(4, 5, 5, 5).flip, "at four fifths exactly, one person decides"


def test_nobody_selected_is_no_ratio() -> None:
    found = adverse_impact(0, 5, 0, 7)
    assert np.isnan(found.ratio) and np.isnan(found.low) and not found.below and found.p_fisher == 1
    for wrong in ((3, 2, 1, 2), (-1, 2, 1, 2), (0, 0, 1, 2)):
        with pytest.raises(ValueError, match=r"selected of|without people"):
            adverse_impact(*wrong)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=5))
def test_strata_do_not_depend_on_their_order(rows) -> None:
    strata = [Stratum(*a, *b) for a, b in rows]
    plain, mixed = across_strata(strata), across_strata(strata[::-1])
    for one, other in zip(plain, mixed, strict=True):
        assert other == pytest.approx(one, nan_ok=True)
    assert np.isnan(plain.p) or 0 <= plain.p <= 1


def test_one_stratum_and_none() -> None:
    single = across_strata([Stratum(5, 20, 10, 20)])
    assert single.odds_ratio == pytest.approx((5 * 10) / (15 * 10)) and np.isnan(single.homogeneity)
    empty = across_strata([Stratum(0, 5, 0, 5), Stratum(0, 0, 1, 2)])
    assert empty.strata == 0 and np.isnan(empty.odds_ratio)
    assert across_strata([]).strata == 0


def test_strata_undo_simpsons_paradox() -> None:
    easy, hard = Stratum(80, 100, 8, 10), Stratum(2, 10, 20, 100)
    assert adverse_impact(28, 110, 82, 110).p_fisher < 0.001
    assert across_strata([easy, hard]).odds_ratio == pytest.approx(1)


def test_ties_at_the_median_lower_every_rate() -> None:
    found = scoring(["F", "F", "M", "M"], ["A"] * 4, [3.0, 3.0, 3.0, 5.0])
    assert found.median == 3
    assert {row.name: row.counted for row in found.sex.categories} == {"F": 0, "M": 1}
    flat = scoring(["F", "M"], ["A", "A"], [3.0, 3.0])
    assert all(row.rate == 0 and np.isnan(row.ratio) for row in flat.sex.categories)


def test_people_of_unknown_category_are_counted_and_enter_the_median_by_choice() -> None:
    sex, race = ["F", None, "M", "M"], ["A", "A", None, "B"]
    scores = [1.0, 9.0, 9.0, 2.0]
    full = scoring(sex, race, scores)
    known = scoring(sex, race, scores, unknown_in_median=False)
    assert (full.median, known.median) == (5.5, 1.5)
    assert full.unknown_in_median and not known.unknown_in_median
    assert (full.sex.unknown, full.race.unknown, full.intersectional.unknown) == (1, 1, 2)
    assert [row.name for row in full.intersectional.categories] == ["A F", "B M"]


def test_selection_counts_by_person() -> None:
    found = selection(["F", "F", "M", None], ["A", "B", "A", "A"], [True, False, True, True])
    assert {row.name: (row.people, row.counted) for row in found.sex.categories} == {"F": (2, 1), "M": (1, 1)}
    assert found.sex.categories[0].ratio == 0.5 and np.isnan(found.median)
    empty = selection([], [], [])
    assert empty.sex.categories == () and empty.sex.people == 0


def test_leaving_out_small_categories_is_justified_or_refused() -> None:
    with pytest.raises(ValueError, match="justification"):
        category_table(["a", "b"], [99, 1], [50, 1], leave_out_small=True)
    plain = category_table(["a", "b"], [990, 10], [500, 10])
    assert plain.categories[1].ratio == 1 and plain.small_left_out == ()
    auditor = category_table(["a", "b"], [990, 10], [500, 10], leave_out_small=True, justification="one hire")
    assert auditor.categories[0].ratio == 1, "the most selected category is one of those that stay"
    assert auditor.categories[1].rate == 1 and auditor.justification == "one hire"
    with pytest.raises(ValueError, match="counted people"):
        category_table(["a"], [1], [2])
    with pytest.raises(ValueError, match="name of its own"):
        category_table(["a", "a"], [1, 2], [1, 1])


def test_no_table_says_pass_or_fail() -> None:
    table = category_table(["a", "b"], [10, 10], [10, 1])
    assert not {"passed", "failed", "adverse", "verdict"} & set(table._fields) | set(table.categories[0]._fields) & {
        "passed",
        "failed",
    }


def test_differential_prediction_needs_a_hundred_of_each() -> None:
    random = np.random.default_rng(0)
    few = differential_prediction(random.normal(size=150), random.normal(size=150), np.arange(150) < 60)
    assert not few.examined and np.isnan(few.p_joint) and (few.n_focal, few.n_reference) == (60, 90)


def test_differential_prediction_finds_what_is_there_and_not_what_is_not() -> None:
    random = np.random.default_rng(1)
    alarms = []
    for _ in range(200):
        x, g = random.normal(size=400), np.arange(400) % 2 == 0
        alarms.append(differential_prediction(x, 0.4 * x + random.normal(size=400), g).p_joint < 0.05)
    assert 0.01 <= np.mean(alarms) <= 0.10
    x, g = random.normal(size=2000), np.arange(2000) % 2 == 0
    y = np.where(g, -0.2 + 0.3 * x, 0.5 * x) + random.normal(size=2000) * 0.5
    found = differential_prediction(x, y, g)
    assert found.p_slope < 0.01 and found.p_joint < 0.001
    assert found.intercept_difference == pytest.approx(0.2, abs=0.08)
    assert found.slope_difference == pytest.approx(0.2, abs=0.08)
    assert found.power_slope > 0.99
    assert differential_prediction(x, y, g).d_mod == pytest.approx(np.hypot(0.2, 0.2) / np.std(y[~g], ddof=1), abs=0.1)
