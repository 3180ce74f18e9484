"""The impact-ratio tables of New York City's Local Law 144, by the text of 6 RCNY section 5-300 and following.

The tables *prepare* a bias audit; the audit is an independent auditor's. The rule has no pass mark, so none is
printed. Each table is computed from its own counts: in the rule's own example the totals differ between tables.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["SMALL_SHARE", "Category", "ImpactTable", "Tables", "category_table", "median_of", "scoring", "selection"]

SMALL_SHARE: Final = 0.02
"""Share of the data below which an independent auditor may leave a category out of the ratios (section 5-301(d))."""

Kind = Literal["selection", "scoring"]


class Category(NamedTuple):
    """One row: ``ratio`` is NaN where the category is left out of the ratios or no rate is above zero."""

    name: str
    people: int
    counted: int  # moved forward, or scored above the median
    rate: float
    ratio: float
    share: float  # of the people in the table
    left_out: bool


class ImpactTable(NamedTuple):
    """One of the three tables; people whose category is unknown are counted, never guessed."""

    kind: Kind
    categories: tuple[Category, ...]
    people: int
    unknown: int
    small_left_out: tuple[str, ...]
    justification: str


class Tables(NamedTuple):
    """Sex, race/ethnicity, and both together, with the median that scoring used and who entered it."""

    sex: ImpactTable
    race: ImpactTable
    intersectional: ImpactTable
    median: float  # NaN for selection
    unknown_in_median: bool


def category_table(
    names: list[str],
    people: ArrayLike,
    counted: ArrayLike,
    *,
    kind: Kind = "selection",
    unknown: int = 0,
    leave_out_small: bool = False,
    justification: str = "",
) -> ImpactTable:
    """Return one table from its counts.

    Parameters
    ----------
    people, counted
        Applicants (or assessed), and those moved forward (or scored above the median), by category.
    unknown
        People whose category is not known; they are in no row.
    leave_out_small
        The auditor's choice to leave categories below :data:`SMALL_SHARE` out of the ratios; their counts and rates
        are printed all the same. It needs a ``justification``.

    Notes
    -----
    Rate = counted / people; impact ratio = rate / rate of the most selected (highest scoring) category that is not
    left out. ValueError where counts do not match, more are counted than there are, or the justification is missing.
    """
    n, chosen = np.asarray(people, dtype=np.int64), np.asarray(counted, dtype=np.int64)
    if not (len(names) == n.size == chosen.size) or len(set(names)) != len(names):
        raise ValueError("every category has a name of its own and two counts")
    if (chosen < 0).any() or (chosen > n).any() or unknown < 0:
        raise ValueError("counted people are some of those in their category")
    if leave_out_small and not justification.strip():
        raise ValueError("leaving out small categories is the auditor's choice and needs a justification")
    total = int(n.sum())
    share = n / total if total else np.zeros(n.size)
    left_out = (share < SMALL_SHARE) & leave_out_small
    rate = np.divide(chosen, n, out=np.full(n.size, np.nan), where=n > 0)
    kept = rate[~left_out & (n > 0)]
    highest = float(kept.max()) if kept.size else 0.0
    rows = tuple(
        Category(
            name,
            int(n[at]),
            int(chosen[at]),
            float(rate[at]),
            float(rate[at] / highest) if highest > 0 and not left_out[at] else float("nan"),
            float(share[at]),
            bool(left_out[at]),
        )
        for at, name in enumerate(names)
    )
    small = tuple(row.name for row in rows if row.left_out)
    return ImpactTable(kind, rows, total, int(unknown), small, justification.strip() if small else "")


def median_of(scores: ArrayLike, *, known: ArrayLike | None = None) -> float:
    """Return the median of the full sample, or of those whose category is ``known``; NaN without scores."""
    values = np.asarray(scores, dtype=float)
    if known is not None:
        values = values[np.asarray(known, dtype=bool)]
    return float(np.median(values)) if values.size else float("nan")


def selection(
    sex: list[str | None],
    race: list[str | None],
    moved: ArrayLike,
    *,
    leave_out_small: bool = False,
    justification: str = "",
) -> Tables:
    """Return the three tables of selection rates from one row per applicant; None is an unknown category."""
    chosen = np.asarray(moved, dtype=bool)
    return _three(sex, race, chosen, "selection", float("nan"), True, leave_out_small, justification)


def scoring(
    sex: list[str | None],
    race: list[str | None],
    scores: ArrayLike,
    *,
    unknown_in_median: bool = True,
    leave_out_small: bool = False,
    justification: str = "",
) -> Tables:
    """Return the three tables of scoring rates from one row per person.

    Parameters
    ----------
    unknown_in_median
        Whether people of whom sex or race is unknown enter the median of the full sample. The rule does not say;
        the choice is part of the result and must be printed.

    Notes
    -----
    Scoring rate = share with a score **strictly above** the sample's median: people at the median count as not above
    it, so ties lower every rate. ValueError where lengths differ or a score is not finite.
    """
    values = np.asarray(scores, dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("every person has a finite score")
    known = np.array([a is not None and b is not None for a, b in zip(sex, race, strict=True)], dtype=bool)
    if known.shape != values.shape:
        raise ValueError("every person has a sex, a race and a score; None where a category is unknown")
    median = median_of(values, known=None if unknown_in_median else known)
    above = values > median
    return _three(sex, race, above, "scoring", median, unknown_in_median, leave_out_small, justification)


def _three(
    sex: list[str | None],
    race: list[str | None],
    chosen: np.ndarray,
    kind: Kind,
    median: float,
    unknown_in_median: bool,
    leave_out_small: bool,
    justification: str,
) -> Tables:
    if not len(sex) == len(race) == chosen.size:
        raise ValueError("every person has a sex, a race and an outcome; None where a category is unknown")
    both = [f"{b} {a}" if a is not None and b is not None else None for a, b in zip(sex, race, strict=True)]

    def table(categories: list[str | None]) -> ImpactTable:
        names = sorted({name for name in categories if name is not None})
        place = {name: at for at, name in enumerate(names)}
        codes = np.array([place[name] if name is not None else -1 for name in categories], dtype=np.int64)
        inside = codes >= 0
        return category_table(
            names,
            np.bincount(codes[inside], minlength=len(names)),
            np.bincount(codes[inside & chosen], minlength=len(names)),
            kind=kind,
            unknown=int((~inside).sum()),
            leave_out_small=leave_out_small,
            justification=justification,
        )

    return Tables(table(sex), table(race), table(both), median, unknown_in_median)
