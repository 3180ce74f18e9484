"""Do interviews and shifts predict later work? Validity with intervals, and calibration (science 2.7).

Below :data:`SHOW` local outcomes a prediction is "uncalibrated"; from :data:`USE` on it may be used.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtri

__all__ = ["SHOW", "USE", "Bin", "Calibration", "Status", "Validity", "calibration", "status", "validity", "wilson"]

Floats = NDArray[np.float64]
Status = Literal["uncalibrated", "shown", "usable"]

SHOW: Final = 50
"""Local outcomes from which validity and calibration are shown."""
USE: Final = 200
"""Local outcomes from which a prediction may be used."""


class Validity(NamedTuple):
    """Correlation of a score with a later outcome, observed and corrected for range restriction.

    ``corrected`` is NaN without the applicants' standard deviation: it is never guessed.
    """

    observed: float
    low: float
    high: float
    corrected: float
    corrected_low: float
    corrected_high: float
    people: int
    status: Status


class Bin(NamedTuple):
    """People whose predictions lie together, and what became of them, with Wilson's interval."""

    predicted: float
    observed: float
    low: float
    high: float
    people: int


class Calibration(NamedTuple):
    """Whether predicted chances come true.

    ``slope`` is 1 and ``intercept`` 0 for chances that do; a slope below 1 says that they are too extreme. ``brier``
    is the mean squared miss, ``reference`` that of predicting the base rate for everyone. NaN where outcomes do
    not vary.
    """

    slope: float
    slope_se: float
    intercept: float
    intercept_se: float
    brier: float
    reference: float
    bins: tuple[Bin, ...]
    people: int
    status: Status


def status(outcomes: int) -> Status:
    """Return what ``outcomes`` local outcomes allow."""
    return "uncalibrated" if outcomes < SHOW else "shown" if outcomes < USE else "usable"


def validity(
    score: ArrayLike, outcome: ArrayLike, *, applicant_sd: float | None = None, confidence: float = 0.90
) -> Validity:
    """Return the validity of ``score`` against a later ``outcome``; pairs with either missing are left out.

    Parameters
    ----------
    applicant_sd
        Standard deviation of the score among all applicants, where known.

    Notes
    -----
    Fisher's z interval; Thorndike's case II correction for direct restriction on the score, u = SD applicants / SD
    here, r u / sqrt(1 + r^2 (u^2 - 1)), applied to the estimate and to both ends. Figures below :data:`SHOW` are
    returned for the record and labelled uncalibrated. NaN with fewer than four pairs, or where either does not vary.
    ValueError where lengths differ or ``applicant_sd`` is not above zero.
    """
    x, y = np.asarray(score, dtype=float), np.asarray(outcome, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError("every person has a score and an outcome; NaN where one is missing")
    if applicant_sd is not None and applicant_sd <= 0:
        raise ValueError("the applicants' standard deviation is above zero")
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    n = int(x.size)
    nan = float("nan")
    if n < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Validity(nan, nan, nan, nan, nan, nan, n, status(n))
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
    half = float(ndtri(0.5 + confidence / 2)) / np.sqrt(n - 3)
    with np.errstate(divide="ignore"):
        z = np.arctanh(r)
    low, high = float(np.tanh(z - half)), float(np.tanh(z + half))
    if applicant_sd is None:
        return Validity(r, low, high, nan, nan, nan, n, status(n))
    u = applicant_sd / float(x.std(ddof=1))
    corrected = [one * u / float(np.sqrt(1 + one**2 * (u**2 - 1))) for one in (r, low, high)]
    return Validity(r, low, high, corrected[0], corrected[1], corrected[2], n, status(n))


def wilson(hits: ArrayLike, n: ArrayLike, *, confidence: float = 0.90) -> tuple[Floats, Floats]:
    """Return Wilson's (1927) interval of a share; 0 to 1 where n is 0."""
    k, total = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    z = float(ndtri(0.5 + confidence / 2))
    safe = np.maximum(total, 1)
    share = k / safe
    middle = (share + z**2 / (2 * safe)) / (1 + z**2 / safe)
    half = z * np.sqrt(share * (1 - share) / safe + z**2 / (4 * safe**2)) / (1 + z**2 / safe)
    return np.where(total > 0, np.maximum(middle - half, 0), 0.0), np.where(
        total > 0, np.minimum(middle + half, 1), 1.0
    )


def calibration(chance: ArrayLike, came_true: ArrayLike, *, bins: int = 10) -> Calibration:
    """Return whether predicted chances come true.

    Parameters
    ----------
    chance
        Predicted probabilities, 0 to 1. ``came_true``: what happened.
    bins
        Bins of equal numbers of people; fewer where chances are tied.

    Notes
    -----
    Logistic regression of the outcome on the logit of the chance (Cox 1958), by Newton's method; chances are kept a
    millionth away from 0 and 1. No isotonic regression: it needs about a thousand outcomes. ValueError where lengths
    differ or a chance is outside 0..1.
    """
    p, y = np.asarray(chance, dtype=float), np.asarray(came_true, dtype=float)
    if p.shape != y.shape or p.ndim != 1:
        raise ValueError("every prediction has an outcome")
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise ValueError("chances lie between 0 and 1")
    n = int(p.size)
    nan = float("nan")
    if n == 0 or np.ptp(y) == 0:
        miss = float(((p - y) ** 2).mean()) if n else nan
        return Calibration(nan, nan, nan, nan, miss, 0.0 if n else nan, _bins(p, y, bins), n, status(n))
    logit = np.log(np.clip(p, 1e-6, 1 - 1e-6)) - np.log1p(-np.clip(p, 1e-6, 1 - 1e-6))
    estimates, ses = _logistic(logit, y)
    base = float(y.mean())
    return Calibration(
        estimates[1],
        ses[1],
        estimates[0],
        ses[0],
        float(((p - y) ** 2).mean()),
        base * (1 - base),
        _bins(p, y, bins),
        n,
        status(n),
    )


def _logistic(x: Floats, y: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return intercept and slope with standard errors; NaN where the data are separated or the chances all equal."""
    nothing = (float("nan"), float("nan"))
    if np.ptp(x) == 0:
        return nothing, nothing
    design = np.column_stack([np.ones(x.size), x])
    b = np.zeros(2)
    information = np.eye(2)
    for _ in range(60):
        mean = expit(design @ b)
        information = design.T @ (design * (mean * (1 - mean))[:, None])
        if np.linalg.cond(information) > 1e12:
            return nothing, nothing
        step = np.linalg.solve(information, design.T @ (y - mean))
        b = b + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-9:
            break
    else:
        return nothing, nothing
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    return (float(b[0]), float(b[1])), (float(se[0]), float(se[1]))


def _bins(p: Floats, y: Floats, bins: int) -> tuple[Bin, ...]:
    if not p.size:
        return ()
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, max(edges.size - 2, 0))
    found = []
    for one in np.unique(place):
        own = place == one
        low, high = wilson(y[own].sum(), own.sum())
        found.append(Bin(float(p[own].mean()), float(y[own].mean()), float(low), float(high), int(own.sum())))
    return tuple(found)
