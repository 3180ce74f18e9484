"""Chance that gives the same sample everywhere: nothing but ``Random.random`` of Python's Mersenne twister."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Draws from one seeded stream.

    Parameters
    ----------
    seed
        Any text or number; text is hashed by :class:`random.Random` itself, hence alike in every process.
    """

    def __init__(self, seed: int | str) -> None:
        self._random = Random(seed).random

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._random() < probability

    def between(self, low: float, high: float) -> float:
        """Return a number between ``low`` and ``high``, uniformly."""
        return low + (high - low) * self._random()

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + int(self._random() * (high - low + 1))

    def waiting(self, mean: float) -> float:
        """Return an exponential time with this mean, at most five times as long."""
        return min(-math.log(1.0 - self._random()), 5.0) * mean

    def pick(self, values: Sequence[T]) -> T:
        """Return one of ``values``."""
        return values[int(self._random() * len(values))]

    def weighted(self, values: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of ``values`` by ``weights``, which need not sum to one."""
        mark = self._random() * sum(weights)
        for value, weight in zip(values, weights, strict=True):
            mark -= weight
            if mark < 0:
                return value
        return values[-1]

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Return ``values`` in random order."""
        keyed = [(self._random(), place) for place in range(len(values))]
        return [values[place] for _, place in sorted(keyed)]
