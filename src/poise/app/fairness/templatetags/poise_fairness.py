"""Rates, ratios and categories in the reader's language."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django import template

from poise.app.fairness.wording import HIDDEN, QUESTIONS, READINGS, category
from poise.app.people.reading import names, words

register = template.Library()


@register.filter
def rate(value: float) -> str:
    """A share in per cent with one decimal; a dash where nobody is counted."""
    return "–" if math.isnan(value) else words().isolated(words().percent(value, 1))


@register.filter
def figure(value: float, digits: int = 2) -> str:
    """A ratio, a statistic; a dash where it is not defined, and a word's worth of it where it is without bound."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    return words().isolated(("−" if round(value, digits) < 0 else "") + words().number(abs(value), digits))


@register.filter
def chance(value: float) -> str:
    """A p value with three decimals; never as small as nought."""
    if math.isnan(value):
        return "–"
    return words().isolated(f"< {words().number(0.001, 3)}" if value < 0.001 else words().number(value, 3))


@register.filter
def between(one: object) -> str:
    """The interval of anything with ``low`` and ``high``; a dash where it has none."""
    low, high = float(one.low), float(one.high)  # type: ignore[attr-defined]
    return "–" if math.isnan(low) or math.isnan(high) else words().interval(low, high, 2)


@register.filter
def categories(codes: Sequence[str]) -> str:
    """What one category is called, or several that stand together."""
    return words().listed(category(code) for code in codes)


@register.filter
def one_category(code: str) -> str:
    """What one category is called."""
    return category(code)


@register.filter
def question(code: str) -> str:
    """What a table is about."""
    return str(QUESTIONS[code])


@register.filter
def why_hidden(code: str) -> str:
    """Why a table is not shown."""
    return str(HIDDEN[code])


@register.filter
def read_as(code: str) -> str:
    """What the figures come to, in words."""
    return str(READINGS[code])


@register.filter
def measured(code: str) -> str:
    """What a trait or cluster is called."""
    return names().trait(code)
