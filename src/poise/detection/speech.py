"""Stretches of speech on the clock of a conversation, from word times where there are any, else from turns."""

from __future__ import annotations

from typing import Final

import polars as pl

from poise.languages import language
from poise.model import ASSESSED, COUNTERPART, Tables

__all__ = ["FAR", "nearest", "speech_units", "timed", "two_channels"]

FAR: Final = 1e9
"""Seconds: never."""
_PLACE = ["conversation", "turn"]
_SENTENCE_END = r"[.?!…][\"'”’»)\]]*\s*$"


def _spoken(tables: Tables) -> pl.DataFrame:
    """Turns that were said aloud to the other side, with ``side`` 0 (assessed) or 1 (counterpart)."""
    return tables.turns.filter(
        pl.col("role").is_in([*ASSESSED, *COUNTERPART])
        & ~pl.col("private").fill_null(False)
        & (pl.col("text").str.len_chars() > 0)
    ).with_columns(side=pl.col("role").is_in(COUNTERPART).cast(pl.Int8))


def two_channels(tables: Tables) -> pl.DataFrame:
    """Return ``conversation`` of those in which overlap can be seen: separate audio channels, or times of words.

    The two sides must share no channel and both have one; or both sides must have words with times.
    """
    spoken = _spoken(tables)
    pair = pl.struct("audio_channel")
    channels = (
        spoken.filter(pl.col("audio_channel").is_not_null() & pl.col("start").is_not_null())
        .group_by("conversation")
        .agg(
            pair.filter(pl.col("side") == 0).n_unique().alias("ours"),
            pair.filter(pl.col("side") == 1).n_unique().alias("theirs"),
            pair.n_unique().alias("all"),
        )
        .filter((pl.col("ours") > 0) & (pl.col("theirs") > 0) & (pl.col("all") == pl.col("ours") + pl.col("theirs")))
    )
    # one turn whose channel is unknown could belong to either
    unknown = spoken.filter(pl.col("audio_channel").is_null()).select("conversation").unique()
    worded = (
        spoken.join(tables.words.select(_PLACE).unique(), on=_PLACE, how="semi")
        .group_by("conversation")
        .agg(pl.col("side").n_unique().alias("sides"))
        .filter(pl.col("sides") == 2)
    )
    return pl.concat(
        [channels.select("conversation").join(unknown, on="conversation", how="anti"), worded.select("conversation")]
    ).unique(maintain_order=True)


def timed(tables: Tables) -> pl.DataFrame:
    """Return ``conversation`` of those in which both sides have speech with start and end."""
    return (
        _spoken(tables)
        .filter(pl.col("end") > pl.col("start"))
        .group_by("conversation", maintain_order=True)
        .agg(pl.col("side").n_unique().alias("sides"))
        .filter(pl.col("sides") == 2)
        .select("conversation")
    )


def _pieces(spoken: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Words with times, and whole turns where a turn has none."""
    keep = ["c", "language", "turn", "person", "side", "text"]
    worded = (
        words.rename({"end": "word_end"})
        .join(spoken.select("conversation", *keep), on=_PLACE, how="inner", maintain_order="left")
        .filter(pl.col("to_s") > pl.col("from_s"))
        .sort("c", "turn", "begin", "from_s", maintain_order=True)
        .with_columns(
            # a word carries the marks and spaces up to the next one
            stop=pl.col("begin").shift(-1).over("c", "turn").fill_null(pl.col("text").str.len_chars().cast(pl.Int32))
        )
        .with_columns(
            sentence_end=pl.col("text")
            .str.slice(pl.col("begin"), (pl.col("stop") - pl.col("begin")).clip(0).cast(pl.UInt32))
            .str.contains(_SENTENCE_END)
        )
        .drop("word_end")
    )
    whole = (
        spoken.join(worded.select(_PLACE).unique(), on=_PLACE, how="anti", maintain_order="left")
        .filter(pl.col("end") > pl.col("start"))
        .select(
            "conversation",
            *keep,
            pl.lit(0, pl.Int32).alias("begin"),
            pl.col("text").str.len_chars().cast(pl.Int32).alias("stop"),
            pl.col("start").alias("from_s"),
            pl.col("end").alias("to_s"),
            pl.lit(True).alias("sentence_end"),
        )
    )
    columns = ["conversation", *keep, "begin", "stop", "from_s", "to_s", "sentence_end"]
    return pl.concat(
        [
            worded.select(columns).with_columns(worded=pl.lit(True)),
            whole.select(columns).with_columns(worded=pl.lit(False)),
        ]
    )


def speech_units(tables: Tables, *, gap_s: float) -> pl.DataFrame:
    """Return stretches of speech of one person without a silence of ``gap_s``, sorted by conversation and start.

    A unit also ends where the turn does; a counterpart's where a sentence does, so that a unit of theirs is at most
    one clause that can be finished or not.

    Returns
    -------
    Columns ``c`` (row of the conversation), ``conversation``, ``language`` (code of a known language, or null),
    ``punctuated``, ``turn``, ``person``, ``side`` (0 assessed, 1 counterpart), ``from_s``, ``to_s``, ``begin``,
    ``end`` (code points of the turn), ``text``, ``tokens``, ``worded`` (from word times).
    """
    codes = tables.conversations["language"].unique().to_list()
    known = {code: found.code for code in codes if code is not None and (found := language(code))}
    conversations = tables.conversations.select(
        "conversation",
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("c"),
        pl.col("language").replace_strict(known, default=None, return_dtype=pl.String),
    )
    # most batches are chats: what has no times is let go before its texts are looked at
    clocked = tables.turns.filter(pl.col("start").is_not_null() & pl.col("end").is_not_null()).select("conversation")
    clocked = pl.concat([clocked, tables.words.select("conversation")]).unique()
    spoken = (
        _spoken(tables)
        .join(clocked, on="conversation", how="semi", maintain_order="left")
        .join(conversations, on="conversation", how="inner", maintain_order="left")
        .with_columns(punctuated=pl.col("text").str.contains(_SENTENCE_END).mean().over("conversation") >= 0.5)
    )
    marks = spoken.select("c", "punctuated").unique()
    pieces = _pieces(spoken, tables.words).sort("c", "person", "from_s", "turn", "begin", maintain_order=True)
    voice = ["c", "person"]
    previous = pl.col("to_s").cum_max().shift(1).over(voice)
    fresh = (
        previous.is_null()
        | (pl.col("from_s") - previous >= gap_s)
        | (pl.col("turn") != pl.col("turn").shift(1).over(voice))
        | ((pl.col("side") == 1) & pl.col("sentence_end").shift(1).over(voice))
    )
    return (
        pieces.with_columns(unit=fresh.cum_sum())
        .group_by("unit", maintain_order=True)
        .agg(
            pl.col("c", "conversation", "language", "turn", "person", "side", "worded").first(),
            pl.col("from_s").min(),
            pl.col("to_s").max(),
            pl.col("begin").min(),
            pl.col("stop").max(),
            pl.col("text").first(),
        )
        .with_columns(
            text=pl.col("text").str.slice(pl.col("begin"), (pl.col("stop") - pl.col("begin")).cast(pl.UInt32))
        )
        .with_columns(
            end=pl.col("begin") + pl.col("text").str.strip_chars_end().str.len_chars().cast(pl.Int32),
            tokens=pl.col("text").str.count_matches(r"[^\W_]+(?:['’_][^\W_]+)*"),
        )
        .filter(pl.col("tokens") > 0)
        .join(marks, on="c", how="left", maintain_order="left")
        .drop("unit", "stop")
        .sort("c", "from_s", "to_s", "turn", maintain_order=True)
    )


def nearest(
    left: pl.DataFrame, right: pl.DataFrame, on: str, *, ahead: bool = False, exact: bool = True
) -> pl.DataFrame:
    """Join the last row of ``right`` at or before ``on`` (or the first at or after), within the conversation."""
    keys = right.rename({"from_s": on}) if on != "from_s" else right
    return (
        left.with_row_index("_row")
        .sort("c", on, "_row")
        .join_asof(
            keys.sort("c", on, maintain_order=True),
            on=on,
            by="c",
            strategy="forward" if ahead else "backward",
            allow_exact_matches=exact,
            check_sortedness=False,
        )
        .sort("_row")
        .drop("_row")
    )
