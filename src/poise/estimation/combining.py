"""Several sources about one person: do they measure traits or methods, and what do they say together?

Multitrait-multimethod tables, composite reliability, profiles that borrow strength, and comparisons of two people
(science 2.5). When a trait may be shown on its own is :func:`poise.estimation.subscores.prmse`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from poise.estimation.generalizability_unbalanced import Method, components, interaction

__all__ = [
    "MTMM",
    "Profiles",
    "Shares",
    "augmented_kelley",
    "mosier",
    "multitrait_multimethod",
    "probability_above",
    "variance_shares",
]

Floats = NDArray[np.float64]


class MTMM(NamedTuple):
    """Campbell & Fiske's (1959) table; NaN where too few people have both scores.

    Attributes
    ----------
    correlations
        (traits x methods) squared, traits fastest within a method.
    people
        Pairs behind each correlation.
    convergent
        By trait: mean correlation of its methods.
    same_method
        By trait: mean correlation with other traits by the same method (halo).
    neither
        By trait: mean correlation with other traits by other methods.
    separable
        By trait: whether its methods agree more than the method makes traits agree. The least that a trait needs.
    """

    correlations: Floats
    people: NDArray[np.int64]
    convergent: Floats
    same_method: Floats
    neither: Floats
    separable: NDArray[np.bool_]


class Shares(NamedTuple):
    """Shares of the variance between people: general, trait, method, and what is left (with error)."""

    general: float
    trait: float
    method: float
    rest: float
    negative: tuple[str, ...]
    people: int


class Profiles(NamedTuple):
    """Estimates of true scores, people x traits, with the covariance of what stays unknown, traits x traits."""

    estimates: Floats
    covariance: Floats
    reliabilities: Floats  # of the estimates: squared correlation with the true score


def _cube(scores: ArrayLike) -> Floats:
    cube = np.asarray(scores, dtype=float)
    if cube.ndim != 3:
        raise ValueError("scores are people x traits x methods, NaN where there is none")
    return cube


def multitrait_multimethod(scores: ArrayLike, *, least: int = 10) -> MTMM:
    """Return the multitrait-multimethod table of ``scores``: people x traits x methods, NaN where there is none.

    ``least`` is how many people a correlation needs. ValueError for another shape.
    """
    cube = _cube(scores)
    _, n_traits, n_methods = cube.shape
    flat = cube.transpose(0, 2, 1).reshape(len(cube), -1)
    size = flat.shape[1]
    there = np.isfinite(flat)
    people = there.T.astype(np.int64) @ there.astype(np.int64)
    correlations = np.full((size, size), np.nan)
    for i in range(size):
        for j in range(i, size):
            both = there[:, i] & there[:, j]
            if both.sum() >= least:
                a, b = flat[both, i] - flat[both, i].mean(), flat[both, j] - flat[both, j].mean()
                spread = float(np.sqrt((a @ a) * (b @ b)))
                if spread > 0:
                    correlations[i, j] = correlations[j, i] = float(a @ b) / spread
    trait, method = np.tile(np.arange(n_traits), n_methods), np.repeat(np.arange(n_methods), n_traits)
    same_trait, same_method = trait[:, None] == trait, method[:, None] == method

    def means(where: NDArray[np.bool_]) -> Floats:
        usable = where & np.isfinite(correlations)
        own = [correlations[(trait == t)[:, None] & usable] for t in range(n_traits)]
        return np.array([float(one.mean()) if one.size else np.nan for one in own])

    convergent, halo = means(same_trait & ~same_method), means(~same_trait & same_method)
    return MTMM(correlations, people, convergent, halo, means(~same_trait & ~same_method), convergent > halo)


def variance_shares(scores: ArrayLike, *, method: Method | None = None) -> Shares:
    """Return how much of the variance between people is general, of traits, and of methods.

    Notes
    -----
    x_ptm = mu + t + m + tm + p + pt + pm + ptm (Woehr, Putka & Bowler 2012), components by ``method``
    (:func:`~poise.estimation.generalizability_unbalanced.components`); shares of p + pt + pm + ptm. Evidence that
    traits exist apart from each other is pt. NaN where people do not differ.
    ValueError for another shape or with fewer than two people, traits or methods.
    """
    cube = _cube(scores)
    if min(cube.shape) < 2:
        raise ValueError("at least two people, two traits and two methods")
    p, t, m = (code.ravel() for code in np.indices(cube.shape))
    values = cube.ravel()
    there = np.isfinite(values)
    p, t, m, values = p[there], t[there], m[there], values[there]
    effects = {"p": p, "t": t, "m": m, "pt": interaction(p, t), "pm": interaction(p, m), "tm": interaction(t, m)}
    found = components(values, effects, method=method).components
    own = found.variances
    total = own["p"] + own["pt"] + own["pm"] + own["error"]
    general, trait, of_method, rest = (
        own[name] / total if total > 0 else float("nan") for name in ("p", "pt", "pm", "error")
    )
    negative = tuple(name for name in found.negative if name in ("p", "pt", "pm"))
    return Shares(general, trait, of_method, rest, negative, int(np.unique(p).size))


def mosier(reliabilities: ArrayLike, covariance: ArrayLike, weights: ArrayLike) -> float:
    """Return the reliability of a weighted composite: 1 - sum w^2 s^2 (1 - r) / variance of the composite.

    Parameters
    ----------
    reliabilities
        Of the parts, 0 to 1.
    covariance
        Of the observed parts.
    weights
        Fixed before the data were seen.

    Notes
    -----
    Mosier (1943), for parts whose errors are independent. NaN where the composite does not vary. ValueError where
    shapes differ.
    """
    r, s, w = (np.asarray(one, dtype=float) for one in (reliabilities, covariance, weights))
    if s.shape != (r.size, r.size) or w.shape != r.shape:
        raise ValueError("as many reliabilities and weights as the covariance has rows")
    variance = float(w @ s @ w)
    return 1 - float((w**2 * np.diag(s) * (1 - r)).sum()) / variance if variance > 0 else float("nan")


def augmented_kelley(scores: ArrayLike, reliabilities: ArrayLike) -> Profiles:
    """Return profiles in which every trait borrows from the others, as far as they go together.

    Parameters
    ----------
    scores
        People x traits, complete, more people than traits.
    reliabilities
        Of the observed scores, by trait.

    Notes
    -----
    theta = mu + S_T S_X^-1 (x - mu), posterior covariance S_T - S_T S_X^-1 S_T, with S_T the observed covariance less
    independent error on its diagonal (Wainer et al. 2001, augmented scores). A trait alone is Kelley's formula. Where
    S_T has a direction of negative variance, that direction is taken as zero. ValueError where shapes do not fit.
    """
    x, r = np.asarray(scores, dtype=float), np.asarray(reliabilities, dtype=float)
    if x.ndim != 2 or r.shape != (x.shape[1],) or not np.isfinite(x).all():
        raise ValueError("scores are complete, people x traits, with one reliability for each trait")
    if len(x) <= x.shape[1] + 1:
        raise ValueError(f"{len(x)} people are too few for {x.shape[1]} traits: their covariance is not known")
    mean = x.mean(axis=0)
    observed = np.atleast_2d(np.cov(x.T))
    error = np.diag(np.diag(observed) * (1 - np.clip(r, 0, 1)))
    values, vectors = np.linalg.eigh(observed - error)
    true = (vectors * np.maximum(values, 0)) @ vectors.T
    pull = true @ np.linalg.pinv(true + error)
    covariance = true - pull @ true
    variance = np.diag(true)
    known = np.divide(np.diag(pull @ true), variance, out=np.zeros_like(variance), where=variance > 0)
    return Profiles(mean + (x - mean) @ pull.T, (covariance + covariance.T) / 2, known)


def probability_above(means: ArrayLike, ses: ArrayLike, *, correlation: float = 0.0) -> Floats:
    """Return the probability that each person's level is above each other's, ``(people, people)``.

    Parameters
    ----------
    means, ses
        Estimates with their standard errors, by person.
    correlation
        Of two people's errors (the same raters rated both).

    Notes
    -----
    P(A above B) = Phi((a - b) / sqrt(s_a^2 + s_b^2 - 2 r s_a s_b)); one half on the diagonal and where nothing
    tells two people apart. It says what a bare rank hides. ValueError where shapes differ or a standard error is
    negative.
    """
    m, s = np.asarray(means, dtype=float), np.asarray(ses, dtype=float)
    if m.ndim != 1 or m.shape != s.shape or (s < 0).any() or not -1 <= correlation <= 1:
        raise ValueError("one standard error, not negative, for each person's mean")
    gap = m[:, None] - m
    spread = np.sqrt(np.maximum(s[:, None] ** 2 + s**2 - 2 * correlation * np.outer(s, s), 0.0))
    far = np.where(gap == 0, 0.0, np.copysign(np.inf, gap))
    found = np.asarray(ndtr(np.divide(gap, spread, out=far, where=spread > 0)))
    np.fill_diagonal(found, 0.5)
    return found
