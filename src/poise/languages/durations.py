"""How long and by when, as people say it: number words, units, days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["DURATIONS", "Durations"]

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3_600, 86_400, 604_800


@dataclass(frozen=True, slots=True)
class Durations:
    """Words of one language, lower-cased.

    Attributes
    ----------
    numbers
        Number words.
    units
        Words for a unit (any number of it) -> seconds.
    whole
        Words that say number and unit at once (Hebrew dual) -> seconds.
    days
        Words for a day -> days from today.
    weekdays
        Names of weekdays -> 0 for Monday to 6.
    """

    numbers: Mapping[str, float]
    units: Mapping[str, int]
    whole: Mapping[str, int]
    days: Mapping[str, int]
    weekdays: Mapping[str, int]


def _count(words: str) -> dict[str, float]:
    return {word: float(number) for number, group in enumerate(words.split(), start=1) for word in group.split("|")}


def _week(words: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(words.split())}


def _same(words: str, seconds: int) -> dict[str, int]:
    return dict.fromkeys(words.split(), seconds)


DURATIONS: Final[Mapping[str, Durations]] = {
    "en": Durations(
        numbers=_count("a|an|one two|couple three four five six seven eight nine ten eleven twelve")
        | {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "sixty": 60, "half": 0.5},
        units=_same("second seconds sec secs", 1)
        | _same("minute minutes min mins", _MINUTE)
        | _same("hour hours hr hrs", _HOUR)
        | _same("day days", _DAY)
        | _same("week weeks", _WEEK),
        whole={},
        days={"today": 0, "tonight": 0, "tomorrow": 1},
        weekdays=_week("monday tuesday wednesday thursday friday saturday sunday"),
    ),
    "nb": Durations(
        numbers=_count("en|ett|et|én to|par tre fire fem seks sju|syv åtte ni ti elleve tolv")
        | {"femten": 15, "tjue": 20, "tretti": 30, "halv": 0.5, "halvt": 0.5},
        units=_same("sekund sekunder", 1)
        | _same("minutt minutter minutta min", _MINUTE)
        | _same("time timer", _HOUR)
        | _same("dag dager dagers døgn virkedag virkedager", _DAY)
        | _same("uke uker", _WEEK),
        whole={"halvtime": 1_800, "halvtimen": 1_800},
        days={"idag": 0, "imorgen": 1, "dag": 0, "morgen": 1},
        weekdays=_week("mandag tirsdag onsdag torsdag fredag lørdag søndag"),
    ),
    "he": Durations(
        numbers=_count(
            "אחת|אחד שתיים|שתי|שני|שניים שלוש|שלושה ארבע|ארבעה חמש|חמישה שש|שישה שבע|שבעה שמונה תשע|תשעה עשר|עשרה"
        )
        | {"עשרים": 20, "שלושים": 30, "חצי": 0.5},
        units=_same("שנייה שניות", 1)
        | _same("דקה דקות", _MINUTE)
        | _same("שעה שעות", _HOUR)
        | _same("יום ימים", _DAY)
        | _same("שבוע שבועות", _WEEK),
        whole={"שעתיים": 7_200, "יומיים": 172_800, "שבועיים": 1_209_600},
        days={"היום": 0, "הערב": 0, "מחר": 1, "מחרתיים": 2},
        weekdays={"ראשון": 6, "שני": 0, "שלישי": 1, "רביעי": 2, "חמישי": 3, "שישי": 4, "שבת": 5},
    ),
}
