"""Do the traits show by themselves, or only the kind of question? The table of traits and methods of a campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from django.core.cache import cache
from numpy.typing import NDArray

from poise.app.interviews.panel.fitting import KEPT, kept_as
from poise.app.interviews.panel.gathering import digest_of
from poise.app.interviews.panel.quality import Figure
from poise.app.interviews.panel.separating import Separability
from poise.estimation.combining import MTMM, Shares, multitrait_multimethod, variance_shares
from poise.knowledge.interviews import Kit

__all__ = ["FEWEST", "METHODS", "Methods", "TraitRow", "methods"]

METHODS: Final = ("past", "dilemma")
"""The kinds of questions that are rated. Marks and recordings are sources of their own and enter nothing here."""
FEWEST: Final = 10
"""Candidates below whom neither shares nor correlations are worked out."""


@dataclass(frozen=True, slots=True)
class TraitRow:
    """What is known of one trait as a measurement; no candidate's level.

    ``ratings`` by method; ``convergent`` the correlation of the trait's methods, ``same_method`` its mean correlation
    with other traits by the same method, None where too few candidates have both; ``apart`` whether it may be shown.
    """

    trait: str
    ratings: Mapping[str, int]
    convergent: Figure | None
    same_method: float | None
    apart: Separability | None


@dataclass(frozen=True)
class Methods:
    """The table, and the shares of variance between candidates; None below :data:`FEWEST` candidates."""

    rows: tuple[TraitRow, ...]
    shares: Shares | None
    people: int


def methods(table: pl.DataFrame, kit: Kit, separability: Mapping[str, Separability]) -> Methods:
    """Return the table of traits and methods. ``table`` holds the ratings, the recorded interview's left out here."""
    traits = list(kit.traits)
    forms = {question.id: question.form for question in kit.questions}
    own = table.filter(~pl.col("anchor") & pl.col("trait").is_in(traits)).with_columns(
        method=pl.col("item").replace_strict(forms, default=None, return_dtype=pl.String)
    )
    own = own.filter(pl.col("method").is_in(METHODS))
    counts = {(trait, method): n for trait, method, n in own.group_by("trait", "method").agg(pl.len()).iter_rows()}
    people = own["person"].n_unique()
    judged, shares = _judged(own, traits) if people >= FEWEST else (None, None)
    rows = tuple(
        TraitRow(
            trait,
            {method: counts.get((trait, method), 0) for method in METHODS},
            _correlation(judged, place) if judged is not None else None,
            _known(judged.same_method[place]) if judged is not None else None,
            separability.get(trait),
        )
        for place, trait in enumerate(traits)
    )
    return Methods(rows, shares, people)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _correlation(judged: MTMM, place: int) -> Figure | None:
    """Return the correlation of a trait's two methods with Fisher's interval."""
    other = len(judged.convergent) + place
    r, n = float(judged.correlations[place, other]), int(judged.people[place, other])
    if not np.isfinite(r) or n < 4:
        return None
    middle, half = np.arctanh(np.clip(r, -0.999, 0.999)), 1.6448536269514722 / np.sqrt(n - 3)
    return Figure(r, float(np.tanh(middle - half)), float(np.tanh(middle + half)), n)


def _judged(table: pl.DataFrame, traits: Sequence[str]) -> tuple[MTMM, Shares | None]:
    key = kept_as("methods", digest_of(table.drop("method")))
    kept: tuple[tuple[str, ...], MTMM, Shares | None] | None = cache.get(key)
    if kept is not None and kept[0] == tuple(traits):
        return kept[1], kept[2]
    cube = _cube(table, traits)
    judged = multitrait_multimethod(cube, least=FEWEST)
    several = (np.isfinite(cube).any(axis=(0, 1)).sum() > 1) and (np.isfinite(cube).any(axis=(0, 2)).sum() > 1)
    shares = variance_shares(cube, method="henderson") if several else None
    cache.set(key, (tuple(traits), judged, shares), KEPT)
    return judged, shares


def _cube(table: pl.DataFrame, traits: Sequence[str]) -> NDArray[np.float64]:
    """Return mean ratings, people x traits x methods, each rater's own mean taken out; NaN where there is none."""
    people = table["person"].unique().sort().to_list()
    level = table.with_columns(
        rating=pl.col("rating") - pl.col("rating").mean().over("rater") + pl.col("rating").mean()
    )
    cube = np.full((len(people), len(traits), len(METHODS)), np.nan)
    for person, trait, method, mean in (
        level.group_by("person", "trait", "method").agg(pl.col("rating").mean()).iter_rows()
    ):
        cube[people.index(person), list(traits).index(trait), METHODS.index(method)] = mean
    return cube
