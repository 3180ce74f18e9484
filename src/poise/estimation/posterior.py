"""What is known of each person on one behaviour, given frozen norms.

The person's level is eta = m + tau z, z ~ N(0, 1): z is the position among the people that the norm group stands
for, in between-person standard deviations. For every support point of the norm's prior the posterior of z is
computed on a grid and the points are mixed by their frozen weights. The weights are not updated by the person:
people of the norm group have been counted in them once, and a colleague's data must not move anyone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from poise.estimation.likelihood import GRID, STEP, interpolation

__all__ = ["Cumulants", "Posterior", "cornish_fisher", "edgeworth", "person_posterior"]

Floats = NDArray[np.float64]

_REACH: Final = 5.0
_SIZES: Final = (101, 201, 401, 1601)
"""Grids of z from -5 to 5, the finer the more is known of the person."""
_ETA: Final = 401
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

    deviation: Cumulants  # of z, not signed
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
    bottom = max(float((mean - _REACH * spread).min()), float(GRID[0]))
    top = min(float((mean + _REACH * spread).max()), float(GRID[-1]))
    grid = np.linspace(bottom, top, _ETA, dtype=np.float64)
    at_eta = np.zeros((people, _ETA))
    moments = np.zeros((people, 4))
    floor = np.zeros(people)
    size = _grid_sizes(likelihood, float(weight @ spread))
    for points in _SIZES:
        chosen = np.flatnonzero(size == points)
        if not len(chosen):
            continue
        z = np.linspace(-_REACH, _REACH, points, dtype=np.float64)
        prior = -0.5 * z**2
        powers = np.stack([z, z**2, z**3, z**4], axis=1)
        for s in range(len(shapes)):
            own = np.flatnonzero(which == s)
            eta = (mean[own][:, None] + spread[own][:, None] * z).reshape(-1)
            finer = interpolation(eta).T
            onto = _projection(eta, grid)
            step = max(1, _NUMBERS // len(eta))
            for start in range(0, len(chosen), step):
                part = chosen[start : start + step]
                log = (likelihood[part, s] @ finer).reshape(len(part), len(own), points)
                log += prior
                log -= log.max(axis=2, keepdims=True)
                np.exp(log, out=log)
                log *= (weight[own] / log.sum(axis=2))[:, :, None]
                at_eta[part] += (onto @ log.reshape(len(part), -1).T).T
                moments[part] += log.sum(axis=1) @ powers
        floor[chosen] = (z[1] - z[0]) ** 2 / 12
    deviation = _from_moments(moments).widened(floor)
    return Posterior(deviation, _cumulants(at_eta, grid), grid, at_eta)


def _grid_sizes(likelihood: Floats, spread: float) -> NDArray[np.int64]:
    """Choose for each person, from that person's evidence alone, how fine a grid of z resolves it."""
    middle = likelihood[:, likelihood.shape[1] // 2]
    bend = -(middle[:, 2:] - 2 * middle[:, 1:-1] + middle[:, :-2]) / STEP**2
    top = np.clip(np.argmax(middle, axis=1) - 1, 0, bend.shape[1] - 1)
    information = np.maximum(bend[np.arange(len(top)), top], 0) * spread**2
    width = 1 / np.sqrt(1 + information)
    out = np.full(len(width), _SIZES[-1], dtype=np.int64)
    for points in reversed(_SIZES):
        out[2 * _REACH / (points - 1) <= width] = points
    return out


def _projection(eta: Floats, grid: Floats) -> sparse.csr_array:
    """Return the matrix (grid x points) that divides each point over its two neighbours on the grid."""
    x = np.clip((eta - grid[0]) / (grid[1] - grid[0]), 0, len(grid) - 1)
    below = np.minimum(x.astype(np.int64), len(grid) - 2)
    part = x - below
    points = np.arange(len(eta))
    where = (np.concatenate([below, below + 1]), np.concatenate([points, points]))
    return sparse.coo_array((np.concatenate([1 - part, part]), where), shape=(len(grid), len(eta))).tocsr()


def _cumulants(weights: Floats, values: Floats) -> Cumulants:
    powers = np.stack([values, values**2, values**3, values**4], axis=1)
    return _from_moments(weights @ powers / weights.sum(axis=1, keepdims=True))


def _from_moments(raw: Floats) -> Cumulants:
    m1, m2, m3, m4 = raw.T
    k2 = np.maximum(m2 - m1**2, 1e-12)
    k3 = m3 - 3 * m1 * m2 + 2 * m1**3
    k4 = m4 - 4 * m1 * m3 - 3 * m2**2 + 12 * m1**2 * m2 - 6 * m1**4
    return Cumulants(m1, k2, k3, k4)


def _standardised(c: Cumulants) -> tuple[Floats, Floats, Floats]:
    sd = np.sqrt(np.maximum(c.second, 1e-12))
    # Bounded to where the expansions below are monotone (Maillard 2012 gives the whole region).
    return sd, np.clip(c.third / sd**3, -1.2, 1.2), np.clip(c.fourth / sd**4, -0.8, 3.0)


def cornish_fisher(c: Cumulants, level: float) -> Floats:
    """Return the quantile at ``level`` from four cumulants (Cornish and Fisher 1938)."""
    sd, skew, excess = _standardised(c)
    q = float(stats.norm.ppf(level))
    x = q + (q**2 - 1) * skew / 6 + (q**3 - 3 * q) * excess / 24 - (2 * q**3 - 5 * q) * skew**2 / 36
    return np.asarray(c.first + sd * x, dtype=np.float64)


def edgeworth(c: Cumulants, at: float) -> Floats:
    """Return the probability of a value below ``at`` from four cumulants (Edgeworth's series)."""
    sd, skew, excess = _standardised(c)
    x = (at - c.first) / sd
    he2, he3, he5 = x**2 - 1, x**3 - 3 * x, x**5 - 10 * x**3 + 15 * x
    series = skew * he2 / 6 + excess * he3 / 24 + skew**2 * he5 / 72
    return np.asarray(np.clip(stats.norm.cdf(x) - stats.norm.pdf(x) * series, 0, 1), dtype=np.float64)
