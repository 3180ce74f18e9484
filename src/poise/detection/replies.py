"""Units against what they answer: the run of turns of the other side right before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poise.detection.encoding import unit_length
from poise.detection.scene import Scene
from poise.detection.units import Units

__all__ = ["LONGEST_RUN", "Common", "Replies"]

LONGEST_RUN: Final = 6


@dataclass(frozen=True, slots=True)
class Common:
    """Content words in common of each unit and what it answers (length U), stems counted once.

    Shares are of bits of surprise, as :func:`poise.detection.context.restated` weighs them.
    """

    count: NDArray[np.float64]
    of_reply: NDArray[np.float64]
    of_heard: NDArray[np.float64]
    of_smaller: NDArray[np.float64]


class Replies:
    """What each unit answers.

    Attributes
    ----------
    block
        Number of the block that each unit answers, -1 for none (length U).
    rows
        Turns of these blocks, in order.
    """

    def __init__(self, scene: Scene, units: Units) -> None:
        self.scene = scene
        self.units = units
        self.block = scene.neighbour(units.turn, -1)
        self._wanted = np.unique(self.block[self.block >= 0])
        self.rows = np.flatnonzero(_among(self._wanted, scene.stream.block.astype(np.int64)))
        self._common: dict[bool, Common] = {}

    @property
    def heard_words(self) -> NDArray[np.int64]:
        """Words of the answered block; 0 for none."""
        return np.append(self.scene.blocks.words, 0)[self.block]

    def mean_over_blocks(self, vectors: NDArray[np.float32], turn: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return, for each unit, the mean of the vectors of the turns it answers; 0 where it answers none."""
        out = np.zeros((len(self.units), vectors.shape[1]), np.float32)
        if not len(turn):
            return out
        block = self.scene.stream.block[turn].astype(np.int64)
        known, starts = np.unique(block, return_index=True)  # turns of one block follow each other
        means = unit_length(np.add.reduceat(vectors, starts, axis=0))
        at = np.minimum(np.searchsorted(known, self.block), len(known) - 1)
        there = known[at] == self.block
        out[there] = means[at[there]]
        return out

    def last_sentences(self) -> tuple[Units, NDArray[np.int64]]:
        """Return the last sentence of each answered block, and which of them each unit answers (-1 for none)."""
        stream = self.scene.stream
        starts = self.scene.sentence_starts
        ends = np.append(starts[1:], len(stream.word)) - 1 if len(starts) else starts
        block = stream.block[stream.turn[starts]].astype(np.int64)
        spoken = np.flatnonzero(_among(self._wanted, block))
        last = np.full(len(self.scene.blocks.first) + 1, -1, np.int64)
        last[block[spoken]] = spoken  # the later ones overwrite
        sentence = last[self.block]
        known, which = np.unique(sentence[sentence >= 0], return_inverse=True)
        out = np.full(len(self.units), -1, np.int64)
        out[sentence >= 0] = which
        return Units(starts[known], ends[known], stream.turn[starts[known]]), out

    def common(self, *, last: bool) -> Common:
        """Return what each unit has in common with the answered block, or with that block's last sentence."""
        if last not in self._common:
            self._common[last] = self._count(last)
        return self._common[last]

    def _count(self, last: bool) -> Common:
        scene, stream, units = self.scene, self.scene.stream, self.units
        n = len(units)
        big = np.int64(int(scene.stems.max(initial=0)) + 1)
        if last:
            ends, answered = self.last_sentences()
            sizes = ends.last - ends.first + 1
            heard = np.repeat(ends.first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
            place = np.repeat(np.arange(len(ends)), sizes)
            stay = scene.content[heard]
            heard, place = heard[stay], place[stay]
            places = len(ends)
        else:
            answered = np.searchsorted(self._wanted, self.block)
            answered[self.block < 0] = -1
            block = stream.block[stream.turn].astype(np.int64)
            heard = np.flatnonzero(scene.content & _among(self._wanted, block))
            place = np.searchsorted(self._wanted, block[heard])
            places = len(self._wanted)
        said, at = np.unique(place * big + scene.stems[heard], return_index=True)
        bits = np.bincount(said // big, weights=scene.rarity[heard[at]], minlength=places + 1)
        sizes = units.last - units.first + 1
        mine = np.repeat(units.first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        unit = np.repeat(np.arange(n), sizes)
        stay = scene.content[mine]
        _, once = np.unique(unit[stay] * big + scene.stems[mine[stay]], return_index=True)
        mine, unit = mine[stay][once], unit[stay][once]
        shared = (answered[unit] >= 0) & _among(said, answered[unit] * big + scene.stems[mine])
        weight = scene.rarity[mine].astype(np.float64)
        own = _sums(unit, weight, n)
        count = _sums(unit, shared, n)
        both = _sums(unit, np.where(shared, weight, 0.0), n)
        heard_bits = np.where(answered >= 0, bits[answered], 0.0)
        return Common(count, _over(both, own), _over(both, heard_bits), _over(both, np.minimum(own, heard_bits)))

    def shared_pairs(self) -> NDArray[np.float64]:
        """Return the share of each unit's pairs of neighbouring words that the answered block has too."""
        shared, unit = self._shared_runs(2)
        sizes = self.units.last - self.units.first
        return _over(_sums(unit, shared, len(self.units)), sizes.astype(np.float64))

    def longest_run(self) -> NDArray[np.int64]:
        """Return how many words in a row each unit has in common with the answered block, function words included.

        At most :data:`LONGEST_RUN`; longer runs are not told apart.
        """
        out = np.zeros(len(self.units), np.int64)
        for size in range(1, LONGEST_RUN + 1):
            shared, unit = self._shared_runs(size)
            out[unit[shared]] = size
        return out

    def shared_of_all(self, *, words: int | None = None) -> NDArray[np.float64]:
        """Return the share of the answered block's words, by rarity and function words included, that each unit has.

        Parameters
        ----------
        words
            Only the first so many words of the unit count.
        """
        scene, stream, units = self.scene, self.scene.stream, self.units
        big = np.int64(int(scene.stems.max(initial=0)) + 1)
        block = stream.block[stream.turn].astype(np.int64)
        heard = np.flatnonzero(_among(self._wanted, block))
        said, at = np.unique(np.searchsorted(self._wanted, block[heard]) * big + scene.stems[heard], return_index=True)
        bits = _sums(said // big, scene.rarity[heard[at]].astype(np.float64), len(self._wanted) + 1)
        sizes = units.last - units.first + 1
        if words is not None:
            sizes = np.minimum(sizes, words)
        mine = np.repeat(units.first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        unit = np.repeat(np.arange(len(units)), sizes)
        _, once = np.unique(unit * big + scene.stems[mine], return_index=True)
        mine, unit = mine[once], unit[once]
        answered = np.searchsorted(self._wanted, self.block)
        answered[self.block < 0] = len(self._wanted)
        shared = _among(said, answered[unit] * big + scene.stems[mine])
        common = _sums(unit, np.where(shared, scene.rarity[mine], 0.0), len(units))
        return _over(common, bits[answered])

    def _shared_runs(self, size: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return, for each run of ``size`` words within a unit, whether the answered block has it; and its unit."""
        stream, units = self.scene.stream, self.units
        n = len(stream.word) - size + 1
        sizes = np.maximum(units.last - units.first + 2 - size, 0)
        unit = np.repeat(np.arange(len(units)), sizes)
        if n <= 0:
            return np.zeros(0, bool), unit
        number = self.scene.stems.astype(np.int64)
        for step in range(1, size):
            big = np.int64(int(self.scene.stems.max(initial=0)) + 1)
            runs = number[: len(number) - 1] * big + self.scene.stems[step:]
            _, number = np.unique(runs, return_inverse=True)
        inner = stream.turn[:n] == stream.turn[size - 1 :]
        block = stream.block[stream.turn[:n]].astype(np.int64)
        kinds = np.int64(int(number.max(initial=0)) + 1)
        heard = np.unique((block * kinds + number)[inner & _among(self._wanted, block)])
        at = np.repeat(units.first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        return _among(heard, self.block[unit] * kinds + number[at]) & (self.block[unit] >= 0), unit


def _sums(place: NDArray[np.int64], weight: NDArray[np.bool_] | NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the sum of weights at each of n places."""
    return np.bincount(place, weights=weight, minlength=n).astype(np.float64)


def _over(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _among(sorted_values: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which wanted values are among the sorted ones."""
    if not len(sorted_values):
        return np.zeros(len(wanted), bool)
    at = np.minimum(np.searchsorted(sorted_values, wanted), len(sorted_values) - 1)
    return np.asarray(sorted_values[at] == wanted)
