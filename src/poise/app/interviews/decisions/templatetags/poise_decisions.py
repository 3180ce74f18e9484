"""Words of decisions and reports, for their pages and for the candidate's."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from poise.app.interviews.campaigns.models import Stage
from poise.app.interviews.decisions.wording import LIMITS, PAGES, WHY_NOT
from poise.reports.language import locale

register = template.Library()


@register.filter
def why_not(code: str) -> str | Promise:
    """Why no level is said."""
    return WHY_NOT.get(code, code)


@register.filter
def limit(code: str) -> str | Promise:
    """What limits a level that is said; empty where nothing does."""
    return LIMITS.get(code, "")


@register.filter
def looked_at(page: str) -> str | Promise:
    """Which page was looked at, by the name of its address."""
    return PAGES.get(page, page)


@register.filter
def mode(code: str) -> str | Promise:
    """How people meet."""
    return dict(Stage.Mode.choices).get(code, code)


@register.filter
def titled(found: Any) -> str:
    """The titles of several findings, one after the other; the first alone has its capital."""
    first, *others = (one.title for one in found)
    return ", ".join([first, *(one[:1].lower() + one[1:] for one in others)])


@register.simple_tag
def correlation(value: float, low: float, high: float) -> SafeString:
    """A correlation with its interval."""
    said = locale(get_language() or "en")
    return format_html(
        '<b class="num">{}</b> <span class="quiet num">{}</span>', said.signed(value, 2), said.interval(low, high, 2)
    )
