"""How people differ on one behaviour: the prior, with its own uncertainty.

A person's level eta_i is normal around the norm's mean m with standard deviation tau, but for a few outliers;
conversations vary by the family's shape. All three are uncertain, the more so the fewer people a norm is made from.
Their posterior is computed on successively finer grids and kept as a few weighted support points, so that an estimate
made later averages over what the norm does not know instead of plugging in one guess (Gelman et al., Bayesian Data
Analysis, ch. 5; plug-in priors on pooled counts cover 76 to 87 % where 90 is claimed).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from poise.estimation.counts import Family
from poise.estimation.likelihood import GRID, Likelihood, interpolation

__all__ = ["OUTLIERS", "OUTLYING", "Hyperposterior", "fit_hyperparameters"]

Floats = NDArray[np.float64]

OUTLIERS: Final = 0.02
OUTLYING: Final = 3.0
"""Of people, two in a hundred are drawn with three times the spread. Without them the one agent who is far from
everyone would be drawn to the others until enough conversations had gone wrong."""

_SHAPES: Final = 4
_POINTS: Final = 8
"""Support points: each of the shapes has so many pairs of mean and spread."""
_ETA: Final[Floats] = np.linspace(GRID[0], GRID[-1], 321, dtype=np.float64)
_EDGES: Final[Floats] = np.concatenate([[-np.inf], (_ETA[1:] + _ETA[:-1]) / 2, [np.inf]])
_PEOPLE: Final = 1000  # in one pass
_SCOUTS: Final = 200

# Where the shapes may lie, on the scale that is gridded: logit rho, ln psi, ln kappa.
_RANGES: Final[dict[Family, tuple[float, float]]] = {
    "share": (-6.0, 1.5),
    "count": (-4.5, 2.0),
    "measure": (-1.5, 1.5),
}


class Hyperposterior(NamedTuple):
    """Support points of the prior of one behaviour, means relative to the grid's centre."""

    mean: Floats
    spread: Floats
    shape: Floats
    weight: Floats


def fit_hyperparameters(family: Family, likelihood: Likelihood) -> Hyperposterior:
    """Fit mean, spread between people and shape.

    Parameters
    ----------
    likelihood
        Of everyone's evidence.

    Notes
    -----
    Priors are weak: mean N(centre, 2.5); spread tau / (1 + tau^2)^1.5 up to 4, heavy-tailed
    and zero at zero, so that little evidence does not end in "all alike" (Chung et al. 2013); rho Beta(1, 9), psi
    exponential of mean 0.5, kappa flat on the logarithm. With one person the spread stays what the prior says.
    """
    low, high = _RANGES[family]
    x = np.linspace(low, high, 9, dtype=np.float64)
    means = np.linspace(-3.5, 3.5, 15, dtype=np.float64)
    spreads = np.exp(np.linspace(np.log(0.03), np.log(4.0), 10, dtype=np.float64))
    for rounds in range(4):
        # Where to look is found with some of the people; the last two rounds weigh everyone.
        people = len(likelihood.people) if rounds > 1 else min(len(likelihood.people), _SCOUTS)
        weight = _grid(family, likelihood, x, means, spreads, people)
        if rounds == 3:
            break
        by_x, by_mean, by_spread = weight.sum((1, 2)), weight.sum((0, 2)), weight.sum((0, 1))
        means = _zoom(means, by_mean, 15, 3.5, -3.5, 3.5)
        spreads = np.exp(_zoom(np.log(spreads), by_spread, 12, 3.0, np.log(0.02), np.log(4.0)))
        if rounds == 2:
            centre, sd = _moments(x, by_x)
            x = centre + max(sd, 0.02) * np.linspace(-1.5, 1.5, _SHAPES, dtype=np.float64)
        else:
            x = _zoom(x, by_x, 7, 2.5, low, high)
    return _support(family, x, means, spreads, weight)


def _natural(family: Family, x: Floats) -> Floats:
    return np.asarray(special.expit(x) if family == "share" else np.exp(x))


def _grid(family: Family, likelihood: Likelihood, x: Floats, means: Floats, spreads: Floats, people: int) -> Floats:
    """Return the posterior weight, shapes x means x spreads, summing to one."""
    shapes = _natural(family, x)
    everyone = likelihood.at(shapes)
    everyone = everyone[np.linspace(0, len(everyone) - 1, people).astype(np.int64)]
    z = (_EDGES[:, None, None] - means[:, None]) / spreads
    below = (1 - OUTLIERS) * special.ndtr(z) + OUTLIERS * special.ndtr(z / OUTLYING)
    prior = np.diff(below, axis=0).reshape(len(_ETA), -1)
    finer = interpolation(_ETA)
    out = np.zeros((len(x), means.size * spreads.size))
    for start in range(0, len(everyone), _PEOPLE):
        part = everyone[start : start + _PEOPLE]
        log = part.reshape(-1, len(GRID)) @ finer.T
        top = log.max(axis=1, keepdims=True)
        marginal = np.log(np.maximum(np.exp(log - top) @ prior, 1e-300)) + top
        out += marginal.reshape(len(part), len(x), -1).sum(axis=0)
    grid = out.reshape(len(x), len(means), len(spreads))
    grid += (-0.5 * (means / 2.5) ** 2)[None, :, None]
    # Times the spread once more: the grid of spreads is even on the logarithm.
    grid += (2 * np.log(spreads) - 1.5 * np.log1p(spreads**2))[None, None, :]
    if family == "share":
        grid += (np.log(shapes) + 9 * np.log1p(-shapes))[:, None, None]
    elif family == "count":
        grid += (np.log(shapes) - shapes / 0.5)[:, None, None]
    grid -= grid.max()
    weight = np.exp(grid)
    return np.asarray(weight / weight.sum())


def _moments(x: Floats, weight: Floats) -> tuple[float, float]:
    weight = weight / weight.sum()
    mean = float(weight @ x)
    return mean, float(np.sqrt(max(float(weight @ (x - mean) ** 2), 0.0)))


def _zoom(x: Floats, weight: Floats, points: int, reach: float, low: float, high: float) -> Floats:
    """Return a finer grid around where the weight lies; never finer at once than a coarse grid can tell."""
    mean, sd = _moments(x, weight)
    half = reach * max(sd, 0.4 * float(x[1] - x[0]))
    # A skewed posterior reaches beyond the symmetric range: keep every point that carries weight.
    carrying = x[weight > 1e-3 * weight.max()]
    bottom = max(min(mean - half, float(carrying[0])), low)
    top = min(max(mean + half, float(carrying[-1])), high)
    return np.linspace(bottom, top, points, dtype=np.float64)


def _support(family: Family, x: Floats, means: Floats, spreads: Floats, weight: Floats) -> Hyperposterior:
    """Compress the grid: every shape with weight, and in it equally weighted points of a low-discrepancy sequence."""
    sequence = (0.5 + np.arange(1, _POINTS + 1)[:, None] * np.array([0.7548776662466927, 0.5698402909980532])) % 1
    # Ranks instead of raw values: eight points that halve, quarter and eighth the distribution exactly.
    uniform = (np.argsort(np.argsort(sequence, axis=0), axis=0) + 0.5) / _POINTS
    rows: list[tuple[float, float, float, float]] = []
    shapes = _natural(family, x)
    by_x = weight.sum((1, 2))
    for s in np.flatnonzero(by_x > 0.005):
        joint = weight[s]
        log_spread = _quantiles(np.log(spreads), joint.sum(axis=0), uniform[:, 0])
        for value, u in zip(log_spread, uniform[:, 1], strict=True):
            position = np.interp(value, np.log(spreads), np.arange(len(spreads)))
            j = min(int(position), len(spreads) - 2)
            column = joint[:, j] * (1 - (position - j)) + joint[:, j + 1] * (position - j)
            mean = _quantiles(means, column, np.array([u]))[0]
            rows.append((float(mean), float(np.exp(value)), float(shapes[s]), float(by_x[s]) / _POINTS))
    table = np.array(rows)
    return Hyperposterior(table[:, 0], table[:, 1], table[:, 2], table[:, 3] / table[:, 3].sum())


def _quantiles(x: Floats, weight: Floats, u: Floats) -> Floats:
    """Return quantiles of the piecewise linear density through ``weight`` at the equally spaced ``x``."""
    mass = np.concatenate([[0.0], np.cumsum((weight[1:] + weight[:-1]) / 2)])
    if mass[-1] <= 0:
        return np.full(len(u), float(x[int(np.argmax(weight))]))
    return np.asarray(np.interp(u * mass[-1], mass, x), dtype=np.float64)
