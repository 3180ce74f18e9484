"""Norwegian Bokmål."""

from poise.languages.language import Language

__all__ = ["LANGUAGE"]

LANGUAGE = Language(code="nb", name="Norsk bokmål")
