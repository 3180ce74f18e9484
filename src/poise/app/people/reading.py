"""What pages may read of people: those within a reader's reach, their frozen estimates, and the words for both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language

from poise.app.access import Capability, Scope, scope
from poise.app.accounts.models import User
from poise.app.conversations.detecting import everything
from poise.app.people.estimating import norms
from poise.app.people.models import Estimate, Person, Purpose
from poise.app.people.trend import complete
from poise.model import NormsUsed
from poise.reports import wording
from poise.reports.language import Locale, locale
from poise.reports.profile import Level
from poise.reports.titles import Titles, titles

__all__ = [
    "CONVERSATION",
    "LEVEL",
    "PURPOSE",
    "compared_with",
    "estimates",
    "level",
    "names",
    "periods_known",
    "reached",
    "within",
    "words",
    "words_asked",
]

PURPOSE: Final = Purpose.COACHING
"""The only purpose whose records these pages open."""
CONVERSATION: Final = "conversation"
LEVEL: Final = (
    "trait",
    "kind",
    "mean",
    "low",
    "high",
    "conversations",
    "opportunities",
    "below_standard",
    "shown",
    "reason",
)
"""Columns of :class:`poise.app.people.models.Estimate` that :func:`level` takes, in its order."""


def reached(reach: Scope, user: User | AnonymousUser, person: str = "") -> Q:
    """Return the condition that rows are of people whom ``user`` reaches.

    Whoever's own person has no team is reached by themselves and by those who reach everything.

    Parameters
    ----------
    person
        What leads from a row to its person, such as ``person__``; nothing where the rows are the people.
    """
    if reach.everything:
        return Q()
    theirs = Q((f"{person}team__in", reach.teams))
    return theirs | Q((f"{person}user", user.pk)) if reach.own else theirs


def within(user: User | AnonymousUser, capability: Capability) -> QuerySet[Person]:
    """Return the people whom ``user`` reaches with a capability, without those who were joined with others."""
    return Person.objects.filter(reached(scope(user, capability), user), active=True)


def estimates(people: QuerySet[Person] | Iterable[int], *, period: str | None = None) -> QuerySet[Estimate]:
    """Return the estimates of these people for coaching, of one ``period`` or of all."""
    found = Estimate.objects.filter(purpose=PURPOSE, person__in=people)
    return found if period is None else found.filter(period=period)


def periods_known() -> list[str]:
    """Return the periods that may have estimates of their own, latest first: from the first to the last that has.

    Two queries that read one row each.
    """
    periods = (
        Estimate.objects.filter(purpose=PURPOSE, source=CONVERSATION, period__gt="")
        .order_by("period")
        .values_list("period", flat=True)
    )
    first, last = periods.first(), periods.last()
    return complete(one for one in (first, last) if one is not None)[::-1]


def level(row: Iterable[Any]) -> Level:
    """Return the columns :data:`LEVEL` of a row as the library's form. One that may not be shown has no numbers."""
    trait, kind, mean, low, high, conversations, opportunities, below, shown, reason = row
    if not shown:
        mean = low = high = below = None
    return Level(trait, kind, mean, low, high, conversations, opportunities, below, shown, reason or None)


def words_asked(request: HttpRequest, default: str = "") -> str:
    """Return the words of a search; NUL characters, which PostgreSQL refuses, are left out."""
    return request.GET.get("q", default).replace("\x00", "").strip()


def words() -> Locale:
    """Return numbers, dates and the library's own words in the reader's language."""
    return locale(get_language() or "en")


def names() -> Titles:
    """Return what traits and behaviours are called in the reader's language."""
    return titles(get_language() or "en", everything())


def compared_with() -> str:
    """Return whom people are compared with, as a sentence of the library."""
    used = norms()
    return wording.norms(
        NormsUsed(
            name=used.name,
            version=used.version,
            people=used.people,
            conversations=used.conversations,
            invented=used.invented,
        ),
        words(),
    )
