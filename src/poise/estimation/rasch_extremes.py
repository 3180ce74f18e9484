"""Extreme scores in joint maximum likelihood: set aside for the fit, estimated afterwards from totals moved inwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from poise.estimation.rasch_likelihood import Design, moments, predictor, steps_of
from poise.estimation.rasch_solver import Solution

__all__ = ["estimate_extremes", "keep_estimable"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def keep_estimable(design: Design) -> tuple[Design, list[NDArray[np.bool_]]]:
    """Return the ratings without those of extreme persons and levels, and which these are, by facet.

    Setting some aside can make others extreme: it is repeated until none is left. ValueError where nothing remains.
    """
    columns = [design.persons, *design.facets]
    extreme = [np.zeros(size, dtype=bool) for size in design.levels]
    kept = np.ones(design.n, dtype=bool)
    first = True
    while True:
        found = False
        for codes, size, out in zip(columns, design.levels, extreme, strict=True):
            own = codes[kept]
            count = np.bincount(own, minlength=size)
            total = np.bincount(own, design.scores[kept], minlength=size)
            ends = (count > 0) & ((total == 0) | (total == count * design.top))
            if ends.any():
                out |= ends
                found = True
        if not found:
            break
        first = False
        kept = ~np.any([out[codes] for codes, out in zip(columns, extreme, strict=True)], axis=0)
        if not kept.any():
            break
    if first:
        return design, extreme
    return (
        replace(
            design,
            scores=design.scores[kept],
            persons=design.persons[kept],
            facets=tuple(one[kept] for one in design.facets),
            groups=design.groups[kept],
            covariates=design.covariates[kept],
        ),
        extreme,
    )


def estimate_extremes(design: Design, solution: Solution, extreme: list[NDArray[np.bool_]], inwards: float) -> Solution:
    """Return the solution with extreme persons and levels placed by totals ``inwards`` score points from the end."""
    if not any(out.any() for out in extreme):
        return solution
    persons, person_ses = solution.persons.copy(), solution.person_ses.copy()
    others, ses = solution.others.copy(), solution.ses.copy()
    for place, out in enumerate(extreme):
        for level in np.flatnonzero(out):
            codes = design.persons if place == 0 else design.facets[place - 1]
            rows = np.flatnonzero(codes == level)
            total = float(design.scores[rows].sum())
            target = min(max(total, inwards), rows.size * design.top - inwards)
            current = replace(solution, persons=persons, others=others)
            at, se = _placed(design, current, rows, target, -1.0 if place else 1.0)
            if place == 0:
                persons[level], person_ses[level] = persons[level] + at, se
            else:
                index = design.layout.facets[place - 1].start + level
                others[index], ses[index] = others[index] + at, se
    return replace(solution, persons=persons, person_ses=person_ses, others=others, ses=ses)


def _placed(design: Design, solution: Solution, rows: Ints, target: float, sign: float) -> tuple[float, float]:
    """Return by how much an element moves so that its expected total is ``target``, and its standard error there."""
    own = replace(
        design,
        scores=design.scores[rows],
        persons=design.persons[rows],
        facets=tuple(one[rows] for one in design.facets),
        groups=design.groups[rows],
        covariates=design.covariates[rows],
    )
    eta = predictor(own, solution.persons, solution.others, slice(0, rows.size))
    steps = steps_of(design, solution.others)
    by_row = steps if design.n_groups == 1 else steps[:, own.groups]
    at = 0.0
    variance = 1.0
    for _ in range(100):
        found = moments(eta + sign * at, by_row)
        variance = max(float(found.variance.sum()), 1e-9)
        move = sign * (target - float(found.expected.sum())) / variance
        at += float(np.clip(move, -1.0, 1.0))
        if abs(move) < 1e-8:
            break
    return at, float(1 / np.sqrt(variance))
