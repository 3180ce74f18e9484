"""What the ratings of a campaign say of each candidate: traits where they can be told apart, else their clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.app.interviews.campaigns.models import Campaign, Candidate
from poise.app.interviews.panel.fitting import Fitted, fitted
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.separating import Separability, separate
from poise.estimation.rating_levels import Difference, RatingLevels
from poise.reports.titles import titles

__all__ = ["DEPENDABLE", "REASONS", "Level", "Standing", "levels", "standing"]

Floats = NDArray[np.float64]

REASONS: Final = ("not_observed", "cluster_instead", "one_rater", "disconnected", "few", "undependable", "")
"""Codes of :attr:`Level.reason`. The first two say why nothing is shown, the others limit what is: one rater's
severity is part of the level; raters of some candidates have none in common; below :data:`FEW_RATINGS` or
:data:`FEW_RATERS` a first impression only; below :data:`ENOUGH_RATINGS` or :data:`DEPENDABLE` not to be decided on
alone (science 1.5)."""

FEW_RATINGS: Final = 8
FEW_RATERS: Final = 3
ENOUGH_RATINGS: Final = 20
DEPENDABLE: Final = 0.80


@dataclass(frozen=True, slots=True)
class Level:
    """A candidate's level on a trait or cluster.

    Attributes
    ----------
    candidate
        Key of the candidate.
    mean, low, high, se
        On the scale of the ratings, at equal severity of raters, with a 90 % interval; None where nothing is shown.
    ratings, raters
        How many it rests on.
    shown, reason
        Whether it may be shown, and why not or what limits it (:data:`REASONS`).
    dependability
        Share of the variance of such levels that is due to the candidates (Phi); None where nothing is shown.
    """

    candidate: int
    code: str
    kind: Literal["trait", "cluster"]
    mean: float | None
    low: float | None
    high: float | None
    ratings: int
    raters: int
    shown: bool
    reason: str
    se: float | None = None
    dependability: float | None = None


@dataclass(frozen=True)
class Standing:
    """All that the open ratings of a campaign say of its candidates.

    Attributes
    ----------
    table
        The ratings (:data:`~poise.app.interviews.panel.gathering.RATINGS`), with their ``digest``.
    candidates
        Key of each candidate with ratings by their code.
    levels
        Of these candidates, in the order of codes, clusters before their traits.
    separability
        By trait of the kit that any candidate was rated on.
    weights
        By trait or cluster: weights of the kit's traits inside it, in the kit's order, that sum to one.
    shares
        By cluster: how much of the kit's weight it is.
    """

    table: pl.DataFrame
    digest: str
    candidates: Mapping[str, int]
    levels: list[Level]
    separability: Mapping[str, Separability]
    fit: Fitted
    weights: Mapping[str, Floats]
    shares: Mapping[str, float]

    def of(self, candidate: int) -> dict[str, Level]:
        """The levels of one candidate by code."""
        return {one.code: one for one in self.levels if one.candidate == candidate}

    def alone(self, code: str) -> bool:
        """Whether this trait is all that the kit has of its cluster, so that the cluster says the same."""
        return code in self.fit.traits and any(
            other != code and np.array_equal(weights, self.weights[code]) for other, weights in self.weights.items()
        )

    def difference(self, first: int, second: int, code: str) -> Difference | None:
        """Compare two candidates on what is shown of both; None where it is not, or rests on other traits."""
        ours, theirs = self.of(first).get(code), self.of(second).get(code)
        if ours is None or theirs is None or not (ours.shown and theirs.shown) or self.fit.found is None:
            return None
        place = {key: self.fit.people.index(name) for name, key in self.candidates.items()}
        a, b = place[first], place[second]
        w = _rated(self.fit.found, a, self.weights[code])
        if not np.array_equal(w, _rated(self.fit.found, b, self.weights[code])):
            return None
        return self.fit.found.difference(a, b, w)


def levels(campaign: Campaign) -> list[Level]:
    """Return the levels of all candidates with open ratings; those of the alternative process have none.

    What a page may show of it is asked of :mod:`poise.app.interviews.blinding`.
    """
    return standing(campaign).levels


def standing(campaign: Campaign) -> Standing:
    """Return what the open ratings say. A fixed number of queries; the fit is kept in the cache."""
    table = ratings(campaign)
    kit = campaign.kit.read()
    traits = tuple(kit.traits)
    fit = fitted(table, traits)
    names = Candidate.objects.filter(campaign=campaign, anchor=False, alternative=False).values_list("code", "pk")
    keys = {code: key for code, key in sorted(names) if code in fit.people}
    of_traits = kit.weights()
    weights = _weights(of_traits)
    shares = {
        code: sum(of_traits[trait] for trait, w in zip(traits, inside, strict=True) if w > 0) / sum(of_traits.values())
        for code, inside in weights.items()
        if code not in traits
    }
    digest = digest_of(table)
    if fit.found is None:
        return Standing(table, digest, {}, [], {}, fit, weights, shares)
    true, apart = separate(fit.found, [fit.people.index(code) for code in keys], traits)
    met = _met(table)
    found = [
        _level(key, code, what, fit, met, weights[what], true, apart) for code, key in keys.items() for what in weights
    ]
    return Standing(table, digest, keys, found, apart, fit, weights, shares)


def _weights(of_traits: Mapping[str, float]) -> dict[str, Floats]:
    """Return weights by cluster and trait, each cluster before its traits, in the order of the knowledge files."""
    names = titles("en")
    traits = list(of_traits)
    own = np.array([of_traits[trait] for trait in traits])
    found: dict[str, Floats] = {}
    clusters = [code for code in names.clusters if set(names.members(code)) & set(traits)]
    for code in names.order([*clusters, *traits]):
        inside = np.isin(traits, names.members(code)) if code in names.clusters else np.array(traits) == code
        found[code] = np.where(inside, own, 0.0) / own[inside].sum()
    return found


def _met(table: pl.DataFrame) -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
    """Return how many ratings a candidate has on a trait, and from whom."""
    grouped = table.group_by("person", "trait").agg(pl.len(), pl.col("rater").unique())
    return {(person, trait): (n, frozenset(raters)) for person, trait, n, raters in grouped.iter_rows()}


def _rated(found: RatingLevels, person: int, weights: Floats) -> Floats:
    """Return weights of the traits on which the person has ratings, made to sum to one; zeros where there are none."""
    there = np.where(found.counts[person] > 0, weights, 0.0)
    return there / there.sum() if there.sum() > 0 else there


def _level(
    key: int,
    person: str,
    code: str,
    fit: Fitted,
    met: Mapping[tuple[str, str], tuple[int, frozenset[str]]],
    weights: Floats,
    true: Floats,
    apart: Mapping[str, Separability],
) -> Level:
    found = fit.found
    assert found is not None
    kind: Literal["trait", "cluster"] = "trait" if code in fit.traits else "cluster"
    place = fit.people.index(person)
    w = _rated(found, place, weights)
    own = [met[person, trait] for trait, weight in zip(fit.traits, w, strict=True) if weight > 0]
    many = sum(n for n, _ in own)
    raters = len(frozenset().union(*(who for _, who in own)))
    if not many:
        return Level(key, code, kind, None, None, None, 0, 0, False, "not_observed")
    if kind == "trait" and not apart[code].shown:
        return Level(key, code, kind, None, None, None, many, raters, False, "cluster_instead")
    level = found.level(place, w)
    spread = max(float(w @ true @ w), 0.0)
    phi = spread / (spread + level.se**2)
    reason = (
        "one_rater"
        if raters < 2
        else "disconnected"
        if not fit.connected
        else "few"
        if many < FEW_RATINGS or raters < FEW_RATERS
        else "undependable"
        if many < ENOUGH_RATINGS or phi < DEPENDABLE
        else ""
    )
    return Level(key, code, kind, level.mean, level.low, level.high, many, raters, True, reason, level.se, phi)
