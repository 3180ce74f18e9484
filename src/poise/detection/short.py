"""Short things said, each distinct one looked at once: listening tokens, hesitations, and phrases as expressions."""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

from poise.knowledge.phrases import Form, expand, fold_word
from poise.knowledge.schema import Backchannel, Behaviour, PhraseSet
from poise.languages import LANGUAGES

__all__ = ["Lexicon", "pattern", "with_tokens"]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MURMURS = frozenset({("mm",), ("mmm",), ("hm",), ("mhm",)})  # the parts of "mm-hm", however it is spelt


class Lexicon:
    """Short tokens of one language that leave the floor to the other side.

    Without phrases every short unit may be one, so that no one is accused for want of a word list.
    """

    def __init__(self, phrases: PhraseSet | None, code: str) -> None:
        self.language = LANGUAGES[code]
        self.known = phrases is not None
        match = phrases.match if phrases is not None else []
        forms = [form for phrase in match for form in expand(phrase, self.language)]
        self.forms = {run for form in forms if not form.gaps for run in form.parts[0]} | _MURMURS
        self.longest = max((len(form) for form in self.forms), default=0)

    def words(self, text: str) -> tuple[str, ...]:
        """Return the folded words of ``text`` without fillers and immediate repetitions, as phrases are folded."""
        folded = (self.language.variants.get(w, w) for w in _WORD.findall(fold_word(text)))
        kept: list[str] = []
        for word in (part for entry in folded for part in entry.split()):
            if word not in self.language.fillers and (not kept or kept[-1] != word):
                kept.append(word)
        return tuple(kept)

    def covers(self, words: tuple[str, ...]) -> bool:
        """Whether ``words`` is one token of the lexicon after another, and nothing else."""
        if not self.known:
            return True
        reached = {0}
        for at in range(len(words)):
            if at in reached:
                reached |= {
                    at + n for n in range(1, min(self.longest, len(words) - at) + 1) if words[at : at + n] in self.forms
                }
        return bool(words) and len(words) in reached


@lru_cache(maxsize=16)
def pattern(code: str, phrases: tuple[str, ...]) -> str:
    """Return a regular expression for any of ``phrases`` in lower-cased words parted by single spaces."""

    def one(form: Form) -> str:
        parts = [
            "(?:" + "|".join(" ".join(re.escape(w).replace(r"\*", r"\S*") for w in run) for run in part) + ")"
            for part in form.parts
        ]
        out = parts[0]
        for part, (fewest, most) in zip(parts[1:], form.gaps, strict=True):
            out += rf" (?:\S+ ){{{fewest},{most}}}{part}"
        return out

    forms = sorted({one(form) for phrase in phrases for form in expand(phrase, LANGUAGES[code])})
    return r"(?:^| )(?:" + "|".join(forms) + r")(?: |$)" if forms else r"[^\s\S]"


def with_tokens(units: pl.DataFrame, behaviour: Behaviour | None, rule: Backchannel) -> pl.DataFrame:
    """Add ``token`` (short and all from the lexicon) and ``filler`` (short and nothing but hesitation)."""
    brief = (pl.col("tokens") <= rule.max_tokens) & (pl.col("to_s") - pl.col("from_s") <= rule.max_seconds)
    distinct = units.filter(brief).select("language", "text").unique().filter(pl.col("language").is_not_null())
    phrases = behaviour.phrases if behaviour is not None else {}
    lexicons = {code: Lexicon(phrases.get(code), code) for code in distinct["language"].unique().sort()}
    token: list[bool] = []
    filler: list[bool] = []
    for code, text in distinct.iter_rows():  # distinct short texts, not units
        words = lexicons[code].words(text)
        token.append(lexicons[code].covers(words))
        filler.append(not words)
    told = distinct.with_columns(token=pl.Series(token, dtype=pl.Boolean), filler=pl.Series(filler, dtype=pl.Boolean))
    return units.join(told, on=["language", "text"], how="left", maintain_order="left").with_columns(
        token=brief & pl.col("token").fill_null(False), filler=brief & pl.col("filler").fill_null(False)
    )
