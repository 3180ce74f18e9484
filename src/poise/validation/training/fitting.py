"""Fitting a head: penalty by grouped cross-validation, calibration by held-out scores, weights as they ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.detection.heads import Head, HeadInfo
from poise.validation.folds import FOLDS, fold_of
from poise.validation.training.labelled import Labelled
from poise.validation.training.recipes import Recipe
from poise.validation.training.seen import Matrix, Seen

__all__ = ["Fitted", "fit_head"]

_ITERATIONS = 2_000
_DIGITS = 6  # decimals of intercept and calibration


@dataclass(frozen=True)
class Fitted:
    """A head, and what it says of rows that it was not trained on.

    Attributes
    ----------
    held_out
        For each row of :attr:`Seen.rows`: probability (or value) by the model trained without its fold.
    penalty
        Chosen of the recipe's candidates.
    """

    head: Head
    held_out: NDArray[np.float64]
    penalty: float


def fit_head(recipe: Recipe, info: HeadInfo, rows: Sequence[Labelled], seen: Seen) -> Fitted:
    """Fit one head to rows.

    Raises
    ------
    ValueError
        Where labels are all alike, or the rows are of fewer than two folds.
    """
    used = [rows[i] for i in seen.rows.tolist()]
    weight = np.array([row.weight for row in used])
    fold = np.array([fold_of(row.group) for row in used])
    valued = recipe.task == "value"
    if valued:
        if any(row.value is None for row in used):
            raise ValueError(f"{recipe.name}: rows without a value; its task is value")
        truth = np.array([row.value for row in used], float)
    else:
        truth = np.array([row.positive for row in used], float)
    for inside in (slice(None), *(fold != k for k in range(FOLDS))):
        if len(np.unique(truth[inside])) < 2:
            raise ValueError(f"{recipe.name}: the rows of its data are all labelled alike")
    if len(np.unique(fold)) < 2:
        raise ValueError(f"{recipe.name}: its rows are of too few groups to be validated across them")
    matrix, scales = seen.scaled()
    best: tuple[float, float, NDArray[np.float64]] | None = None
    for penalty in recipe.penalty:
        held_out = np.zeros(len(truth))
        for k in np.unique(fold):
            coefficients, intercept = _solve(matrix[fold != k], truth[fold != k], weight[fold != k], penalty, valued)
            held_out[fold == k] = matrix[fold == k] @ coefficients + intercept
        loss = _loss(held_out, truth, weight, valued)
        if best is None or loss < best[0] - 1e-9:
            best = (loss, penalty, held_out)
    assert best is not None  # a recipe has at least one candidate
    _, penalty, held_out = best
    coefficients, intercept = _solve(matrix, truth, weight, penalty, valued)
    weights, shift = seen.weights(coefficients, scales)
    slope, offset = (1.0, 0.0) if valued else _platt(held_out, truth, weight)
    # the order of a sum depends on where its terms lie in memory: what it leaves in the last bits is no part of a head
    head = Head(info, weights, *(round(value, _DIGITS) for value in (intercept + shift, slope, offset)))
    return Fitted(head, head.calibrated(held_out), penalty)


def _solve(
    matrix: Matrix, truth: NDArray[np.float64], weight: NDArray[np.float64], penalty: float, valued: bool
) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression, Ridge

    if valued:
        ridge = Ridge(alpha=penalty, solver="lsqr", tol=1e-8).fit(matrix, truth, sample_weight=weight)
        return ridge.coef_.ravel(), float(ridge.intercept_)
    model = LogisticRegression(C=penalty, max_iter=_ITERATIONS, tol=1e-5).fit(matrix, truth, sample_weight=weight)
    return model.coef_.ravel(), float(model.intercept_[0])


def _loss(score: NDArray[np.float64], truth: NDArray[np.float64], weight: NDArray[np.float64], valued: bool) -> float:
    """Return the mean squared error of values, or the log loss of scores, weighted."""
    each = (score - truth) ** 2 if valued else np.logaddexp(0.0, np.where(truth > 0, -score, score))
    return float(np.average(each, weights=weight))


def _platt(score: NDArray[np.float64], truth: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    """Return slope and offset of the logistic that fits held-out scores best (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, tol=1e-8, max_iter=_ITERATIONS).fit(score[:, None], truth, sample_weight=weight)
    return float(model.coef_[0, 0]), float(model.intercept_[0])
