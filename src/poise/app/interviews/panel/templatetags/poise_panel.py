"""Levels, reasons and names of the panel's pages, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from poise.app.interviews.panel import drawing, wording
from poise.app.interviews.panel.levels import Level
from poise.app.knowledge.bank import item_bank
from poise.reports.titles import titles

register = template.Library()

for _name in ("reason", "short_reason", "alpha", "coefficient", "contrast", "fact", "fit", "advice", "separability"):
    register.filter(_name if _name != "reason" else "why", getattr(wording, _name))


@register.filter
def named(code: str) -> str:
    """What a trait or cluster is called."""
    return titles(wording.words().code).trait(code)


@register.filter
def two(value: float | None) -> str:
    """A number with two decimals; a dash where there is none."""
    return wording.words().number(value, 2) if value is not None and value == value else "–"


@register.filter
def one(value: float | None) -> str:
    """A number with one decimal; a dash where there is none."""
    return wording.words().number(value) if value is not None and value == value else "–"


@register.filter
def plus_two(value: float) -> str:
    """A signed number with two decimals."""
    return wording.words().signed(value, 2)


@register.filter
def share(value: float) -> str:
    """A share as per cent."""
    return wording.words().percent(value)


@register.filter
def count(value: int) -> str:
    """A count."""
    return wording.words().whole(value)


@register.filter
def between(found: Any) -> str:
    """The interval of anything with ``low`` and ``high``, of one decimal."""
    return wording.words().interval(found.low, found.high)


@register.simple_tag
def fair(row: Mapping[str, float]) -> str:
    """The interval of a fair average."""
    return wording.words().interval(row["fair_low"], row["fair_high"], 2)


@register.filter
def between_two(found: Any) -> str:
    """The interval of a coefficient: two decimals, signs where they are needed."""
    words = wording.words()
    low, high = (found["low"], found["high"]) if isinstance(found, Mapping) else (found.low, found.high)
    if low < 0:
        return words.isolated(f"{words.signed(low, 2)} … {words.signed(high, 2)}")
    return words.interval(low, high, 2)


@register.filter
def component(code: str) -> str:
    """What a component of the structure index is called."""
    return str(wording.COMPONENTS[code])


@register.filter
def method(code: str) -> str:
    """What a kind of question is called."""
    return str(wording.METHODS[code])


@register.filter
def mark(kind: str) -> str:
    """What a mark is called."""
    texts = item_bank().marks[kind]
    return texts.get(wording.words().code) or texts["en"]


@register.simple_tag
def bar(level: Level | None) -> SafeString:
    """The drawing of a level with its interval."""
    return drawing.bar(level, wording.words()) if level is not None else SafeString()


@register.simple_tag
def scale() -> SafeString:
    """The numbers above bars."""
    return drawing.scale(wording.words())
