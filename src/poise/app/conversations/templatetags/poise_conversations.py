"""Times, roles and events of conversations, in the reader's words."""

from __future__ import annotations

from django import template

from poise.app.people.reading import words
from poise.reports import wording
from poise.reports.quotes import clean
from poise.reports.quotes import harmless as unmarked

register = template.Library()


@register.filter
def clock(seconds: float | None) -> str:
    """Seconds from the beginning, as ``1:02:03`` or ``2:03``; empty where no time is known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return words().isolated(f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}")


@register.filter
def role(code: str) -> str:
    """What a role is called."""
    return clean(wording.label(wording.ROLES, code, words()))


@register.filter
def happening(code: str) -> str:
    """What an event is called; the source's own word where it is not known."""
    return clean(wording.label(wording.EVENTS, code, words()))


@register.filter
def tongue(code: str) -> str:
    """What a language is called."""
    return clean(words().language_name(code))


@register.filter
def sure(score: float) -> str:
    """How sure a trained detector is."""
    return words().number(score, 2)


@register.simple_tag
def interval(low: float, high: float) -> str:
    """A range of shares in per cent."""
    return words().percents(low, high)


@register.filter
def harmless(text: str) -> str:
    """People's words with their lines, without what could deceive the eye."""
    return unmarked(text)
