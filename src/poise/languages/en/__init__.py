"""English."""

from poise.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(code="en", name="English")
