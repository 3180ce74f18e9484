"""Hebrew."""

from poise.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(code="he", name="עברית", direction="rtl")
