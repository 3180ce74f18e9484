"""What further answers would change: the levels worked out anew as if they had been given (science 4, C-203/22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.panel.fitting import fitted
from poise.app.interviews.panel.gathering import RATINGS
from poise.app.interviews.panel.levels import Standing

__all__ = ["ANSWERS", "RATED", "Change", "changes"]

ANSWERS: Final = 2
"""Further answers about each trait."""
RATED: Final = (4, 2)
"""How all who rated the candidate would rate each of them: once so, once so."""


@dataclass(frozen=True, slots=True)
class Change:
    """A level as it would be, if so many further answers about each trait were all rated ``rated``."""

    code: str
    rated: int
    mean: float
    low: float
    high: float


def changes(candidate: Candidate, stood: Standing) -> list[Change]:
    """Return what each level of a candidate that is shown would be, in the order of :data:`RATED` and of the levels.

    The further answers are to new questions, rated by those who rated the candidate on the trait; everything is
    fitted again with them, so that the interval is what it would be too.
    """
    shown = [one.code for one in stood.of(candidate.pk).values() if one.shown]
    own = stood.table.filter((pl.col("person") == candidate.code) & pl.col("trait").is_in(stood.fit.traits))
    if not shown or own.is_empty():
        return []
    found = []
    for rated in RATED:
        then = fitted(pl.concat([stood.table, _further(own, rated)]), stood.fit.traits)
        assert then.found is not None
        place = then.people.index(candidate.code)
        for code in shown:
            w = np.where(then.found.counts[place] > 0, stood.weights[code], 0.0)
            level = then.found.level(place, w / w.sum())
            found.append(Change(code, rated, level.mean, level.low, level.high))
    return found


def _further(own: pl.DataFrame, rated: int) -> pl.DataFrame:
    """Return :data:`ANSWERS` further ratings by each rater on each trait that they rated, on new questions."""
    met = own.group_by("person", "rater", "trait", maintain_order=True).agg(
        pl.col("at").max(), pl.col("situation").last(), pl.col("group").first(), pl.col("anchor").first()
    )
    return pl.concat(
        [
            met.with_columns(
                (pl.col("trait") + f".further_{number}").alias("item"), pl.lit(float(rated)).alias("rating")
            ).select(list(RATINGS))
            for number in range(ANSWERS)
        ]
    )
