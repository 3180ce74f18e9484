"""Many-facet Rasch models of ratings: persons, raters, items and whatever else, on one logit scale.

:func:`fit` takes codes and returns measures with standard errors. What it assumes, why the penalised fit is the
default, and the published figures that it reproduces: ``docs/method/ratings.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from poise.estimation.rasch_design import DisconnectedError, Link, Subset, subsets
from poise.estimation.rasch_extremes import estimate_extremes, keep_estimable
from poise.estimation.rasch_likelihood import Design
from poise.estimation.rasch_quality import FacetFit, facet_fits
from poise.estimation.rasch_solver import Solution, solve
from poise.estimation.threads import one_thread

__all__ = ["Covariate", "DisconnectedError", "Facet", "Link", "Method", "RaschFit", "Subset", "fit", "recentred"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Method = Literal["penalised", "jmle"]


@dataclass(frozen=True)
class Facet:
    """Measures of one facet, by code.

    Attributes
    ----------
    measure
        Logits. Persons: higher is better. Other facets: higher is more severe (harder).
    se
        Posterior standard deviation (penalised), or 1 / sqrt(sum of variances) (JMLE).
    sd
        Standard deviation of the facet in the population that it stands for; NaN in JMLE.
    extreme
        All ratings in the lowest, or all in the highest category.
    fit
        Infit, outfit and totals.
    centred
        Whether measures are differences from the facet's own mean; persons are not.
    """

    name: str
    measure: Floats
    se: Floats
    sd: float
    extreme: NDArray[np.bool_]
    fit: FacetFit
    centred: bool = True

    @property
    def size(self) -> int:
        """Number of levels."""
        return int(self.measure.size)


@dataclass(frozen=True)
class Covariate:
    """Effect of one unit of a covariate, in logits."""

    name: str
    estimate: float
    se: float


@dataclass(frozen=True)
class RaschFit:
    """A fitted model.

    Attributes
    ----------
    persons, facets
        Measures; ``facets`` by name in the order given.
    thresholds, threshold_ses
        ``(groups, top)``: where the higher of two neighbouring categories becomes the likelier one.
    categories
        The raw ratings that the categories stand for.
    centre
        Mean of persons' measures (penalised: of their population). Facets other than persons are centred at zero.
    log_likelihood
        At the estimates, without priors.
    """

    method: Method
    persons: Facet
    facets: Mapping[str, Facet]
    thresholds: Floats
    threshold_ses: Floats
    categories: Floats
    centre: float
    covariates: tuple[Covariate, ...]
    log_likelihood: float
    iterations: int
    converged: bool
    partial_credit: str | None
    design: Design = field(repr=False)
    solution: Solution = field(repr=False)


@one_thread
def fit(
    ratings: ArrayLike,
    persons: ArrayLike,
    facets: Mapping[str, ArrayLike],
    *,
    method: Method = "penalised",
    partial_credit: str | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    check_connected: bool = True,
    extreme_score: float = 0.3,
    most_iterations: int = 200,
) -> RaschFit:
    """Fit ln(P_k / P_(k-1)) = person - sum of facets + covariates - threshold_k.

    Parameters
    ----------
    ratings
        Raw ratings; their distinct values in order are the categories. A category nobody used is not estimated.
    persons, facets
        Codes from 0 of each rating; facets by name, raters first. Missing ratings are rows that are not there.
    method
        ``penalised`` (default): persons and facets are normal around their means with variances estimated from the
        data (empirical Bayes, Laplace); right for small panels, finite for extreme scores. ``jmle``: joint maximum
        likelihood as FACETS has it; its spread is inflated where persons have few ratings.
    partial_credit
        Name of the facet whose levels have thresholds of their own; None: one rating scale for all.
    covariates
        Columns by name, for example the order effect of :func:`poise.estimation.rasch_bias.order_contrast`.
    check_connected
        Refuse designs whose subsets cannot be compared. The penalised fit alone could run without: people of
        different subsets are then compared as if their raters were equal on average.
    extreme_score
        JMLE only: score points that extreme totals are moved inwards before they are estimated.

    Raises
    ------
    DisconnectedError
        With the subsets, and the ratings that would connect them.
    ValueError
        Where lengths differ, codes are negative, all ratings are equal, or (JMLE with partial credit) a level was not
        rated in every category.

    Notes
    -----
    Linacre (1989), Many-Facet Rasch Measurement; Masters (1982) for partial credit. Newton steps on all parameters at
    once, persons eliminated first. JMLE: facets beside persons are centred at zero for the fit.
    """
    design, categories = _design(ratings, persons, facets, partial_credit, covariates or {})
    if check_connected:
        found, links = subsets(design.persons, design.facets)
        if len(found) > 1 or links:
            raise DisconnectedError(found, links)
    penalised = method == "penalised"
    kept, extremes = keep_estimable(design)
    if penalised:
        kept = design
    elif check_connected and kept is not design:
        found, links = subsets(*_compressed(kept))
        if len(found) > 1:
            raise DisconnectedError(found, links)
    if not penalised and partial_credit is not None:
        _require_categories(kept)
    solution = solve(
        kept, penalised=penalised, common_thresholds=partial_credit is None, most_iterations=most_iterations
    )
    if not penalised:
        solution = estimate_extremes(design, solution, extremes, extreme_score)
    return _result(design, solution, extremes, categories, list(facets), list(covariates or {}), method, partial_credit)


def _design(
    ratings: ArrayLike,
    persons: ArrayLike,
    facets: Mapping[str, ArrayLike],
    partial_credit: str | None,
    covariates: Mapping[str, ArrayLike],
) -> tuple[Design, Floats]:
    raw = np.asarray(ratings, dtype=float)
    columns = {"persons": np.asarray(persons), **{name: np.asarray(one) for name, one in facets.items()}}
    extra = {name: np.asarray(one, dtype=float) for name, one in covariates.items()}
    for name, one in {**columns, **extra}.items():
        if one.shape != raw.shape or raw.ndim != 1:
            raise ValueError(f"{raw.size} ratings, but {one.size} codes of {name}")
    for name, one in columns.items():
        if one.size and (one.dtype.kind not in "iu" or int(one.min()) < 0):
            raise ValueError(f"codes of {name} are whole numbers from 0")
    if not np.isfinite(raw).all() or any(not np.isfinite(one).all() for one in extra.values()):
        raise ValueError("ratings and covariates are finite; a missing rating is a row that is not there")
    if partial_credit is not None and partial_credit not in facets:
        raise ValueError(f"partial credit by {partial_credit!r}: the facets are {', '.join(facets)}")
    categories, scores = np.unique(raw, return_inverse=True)
    if categories.size < 2:
        raise ValueError("all ratings are equal: there is nothing to measure")
    codes = {name: one.astype(np.int64) for name, one in columns.items()}
    levels = tuple(int(one.max()) + 1 for one in codes.values())
    grouped = codes[partial_credit] if partial_credit is not None else np.zeros(raw.size, dtype=np.int64)
    design = Design(
        scores.astype(np.int64),
        codes["persons"],
        tuple(list(codes.values())[1:]),
        levels,
        grouped,
        int(grouped.max()) + 1,
        categories.size - 1,
        np.stack(list(extra.values()), axis=1) if extra else np.zeros((raw.size, 0)),
    )
    return design, categories


def _compressed(design: Design) -> tuple[Ints, tuple[Ints, ...]]:
    """Return codes without gaps, so that levels left out do not count as subsets."""
    return (
        np.unique(design.persons, return_inverse=True)[1].astype(np.int64),
        tuple(np.unique(one, return_inverse=True)[1].astype(np.int64) for one in design.facets),
    )


def _require_categories(design: Design) -> None:
    used = np.bincount(design.groups * (design.top + 1) + design.scores, minlength=design.n_groups * (design.top + 1))
    lacking = np.flatnonzero((used.reshape(design.n_groups, -1) == 0).any(axis=1))
    if lacking.size:
        raise ValueError(
            f"partial credit: level {int(lacking[0])} was not rated in every category, so that JMLE has no estimate of "
            "its thresholds; use the penalised fit"
        )


def _result(
    design: Design,
    solution: Solution,
    extremes: Sequence[NDArray[np.bool_]],
    categories: Floats,
    names: list[str],
    covariates: list[str],
    method: Method,
    partial_credit: str | None,
) -> RaschFit:
    layout = design.layout
    fits = facet_fits(design, solution, categories)
    persons = Facet("persons", solution.persons, solution.person_ses, solution.sds[0], extremes[0], fits[0], False)
    found = {
        name: Facet(name, solution.others[span], solution.ses[span], solution.sds[place + 1], extremes[place + 1], fit_)
        for place, (name, span, fit_) in enumerate(zip(names, layout.facets, fits[1:], strict=True))
    }
    shape = (design.n_groups, design.top)
    span = layout.covariates
    return RaschFit(
        method=method,
        persons=persons,
        facets=found,
        thresholds=solution.others[layout.thresholds].reshape(shape),
        threshold_ses=solution.ses[layout.thresholds].reshape(shape),
        categories=categories,
        centre=float(solution.others[layout.mean]),
        covariates=tuple(
            Covariate(name, float(value), float(se))
            for name, value, se in zip(covariates, solution.others[span], solution.ses[span], strict=True)
        ),
        log_likelihood=solution.log_likelihood,
        iterations=solution.iterations,
        converged=solution.converged,
        partial_credit=partial_credit,
        design=design,
        solution=solution,
    )


def recentred(found: RaschFit, facet: str) -> RaschFit:
    """Return the same fit with persons centred at zero and ``facet`` floating, as FACETS prints it for its raters."""
    shift = float(found.persons.measure[~found.persons.extreme].mean())
    own = found.facets[facet]
    return replace(
        found,
        persons=replace(found.persons, measure=found.persons.measure - shift),
        facets={**found.facets, facet: replace(own, measure=own.measure - shift)},
        centre=found.centre - shift,
    )
