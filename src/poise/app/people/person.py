"""One person: the argument for each level, how it moved, and the conversations that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import erf, sqrt
from typing import Any

import polars as pl
from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from poise.app.conversations.detecting import everything
from poise.app.people.gathering import across_conversations
from poise.app.people.models import Change, Contribution, Evidence, Person, Rate
from poise.app.people.reading import CONVERSATION, LEVEL, PURPOSE, estimates, level
from poise.app.people.trend import complete
from poise.model import CHANGES, CONTRIBUTIONS, RATES
from poise.reports.profile import SURE, Act, Level, Profile, profile
from poise.reports.quotes import Shelf
from poise.reports.titles import Titles

__all__ = [
    "Compared",
    "Example",
    "Seen",
    "Tally",
    "at_equal_mix",
    "conversations_with",
    "evidence_by_behaviour",
    "examples",
    "rates_of",
    "see",
]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of one person.

    Attributes
    ----------
    profile
        The argument from conversations over all that is known.
    others
        Levels from other sources by trait or cluster: (source, level).
    moved
        Levels from conversations by trait or cluster and period, oldest first. All have the same periods.
    conversations, first, last
        What it rests on.
    """

    profile: Profile
    others: Mapping[str, list[tuple[str, Level]]]
    moved: Mapping[str, list[tuple[str, Level]]]
    conversations: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One behaviour beside the norm at the norm's mix of cases.

    ``better`` is the probability that the person's rate lies on the good side of the norm.
    """

    behaviour: str
    rate: float
    low: float
    high: float
    norm: float
    deviation: float
    conversations: int
    better: float
    reason: str

    @property
    def sure(self) -> float:
        """Probability of the side that is the more probable."""
        return max(self.better, 1 - self.better)

    @property
    def verdict(self) -> str:
        """``better``, ``worse`` or, where it is too close to call, ``even``."""
        return "better" if self.better >= SURE else "worse" if self.better <= 1 - SURE else "even"


@dataclass(frozen=True, slots=True)
class Tally:
    """The evidence of one behaviour: conversations in which it was shown, and in which it was called for and missed."""

    behaviour: str
    conversations: int
    shown: int
    missed: int
    hits: int
    opportunities: int


@dataclass(frozen=True, slots=True)
class Example:
    """The latest conversation that shows what a behaviour adds to a level, or takes from it."""

    behaviour: str
    conversation: int
    at: datetime | None
    missed: bool


def see(person: Person, names: Titles) -> Seen:
    """Return all that is known of a person. Five queries."""
    own: dict[str, Level] = {}
    others: dict[str, list[tuple[str, Level]]] = {}
    moved: dict[str, dict[str, Level]] = {}
    rows = estimates([person.pk]).order_by("period", "source").values_list("period", "source", *LEVEL)
    for period, source, *row in rows:
        one = level(row)
        if source != CONVERSATION:
            if not period and one.shown:
                others.setdefault(one.trait, []).append((source, one))
        elif period:
            moved.setdefault(one.trait, {})[period] = one
        else:
            own[one.trait] = one
    argued = profile(
        str(person.pk),
        own,
        rates_of(person),
        _table(Contribution, person, CONTRIBUTIONS),
        _table(Change, person, CHANGES),
        names,
        Shelf({}, names),
    )
    spans = person.participations.filter(conversation__purpose=PURPOSE).aggregate(
        n=Count("conversation", distinct=True),
        first=Min("conversation__started_at"),
        last=Max("conversation__started_at"),
    )
    return Seen(argued, others, _every_period(moved), spans["n"], spans["first"], spans["last"])


def _every_period(moved: Mapping[str, Mapping[str, Level]]) -> dict[str, list[tuple[str, Level]]]:
    """Return levels by trait with every period between the first and the last, whether it has evidence or not."""
    every = complete(period for found in moved.values() for period in found)

    def nothing(code: str) -> Level:
        return Level(code, "", None, None, None, 0, 0, None, False, "not_observed")

    return {code: [(period, found.get(period) or nothing(code)) for period in every] for code, found in moved.items()}


def rates_of(person: Person) -> pl.DataFrame:
    """Return a person's rates (:data:`poise.model.RATES`)."""
    return _table(Rate, person, RATES)


def _table(
    model: type[Rate] | type[Contribution] | type[Change], person: Person, schema: Mapping[str, Any]
) -> pl.DataFrame:
    columns = [name for name in schema if name != "person"]
    rows = model._default_manager.filter(person=person, purpose=PURPOSE).order_by("pk").values_list(*columns)
    table = pl.DataFrame(list(rows), schema={name: schema[name] for name in columns}, orient="row", strict=False)
    empty = [name for name in ("reason", "behaviour") if name in columns]
    return table.select(
        pl.lit(str(person.pk)).alias("person"),
        pl.all().exclude(empty),
        *(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in empty),
    ).select(list(schema))


def at_equal_mix(rates: pl.DataFrame, names: Titles) -> list[Compared]:
    """Return a person's behaviours beside the norm, the surest differences first; only what may be shown and judged.

    ``deviation`` of the rates is good where it is positive: behaviours of which less is better are turned.
    """
    found = []
    for row in rates.iter_rows(named=True):
        numbers = [row[name] for name in ("rate", "low", "high", "norm", "deviation", "deviation_sd")]
        if not row["shown"] or None in numbers or names.sign(row["behaviour"]) == "0":
            continue
        rate, low, high, norm, deviation, spread = numbers
        better = 0.5 * (1 + erf(deviation / spread / sqrt(2))) if spread > 0 else 0.5
        found.append(
            Compared(
                row["behaviour"], rate, low, high, norm, deviation, row["conversations"], better, row["reason"] or ""
            )
        )
    return sorted(found, key=lambda one: (-abs(one.better - 0.5), one.behaviour))


def _evidence(person: Person) -> QuerySet[Evidence]:
    return Evidence.objects.filter(person=person, conversation__purpose=PURPOSE)


def evidence_by_behaviour(person: Person, behaviours: list[str]) -> list[Tally]:
    """Return the evidence of these behaviours, in their order; those without any are left out. One query."""
    rows = (
        _evidence(person)
        .filter(behaviour__in=behaviours)
        .order_by()
        .values_list("behaviour")
        .annotate(
            conversations=Count("pk"),
            shown=Count("pk", filter=Q(hits__gt=0)),
            missed=Count("pk", filter=Q(opportunities__gt=F("hits"))),
            all_hits=Sum("hits"),
            all_opportunities=Sum("opportunities"),
        )
    )
    found = {row[0]: Tally(*row) for row in rows}
    return [found[behaviour] for behaviour in behaviours if behaviour in found]


def conversations_with(person: Person, behaviour: str, kind: str) -> QuerySet[Evidence]:
    """Return the evidence of a behaviour by conversation, latest first: ``shown``, ``missed``, or all of it."""
    found = _evidence(person).filter(behaviour=behaviour)
    if kind == "shown":
        found = found.filter(hits__gt=0)
    elif kind == "missed":
        found = found.filter(opportunities__gt=F("hits"))
    return found.select_related("conversation").order_by("-conversation__started_at", "-conversation")


def examples(person: Person, acts: Iterable[Act], names: Titles) -> dict[str, Example]:
    """Return by behaviour the latest conversation in which it can be read. One query.

    Of what lowers a level because it was not done, that is a conversation where it was missed; else one where it was
    shown. What was well avoided, and what shows over several conversations only, can be read in none.
    """
    across = set(across_conversations(everything()))
    shown: list[str] = []
    missed: list[str] = []
    for one in acts:
        raises = (one.contribution or 0.0) >= 0
        if one.behaviour in across or (raises and names.sign(one.behaviour) == "-"):
            continue
        (missed if not raises and names.sign(one.behaviour) == "+" else shown).append(one.behaviour)
    latest = Window(
        RowNumber(),
        partition_by=F("behaviour"),
        order_by=[F("conversation__started_at").desc(nulls_last=True), F("conversation").desc()],
    )
    rows = (
        _evidence(person)
        .filter(Q(behaviour__in=shown, hits__gt=0) | Q(behaviour__in=missed, opportunities__gt=F("hits")))
        .annotate(place=latest)
        .filter(place=1)
        .values_list("behaviour", "conversation", "conversation__started_at")
    )
    return {row[0]: Example(*row, row[0] in missed) for row in rows}
