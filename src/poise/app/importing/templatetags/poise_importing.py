"""What reading refused, in the reader's language."""

from __future__ import annotations

from django import template

from poise.app.importing import wording

register = template.Library()


@register.filter
def worded(text: str | None) -> str:
    """A problem, a remedy or a reason, as an import keeps it."""
    return wording.worded(text or "")


@register.filter
def worded_error(text: str | None) -> str:
    """Why nothing could be read: where, what is wrong and what to do about it."""
    return wording.worded_error(text or "")
