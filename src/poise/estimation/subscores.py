"""When may a trait be shown on its own? (Haberman 2008; science 2.8)

A trait's score earns its place when it predicts the trait's true score better than the total over all traits does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Subscores", "prmse", "prmse_of_covariances"]

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
    np.fill_diagonal(covariance, rel * sd**2)
    return prmse_of_covariances(covariance, np.diag((1 - rel) * sd**2))._replace(own=rel)


def prmse_of_covariances(true: ArrayLike, error: ArrayLike) -> Subscores:
    """Return the same from the covariance of true scores and that of errors, which need not be independent.

    Notes
    -----
    With T and E: PRMSE_s = T_ss / (T_ss + E_ss); PRMSE_x = (sum of T's row s)^2 / (T_ss sum(T + E)). A trait on which
    nobody differs is not shown. A single trait is its own total and counts as shown.
    """
    t, e = np.asarray(true, dtype=float), np.asarray(error, dtype=float)
    own_true, shared, of_total = np.diag(t), t.sum(axis=1), float(t.sum())
    observed_total = of_total + float(e.sum())
    reliability = max(of_total / observed_total, 0.0) if observed_total > 0 else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(own_true > 0, own_true / (own_true + np.diag(e)), 0.0)
        total = np.where((own_true > 0) & (of_total > 0), shared**2 / (own_true * of_total) * reliability, 1.0)
    if len(t) == 1:
        total = np.zeros(1)
    return Subscores(own, np.minimum(total, 1.0), reliability)
