"""How well ratings fit the model, how well a facet is told apart, and what a measure means in ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from poise.estimation.rasch_likelihood import Design, moments, predictor, steps_of
from poise.estimation.rasch_solver import Solution

if TYPE_CHECKING:
    from poise.estimation.rasch import Facet, RaschFit

__all__ = [
    "Distinct",
    "FacetFit",
    "Residuals",
    "distinct",
    "expected_rating",
    "facet_fits",
    "fair_average",
    "residuals",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class FacetFit:
    """By level of a facet; NaN where nothing was rated.

    ``infit`` weights squared residuals by information, ``outfit`` does not and is moved by single surprises; both are
    1 where ratings scatter as the model expects. ``infit_z`` and ``outfit_z`` are their Wilson-Hilferty deviates.
    ``observed`` and ``expected`` are sums of raw ratings.
    """

    count: Ints
    observed: Floats
    expected: Floats
    infit: Floats
    outfit: Floats
    infit_z: Floats
    outfit_z: Floats


class Residuals(NamedTuple):
    """By rating, in categories: what was expected, its variance, and the standardised residual."""

    expected: Floats
    variance: Floats
    standardised: Floats


class Distinct(NamedTuple):
    """How well the levels of a facet are told apart.

    ``separation`` is the spread of true measures in standard errors, ``reliability`` its share of the variance, and
    ``strata`` how many levels apart can be told: (4 G + 1) / 3. For raters one wants these low. ``chi2`` tests that all
    levels are equal.
    """

    separation: float
    reliability: float
    strata: float
    chi2: float
    df: int
    p: float
    rmse: float


def facet_fits(design: Design, solution: Solution, categories: Floats) -> list[FacetFit]:
    """Return the fit of persons and of each facet, in one pass over the ratings."""
    columns = [(design.persons, design.levels[0]), *zip(design.facets, design.levels[1:], strict=True)]
    names = ("squared", "variance", "z2", "kurtosis", "observed", "expected", "outlying")
    sums = [{name: np.zeros(size) for name in names} for _, size in columns]
    steps = steps_of(design, solution.others)
    powers = np.arange(design.top + 1)[:, None]
    for rows in design.blocks():
        eta = predictor(design, solution.persons, solution.others, rows)
        own = moments(eta, steps if design.n_groups == 1 else steps[:, design.groups[rows]])
        variance = np.maximum(own.variance, 1e-12)
        squared = (design.scores[rows] - own.expected) ** 2
        fourth = ((powers - own.expected) ** 4 * own.probabilities).sum(axis=0)
        values = (
            squared,
            variance,
            squared / variance,
            fourth - variance**2,
            categories[design.scores[rows]],
            categories @ own.probabilities,
            fourth / variance**2 - 1,
        )
        for (codes, size), found in zip(columns, sums, strict=True):
            for name, value in zip(names, values, strict=True):
                found[name] += np.bincount(codes[rows], value, minlength=size)
    return [_fit(found, np.bincount(codes, minlength=size)) for (codes, size), found in zip(columns, sums, strict=True)]


def _fit(sums: dict[str, Floats], count: Ints) -> FacetFit:
    with np.errstate(divide="ignore", invalid="ignore"):
        infit = sums["squared"] / sums["variance"]
        outfit = sums["z2"] / count
        infit_sd = np.sqrt(np.maximum(sums["kurtosis"], 0)) / sums["variance"]
        outfit_sd = np.sqrt(np.maximum(sums["outlying"], 0)) / count
        return FacetFit(
            count.astype(np.int64),
            sums["observed"],
            sums["expected"],
            infit,
            outfit,
            _deviate(infit, infit_sd),
            _deviate(outfit, outfit_sd),
        )


def _deviate(mean_square: Floats, sd: Floats) -> Floats:
    """Return the Wilson-Hilferty deviate of a mean square (Wright & Masters 1982, p. 101)."""
    return np.asarray((np.cbrt(mean_square) - 1) * (3 / sd) + sd / 3)


def residuals(found: RaschFit) -> Residuals:
    """Return what the model expected of each rating, in the order given."""
    design, solution = found.design, found.solution
    steps = steps_of(design, solution.others)
    expected, variance = np.empty(design.n), np.empty(design.n)
    for rows in design.blocks():
        eta = predictor(design, solution.persons, solution.others, rows)
        own = moments(eta, steps if design.n_groups == 1 else steps[:, design.groups[rows]])
        expected[rows], variance[rows] = own.expected, own.variance
    gap = design.scores - expected
    return Residuals(expected, variance, gap / np.sqrt(np.maximum(variance, 1e-12)))


def distinct(facet: Facet, *, population: bool = False, among: NDArray[np.bool_] | None = None) -> Distinct:
    """Return how well the levels of ``facet`` are told apart; extreme and unrated levels are left out.

    Parameters
    ----------
    population
        Divide the spread of measures by their number (all levels there are) instead of by one less (a sample).
    among
        Which levels are to be told apart; all where None.

    Notes
    -----
    JMLE: true variance is the observed less the mean squared standard error. Penalised: measures are shrunken, so the
    true variance is theirs plus the mean squared posterior deviation; chi-square takes the shrinkage out again.
    """
    kept = ~facet.extreme & (facet.fit.count > 0) & np.isfinite(facet.se) & (facet.se > 0)
    if among is not None:
        kept &= among
    measure, se = facet.measure[kept], facet.se[kept]
    n = measure.size
    if n < 2:
        return Distinct(np.nan, np.nan, np.nan, np.nan, 0, np.nan, np.nan)
    spread = float(measure.var(ddof=0 if population else 1))
    error = float((se**2).mean())
    if np.isfinite(facet.sd):
        reliability = spread / (spread + error)
        separation = float(np.sqrt(reliability / (1 - reliability)))
        # levels centred at zero are differences from their mean, which varies a little less than a level does
        own = se**2 if facet.centred is False else se**2 * n / (n - 1)
        shrunk = np.clip(own / facet.sd**2, 0, 0.999)
        weight = (1 - shrunk) / own
        measure = measure / (1 - shrunk)
    else:
        separation = float(np.sqrt(max(spread - error, 0.0) / error))
        reliability = separation**2 / (1 + separation**2)
        weight = 1 / se**2
    statistic = float((weight * measure**2).sum() - (weight * measure).sum() ** 2 / weight.sum())
    return Distinct(
        separation,
        reliability,
        (4 * separation + 1) / 3,
        statistic,
        n - 1,
        float(chi2.sf(statistic, n - 1)),
        float(np.sqrt(error)),
    )


def expected_rating(found: RaschFit, logits: Floats) -> Floats:
    """Return the raw rating expected at each of ``logits`` from the average rater on the average item.

    Thresholds of their own are averaged over their groups: one expected rating per group, then their mean.
    """
    own = np.asarray(logits, dtype=float)
    flat = np.where(np.isfinite(own), own, 0.0).ravel()
    total = np.zeros(flat.size)
    for steps in np.cumsum(found.thresholds, axis=1):
        total += found.categories @ moments(flat, steps[:, None]).probabilities
    return np.where(np.isfinite(own), (total / len(found.thresholds)).reshape(own.shape), np.nan)


def fair_average(
    found: RaschFit, facet: Facet, *, deviates: float = 1.6448536269514722
) -> tuple[Floats, Floats, Floats]:
    """Return the fair average of each level with its interval: raw ratings at equal severity of everything else.

    Persons are rated by the average rater on the average item; a level of another facet rates (is) the average person.
    ``deviates`` standard errors to each side: 90 % unless set.
    """
    if facet.name == found.persons.name:
        middle, sign = facet.measure, 1.0
    else:
        rated = found.persons.measure[found.persons.fit.count > 0]
        middle, sign = float(rated.mean()) - facet.measure, -1.0
    half = deviates * facet.se
    ends = np.sort(np.stack([middle - sign * half, middle + sign * half]), axis=0)
    return expected_rating(found, middle), expected_rating(found, ends[0]), expected_rating(found, ends[1])
