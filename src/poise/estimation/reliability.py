"""How well numbers separate people: split halves, and how many conversations it takes.

Split halves follow science 2.4: odd and even conversations by time, and every balanced way to halve the
conversations' time-interleaved blocks, stepped up by Spearman and Brown.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCKS", "SplitHalf", "conversations_needed", "halves", "spearman_brown", "split_half"]

Floats = NDArray[np.float64]

BLOCKS: Final = 12
"""A person's conversations in time order are dealt in turn to this many blocks; even and odd blocks are the even
and odd conversations, and the 462 balanced divisions of the blocks stand for random halves."""


class SplitHalf(NamedTuple):
    """Reliability of the whole from its halves, stepped up."""

    odd_even: float
    mean: float  # over all balanced halves of the blocks
    low: float  # 90 % interval of the mean, from the number of people
    high: float
    people: int


def spearman_brown(r: float, k: float) -> float:
    """Return the reliability of ``k`` times the length, k r / (1 + (k - 1) r)."""
    return k * r / (1 + (k - 1) * r)


def conversations_needed(single: float, target: float) -> int:
    """Return how many conversations reach ``target`` where one has reliability ``single`` (science 1.5).

    ValueError unless both lie strictly between 0 and 1.
    """
    if not (0 < single < 1 and 0 < target < 1):
        raise ValueError("reliabilities lie strictly between 0 and 1")
    exact = target * (1 - single) / (single * (1 - target))
    # The published tables round up beyond a tolerance of a thousandth, so that 36.0000001 stays 36.
    return int(np.ceil(exact - 1e-3))


@cache
def halves() -> NDArray[np.float32]:
    """Return the balanced halves as rows of 0 and 1 over blocks; the first row is the even blocks."""
    rows = [tuple(range(0, BLOCKS, 2))]
    rows += [(0, *rest) for rest in combinations(range(1, BLOCKS), BLOCKS // 2 - 1) if (0, *rest) != rows[0]]
    out = np.zeros((len(rows), BLOCKS), dtype=np.float32)
    for r, blocks in enumerate(rows):
        out[r, list(blocks)] = 1
    out.flags.writeable = False
    return out


def split_half(first: NDArray[np.floating], second: NDArray[np.floating]) -> SplitHalf | None:
    """Correlate two halves' scores over people, for every way of halving.

    ``first`` and ``second``: people x halves as :func:`halves` orders them. People with a score that is not finite
    are left out. None with fewer than three people, or where a half does not vary: there is nothing to correlate.
    """
    kept = np.isfinite(first).all(axis=1) & np.isfinite(second).all(axis=1)
    a, b = first[kept].astype(np.float64), second[kept].astype(np.float64)
    people = len(a)
    if people < 3:
        return None
    a -= a.mean(axis=0)
    b -= b.mean(axis=0)
    spread = np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0))
    if np.any(spread <= 1e-12):
        return None
    r = (a * b).sum(axis=0) / spread
    stepped = 2 * r / (1 + np.maximum(r, -0.99))
    mean_r = float(np.mean(r))
    z, se = np.arctanh(np.clip(mean_r, -0.9999, 0.9999)), 1.6449 / np.sqrt(max(people - 3, 0.25))
    low, high = np.tanh(z - se), np.tanh(z + se)
    return SplitHalf(
        odd_even=float(np.clip(stepped[0], -1, 1)),
        mean=float(np.clip(np.mean(np.clip(stepped, -1, 1)), -1, 1)),
        low=float(max(spearman_brown(max(low, -0.49), 2), -1)),
        high=float(spearman_brown(high, 2)),
        people=people,
    )
