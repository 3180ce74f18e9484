"""By when something was promised: the instant that the words of a promise come to.

Clock times ("by five") are left alone: a transcript does not say in which zone they were meant.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from poise.languages.durations import DURATIONS, Durations

__all__ = ["due_instant"]

_WORD = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_ANYWHERE: Final = timedelta(hours=12)
"""Added to the end of a day in UTC, so that no promise counts as broken while it is still that day somewhere."""
_HALF: Final = 0.5
_BETWEEN: Final = 2
"""Words that may stand between a number and its unit ("two working days")."""


def due_instant(text: str, said_at: datetime, language: str) -> datetime | None:
    """Return by when ``text`` promises, said at an instant; None where it names no time that can be reckoned.

    Of several times the latest holds: "in one or two days" is kept on the second day.
    """
    durations = DURATIONS.get(language)
    if durations is None:
        return None
    words = _WORD.findall(text.lower())
    found = [_span(words, i, durations) for i in range(len(words))]
    spans = [seconds for seconds in found if seconds is not None]
    if spans:
        return said_at + timedelta(seconds=max(spans))
    days = [day for word in words if (day := _day(word, said_at, durations)) is not None]
    if not days:
        return None
    end = said_at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=max(days) + 1)
    return end + _ANYWHERE


def _span(words: list[str], at: int, durations: Durations) -> float | None:
    """Return the seconds that the word at this place stands for, if it is a unit or a dual."""
    word = words[at]
    bare = word[1:] if word[:1] in "בלתוך" and word not in durations.units else word
    if word in durations.whole or bare in durations.whole:
        return float(durations.whole.get(word, durations.whole.get(bare, 0)))
    unit = durations.units.get(word, durations.units.get(bare))
    if unit is None:
        return None
    for before in words[max(at - 1 - _BETWEEN, 0) : at][::-1]:
        if before[0].isdigit():
            return float(before.replace(",", ".")) * unit
        if before in durations.numbers:
            number = durations.numbers[before]
            # "half an hour": the article counts no hours
            half = number == 1 and durations.numbers.get(words[max(words.index(before, 0, at) - 1, 0)]) == _HALF
            return (_HALF if half else number) * unit
    # Hebrew puts one behind its unit, or leaves it out ("תוך שעה")
    return float(unit) if durations.whole else None


def _day(word: str, said_at: datetime, durations: Durations) -> int | None:
    if word in durations.days:
        return durations.days[word]
    bare = word if word in durations.weekdays else word[1:]
    if bare in durations.weekdays:
        return (durations.weekdays[bare] - said_at.weekday() - 1) % 7 + 1
    return None
