"""What trained heads judge: sentences, turns and whole texts, as ranges of the stream's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poise.detection.scene import Scene
from poise.detection.stream import AGENT, CUSTOMER, Stream

__all__ = ["Side", "Unit", "Units", "texts_of", "units_of", "whole_turns"]

Unit: TypeAlias = Literal["sentence", "turn", "text"]
"""A sentence; a turn, encoded as one; a turn of many sentences, encoded as the mean of them."""
Side: TypeAlias = Literal["agent", "customer"]


@dataclass(frozen=True, slots=True)
class Units:
    """Ranges of words, in order (length U)."""

    first: NDArray[np.int64]  # word of the stream
    last: NDArray[np.int64]
    turn: NDArray[np.int32]  # row of turns

    def __len__(self) -> int:
        return len(self.first)


def units_of(scene: Scene, unit: Unit, side: Side) -> Units:
    """Return the units of one side, in languages that have rules; turns without words have none."""
    stream = scene.stream
    mine = (stream.side == (AGENT if side == "agent" else CUSTOMER)) & (stream.language >= 0)
    if unit != "sentence":
        return whole_turns(stream, np.flatnonzero(mine))
    starts = scene.sentence_starts
    if not len(starts):
        return whole_turns(stream, np.zeros(0, np.int64))
    ends = np.append(starts[1:], len(stream.word)) - 1
    stay = mine[stream.turn[starts]]
    return Units(starts[stay], ends[stay], stream.turn[starts[stay]])


def whole_turns(stream: Stream, rows: NDArray[np.int64]) -> Units:
    """Return these turns whole, without those that have no words."""
    first, after = stream.first_word[rows], stream.first_word[rows + 1]
    stay = after > first
    return Units(first[stay], after[stay] - 1, rows[stay].astype(np.int32))


def texts_of(stream: Stream, first: NDArray[np.int64], last: NDArray[np.int64]) -> list[str]:
    """Return what was said from one word to another of the same turn, with the marks around it."""
    if not len(first):
        return []
    turn = stream.turn[first]
    opens = first == stream.first_word[turn]
    closes = last + 1 == stream.first_word[turn + 1]
    begin = np.where(opens, 0, stream.begin[first])
    following = np.minimum(last + 1, len(stream.begin) - 1)
    end = np.where(closes, stream.length[turn], stream.begin[following])
    rows, which = np.unique(turn, return_inverse=True)
    texts = stream.tables.turns["text"].gather(rows).to_list()
    return [texts[row][b:e].strip() for row, b, e in zip(which.tolist(), begin.tolist(), end.tolist(), strict=True)]
