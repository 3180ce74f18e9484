"""Does one regression serve both groups? Differential prediction of an outcome by a score (science 2.10)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution
from scipy.stats import ncf

__all__ = ["LEAST", "Differential", "d_mod", "differential_prediction"]

Floats = NDArray[np.float64]

LEAST: Final = 100
"""People of each group below which differential prediction cannot be examined."""

_SMALL_EFFECT = 0.02  # Cohen's f^2 of a small effect: what power is worked out for


class Differential(NamedTuple):
    """Tests of equal regressions: both at once, then slopes, then intercepts; NaN where it cannot be examined.

    ``d_mod`` is the size of the difference of the two lines' predictions over the focal group's scores, in standard
    deviations of the reference group's outcome; the signs of the differences (reference minus focal) say whom the
    common line favours. ``power_slope`` is the chance that the test of slopes finds a small effect (f^2 = .02); it is
    optimistic, because unreliable scores and restricted range take from it.
    """

    examined: bool
    n_reference: int
    n_focal: int
    p_joint: float
    p_slope: float
    p_intercept: float
    intercept_difference: float
    slope_difference: float
    d_mod: float
    power_slope: float


def d_mod(
    intercept_difference: float, slope_difference: float, mean_focal: float, sd_focal: float, sd_outcome: float
) -> float:
    """Return d_Mod = sqrt((D0 + D1 mu_f)^2 + D1^2 sd_f^2) / SD_Y,ref (Nye & Sackett 2017, for normal scores).

    Differences are reference minus focal. ValueError where the outcome's standard deviation is not above zero.
    """
    if sd_outcome <= 0:
        raise ValueError("the reference group's outcome varies")
    at_mean = intercept_difference + slope_difference * mean_focal
    return float(np.sqrt(at_mean**2 + (slope_difference * sd_focal) ** 2) / sd_outcome)


def differential_prediction(score: ArrayLike, outcome: ArrayLike, focal: ArrayLike) -> Differential:
    """Return whether the score predicts the outcome alike in both groups.

    Parameters
    ----------
    score, outcome
        By person; rows with either missing are left out.
    focal
        True for people of the focal group.

    Notes
    -----
    Y = b0 + b1 X + b2 G + b3 XG; F tests of b2 = b3 = 0, of b3 = 0, and of b2 = 0 without b3 (Lautenschlager & Mendoza
    1986). Slope tests have little power and intercept tests are biased by unreliable scores (Aguinis, Culpepper &
    Pierce 2010): read d_Mod with them. With fewer than :data:`LEAST` people in a group nothing is tested: "cannot be
    examined" is the result. ValueError where lengths differ.
    """
    x, y, g = np.asarray(score, dtype=float), np.asarray(outcome, dtype=float), np.asarray(focal, dtype=bool)
    if not x.shape == y.shape == g.shape:
        raise ValueError("every person has a score, an outcome and a group")
    there = np.isfinite(x) & np.isfinite(y)
    x, y, g = x[there], y[there], g[there].astype(float)
    n_focal = int(g.sum())
    n_reference = int(g.size - n_focal)
    nan = float("nan")
    if min(n_focal, n_reference) < LEAST or any(np.ptp(x[g == side]) == 0 for side in (0, 1)):
        return Differential(False, n_reference, n_focal, nan, nan, nan, nan, nan, nan, nan)
    one = np.ones(x.size)
    full = np.column_stack([one, x, g, x * g])
    b = np.linalg.lstsq(full, y, rcond=None)[0]
    rest = [_residual(full, y), _residual(full[:, :3], y), _residual(full[:, :2], y)]
    df = x.size - 4
    reference = g == 0
    sd = float(y[reference].std(ddof=1))
    return Differential(
        True,
        n_reference,
        n_focal,
        _p(rest[2] - rest[0], 2, rest[0], df),
        _p(rest[1] - rest[0], 1, rest[0], df),
        _p(rest[2] - rest[1], 1, rest[1], df + 1),
        float(-b[2]),
        float(-b[3]),
        d_mod(float(-b[2]), float(-b[3]), float(x[~reference].mean()), float(x[~reference].std(ddof=1)), sd)
        if sd > 0
        else nan,
        float(ncf.sf(f_distribution.ppf(0.95, 1, df), 1, df, _SMALL_EFFECT * x.size)),
    )


def _residual(design: Floats, y: Floats) -> float:
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(((y - fitted) ** 2).sum())


def _p(more: float, df: int, rest: float, df_rest: int) -> float:
    if rest <= 0:
        return 0.0 if more > 0 else 1.0
    return float(f_distribution.sf((more / df) / (rest / df_rest), df, df_rest))
