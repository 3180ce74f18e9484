"""Newton steps on all parameters of a many-facet Rasch model at once, persons eliminated first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from poise.estimation.rasch_likelihood import Design, Information, information, laplace_gradient

__all__ = ["PRIOR_SD", "PRIOR_WEIGHT", "Solution", "solve"]

Floats = NDArray[np.float64]

PRIOR_SD: Final = 0.5
"""Standard deviation in logits that a facet with very few levels is taken to have."""
PRIOR_WEIGHT: Final = 2.0
"""Levels that this prior counts for: with ten raters or a thousand persons it hardly shows."""

_THRESHOLD_SD = 5.0  # so weak that it only holds thresholds which no rating can place
_COVARIATE_SD = 5.0
_LARGEST_STEP = 2.0
_PEOPLE = 8192  # of one block of rows


@dataclass(frozen=True)
class Solution:
    """Estimates: persons, then all other parameters as :class:`~poise.estimation.rasch_likelihood.Layout` has them.

    ``sds`` are the standard deviations of persons and of each facet (NaN in JMLE); ``covariance`` that of the other
    parameters.
    """

    persons: Floats
    person_ses: Floats
    others: Floats
    ses: Floats
    sds: tuple[float, ...]
    covariance: Floats
    log_likelihood: float
    iterations: int
    converged: bool


@dataclass(frozen=True)
class _Frame:
    """Which combinations of parameters move, and what prior holds each."""

    basis: Floats  # others x free
    owner: NDArray[np.int64]  # per free parameter: index of its variance, -1 where fixed
    fixed: Floats  # prior precision where it is not estimated
    mean: int | None  # the free parameter that is the mean of persons; None where nothing holds persons


@dataclass(frozen=True)
class _Step:
    """One solved Newton system, with what its inverse is made of."""

    persons: Floats
    free: Floats
    inverse: Floats  # of the free parameters, persons eliminated
    diagonal: Floats  # persons' own information with its prior
    cross: sparse.csr_array  # persons x others, without the prior
    held: float  # prior precision of persons
    frame: _Frame


def _zero_sum(n: int) -> Floats:
    """Return an orthonormal basis of vectors that sum to zero, ``(n, n - 1)``."""
    basis = np.zeros((n, max(n - 1, 0)))
    for k in range(1, n):
        basis[:k, k - 1] = 1.0
        basis[k, k - 1] = -k
        basis[:, k - 1] /= np.sqrt(k * (k + 1))
    return basis


def _frame(design: Design, *, penalised: bool, common: bool) -> _Frame:
    layout = design.layout
    columns: list[Floats] = []
    owner: list[int] = []
    fixed: list[float] = []

    def add(rows: slice, basis: Floats, variance: int, precision: float = 0.0) -> None:
        block = np.zeros((layout.size, basis.shape[1]))
        block[rows] = basis
        columns.append(block)
        owner.extend([variance] * basis.shape[1])
        fixed.extend([precision] * basis.shape[1])

    for place, (codes, span) in enumerate(zip(design.facets, layout.facets, strict=True)):
        used = np.flatnonzero(np.bincount(codes, minlength=design.levels[place + 1]) > 0)
        basis = np.zeros((design.levels[place + 1], max(used.size - 1, 0)))
        basis[used] = _zero_sum(used.size)
        add(span, basis, place + 1 if penalised else -1)
    weak = 1.0 if penalised else 0.0
    add(layout.covariates, np.eye(design.covariates.shape[1]), -1, weak / _COVARIATE_SD**2)
    mean = sum(one.shape[1] for one in columns) if penalised else None
    if penalised:
        add(slice(layout.mean, layout.mean + 1), np.eye(1), -1)
    steps = _zero_sum(design.top)
    if common or penalised:
        add(layout.thresholds, np.tile(steps, (design.n_groups, 1)), -1, weak / _THRESHOLD_SD**2)
    if not common:
        own = np.asarray(np.kron(np.eye(design.n_groups), steps), dtype=np.float64)
        add(layout.thresholds, own, len(design.levels) if penalised else -1)
    return _Frame(np.hstack(columns), np.array(owner, dtype=np.int64), np.array(fixed), mean)


def solve(design: Design, *, penalised: bool, common_thresholds: bool, most_iterations: int = 200) -> Solution:
    """Return the estimates of ``design``.

    Parameters
    ----------
    penalised
        Normal priors on persons (around their mean), on the levels of each facet and, with thresholds of their own,
        on their differences; variances by empirical Bayes: at each step the mean square of the estimates over what
        the data leave free (MacKay 1992), with :data:`PRIOR_WEIGHT` levels of :data:`PRIOR_SD` added.
    common_thresholds
        One set of thresholds for all groups.
    """
    frame = _frame(design, penalised=penalised, common=common_thresholds)
    variances = np.full(len(design.levels) + 1, 1.0 if penalised else np.inf)
    persons, others = _start(design)
    free = np.asarray(np.linalg.lstsq(frame.basis, others, rcond=None)[0], dtype=np.float64)
    best, before = -np.inf, (persons, free)
    converged = False
    taken = 0
    while taken < most_iterations and not converged:
        taken += 1
        found = information(design, persons, frame.basis @ free, skewness=penalised)
        value = found.log_likelihood - _penalty(persons, free, variances, frame)
        if value < best - 1e-7 * abs(best):
            persons, free = (persons + before[0]) / 2, (free + before[1]) / 2
            continue
        added, skew = laplace_gradient(design, found, 1 / float(variances[0])) if penalised else (0.0, None)
        step = _newton(found, persons, free, variances, frame, added)
        before, best = (persons, free), value
        largest = max(float(np.abs(one).max(initial=0)) for one in (step.persons, frame.basis @ step.free))
        damp = min(1.0, _LARGEST_STEP / largest) if largest > 0 else 1.0
        persons, free = persons + damp * step.persons, free + damp * step.free
        moved = 0.0
        if penalised and largest < 1.0:
            updated = _variances(persons, free, variances, step, frame, skew)
            moved = float(np.abs(np.log(updated / variances)).max())
            variances, best = updated, -np.inf  # the objective changes with its priors
        if largest < (1e-4 if penalised else 1e-9) and moved < 2e-3:
            converged = True
    found = information(design, persons, frame.basis @ free)
    step = _newton(found, persons, free, variances, frame)
    covariance = frame.basis @ step.inverse @ frame.basis.T
    if penalised:
        person_ses, ses = np.sqrt(_person_variances(step)), np.sqrt(np.maximum(np.diag(covariance), 0))
    else:
        # as FACETS prints them: other parameters taken as known
        with np.errstate(divide="ignore"):
            person_ses, ses = 1 / np.sqrt(found.person_information), 1 / np.sqrt(np.diag(found.information))
    return Solution(
        persons,
        person_ses,
        frame.basis @ free,
        ses,
        tuple(float(one) if penalised else float("nan") for one in np.sqrt(variances[: len(design.levels)])),
        covariance,
        found.log_likelihood,
        taken,
        converged,
    )


def _start(design: Design) -> tuple[Floats, Floats]:
    """Return log-odds of totals: near enough for a few Newton steps."""

    def of(codes: NDArray[np.int64], count: int) -> Floats:
        n = np.bincount(codes, minlength=count)
        share = (np.bincount(codes, design.scores, minlength=count) + 0.5) / (n * design.top + 1.0)
        return np.asarray(np.log(share / (1 - share)))

    others = np.zeros(design.layout.size)
    for place, span in enumerate(design.layout.facets):
        levels = of(design.facets[place], design.levels[place + 1])
        used = np.bincount(design.facets[place], minlength=levels.size) > 0
        others[span] = np.where(used, levels[used].mean() - levels, 0.0)
    # log of neighbouring counts places thresholds that sum to zero
    count = np.bincount(design.scores, minlength=design.top + 1) + 0.5
    steps = np.log(count[:-1] / count[1:])
    others[design.layout.thresholds] = np.tile(steps - steps.mean(), design.n_groups)
    persons = of(design.persons, design.levels[0])
    others[design.layout.mean] = float(persons.mean())
    return persons, others


def _precision(variances: Floats, frame: _Frame) -> Floats:
    own = np.where(frame.owner >= 0, 1 / variances[np.maximum(frame.owner, 0)], 0.0)
    return np.asarray(own + frame.fixed)


def _penalty(persons: Floats, free: Floats, variances: Floats, frame: _Frame) -> float:
    around = persons - (free[frame.mean] if frame.mean is not None else 0.0)
    return 0.5 * (
        float((around**2).sum()) / float(variances[0]) + float((_precision(variances, frame) * free**2).sum())
    )


def _newton(
    found: Information, persons: Floats, free: Floats, variances: Floats, frame: _Frame, added: Floats | float = 0.0
) -> _Step:
    """Solve one Newton system: persons by their diagonal, the rest by its Schur complement.

    ``added`` joins the gradient of the other parameters once persons have gone their way.
    """
    held = 1 / float(variances[0])
    diagonal = found.person_information + held
    # nobody rated them: they stay where they are
    diagonal = np.where(diagonal > 0, diagonal, 1.0)
    person_gradient = found.person_gradient.copy()
    gradient = frame.basis.T @ found.gradient
    system = frame.basis.T @ found.information @ frame.basis
    scaled = sparse.diags_array(1 / diagonal) @ found.cross
    if frame.mean is not None:
        around = persons - free[frame.mean]
        person_gradient -= held * around
        gradient[frame.mean] += held * float(around.sum())
        system[frame.mean, frame.mean] += held * persons.size
    precision = _precision(variances, frame)
    gradient -= precision * free
    system[np.diag_indices_from(system)] += precision
    eliminated = frame.basis.T @ np.asarray((found.cross.T @ scaled).todense()) @ frame.basis
    moved = frame.basis.T @ (scaled.T @ person_gradient)
    if frame.mean is not None:
        # the mean of persons meets every person by -held
        with_mean = -held * (frame.basis.T @ np.asarray(scaled.sum(axis=0)).ravel())
        eliminated[frame.mean] += with_mean
        eliminated[:, frame.mean] += with_mean
        eliminated[frame.mean, frame.mean] += held**2 * float((1 / diagonal).sum())
        moved[frame.mean] += -held * float((person_gradient / diagonal).sum())
    system -= eliminated
    try:
        factor = cho_factor(system, lower=True)
    except np.linalg.LinAlgError as error:
        raise ValueError("the facets cannot be told apart: one is a combination of the others") from error
    integrated = frame.basis.T @ np.broadcast_to(added, len(frame.basis))
    step = cho_solve(factor, gradient - moved + integrated)
    back = found.cross @ (frame.basis @ step)
    if frame.mean is not None:
        back = back - held * step[frame.mean]
    inverse = cho_solve(factor, np.eye(len(system)))
    return _Step((person_gradient - back) / diagonal, step, inverse, diagonal, found.cross, held, frame)


def _person_variances(step: _Step, *, around_mean: bool = False) -> Floats:
    """Return each person's variance in the joint inverse; ``around_mean``: of the distance from the mean of persons."""
    frame = step.frame
    spread = frame.basis @ step.inverse @ frame.basis.T
    variance = 1 / step.diagonal
    with_mean = np.zeros(variance.size)
    column = np.zeros(len(spread)) if frame.mean is None else frame.basis @ step.inverse[:, frame.mean]
    for begin in range(0, variance.size, _PEOPLE):
        rows = slice(begin, begin + _PEOPLE)
        own = step.cross[rows]
        turned = own @ spread
        quadratic = np.asarray(own.multiply(turned).sum(axis=1)).ravel()
        met = own @ column
        if frame.mean is not None:
            at = float(step.inverse[frame.mean, frame.mean])
            quadratic = quadratic - 2 * step.held * met + step.held**2 * at
            with_mean[rows] = -(met - step.held * at) / step.diagonal[rows]
        variance[rows] += quadratic / step.diagonal[rows] ** 2
    if around_mean and frame.mean is not None:
        variance = variance + float(step.inverse[frame.mean, frame.mean]) - 2 * with_mean
    return np.asarray(variance)


def _variances(
    persons: Floats, free: Floats, variances: Floats, step: _Step, frame: _Frame, skew: Floats | None
) -> Floats:
    """Return the variances that estimates and what the data leave free speak for."""
    assert frame.mean is not None and skew is not None
    updated = variances.copy()
    # one degree of freedom per level that data determine: MacKay's gamma
    unknown = float(_person_variances(step, around_mean=True).sum()) / float(variances[0])
    around = persons - free[frame.mean]
    squares = float((around**2).sum() - (skew * around).sum())
    weight, prior = PRIOR_WEIGHT, PRIOR_WEIGHT * PRIOR_SD**2
    updated[0] = (squares + prior) / (persons.size + weight - unknown)
    left = np.diag(step.inverse)
    for place in range(1, variances.size):
        mine = frame.owner == place
        unknown = float(left[mine].sum()) / float(variances[place])
        updated[place] = (float((free[mine] ** 2).sum()) + prior) / (float(mine.sum()) + weight - unknown)
    return np.clip(updated, 1e-4, 100.0)
