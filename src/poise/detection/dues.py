"""By when something was promised: the instant that the words of a promise come to.

Clock times ("by five") are left alone: a transcript does not say in which zone they were meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from poise.detection.acts import Acts
from poise.detection.scene import Scene
from poise.detection.vocabulary import LANGUAGE_CODES
from poise.knowledge.rules import Timely
from poise.knowledge.schema import Behaviour
from poise.languages.durations import DURATIONS, Durations
from poise.model import INSTANT, Schema, empty

__all__ = ["PROMISES", "due_instant", "promises_due"]

PROMISES: Final[Schema] = {
    "conversation": pl.String,
    "turn": pl.Int32,
    "person": pl.String,
    "begin": pl.Int32,
    "end": pl.Int32,
    "due": INSTANT,
}
"""Promises with the instant by which they are due."""

_WORD = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_ANYWHERE: Final = timedelta(hours=12)
"""Added to the end of a day in UTC, so that no promise counts as broken while it is still that day somewhere."""
_HALF: Final = 0.5
_BETWEEN: Final = 2
"""Words that may stand between a number and its unit ("two working days")."""


def promises_due(scene: Scene, found: Mapping[str, Acts], behaviours: Mapping[str, Behaviour]) -> pl.DataFrame:
    """Return the promises among the acts found whose time can be reckoned (:data:`PROMISES`)."""
    stream = scene.stream
    turns = stream.tables.turns
    rows = []
    for name, acts in found.items():
        rule = behaviours[name].rule
        if not isinstance(rule, Timely) or rule.kept:
            continue
        marks = acts.marks
        texts = turns["text"].gather(marks.turn).to_list()
        instants = turns["at"].gather(marks.turn).to_list()
        begin, end = stream.begin[marks.first].tolist(), stream.end[marks.last].tolist()
        for i, (text, at) in enumerate(zip(texts, instants, strict=True)):
            language = LANGUAGE_CODES[stream.language[marks.turn[i]]]
            due = due_instant(text[begin[i] : end[i]], at, language) if at is not None else None
            if due is not None:
                rows.append((int(marks.turn[i]), begin[i], end[i], due))
    if not rows:
        return empty(PROMISES)
    turn, begins, ends, dues = (list(column) for column in zip(*rows, strict=True))
    return pl.DataFrame(
        {
            "conversation": turns["conversation"].gather(turn),
            "turn": turns["turn"].gather(turn),
            "person": turns["person"].gather(turn),
            "begin": begins,
            "end": ends,
            "due": dues,
        },
        schema=dict(PROMISES),
    )


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
