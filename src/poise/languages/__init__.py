"""What is particular to a language: direction, normalisation, prefixes, negators, small words.

Each language is a folder with a ``LANGUAGE``; nothing is registered by side effect.
"""

from __future__ import annotations

from poise.languages import en, he, nb
from poise.languages.language import Language

__all__ = ["LANGUAGES", "Language", "language"]

LANGUAGES: dict[str, Language] = {lang.code: lang for lang in (en.LANGUAGE, he.LANGUAGE, nb.LANGUAGE)}
_ALIASES = {"iw": "he", "no": "nb", "nn": "nb", "eng": "en", "heb": "he", "nob": "nb", "nor": "nb"}


def language(code: str | None) -> Language | None:
    """Return the language of an ISO 639 or BCP 47 ``code`` (``en-GB`` is ``en``, ``no`` is ``nb``), or None."""
    if not code:
        return None
    base = code.replace("_", "-").split("-")[0].lower()
    return LANGUAGES.get(_ALIASES.get(base, base))
