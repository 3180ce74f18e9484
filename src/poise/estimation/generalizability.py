"""Where does the spread of ratings come from, and how many raters and conversations make a number dependable?

Variance components of balanced designs by mean squares, D-studies, and composites of several parts. Unbalanced
designs stand in :mod:`poise.estimation.generalizability_unbalanced`. Formulas: ``docs/method/ratings.md``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Components",
    "Composite",
    "Dependability",
    "Planned",
    "composite",
    "crossed",
    "d_study",
    "dependability",
    "nested",
    "plan",
]

Floats = NDArray[np.float64]


class Components(NamedTuple):
    """Variance components by effect; an estimate below zero is set to zero and named."""

    variances: dict[str, float]
    negative: tuple[str, ...]
    ratings: int

    def share(self, effect: str) -> float:
        """Return the share of the total variance that is due to ``effect``; NaN where nothing varies."""
        total = sum(self.variances.values())
        return self.variances[effect] / total if total > 0 else float("nan")


class Dependability(NamedTuple):
    """What a design's mean scores are worth."""

    relative_error: float  # variance; for ranking people
    absolute_error: float  # variance; for holding them against a standard
    generalizability: float  # E rho^2
    phi: float
    sem: float  # standard error of a person's mean, absolute


class Planned(NamedTuple):
    """One way to spend conversations on raters, and the dependability that it buys."""

    conversations: int
    raters: int
    phi: float


class Composite(NamedTuple):
    """A weighted composite of parts that have their own items."""

    universe_variance: float
    relative_error: float
    absolute_error: float
    generalizability: float
    phi: float
    persons: Floats  # parts x parts: variances and covariances of persons
    items: Floats  # per part
    residual: Floats  # per part


def _settled(found: dict[str, float], ratings: int) -> Components:
    # rounding leaves -1e-16 where nothing varies: that is zero, not a finding
    scale = 1e-12 * max((abs(value) for value in found.values()), default=0.0)
    negative = tuple(effect for effect, value in found.items() if value < -scale)
    return Components({effect: max(value, 0.0) for effect, value in found.items()}, negative, ratings)


def _complete(table: ArrayLike, dimensions: int, shape: str) -> Floats:
    full = np.asarray(table, dtype=float)
    if full.ndim != dimensions or not np.isfinite(full).all():
        raise ValueError(f"ratings are a complete table {shape}; for missing ratings use components()")
    return full


def crossed(table: ArrayLike, *, facet: str = "r") -> Components:
    """Return the components of p x r (or p x t): every person rated once at every level of one facet.

    ``table``: persons x levels, complete, at least 2 x 2. Effects ``p``, the facet, and ``p`` + facet with error.
    """
    full = _complete(table, 2, "persons x levels")
    n_p, n_f = full.shape
    if n_p < 2 or n_f < 2:
        raise ValueError(f"{n_p} persons and {n_f} levels of {facet}: two of each are the least")
    mean, of_person, of_level = full.mean(), full.mean(axis=1), full.mean(axis=0)
    ms_p = n_f * ((of_person - mean) ** 2).sum() / (n_p - 1)
    ms_f = n_p * ((of_level - mean) ** 2).sum() / (n_f - 1)
    ms_e = ((full - of_person[:, None] - of_level + mean) ** 2).sum() / ((n_p - 1) * (n_f - 1))
    found = {"p": (ms_p - ms_e) / n_f, facet: (ms_f - ms_e) / n_p, f"p{facet}": ms_e}
    return _settled({effect: float(value) for effect, value in found.items()}, full.size)


def nested(table: ArrayLike) -> Components:
    """Return the components of p x (r:t): persons crossed with tasks, raters of their own within each task.

    ``table``: persons x tasks x raters, complete, at least 2 x 2 x 2. Effects ``p``, ``t``, ``r:t``, ``pt`` and
    ``pr:t`` with error, by the expected mean squares of Brennan (2001), Generalizability Theory, ch. 3.
    """
    full = _complete(table, 3, "persons x tasks x raters")
    n_p, n_t, n_r = full.shape
    if min(full.shape) < 2:
        raise ValueError(f"{n_p} persons, {n_t} tasks and {n_r} raters: two of each are the least")
    mean = full.mean()
    p, t, pt, rt = full.mean(axis=(1, 2)), full.mean(axis=(0, 2)), full.mean(axis=2), full.mean(axis=0)
    ms_p = n_t * n_r * ((p - mean) ** 2).sum() / (n_p - 1)
    ms_t = n_p * n_r * ((t - mean) ** 2).sum() / (n_t - 1)
    ms_rt = n_p * ((rt - t[:, None]) ** 2).sum() / (n_t * (n_r - 1))
    ms_pt = n_r * ((pt - p[:, None] - t + mean) ** 2).sum() / ((n_p - 1) * (n_t - 1))
    error = full - pt[:, :, None] - rt + t[:, None]
    ms_prt = (error**2).sum() / ((n_p - 1) * n_t * (n_r - 1))
    found = {
        "p": (ms_p - ms_pt) / (n_t * n_r),
        "t": (ms_t - ms_rt - ms_pt + ms_prt) / (n_p * n_r),
        "r:t": (ms_rt - ms_prt) / n_p,
        "pt": (ms_pt - ms_prt) / n_r,
        "pr:t": ms_prt,
    }
    return _settled({effect: float(value) for effect, value in found.items()}, full.size)


def dependability(universe: float, relative_error: float, absolute_error: float) -> Dependability:
    """Return the coefficients of error variances: E rho^2 = p / (p + relative), Phi = p / (p + absolute)."""

    def ratio(error: float) -> float:
        return universe / (universe + error) if universe + error > 0 else float("nan")

    return Dependability(
        relative_error, absolute_error, ratio(relative_error), ratio(absolute_error), float(np.sqrt(absolute_error))
    )


def d_study(found: Components, *, tasks: int = 1, raters: int = 1) -> Dependability:
    """Return what means over so many tasks and raters (per task) would be worth.

    ``found`` has the effects of :func:`nested` or :func:`crossed`; the last may be called ``error``, as an unbalanced
    fit does. In a crossed design only its own facet counts (``t`` by ``tasks``, any other by ``raters``).
    ValueError with fewer than one of either, or for effects of no such design.
    """
    if tasks < 1 or raters < 1:
        raise ValueError("a design has at least one task and one rater")
    own = dict(found.variances)
    error = own.pop("error", None)
    if {"t", "r:t", "pt"} <= own.keys():
        residual = own["pr:t"] if error is None else error
        relative = own["pt"] / tasks + residual / (tasks * raters)
        return dependability(own["p"], relative, relative + own["t"] / tasks + own["r:t"] / (tasks * raters))
    facets = [effect for effect in own if effect != "p" and not effect.startswith("p")]
    if "p" not in own or len(facets) != 1 or len(own) != (3 if error is None else 2):
        raise ValueError(f"effects {', '.join(found.variances)}: a D-study needs those of p x (r:t) or p x one facet")
    residual = own[f"p{facets[0]}"] if error is None else error
    n = tasks if facets[0] == "t" else raters
    return dependability(own["p"], residual / n, (residual + own[facets[0]]) / n)


def plan(
    *,
    person: float,
    conversation: float,
    rater: float,
    person_rater: float,
    residual: float,
    target: float = 0.80,
    most_conversations: int = 60,
    most_raters: int = 12,
) -> tuple[tuple[Planned, ...], Planned | None]:
    """Return the cheapest designs and the first that reaches ``target``: how many conversations and raters for Phi?

    Parameters
    ----------
    person, conversation, rater, person_rater, residual
        Variances (or shares). Conversations are a person's own, each rated once by one of the raters, who take equal
        turns: Phi = p / (p + (rater + person_rater) / raters + (conversation + residual) / conversations).

    Returns
    -------
    designs
        For each number of raters the fewest conversations that reach ``target``; where none does, the best at
        ``most_conversations``, below ``target``.
    best
        Of those that reach it the one with fewest conversations, then fewest raters; None where none does.

    Notes
    -----
    One rater for all of a person's conversations caps Phi at p / (p + rater + person_rater) however many are rated:
    **spreading raters beats adding conversations**.
    """
    if person < 0 or min(conversation, rater, person_rater, residual) < 0:
        raise ValueError("variances are not negative")
    found = []
    for raters in range(1, most_raters + 1):
        n = np.arange(raters, most_conversations + 1)
        if not n.size:
            break
        total = person + (rater + person_rater) / raters + (conversation + residual) / n
        phi = np.divide(person, total, out=np.zeros_like(total), where=total > 0)
        reached = np.flatnonzero(phi >= target)
        at = int(reached[0]) if reached.size else n.size - 1
        found.append(Planned(int(n[at]), raters, float(phi[at])))
    good = [design for design in found if design.phi >= target]
    return tuple(found), min(good, key=lambda design: (design.conversations, design.raters), default=None)


def composite(parts: list[Floats] | list[list[list[float]]], weights: ArrayLike) -> Composite:
    """Return the dependability of a weighted composite of parts, each persons x its own items.

    Notes
    -----
    Multivariate p x i with items nested in parts (Rajaratnam, Cronbach & Gleser 1965; Brennan 2001, ch. 9): the
    universe variance of the composite is w' S_p w with persons' variances on the diagonal and the covariances of part
    means beside it; error is the parts' own, w^2 (pi / n_i) and, absolute, w^2 (pi + i) / n_i. ValueError where parts
    have different persons or fewer than two items.
    """
    tables = [_complete(part, 2, "persons x items") for part in parts]
    w = np.asarray(weights, dtype=float)
    if len({len(table) for table in tables}) != 1 or w.shape != (len(tables),):
        raise ValueError("parts rate the same persons, and each has one weight")
    own = [crossed(table, facet="i") for table in tables]
    persons = np.atleast_2d(np.cov(np.stack([table.mean(axis=1) for table in tables])))
    np.fill_diagonal(persons, [found.variances["p"] for found in own])
    n = np.array([table.shape[1] for table in tables], dtype=float)
    items = np.array([found.variances["i"] for found in own])
    residual = np.array([found.variances["pi"] for found in own])
    universe = float(w @ persons @ w)
    relative = float((w**2 * residual / n).sum())
    absolute = relative + float((w**2 * items / n).sum())
    worth = dependability(universe, relative, absolute)
    return Composite(universe, relative, absolute, worth.generalizability, worth.phi, persons, items, residual)
