"""Prediction: validity, its correction, calibration, and what is not said below the gates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.estimation.prediction import SHOW, USE, calibration, status, validity, wilson


def test_intervals_of_validity_cover() -> None:
    random = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        x = random.normal(size=60)
        found = validity(x, 0.4 * x + np.sqrt(1 - 0.16) * random.normal(size=60))
        covered.append(found.low <= 0.4 <= found.high)
    assert np.mean(covered) == pytest.approx(0.9, abs=0.04)


def test_correction_undoes_selection_on_the_score() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=100_000)
    y = 0.42 * x + np.sqrt(1 - 0.42**2) * random.normal(size=x.size)
    hired = x > 0.5
    found = validity(x[hired], y[hired], applicant_sd=1.0)
    assert found.observed < 0.3
    assert found.corrected == pytest.approx(0.42, abs=0.02) and found.corrected_low < found.corrected_high
    assert np.isnan(validity(x[hired], y[hired]).corrected), "never guessed"


def test_gates() -> None:
    assert (status(SHOW - 1), status(SHOW), status(USE - 1), status(USE)) == (
        "uncalibrated",
        "shown",
        "shown",
        "usable",
    )
    x = np.arange(30.0)
    assert validity(x, x**2).status == "uncalibrated"
    assert calibration(np.full(30, 0.5), x % 2 == 0).status == "uncalibrated"


def test_nothing_to_correlate() -> None:
    for x, y in (([], []), ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), ([1.0] * 9, list(range(9))), ([np.nan] * 9, [1.0] * 9)):
        assert np.isnan(validity(x, y).observed)
    with pytest.raises(ValueError, match="score and an outcome"):
        validity([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="above zero"):
        validity([1.0], [1.0], applicant_sd=0)
    assert validity(np.arange(9.0), np.arange(9.0)).observed == pytest.approx(1)


def test_honest_chances_have_a_slope_of_one_and_boasting_ones_do_not() -> None:
    random = np.random.default_rng(2)
    p = random.uniform(0.05, 0.95, 8000)
    y = random.random(8000) < p
    honest = calibration(p, y)
    assert honest.slope == pytest.approx(1, abs=3 * honest.slope_se)
    assert honest.intercept == pytest.approx(0, abs=3 * honest.intercept_se)
    assert honest.brier < honest.reference and len(honest.bins) == 10
    assert sum(one.low <= one.predicted <= one.high for one in honest.bins) >= 7
    odds = (p / (1 - p)) ** 2
    assert calibration(odds / (1 + odds), y).slope == pytest.approx(0.5, abs=0.05)


def test_outcomes_that_do_not_vary_or_are_separated_have_no_slope() -> None:
    same = calibration([0.2, 0.8, 0.4], [1, 1, 1])
    assert np.isnan(same.slope) and same.reference == 0
    assert np.isnan(calibration([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]).slope)
    assert np.isnan(calibration([0.5] * 4, [0, 1, 0, 1]).slope)
    assert calibration([], []).bins == ()
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibration([1.2], [1])
    with pytest.raises(ValueError, match="has an outcome"):
        calibration([0.2], [1, 0])


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_within_bounds_and_around_the_share(pair) -> None:
    low, high = wilson(*pair)
    assert 0 <= low <= high <= 1
    if pair[1]:
        assert low - 1e-12 <= pair[0] / pair[1] <= high + 1e-12


def test_wilson_of_a_textbook() -> None:
    """Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263, 95 %: .2553 to .3662."""
    assert [float(end) for end in wilson(81, 263, confidence=0.95)] == pytest.approx([0.2553, 0.3662], abs=5e-5)
