"""Intraclass correlations: how far one rating, or the mean of several, stands for the person rated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

__all__ = ["ICC", "Correlation", "icc"]


class Correlation(NamedTuple):
    """One coefficient with its interval."""

    value: float
    low: float
    high: float


class ICC(NamedTuple):
    """The six coefficients of Shrout & Fleiss (1979) and the mean squares that they come from.

    ``icc1``: every person has raters of their own; ``icc2``: raters are drawn from many and their severity counts as
    error (absolute agreement); ``icc3``: only these raters matter and severity does not count (consistency).
    The ``k`` kinds are about the mean of all k raters.
    """

    icc1: Correlation
    icc2: Correlation
    icc3: Correlation
    icc1k: Correlation
    icc2k: Correlation
    icc3k: Correlation
    between: float  # BMS
    within: float  # WMS
    raters: float  # JMS
    error: float  # EMS
    persons: int  # rated by every rater
    left_out: int  # persons with a rating missing


def icc(table: ArrayLike, *, confidence: float = 0.90) -> ICC:
    """Return the intraclass correlations of ``table``: persons x raters.

    Rows with a missing rating (NaN) are left out and counted; where most are incomplete, use
    :func:`poise.estimation.generalizability.components` instead.

    Notes
    -----
    One-way and two-way mean squares; intervals by the F distribution, those of ICC2 with Satterthwaite's degrees of
    freedom (Shrout & Fleiss 1979, Psychological Bulletin 86, 420-428). ValueError with fewer than two complete rows
    or two raters.
    """
    full = np.asarray(table, dtype=float)
    if full.ndim != 2:
        raise ValueError("ratings are a table: one row per person, one column per rater")
    complete = full[np.isfinite(full).all(axis=1)]
    n, k = complete.shape
    if n < 2 or k < 2:
        raise ValueError(f"{n} persons rated by all {k} raters: two of each are the least")
    mean = complete.mean()
    of_person, of_rater = complete.mean(axis=1), complete.mean(axis=0)
    bms = k * float(((of_person - mean) ** 2).sum()) / (n - 1)
    jms = n * float(((of_rater - mean) ** 2).sum()) / (k - 1)
    wms = float(((complete - of_person[:, None]) ** 2).sum()) / (n * (k - 1))
    residual = complete - of_person[:, None] - of_rater + mean
    ems = float((residual**2).sum()) / ((n - 1) * (k - 1))
    tail = 0.5 + confidence / 2

    def quantile(over: float, under: float) -> float:
        return float(f_distribution.ppf(tail, over, under))

    def consistency(error: float, df_error: int) -> tuple[Correlation, Correlation]:
        with np.errstate(divide="ignore", invalid="ignore"):
            f = np.float64(bms) / error
            low, high = f / quantile(n - 1, df_error), f * quantile(df_error, n - 1)
            single = [_single(value, k) for value in (f, low, high)]
            average = [float(1 - 1 / value) for value in (f, low, high)]
        return Correlation(*single), Correlation(*average)

    icc1, icc1k = consistency(wms, n * (k - 1))
    icc3, icc3k = consistency(ems, (n - 1) * (k - 1))
    icc2, icc2k = _absolute(bms, jms, ems, n, k, quantile)
    return ICC(icc1, icc2, icc3, icc1k, icc2k, icc3k, bms, wms, jms, ems, n, len(full) - n)


def _single(f: np.float64, k: int) -> float:
    return 1.0 if np.isinf(f) else float((f - 1) / (f + k - 1))


def _absolute(bms: float, jms: float, ems: float, n: int, k: int, quantile: object) -> tuple[Correlation, Correlation]:
    assert callable(quantile)
    bottom = bms + (k - 1) * ems + k * (jms - ems) / n
    if bottom <= 0:
        nothing = Correlation(np.nan, np.nan, np.nan)
        return nothing, nothing
    r = (bms - ems) / bottom
    spread = n * (1 + (k - 1) * r) - k * r
    # k r Fj with Fj = JMS / EMS; multiplied through by EMS so that perfect consistency needs no division by zero
    raters = k * r * jms
    over = (k - 1) * (n - 1) * (raters + spread * ems) ** 2
    under = (n - 1) * raters**2 + (spread * ems) ** 2
    df = over / under if under > 0 else float((n - 1) * (k - 1))
    wide, narrow = quantile(n - 1, df), quantile(df, n - 1)
    rest = k * jms + (k * n - k - n) * ems
    low = n * (bms - wide * ems) / (wide * rest + n * bms)
    high = n * (narrow * bms - ems) / (rest + n * narrow * bms)
    single = Correlation(r, low, high)
    return single, Correlation(*(k * value / (1 + (k - 1) * value) for value in single))
