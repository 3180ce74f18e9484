"""The sentences within units: how a unit opens and closes, and which of its sentences takes up what was heard."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from poise.detection.scene import Scene
from poise.detection.units import Units

__all__ = ["Passages", "likeness"]

Encode = Callable[[Units], NDArray[np.float32]]


class Passages:
    """Vectors of the sentences of each unit.

    Parameters
    ----------
    scene
        The batch.
    units
        Turns, or sentences (length U); units without sentences are not among them.
    encode
        Gives ranges of words their vectors.

    Attributes
    ----------
    vectors
        Of all sentences, unit after unit: [S, width].
    sizes
        Sentences of each unit (length U).
    """

    def __init__(self, scene: Scene, units: Units, encode: Encode) -> None:
        starts = scene.sentence_starts
        ends = np.append(starts[1:], len(scene.stream.word)) - 1 if len(starts) else starts
        low = np.searchsorted(starts, units.first)
        self.sizes = np.searchsorted(starts, units.last, side="right") - low
        self._begin = np.cumsum(self.sizes) - self.sizes
        at = np.repeat(low - self._begin, self.sizes) + np.arange(self.sizes.sum())
        self.vectors = encode(Units(starts[at], ends[at], scene.stream.turn[starts[at]]))

    @property
    def opening(self) -> NDArray[np.float32]:
        """Vectors of first sentences: [U, width]."""
        return np.asarray(self.vectors[self._begin])

    @property
    def closing(self) -> NDArray[np.float32]:
        """Vectors of last sentences: [U, width]."""
        return np.asarray(self.vectors[self._begin + self.sizes - 1])

    @property
    def high(self) -> NDArray[np.float32]:
        """The highest of each element over a unit's sentences: [U, width]."""
        if not len(self.sizes):
            return self.vectors
        return np.asarray(np.maximum.reduceat(self.vectors, self._begin, axis=0))

    @property
    def low(self) -> NDArray[np.float32]:
        """The lowest of each element over a unit's sentences: [U, width]."""
        if not len(self.sizes):
            return self.vectors
        return np.asarray(np.minimum.reduceat(self.vectors, self._begin, axis=0))

    def of(self, unit: int) -> NDArray[np.float32]:
        """Return the vectors of one unit's sentences."""
        return self.vectors[self._begin[unit] : self._begin[unit] + self.sizes[unit]]


def likeness(own: Passages, heard: Passages, place: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how like the sentences of each unit are to those of what it answers.

    Parameters
    ----------
    own
        Sentences of the units (length U).
    heard
        Sentences of what is answered.
    place
        Which of the latter each unit answers, -1 for none (length U).

    Returns
    -------
    [U, 2]: the highest cosine of any two sentences, and the mean over what was heard of each sentence's highest cosine;
    0 where nothing is answered.
    """
    out = np.zeros((len(place), 2), np.float32)
    for unit in np.flatnonzero(place >= 0).tolist():
        cosines = own.of(unit) @ heard.of(int(place[unit])).T
        best = cosines.max(axis=0)
        out[unit] = best.max(), best.mean()
    return out
