"""Can the traits of a campaign's candidates be told from each other? Haberman's test (2008) for panels of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poise.estimation.rating_levels import PLANNING, RatingLevels
from poise.estimation.subscores import prmse_of_covariances

__all__ = ["Separability", "separate"]

Floats = NDArray[np.float64]

_USUAL_CORRELATION: Final = 0.90
"""Of candidates' true levels on two traits before they have said anything: .45 as observed with the reliability of .50
that a trait of three questions and three raters has. Nearly all that sittings like this tell reliably is general."""
_WEIGHT: Final = 20.0
"""Degrees of freedom that the usual covariance counts for."""


@dataclass(frozen=True, slots=True)
class Separability:
    """How well a trait's own level, and the total over all, predict the candidates' true level on it (PRMSE)."""

    own: float
    total: float

    @property
    def shown(self) -> bool:
        """Whether the trait may be shown by itself (Haberman 2008)."""
        return self.own > self.total


def separate(found: RatingLevels, people: list[int], traits: tuple[str, ...]) -> tuple[Floats, dict[str, Separability]]:
    """Return the covariance of candidates' true levels, and whether each trait can be told from the total.

    What the candidates say, the covariance of their levels less that of the levels' errors, is averaged with what is
    usual by degrees of freedom, variances and covariances with the same weight: two candidates of whom one is better
    on everything vary on everything together, and say nothing of a trait apart.
    """
    size = len(traits)
    there = found.counts[people] > 0
    errors: dict[tuple[int, ...], Floats] = {}

    def error_of(chosen: list[int]) -> Floats:
        key = tuple(chosen)
        if key not in errors:
            errors[key] = found.error_covariance(chosen)
        return errors[key]

    seen, error, df = (np.zeros((size, size)) for _ in range(3))
    rated = np.flatnonzero(there.any(axis=0))
    for k in rated:
        for m in rated[rated <= k]:
            both = [person for person, yes in zip(people, there[:, k] & there[:, m], strict=True) if yes]
            if both:
                error[k, m] = error[m, k] = error_of(both)[k, m]
            if len(both) > 1:
                seen[k, m] = seen[m, k] = float(np.cov(found.means[both, k], found.means[both, m])[0, 1])
                df[k, m] = df[m, k] = len(both) - 1
    inside = np.ix_(rated, rated)
    usual = PLANNING["person"] * (_USUAL_CORRELATION + (1 - _USUAL_CORRELATION) * np.eye(size))
    averaged = (_WEIGHT * usual + df * (seen - error)) / (_WEIGHT + df)
    values, vectors = np.linalg.eigh(averaged[inside])
    # the errors of few candidates can by chance be less alike than expected; no weights of traits vary less than nil
    true = np.zeros((size, size))
    true[inside] = (vectors * np.maximum(values, 0.0)) @ vectors.T
    judged = prmse_of_covariances(true[inside], error[inside])
    return true, {
        traits[k]: Separability(float(judged.own[place]), float(judged.total[place])) for place, k in enumerate(rated)
    }
