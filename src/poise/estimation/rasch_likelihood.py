"""The likelihood of many-facet Rasch models: category probabilities, gradients and information, in one pass.

ln(P_k / P_(k-1)) = person - sum of facets + covariates - threshold_k. Ratings are taken in blocks that fit the
processor's cache; sums by element are ``bincount``; persons meet the other parameters in a sparse matrix, because a
person is rated by few raters. Nothing here knows priors: :mod:`poise.estimation.rasch` adds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = [
    "Design",
    "Information",
    "Layout",
    "Moments",
    "information",
    "laplace_gradient",
    "moments",
    "predictor",
    "steps_of",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCK = 65_536


@dataclass(frozen=True)
class Design:
    """Ratings as codes.

    Attributes
    ----------
    scores
        Category of each rating, 0 to ``top``.
    persons
        Code of the person rated.
    facets
        Codes of every other facet (raters, items, ...), in order.
    levels
        Number of persons, then of levels of each facet.
    groups
        Which thresholds apply (one group in a rating-scale model; the item in a partial-credit model).
    covariates
        Ratings x covariates.
    """

    scores: Ints
    persons: Ints
    facets: tuple[Ints, ...]
    levels: tuple[int, ...]
    groups: Ints
    n_groups: int
    top: int
    covariates: Floats

    @property
    def n(self) -> int:
        """Number of ratings."""
        return int(self.scores.size)

    @cached_property
    def layout(self) -> Layout:
        """Where each parameter beside persons stands."""
        starts = np.cumsum([0, *self.levels[1:]])
        spans = [slice(int(a), int(b)) for a, b in pairwise(starts)]
        at = int(starts[-1])
        covariates = slice(at, at + self.covariates.shape[1])
        mean = covariates.stop
        thresholds = slice(mean + 1, mean + 1 + self.n_groups * self.top)
        return Layout(tuple(spans), covariates, mean, thresholds)

    @cached_property
    def pairs(self) -> tuple[tuple[Ints, Ints, Ints], ...]:
        """For every facet, and last for groups: which persons meet which levels, and the pair of each rating."""
        found = []
        for codes, width in [*zip(self.facets, self.levels[1:], strict=True), (self.groups, self.n_groups)]:
            cells, inverse = np.unique(self.persons * width + codes, return_inverse=True)
            found.append((cells // width, cells % width, inverse.astype(np.int64)))
        return tuple(found)

    def blocks(self) -> Iterator[slice]:
        """Yield slices of ratings."""
        for begin in range(0, self.n, _BLOCK):
            yield slice(begin, min(begin + _BLOCK, self.n))


@dataclass(frozen=True)
class Layout:
    """Positions of the parameters beside persons in one vector: facets, covariates, mean of persons, thresholds."""

    facets: tuple[slice, ...]
    covariates: slice
    mean: int
    thresholds: slice

    @property
    def size(self) -> int:
        """Number of parameters beside persons."""
        return int(self.thresholds.stop)


@dataclass(frozen=True)
class Moments:
    """What the model expects of each rating of a block: ``(ratings,)``, and by threshold ``(top, ratings)``."""

    expected: Floats
    variance: Floats
    above: Floats  # P(score >= j), j = 1 .. top
    with_above: Floats  # Cov(score, score >= j)
    log_likelihood: float
    probabilities: Floats  # (top + 1, ratings)

    def skewness(self) -> tuple[Floats, Floats]:
        """Return how the variance moves with the predictor (third moment), and with each threshold."""
        squared = (np.arange(len(self.probabilities))[:, None] - self.expected) ** 2
        third = ((np.arange(len(self.probabilities))[:, None] - self.expected) * squared * self.probabilities).sum(
            axis=0
        )
        from_top = np.cumsum((squared * self.probabilities)[:0:-1], axis=0)[::-1]
        return third, from_top - self.variance * self.above


@dataclass(frozen=True)
class Information:
    """Log-likelihood with first and (expected = observed) second derivatives."""

    log_likelihood: float
    person_gradient: Floats
    gradient: Floats
    person_information: Floats  # diagonal
    cross: sparse.csr_array  # persons x others
    information: Floats  # others x others
    skewness: tuple[Floats, Floats] | None  # by rating, as Moments.skewness; None unless asked for


def predictor(design: Design, persons: Floats, others: Floats, rows: slice) -> Floats:
    """Return what each rating of ``rows`` is expected around, in logits."""
    eta = persons[design.persons[rows]]
    for codes, span in zip(design.facets, design.layout.facets, strict=True):
        eta -= others[span][codes[rows]]
    if design.covariates.shape[1]:
        eta += design.covariates[rows] @ others[design.layout.covariates]
    return eta


def moments(eta: Floats, steps: Floats, scores: Ints | None = None) -> Moments:
    """Return the moments of ratings around ``eta``.

    Parameters
    ----------
    eta
        Predictor, ``(ratings,)``.
    steps
        Sums of thresholds up to each category 1 .. top, ``(top, ratings)`` or ``(top, 1)``.
    scores
        The ratings themselves, for the log-likelihood; 0 without them.
    """
    top = steps.shape[0]
    logits = np.empty((top + 1, eta.size))
    logits[0] = 0.0
    np.multiply(np.arange(1, top + 1)[:, None], eta, out=logits[1:])
    logits[1:] -= steps
    logits -= logits.max(axis=0)
    log_likelihood = 0.0
    if scores is not None:
        log_likelihood = float(np.take_along_axis(logits, scores[None, :], axis=0).sum())
    np.exp(logits, out=logits)
    total = logits.sum(axis=0)
    if scores is not None:
        log_likelihood -= float(np.log(total).sum())
    logits /= total
    above = np.cumsum(logits[:0:-1], axis=0)[::-1]
    expected = above.sum(axis=0)
    # sum over scores >= j of the score: summed by parts from the top
    weighted = np.cumsum((logits[1:] * np.arange(1, top + 1)[:, None])[::-1], axis=0)[::-1]
    with_above = weighted - expected * above
    variance = with_above.sum(axis=0)
    return Moments(expected, variance, above, with_above, log_likelihood, logits)


def steps_of(design: Design, others: Floats) -> Floats:
    """Return the sums of thresholds, ``(top, groups)``."""
    return np.asarray(np.cumsum(others[design.layout.thresholds].reshape(design.n_groups, design.top), axis=1).T)


def information(design: Design, persons: Floats, others: Floats, *, skewness: bool = False) -> Information:
    """Return log-likelihood, gradient and information at these parameters; ``skewness``: third moments too."""
    layout, top, n_groups = design.layout, design.top, design.n_groups
    steps = steps_of(design, others)
    n_covariates = design.covariates.shape[1]
    variance = np.empty(design.n)
    residual = np.empty(design.n)
    with_above = np.empty((top, design.n))
    third = np.empty(design.n if skewness else 0)
    third_above = np.empty((top, third.size))
    log_likelihood = 0.0
    threshold_gradient = np.zeros((n_groups, top))
    threshold_information = np.zeros((n_groups, top, top))
    lower = np.tril_indices(top)
    for rows in design.blocks():
        groups = design.groups[rows]
        eta = predictor(design, persons, others, rows)
        own = moments(eta, steps if n_groups == 1 else steps[:, groups], design.scores[rows])
        log_likelihood += own.log_likelihood
        variance[rows], with_above[:, rows] = own.variance, own.with_above
        if skewness:
            third[rows], third_above[:, rows] = own.skewness()
        np.subtract(design.scores[rows], own.expected, out=residual[rows])
        for j in range(top):
            gap = own.above[j] - (design.scores[rows] > j)
            threshold_gradient[:, j] += sum_by(groups, gap, n_groups)
        for high, low in zip(*lower, strict=True):  # P(>= high and >= low) = P(>= high)
            covariance = sum_by(groups, own.above[high] * (1 - own.above[low]), n_groups)
            threshold_information[:, high, low] += covariance
            if low != high:
                threshold_information[:, low, high] += covariance
    gradient, matrix = np.zeros(layout.size), np.zeros((layout.size, layout.size))
    gradient[layout.thresholds] = threshold_gradient.ravel()
    for group in range(n_groups):
        own_span = slice(layout.thresholds.start + group * top, layout.thresholds.start + (group + 1) * top)
        matrix[own_span, own_span] = threshold_information[group]
    for place, (codes, span) in enumerate(zip(design.facets, layout.facets, strict=True)):
        count = design.levels[place + 1]
        gradient[span] = -sum_by(codes, residual, count)
        matrix[span, span] = np.diag(sum_by(codes, variance, count))
        for later in range(place + 1, len(design.facets)):
            width = design.levels[later + 1]
            both = sum_by(codes * width + design.facets[later], variance, count * width)
            matrix[span, layout.facets[later]] = both.reshape(count, width)
        by_threshold = [sum_by(codes * n_groups + design.groups, with_above[j], count * n_groups) for j in range(top)]
        matrix[span, layout.thresholds] = np.stack(by_threshold, axis=1).reshape(count, n_groups * top)
        for a in range(n_covariates):
            weighted = variance * design.covariates[:, a]
            matrix[span, layout.covariates.start + a] = -sum_by(codes, weighted, count)
    for a in range(n_covariates):
        column = design.covariates[:, a]
        at = layout.covariates.start + a
        gradient[at] = float(residual @ column)
        for b in range(a, n_covariates):
            matrix[at, layout.covariates.start + b] = float((variance * column) @ design.covariates[:, b])
        by_group = [sum_by(design.groups, with_above[j] * column, n_groups) for j in range(top)]
        matrix[at, layout.thresholds] = -np.stack(by_group, axis=1).ravel()
    upper = np.triu(matrix, 1)
    matrix = upper + upper.T + np.diag(np.diag(matrix))
    count = design.levels[0]
    return Information(
        log_likelihood,
        sum_by(design.persons, residual, count),
        gradient,
        sum_by(design.persons, variance, count),
        _cross(design, variance, with_above),
        matrix,
        (third, third_above) if skewness else None,
    )


def laplace_gradient(design: Design, found: Information, held: float) -> tuple[Floats, Floats]:
    """Return what integrating persons out adds to the gradient, and by how much their skewness moves each person.

    Laplace's approximation of the marginal likelihood subtracts half the log of each person's information h from
    the joint likelihood at the person's mode; the mode, and so h, moves with the other parameters. ``held`` is the
    prior precision of persons. The second value is third moment / h^2 by person.
    """
    assert found.skewness is not None
    third, third_above = found.skewness
    layout, n_groups = design.layout, design.n_groups
    h = np.maximum(found.person_information + held, 1e-12)
    skew = sum_by(design.persons, third, design.levels[0]) / h**2
    weight = 1 / h[design.persons]
    weighted = third * weight
    added = np.zeros(layout.size)
    for codes, span, count in zip(design.facets, layout.facets, design.levels[1:], strict=True):
        added[span] = sum_by(codes, weighted, count)
    added[layout.covariates] = -(weighted @ design.covariates)
    by_group = [sum_by(design.groups, one * weight, n_groups) for one in third_above]
    added[layout.thresholds] = np.stack(by_group, axis=1).ravel()
    added += found.cross.T @ skew
    added[layout.mean] = -held * float(skew.sum())
    return 0.5 * added, skew


def sum_by(codes: Ints, values: Floats, size: int) -> Floats:
    """Return the sums of ``values`` by code."""
    if size == 1:
        return np.array([values.sum()])
    return np.asarray(np.bincount(codes, values, minlength=size), dtype=np.float64)


def _cross(design: Design, variance: Floats, with_above: Floats) -> sparse.csr_array:
    """Return the information that persons share with all other parameters."""
    rows: list[Ints] = []
    columns: list[Ints] = []
    data: list[Floats] = []

    def add(person: Ints, column: Ints, values: Floats) -> None:
        rows.append(person)
        columns.append(column)
        data.append(values)

    layout = design.layout
    for (person, level, inverse), span in zip(design.pairs[:-1], layout.facets, strict=True):
        add(person, level + span.start, -sum_by(inverse, variance, person.size))
    everyone = np.arange(design.levels[0])
    for a in range(design.covariates.shape[1]):
        weighted = sum_by(design.persons, variance * design.covariates[:, a], everyone.size)
        add(everyone, np.full(everyone.size, layout.covariates.start + a), weighted)
    person, group, inverse = design.pairs[-1]
    for j in range(design.top):
        at = layout.thresholds.start + group * design.top + j
        add(person, at, -sum_by(inverse, with_above[j], person.size))
    shape = (design.levels[0], layout.size)
    return sparse.csr_array((_joined(data), (_joined(rows), _joined(columns))), shape=shape)


def _joined(parts: Sequence[NDArray[np.generic]]) -> NDArray[np.generic]:
    return np.concatenate(parts) if parts else np.zeros(0)
