"""Two periods beside each other: levels estimated again from the evidence of each, and how surely they differ."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from math import erf, sqrt
from typing import Final, Literal

import polars as pl
from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from poise.app.conversations.detecting import knowledge
from poise.app.conversations.models import Conversation, Participant
from poise.app.people.estimating import norms
from poise.app.people.models import Person
from poise.app.people.reading import LEVEL, PURPOSE, level
from poise.app.people.team import FEWEST
from poise.app.rows import fetch
from poise.estimation.composites import CONVERSATIONS
from poise.estimation.estimates import estimate
from poise.model import CASES, EVIDENCE
from poise.reports.profile import INTERVAL_SD, SURE, Level

__all__ = ["MOST", "Moved", "Span", "compare", "compare_groups", "levels_in", "recent_spans", "size_of"]

MOST: Final = 10_000
"""Conversations of both periods together that are estimated while somebody waits."""

_RECENT: Final = timedelta(days=59)  # before the last day

Levels = dict[int, dict[str, Level]]


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first`` to ``last``, both included (UTC)."""

    first: date
    last: date

    def moments(self) -> tuple[datetime, datetime]:
        """Return the first moment, and the first one after it."""
        return (
            datetime.combine(self.first, time(), UTC),
            datetime.combine(self.last + timedelta(days=1), time(), UTC),
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """A level, or the average of a group, in two periods. Null: not enough evidence in that period.

    Attributes
    ----------
    rose
        Probability that the later one is higher, from both ranges taken as independent normal curves. What the two
        share (the norm, shrinkage towards it) makes the truth somewhat surer than this says, never less sure.
    people
        How many have both, for a group.
    """

    trait: str
    before: Level | None
    after: Level | None
    difference: float | None
    low: float | None
    high: float | None
    rose: float | None
    people: int = 1

    @property
    def fell(self) -> float | None:
        """Probability that the later one is lower."""
        return None if self.rose is None else 1 - self.rose

    @property
    def overlap(self) -> bool:
        """Whether the two ranges have levels in common."""
        first, second = self.before, self.after
        if first is None or second is None:
            return False
        return (first.low or 0) <= (second.high or 0) and (second.low or 0) <= (first.high or 0)

    @property
    def verdict(self) -> Literal["rose", "fell", "open", "unknown"]:
        """What may be said: a direction from :data:`poise.reports.profile.SURE` on."""
        if self.rose is None:
            return "unknown"
        return "rose" if self.rose >= SURE else "fell" if self.rose <= 1 - SURE else "open"


def recent_spans(people: QuerySet[Person]) -> tuple[Span, Span] | None:
    """Return two periods that both have conversations of these people, as many in each as their days allow.

    They part the last :data:`_RECENT`, or longer where that has too few conversations for two levels. None without
    conversations on two days. Two queries.
    """
    theirs = Participant.objects.filter(conversation=OuterRef("pk"), person__in=people)
    dated = Conversation.objects.filter(Exists(theirs), purpose=PURPOSE, started_at__isnull=False)
    # the latest first, until enough are theirs: the index by time is read, not every conversation
    latest = dated.order_by("-started_at").values_list("started_at", flat=True)[: 2 * CONVERSATIONS]
    found = [one for one in latest if one is not None]
    if not found:
        return None
    last = found[0].astimezone(UTC).date()
    begin = min(found[-1], datetime.combine(last - _RECENT, time(), UTC))
    counted = (
        dated.filter(started_at__gte=begin)
        .annotate(day=TruncDate("started_at", tzinfo=UTC))
        .order_by("day")
        .values_list("day")
        .annotate(n=Count("pk"))
    )
    days, numbers = zip(*counted, strict=True)
    if len(days) == 1:
        return None
    # a first day with more than half of them is a period of its own
    middle = max(1, bisect_right(list(accumulate(numbers)), sum(numbers) // 2))
    return Span(days[0], days[middle] - timedelta(days=1)), Span(days[middle], last)


def size_of(people: QuerySet[Person], spans: Sequence[Span]) -> int:
    """Return how many conversations an estimation over these spans would read (twice where they share some)."""
    number = 0
    for span in spans:
        begin, end = span.moments()
        number += (
            Conversation.objects.filter(
                purpose=PURPOSE, started_at__gte=begin, started_at__lt=end, participants__person__in=people
            )
            .distinct()
            .count()
        )
    return number


def levels_in(people: Sequence[int], span: Span) -> Levels:
    """Estimate the levels of these people from their conversations of a span alone. Two queries.

    The norms are the same frozen ones as everywhere.
    """
    if not people:
        return {}
    begin, end = span.moments()
    marks = ", ".join(["%s"] * len(people))
    where = f" WHERE c.purpose = %s AND c.started_at >= %s AND c.started_at < %s AND x.person_id IN ({marks})"
    # as Django stores instants: SQLite compares them as text
    instants = [connection.ops.adapt_datetimefield_value(one) for one in (begin, end)]
    values = [str(PURPOSE), *instants, *people]
    evidence = fetch(
        "SELECT CAST(x.person_id AS text), CAST(x.conversation_id AS text), x.behaviour, x.hits, x.opportunities,"
        " x.exposure_s, x.value, x.weight, x.knowledge FROM people_evidence x"
        f" JOIN conversations_conversation c ON c.id = x.conversation_id{where} ORDER BY x.conversation_id, x.id",
        values,
        dict(EVIDENCE),
    )
    cases = fetch(
        "SELECT DISTINCT CAST(c.id AS text), c.language, c.channel, c.queue, c.topic, c.arrival_anger, c.started_at,"
        " c.id FROM conversations_participant x"
        f" JOIN conversations_conversation c ON c.id = x.conversation_id{where} ORDER BY c.id",
        values,
        dict(CASES),
    ).with_columns(
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in ("language", "channel", "queue", "topic")
    )
    known = knowledge()
    found = estimate(
        evidence.join(cases.select("conversation"), on="conversation", how="semi"),
        cases,
        behaviours=known.behaviours,
        traits=known.traits,
        clusters=known.clusters,
        norms=norms(),
    )
    levels: Levels = {}
    for person, *row in found.estimates.select("person", *LEVEL).iter_rows():
        one = level(row)
        levels.setdefault(int(person), {})[one.trait] = one
    return levels


def _spread(one: Level) -> float:
    return ((one.high or 0.0) - (one.low or 0.0)) / INTERVAL_SD


def _shown(levels: Mapping[str, Level], code: str) -> Level | None:
    found = levels.get(code)
    return found if found is not None and found.mean is not None else None


def _moved(
    trait: str, before: Level | None, after: Level | None, difference: float, spread: float, n: int = 1
) -> Moved:
    rose = 0.5 * (1 + erf(difference / spread / sqrt(2))) if spread > 0 else 0.5
    half = spread * INTERVAL_SD / 2
    return Moved(trait, before, after, difference, difference - half, difference + half, rose, n)


def compare(before: Mapping[str, Level], after: Mapping[str, Level], codes: Sequence[str]) -> list[Moved]:
    """Return how one person's levels differ, in the order of ``codes``."""
    found = []
    for code in codes:
        first, second = _shown(before, code), _shown(after, code)
        if first is None or second is None:
            found.append(Moved(code, first, second, None, None, None, None))
        else:
            difference = (second.mean or 0.0) - (first.mean or 0.0)
            found.append(_moved(code, first, second, difference, sqrt(_spread(first) ** 2 + _spread(second) ** 2)))
    return found


def compare_groups(before: Levels, after: Levels, codes: Sequence[str]) -> list[Moved]:
    """Return how the averages of those differ who have a level in both periods; nothing for fewer than five."""
    found = []
    for code in codes:
        pairs = [
            (first, second)
            for person in sorted(before.keys() & after.keys())
            if (first := _shown(before[person], code)) and (second := _shown(after[person], code))
        ]
        n = len(pairs)
        if n < FEWEST:
            found.append(Moved(code, None, None, None, None, None, None, n))
            continue
        spread = sqrt(sum(_spread(one) ** 2 for pair in pairs for one in pair)) / n
        first, second = (_average(code, [pair[side] for pair in pairs]) for side in (0, 1))
        found.append(_moved(code, first, second, (second.mean or 0.0) - (first.mean or 0.0), spread, n))
    return found


def _average(code: str, levels: Sequence[Level]) -> Level:
    """Return the average; its range is the average range, as for groups everywhere."""
    n = len(levels)
    mean, low, high = (sum(getattr(one, part) or 0.0 for one in levels) / n for part in ("mean", "low", "high"))
    return Level(
        code,
        levels[0].kind,
        mean,
        low,
        high,
        sum(one.conversations for one in levels),
        sum(one.opportunities for one in levels),
        None,
        True,
        None,
    )
