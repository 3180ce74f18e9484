"""Texts of a kit in the reader's language, or in one that they are written in."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from poise.app.interviews.kits.laying import Said, said

register = template.Library()


@register.simple_tag
def in_words(texts: Mapping[str, str], language: str) -> Said | None:
    """The text in ``language``, else in another; None where it is not written."""
    return said(texts, language)
