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

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special

from poise.estimation.counts import Counted, Family

__all__ = ["GRID", "STEP", "Likelihood", "distinct", "interpolation", "inverse_link", "link"]

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


class Likelihood:
    """The log-likelihoods of one behaviour's evidence, prepared once for any number of shapes.

    Parameters
    ----------
    offsets
        Link-scale offset of each case-mix cell.
    centre, unit
        The grid is ``centre + GRID`` (times ``unit`` for measures, in the measure's own scale).
    between, within
        Variances of a standardised measure: between conversations, and of one unit of weight.

    Attributes
    ----------
    people
        Indices of the people with evidence, ascending.
    row
        For every entry of ``counted``, the position of its person in ``people``.
    """

    people: Ints
    row: Ints

    def __init__(
        self,
        counted: Counted,
        offsets: Floats,
        *,
        centre: float,
        unit: float = 1.0,
        between: float = 1.0,
        within: float = 0.0,
    ) -> None:
        self.people, self.row = distinct(counted.person)
        self._family = counted.family
        if counted.family == "measure":
            self._quadratic(counted, offsets, centre, unit, between, within)
        else:
            self._tabulate(counted, offsets, centre)

    def at(self, shapes: Floats) -> Floats:
        """Return log-likelihoods, people x shapes x grid, for values of rho, psi or kappa."""
        if self._family == "measure":
            linear, square, precision, number = self._sums
            quadratic = square[:, None] - 2 * linear[:, None] * GRID + precision[:, None] * GRID**2
            determinant = number[:, None, None] * np.log(shapes)[None, :, None]
            return np.asarray(-0.5 * (quadratic[:, None, :] / shapes[None, :, None] + determinant))
        hits, size = self._pairs
        if self._family == "share":
            base = _beta_binomial(hits, size, shapes, self._eta)
        else:
            base = _negative_binomial(hits, shapes, self._eta)
        windows = np.lib.stride_tricks.sliding_window_view(base, _WINDOW, axis=2)
        rows = np.ascontiguousarray(windows[self._pair, :, self._start, ::2])
        flat = np.asarray(self._counts @ rows.reshape(len(self._pair), -1), dtype=np.float64)
        return flat.reshape(len(self.people), len(shapes), len(GRID))

    def _tabulate(self, counted: Counted, offsets: Floats, centre: float) -> None:
        shift = offsets[counted.cell]
        if counted.family == "count":
            shift = shift + np.log(counted.size)
            hits, pair = distinct(counted.hits.astype(np.int64))
            size = np.zeros(len(hits))
        else:
            width = int(counted.size.max()) + 1
            both, pair = distinct((counted.hits * width + counted.size).astype(np.int64))
            hits, size = both // width, (both % width).astype(np.float64)
        self._pairs = hits.astype(np.float64), size
        position = shift / _FINE
        below = np.floor(position).astype(np.int64)
        part = position - below
        first = int(below.min())
        width = int(below.max()) - first + 2
        key = np.concatenate([pair * width + below - first, pair * width + below - first + 1])
        weight = np.concatenate([counted.number * (1 - part), counted.number * part])
        used, column = distinct(key)
        self._pair, self._start = used // width, used % width
        self._eta = centre + GRID[0] + _FINE * (first + np.arange(_WINDOW + width))
        where = (np.concatenate([self.row, self.row]), column)
        self._counts = sparse.coo_array((weight, where), shape=(len(self.people), len(used))).tocsr()

    def _quadratic(
        self, counted: Counted, offsets: Floats, centre: float, unit: float, between: float, within: float
    ) -> None:
        number, offset = counted.number, offsets[counted.cell]
        variance = between + within / counted.size
        first = (counted.total - number * centre) / unit
        second = (counted.squares - 2 * centre * counted.total + number * centre**2) / unit**2
        second = second - 2 * offset * first + number * offset**2
        first = first - number * offset

        def summed(x: Floats) -> Floats:
            return np.bincount(self.row, weights=x, minlength=len(self.people)).astype(np.float64)

        self._sums = summed(first / variance), summed(second / variance), summed(number / variance), summed(number)


def distinct(keys: Ints) -> tuple[Ints, Ints]:
    """Return the distinct keys, ascending, and each key's position among them; without sorting where that is cheap."""
    top = int(keys.max(initial=-1)) + 1
    if len(keys) == 0 or int(keys.min()) < 0 or top > 8 * len(keys) + 1_000_000:
        found, position = np.unique(keys, return_inverse=True)
        return found.astype(np.int64), position.reshape(-1).astype(np.int64)
    seen = np.zeros(top, dtype=bool)
    seen[keys] = True
    rank = np.cumsum(seen) - 1
    return np.flatnonzero(seen), rank[keys]


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
