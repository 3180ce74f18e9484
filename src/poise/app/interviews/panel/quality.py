"""How well a campaign's raters measured: the many-facet fit, agreement, and what connects the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from django.core.cache import cache
from numpy.typing import NDArray

from poise.app.interviews.panel.fitting import KEPT, kept_as
from poise.app.interviews.panel.gathering import digest_of
from poise.estimation.agreement import Kappa, exact_agreement, krippendorff_alpha, pairs
from poise.estimation.agreement_icc import icc
from poise.estimation.generalizability_unbalanced import interaction
from poise.estimation.rasch_design import subsets
from poise.estimation.rasch_panel import Panel, judge_panel
from poise.estimation.rasch_quality import distinct, residuals

__all__ = ["Agreement", "Figure", "Link", "Pair", "Quality", "quality"]

_Z90: Final = 1.6448536269514722
_PEOPLE: Final = 5
"""Candidates from which on dependability is worked out."""


class Figure(NamedTuple):
    """A number with its 90 % interval, and how much it rests on."""

    value: float
    low: float
    high: float
    n: int


class Link(NamedTuple):
    """A rating that would connect the panel."""

    rater: str
    person: str
    item: str


class Pair(NamedTuple):
    """How far two raters agree on the answers that both rated."""

    first: str
    second: str
    kappa: Kappa


@dataclass(frozen=True)
class Agreement:
    """How far raters agree on the answers that several of them rated; None where nothing can be said.

    ``alpha`` Krippendorff's (ordinal). ``exact`` share of equal pairs, beside ``chance`` and the share at most one
    level apart. ``icc1`` and ``icck`` absolute agreement of one rater, and of the mean of all, where most answers were
    rated by everybody.
    """

    alpha: Figure | None
    exact: float | None
    chance: float | None
    adjacent: float | None
    pairs: int
    kappas: tuple[Pair, ...]
    icc1: Figure | None
    icck: Figure | None


@dataclass(frozen=True)
class Quality:
    """What is known of a panel's measuring.

    Attributes
    ----------
    problem
        Why there is no fit: ``none`` (no ratings), ``equal``, ``disconnected``, ``one_person``; empty where there is.
    subsets
        Who was rated by whom, of each part of a disconnected panel: persons, raters.
    links
        The fewest ratings that would connect it.
    people, raters, questions
        Rows of :class:`poise.estimation.rasch_panel.Panel` (``persons``, ``raters``, ``items``).
    drift
        Rows of rater x time block.
    order
        What one point more in the rater's earlier interviews of the day goes with, in points; None where times do not
        say.
    told_apart
        Reliability with which the fit tells candidates apart; None where it cannot be said.
    needed
        Number of raters → dependability of a candidate's mean over all questions; empty below five candidates.
    candidates
        How many there are, without the recorded interview.
    """

    problem: str
    subsets: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    links: tuple[Link, ...]
    people: tuple[Mapping[str, Any], ...]
    raters: tuple[Mapping[str, Any], ...]
    questions: tuple[Mapping[str, Any], ...]
    drift: tuple[Mapping[str, Any], ...]
    order: Figure | None
    told_apart: float | None
    needed: Mapping[int, float]
    candidates: int
    agreement: Agreement

    @property
    def drifting(self) -> tuple[Mapping[str, Any], ...]:
        """Rater and quarter of their time in which they were stricter or milder than otherwise (Holm, 5 %)."""
        return tuple(row for row in self.drift if row["p_holm"] < 0.05)

    @property
    def enough(self) -> int | None:
        """The fewest raters with dependability of .80."""
        return next((raters for raters, phi in self.needed.items() if phi >= 0.8), None)


def quality(table: pl.DataFrame) -> Quality:
    """Return what the ratings (:data:`~poise.app.interviews.panel.gathering.RATINGS`) say of the panel itself.

    Worked out once for the same ratings and kept in the cache.
    """
    key = kept_as("quality", digest_of(table))
    known: Quality | None = cache.get(key)
    if known is None:
        known = _judge(table)
        cache.set(key, known, KEPT)
    return known


def _judge(table: pl.DataFrame) -> Quality:
    if table.is_empty():
        return _without("none", Agreement(None, None, None, None, 0, (), None, None))
    names = {column: table[column].unique().sort().to_list() for column in ("person", "rater", "item")}
    codes = {
        column: table[column].cast(pl.Enum(found)).to_physical().cast(pl.Int64).to_numpy()
        for column, found in names.items()
    }
    values = table["rating"].to_numpy()
    agreement = _agreement(values, codes, names["rater"])
    people = len(names["person"])
    recorded = table.filter(pl.col("anchor"))["person"].unique().to_list()
    candidates = np.array([code not in recorded for code in names["person"]])
    own = int(candidates.sum())
    if table["rating"].n_unique() < 2:
        return _without("equal", agreement, own)
    if people < 2:
        return _without("one_person", agreement, own)
    parts, links = subsets(codes["person"], (codes["rater"], codes["item"]))
    if len(parts) > 1 or links:
        return _without(
            "disconnected",
            agreement,
            own,
            tuple(
                (
                    tuple(names["person"][code] for code in part.persons),
                    tuple(names["rater"][code] for code in part.levels[0]),
                )
                for part in parts
            ),
            tuple(
                Link(names["rater"][one.levels[0]], names["person"][one.person], names["item"][one.levels[1]])
                for one in links
            ),
        )
    found = judge_panel(_stages_that_matter(table), variances="henderson")
    reliability = distinct(found.fit.persons, among=candidates).reliability
    return Quality(
        "",
        (),
        (),
        tuple(found.persons.to_dicts()),
        tuple(found.raters.sort("severity", descending=True).to_dicts()),
        tuple(found.items.sort("difficulty", descending=True).to_dicts()),
        tuple(found.drift.to_dicts()),
        _in_points(found),
        reliability if isfinite(reliability) else None,
        {one.raters: one.phi for one in found.needed} if own >= _PEOPLE and len(names["rater"]) > 1 else {},
        own,
        agreement,
    )


def _without(
    problem: str,
    agreement: Agreement,
    candidates: int = 0,
    parts: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (),
    links: tuple[Link, ...] = (),
) -> Quality:
    return Quality(problem, parts, links, (), (), (), (), None, None, {}, candidates, agreement)


def _stages_that_matter(table: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of the fit; a stage has a difficulty only where a question is asked in several."""
    several = table.group_by("item").agg(pl.col("situation").n_unique())["situation"].max()
    own = table.select("person", "rater", "item", "rating", "at", "situation", "group")
    return own if several != 1 else own.with_columns(situation=pl.lit(None, dtype=pl.String))


def _in_points(found: Panel) -> Figure | None:
    """Return the order effect in points: logits times the mean variance of a rating, its slope."""
    if found.order is None:
        return None
    ratings = residuals(found.fit)
    slope = float(ratings.variance.mean())
    return Figure(
        found.order.estimate * slope,
        (found.order.estimate - _Z90 * found.order.se) * slope,
        (found.order.estimate + _Z90 * found.order.se) * slope,
        ratings.variance.size,
    )


def _agreement(values: NDArray[np.float64], codes: Mapping[str, NDArray[np.int64]], raters: list[str]) -> Agreement:
    answers = interaction(codes["person"], codes["item"])
    alpha = krippendorff_alpha(values, answers, level="ordinal")
    exact = exact_agreement(values, answers)
    kappas = tuple(
        Pair(raters[first], raters[second], kappa)
        for first, second, kappa in pairs(codes["rater"], answers, values)
        if isfinite(kappa.kappa)
    )
    table = np.full((int(answers.max()) + 1, len(raters)), np.nan)
    table[answers, codes["rater"]] = values
    complete = np.isfinite(table).all(axis=1)
    one = mean = None
    if len(raters) > 1 and complete.sum() >= max(2, len(table) / 2):
        found = icc(table)
        one, mean = (
            Figure(*single, found.persons) if all(isfinite(value) for value in single) else None
            for single in (found.icc2, found.icc2k)
        )
    paired = exact.pairs > 0
    return Agreement(
        alpha=Figure(alpha.alpha, alpha.low, alpha.high, alpha.units) if isfinite(alpha.alpha) else None,
        exact=exact.share if paired else None,
        chance=exact.chance if paired else None,
        adjacent=exact.adjacent if paired else None,
        pairs=exact.pairs,
        kappas=kappas,
        icc1=one,
        icck=mean,
    )
