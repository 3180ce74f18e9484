"""What is known of each person on one behaviour, given frozen norms.

The person's level is eta = m + tau z, z ~ N(0, 1) (two in a hundred N(0, 9)): z is the position among the people that
the norm group stands for, in between-person standard deviations. For every support point of the norm's prior the
posterior of z is computed on a grid and the points are mixed by their frozen weights. The weights are not updated by
the person: people of the norm group have been counted in them once, and a colleague's data must not move anyone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from poise.estimation.hyperparameters import OUTLIERS, OUTLYING
from poise.estimation.likelihood import GRID, STEP, interpolation

__all__ = [
    "BOUND",
    "PRIOR_VARIANCE",
    "Cumulants",
    "Posterior",
    "cornish_fisher",
    "person_posterior",
    "probability_below",
]

Floats = NDArray[np.float64]

_STEPS: Final = (0.1, 0.05, 0.025, 0.00625)
"""Steps of the grids of z in the middle, the finer the more is known of the person; outward they widen."""
_REACH: Final = 12.0
_STRETCH: Final = 4.0
_ETA: Final = 801
BOUND: Final = 3.0
"""One behaviour moves a trait by no more than three between-person standard deviations, so that a single odd count
does not speak for a whole trait."""
_NUMBERS: Final = 2_000_000  # held at once


class Cumulants(NamedTuple):
    """First four cumulants, one per person; those of independent quantities add."""

    first: Floats
    second: Floats
    third: Floats
    fourth: Floats

    def scaled(self, by: Floats | float) -> Cumulants:
        """Return the cumulants of the quantity times ``by``."""
        return Cumulants(self.first * by, self.second * by**2, self.third * by**3, self.fourth * by**4)

    def plus(self, other: Cumulants) -> Cumulants:
        """Return the cumulants of the sum with an independent quantity."""
        return Cumulants(*(a + b for a, b in zip(self, other, strict=True)))

    def widened(self, variance: Floats | float) -> Cumulants:
        """Return the cumulants after independent normal noise of ``variance``."""
        return self._replace(second=self.second + variance)


class Posterior(NamedTuple):
    """Of one behaviour, one entry per person with evidence."""

    deviation: Floats  # mean of z, not signed
    deviation_sd: Floats
    bounded: Cumulants  # of z held to -3..3
    within: Floats  # variance of z were the norm known exactly: what more evidence removes
    eta: Cumulants  # of the level, relative to the grid's centre
    grid: Floats  # of eta, relative to the centre
    weights: Floats  # people x grid

    def quantiles(self, *levels: float) -> list[Floats]:
        """Return quantiles of eta, one array per level."""
        below = np.cumsum(self.weights, axis=1)
        out = []
        half = (self.grid[1] - self.grid[0]) / 2
        for level in levels:
            at = np.argmax(below >= level * below[:, -1:], axis=1)
            rows = np.arange(len(at))
            mass = self.weights[rows, at]
            before = below[rows, at] - mass
            part = (level * below[:, -1] - before) / np.maximum(mass, 1e-300)
            out.append(self.grid[at] - half + 2 * half * np.clip(part, 0, 1))
        return out

    def mean_of(self, values: Floats) -> Floats:
        """Return the posterior mean of a function of eta, given at the grid."""
        return np.asarray(self.weights @ values / self.weights.sum(axis=1), dtype=np.float64)

    def cumulants_of(self, values: Floats) -> Cumulants:
        """Return the cumulants of a function of eta, given at the grid."""
        return _cumulants(self.weights, values)


def person_posterior(likelihood: Floats, mean: Floats, spread: Floats, shape: Floats, weight: Floats) -> Posterior:
    """Return the posterior of every person.

    Parameters
    ----------
    likelihood
        People x shapes x grid, for the distinct values of ``shape`` in ascending order.
    mean, spread, shape, weight
        Support points of the prior; means relative to the grid's centre.
    """
    people = len(likelihood)
    shapes, which = np.unique(shape, return_inverse=True)
    choice = _choose(likelihood, float(weight @ mean), float(weight @ spread))
    reach = 15 * float(spread.max())
    bottom = max(float(mean.min()) - reach, float(GRID[0]))
    grid = np.linspace(bottom, min(float(mean.max()) + reach, float(GRID[-1])), _ETA, dtype=np.float64)
    at_eta = np.zeros((people, _ETA))
    moments = np.zeros((people, 6))
    floor, within = np.zeros(people), np.zeros(people)
    for step in _STEPS:
        chosen = np.flatnonzero(choice == step)
        if not len(chosen):
            continue
        half = round(_STRETCH * np.arcsinh(_REACH / _STRETCH) / step)
        u = np.arange(-half, half + 1) * step / _STRETCH
        z = _STRETCH * np.sinh(u)
        narrow, wide = np.log1p(-OUTLIERS) - 0.5 * z**2, np.log(OUTLIERS / OUTLYING) - 0.5 * (z / OUTLYING) ** 2
        prior = np.logaddexp(narrow, wide) + np.log(np.cosh(u))
        powers = np.concatenate([_powers(np.clip(z, -BOUND, BOUND)), _powers(z)[:, :2]], axis=1)
        for s in range(len(shapes)):
            own = np.flatnonzero(which == s)
            eta = (mean[own][:, None] + spread[own][:, None] * z).reshape(-1)
            finer = interpolation(eta).T
            onto = _projection(eta, grid)
            rows = max(1, _NUMBERS // len(eta))
            for start in range(0, len(chosen), rows):
                part = chosen[start : start + rows]
                log = (likelihood[part, s] @ finer).reshape(len(part), len(own), len(z))
                log += prior
                log -= log.max(axis=2, keepdims=True)
                np.exp(log, out=log)
                log *= (weight[own] / log.sum(axis=2))[:, :, None]
                at_eta[part] += (onto @ log.reshape(len(part), -1).T).T
                moments[part] += log.sum(axis=1) @ powers
                by_point = log @ powers[:, 4:]
                within[part] += (by_point[:, :, 1] - by_point[:, :, 0] ** 2 / weight[own]).sum(axis=1)
        floor[chosen] = step**2 / 12
    first, second = moments[:, 4], moments[:, 5]
    return Posterior(
        deviation=first,
        deviation_sd=np.sqrt(np.maximum(second - first**2, 0) + floor),
        bounded=_from_moments(moments[:, :4]).widened(floor),
        within=within + floor,
        eta=_cumulants(at_eta, grid),
        grid=grid,
        weights=at_eta,
    )


def _choose(likelihood: Floats, mean: float, spread: float) -> Floats:
    """Choose the step of each person's grid of z, from that person's evidence and the norm alone."""
    middle = likelihood[:, likelihood.shape[1] // 2]
    bend = -(middle[:, 2:] - 2 * middle[:, 1:-1] + middle[:, :-2]) / STEP**2
    top = np.argmax(middle, axis=1)
    at = np.clip(top - 1, 0, bend.shape[1] - 1)
    information = np.maximum(bend[np.arange(len(at)), at], 0) * spread**2
    z = (GRID[top] - mean) / spread * information / (1 + information)
    width = 1 / np.sqrt((1 + information) * (1 + (z / _STRETCH) ** 2))
    steps = np.array(_STEPS)
    return np.asarray(steps[np.minimum((steps > width[:, None]).sum(axis=1), len(steps) - 1)], dtype=np.float64)


def _projection(eta: Floats, grid: Floats) -> sparse.csr_array:
    """Return the matrix (grid x points) that divides each point over its two neighbours on the grid."""
    x = np.clip((eta - grid[0]) / (grid[1] - grid[0]), 0, len(grid) - 1)
    below = np.minimum(x.astype(np.int64), len(grid) - 2)
    part = x - below
    points = np.arange(len(eta))
    where = (np.concatenate([below, below + 1]), np.concatenate([points, points]))
    return sparse.coo_array((np.concatenate([1 - part, part]), where), shape=(len(grid), len(eta))).tocsr()


def _powers(x: Floats) -> Floats:
    return np.stack([x, x**2, x**3, x**4], axis=1)


def _cumulants(weights: Floats, values: Floats) -> Cumulants:
    return _from_moments(weights @ _powers(values) / weights.sum(axis=1, keepdims=True))


def _from_moments(raw: Floats) -> Cumulants:
    m1, m2, m3, m4 = raw.T
    k2 = np.maximum(m2 - m1**2, 1e-12)
    k3 = m3 - 3 * m1 * m2 + 2 * m1**3
    k4 = m4 - 4 * m1 * m3 - 3 * m2**2 + 12 * m1**2 * m2 - 6 * m1**4
    return Cumulants(m1, k2, k3, k4)


def _standardised(c: Cumulants) -> tuple[Floats, Floats, Floats]:
    sd = np.sqrt(np.maximum(c.second, 1e-12))
    # Bounded to about where the expansion below is monotone (Maillard 2012 gives the whole region).
    return sd, np.clip(c.third / sd**3, -1.2, 1.2), np.clip(c.fourth / sd**4, -0.8, 3.0)


def cornish_fisher(c: Cumulants, level: float) -> Floats:
    """Return the quantile at ``level`` from four cumulants (Cornish and Fisher 1938)."""
    sd, skew, excess = _standardised(c)
    return np.asarray(c.first + sd * _expansion(np.full_like(sd, special.ndtri(level)), skew, excess))


def probability_below(c: Cumulants, at: float) -> Floats:
    """Return the probability of a value below ``at``: the level at which Cornish and Fisher's quantile is ``at``."""
    sd, skew, excess = _standardised(c)
    target = (at - c.first) / sd
    low, high = np.full_like(sd, -5.0), np.full_like(sd, 5.0)
    for _ in range(40):
        middle = (low + high) / 2
        under = _expansion(middle, skew, excess) < target
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray(special.ndtr((low + high) / 2), dtype=np.float64)


def _expansion(q: Floats, skew: Floats, excess: Floats) -> Floats:
    return q + (q**2 - 1) * skew / 6 + (q**3 - 3 * q) * excess / 24 - (2 * q**3 - 5 * q) * skew**2 / 36


def _bell(z: Floats) -> Floats:
    """Density of the standard normal (written out: scipy.stats takes longer to import than a small run takes)."""
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi))


def _prior_variance() -> float:
    z = np.linspace(-15, 15, 3001, dtype=np.float64)
    density = (1 - OUTLIERS) * _bell(z) + OUTLIERS * _bell(z / OUTLYING) / OUTLYING
    return float(density @ np.clip(z, -BOUND, BOUND) ** 2 / density.sum())


PRIOR_VARIANCE: Final = _prior_variance()
"""Of a bounded z of which nothing is known."""
