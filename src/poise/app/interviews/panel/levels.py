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
from poise.estimation.composites import USUAL_CORRELATION
from poise.estimation.rating_levels import PLANNING, PLANNING_WEIGHT, Difference, RatingLevels
from poise.estimation.subscores import prmse
from poise.reports.titles import titles

__all__ = ["DEPENDABLE", "REASONS", "Level", "Separability", "Standing", "levels", "standing"]

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
_PEOPLE: Final = 20
"""How many candidates the usual correlation between traits counts for."""


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


@dataclass(frozen=True, slots=True)
class Separability:
    """How well a trait's own level, and the total over all, predict the candidates' true level on it (PRMSE)."""

    own: float
    total: float

    @property
    def shown(self) -> bool:
        """Whether the trait may be shown by itself (Haberman 2008)."""
        return self.own > self.total


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
        By trait of the kit; empty without ratings.
    """

    table: pl.DataFrame
    digest: str
    candidates: Mapping[str, int]
    levels: list[Level]
    separability: Mapping[str, Separability]
    fit: Fitted
    weights: Mapping[str, Floats]  # code of a trait or cluster → weights of the kit's traits inside it

    def of(self, candidate: int) -> dict[str, Level]:
        """The levels of one candidate by code."""
        return {one.code: one for one in self.levels if one.candidate == candidate}

    def alone(self, code: str) -> bool:
        """Whether this trait is all that the kit has of its cluster, so that the cluster says the same."""
        return code in self.separability and any(
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
    weights = _weights(kit.weights())
    digest = digest_of(table)
    if fit.found is None:
        return Standing(table, digest, {}, [], {}, fit, weights)
    true, apart = _separate(fit.found, [fit.people.index(code) for code in keys], traits)
    met = _met(table)
    found = [
        _level(key, code, what, fit, met, weights[what], true, apart) for code, key in keys.items() for what in weights
    ]
    return Standing(table, digest, keys, found, apart, fit, weights)


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


def _separate(
    found: RatingLevels, people: list[int], traits: tuple[str, ...]
) -> tuple[Floats, dict[str, Separability]]:
    """Return the covariance of candidates' true levels, and whether each trait can be told from the total.

    What the candidates say is averaged with what is usual: person variance as planned, observed correlation
    :data:`~poise.estimation.composites.USUAL_CORRELATION`; so few candidates alone show no trait apart.
    """
    size = len(traits)
    there = found.counts[people] > 0
    errors: dict[tuple[int, ...], Floats] = {}

    def error_of(chosen: list[int]) -> Floats:
        key = tuple(chosen)
        if key not in errors:
            errors[key] = found.error_covariance(chosen)
        return errors[key]

    true, error, r = np.zeros(size), np.zeros(size), np.eye(size)
    for k in range(size):
        rated = [person for person, yes in zip(people, there[:, k], strict=True) if yes]
        error[k] = error_of(rated)[k, k] if rated else PLANNING["residual"]
        seen = float(np.var(found.means[rated, k], ddof=1)) - error[k] if len(rated) > 1 else 0.0
        df = max(len(rated) - 1, 0)
        true[k] = (PLANNING_WEIGHT * PLANNING["person"] + df * max(seen, 0.0)) / (PLANNING_WEIGHT + df)
    for k in range(size):
        for m in range(k):
            both = [person for person, yes in zip(people, there[:, k] & there[:, m], strict=True) if yes]
            value, n = 0.0, 0
            if len(both) > 2:
                shared = float(np.cov(found.means[both, k], found.means[both, m])[0, 1])
                # prmse takes errors as independent: what the same raters add to both traits is taken out
                shared -= float(error_of(both)[k, m])
                spread = float(np.sqrt((true[k] + error[k]) * (true[m] + error[m])))
                value, n = min(max(shared / spread, -0.99), 0.99), len(both)
            r[k, m] = r[m, k] = (n * value + _PEOPLE * USUAL_CORRELATION) / (n + _PEOPLE)
    sds = np.sqrt(true + error)
    judged = prmse(true / (true + error), r, sds)
    covariance = r * np.outer(sds, sds)
    np.fill_diagonal(covariance, true)
    return covariance, {
        trait: Separability(float(judged.own[k]), float(judged.total[k])) for k, trait in enumerate(traits)
    }


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
    kind: Literal["trait", "cluster"] = "trait" if code in apart else "cluster"
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
