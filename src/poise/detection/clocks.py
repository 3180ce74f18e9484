"""Many people's clocks as arrays of integers: intervals, how many were open, which overlapped, how evenly shared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

__all__ = ["Clocks", "area", "jain", "overlapping", "shared"]

_I = NDArray[np.int64]
_F = NDArray[np.float64]


def jain(values: ArrayLike, groups: ArrayLike | None = None) -> _F:
    """Return Jain's fairness index of each group, (groups,): 1 is fair, 1/n the worst; NaN without values.

    Parameters
    ----------
    values
        Non-negative, (n,).
    groups
        Number of each value's group, (n,); one group unless given.

    Notes
    -----
    ``(sum x)^2 / (n sum x^2)`` (Jain, Chiu and Hawe 1984).
    """
    x = np.asarray(values, np.float64)
    g = np.zeros(len(x), np.int64) if groups is None else np.asarray(groups, np.int64)
    size = 1 if groups is None else (int(g.max()) + 1 if len(g) else 0)
    n, total, squares = (np.bincount(g, weights=w, minlength=size) for w in (np.ones(len(x)), x, x * x))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(squares > 0, total**2 / (n * squares), np.where(n > 0, 1.0, np.nan)), np.float64)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Puts every person's clock on one axis of milliseconds, one person after the other."""

    people: pl.Series
    origin: int
    span: int

    @classmethod
    def of(cls, people: pl.Series, *times: pl.Series) -> Clocks:
        """Return an axis for ``people`` on which all of ``times`` (ms) have a place."""
        lowest = min((int(t.min()) for t in times if len(t)), default=0)  # type: ignore[arg-type]
        highest = max((int(t.max()) for t in times if len(t)), default=0)  # type: ignore[arg-type]
        return cls(people.unique().sort(), lowest, highest - lowest + 2)

    def place(self, person: pl.Series, ms: pl.Series) -> _I:
        """Return the places of instants ``ms`` on the clocks of ``person``, (n,)."""
        number = self.people.search_sorted(person).to_numpy().astype(np.int64)
        return np.asarray(number * self.span + (ms.to_numpy() - self.origin), np.int64)


def area(starts: _I, ends: _I, at: _I) -> _I:
    """Return the number of open intervals integrated up to each of ``at``; only differences mean anything.

    Sums may wrap around 2^64; their differences do not.
    """
    s, e = np.sort(starts), np.sort(ends)
    cs, ce = (np.concatenate([[0], np.cumsum(v, dtype=np.int64)]) for v in (s, e))
    ns, ne = np.searchsorted(s, at, "right"), np.searchsorted(e, at, "right")
    return np.asarray(at * (ns - ne) - (cs[ns] - ce[ne]), np.int64)


def shared(starts: _I, ends: _I, at: _I) -> _I:
    """Return the milliseconds with at least two open intervals up to each of ``at``."""
    if not len(starts):
        return np.zeros(len(at), np.int64)
    points = np.concatenate([starts, ends])
    order = np.argsort(points, kind="stable")
    points = points[order]
    depth = np.cumsum(np.where(order < len(starts), 1, -1))
    busy = (depth >= 2).astype(np.int64)
    upto = np.concatenate([[0], np.cumsum(busy[:-1] * np.diff(points))])
    i = np.searchsorted(points, at, "right") - 1
    inside = np.maximum(i, 0)
    return np.asarray(np.where(i < 0, 0, upto[inside] + busy[inside] * (at - points[inside])), np.int64)


def overlapping(starts: _I, ends: _I) -> tuple[_I, _I]:
    """Return the pairs (i, j), i before j in time, of half-open intervals that overlap."""
    order = np.argsort(starts, kind="stable")
    s = starts[order]
    upto = np.searchsorted(s, ends[order], "left")
    counts = np.maximum(upto - np.arange(len(s)) - 1, 0)
    first = np.repeat(np.arange(len(s)), counts)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[first], order[first + 1 + offset]
