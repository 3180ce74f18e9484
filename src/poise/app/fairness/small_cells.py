"""What of a table may stand on a page so that it singles nobody out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["FEWEST", "Row", "Shown", "shown"]

FEWEST: Final = 5
"""People of whom a category, and of whom either outcome, consists at least."""


@dataclass(frozen=True, slots=True)
class Row:
    """One category, or several that are too small to stand alone."""

    codes: tuple[str, ...]
    people: int
    counted: int

    @property
    def rate(self) -> float:
        """Share that counted."""
        return self.counted / self.people

    @property
    def single(self) -> bool:
        """Whether it is one category."""
        return len(self.codes) == 1


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as a page may show it; ``hidden`` says why nothing is shown.

    ``nobody``: nobody answered. ``outcome``: fewer than five of one outcome, so that a row would tell what these few
    are. ``people``: fewer than two rows would remain. ``crossed``: a cell of a crossed table is too small, and the
    tables of its sides would give it away by subtraction.
    """

    rows: tuple[Row, ...]
    hidden: str = ""


def shown(counts: Mapping[str, tuple[int, int]], *, crossed: bool = False) -> Shown:
    """Return what may be shown.

    Parameters
    ----------
    counts
        People and those of them who count, by category.
    crossed
        Whether the categories cross two others that are shown as well: then it is all cells or none.

    Notes
    -----
    Categories with fewer than :data:`FEWEST` people are put together; where these are fewer still, the next smallest
    joins them. Largest first, so that the order tells nothing of the outcome.
    """
    there = {code: pair for code, pair in counts.items() if pair[0]}
    people, counted = (sum(pair[at] for pair in there.values()) for at in (0, 1))
    if not people:
        return Shown((), "nobody")
    if min(counted, people - counted) < FEWEST:
        return Shown((), "outcome")
    ordered = sorted(there.items(), key=lambda one: (one[1][0], one[0]))
    small = [one for one in ordered if one[1][0] < FEWEST]
    if crossed and small:
        return Shown((), "crossed")
    large = ordered[len(small) :]
    while small and large and sum(pair[0] for _, pair in small) < FEWEST:
        small.append(large.pop(0))
    rows = [Row((code,), *pair) for code, pair in reversed(large)]
    if small:
        rows.append(
            Row(
                tuple(sorted(code for code, _ in small)),
                sum(pair[0] for _, pair in small),
                sum(pair[1] for _, pair in small),
            )
        )
    return Shown(tuple(rows)) if len(rows) > 1 else Shown((), "people")
