"""What people looked at and found to be no hit: left out before occasions are counted as met."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.acts import Acts
from poise.detection.stream import Stream
from poise.model import Schema

__all__ = ["DISMISSED", "not_dismissed"]

DISMISSED: Final[Schema] = {
    "conversation": pl.String,
    "turn": pl.Int32,
    "behaviour": pl.String,
    "begin": pl.Int32,  # code points in the turn's text
    "end": pl.Int32,
}
"""Places where a behaviour was found by mistake. A hit that overlaps one is none, whatever found it."""


def not_dismissed(stream: Stream, behaviour: str, acts: Acts, dismissed: pl.DataFrame) -> NDArray[np.bool_]:
    """Return which acts of a behaviour (length M) lie in no place of ``dismissed`` (:data:`DISMISSED`)."""
    stay = np.ones(len(acts.marks), bool)
    ids = stream.tables.conversations["conversation"]
    begin, end = stream.begin[acts.marks.first], stream.end[acts.marks.last]
    number, conversation = stream.number[acts.marks.turn], stream.conversation[acts.marks.turn]
    places = dismissed.filter(pl.col("behaviour") == behaviour)
    for name, turn, first, last in places.select("conversation", "turn", "begin", "end").iter_rows():
        row = ids.index_of(name)
        if row is not None:
            stay &= ~((conversation == row) & (number == turn) & (begin < last) & (end > first))
    return stay
