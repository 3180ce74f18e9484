"""A team at a glance: who stands where, who needs help with what, and what groups of five or more show together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from django.db.models import Avg, Count, Q, QuerySet

from poise.app.people.models import Estimate, Person
from poise.app.people.reading import CONVERSATION, LEVEL, estimates, level
from poise.app.people.trend import complete
from poise.reports.profile import SURE, Level
from poise.reports.titles import Titles

__all__ = ["FEWEST", "Help", "Mean", "by_group", "by_period", "columns", "helped", "in_order", "levels_of", "means"]

FEWEST: Final = 5
"""Numbers of a group are shown from this many people on: of fewer, somebody's own could be worked out."""


@dataclass(frozen=True, slots=True)
class Mean:
    """What the people of a group have in common: their average level.

    ``low`` and ``high`` are the averages of their ranges: as wide as if all their errors went together, which is what
    the uncertainty of the norms makes them do. All three are null for fewer than :data:`FEWEST` people.
    """

    people: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Help:
    """One person who is below the standard in something, by each source that says anything of it."""

    person: Person
    trait: str
    sources: list[tuple[str, Level]]

    @property
    def probability(self) -> float:
        """The greatest probability that any source gives."""
        return max(found.below_standard or 0.0 for _, found in self.sources)

    @property
    def agreed(self) -> bool:
        """Whether two sources say so."""
        return sum(found.needs_help for _, found in self.sources) >= 2

    @property
    def level(self) -> Level:
        """The level of the source that is surest."""
        return max(self.sources, key=lambda one: one[1].below_standard or 0.0)[1]


def columns(show: str, names: Titles) -> list[tuple[str, str]]:
    """Return what the map shows (code, title): ``clusters``, ``traits``, or one cluster with its traits."""
    if show in names.clusters:
        codes = [show, *names.members(show)]
    else:
        codes = list(names.traits) if show == "traits" else list(names.clusters)
    return [(code, names.trait(code)) for code in codes]


def _conversations(people: QuerySet[Person], period: str) -> QuerySet[Estimate]:
    return estimates(people, period=period).filter(source=CONVERSATION)


def in_order(people: QuerySet[Person], period: str) -> list[int]:
    """Return the keys of people: those who need help first, those of whom nothing can be said last. Two queries."""
    standing = {
        person: (needs, mean)
        for person, needs, mean in _conversations(people, period)
        .filter(kind="cluster", shown=True)
        .order_by()
        .values_list("person")
        .annotate(needs=Count("pk", filter=Q(below_standard__gte=SURE)), level=Avg("mean"))
    }

    def place(one: tuple[int, str]) -> tuple[bool, int, float, str, int]:
        needs, mean = standing.get(one[0], (0, None))
        return (mean is None, -needs, mean or 0.0, one[1].casefold(), one[0])

    return [key for key, _ in sorted(people.order_by().values_list("pk", "name"), key=place)]


def levels_of(people: Sequence[int], period: str) -> dict[int, dict[str, Level]]:
    """Return the levels of these people by trait or cluster. One query."""
    found: dict[int, dict[str, Level]] = {person: {} for person in people}
    for person, *row in estimates(people, period=period).filter(source=CONVERSATION).values_list("person", *LEVEL):
        one = level(row)
        found[person][one.trait] = one
    return found


def helped(
    people: QuerySet[Person], period: str, names: Titles, codes: Sequence[str], most: int
) -> tuple[list[Help], int]:
    """Return who is below the standard with at least :data:`poise.reports.profile.SURE` certainty.

    Of those of whom that is surest, ``most`` are returned, what two sources say first; and how many there are. Two
    queries.
    """
    counted = [code for code in codes if len(names.members(code)) > 1 or code in names.traits]
    below: dict[tuple[int, str], float] = {}
    found_below = estimates(people, period=period).filter(shown=True, below_standard__gte=SURE, trait__in=counted)
    for person, trait, probability in found_below.order_by().values_list("person_id", "trait", "below_standard"):
        below[person, trait] = max(probability or 0.0, below.get((person, trait), 0.0))
    kept = set(nsmallest(most, below, key=lambda pair: (-below[pair], pair)))
    rows = (
        estimates({person for person, _ in kept}, period=period)
        .filter(shown=True, trait__in={trait for _, trait in kept})
        .select_related("person__team")
    )
    found: dict[tuple[int, str], Help] = {}
    for row in rows.order_by("person", "trait", "source"):
        if (row.person_id, row.trait) in kept:
            one = found.setdefault((row.person_id, row.trait), Help(row.person, row.trait, []))
            one.sources.append((row.source, level(getattr(row, name) for name in LEVEL)))
    ordered = sorted(found.values(), key=lambda one: (not one.agreed, -one.probability, one.person.name, one.trait))
    return ordered, len(below)


def means(people: QuerySet[Person], period: str) -> dict[str, Mean]:
    """Return the averages of a group by trait or cluster. One query."""
    rows = (
        _conversations(people, period)
        .filter(shown=True)
        .order_by()
        .values_list("trait")
        .annotate(Count("pk"), Avg("mean"), Avg("low"), Avg("high"))
    )
    return {trait: _mean(*row) for trait, *row in rows}


def _mean(people: int, mean: float, low: float, high: float) -> Mean:
    return Mean(people, mean, low, high) if people >= FEWEST else Mean(people, None, None, None)


def by_period(people: Sequence[int], codes: Sequence[str]) -> dict[str, list[tuple[str, Mean]]]:
    """Return the averages of a group by trait or cluster and period, oldest first. One query.

    All have the same periods, from the first to the last in which anything may be shown of anybody.
    """
    rows = (
        estimates(people)
        .filter(source=CONVERSATION, shown=True, trait__in=codes)
        .exclude(period="")
        .order_by("period")
        .values_list("period", "trait")
        .annotate(Count("pk"), Avg("mean"), Avg("low"), Avg("high"))
    )
    found: dict[str, dict[str, Mean]] = {}
    for period, trait, *row in rows:
        found.setdefault(trait, {})[period] = _mean(*row)
    every = complete(period for own in found.values() for period in own)
    nobody = Mean(0, None, None, None)
    return {trait: [(period, own.get(period, nobody)) for period in every] for trait, own in found.items()}


def by_group(
    people: QuerySet[Person], period: str, codes: Sequence[str]
) -> tuple[list[tuple[str, dict[str, Mean]]], dict[str, Mean]]:
    """Return the averages of each team by name (empty: of those without one), and of all together. One query.

    The second counts only the teams whose own number is shown: what is kept back could otherwise be worked out as the
    difference.
    """
    rows = (
        _conversations(people, period)
        .filter(shown=True, trait__in=codes)
        .order_by("person__team__name")
        .values_list("person__team", "person__team__name", "trait")
        .annotate(Count("pk"), Avg("mean"), Avg("low"), Avg("high"))
    )
    groups: dict[int | None, tuple[str, dict[str, Mean]]] = {}
    for team, name, trait, *row in rows:
        groups.setdefault(team, (name or "", {}))[1][trait] = _mean(*row)
    total: dict[str, Mean] = {}
    for code in codes:
        shown = [own[code] for _, own in groups.values() if code in own and own[code].mean is not None]
        if shown:
            number = sum(one.people for one in shown)
            total[code] = Mean(
                number,
                *(
                    sum((getattr(one, part) or 0) * one.people for one in shown) / number
                    for part in ("mean", "low", "high")
                ),
            )
    return list(groups.values()), total
