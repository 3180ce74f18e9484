"""The rule of passing and a rater's leniency: their boundaries, and that they claim no more than twelve answers do."""

from __future__ import annotations

import re
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm, t, ttest_1samp

from poise.app.interviews.calibration.judging import APART, NEAR, judge
from poise.app.interviews.calibration.material import ANSWERS

SPREAD = (1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5)


def pairs(*differences: int) -> list[tuple[int, int]]:
    return [(3 + one, 3) for one in (*differences, *[0] * (ANSWERS - len(differences)))]


@pytest.mark.parametrize(
    ("differences", "passed"),
    [
        ((), True),
        ((1,) * 8, True),
        ((1,) * 9, False),
        ((2, 2), True),
        ((2, -2, 1, -1, 1, -1), True),
        ((2, -2, 1, -1, 1, -1, 1), False),
        ((2, 2, 2), False),
        ((-1, 1) * 4, True),
    ],
)
def test_what_passes(differences: tuple[int, ...], passed: bool) -> None:
    assert judge(pairs(*differences)).passed is passed


def test_a_round_is_judged_whole_or_not_at_all() -> None:
    with pytest.raises(ValueError, match="12 ratings, not 11"):
        judge(pairs()[:-1])


def test_neither_guessing_nor_the_middle_of_the_scale_passes() -> None:
    assert not judge([(3, level) for level in SPREAD]).passed
    assert not judge([(6 - level, level) for level in SPREAD]).passed


def test_leniency_is_students_interval() -> None:
    differences = [2, 1, 0, 1, -1, 0, 1, 2, 0, 1, 0, 1]
    found = judge(pairs(*differences))
    interval = ttest_1samp(differences, 0).confidence_interval(0.9)
    assert found.lean == pytest.approx(sum(differences) / 12)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.tendency == "milder"
    assert judge([(experts, own) for own, experts in pairs(*differences)]).tendency == "stricter"


def test_twelve_equal_ratings_do_not_prove_that_there_is_no_leniency() -> None:
    found = judge(pairs())
    assert found.lean == 0
    assert found.high == pytest.approx(t.ppf(0.95, 11) * sqrt(1 / 6 / 12))
    assert found.tendency == "unclear"
    one_off = judge([(level + 1, level) for level in (1, 2, 3, 4) * 3])
    assert one_off.low < 1 < one_off.high
    assert one_off.tendency == "milder"


def chance(reliability: float, lean: float = 0.0) -> float:
    """How likely somebody passes whose single ratings are this reliable (ICC), and who leans by so many levels."""
    spread = sqrt(float(np.var(SPREAD)) * (1 - reliability) / reliability)
    states = {(0, 0): 1.0}
    for level in SPREAD:
        edges = norm.cdf((np.array([-np.inf, 1.5, 2.5, 3.5, 4.5, np.inf]) - level - lean) / spread)
        following: dict[tuple[int, int], float] = {}
        for (apart, near), weight in states.items():
            for own, share in enumerate(np.diff(edges), 1):
                key = (apart + abs(own - level), near + (abs(own - level) <= 1))
                following[key] = following.get(key, 0.0) + weight * float(share)
        states = following
    return sum(weight for (apart, near), weight in states.items() if apart <= APART and near >= NEAR)


def test_how_sure_the_rule_is_as_the_method_page_states() -> None:
    page = (Path(__file__).parents[4] / "docs/method/interviews.md").read_text("utf-8")
    rows = re.findall(r"^\| (\.\d+) \| (none|one level) \| (\d+) % \|$", page, re.M)
    assert len(rows) >= 6
    for reliability, lean, stated in rows:
        assert round(100 * chance(float(reliability), float(lean != "none"))) == int(stated), (reliability, lean)
    thrice = re.search(r"at (\.\d+) in (\d+) of 100 cases", page)
    assert thrice is not None
    assert round(100 * (1 - (1 - chance(float(thrice[1]))) ** 3)) == int(thrice[2])
