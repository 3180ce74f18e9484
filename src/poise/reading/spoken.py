"""Which language a conversation is in, where its source does not say."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["CHARACTERS", "identify", "identify_many"]

CHARACTERS: Final = 500
"""As much text as is looked at: reading more made no difference, and the walk over it is the costly part."""

_HEBREW: Final = re.compile("[א-ת]")
_LATIN: Final = re.compile("[A-Za-zÀ-ɏ]")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_NOISE: Final = re.compile(r"https?://\S+|\S+@\S+|[\d#*_<>=|]+")
_SCANDINAVIAN: Final = ("nb", "no", "nn", "da", "sv")
_LONG: Final = 120
_SURE: Final = 0.9


def identify(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of ``text``, or None where there are too few letters to tell.

    Hebrew is told by its script. Among Latin letters English and the Scandinavian languages compete (short service
    turns in Bokmål look like Danish, so all of these are read as ``nb``); only a text of 120 characters or more that
    is plainly something else gets another code.
    """
    clean = _NOISE.sub(" ", text[:CHARACTERS])
    hebrew, latin = len(_HEBREW.findall(clean)), len(_LATIN.findall(clean))
    if hebrew >= 2 and hebrew * 3 >= latin:
        return "he"
    if latin < 3:
        if len(_LETTERS.findall(clean)) < 8:
            return None
        return str(_identifier(None).classify(clean)[0])
    if len(clean) >= _LONG:
        code, sure = _identifier(None).classify(clean)
        if code not in ("en", *_SCANDINAVIAN) and sure >= _SURE:
            return str(code)
    code = _identifier(("en", *_SCANDINAVIAN)).classify(clean)[0]
    return "nb" if code in _SCANDINAVIAN else str(code)


def identify_many(texts: pl.Series) -> pl.Series:
    """Return the language of each text, (n,)."""
    return pl.Series("language", [identify(text or "") for text in texts], dtype=pl.String)


@cache
def _identifier(codes: tuple[str, ...] | None) -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # a slow import that declared languages never need

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    if codes:
        identifier.set_languages([code for code in codes if code in identifier.labels])
    return identifier
