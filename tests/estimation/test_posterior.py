"""Posteriors against brute-force numerical integration."""

import numpy as np
import pytest
from scipy import stats

from poise.estimation.hyperparameters import fit_hyperparameters
from poise.estimation.likelihood import GRID, Likelihood
from poise.estimation.posterior import (
    BOUND,
    PRIOR_VARIANCE,
    Cumulants,
    cornish_fisher,
    person_posterior,
    probability_below,
)

from .test_likelihood import counted

ONE = np.ones(1)


def brute(y: int, n: int, number: int, mean: float, spread: float, rho: float) -> tuple[np.ndarray, np.ndarray]:
    eta = np.linspace(mean - 10 * spread, mean + 10 * spread, 20_001)
    p = 1 / (1 + np.exp(-eta))
    size = (1 - rho) / rho
    z = (eta - mean) / spread
    prior = 0.98 * stats.norm.pdf(z) + 0.02 * stats.norm(0, 3).pdf(z)
    log = number * stats.betabinom(n, p * size, (1 - p) * size).logpmf(y) + np.log(prior)
    weight = np.exp(log - log.max())
    return eta, weight / weight.sum()


@pytest.mark.parametrize(
    ("y", "n", "number", "spread"),
    [(0, 4, 5, 0.7), (3, 4, 5, 0.7), (1, 2, 400, 1.5), (2, 3, 1, 0.2), (9, 9, 10, 1.0), (4, 5, 60, 0.25)],
)
def test_one_support_point_gives_the_exact_posterior(y: int, n: int, number: int, spread: float) -> None:
    rows = counted("share", [y], [n], number=[number])
    likelihood = Likelihood(rows, np.zeros(1), centre=0.0).at(np.array([0.15]))
    found = person_posterior(likelihood, ONE * -0.5, ONE * spread, ONE * 0.15, ONE)
    eta, weight = brute(y, n, number, -0.5, spread, 0.15)
    z = (eta + 0.5) / spread
    mean = float(weight @ z)
    sd = float(np.sqrt(weight @ (z - mean) ** 2))
    assert found.deviation[0] == pytest.approx(mean, abs=0.05)
    assert found.deviation_sd[0] == pytest.approx(sd, rel=0.06, abs=0.002)
    held = np.clip(z, -BOUND, BOUND)
    first, second, third, _ = (float(k[0]) for k in found.bounded)
    held_mean = float(weight @ held)
    assert first == pytest.approx(held_mean, abs=0.02)
    assert second == pytest.approx(float(weight @ (held - held_mean) ** 2), rel=0.12, abs=0.002)
    assert third == pytest.approx(float(weight @ (held - held_mean) ** 3), abs=0.06)
    low, high = found.quantiles(0.05, 0.95)
    below = np.cumsum(weight)
    exact = [float(eta[np.searchsorted(below, q)]) for q in (0.05, 0.95)]
    # As rates: on the link scale the tail of someone who always does it is long and means nothing.
    found_rates = [float(1 / (1 + np.exp(-x[0]))) for x in (low, high)]
    assert found_rates == pytest.approx((1 / (1 + np.exp(-np.array(exact)))).tolist(), abs=0.006)
    # The level of a trait of this behaviour alone: quantiles from four cumulants, skewed or not.
    # Levels are clipped to 1..5, two standard deviations either side.
    from_cumulants = np.clip([float(cornish_fisher(found.bounded, q)[0]) for q in (0.05, 0.95)], -2, 2)
    of_z = np.clip([float(z[np.searchsorted(below, q)]) for q in (0.05, 0.95)], -2, 2)
    assert from_cumulants == pytest.approx(of_z, abs=0.12)
    for at in (-1.0, -0.5, 0.0, 1.0):  # levels 2, 2.5, 3 and 4
        exact_below = float(weight[z < at].sum())
        assert probability_below(found.bounded, at)[0] == pytest.approx(exact_below, abs=0.03)


def test_without_evidence_the_posterior_is_the_prior() -> None:
    found = person_posterior(np.zeros((1, 1, len(GRID))), ONE * 0.4, ONE * 0.8, ONE * 0.1, ONE)
    assert found.deviation[0] == pytest.approx(0, abs=1e-6)
    assert found.bounded.second[0] == pytest.approx(PRIOR_VARIANCE, abs=0.01)
    assert found.eta.first[0] == pytest.approx(0.4, abs=1e-3)
    assert found.mean_of(found.grid)[0] == pytest.approx(0.4, abs=1e-3)


def test_support_points_are_mixed_by_their_frozen_weights() -> None:
    """Weights are not updated by the person: the mixture's mean is the weighted mean of the points' means."""
    rows = counted("share", [3], [4], number=[6])
    likelihood = Likelihood(rows, np.zeros(1), centre=0.0)
    mean, spread, shape = np.array([-1.0, 1.0]), np.array([0.5, 0.9]), np.array([0.1, 0.3])
    weight = np.array([0.3, 0.7])
    both = person_posterior(likelihood.at(shape), mean, spread, shape, weight)
    alone = [
        person_posterior(likelihood.at(shape[i : i + 1]), mean[i : i + 1], spread[i : i + 1], shape[i : i + 1], ONE)
        for i in range(2)
    ]
    expected = 0.3 * alone[0].deviation[0] + 0.7 * alone[1].deviation[0]
    assert both.deviation[0] == pytest.approx(expected, abs=1e-6)


def test_cumulants_add_and_scale_like_those_of_independent_gammas() -> None:
    def gamma(shape: float) -> Cumulants:
        return Cumulants(*(np.array([x]) for x in (shape, shape, 2 * shape, 6 * shape)))

    total = gamma(30.0).plus(gamma(20.0).scaled(1.0))
    assert cornish_fisher(total, 0.95)[0] == pytest.approx(stats.gamma(50).ppf(0.95), rel=1e-3)
    assert probability_below(total, 42.0)[0] == pytest.approx(stats.gamma(50).cdf(42.0), abs=2e-3)
    assert gamma(1.0).widened(2.0).second[0] == 3.0


@pytest.mark.parametrize(("true_mean", "true_spread", "rho"), [(-0.7, 0.6, 0.2), (1.5, 0.3, 0.05)])
def test_hyperparameters_are_recovered_from_many_people(true_mean: float, true_spread: float, rho: float) -> None:
    rng = np.random.default_rng(5)
    people, conversations, n = 400, 40, 3
    p = 1 / (1 + np.exp(-(true_mean + true_spread * rng.standard_normal(people))))
    size = (1 - rho) / rho
    y = rng.binomial(n, rng.beta(np.repeat(p, conversations) * size, (1 - np.repeat(p, conversations)) * size))
    rows = counted("share", y.tolist(), [n] * len(y), person=np.repeat(np.arange(people), conversations).tolist())
    found = fit_hyperparameters("share", Likelihood(rows, np.zeros(1), centre=0.0))
    assert found.weight.sum() == pytest.approx(1)
    assert found.weight @ found.mean == pytest.approx(true_mean, abs=0.1)
    assert found.weight @ found.spread == pytest.approx(true_spread, abs=0.05)
    assert found.weight @ found.shape == pytest.approx(rho, abs=0.02)


def test_one_person_leaves_the_spread_to_the_prior() -> None:
    rows = counted("share", [1], [2], number=[50])
    found = fit_hyperparameters("share", Likelihood(rows, np.zeros(1), centre=0.0))
    spread = float(found.weight @ found.spread)
    assert 0.5 < spread < 1.6
    assert float(np.sqrt(found.weight @ (found.spread - spread) ** 2)) > 0.4
    # The mean of people is no better known than one person's level differs from it.
    assert float(np.sqrt(found.weight @ found.mean**2)) > 0.5
