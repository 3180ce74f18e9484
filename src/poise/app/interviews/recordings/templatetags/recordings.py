"""What a transcript lacks, in the reader's words."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from poise.reports import wording
from poise.reports.language import locale

register = template.Library()


@register.filter
def needed(code: str) -> str:
    """What a record would have to say."""
    return wording.need(code, locale(get_language() or "en"))
