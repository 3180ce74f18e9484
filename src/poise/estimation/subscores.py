"""When may a trait be shown on its own? (Haberman 2008; science 2.8)

A trait's score earns its place when it predicts the trait's true score better than the total over all traits does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Subscores", "prmse"]

Floats = NDArray[np.float64]


class Subscores(NamedTuple):
    """Proportional reduction of mean squared error, per trait."""

    own: Floats  # by the trait's own score: its reliability
    total: Floats  # by the total over all traits
    reliability_of_total: float

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Whether the trait's own score is the better predictor."""
        return self.own > self.total


def prmse(reliabilities: ArrayLike, intercorrelations: ArrayLike, sds: ArrayLike | None = None) -> Subscores:
    """Compare each trait's own score with the total as predictors of its true score.

    Parameters
    ----------
    reliabilities
        Of the observed trait scores, k values in 0..1.
    intercorrelations
        Of the observed trait scores, k x k with a diagonal of ones.
    sds
        Of the observed trait scores (ones where left out).

    Notes
    -----
    PRMSE_s = r_ss'; PRMSE_x = Cov(s_t, x_t)^2 / (Var s_t Var x_t) r_xx', with Cov(s_t, x_t) = r_ss' Var(s) + sum of
    Cov(s, others) and Mosier's composite reliability r_xx' = 1 - sum Var(s)(1 - r_ss') / Var(x). A single trait is its
    own total and counts as shown. ValueError where the shapes differ.
    """
    rel = np.clip(np.asarray(reliabilities, dtype=float), 0.0, 1.0)
    r = np.asarray(intercorrelations, dtype=float)
    k = len(rel)
    sd = np.ones(k) if sds is None else np.asarray(sds, dtype=float)
    if r.shape != (k, k) or sd.shape != (k,):
        raise ValueError(f"{k} reliabilities need {k} x {k} intercorrelations and {k} standard deviations")
    covariance = r * np.outer(sd, sd)
    variance = sd**2
    total_variance = float(covariance.sum())
    error = float((variance * (1 - rel)).sum())
    reliability = max(1 - error / total_variance, 0.0) if total_variance > 0 else 0.0
    true_total = total_variance - error
    true = rel * variance
    shared = true + covariance.sum(axis=1) - variance
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.where((true > 0) & (true_total > 0), shared**2 / (true * true_total) * reliability, 1.0)
    own = rel
    if k == 1:
        total = np.zeros(1)
    return Subscores(own, np.minimum(total, 1.0), reliability)
