"""Likelihood of one behaviour's evidence on a grid of the person's level.

Three families share one grid of the link scale eta (logit of a share, natural log of a count per minute, standard
deviations of a measure), 0.2 apart over eight either side of a centre:

- share: beta-binomial within the conversation, y ~ BetaBin(n, p, rho), rho the correlation of two occasions of
  one conversation;
- count: negative binomial, y ~ Poisson(lambda t G) with G ~ Gamma of mean 1 and variance psi over conversations;
- measure: normal, variance kappa (omega^2 + sigma^2 / weight): between and within conversations.

rho, psi and kappa are "shapes". Case-mix (and exposure) shift eta by an offset per row. Offsets are divided over
the two nearest multiples of 0.1, so that rows with equal counts share one row of a table and a person's
log-likelihood is a sparse matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from poise.estimation.counts import Counted, Family

__all__ = ["GRID", "STEP", "interpolation", "inverse_link", "link", "log_likelihood"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP: Final = 0.2
GRID: Final[Floats] = np.arange(-40, 41, dtype=np.float64) * STEP
_FINE: Final = 0.1
_WINDOW: Final = 2 * (len(GRID) - 1) + 1


def link(family: Family, value: Floats | float) -> Floats:
    """Return the link scale of a share, a count per minute or a (standardised) measure."""
    x = np.asarray(value, dtype=np.float64)
    if family == "share":
        return np.asarray(special.logit(np.clip(x, 1e-6, 1 - 1e-6)))
    return np.log(np.maximum(x, 1e-9)) if family == "count" else x


def inverse_link(family: Family, eta: Floats) -> Floats:
    """Return the share, count per minute or (standardised) measure of a link scale value."""
    if family == "share":
        return np.asarray(special.expit(eta))
    return np.exp(np.minimum(eta, 50.0)) if family == "count" else eta


def log_likelihood(
    counted: Counted,
    offsets: Floats,
    shapes: Floats,
    *,
    centre: float,
    unit: float = 1.0,
    between: float = 1.0,
    within: float = 0.0,
) -> tuple[Ints, Floats]:
    """Return the people with evidence and their log-likelihoods, people x shapes x grid.

    Parameters
    ----------
    offsets
        Link-scale offset of each case-mix cell.
    shapes
        Values of rho, psi or kappa.
    centre, unit
        The grid is ``centre + GRID`` (times ``unit`` for measures, in the measure's own scale).
    between, within
        Variances of a standardised measure: between conversations, and of one unit of weight.
    """
    people, row = np.unique(counted.person, return_inverse=True)
    if counted.family == "measure":
        out = _normal(counted, offsets, shapes, row, len(people), centre, unit, between, within)
    else:
        out = _tabled(counted, offsets, shapes, row, len(people), centre)
    return people, out


def _tabled(counted: Counted, offsets: Floats, shapes: Floats, row: Ints, people: int, centre: float) -> Floats:
    shift = offsets[counted.cell]
    if counted.family == "count":
        shift = shift + np.log(counted.size)
        pairs, pair = np.unique(counted.hits, return_inverse=True)
        table: Callable[[Floats], Floats] = lambda eta: _negative_binomial(pairs, shapes, eta)  # noqa: E731
    else:
        both, pair = np.unique(np.stack([counted.hits, counted.size]), axis=1, return_inverse=True)
        table = lambda eta: _beta_binomial(both[0], both[1], shapes, eta)  # noqa: E731
    pair = pair.reshape(-1)
    position = shift / _FINE
    below = np.floor(position).astype(np.int64)
    part = position - below
    first = int(below.min())
    width = int(below.max()) - first + 2
    key = np.concatenate([pair * width + below - first, pair * width + below - first + 1])
    weight = np.concatenate([counted.number * (1 - part), counted.number * part])
    used, column = np.unique(key, return_inverse=True)
    base = table(centre + GRID[0] + _FINE * (first + np.arange(_WINDOW + width)))
    windows = np.lib.stride_tricks.sliding_window_view(base, _WINDOW, axis=2)
    rows = np.ascontiguousarray(windows[used // width, :, used % width, ::2])
    where = (np.concatenate([row, row]), column.reshape(-1))
    counts = sparse.coo_array((weight, where), shape=(people, len(used))).tocsr()
    flat = np.asarray(counts @ rows.reshape(len(used), -1), dtype=np.float64)
    return flat.reshape(people, len(shapes), len(GRID))


def _beta_binomial(y: Floats, n: Floats, rho: Floats, eta: Floats) -> Floats:
    """Return ln BetaBin without the binomial coefficient, pairs x shapes x eta."""
    size = (1 - rho)[:, None] / rho[:, None]
    a, b = special.expit(eta) * size, special.expit(-eta) * size
    out: Floats = _rising(a, y) + _rising(b, n - y) - _rising(size, n)
    return out


def _negative_binomial(y: Floats, psi: Floats, log_mean: Floats) -> Floats:
    """Return ln NegBin without y!, counts x shapes x log means."""
    r = 1 / psi[:, None]
    mean = np.exp(np.minimum(log_mean, 30.0))[None, :]
    over = np.log1p(mean * psi[:, None])
    power = np.log(mean) + np.log(psi)[:, None] - over
    out: Floats = _rising(r, y) + y[:, None, None] * power - r * over
    return out


def _rising(a: Floats, k: Floats) -> Floats:
    """Return ln of a (a + 1) … (a + k - 1) for each k, with k as first axis."""
    most = int(k.max(initial=0))
    if most > 64:
        shape = k[:, None, None]
        return np.asarray(special.gammaln(a + shape) - special.gammaln(a))
    terms = np.log(a[None] + np.arange(most)[:, None, None])
    sums = np.concatenate([np.zeros((1, *a.shape)), np.cumsum(terms, axis=0)])
    return sums[k.astype(np.int64)]


def _normal(
    counted: Counted,
    offsets: Floats,
    shapes: Floats,
    row: Ints,
    people: int,
    centre: float,
    unit: float,
    between: float,
    within: float,
) -> Floats:
    number, offset = counted.number, offsets[counted.cell]
    variance = between + within / counted.size
    first = (counted.total - number * centre) / unit
    second = (counted.squares - 2 * centre * counted.total + number * centre**2) / unit**2
    second = second - 2 * offset * first + number * offset**2
    first = first - number * offset

    def summed(x: Floats) -> Floats:
        return np.bincount(row, weights=x, minlength=people).astype(np.float64)

    precision, linear, square = summed(number / variance), summed(first / variance), summed(second / variance)
    quadratic = square[:, None] - 2 * linear[:, None] * GRID + precision[:, None] * GRID**2
    determinant = summed(number)[:, None, None] * np.log(shapes)[None, :, None]
    return np.asarray(-0.5 * (quadratic[:, None, :] / shapes[None, :, None] + determinant))


def _second_derivatives() -> Floats:
    """Return the matrix from values on a unit grid to second derivatives of the natural cubic spline through them."""
    m = len(GRID)
    left = np.eye(m, dtype=np.float64)
    right = np.zeros((m, m))
    for i in range(1, m - 1):
        left[i, i - 1 : i + 2] = (1 / 6, 2 / 3, 1 / 6)
        right[i, i - 1 : i + 2] = (1, -2, 1)
    return np.asarray(np.linalg.solve(left, right), dtype=np.float64)


_CURVATURE: Final = _second_derivatives()


def interpolation(points: Floats) -> Floats:
    """Return the matrix (points x grid) of cubic spline interpolation at ``points``, eta relative to the centre.

    A log-likelihood is smooth on the scale of one logit however much evidence there is, so a coarse grid holds it;
    points beyond the grid take the value at its end.
    """
    x = np.clip((points - GRID[0]) / STEP, 0, len(GRID) - 1)
    j = np.minimum(x.astype(np.int64), len(GRID) - 2)
    b = x - j
    a = 1 - b
    out = ((a**3 - a) / 6)[:, None] * _CURVATURE[j] + ((b**3 - b) / 6)[:, None] * _CURVATURE[j + 1]
    at = np.arange(len(points))
    out[at, j] += a
    out[at, j + 1] += b
    return np.asarray(out)
