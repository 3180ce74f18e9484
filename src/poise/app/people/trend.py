"""By what a trend goes: calendar months, or weeks for as long as little time is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from poise.estimation.composites import CONVERSATIONS

__all__ = ["MOST", "SHORT", "Unit", "begin", "complete", "end", "periods", "unit_of"]

MOST: Final = 12
"""Periods, up to the last with a conversation, that have estimates of their own."""
SHORT: Final = timedelta(days=120)
"""What is known of an installation spans less than this: its trends go by weeks."""
_MONDAY: Final = date(1970, 1, 5).toordinal()  # pairs of weeks are counted from it: a year may have an odd number
_FORTNIGHT: Final = "/P2W"


class Unit(StrEnum):
    """One step of a trend."""

    MONTH = "month"
    WEEK = "week"
    FORTNIGHT = "fortnight"

    def code(self, day: date) -> str:
        """Return the period that a day lies in, as ISO 8601 has it: ``2026-09``, ``2026-W37``, ``2026-W37/P2W``."""
        if self is Unit.MONTH:
            return f"{day:%Y-%m}"
        first = day - timedelta(days=day.weekday())
        if self is Unit.FORTNIGHT:
            first -= timedelta(days=(first.toordinal() - _MONDAY) % 14)
        year, week, _ = first.isocalendar()
        return f"{year:04}-W{week:02}" + (_FORTNIGHT if self is Unit.FORTNIGHT else "")


def unit_of(period: str) -> Unit:
    """Return what a period is one of."""
    if period.endswith(_FORTNIGHT):
        return Unit.FORTNIGHT
    return Unit.WEEK if "W" in period else Unit.MONTH


def begin(period: str) -> date:
    """Return the first day of a period."""
    if unit_of(period) is Unit.MONTH:
        return date(int(period[:4]), int(period[5:]), 1)
    return date.fromisocalendar(int(period[:4]), int(period[6:8]), 1)


def end(period: str) -> date:
    """Return the first day after a period."""
    first = begin(period)
    match unit_of(period):
        case Unit.MONTH:
            return (first + timedelta(days=31)).replace(day=1)
        case Unit.WEEK:
            return first + timedelta(weeks=1)
        case Unit.FORTNIGHT:
            return first + timedelta(weeks=2)


def periods(days: Sequence[date], each_week: float) -> list[str]:
    """Return the periods that have estimates of their own, oldest first.

    Weeks are taken together by two where a person has too few conversations in one for a level, and where there would
    be more than :data:`MOST`.

    Parameters
    ----------
    days
        Days with conversations of anybody, in order.
    each_week
        Conversations that a person has in one week, on the average.
    """
    if not days:
        return []
    unit = Unit.MONTH
    if days[-1] - days[0] < SHORT:
        weeks = len(complete([Unit.WEEK.code(days[0]), Unit.WEEK.code(days[-1])]))
        unit = Unit.WEEK if each_week >= CONVERSATIONS and weeks <= MOST else Unit.FORTNIGHT
    return list(dict.fromkeys(map(unit.code, days)))[-MOST:]


def complete(known: Iterable[str]) -> list[str]:
    """Return these periods of one unit, oldest first, with those that lie between them.

    Where one lies so far away that nearly all would be empty, as one wrong date does, nothing is put between.
    """
    given = sorted(set(known))
    if not given:
        return []
    unit, day, last = unit_of(given[0]), begin(given[0]), begin(given[-1])
    found: list[str] = []
    while day <= last:
        if len(found) == 2 * MOST:
            return given
        found.append(unit.code(day))
        day = end(found[-1])
    return found
