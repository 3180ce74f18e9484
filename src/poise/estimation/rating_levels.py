"""Levels of people on traits from ratings, at equal severity of raters, for panels of any size.

The linear form of the many-facet model: a rating is the person's level on the trait, plus the rater's severity, the
question's difficulty, how the person and the rater, and the person and the question, happen to suit each other, and
what is left. The Rasch form (:mod:`poise.estimation.rasch`) takes a person's ratings as independent once severity is
known; they are not, and its intervals of single traits are too narrow for people to be decided on. Here raters and
questions are drawn from many, so that an interval is about *another* panel with other questions. How large these
parts are is estimated from the panel together with planning values, which decide alone where the panel is tiny.
Formulas: ``docs/method/interviews.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as t_distribution

from poise.estimation.generalizability_unbalanced import components, interaction
from poise.estimation.threads import one_thread

__all__ = ["PLANNING", "PLANNING_WEIGHT", "Difference", "RatingLevel", "RatingLevels", "rating_levels"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PLANNING: Final[Mapping[str, float]] = {
    "person": 0.20,
    "rater": 0.08,
    "person_rater": 0.05,
    "item": 0.05,
    "person_item": 0.30,
    "residual": 0.32,
}
"""Variances in squared points of a 1 to 5 scale that are expected before a panel has said anything: shares of science
1.5 (a question stands where a conversation stands there, its own difficulty apart) of a total of one."""

PLANNING_WEIGHT: Final = 10.0
"""Degrees of freedom that each planning value counts for beside the panel's own."""

_PARTS: Final = ("rater", "person_rater", "item", "person_item", "residual")
_LOW, _HIGH = 1.0, 5.0


class RatingLevel(NamedTuple):
    """A level on the scale of the ratings, its interval (90 % unless asked otherwise) and standard error."""

    mean: float
    low: float
    high: float
    se: float
    df: float


class Difference(NamedTuple):
    """One person's level less another's; ``above`` is the probability that it is more than zero."""

    gap: float
    se: float
    df: float
    above: float


@dataclass(frozen=True)
class RatingLevels:
    """Levels of all persons with everything that their errors have in common.

    Attributes
    ----------
    means
        ``(persons, traits)``; NaN without ratings. Not drawn towards anybody else's.
    own
        ``(persons, traits, traits)``: covariance of errors that are the person's own.
    shared, shared_covariance
        ``(persons, traits, s)`` and ``(s, s)``: errors through raters and questions that others have too.
    variances
        By part (:data:`PLANNING`; without ``person``): what was used.
    freedom
        By part: degrees of freedom behind it, the planning value's among them.
    counts
        ``(persons, traits)``: ratings.
    leniency
        By rater, in the order of their codes: points that they give more than the panel, drawn towards zero.
    """

    means: Floats
    own: Floats
    shared: Floats
    shared_covariance: Floats
    variances: Mapping[str, float]
    freedom: Mapping[str, float]
    counts: Ints
    leniency: Floats
    _by_rater: Floats  # (persons, traits, raters): shares of ratings
    _by_item: Floats  # (persons, traits): sum of squared shares of questions

    def level(self, person: int, weights: ArrayLike, *, confidence: float = 0.90) -> RatingLevel:
        """Return the level of a person on the traits weighted by ``weights``, which sum to one.

        Weights of traits on which the person has no ratings must be zero (ValueError). Clipped to the scale.
        """
        w = self._weights(person, weights)
        mean = float(w @ np.nan_to_num(self.means[person]))
        variance = self._variance(person, w)
        df = self._freedom(self._parts(person, w))
        half = float(t_distribution.ppf(0.5 + confidence / 2, df)) * float(np.sqrt(variance))
        low, middle, high = np.clip([mean - half, mean, mean + half], _LOW, _HIGH)
        return RatingLevel(float(middle), float(low), float(high), float(np.sqrt(variance)), df)

    def difference(self, first: int, second: int, weights: ArrayLike) -> Difference:
        """Return the level of ``first`` less that of ``second``; what the same raters and questions add cancels."""
        w = self._weights(first, weights)
        self._weights(second, w)
        own = float(w @ (self.own[first] + self.own[second]) @ w)
        way = w @ (self.shared[first] - self.shared[second])
        variance = own + float(way @ self.shared_covariance @ way)
        gap = float(w @ np.nan_to_num(self.means[first] - self.means[second]))
        one, other = self._parts(first, w), self._parts(second, w)
        parts = {name: one[name] + other[name] for name in one if name != "item"}
        raters = w @ (self._by_rater[first] - self._by_rater[second])
        parts["rater"] = self.variances["rater"] * float(raters @ raters)
        df = self._freedom(parts)
        return Difference(gap, float(np.sqrt(variance)), df, float(t_distribution.cdf(gap / np.sqrt(variance), df)))

    def error_covariance(self, persons: ArrayLike) -> Floats:
        """Return the mean covariance of errors between traits as far as it tells ``persons`` apart."""
        chosen = np.asarray(persons, dtype=np.int64)
        ways = self.shared[chosen] - self.shared[chosen].mean(axis=0)
        common = np.tensordot(ways @ self.shared_covariance, ways, axes=([0, 2], [0, 2])) / max(chosen.size - 1, 1)
        return np.asarray(self.own[chosen].mean(axis=0) + common)

    def _weights(self, person: int, weights: ArrayLike) -> Floats:
        w = np.asarray(weights, dtype=float)
        if w.shape != self.means.shape[1:] or (self.counts[person][w != 0] == 0).any() or not (w != 0).any():
            raise ValueError("weights are one for each trait, and zero where the person has no ratings")
        return w

    def _variance(self, person: int, w: Floats) -> float:
        way = w @ self.shared[person]
        return float(w @ self.own[person] @ w + way @ self.shared_covariance @ way)

    def _parts(self, person: int, w: Floats) -> dict[str, float]:
        """Return about how much of the error variance each part is: as for plain means."""
        raters = w @ self._by_rater[person]
        squared = float(raters @ raters)
        items = float((w**2) @ self._by_item[person])
        rest = float((w[w != 0] ** 2 / self.counts[person][w != 0]).sum())
        factors = {"rater": squared, "person_rater": squared, "item": items, "person_item": items, "residual": rest}
        return {name: self.variances[name] * factor for name, factor in factors.items()}

    def _freedom(self, parts: Mapping[str, float]) -> float:
        """Return Satterthwaite's degrees of freedom of a sum of variances."""
        total = sum(parts.values())
        return total**2 / sum(value**2 / self.freedom[name] for name, value in parts.items())


@one_thread
def rating_levels(
    values: ArrayLike,
    persons: ArrayLike,
    traits: ArrayLike,
    raters: ArrayLike,
    items: ArrayLike,
    *,
    shape: tuple[int, int] | None = None,
) -> RatingLevels:
    """Return the levels of persons on traits.

    Parameters
    ----------
    values
        Ratings on the scale from 1 to 5, one per row; missing ratings are rows that are not there.
    persons, traits, raters, items
        Codes from 0 of each rating. An item (question) belongs to one trait.
    shape
        How many persons and traits there are; as many as the codes say where left out.

    Notes
    -----
    y = level(person, trait) + rater + item + person x rater + person x item + rest, levels free, the others normal
    around zero. Their variances: each by Henderson's method from the panel, averaged with :data:`PLANNING` by degrees
    of freedom (:data:`PLANNING_WEIGHT` for the latter); what a design cannot tell apart is split as planned. Intervals
    by Student's t with Satterthwaite's degrees of freedom. Any design has an answer: what raters of two unconnected
    halves add is as uncertain as raters differ. Deterministic, the same in any order of rows. ValueError for lengths
    that differ, values that are not finite, or an item of two traits.
    """
    y = np.asarray(values, dtype=float)
    codes = [np.asarray(one, dtype=np.int64) for one in (persons, traits, raters, items)]
    if not y.size or any(one.shape != y.shape for one in codes) or not np.isfinite(y).all():
        raise ValueError("every rating needs a finite value and a code of person, trait, rater and item")
    order = np.lexsort((y, *codes[::-1]))
    y, (p, t, r, i) = y[order], (one[order] for one in codes)
    if np.unique(np.stack([i, t]), axis=1).shape[1] != np.unique(i).size:
        raise ValueError("an item belongs to one trait")
    n_persons, n_traits = shape or (int(p.max()) + 1, int(t.max()) + 1)
    r = np.unique(r, return_inverse=True)[1].astype(np.int64)
    i = np.unique(i, return_inverse=True)[1].astype(np.int64)
    variances, freedom = _variances(y, p, t, r, i)
    n_raters, n_items = int(r.max()) + 1, int(i.max()) + 1
    size = n_raters + n_items
    means = np.full((n_persons, n_traits), np.nan)
    own = np.zeros((n_persons, n_traits, n_traits))
    shared = np.zeros((n_persons, n_traits, size))
    counts = np.zeros((n_persons, n_traits), dtype=np.int64)
    by_rater = np.zeros((n_persons, n_traits, n_raters))
    by_item = np.zeros((n_persons, n_traits))
    prior = np.repeat([1 / variances["rater"], 1 / variances["item"]], [n_raters, n_items])
    information, right = np.diag(prior), np.zeros(size)
    plain: dict[int, tuple[Ints, Floats]] = {}
    starts = np.flatnonzero(np.concatenate([[True], p[1:] != p[:-1]]))
    for begin, end in zip(starts, [*starts[1:], y.size], strict=True):
        rows = slice(int(begin), int(end))
        person = int(p[begin])
        rated, place = np.unique(t[rows], return_inverse=True)
        x = np.eye(rated.size)[place]
        of_rater, of_item = np.eye(n_raters)[r[rows]], np.eye(n_items)[i[rows]]
        w = np.hstack([of_rater, of_item])
        v = (
            variances["residual"] * np.eye(end - begin)
            + variances["person_rater"] * (of_rater @ of_rater.T)
            + variances["person_item"] * (of_item @ of_item.T)
        )
        solved = np.linalg.solve(v, np.hstack([x, w, y[rows, None]]))
        vx, vw, vy = solved[:, : rated.size], solved[:, rated.size : -1], solved[:, -1]
        inverse = np.linalg.inv(x.T @ vx)
        along = inverse @ (vx.T @ w)
        information += w.T @ vw - (vx.T @ w).T @ along
        right += w.T @ vy - along.T @ (vx.T @ y[rows])
        plain[person] = (rated, inverse @ (vx.T @ y[rows]))
        own[person][np.ix_(rated, rated)] = inverse
        shared[person, rated] = along
        counts[person] = np.bincount(t[rows], minlength=n_traits)
        for trait in rated:
            chosen = t[rows] == trait
            by_rater[person, trait] = of_rater[chosen].mean(axis=0)
            by_item[person, trait] = float((of_item[chosen].mean(axis=0) ** 2).sum())
    covariance = np.linalg.inv(information)
    effects = covariance @ right
    for person, (rated, values_) in plain.items():
        means[person, rated] = values_ - shared[person, rated] @ effects
    return RatingLevels(
        means, own, shared, covariance, variances, freedom, counts, effects[:n_raters], by_rater, by_item
    )


def _variances(y: Floats, p: Ints, t: Ints, r: Ints, i: Ints) -> tuple[dict[str, float], dict[str, float]]:
    """Return the variance of each part with its degrees of freedom: the panel's and the planning values' together."""
    pt, pr, pi = interaction(p, t), interaction(p, r), interaction(p, i)
    parts = {"rater": r, "item": i, "person_rater": pr, "person_item": pi}
    many = {name: int(np.unique(one).size) for name, one in {**parts, "p": p, "t": t, "pt": pt}.items()}
    free = {
        "rater": many["rater"] - (many["p"] if many["person_rater"] == many["rater"] else 1),
        "person_rater": many["person_rater"] - many["p"] - many["rater"] + 1,
        "item": many["item"] - many["t"],
        "person_item": many["person_item"] - many["pt"] - many["item"] + many["t"],
        "residual": y.size - many["person_item"] - many["person_rater"] + many["p"],
    }
    groups = _told_apart({"p": p, "pt": pt, "t": t}, parts, y.size)
    found: dict[str, float] = {}
    estimable = [own for own in groups if free[own[0]] > 0 or "residual" in own]
    effects = {name: code for name, code in {"p": p, "pt": pt}.items() if 1 < many[name] < y.size}
    if len(effects) == 2 and many["p"] == many["pt"]:
        del effects["pt"]
    effects |= {own[0]: parts[own[0]] for own in estimable if "residual" not in own}
    within = y - (np.bincount(t, y) / np.maximum(np.bincount(t), 1))[t]
    if effects and y.size > len(effects) + 1:
        found = components(within, effects, method="henderson").components.variances
        found["residual"] = found.pop("error")
    variances, freedom = {}, {}
    for own in groups:
        name = "residual" if "residual" in own else own[0]
        df = float(max(max(free[one] for one in own), 0)) if name in found else 0.0
        planned = sum(PLANNING[one] for one in own)
        pooled = (PLANNING_WEIGHT * planned + df * found.get(name, 0.0)) / (PLANNING_WEIGHT + df)
        for one in own:
            variances[one], freedom[one] = pooled * PLANNING[one] / planned, PLANNING_WEIGHT + df
    return {one: variances.get(one, PLANNING[one]) for one in _PARTS}, {
        one: freedom.get(one, PLANNING_WEIGHT) for one in _PARTS
    }


def _told_apart(persons: Mapping[str, Ints], parts: Mapping[str, Ints], ratings: int) -> list[list[str]]:
    """Return the parts that this design can estimate, those that it cannot tell from each other together.

    A part that has one level, or that goes with persons or traits alone, is in none.
    """
    seen: dict[bytes, list[str]] = {np.arange(ratings).tobytes(): ["residual"]}
    taken = {_partition(one) for one in persons.values()}
    for name, one in parts.items():
        key = _partition(one)
        if key not in taken and int(one.max()) > 0:
            seen.setdefault(key, []).append(name)
    return list(seen.values())


def _partition(codes: Ints) -> bytes:
    """Return the same for codes that part the ratings alike."""
    first, inverse = np.unique(codes, return_index=True, return_inverse=True)[1:]
    return np.asarray(first[inverse], dtype=np.int64).tobytes()
