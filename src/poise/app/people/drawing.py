"""Small drawings: an interval on the scale of levels, levels over time, and how a level comes about.

They are hidden from screen readers, since each stands beside the same numbers in words. They carry no styles of their
own, which the pages' policy would refuse: the stylesheet gives colours. Right-to-left pages get them mirrored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import ceil
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from poise.reports.charts import Step, draw, foremost
from poise.reports.charts import waterfall as waterfall_of
from poise.reports.language import Locale, locale
from poise.reports.profile import Level, Section
from poise.reports.quotes import clean
from poise.reports.titles import Titles

__all__ = ["gauge", "over_time", "warm", "waterfall"]

_WIDE: Final = 120.0
_TALL: Final = 88.0
_PERIODS: Final = 280.0  # width of all periods
_LABEL: Final = 62.0  # room that the name of a period needs
_STYLE = re.compile(r' style="[^"]*"')


def _across(value: float, mirrored: bool) -> float:
    """Return the place of a level (1 to 5) on the scale."""
    share = min(max((value - 1) / 4, 0.0), 1.0)
    return 4 + (_WIDE - 8) * (1 - share if mirrored else share)


def gauge(level: Level, words: Locale) -> SafeString:
    """Draw a level with its range on the scale from 1 to 5; the stroke in the middle is the norm."""
    if level.mean is None or level.low is None or level.high is None:
        return SafeString()
    mirrored = words.direction == "rtl"
    ends = sorted((_across(level.low, mirrored), _across(level.high, mirrored)))
    return format_html(
        '<svg class="gauge" viewBox="0 0 {} 10" aria-hidden="true" focusable="false">'
        '<path class="axis" d="M4 5H{}M{} 1V9"/><path class="range" d="M{} 5H{}"/><circle cx="{}" cy="5" r="4"/></svg>',
        f"{_WIDE:.0f}",
        f"{_WIDE - 4:.0f}",
        f"{_WIDE / 2:.0f}",
        f"{ends[0]:.1f}",
        f"{max(ends[1], ends[0] + 0.1):.1f}",
        f"{_across(level.mean, mirrored):.1f}",
    )


def over_time(points: Sequence[tuple[str, Level]], words: Locale) -> SafeString:
    """Draw levels by period, oldest first; periods without a level that may be shown stay empty. Labels come short."""
    mirrored = words.direction == "rtl"
    # the first and the last name have room on either side
    step = min((_PERIODS - _LABEL) / max(len(points) - 1, 1), 2 * _LABEL)
    wide = _PERIODS + 20
    every = ceil(_LABEL / step)

    def down(value: float) -> float:
        return 6 + (_TALL - 12) * (1 - min(max((value - 1) / 4, 0.0), 1.0))

    parts = []
    for place, (label, level) in enumerate(points):
        x = 20 + step * place + _LABEL / 2
        x = wide - x if mirrored else x
        if level.mean is not None and level.low is not None and level.high is not None:
            parts.append(
                format_html(
                    '<path class="range" d="M{0} {1}V{2}"/><circle cx="{0}" cy="{3}" r="4"/>',
                    f"{x:.1f}",
                    f"{down(level.high):.1f}",
                    f"{down(level.low):.1f}",
                    f"{down(level.mean):.1f}",
                )
            )
        if place % every == 0:
            parts.append(format_html('<text x="{}" y="{}">{}</text>', f"{x:.1f}", f"{_TALL + 12:.0f}", label))
    edge = wide - 8 if mirrored else 8
    scale = format_html_join("", '<text x="{}" y="{}">{}</text>', ((edge, f"{down(n) + 4:.1f}", n) for n in (1, 3, 5)))
    return format_html(
        '<svg class="over-time" width="{0}" viewBox="0 0 {0} {1}" aria-hidden="true" focusable="false">'
        '<path class="axis" d="M{2} {3}H{4}"/>{5}{6}</svg>',
        f"{wide:.0f}",
        f"{_TALL + 18:.0f}",
        "0" if mirrored else "20",
        f"{down(3):.1f}",
        f"{wide - 20 if mirrored else wide:.0f}",
        scale,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def waterfall(section: Section, names: Titles, words: Locale) -> SafeString | None:
    """Draw how a level comes about, the smallest parts taken together; None where nothing is known of it."""
    level = section.level
    parts = [act for act in section.acts if act.contribution is not None]
    if not parts or level.mean is None or level.low is None or level.high is None:
        return None
    steps = tuple((clean(names.behaviour(act.behaviour)), round(act.contribution or 0.0, 3)) for act in parts)
    return mark_safe(_drawn(steps, round(level.mean, 3), round(level.low, 3), round(level.high, 3), words.code))


def warm() -> None:
    """Start what draws, and compile the usual scale: whoever opens the first level would wait seconds for it."""
    _drawn((("", 0.2), ("", -0.2)), 3.1, 2.7, 3.5, "en")


@lru_cache(maxsize=256)
def _drawn(steps: tuple[tuple[str, float], ...], level: float, low: float, high: float, language: str) -> str:
    words = locale(language)
    few = foremost([Step(*step) for step in steps], locale=words)
    return _STYLE.sub("", draw(waterfall_of(few, level=level, low=low, high=high, locale=words), name="w"))
