"""Do raters agree, beyond what chance would make them?

Krippendorff's alpha, weighted kappa and exact agreement with its chance level. Intraclass correlations stand in
:mod:`poise.estimation.agreement_icc`. Formulas and sources: ``docs/method/ratings.md``.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Alpha",
    "ExactAgreement",
    "Kappa",
    "Level",
    "exact_agreement",
    "krippendorff_alpha",
    "pairs",
    "weighted_kappa",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]

_CELLS = 20_000_000  # of one block of resamples times coincidences


class Alpha(NamedTuple):
    """Krippendorff's alpha with its bootstrap interval; NaN where nothing varies or nothing can be paired."""

    alpha: float
    low: float
    high: float
    units: int  # rated at least twice
    ratings: int  # in those units
    raters_disagree: float  # observed disagreement, in the metric
    chance_disagrees: float  # expected disagreement


class ExactAgreement(NamedTuple):
    """Share of pairs of ratings of the same unit that are equal, and the share that chance would make equal."""

    share: float
    chance: float
    adjacent: float  # share of pairs at most one category apart
    pairs: int


class Kappa(NamedTuple):
    """Cohen's weighted kappa of two raters with its large-sample interval."""

    kappa: float
    low: float
    high: float
    units: int


def _long(values: ArrayLike, units: ArrayLike | None) -> tuple[Floats, Ints]:
    """Return ratings and unit codes; a table is units x raters with NaN where nothing was rated."""
    table = np.asarray(values, dtype=float)
    if units is None:
        if table.ndim != 2:
            raise ValueError("without units, ratings are a table: one row per unit, one column per rater, NaN = none")
        flat = table.ravel()
        codes = np.repeat(np.arange(table.shape[0]), table.shape[1])
    else:
        flat, codes = table.ravel(), np.asarray(units).ravel()
        if flat.shape != codes.shape:
            raise ValueError(f"{flat.size} ratings for {codes.size} unit codes")
    kept = np.isfinite(flat)
    return flat[kept], np.unique(codes[kept], return_inverse=True)[1].astype(np.int64)


def _counts(values: Floats, units: Ints) -> tuple[Floats, Floats]:
    """Return the distinct ratings and, for each unit rated twice or more, how often each was given."""
    levels, codes = np.unique(values, return_inverse=True)
    n_units = int(units.max()) + 1 if units.size else 0
    counts = np.bincount(units * max(levels.size, 1) + codes, minlength=n_units * levels.size)
    table = counts.reshape(n_units, levels.size).astype(float) if levels.size else np.zeros((0, 0))
    return levels, table[table.sum(axis=1) >= 2]


def _distances(levels: Floats, marginals: Floats, level: Level) -> Floats:
    """Return squared distances between levels, ``(..., V, V)`` for marginals of shape ``(..., V)``."""
    if level == "nominal":
        return np.broadcast_to(1.0 - np.eye(levels.size), (*marginals.shape, levels.size)).copy()
    if level == "interval":
        return np.broadcast_to((levels[:, None] - levels) ** 2, (*marginals.shape, levels.size)).copy()
    if level == "ratio":
        if (levels < 0).any():
            raise ValueError("ratio metric needs ratings that are not negative")
        total = levels[:, None] + levels
        ratio = np.divide(levels[:, None] - levels, total, out=np.zeros_like(total), where=total > 0)
        return np.broadcast_to(ratio**2, (*marginals.shape, levels.size)).copy()
    if level != "ordinal":
        raise ValueError(f"level {level!r}: nominal, ordinal, interval or ratio")
    # ranks run by the ratings that lie between two levels, half of their own counted
    middle = np.cumsum(marginals, axis=-1) - marginals / 2
    return np.asarray((middle[..., :, None] - middle[..., None, :]) ** 2)


def _alpha(coincidences: Floats, levels: Floats, level: Level) -> tuple[Floats, Floats, Floats]:
    """Return alpha, observed and expected disagreement of coincidence matrices ``(..., V, V)``."""
    marginals = coincidences.sum(axis=-1)
    total = marginals.sum(axis=-1)
    distance = _distances(levels, marginals, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (coincidences * distance).sum(axis=(-2, -1)) / total
        expected = np.einsum("...i,...j,...ij->...", marginals, marginals, distance) / (total * (total - 1))
        alpha = np.where(expected > 0, 1 - observed / expected, np.nan)
    return alpha, observed, expected


def krippendorff_alpha(
    values: ArrayLike,
    units: ArrayLike | None = None,
    *,
    level: Level = "ordinal",
    confidence: float = 0.90,
    resamples: int = 1000,
    seed: int = 0,
) -> Alpha:
    """Return Krippendorff's alpha: 1 - observed disagreement / disagreement expected by chance.

    Parameters
    ----------
    values
        Ratings, either a table units x raters with NaN where nothing was rated, or flat with ``units``.
    units
        What each of the flat ratings is about (any codes).
    level
        How distance between ratings counts: ``nominal``, ``ordinal``, ``interval`` or ``ratio``.
    resamples
        Bootstrap resamples of whole units for the interval; 0 for none (NaN bounds).

    Notes
    -----
    Any number of raters, any pattern of missing ratings; units rated once say nothing and are left out.
    Deterministic under ``seed``. Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability;
    bootstrap of units by percentiles. ValueError for an unknown level, negative ratings in the ratio metric,
    or shapes that do not match.
    """
    flat, codes = _long(values, units)
    levels, counts = _counts(flat, codes)
    if not counts.size:
        _distances(np.zeros(1), np.zeros(1), level)
        return Alpha(np.nan, np.nan, np.nan, 0, 0, np.nan, np.nan)
    per_unit = counts / (counts.sum(axis=1, keepdims=True) - 1)
    coincidences = counts.T @ per_unit - np.diag(per_unit.sum(axis=0))
    alpha, observed, expected = (float(value) for value in _alpha(coincidences, levels, level))
    low = high = np.nan
    if resamples and len(counts) > 1 and np.isfinite(alpha):
        low, high = _bootstrap(counts, per_unit, levels, level, resamples, confidence, seed)
    return Alpha(alpha, low, high, len(counts), int(counts.sum()), observed, expected)


def _bootstrap(
    counts: Floats, per_unit: Floats, levels: Floats, level: Level, resamples: int, confidence: float, seed: int
) -> tuple[float, float]:
    # units with the same ratings are one kind: resampling kinds by a multinomial is the same draw, and short
    kinds, many = np.unique(counts, axis=0, return_counts=True)
    weights = kinds / (kinds.sum(axis=1, keepdims=True) - 1)
    own = np.einsum("ui,uj->uij", kinds, weights) - np.einsum("ui,ij->uij", weights, np.eye(levels.size))
    own = own.reshape(len(kinds), -1)
    random = np.random.default_rng(seed)
    block = max(1, _CELLS // (own.shape[1] + len(kinds)))
    found = []
    for begin in range(0, resamples, block):
        drawn = random.multinomial(int(many.sum()), many / many.sum(), size=min(block, resamples - begin))
        found.append(_alpha((drawn @ own).reshape(-1, levels.size, levels.size), levels, level)[0])
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(np.concatenate(found), [tail, 1 - tail])
    return float(low), float(high)


def exact_agreement(values: ArrayLike, units: ArrayLike | None = None) -> ExactAgreement:
    """Return how often two ratings of the same unit are equal, beside how often chance would make them so.

    Parameters as :func:`krippendorff_alpha`. Every unit counts by its ratings, as in the coincidence matrix;
    chance draws two ratings from all that can be paired, without replacement. NaN where nothing can be paired.
    """
    levels, counts = _counts(*_long(values, units))
    if not counts.size:
        return ExactAgreement(np.nan, np.nan, np.nan, 0)
    per_unit = counts / (counts.sum(axis=1, keepdims=True) - 1)
    coincidences = counts.T @ per_unit - np.diag(per_unit.sum(axis=0))
    marginals, total = counts.sum(axis=0), counts.sum()
    chance = float((marginals * (marginals - 1)).sum() / (total * (total - 1)))
    near = np.abs(np.subtract.outer(np.arange(levels.size), np.arange(levels.size))) <= 1
    of_unit = counts.sum(axis=1)
    return ExactAgreement(
        float(np.trace(coincidences) / total),
        chance,
        float(coincidences[near].sum() / total),
        int((of_unit * (of_unit - 1) / 2).sum()),
    )


def weighted_kappa(
    first: ArrayLike,
    second: ArrayLike,
    *,
    weights: Literal["quadratic", "linear", "none"] = "quadratic",
    confidence: float = 0.90,
) -> Kappa:
    """Return Cohen's weighted kappa of two raters over the units that both rated.

    Parameters
    ----------
    first, second
        Ratings of the same units in the same order, NaN where one did not rate.
    weights
        How disagreement counts: by squared distance, by distance, or all alike.

    Notes
    -----
    Categories are those that either used; distances are those of the ratings themselves. The interval uses the
    large-sample standard error of Fleiss, Cohen & Everitt (1969). NaN where neither varies. ValueError where the
    lengths differ.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"two raters' ratings of the same units: {a.shape} and {b.shape}")
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    n = a.size
    levels, codes = np.unique(np.concatenate([a, b]), return_inverse=True)
    k = levels.size
    if n < 2 or k < 2:
        return Kappa(np.nan, np.nan, np.nan, n)
    shares = np.bincount(codes[:n] * k + codes[n:], minlength=k * k).reshape(k, k) / n
    gap = np.abs(levels[:, None] - levels) / (levels[-1] - levels[0])
    agreement = 1 - {"quadratic": gap**2, "linear": gap, "none": 1.0 * (gap > 0)}[weights]
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed = float((agreement * shares).sum())
    chance = float(rows @ agreement @ columns)
    if chance >= 1:
        return Kappa(np.nan, np.nan, np.nan, n)
    kappa = (observed - chance) / (1 - chance)
    by_row, by_column = agreement @ columns, rows @ agreement
    spread = shares * (agreement - (by_row[:, None] + by_column) * (1 - kappa)) ** 2
    variance = (spread.sum() - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    half = _z(confidence) * float(np.sqrt(max(variance, 0.0)))
    return Kappa(kappa, max(kappa - half, -1.0), min(kappa + half, 1.0), n)


def pairs(raters: ArrayLike, units: ArrayLike, values: ArrayLike, *, least: int = 10) -> list[tuple[int, int, Kappa]]:
    """Return quadratic kappa of every two raters with at least ``least`` units in common.

    Parameters
    ----------
    raters, units
        Codes from 0 of each rating; ``values`` its rating. Twice the same rater and unit: their mean.

    Returns
    -------
    list of (rater, rater, Kappa), ordered by the codes.
    """
    who, what = np.asarray(raters, dtype=np.int64), np.asarray(units, dtype=np.int64)
    rated = np.asarray(values, dtype=float)
    if not who.size:
        return []
    width = int(what.max()) + 1
    cells, inverse, times = np.unique(who * width + what, return_inverse=True, return_counts=True)
    means = np.bincount(inverse, rated) / times
    own: dict[int, tuple[Ints, Floats]] = {}
    for rater in np.unique(who):
        mine = slice(*np.searchsorted(cells, [rater * width, (rater + 1) * width]))
        own[int(rater)] = (cells[mine] - rater * width, means[mine])
    found = []
    for place, (a, (units_a, values_a)) in enumerate(own.items()):
        for b, (units_b, values_b) in list(own.items())[place + 1 :]:
            _, at_a, at_b = np.intersect1d(units_a, units_b, assume_unique=True, return_indices=True)
            if at_a.size >= least:
                found.append((a, b, weighted_kappa(values_a[at_a], values_b[at_b])))
    return found


def _z(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2))
