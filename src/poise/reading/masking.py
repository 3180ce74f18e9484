"""Customers' names, numbers, addresses of mail and payment data, hidden in texts without moving anything.

Every hidden code point becomes ``•`` and blanks stay, so that spans found in a text hold in the masked text too.
Prices, times and the dates of appointments stay readable: they are what a conversation is about.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from poise.model import ASSESSED
from poise.reading.private import CUE_WORDS, CUED, MAILED, NUMBERED, find_private, introduced

__all__ = ["DOT", "mask", "mask_turns"]

DOT: Final = "•"


def mask(
    texts: pl.Series,
    *,
    names: pl.Series | None = None,
    introductions: pl.Series | bool = True,
) -> pl.Series:
    """Hide private data in texts.

    Parameters
    ----------
    texts
        Strings (n,).
    names
        Names to hide in each text: lists of strings or null (n,).
    introductions
        Whether, or in which texts (n, Boolean), names are hidden by how they are introduced, addressed or signed.

    Returns
    -------
    pl.Series
        Strings (n,) of the same lengths in code points.
    """
    if isinstance(introductions, bool):
        introductions = pl.Series([introductions], dtype=pl.Boolean).new_from_index(0, len(texts))
    numbers = texts.str.contains(NUMBERED).fill_null(False)
    mails = texts.str.contains(MAILED).fill_null(False)
    cued = introductions.fill_null(False) & _cued(texts)
    named = _with_names(texts, names) if names is not None else None
    rows = (numbers | mails | cued if named is None else numbers | mails | cued | named).arg_true()
    if not len(rows):
        return texts
    own = names.gather(rows).to_list() if names is not None else [None] * len(rows)
    changed: list[tuple[int, str]] = []
    columns = (one.gather(rows).to_list() for one in (texts, numbers, mails, cued))
    for row, its_names, text, number, mail, cue in zip(rows.to_list(), own, *columns, strict=True):
        spans = find_private(text, its_names or (), numbers=number, mails=mail, introductions=cue)
        if spans:
            changed.append((row, _hidden(text, spans)))
    if not changed:
        return texts
    return texts.scatter([row for row, _ in changed], [text for _, text in changed])


def mask_turns(turns: pl.DataFrame, people: pl.DataFrame) -> pl.Series:
    """Hide private data in the texts of a :data:`poise.model.TURNS` table.

    Names are those of the customers in ``people``, and those by which a customer introduces themselves anywhere in the
    conversation. Agents' own introductions stay: they are evidence.

    Parameters
    ----------
    turns, people
        Tables of :mod:`poise.model` of the same conversations.

    Returns
    -------
    pl.Series
        Strings, one a turn, of the same lengths in code points.
    """
    texts = turns["text"]
    customer = turns["role"].is_in(["customer"])
    told = turns.select("conversation", "text").filter(customer & _cued(texts))
    said = [(conversation, name) for conversation, text in told.iter_rows() for name in introduced(text)]
    known = people.filter((pl.col("role") == "customer") & pl.col("name").is_not_null()).select("conversation", "name")
    names = pl.concat(
        [known, pl.DataFrame(said, schema={"conversation": pl.String, "name": pl.String}, orient="row")]
    ).unique(maintain_order=True)
    own = None
    if len(names):
        lists = names.group_by("conversation").agg("name")
        own = turns.select("conversation").join(lists, on="conversation", how="left", maintain_order="left")["name"]
    return mask(texts, names=own, introductions=~turns["role"].is_in(list(ASSESSED)))


def _cued(texts: pl.Series) -> pl.Series:
    """Return which texts may introduce, address or sign a name (n,)."""
    maybe = texts.str.contains_any([*CUE_WORDS], ascii_case_insensitive=True).fill_null(False)
    rows = maybe.arg_true()
    surely = rows.filter(texts.gather(rows).str.contains(CUED))
    found = pl.zeros(len(texts), dtype=pl.Boolean, eager=True)
    return found.scatter(surely, True) if len(surely) else found


def _with_names(texts: pl.Series, names: pl.Series) -> pl.Series:
    """Return which texts hold a part of one of their names, in any case (n,)."""
    rows = (
        pl.DataFrame({"row": pl.int_range(len(texts), eager=True), "text": texts, "name": names})
        .drop_nulls("name")
        .with_columns(pl.col("text").str.to_lowercase())
        .explode("name")
        .drop_nulls("name")
        .with_columns(part=pl.col("name").str.to_lowercase().str.split(" "))
        .explode("part")
        .filter((pl.col("part").str.len_chars() >= 2) & pl.col("text").str.contains(pl.col("part"), literal=True))
    )
    found = pl.zeros(len(texts), dtype=pl.Boolean, eager=True)
    hit = rows["row"].unique()
    return found.scatter(hit, True) if len(hit) else found


def _hidden(text: str, spans: list[tuple[int, int]]) -> str:
    parts, last = [], 0
    for begin, end in spans:
        parts.append(text[last:begin])
        parts.append("".join(character if character.isspace() else DOT for character in text[begin:end]))
        last = end
    return "".join([*parts, text[last:]])
