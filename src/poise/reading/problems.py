"""What is wrong with an input, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from poise.model import REJECTS

__all__ = ["RECORD_LIMIT", "InputError", "RecordError", "Reject", "preview", "rejects_table"]

RECORD_LIMIT: Final = 200
"""Characters of a refused record that are kept."""


class InputError(ValueError):
    """An input that cannot be read at all.

    Parameters
    ----------
    problem
        What is wrong.
    file
        The path or pattern as given.
    field
        Name of the field or option, where one is to blame.
    remedy
        What to do about it.
    """

    def __init__(self, problem: str, *, file: str = "", field: str = "", remedy: str = "") -> None:
        place = ": ".join(part for part in (file, field) if part)
        super().__init__(f"{place}: {problem}. {remedy}".strip() if place else f"{problem}. {remedy}".strip())
        self.problem, self.file, self.field, self.remedy = problem, file, field, remedy


class RecordError(ValueError):
    """A record that is refused: field, problem, remedy; the reader adds file and line."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}. {remedy}")
        self.field, self.problem, self.remedy = field, problem, remedy


class Reject(NamedTuple):
    """One row of :data:`poise.model.REJECTS`."""

    file: str
    line: int
    field: str
    problem: str
    remedy: str
    record: str


def preview(raw: bytes | str) -> str:
    """Return the first characters of a record, control characters replaced so that it is safe to print."""
    text = raw[: RECORD_LIMIT * 4].decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    text = text[:RECORD_LIMIT].encode("utf-8", "replace").decode("utf-8")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def rejects_table(rejects: Sequence[Reject]) -> pl.DataFrame:
    """Return refused records as a :data:`poise.model.REJECTS` table."""
    return pl.DataFrame([*rejects], schema=dict(REJECTS), orient="row")
