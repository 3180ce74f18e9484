"""Whether a clause is finished, told by its last words and marks alone.

Prosody says more (Gravano and Hirschberg 2011), but words are what a transcript has, and what may be judged without
inferring anything from a voice. Three kinds of last word leave a clause open; fillers are the language's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from poise.languages import LANGUAGES

__all__ = ["CLAUSE_WORDS", "ClauseWords", "with_completeness"]


@dataclass(frozen=True, slots=True)
class ClauseWords:
    """Words of one language, lower-cased.

    Parameters
    ----------
    never
        No clause ends in them, whatever mark a transcriber sets: articles, possessives, conjunctions, contracted verbs.
    open
        They leave a clause open unless a full stop follows: prepositions, subject pronouns, relative words.
    auxiliaries
        As ``open``, but close a short answer after one of ``subjects`` ("yes i did").
    closed
        Pairs of words that end in an open word and yet are finished ("log in").
    accepts
        First words by which a completion is accepted.
    stops
        Phrases (grammar of :class:`poise.knowledge.schema.PhraseSet`) with which one may and must cut in: to protect
        identity, payment data or somebody's safety.
    """

    never: frozenset[str]
    open: frozenset[str]
    auxiliaries: frozenset[str]
    subjects: frozenset[str]
    closed: frozenset[str]
    accepts: frozenset[str]
    stops: tuple[str, ...]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(firsts: str, lasts: str) -> frozenset[str]:
    return frozenset(f"{first} {last}" for first in firsts.split() for last in lasts.split())


# A trailing "so" is left out on purpose: it hands the turn over as often as it holds it (Walker 2012).
_ENGLISH = ClauseWords(
    never=_words(
        "a an the my your our their every and but because cuz or if whether although unless i'm i've i'll i'd you're "
        "you've you'll you'd we're we've we'll we'd they're they've they'll it's it'll that's that'll there's he's "
        "he'll she's she'll what's who's where's gonna wanna"
    ),
    open=_words(
        "of to for with from at in on by into onto than as like about between during until till without through "
        "against per toward towards upon i we he she they who which whose when where while since though its these "
        "those very"
    ),
    auxiliaries=_words(
        "am is are was were be been being have has had do does did will would can could should shall may might must "
        "isn't aren't wasn't weren't haven't hasn't hadn't don't doesn't didn't won't wouldn't can't couldn't shouldn't"
    ),
    subjects=_words("i you we they he she it that this there who"),
    closed=_pairs("log logged logging sign signed come came coming go went plug plugged check checked move moved", "in")
    | _pairs("turn turned turning switch switched come came go went going hang hold move put log carry later", "on")
    | _pairs("pay paid looking look asked asking waiting wait for", "for")
    | _pairs("thinking talking worried sorry think", "about")
    | _pairs("like want wanted need have used going supposed", "to")
    | _pairs("don't where not even so and", "though"),
    accepts=_words("yes yeah yep yup exactly right correct precisely indeed that's mhm mm-hm uh-huh absolutely sure"),
    stops=(
        "for (your|our|the) (security|safety|protection)",
        "for (security|safety) [reasons]",
        "(don't|do not|please don't) (give|read|tell|say|share|send) ... (number|pin|password|code|card|details)",
        "(stop|don't go on) (reading|giving)",
        "(verify|confirm|check) (who you are|your identity|it's you|that it's you)",
        "before (you|we) (go on|continue|go any further) ... (security|identity|recorded|verify)",
        "(are|is) (you|anyone|anybody|everyone|everybody|she|he) (safe|hurt|in danger|injured|breathing|bleeding)",
        "(call|ring|dial|phone) ... (emergency|ambulance|fire brigade|999|911|112|police)",
        "(leave|get out of) the (house|building|room|car) (now|immediately|at once)",
    ),
)
_HEBREW = ClauseWords(
    never=_words("את של וגם אבל או אם כי בגלל אלא כאשר כש ש שה למרות ו"),
    open=_words(
        "על עם אל עד בין מול אצל לפני אחרי בלי כמו לגבי בשביל דרך מתוך אני אנחנו הוא היא הם הן אתה אתם אשר מאז תוך כל "
        "איזה איזו מאוד יותר"
    ),
    auxiliaries=_words("היה הייתה היו הייתי היינו יכול יכולה יכולים צריך צריכה צריכים רוצה רוצים אמור אמורה אמורים"),
    subjects=_words("אני אנחנו הוא היא הם הן אתה את זה"),
    closed=_pairs("חשבתי דיברנו מדבר מדברת", "על"),
    accepts=_words("כן נכון בדיוק אהה בטח ברור"),
    stops=(
        "(אל|בבקשה אל) (תיתן|תתן|תתני|תיתני|תקריא|תקריאי|תגיד|תגידי|תמסור|תמסרי) ... (מספר|קוד|סיסמה|כרטיס)",
        "(לאמת|לוודא) ... (זהות|זהותך)",
        "(אתה|את|אתם|מישהו) (בסדר|בטוח|בטוחה|נפגע|נפצע|בסכנה)",
        "(תתקשר|תתקשרי|להתקשר|תחייג|תחייגי) ... (משטרה|אמבולנס|מדא|כיבוי|100|101|102)",
        "מטעמי (אבטחה|בטיחות)",
    ),
)
_NORWEGIAN = ClauseWords(
    never=_words("en et ei og men eller fordi hvis dersom at selv mitt ditt vårt deres enn"),
    open=_words(
        "av til for med fra ved på i hos om under mellom mot uten gjennom etter før som når mens siden jeg vi han hun "
        "min din sin vår mine dine sine våre veldig hver hvert"
    ),
    auxiliaries=_words("er var har hadde kan kunne skal skulle vil ville må måtte bør burde ble blir får fikk"),
    subjects=_words("jeg du vi de han hun det den dere"),
    closed=_pairs("logge logget logger slå slått slår går gikk", "på")
    | _pairs("vente venter spurte ser", "etter")
    | _pairs("dag måned år uke gang", "siden")
    | _pairs("litt dagen uka uken rett", "etter")
    | _pairs("dagen noen uka uken", "før"),
    accepts=_words("ja jo nettopp akkurat riktig stemmer presis mhm"),
    stops=(
        "(ikke|du må ikke) (gi|les|si|oppgi|send) ... (nummer|nummeret|kode|koden|passord|passordet|kortet)",
        "av (sikkerhetsgrunner|sikkerhetshensyn)",
        "(bekrefte|verifisere|sjekke) (hvem du er|identiteten|at det er deg)",
        "(er) (du|dere|noen) (trygg|trygge|skadet|skadd|i fare)",
        "(ring|ringe) ... (110|112|113|nødnummeret|politiet|ambulanse|ambulansen|brannvesenet)",
    ),
)
CLAUSE_WORDS: Final[Mapping[str, ClauseWords]] = {"en": _ENGLISH, "he": _HEBREW, "nb": _NORWEGIAN}
"""By language code. In other languages nothing is judged."""

_CLOSING = "[\"'”’»)\\]]*\\s*$"
_WORD = r"[^\W_]+(?:['-][^\W_]+)*"


def _table(words: Mapping[str, ClauseWords]) -> tuple[pl.DataFrame, pl.DataFrame]:
    singles: list[tuple[str, str, int]] = []
    pairs: list[tuple[str, str, bool]] = []
    for code, lists in words.items():
        kinds = dict.fromkeys(LANGUAGES[code].fillers, 1) if code in LANGUAGES else {}
        kinds |= dict.fromkeys(lists.auxiliaries, 2) | dict.fromkeys(lists.open, 1) | dict.fromkeys(lists.never, 3)
        singles += [(code, word, kind) for word, kind in sorted(kinds.items())]
        answers = {f"{s} {a}" for s in lists.subjects for a in lists.auxiliaries}
        pairs += [(code, pair, False) for pair in sorted(lists.closed)]
        pairs += [(code, pair, True) for pair in sorted(answers - lists.closed)]
    return (
        pl.DataFrame(singles, schema={"language": pl.String, "_last": pl.String, "_kind": pl.Int8}, orient="row"),
        pl.DataFrame(pairs, schema={"language": pl.String, "_pair": pl.String, "_short": pl.Boolean}, orient="row"),
    )


def with_completeness(
    units: pl.DataFrame, *, words: Mapping[str, ClauseWords] = CLAUSE_WORDS, short_answer: int = 3
) -> pl.DataFrame:
    """Add ``complete`` (is the clause at the end of ``text`` finished) and ``by_word`` (told by its last word).

    Parameters
    ----------
    units
        Columns ``text``, ``language``, ``tokens`` (number of words) and ``punctuated`` (does the transcript set marks);
        any others are kept, and so is the order.
    words
        By language code.
    short_answer
        Most words of an answer that an auxiliary may close.

    Notes
    -----
    A question or exclamation mark finishes; a dash, an ellipsis or a comma does not; a full stop does unless a word
    stands before it that never ends a clause; without a mark the last word decides, and in a transcript that sets
    marks its absence means that the clause was left unfinished.
    """
    singles, pairs = _table(words)
    text = pl.col("text").str.replace_all("[’‘`´]", "'").str.to_lowercase()
    out = (
        units.with_columns(
            text.str.extract(rf"((?:{_WORD})-?)\W*$").alias("_end"),
            text.str.extract(rf"([.?!…,;:–—-]+){_CLOSING}").fill_null("").alias("_mark"),
            text.str.extract(rf"({_WORD}\s+{_WORD})\W*$").str.replace_all(r"\s+", " ").alias("_pair"),
        )
        .with_columns(pl.col("_end").str.strip_chars("-").alias("_last"))
        .join(singles, on=["language", "_last"], how="left", maintain_order="left")
        .join(pairs, on=["language", "_pair"], how="left", maintain_order="left")
    )
    mark = pl.col("_mark")
    closed = (pl.col("_short") == False) | ((pl.col("_short") == True) & (pl.col("tokens") <= short_answer))  # noqa: E712
    kind = pl.when(closed.fill_null(False)).then(0).otherwise(pl.col("_kind").fill_null(0))
    cut = mark.str.contains(r"[–—…-]|\.\.")
    by_word = (
        pl.when(mark.str.contains(r"[?!]")).then(False).when(cut).then(True).when(mark == ".").then(kind == 3)
        .otherwise(kind > 0)
    )  # fmt: skip
    unmarked = (~mark.str.contains(r"[.?!]")) & (pl.col("punctuated") | mark.str.contains("[,;:]"))
    return out.with_columns(by_word=by_word.fill_null(False)).with_columns(
        complete=~(pl.col("by_word") | unmarked.fill_null(False))
    ).drop("_end", "_mark", "_pair", "_last", "_kind", "_short")  # fmt: skip
