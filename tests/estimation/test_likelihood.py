"""Log-likelihoods against scipy, and the machinery around them."""

import numpy as np
import pytest
from scipy import stats

from poise.estimation.counts import Counted, Family
from poise.estimation.likelihood import GRID, Likelihood, distinct, interpolation, inverse_link, link


def counted(family: Family, hits: list[float], size: list[float], **more: list[float]) -> Counted:
    n = len(hits)
    zeros = np.zeros(n, dtype=np.int64)
    return Counted(
        behaviour="b",
        family=family,
        person=np.array(more.get("person", zeros), dtype=np.int64),
        cell=np.array(more.get("cell", zeros), dtype=np.int64),
        block=zeros,
        hits=np.array(hits, dtype=float),
        size=np.array(size, dtype=float),
        number=np.array(more.get("number", np.ones(n)), dtype=float),
        total=np.array(more.get("total", np.zeros(n)), dtype=float),
        squares=np.array(more.get("squares", np.zeros(n)), dtype=float),
    )


def differences(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference after removing what does not depend on eta."""
    error = found - expected
    return float(np.abs(error - error.mean()).max())


@pytest.mark.parametrize("rho", [0.02, 0.3])
@pytest.mark.parametrize(("y", "n"), [(0, 1), (3, 3), (2, 7), (40, 100)])
def test_share_is_beta_binomial(y: int, n: int, rho: float) -> None:
    found = Likelihood(counted("share", [y], [n]), np.zeros(1), centre=0.3).at(np.array([rho]))[0, 0]
    size = (1 - rho) / rho
    near = np.abs(GRID) <= 5
    p = inverse_link("share", 0.3 + GRID[near])
    expected = stats.betabinom(n, p * size, (1 - p) * size).logpmf(y)
    assert differences(found[near], expected) < 1e-6


@pytest.mark.parametrize("psi", [0.05, 1.0])
@pytest.mark.parametrize("y", [0, 1, 9])
def test_count_is_negative_binomial_with_exposure_as_an_offset(y: int, psi: float) -> None:
    minutes = np.exp(0.7)  # a multiple of a tenth on the log scale: the offset needs no dividing
    found = Likelihood(counted("count", [y], [minutes]), np.zeros(1), centre=-1.0).at(np.array([psi]))[0, 0]
    near = np.abs(GRID) <= 4
    mean = np.exp(-1.0 + GRID[near]) * minutes
    expected = stats.nbinom(1 / psi, 1 / (1 + psi * mean)).logpmf(y)
    assert differences(found[near], expected) < 1e-6


def test_measure_is_normal_with_weights() -> None:
    values, weights = np.array([3.0, 7.0]), np.array([1.0, 4.0])
    rows = counted("measure", [0, 0], weights.tolist(), total=values.tolist(), squares=(values**2).tolist())
    found = Likelihood(rows, np.zeros(1), centre=5.0, unit=2.0, between=0.5, within=0.8).at(np.array([1.0, 2.0]))
    for k, kappa in enumerate((1.0, 2.0)):
        sd = np.sqrt(kappa * (0.5 + 0.8 / weights))
        expected = stats.norm(GRID[:, None], sd).logpdf((values - 5) / 2).sum(axis=1)
        assert differences(found[0, k], expected) < 1e-6
    # kappa itself must be comparable too: the determinant is there.
    gap = found[0, 1, 40] - found[0, 0, 40]
    one, two = (stats.norm(0, np.sqrt(k * (0.5 + 0.8 / weights))).logpdf((values - 5) / 2).sum() for k in (1.0, 2.0))
    assert gap == pytest.approx(two - one)


def test_an_offset_between_two_steps_moves_the_whole_curve() -> None:
    rows = counted("share", [2, 1], [5, 4], number=[3, 2])
    at = Likelihood(rows, np.array([0.237]), centre=0.0).at(np.array([0.1]))[0, 0]
    eta = GRID + 0.237
    p = inverse_link("share", eta)
    expected = 3 * stats.betabinom(5, p * 9, (1 - p) * 9).logpmf(2) + 2 * stats.betabinom(4, p * 9, (1 - p) * 9).logpmf(
        1
    )
    near = np.abs(GRID) <= 3
    assert differences(at[near], expected[near]) < 0.02


def test_people_are_apart_and_counts_add() -> None:
    rows = counted("share", [1, 0, 1], [2, 2, 2], person=[4, 4, 9], number=[2, 3, 1])
    both = Likelihood(rows, np.zeros(1), centre=0.0)
    assert both.people.tolist() == [4, 9]
    assert both.row.tolist() == [0, 0, 1]
    alone = Likelihood(counted("share", [1], [2]), np.zeros(1), centre=0.0).at(np.array([0.1]))
    assert both.at(np.array([0.1]))[1] == pytest.approx(alone[0])


def test_interpolation_reproduces_smooth_curves_and_holds_at_the_ends() -> None:
    points = np.array([-3.21, 0.0, 0.05, 2.5, 99.0, -99.0])
    curve = -np.log1p(np.exp(GRID)) * 7
    found = interpolation(points) @ curve
    inside = np.abs(points) < 8
    assert found[inside] == pytest.approx(-np.log1p(np.exp(points[inside])) * 7, abs=1e-4)
    assert found[~inside] == pytest.approx([curve[-1], curve[0]])


@pytest.mark.parametrize("keys", [[5, 2, 5, 0], [-3, 7, -3], [10**12, 1, 10**12], []])
def test_distinct_is_what_unique_is(keys: list[int]) -> None:
    found, position = distinct(np.array(keys, dtype=np.int64))
    expected, inverse = np.unique(np.array(keys, dtype=np.int64), return_inverse=True)
    assert found.tolist() == expected.tolist()
    assert position.tolist() == inverse.tolist()


def test_links_are_inverse() -> None:
    for family, values in (("share", [0.01, 0.5]), ("count", [0.2, 4.0]), ("measure", [-2.0, 3.0])):
        assert inverse_link(family, link(family, np.array(values))) == pytest.approx(values)  # type: ignore[arg-type]
