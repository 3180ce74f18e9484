"""How surely somebody was cut off by another rather than stopped by oneself: a graded score from times and words.

Who has the floor after a stretch of speech is told by three things (Sacks, Schegloff and Jefferson 1974; Beattie
1982): whether the other side speaks across its end or begins soon after it, and for how long; whether the one who
stopped goes on by oneself, as after a slip that is mended (Schegloff, Jefferson and Sacks 1977); and whether the
words stopped before they were complete, or were let trail off (Walker 2012). None of them decides alone, so each
weighs the score and only silence of the other side makes it nothing. Weights are chosen, not fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from poise.detection.clauses import ClauseWords
from poise.detection.speech import FAR, nearest
from poise.languages import LANGUAGES

__all__ = ["spurts", "with_cut_off"]

_KEPT: Final = 0.25  # of the score, where the one who stopped speaks on at once: being cut off is often fought
_TRAILED: Final = 0.75  # trailed off into a silence
_FINISHED: Final = 0.75  # the words look complete, as those of one cut off may by chance
_TRAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("so", "but", "or", "you know", "anyway", "or whatever", "or something", "i don't know", "and stuff"),
    "he": ("אז", "אבל", "או", "אתה יודע", "את יודעת", "אתם יודעים", "וזה", "לא יודע", "לא יודעת", "או משהו"),
    "nb": ("så", "men", "eller", "vet du", "ikke sant", "eller noe", "eller noe sånt", "vet ikke", "og sånn"),
}
"""Last words of a clause that its speaker lets trail off, by language; hesitations are the language's own fillers."""


def spurts(speech: pl.DataFrame, *, gap_s: float) -> pl.DataFrame:
    """Add ``spurt_end``: where speech of the same person ends that no silence of ``gap_s`` parts from this."""
    voice = ["c", "person"]
    fresh = (pl.col("from_s") - pl.col("to_s").cum_max().shift(1) >= gap_s).fill_null(True).cum_sum().over(voice)
    return speech.with_columns(spurt=fresh).with_columns(spurt_end=pl.col("to_s").max().over(*voice, "spurt"))


def _trails(words: Mapping[str, ClauseWords]) -> pl.Expr:
    """Whether ``text`` ends in words that trail off."""
    said = pl.col("text").str.to_lowercase().str.replace_all("[’‘`´]", "'").str.replace_all(r"[^\w'-]+", " ")
    out = pl.lit(False)
    for code in sorted(words):
        fillers = LANGUAGES[code].fillers if code in LANGUAGES else frozenset()
        ends = "|".join(sorted({*_TRAILS.get(code, ()), *fillers}))
        if ends:
            out |= (pl.col("language") == code) & said.str.contains(rf"(?:^| )(?:{ends}) ?$")
    return out.fill_null(False)


def with_cut_off(
    theirs: pl.DataFrame,
    ours: pl.DataFrame,
    *,
    words: Mapping[str, ClauseWords],
    holds_s: float,
    pause_s: float,
    spurt_gap_s: float,
) -> pl.DataFrame:
    """Add ``cut_off`` (0..1): how surely the speech of ``theirs`` was cut off at its end by that of ``ours``.

    Parameters
    ----------
    theirs
        Units of :func:`poise.detection.speech.speech_units` with ``complete``
        (:func:`poise.detection.clauses.with_completeness`), sorted by conversation and start.
    ours
        Units of the other side with ``token``, ``filler`` and ``backchannel``, sorted likewise.
    words
        By language code; elsewhere nothing trails off.
    holds_s
        Speech that goes on for so long has taken the floor.
    pause_s
        A start so long after the end weighs half of one at the end.
    spurt_gap_s
        Silences shorter than this belong to one spurt; one who goes on so soon has half kept the floor.

    Notes
    -----
    The score is the product of

    - who takes the floor: ``0.5 + 0.5 min(hold / holds_s, 1)`` where the other side speaks across the end and holds
      for ``hold`` seconds after it, else ``0.5 / (1 + gap / pause_s)``, where it begins ``gap`` seconds after it;
    - who gives it up: ``0.25 + 0.75 r / (r + spurt_gap_s)``, where one goes on after ``r`` seconds;
    - words: 0.75 where they look complete, or trail off into a silence; 1 otherwise.

    A spurt of nothing but listening tokens and hesitations takes no floor; one that begins with them does.
    """
    voice = ["c", "person"]
    own = theirs.sort(*voice, "from_s", "to_s", maintain_order=True).with_columns(
        pause=(pl.col("from_s").shift(-1).over(voice) - pl.col("to_s")).fill_null(FAR).clip(0)
    )
    own = own.sort("c", "from_s", "to_s", "turn", maintain_order=True)
    takes = (
        spurts(ours.filter(~pl.col("backchannel")), gap_s=spurt_gap_s)
        .filter(~(pl.col("token") | pl.col("filler")).all().over(*voice, "spurt"))
        .group_by(*voice, "spurt", maintain_order=True)
        .agg(pl.col("from_s").min(), pl.col("to_s").max())
        .sort("c", "from_s", "to_s", maintain_order=True)
        .select("c", "from_s", pl.col("from_s").alias("begins"), pl.col("to_s").cum_max().over("c").alias("reach"))
    )
    out = nearest(own, takes.select("c", "from_s", "reach"), "to_s")
    out = nearest(out, takes.select("c", "from_s", "begins"), "to_s", ahead=True)
    hold = (pl.col("reach") - pl.col("to_s")).fill_null(0.0)
    gap = (pl.col("begins") - pl.col("to_s")).fill_null(FAR)
    taken = pl.when(hold > 0).then(0.5 + 0.5 * (hold / holds_s).clip(0, 1)).otherwise(0.5 / (1 + gap / pause_s))
    given = _KEPT + (1 - _KEPT) * pl.col("pause") / (pl.col("pause") + spurt_gap_s)
    said = pl.when(_trails(words) & (hold <= 0)).then(_TRAILED).when(pl.col("complete")).then(_FINISHED).otherwise(1.0)
    return out.with_columns(cut_off=taken * given * said).drop("pause", "reach", "begins")
