"""The properties of a language that reading and detection need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Language"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language.

    Parameters
    ----------
    code
        ISO 639-1.
    direction
        Writing direction of a page in this language.
    prefixes
        One-letter words written together with the next word (Hebrew ``ו ה ב ל מ ש כ``); at most ``max_prefixes``
        of them are taken off where the rest is a word of a phrase.
    variants
        Spellings folded into one (``thx`` -> ``thanks``, ``dont`` -> ``don't``): word -> word.
    fillers
        Words that carry nothing and may stand inside a phrase (``um``).
    negators
        Words that negate what follows in the clause.
    stop_words
        Function words: no content for paraphrase or rarity.
    question_words
        Words that open a question where there is no question mark.
    lists
        Word lists that phrases refer to as ``<name>``: name -> alternatives, phrases without ``...``.
    plural_endings
        Endings taken off content words before they are compared, longest first.
    """

    code: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"
    prefixes: str = ""
    max_prefixes: int = 0
    variants: Mapping[str, str] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()
    negators: frozenset[str] = frozenset()
    stop_words: frozenset[str] = frozenset()
    question_words: frozenset[str] = frozenset()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    plural_endings: tuple[str, ...] = ()
    vowels: str = "aeiouy"
