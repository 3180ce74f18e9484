"""A level with its interval, drawn from 1 to 5. Hidden from screen readers: the same stands beside it in words."""

from __future__ import annotations

from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from poise.app.interviews.panel.levels import Level
from poise.reports.language import Locale

__all__ = ["bar", "scale"]

_WIDE: Final = 240.0
_EDGE: Final = 8.0


def _across(value: float, mirrored: bool) -> float:
    share = min(max((value - 1) / 4, 0.0), 1.0)
    return _EDGE + (_WIDE - 2 * _EDGE) * (1 - share if mirrored else share)


def bar(level: Level, words: Locale) -> SafeString:
    """Draw the interval as a bar, the level as a stroke across it; strokes below are the levels 1 to 5."""
    if level.mean is None or level.low is None or level.high is None:
        return SafeString()
    mirrored = words.direction == "rtl"
    begin, end = sorted((_across(level.low, mirrored), _across(level.high, mirrored)))
    ticks = format_html_join("", "M{} 19V23", ((f"{_across(n, mirrored):.1f}",) for n in range(1, 6)))
    return format_html(
        '<svg class="bar" viewBox="0 0 {} 24" aria-hidden="true" focusable="false"><path class="axis" d="M{} 21H{}{}"/>'
        '<rect x="{}" y="5" width="{}" height="10" rx="2"/><path class="at" d="M{} 2V18"/></svg>',
        f"{_WIDE:.0f}",
        f"{_EDGE:.0f}",
        f"{_WIDE - _EDGE:.0f}",
        ticks,
        f"{begin:.1f}",
        f"{max(end - begin, 1.0):.1f}",
        f"{_across(level.mean, mirrored):.1f}",
    )


def scale(words: Locale) -> SafeString:
    """Draw the numbers 1 to 5 above bars of the same width."""
    mirrored = words.direction == "rtl"
    numbers = format_html_join(
        "", '<text x="{}" y="11">{}</text>', ((f"{_across(n, mirrored):.1f}", words.whole(n)) for n in range(1, 6))
    )
    return format_html(
        '<svg class="bar" viewBox="0 0 {} 14" aria-hidden="true" focusable="false">{}</svg>', "240", numbers
    )
