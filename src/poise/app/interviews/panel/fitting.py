"""The fit behind levels, made once for the same ratings and kept in the cache: codes and numbers, nobody's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from django.core.cache import cache

from poise import __version__
from poise.app.interviews.panel.gathering import digest_of
from poise.estimation.rasch_design import subsets
from poise.estimation.rating_levels import RatingLevels, rating_levels

__all__ = ["KEPT", "Fitted", "fitted", "kept_as"]

KEPT: Final = 24 * 60 * 60
"""Seconds that a fit is kept."""


@dataclass(frozen=True)
class Fitted:
    """What ratings come to.

    Attributes
    ----------
    people, traits
        Codes in the order of ``found``'s rows and columns; the recorded interview is among the people.
    found
        None without ratings.
    connected
        Whether every two candidates can be compared whatever their raters' severity.
    """

    digest: str
    people: tuple[str, ...]
    traits: tuple[str, ...]
    found: RatingLevels | None
    connected: bool


def kept_as(kind: str, digest: str) -> str:
    """Return the key under which the cache keeps something made from these ratings by this version."""
    return f"panel:{kind}:{__version__}:{digest}"


def fitted(table: pl.DataFrame, traits: tuple[str, ...]) -> Fitted:
    """Return the fit of ``table`` (:data:`~poise.app.interviews.panel.gathering.RATINGS`).

    ``traits`` are the kit's; ratings of others are left out.
    """
    own = table.filter(pl.col("trait").is_in(traits))
    digest = digest_of(own)
    key = kept_as("levels", digest)
    known: Fitted | None = cache.get(key)
    if known is not None and known.traits == traits:
        return known
    made = _fit(own, digest, traits)
    cache.set(key, made, KEPT)
    return made


def _fit(table: pl.DataFrame, digest: str, traits: tuple[str, ...]) -> Fitted:
    if table.is_empty():
        return Fitted(digest, (), traits, None, True)
    people = tuple(table["person"].unique().sort())

    def coded(column: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        names = table[column].unique().sort()
        return table[column].cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()

    persons, raters, items = coded("person"), coded("rater"), coded("item")
    of_trait = table["trait"].replace_strict(list(traits), range(len(traits)), return_dtype=pl.Int64).to_numpy()
    apart, links = subsets(persons, (raters, items))
    found = rating_levels(
        table["rating"].to_numpy(), persons, of_trait, raters, items, shape=(len(people), len(traits))
    )
    return Fitted(digest, people, traits, found, len(apart) < 2 and not links)
