"""Published figures for rates and their reliability."""

import math

import numpy as np
import pytest

from poise.estimation.rates import Beta, Gamma, fit_beta_marginal, fit_beta_moments, fit_gamma_marginal

# Tarone, R. E. (1982), Biometrics 38, 215-220: tumours in 70 historical control groups of rats, as tabled in
# Gelman et al., Bayesian Data Analysis, chapter 5 (which quotes moments of about 1.4 and 8.6).
RATS = """0/20 0/20 0/20 0/20 0/20 0/20 0/20 0/19 0/19 0/19 0/19 0/18 0/18 0/17 1/20 1/20 1/20 1/20 1/19 1/19 1/18 1/18
2/25 2/24 2/23 2/20 2/20 2/20 2/20 2/20 2/20 1/10 5/49 2/19 5/46 3/27 2/17 7/49 7/47 3/20 3/20 2/13 9/48 10/50 4/20
4/20 4/20 4/20 4/20 4/20 4/20 10/48 4/19 4/19 4/19 5/22 11/46 12/49 5/20 5/20 6/23 5/19 6/22 6/20 6/20 6/20 16/52
15/46 15/47 9/24"""
Y, N = np.array([[int(x) for x in pair.split("/")] for pair in RATS.split()]).T


def test_the_rats_are_seventy_groups_with_the_published_moments() -> None:
    assert len(Y) == 70
    assert np.mean(Y / N) == pytest.approx(0.1360, abs=5e-5)
    assert np.std(Y / N, ddof=1) == pytest.approx(0.1035, abs=5e-5)


def test_beta_by_moments() -> None:
    prior = fit_beta_moments(Y, N)
    assert (prior.a, prior.b) == pytest.approx((1.356, 8.615), abs=5e-4)


def test_beta_by_marginal_likelihood() -> None:
    prior = fit_beta_marginal(Y, N)
    assert (prior.a, prior.b) == pytest.approx((2.3048, 14.0798), rel=2e-4)


@pytest.mark.parametrize(
    ("hits", "opportunities", "mean", "interval"),
    [(4, 14, 0.2075, (0.0856, 0.3657)), (0, 20, 0.0633, (0.0099, 0.1609))],
)
def test_groups_are_shrunk_to_the_published_intervals(
    hits: int, opportunities: int, mean: float, interval: tuple[float, float]
) -> None:
    posterior = Beta(2.3048, 14.0798).update(hits, opportunities)
    assert posterior.mean == pytest.approx(mean, abs=5e-5)
    assert posterior.interval(0.95) == pytest.approx(interval, abs=1e-4)


def test_opportunities_for_a_reliability_of_eight_tenths_are_four_times_the_prior() -> None:
    prior = Beta(2.0, 8.0)
    assert prior.opportunities_for(0.8) == pytest.approx(40.0)
    assert prior.reliability(40) == pytest.approx(0.8)


def test_gamma_is_recovered_and_updates_to_the_posterior() -> None:
    rng = np.random.default_rng(7)
    exposure = rng.uniform(5, 60, 4000)
    counts = rng.poisson(rng.gamma(3.0, 1 / 2.0, 4000) * exposure)
    prior = fit_gamma_marginal(counts, exposure)
    assert (prior.shape, prior.rate) == pytest.approx((3.0, 2.0), rel=0.08)
    posterior = Gamma(3.0, 2.0).update(4, 10)
    assert posterior.mean == pytest.approx(7 / 12)
    # P(Gamma(7, rate 12) < x) by the Poisson sum, an independent route to the same quantile.
    low, _ = posterior.interval(0.9)
    tail = sum(math.exp(-12 * low) * (12 * low) ** k / math.factorial(k) for k in range(7))
    assert tail == pytest.approx(0.95, abs=1e-6)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and the opportunities"):
        fit_beta_moments([3], [2])
    with pytest.raises(ValueError, match="two groups"):
        fit_beta_moments([1], [2])
    with pytest.raises(ValueError, match="no Beta"):
        fit_beta_moments([1, 1], [2, 2])
    with pytest.raises(ValueError, match="no more spread"):
        fit_beta_marginal([5, 5, 5, 5], [10, 10, 10, 10])
    with pytest.raises(ValueError, match="no more spread"):
        fit_gamma_marginal([5, 5, 5, 5], [10, 10, 10, 10])
    with pytest.raises(ValueError, match="4 hits of 3"):
        Beta(1, 1).update(4, 3)
    with pytest.raises(ValueError, match="exposure"):
        Gamma(1, 1).update(1, -1)
    with pytest.raises(ValueError, match="positive"):
        fit_gamma_marginal([1], [0])
