"""What a conversation is made of: its content as a hash, and packed whole for the day it is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
import polars as pl
import zstandard

from poise.model import CONVERSATIONS, EVENTS, PEOPLE, TURNS, WORDS, Schema, Tables

__all__ = ["contents", "only", "pack", "unpack"]

_FORMS: Final[Mapping[str, Schema]] = {
    "conversations": CONVERSATIONS,
    "people": PEOPLE,
    "turns": TURNS,
    "events": EVENTS,
    "words": WORDS,
}
_ABOUT_THE_FILE: Final = ("source", "line", "purpose")
"""Columns that say how a conversation came here, not what it is."""
_encode: Final = msgspec.json.Encoder().encode


def contents(tables: Tables) -> dict[str, str]:
    """Return the SHA-256 of each conversation's content, by its id: equal where nothing of what was read differs."""
    hashes = {one: sha256() for one in tables.conversations["conversation"]}
    for name in _FORMS:
        table: pl.DataFrame = getattr(tables, name)
        table = table.drop(_ABOUT_THE_FILE, strict=False)
        for row in table.iter_rows():
            hashes[row[0]].update(_encode(row))
    return {one: found.hexdigest() for one, found in hashes.items()}


def only(tables: Tables, conversations: pl.Series) -> Tables:
    """Return the tables with these conversations only; rejects are kept."""
    wanted = pl.col("conversation").is_in(conversations.implode())
    return Tables(
        **{name: getattr(tables, name).filter(wanted) for name in _FORMS},
        rejects=tables.rejects,
    )


def pack(tables: Tables) -> bytes:
    """Return the conversations of ``tables`` as bytes from which :func:`unpack` makes them again."""
    plain = {name: getattr(tables, name).rows() for name in _FORMS}
    return zstandard.compress(_encode(plain), 6)


def unpack(data: bytes) -> Tables:
    """Return what :func:`pack` packed."""
    plain: dict[str, list[list[Any]]] = msgspec.json.decode(zstandard.decompress(bytes(data)))
    tables = {}
    for name, form in _FORMS.items():
        instants = [column for column, kind in form.items() if isinstance(kind, pl.Datetime)]
        raw = {column: pl.String if column in instants else kind for column, kind in form.items()}
        table = pl.DataFrame(plain[name], schema=raw, orient="row")
        tables[name] = table.with_columns(
            pl.col(column).str.to_datetime(time_unit="us", time_zone="UTC") for column in instants
        )
    return Tables(**tables)
