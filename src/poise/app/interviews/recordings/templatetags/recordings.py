"""What a transcript lacks, in the reader's words."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from poise.app.interviews.recordings.evidence import LEAST_MINUTES, LEAST_OCCASIONS
from poise.reports import wording
from poise.reports.language import locale

register = template.Library()


@register.filter
def needed(code: str) -> str:
    """What a record would have to say."""
    return wording.need(code, locale(get_language() or "en"))


@register.simple_tag
def limits() -> dict[str, float]:
    """Below how many occasions, and minutes, there is not enough evidence."""
    return {"occasions": LEAST_OCCASIONS, "minutes": LEAST_MINUTES}
