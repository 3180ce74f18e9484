"""From behaviours to traits and clusters: weighted means, their intervals, their reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poise.estimation.deviations import Judged
from poise.estimation.posterior import Cumulants, cornish_fisher, probability_below
from poise.estimation.reliability import SplitHalf, halves, split_half

__all__ = ["CONVERSATIONS", "USUAL_CORRELATION", "Composite", "combine", "compose", "correlate", "halve"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CONVERSATIONS: Final = 8
"""Fewer conversations than this show nothing (science 1.5)."""
_PEOPLE_HALVED: Final = 1000
"""Halves are compared over so many people, evenly spaced over the batch; more would not tell more."""
USUAL_CORRELATION: Final = 0.45
"""Of observed traits where nobody has measured them, worth twenty people (science 2.8's worked case)."""


@dataclass(frozen=True, slots=True)
class Composite:
    """Level of every person on one trait or cluster; arrays have one entry per person of the batch."""

    cumulants: Cumulants  # of level - 3
    prior_variance: Floats
    observed: Bools  # any evidence at all
    gated: Bools  # at least one behaviour reached its gate
    weights: Floats  # behaviours x people, each person's sum to 1 where observed
    sample: Ints  # people whose halves are compared
    first: NDArray[np.float32]  # sample x halves
    second: NDArray[np.float32]  # sample x halves

    @property
    def mean(self) -> Floats:
        """Level, 1..5."""
        return np.clip(3 + self.cumulants.first, 1, 5)

    @property
    def low(self) -> Floats:
        """Lower end of the 90 % interval."""
        return np.minimum(np.clip(3 + cornish_fisher(self.cumulants, 0.05), 1, 5), self.mean)

    @property
    def high(self) -> Floats:
        """Upper end of the 90 % interval."""
        return np.maximum(np.clip(3 + cornish_fisher(self.cumulants, 0.95), 1, 5), self.mean)

    @property
    def reliability(self) -> Floats:
        """Share of the prior's variance that the person's own evidence has removed."""
        return np.clip(1 - self.cumulants.second / np.maximum(self.prior_variance, 1e-12), 0, 1)

    def below(self, standard: float) -> Floats:
        """Return the probability that the level is below ``standard``."""
        return probability_below(self.cumulants, standard - 3)


def compose(judged: Sequence[Judged], people: int) -> Composite:
    """Combine one trait's behaviours into a level for each of ``people``.

    A person's composite is the mean, by the norms' weights, over the behaviours that reached their gate for that
    person; where none did, over those with any evidence (which is never shown on its own).
    """
    amount = np.zeros((len(judged), people))
    enough = np.zeros((len(judged), people), dtype=bool)
    weight = np.array([j.norm.weight for j in judged])[:, None]
    for b, j in enumerate(judged):
        amount[b, j.people] = j.amount
        enough[b, j.people] = j.amount >= j.behaviour.gate
    gated = np.asarray(enough.any(axis=0), dtype=np.bool_)
    used = np.where(gated, enough, amount > 0) * weight
    total = used.sum(axis=0)
    weights = used / np.where(total > 0, total, 1)
    zero = np.zeros(people)
    cumulants = Cumulants(zero, zero, zero, zero)
    prior = np.zeros(people)
    sample = np.unique(np.linspace(0, max(people - 1, 0), min(people, _PEOPLE_HALVED)).astype(np.int64))
    position = np.full(people, -1, dtype=np.int64)
    position[sample] = np.arange(len(sample))
    first, second = (np.zeros((len(sample), len(halves())), dtype=np.float32) for _ in range(2))
    for b, j in enumerate(judged):
        own = weights[b, j.people]
        spread = Cumulants(*(np.zeros(people) for _ in range(4)))
        for into, value in zip(spread, j.level.scaled(own), strict=True):
            into[j.people] = value
        cumulants = cumulants.plus(spread)
        prior[j.people] += own**2 * j.prior_variance
        kept = np.flatnonzero(position[j.people] >= 0)
        one, two = _half_scores(j, kept)
        first[position[j.people[kept]]] += own[kept, None] * one
        second[position[j.people[kept]]] += own[kept, None] * two
    return Composite(cumulants, prior, np.asarray(total > 0), gated, weights, sample, first, second)


def _half_scores(j: Judged, rows: Ints) -> tuple[Floats, Floats]:
    """Return shrunken one-step scores of both halves, rows x halves, in between-person standard deviations."""
    chosen = halves().T.astype(np.float64)
    precision = 1 / j.norm.spread**2
    residual, information = j.residual[rows] @ chosen, j.information[rows] @ chosen
    rest = j.residual[rows].sum(axis=1, keepdims=True)
    rest_information = j.information[rows].sum(axis=1, keepdims=True)
    return (
        residual / (information + precision) / j.norm.spread,
        (rest - residual) / (rest_information - information + precision) / j.norm.spread,
    )


def combine(traits: Sequence[Composite], people: int) -> Composite:
    """Combine at least one trait into a cluster: the plain mean over traits that reached a gate (or else any)."""
    gated = np.array([t.gated for t in traits], dtype=np.bool_).reshape(len(traits), people)
    observed = np.array([t.observed for t in traits], dtype=np.bool_).reshape(len(traits), people)
    any_gated = np.asarray(gated.any(axis=0), dtype=np.bool_)
    used = np.where(any_gated, gated, observed).astype(np.float64)
    total = used.sum(axis=0)
    weights = used / np.where(total > 0, total, 1)
    zero = np.zeros(people)
    cumulants = Cumulants(zero, zero, zero, zero)
    prior = np.zeros(people)
    sample = traits[0].sample
    first, second = np.zeros_like(traits[0].first), np.zeros_like(traits[0].second)
    for w, t in zip(weights, traits, strict=True):
        cumulants = cumulants.plus(t.cumulants.scaled(w))
        prior = prior + w**2 * t.prior_variance
        first += (w[sample, None] * t.first).astype(np.float32)
        second += (w[sample, None] * t.second).astype(np.float32)
    return Composite(cumulants, prior, np.asarray(total > 0), any_gated, weights, sample, first, second)


def halve(composite: Composite, eligible: Bools) -> SplitHalf | None:
    """Return split-half reliability over the ``eligible`` people."""
    chosen = eligible[composite.sample]
    return split_half(composite.first[chosen], composite.second[chosen])


def correlate(levels: Mapping[str, Floats], eligible: Mapping[str, Bools]) -> tuple[list[str], Floats, int]:
    """Return names, correlations of observed levels over people, and the least number of people behind one.

    Correlations are drawn toward a usual .45 as by twenty people more, so that a handful of people cannot make
    traits look the same, or independent.
    """
    names = sorted(levels)
    out = np.eye(len(names), dtype=np.float64)
    least = 0 if len(names) < 2 else 10**9
    for i, a in enumerate(names):
        for k in range(i):
            b = names[k]
            both = eligible[a] & eligible[b]
            n = int(both.sum())
            least = min(least, n)
            r, known = 0.0, 0
            if n >= 3:
                x, y = levels[a][both], levels[b][both]
                if x.std() > 1e-9 and y.std() > 1e-9:
                    r, known = float(np.corrcoef(x, y)[0, 1]), n
            out[i, k] = out[k, i] = (known * r + 20 * USUAL_CORRELATION) / (known + 20)
    return names, out, least
