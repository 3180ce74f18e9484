"""Which conversations were already read in this run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.model import Tables
from poise.reading.problems import Reject, preview, rejects_table

__all__ = ["Seen", "hashes_of", "repeated_rejects"]


class Seen:
    """Ids of conversations read so far, as 64-bit hashes: eight bytes each.

    Notes
    -----
    Two different ids have the same hash with probability n²/2⁶⁵: three in a million for ten million conversations.
    Sorted runs of doubling length keep adding cheap.
    """

    def __init__(self) -> None:
        self._runs: list[np.ndarray] = []

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def repeated(self, ids: pl.Series) -> pl.Series:
        """Return which of ``ids`` (n,) came before, in an earlier call or further up, and remember all of them."""
        return pl.Series("repeated", self.repeated_hashes(hashes_of(ids)))

    def repeated_hashes(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """As :meth:`repeated`, for ids that another process hashed with :func:`hashes_of`."""
        found = np.ones(len(hashes), dtype=bool)
        distinct, first = np.unique(hashes, return_index=True)
        found[first] = False
        for run in self._runs:
            place = np.searchsorted(run, hashes)
            place[place == len(run)] = 0
            found |= run[place] == hashes
        fresh = distinct[~found[first]]
        if len(fresh):
            self._runs.append(fresh)
        while len(self._runs) > 1 and len(self._runs[-1]) * 2 >= len(self._runs[-2]):
            last = self._runs.pop()
            self._runs[-1] = np.union1d(self._runs[-1], last)
        return found

    def admit(self, tables: Tables) -> Tables:
        """Return ``tables`` without conversations that were admitted before; those are in its rejects."""
        again = self.repeated(tables.conversations["conversation"])
        if not again.any():
            return tables
        copies = tables.conversations.filter(again)
        ids = copies["conversation"].implode()
        kept = {
            name: getattr(tables, name).filter(~pl.col("conversation").is_in(ids))
            for name in ("conversations", "people", "turns", "events", "words")
        }
        return replace(tables, **kept, rejects=pl.concat([tables.rejects, repeated_rejects(copies)]))


def hashes_of(ids: pl.Series) -> NDArray[np.uint64]:
    """Return 64-bit hashes of ids, equal in every process."""
    return ids.hash(seed=0).to_numpy()


def repeated_rejects(conversations: pl.DataFrame) -> pl.DataFrame:
    """Return rejects (:data:`poise.model.REJECTS`) for conversations whose id was read before."""
    return rejects_table(
        [
            Reject(
                source or "",
                line or 0,
                "id",
                f"{preview(one)!r} was read before",
                "Give every conversation an id of its own, or name each file once",
                "",
            )
            for source, line, one in conversations.select("source", "line", "conversation").iter_rows()
        ]
    )
