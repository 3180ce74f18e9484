"""Agreement: what it does with missing, degenerate and permuted ratings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from poise.estimation.agreement import exact_agreement, krippendorff_alpha, pairs, weighted_kappa
from poise.estimation.agreement_icc import icc

TABLES = arrays(np.int64, st.tuples(st.integers(3, 8), st.integers(2, 4)), elements=st.integers(1, 5))


@given(TABLES, st.randoms(use_true_random=False))
def test_alpha_does_not_depend_on_order_or_on_who_is_who(table, random) -> None:
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    for level in ("nominal", "ordinal", "interval", "ratio"):
        plain = krippendorff_alpha(table, level=level, resamples=0).alpha
        mixed = krippendorff_alpha(table[rows][:, columns], level=level, resamples=0).alpha
        assert mixed == pytest.approx(plain, nan_ok=True)


@given(TABLES)
def test_agreement_with_oneself_is_perfect(table) -> None:
    twice = np.column_stack([table[:, 0], table[:, 0]])
    if np.ptp(table[:, 0]):
        assert krippendorff_alpha(twice, resamples=0).alpha == pytest.approx(1)
        assert weighted_kappa(table[:, 0], table[:, 0]).kappa == pytest.approx(1)
    assert exact_agreement(twice).share == 1


def test_flat_ratings_and_tables_are_the_same_thing() -> None:
    table = np.array([[1, 2, np.nan], [2, 2, 3], [np.nan, 5, 5], [4, np.nan, np.nan]])
    units, _ = np.indices(table.shape)
    assert krippendorff_alpha(table) == krippendorff_alpha(table.ravel(), units.ravel())
    assert krippendorff_alpha(table).units == 3, "a unit rated once says nothing"


def test_nothing_to_compare_is_not_a_zero() -> None:
    for nothing in (np.empty((0, 2)), np.array([[1.0, np.nan], [np.nan, 2.0]]), np.full((4, 2), 3.0)):
        assert np.isnan(krippendorff_alpha(nothing).alpha)
    assert np.isnan(exact_agreement(np.empty((0, 2))).share)
    assert np.isnan(weighted_kappa([3, 3, 3], [3, 3, 3]).kappa)


def test_shapes_and_levels_are_checked() -> None:
    with pytest.raises(ValueError, match="unit codes"):
        krippendorff_alpha([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="one row per unit"):
        krippendorff_alpha([1, 2, 3])
    with pytest.raises(ValueError, match="not negative"):
        krippendorff_alpha([[-1, 2], [1, 2]], level="ratio")
    with pytest.raises(ValueError, match="nominal, ordinal"):
        krippendorff_alpha([[1, 2], [1, 2]], level="vague")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two of each"):
        icc([[1, 2, 3]])


def test_chance_is_high_where_everyone_gives_the_same() -> None:
    values = np.where(np.random.default_rng(1).random((400, 2)) < 0.95, 3, 4)
    found = exact_agreement(values)
    assert found.share == pytest.approx(found.chance, abs=0.03) and found.share > 0.85
    assert found.adjacent == 1


def test_incomplete_rows_are_left_out_of_the_icc_and_counted() -> None:
    table = np.array([[1, 2.0], [3, 3], [np.nan, 4], [5, 4]])
    found = icc(table)
    assert (found.persons, found.left_out) == (3, 1)
    assert found == icc(table[[0, 1, 3]])._replace(left_out=1)


def test_perfect_consistency_has_an_icc_of_one() -> None:
    table = np.arange(5)[:, None] + np.array([0.0, 1.0])
    found = icc(table)
    assert found.icc3.value == pytest.approx(1)
    assert found.icc2.value < 1, "severity counts against absolute agreement"


def test_interval_of_alpha_covers() -> None:
    """Four raters of forty units: intervals cover the alpha of a very large sample in about nine cases of ten."""
    random = np.random.default_rng(5)

    def panel(units: int) -> np.ndarray:
        true = random.normal(size=(units, 1))
        return np.clip(np.round(3 + true + random.normal(size=(units, 4)) * 0.8), 1, 5)

    truth = krippendorff_alpha(panel(40_000), level="interval", resamples=0).alpha
    found = [krippendorff_alpha(panel(40), level="interval", resamples=200) for _ in range(200)]
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.82 <= covered <= 0.96


def test_pairs_of_raters_share_enough_units() -> None:
    raters, units = np.repeat([0, 1, 2], [20, 20, 5]), np.concatenate([np.arange(20), np.arange(20), np.arange(5)])
    values = np.concatenate([np.arange(20) % 5, np.arange(20) % 5, np.arange(5)])
    found = pairs(raters, units, values)
    assert [(a, b) for a, b, _ in found] == [(0, 1)]
    assert found[0][2].kappa == pytest.approx(1)
    assert pairs([], [], []) == []
