"""Rates of one behaviour over comparable people, by the plain conjugate models.

These are the textbook forms (beta-binomial for shares, Gamma-Poisson for counts per exposure): quick, exact under
their own assumptions, and what published figures are compared with. The estimates that Poise shows come from
:mod:`poise.estimation.posterior`, which adds what these leave out: variation between conversations, case-mix, and
the uncertainty of the prior itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

__all__ = ["Beta", "Gamma", "fit_beta_marginal", "fit_beta_moments", "fit_gamma_marginal"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Beta:
    """A Beta(a, b) distribution of a share over people."""

    a: float
    b: float

    def update(self, hits: float, opportunities: float) -> Beta:
        """Return the posterior after ``hits`` of ``opportunities``; ValueError where hits exceed them."""
        if not 0 <= hits <= opportunities:
            raise ValueError(f"{hits} hits of {opportunities} opportunities")
        return Beta(self.a + hits, self.b + opportunities - hits)

    @property
    def mean(self) -> float:
        """Mean share."""
        return self.a / (self.a + self.b)

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Return the central interval that holds ``level`` of the distribution."""
        held = stats.beta(self.a, self.b)
        return float(held.ppf((1 - level) / 2)), float(held.ppf((1 + level) / 2))

    def reliability(self, opportunities: float) -> float:
        """Return n / (n + a + b): the share of the variance of observed rates over ``n`` that is between people."""
        return opportunities / (opportunities + self.a + self.b)

    def opportunities_for(self, reliability: float) -> float:
        """Return how many opportunities reach ``reliability`` (for .8 four times a + b)."""
        return (self.a + self.b) * reliability / (1 - reliability)


@dataclass(frozen=True, slots=True)
class Gamma:
    """A Gamma(shape, rate) distribution of counts per unit of exposure over people."""

    shape: float
    rate: float

    def update(self, count: float, exposure: float) -> Gamma:
        """Return the posterior after ``count`` events in ``exposure``; ValueError where one is negative."""
        if count < 0 or exposure < 0:
            raise ValueError(f"{count} events in {exposure} of exposure")
        return Gamma(self.shape + count, self.rate + exposure)

    @property
    def mean(self) -> float:
        """Mean count per unit of exposure."""
        return self.shape / self.rate

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Return the central interval that holds ``level`` of the distribution."""
        held = stats.gamma(self.shape, scale=1 / self.rate)
        return float(held.ppf((1 - level) / 2)), float(held.ppf((1 + level) / 2))

    def reliability(self, exposure: float) -> float:
        """Return t / (t + rate), the share of the variance of observed rates over ``exposure`` between people."""
        return exposure / (exposure + self.rate)


def fit_beta_moments(hits: ArrayLike, opportunities: ArrayLike) -> Beta:
    """Fit a Beta by the mean and variance of the groups' raw rates: k = m (1 - m) / s^2 - 1.

    ValueError with fewer than two groups, or where the rates do not vary (or vary more than any Beta).
    """
    y, n = _counts(hits, opportunities)
    rates = y / n
    if len(rates) < 2:
        raise ValueError("moments need at least two groups")
    m, v = float(rates.mean()), float(rates.var(ddof=1))
    if not 0 < v < m * (1 - m):
        raise ValueError("the variance of the rates is that of no Beta distribution")
    k = m * (1 - m) / v - 1
    return Beta(m * k, (1 - m) * k)


def fit_beta_marginal(hits: ArrayLike, opportunities: ArrayLike) -> Beta:
    """Fit a Beta by maximum marginal likelihood, sum of ln B(y + a, n - y + b) - ln B(a, b).

    ValueError where the likelihood has no maximum at finite a and b (rates no more spread than by chance).
    """
    y, n = _counts(hits, opportunities)

    def loss(x: Floats) -> float:
        a, b = np.exp(x)
        return -float(np.sum(special.betaln(y + a, n - y + b) - special.betaln(a, b)))

    m = (y.sum() + 0.5) / (n.sum() + 1)
    found = optimize.minimize(
        loss, np.log([m * 10, (1 - m) * 10]), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10}
    )
    a, b = np.exp(found.x)
    if not found.success or a + b > 1e5:
        raise ValueError("the rates are no more spread than by chance")
    return Beta(float(a), float(b))


def fit_gamma_marginal(counts: ArrayLike, exposure: ArrayLike) -> Gamma:
    """Fit a Gamma by maximum marginal (negative binomial) likelihood.

    ValueError where the likelihood has no maximum at finite parameters, or an exposure is not positive.
    """
    y, t = np.asarray(counts, dtype=float), np.asarray(exposure, dtype=float)
    if y.shape != t.shape or np.any(t <= 0) or np.any(y < 0):
        raise ValueError("counts must not be negative, exposures must be positive, and both of one length")

    def loss(x: Floats) -> float:
        shape, rate = np.exp(x)
        terms = special.gammaln(y + shape) - special.gammaln(shape) + shape * np.log(rate)
        return -float(np.sum(terms - (y + shape) * np.log(rate + t)))

    mean = (y.sum() + 0.5) / t.sum()
    found = optimize.minimize(
        loss, np.log([2.0, 2.0 / mean]), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10}
    )
    shape, rate = np.exp(found.x)
    if not found.success or shape > 1e5:
        raise ValueError("the counts are no more spread than by chance")
    return Gamma(float(shape), float(rate))


def _counts(hits: ArrayLike, opportunities: ArrayLike) -> tuple[Floats, Floats]:
    y, n = np.asarray(hits, dtype=float), np.asarray(opportunities, dtype=float)
    if y.shape != n.shape or np.any(n <= 0) or np.any(y < 0) or np.any(y > n):
        raise ValueError("hits must lie between 0 and the opportunities, and opportunities be positive")
    return y, n
