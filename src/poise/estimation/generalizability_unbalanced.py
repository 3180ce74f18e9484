"""Variance components of any random design with ratings missing: REML, or Henderson's method I where it is large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, lapack
from scipy.optimize import minimize

from poise.estimation.generalizability import Components
from poise.estimation.threads import one_thread

__all__ = ["REML_LEVELS", "Method", "Unbalanced", "components", "interaction"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Method = Literal["reml", "henderson"]

REML_LEVELS: Final = 800
"""Levels of all effects together up to which REML is used unless asked otherwise: one step costs their cube."""

_FLOOR = -14.0  # log of the smallest ratio to the error variance; below it a component is zero
_CEILING = 9.0


class Unbalanced(NamedTuple):
    """Components with how they were estimated."""

    components: Components
    mean: float
    method: Method


def interaction(*codes: ArrayLike) -> Ints:
    """Return one code per combination of codes: ``interaction(person, task)`` is the effect pt."""
    joint = np.zeros(np.asarray(codes[0]).shape, dtype=np.int64)
    for one in codes:
        own = np.unique(np.asarray(one), return_inverse=True)[1]
        joint = np.unique(joint * (int(own.max(initial=0)) + 1) + own, return_inverse=True)[1].astype(np.int64)
    return joint


@one_thread
def components(values: ArrayLike, effects: Mapping[str, ArrayLike], *, method: Method | None = None) -> Unbalanced:
    """Return the variance components of ratings with any pattern of missing cells.

    Parameters
    ----------
    values
        Ratings, one per row.
    effects
        Name of each random effect and its code per row; combine codes with :func:`interaction`. What is left over
        is ``error``. p x (r:t): ``{"p": p, "t": t, "r:t": interaction(t, r), "pt": interaction(p, t)}``.
    method
        REML, or Henderson's first method; by the size of the design where None.

    Notes
    -----
    REML maximises the restricted likelihood over the ratios of the components to the error variance, each step
    solving Henderson's mixed-model equations (Patterson & Thompson 1971). Henderson I (1953) equates uncorrected
    sums of squares with their expectations: unbiased, one pass, for designs too large for REML. Estimates below zero
    (Henderson) are set to zero and named; REML's lie at zero and are named when they reach the bound.
    ValueError where lengths differ, an effect has one level, or one level for every rating.
    """
    y = np.asarray(values, dtype=float)
    codes = {name: np.unique(np.asarray(one), return_inverse=True)[1].astype(np.int64) for name, one in effects.items()}
    if any(one.shape != y.shape for one in codes.values()) or not np.isfinite(y).all():
        raise ValueError("every rating needs a finite value and a code of every effect")
    levels = {name: int(one.max(initial=-1)) + 1 for name, one in codes.items()}
    for name, count in levels.items():
        if count < 2:
            raise ValueError(f"{name} has {count} level: nothing varies with it")
        if count >= y.size:
            raise ValueError(f"{name} has a level of its own for every rating: it cannot be told from error")
    chosen = method or ("reml" if sum(levels.values()) <= REML_LEVELS else "henderson")
    mean = float(y.mean())
    if np.ptp(y) == 0:
        return Unbalanced(Components({**dict.fromkeys(codes, 0.0), "error": 0.0}, (), y.size), mean, chosen)
    found, mean = (_reml if chosen == "reml" else _henderson)(y, codes)
    scale = 1e-9 * float(y.var())
    negative = tuple(name for name, value in found.items() if value <= (0.0 if chosen == "reml" else -scale))
    settled = {name: max(value, 0.0) for name, value in found.items()}
    return Unbalanced(Components(settled, negative, y.size), mean, chosen)


def _incidence(codes: Ints) -> sparse.csr_array:
    n = codes.size
    return sparse.csr_array((np.ones(n), (np.arange(n), codes)), shape=(n, int(codes.max()) + 1))


def _reml(y: Floats, codes: Mapping[str, Ints]) -> tuple[dict[str, float], float]:
    n = y.size
    parts = [_incidence(one) for one in codes.values()]
    sizes = [part.shape[1] for part in parts]
    z = sparse.hstack([sparse.csr_array(np.ones((n, 1))), *parts], format="csr")
    gram = np.asarray((z.T @ z).todense())
    right = np.asarray(z.T @ y)
    squares = float(y @ y)
    owner = np.repeat(np.arange(len(sizes)), sizes)

    def solved(logs: Floats) -> tuple[float, Floats, Floats, float]:
        ratios = np.exp(logs)
        system = gram.copy()
        place = np.arange(1, len(gram))
        system[place, place] += 1 / ratios[owner]
        factor = cho_factor(system, lower=True, check_finite=False)
        effects = cho_solve(factor, right, check_finite=False)
        variance = (squares - float(right @ effects)) / (n - 1)
        determinant = 2 * float(np.log(np.diag(factor[0])).sum())
        objective = determinant + float(np.dot(sizes, logs)) + (n - 1) * np.log(variance)
        inverse = np.diag(lapack.dpotri(factor[0], lower=1)[0])[1:]
        quadratic = np.bincount(owner, effects[1:] ** 2, minlength=len(sizes)) / variance
        trace = np.bincount(owner, inverse, minlength=len(sizes))
        gradient = np.asarray(sizes) - (quadratic + trace) / ratios
        return float(objective), np.asarray(gradient), effects, float(variance)

    def objective_and_gradient(logs: Floats) -> tuple[float, Floats]:
        return solved(logs)[:2]

    best = minimize(
        objective_and_gradient,
        np.full(len(sizes), -1.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(_FLOOR, _CEILING)] * len(sizes),
        options={"ftol": 1e-11, "gtol": 1e-5, "maxiter": 60},
    )
    _, _, effects, variance = solved(best.x)
    ratios = np.where(best.x <= _FLOOR + 1, 0.0, np.exp(best.x))
    found = {name: float(ratio * variance) for name, ratio in zip(codes, ratios, strict=True)}
    return {**found, "error": variance}, float(effects[0])


def _henderson(y: Floats, codes: Mapping[str, Ints]) -> tuple[dict[str, float], float]:
    names = list(codes)
    n = y.size
    mean = float(y.mean())
    y = y - mean  # expectations do not change; rounding does
    counts = {name: np.bincount(one).astype(float) for name, one in codes.items()}

    def expected(of: str) -> list[float]:
        """Return the weight of every component in the uncorrected sum of squares of effect ``of``."""
        row = []
        for name in names:
            if name == of:
                row.append(float(n))
                continue
            width = counts[name].size
            cells, times = np.unique(codes[of] * width + codes[name], return_counts=True)
            row.append(float((times.astype(float) ** 2 / counts[of][cells // width]).sum()))
        return [*row, float(counts[of].size)]

    total = [*([float(n)] * len(names)), float(n)]
    correction = [*(float((counts[name] ** 2).sum()) / n for name in names), 1.0]
    sums = [float((np.bincount(codes[name], y) ** 2 / counts[name]).sum()) for name in names]
    of_mean = float(y.sum()) ** 2 / n
    left = np.array([expected(name) for name in names] + [total]) - np.array(correction)
    right = np.array([*sums, float(y @ y)]) - of_mean
    solution, *_ = np.linalg.lstsq(left, right, rcond=None)
    return {name: float(value) for name, value in zip([*names, "error"], solution, strict=True)}, mean
