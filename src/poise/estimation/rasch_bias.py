"""Where raters depart from their own severity: towards groups, over time, and after earlier interviews of the day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as t_distribution

from poise.estimation.rasch import RaschFit
from poise.estimation.rasch_likelihood import moments, predictor, steps_of
from poise.estimation.threads import one_thread

__all__ = ["Bias", "Drift", "bias", "drift", "holm", "order_contrast", "time_blocks"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Bias(NamedTuple):
    """One interaction term per cell, the main effects held.

    ``estimate`` is in logits, above zero where the cell was rated more severely than its main effects say; ``excess``
    is the mean difference of observed and expected category. ``p_holm`` corrects for looking at all cells.
    """

    cell: Ints  # codes with at least the least ratings
    ratings: Ints
    estimate: Floats
    se: Floats
    t: Floats
    p: Floats
    p_holm: Floats
    excess: Floats


class Drift(NamedTuple):
    """Terms of rater x time block, with who, and which part of their time (from 0)."""

    rater: Ints
    block: Ints
    terms: Bias


def holm(p: ArrayLike) -> Floats:
    """Return Holm's (1979) adjusted p-values: the chance of any false alarm stays below each."""
    raw = np.asarray(p, dtype=float)
    order = np.argsort(raw, kind="stable")
    adjusted = np.maximum.accumulate(raw[order] * np.arange(raw.size, 0, -1)) if raw.size else raw
    found = np.empty_like(raw)
    found[order] = np.minimum(adjusted, 1.0)
    return found


@one_thread
def bias(found: RaschFit, cells: ArrayLike, *, least: int = 5, inwards: float = 0.3) -> Bias:
    """Return one bias term per cell of ratings, for example rater x group of persons.

    Parameters
    ----------
    cells
        Code from 0 of each rating, in the order of the fit; below 0: in no cell.
    least
        Ratings that a cell needs.
    inwards
        Score points by which the total of a cell rated at one end throughout is moved inwards.

    Notes
    -----
    Linacre (1989): with main effects held, the term at which a cell's expected total equals the observed; its
    standard error is 1 / sqrt(sum of variances), t has one degree of freedom less than ratings. ValueError where
    lengths differ.
    """
    design, solution = found.design, found.solution
    codes = np.asarray(cells, dtype=np.int64)
    if codes.shape != (design.n,):
        raise ValueError(f"{design.n} ratings, but {codes.size} cells")
    inside = codes >= 0
    size = int(codes.max(initial=-1)) + 1
    own, scores = codes[inside], design.scores[inside]
    count = np.bincount(own, minlength=size)
    total = np.bincount(own, scores, minlength=size)
    target = np.clip(total, np.minimum(inwards, count / 2), count * design.top - np.minimum(inwards, count / 2))
    steps = steps_of(design, solution.others)
    eta = np.concatenate([predictor(design, solution.persons, solution.others, rows) for rows in design.blocks()])[
        inside
    ]
    by_row = steps if design.n_groups == 1 else steps[:, design.groups[inside]]
    estimate = np.zeros(size)
    information, excess = np.ones(size), np.zeros(size)
    for turn in range(50):
        own_moments = moments(eta - estimate[own], by_row)
        expected = np.bincount(own, own_moments.expected, minlength=size)
        information = np.maximum(np.bincount(own, own_moments.variance, minlength=size), 1e-9)
        if turn == 0:
            excess = (total - expected) / np.maximum(count, 1)
        move = np.clip((expected - target) / information, -1.0, 1.0) * (count > 0)
        estimate += move
        if np.abs(move).max(initial=0) < 1e-7:
            break
    chosen = np.flatnonzero(count >= max(least, 2))
    se = 1 / np.sqrt(information[chosen])
    t = np.asarray(estimate[chosen] / se)
    p = np.asarray(2 * t_distribution.sf(np.abs(t), count[chosen] - 1), dtype=np.float64)
    return Bias(chosen, count[chosen], estimate[chosen], se, t, p, holm(p), excess[chosen])


def time_blocks(raters: ArrayLike, at: ArrayLike, *, blocks: int = 4) -> Ints:
    """Return which of each rater's ``blocks`` equal parts every rating fell in, by time; -1 where time is unknown.

    Ratings of one rater at one instant stay together. ``at`` is in any unit, NaN where unknown.
    """
    who, when = np.asarray(raters, dtype=np.int64), np.asarray(at, dtype=float)
    place = np.full(who.size, -1, dtype=np.int64)
    known = np.flatnonzero(np.isfinite(when))
    if not known.size:
        return place
    order = known[np.lexsort((when[known], who[known]))]
    first = np.concatenate([[True], who[order][1:] != who[order][:-1]])
    starts = np.flatnonzero(first)
    rank = np.arange(order.size) - np.repeat(starts, np.diff([*starts, order.size]))
    many = np.repeat(np.diff([*starts, order.size]), np.diff([*starts, order.size]))
    same = ~first & np.concatenate([[False], when[order][1:] == when[order][:-1]])
    rank[same] = 0
    # instants that are equal take the rank of the first of them
    anchor = np.maximum.accumulate(np.where(same, 0, np.arange(order.size)))
    place[order] = (rank[anchor] * blocks) // many
    return place


def drift(found: RaschFit, raters: ArrayLike, at: ArrayLike, *, blocks: int = 4, least: int = 5) -> Drift:
    """Return how each rater's severity moves over their own time: a term per rater and block."""
    who = np.asarray(raters, dtype=np.int64)
    place = time_blocks(who, at, blocks=blocks)
    terms = bias(found, np.where(place >= 0, who * blocks + place, -1), least=least)
    return Drift(terms.cell // blocks, terms.cell % blocks, terms)


def order_contrast(raters: ArrayLike, days: ArrayLike, at: ArrayLike, persons: ArrayLike, ratings: ArrayLike) -> Floats:
    """Return the covariate of the contrast effect: the mean of what the rater gave earlier that day, to other people.

    Parameters
    ----------
    raters, persons
        Codes from 0. ``days``: code of the calendar day, below 0 where unknown. ``at``: time in any unit.

    Returns
    -------
    ndarray
        By rating: the mean of the rater's ratings of persons whom they first rated earlier on the same day, less the
        mean of that figure over the rater's ratings; 0 for the first person of a day and where the time is unknown.

    Notes
    -----
    Simonsohn & Gino (2013): after a good morning the next candidate is rated lower. A negative coefficient says so.
    """
    who, day = np.asarray(raters, dtype=np.int64), np.asarray(days, dtype=np.int64)
    when, rated = np.asarray(at, dtype=float), np.asarray(persons, dtype=np.int64)
    value = np.asarray(ratings, dtype=float)
    contrast = np.zeros(value.size)
    known = np.flatnonzero((day >= 0) & np.isfinite(when))
    if not known.size:
        return contrast
    session = np.unique(np.stack([who[known], day[known]]), axis=1, return_inverse=True)[1].ravel()
    pair, inverse = np.unique(np.stack([session, rated[known]]), axis=1, return_inverse=True)
    inverse = inverse.ravel()
    began = np.full(pair.shape[1], np.inf)
    np.minimum.at(began, inverse, when[known])
    total = np.bincount(inverse, value[known])
    count = np.bincount(inverse)
    order = np.lexsort((pair[1], began, pair[0]))
    sums, counts = np.cumsum(total[order]) - total[order], np.cumsum(count[order]) - count[order]
    starts = np.flatnonzero(np.concatenate([[True], pair[0][order][1:] != pair[0][order][:-1]]))
    lengths = np.diff([*starts, order.size])
    sums -= np.repeat(sums[starts], lengths)
    counts -= np.repeat(counts[starts], lengths)
    earlier = np.full(order.size, np.nan)
    earlier[order] = np.divide(sums, counts, out=np.full(order.size, np.nan), where=counts > 0)
    of_rating = earlier[inverse]
    there = np.isfinite(of_rating)
    rows = known[there]
    raw = of_rating[there]
    n = np.maximum(np.bincount(who[rows], minlength=int(who.max()) + 1), 1)
    contrast[rows] = raw - (np.bincount(who[rows], raw, minlength=n.size) / n)[who[rows]]
    return contrast
