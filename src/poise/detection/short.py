"""Short things said, each distinct one looked at once: listening tokens, hesitations, and phrases as expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import polars as pl

from poise.detection.speech import FAR, nearest
from poise.knowledge.phrases import Form, expand, fold_word
from poise.knowledge.rules import Backchannel
from poise.knowledge.schema import Behaviour, PhraseSet
from poise.languages import LANGUAGES

__all__ = ["Lexicon", "pattern", "with_backchannels", "with_tokens"]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MURMURS = frozenset({("mm",), ("mmm",), ("hm",), ("mhm",), ("uhhuh",)})  # the parts of "mm-hm", however it is spelt
_CONTINUERS: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset(["mm", "mmm", "mhm", "mmhm", "mmhmm", "hm", "hmm", "hmmm", "uhhuh", "uhuh", "huh"]),
    "he": frozenset(["מ", "ממ", "מממ", "המ", "אהם", "אהה", "אההה"]),
    "nb": frozenset(["m", "mm", "mmm", "mhm", "hm", "hmm", "aha"]),
}
"""Words that ask for nothing but to go on (Schegloff 1982), by language: those that never begin a turn of one's own."""
_LAUGHS = re.compile(r"laugh\w*|chuckl\w*|giggl\w*|צוחק\w*|צחוק|ler|latter")  # as transcribers note it, in brackets
_LAUGHED = re.compile(r"a?(?:ha){2,}h?|(?:he){2,}h?|ח{3,}")
_SPELT = re.compile(r"\b(o)[._ -](k)\b\.?|\b(uh)[ -](huh)\b")


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
        folded = (self.language.variants.get(w, w) for w in _WORD.findall(_SPELT.sub(r"\1\2\3\4", fold_word(text))))
        kept: list[str] = []
        for word in (part for entry in folded for part in entry.split()):
            if word not in self.language.fillers and (not kept or kept[-1] != word):
                kept.append(word)
        return tuple(kept)

    def continues(self, words: tuple[str, ...]) -> bool:
        """Whether ``words`` ask for nothing but to go on."""
        return bool(words) and all(word in _CONTINUERS.get(self.language.code, ()) for word in words)

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


def _laughs(text: str) -> bool:
    """Whether ``text`` is a laugh and nothing else, spelt out or noted in brackets."""
    words = _WORD.findall(text.lower())
    noted = text.lstrip()[:1] in tuple("[(<*")
    return bool(words) and all(_LAUGHED.fullmatch(w) or (noted and _LAUGHS.fullmatch(w)) for w in words)


def with_tokens(units: pl.DataFrame, behaviour: Behaviour | None, rule: Backchannel) -> pl.DataFrame:
    """Add what a short unit is: ``token``, ``continuer``, ``filler``.

    ``token``: all words from the lexicon; ``continuer``: a token that only asks to go on ("mm-hm"); ``filler``:
    nothing but hesitation or laughter.
    """
    brief = (pl.col("tokens") <= rule.max_tokens) & (pl.col("to_s") - pl.col("from_s") <= rule.max_seconds)
    distinct = units.filter(brief).select("language", "text").unique().filter(pl.col("language").is_not_null())
    phrases = behaviour.phrases if behaviour is not None else {}
    lexicons = {code: Lexicon(phrases.get(code), code) for code in distinct["language"].unique().sort()}
    told: list[tuple[bool, bool, bool]] = []
    for code, text in distinct.iter_rows():  # distinct short texts, not units
        lexicon = lexicons[code]
        words = lexicon.words(text)
        laughs = _laughs(text)
        token = lexicon.covers(words) and not laughs
        told.append((token, token and lexicon.continues(words), laughs or not words))
    kinds = dict.fromkeys(("token", "continuer", "filler"), pl.Boolean)
    distinct = pl.concat([distinct, pl.DataFrame(told, schema=kinds, orient="row")], how="horizontal")
    return units.join(distinct, on=["language", "text"], how="left", maintain_order="left").with_columns(
        (brief & pl.col(name).fill_null(False)).alias(name) for name in kinds
    )


def with_backchannels(units: pl.DataFrame, rule: Backchannel, *, spurt_gap_s: float) -> pl.DataFrame:
    """Return the units of assessed people with ``backchannel``: a token while the other side keeps the floor.

    A token that more follows from the same side is the beginning of a turn. "Mm-hm" hands the floor back, so that it
    is enough if the other side is the next to say anything; "yes" or "right" may as well close what was said
    (Jefferson 1984), so that the other side must go on at once. Tokens less than ``spurt_gap_s`` seconds from other
    words of the same side belong to these.
    """
    theirs = units.filter(pl.col("side") == 1).select(
        "c",
        "from_s",
        pl.col("from_s").alias("next_theirs"),
        pl.col("to_s").cum_max().over("c").alias("reach"),
        pl.col("text").str.contains(r"\?[\"'”’)\]]*\s*$").alias("asks"),
        pl.col("to_s").alias("last_to"),
    )
    ours = units.filter(pl.col("side") == 0)
    told = ours.filter(~(pl.col("token") | pl.col("filler"))).select(
        "c", "from_s", pl.col("from_s").alias("next_ours"), pl.col("to_s").cum_max().over("c").alias("before")
    )
    ours = ours.with_columns(later=pl.col("to_s") + rule.resumes_within)
    ours = nearest(ours, told.drop("next_ours"), "from_s", exact=False)
    ours = nearest(ours, told.drop("before"), "from_s", ahead=True, exact=False)
    ours = nearest(ours, theirs.drop("next_theirs"), "from_s", exact=False)
    ours = nearest(ours, theirs.select("c", "from_s", "next_theirs"), "to_s", ahead=True)
    ours = nearest(ours, theirs.select("c", "from_s", pl.col("reach").alias("goes_on")), "later")
    before, next_ours = pl.col("before").fill_null(-FAR), pl.col("next_ours").fill_null(FAR)
    alone = (pl.col("from_s") - before >= spurt_gap_s) & (next_ours - pl.col("to_s") >= spurt_gap_s)
    floor = pl.col("reach").fill_null(-FAR) > before
    answers = pl.col("asks").fill_null(False) & (pl.col("last_to") <= pl.col("from_s"))
    goes_on = pl.col("goes_on").fill_null(-FAR) > pl.col("to_s")
    handed_back = pl.col("continuer") & (pl.col("next_theirs").fill_null(FAR) < next_ours)
    return ours.with_columns(
        backchannel=(pl.col("token") & alone & floor & ~answers & (goes_on | handed_back)).fill_null(False)
    ).drop("reach", "asks", "last_to", "goes_on", "later", "before", "next_ours", "next_theirs")
