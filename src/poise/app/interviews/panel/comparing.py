"""Candidates side by side: levels with their intervals, and who is above whom. No total, no order by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import SystemRandom
from typing import Final, Literal

from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.panel.levels import Level, Standing
from poise.app.interviews.panel.wording import chance
from poise.estimation.rating_levels import Difference
from poise.reports.quotes import clean

__all__ = ["FEWEST", "MOST", "Pair", "Part", "in_order", "side_by_side"]

FEWEST: Final = 2
MOST: Final = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two candidates, the likelier one first; ``found`` is None where they cannot be compared on this."""

    first: Candidate
    second: Candidate
    found: Difference | None
    says: str


@dataclass(frozen=True, slots=True)
class Part:
    """One cluster, or a trait that can be told apart: each candidate's level, and every pair."""

    code: str
    kind: Literal["trait", "cluster"]
    levels: tuple[tuple[Candidate, Level | None], ...]
    pairs: tuple[Pair, ...]


def in_order(candidates: Sequence[Candidate], order: str) -> list[Candidate]:
    """Return candidates by name, or shuffled anew (``random``): never by level."""
    found = sorted(candidates, key=lambda one: (one.name.casefold(), one.pk))
    if order == "random":
        SystemRandom().shuffle(found)
    return found


def side_by_side(stood: Standing, candidates: Sequence[Candidate]) -> list[Part]:
    """Return what the ratings say of ``candidates``, in their order.

    Traits that no candidate has shown, and those that are all of their cluster, are left out.

    Those of the alternative process have no levels and are not passed in.
    """
    own = {one.pk: stood.of(one.pk) for one in candidates}
    parts = []
    for code in stood.weights:
        kind: Literal["trait", "cluster"] = "trait" if code in stood.separability else "cluster"
        levels = tuple((one, own[one.pk].get(code)) for one in candidates)
        if kind == "trait" and (stood.alone(code) or not any(level and level.shown for _, level in levels)):
            continue
        pairs = tuple(_pair(stood, first, second, code) for first, second in combinations(candidates, 2))
        parts.append(Part(code, kind, levels, pairs))
    return parts


def _pair(stood: Standing, first: Candidate, second: Candidate, code: str) -> Pair:
    found = stood.difference(first.pk, second.pk, code)
    if found is not None and found.above < 0.5:
        # the likelier one is named first, so that one sentence fits
        first, second, found = second, first, stood.difference(second.pk, first.pk, code)
    says = chance(found.above, clean(first.name), clean(second.name)) if found is not None else ""
    return Pair(first, second, found, says)
