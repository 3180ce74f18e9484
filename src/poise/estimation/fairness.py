"""Adverse impact: do groups pass at different rates, by how much, and could it be chance?

The four-fifths ratio alone misleads in both directions, so it never comes without its tests, interval and effect size
(science 2.9). Nothing here says pass or fail.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy.special import ndtri
from scipy.stats import chi2, hypergeom, norm

__all__ = ["FOUR_FIFTHS", "Impact", "Strata", "Stratum", "across_strata", "adverse_impact"]

FOUR_FIFTHS: Final = 0.8
"""Ratio below which United States practice asks for a look (29 CFR 1607.4 D)."""


class Impact(NamedTuple):
    """One group beside the group selected most.

    Attributes
    ----------
    ratio
        Selection rate over the reference group's; NaN where that is zero.
    low, high
        Interval of the ratio on the log scale; NaN where a cell is empty.
    z, p_z
        Difference of two proportions, pooled; negative where the focal group is selected less.
    p_fisher, p_mid
        Fisher's exact test, two-sided, and Lancaster's mid-p of it.
    h
        Cohen's h: above zero where the reference group is selected more.
    shortfall
        People of the focal group who would have had to be selected besides, at the reference group's rate.
    below
        Whether the ratio is below four fifths.
    flip
        Whether one more selected in the focal group and one fewer in the reference group, or the reverse, moves the
        ratio across four fifths: then the ratio rests on one person.
    """

    selected: int
    n: int
    reference_selected: int
    reference_n: int
    ratio: float
    low: float
    high: float
    z: float
    p_z: float
    p_fisher: float
    p_mid: float
    h: float
    shortfall: float
    below: bool
    flip: bool


class Stratum(NamedTuple):
    """Counts of one stratum: selected and all of the focal group, then of the reference group."""

    selected: int
    n: int
    reference_selected: int
    reference_n: int


class Strata(NamedTuple):
    """One question over several strata (jobs, sites, months).

    ``odds_ratio`` is the common odds ratio of being selected, focal over reference, with its interval; ``chi2`` and
    ``p`` the Mantel-Haenszel test with continuity correction; ``homogeneity`` and its p the Breslow-Day test (Tarone's
    correction) of whether strata share one odds ratio. ``strata`` counts those that say anything.
    """

    odds_ratio: float
    low: float
    high: float
    chi2: float
    p: float
    homogeneity: float
    homogeneity_p: float
    strata: int


def _check(*counts: tuple[int, int]) -> None:
    for selected, n in counts:
        if selected < 0 or selected > n:
            raise ValueError(f"{selected} selected of {n}")


def adverse_impact(
    selected: int, n: int, reference_selected: int, reference_n: int, *, confidence: float = 0.95
) -> Impact:
    """Return how a group's selection compares with the reference group's.

    Parameters
    ----------
    selected, n
        People of the focal group who were selected, and all of them; likewise of the reference group (the one that
        is selected most).

    Notes
    -----
    Ratio and interval exp(ln RR +/- z sqrt(1/a - 1/n1 + 1/c - 1/n2)); Fisher's test sums the probabilities of all
    tables no likelier than the one observed, mid-p counts half of those as likely as it (Lancaster 1961; Collins &
    Morris 2008); h = 2 asin sqrt(p2) - 2 asin sqrt(p1) (Cohen 1988). ValueError where more are selected than there
    are, or a group is empty.
    """
    _check((selected, n), (reference_selected, reference_n))
    if n < 1 or reference_n < 1:
        raise ValueError("a group without people has no selection rate")
    rate, reference = selected / n, reference_selected / reference_n
    ratio = _ratio(selected, n, reference_selected, reference_n)
    low = high = float("nan")
    if selected and reference_selected:
        half = float(ndtri(0.5 + confidence / 2)) * np.sqrt(
            1 / selected - 1 / n + 1 / reference_selected - 1 / reference_n
        )
        low, high = float(ratio * np.exp(-half)), float(ratio * np.exp(half))
    pooled = (selected + reference_selected) / (n + reference_n)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / reference_n))
    z = float((rate - reference) / spread) if spread > 0 else 0.0
    exact, mid = _fisher(selected, n, reference_selected, reference_n)
    h = 2 * float(np.arcsin(np.sqrt(reference)) - np.arcsin(np.sqrt(rate)))
    return Impact(
        selected,
        n,
        reference_selected,
        reference_n,
        ratio,
        low,
        high,
        z,
        float(2 * norm.sf(abs(z))),
        exact,
        mid,
        h,
        max(n * reference - selected, 0.0),
        bool(ratio < FOUR_FIFTHS),
        _flips(selected, n, reference_selected, reference_n),
    )


def _ratio(selected: int, n: int, reference_selected: int, reference_n: int) -> float:
    return (selected / n) / (reference_selected / reference_n) if reference_selected else float("nan")


def _fisher(selected: int, n: int, reference_selected: int, reference_n: int) -> tuple[float, float]:
    total, chosen = n + reference_n, selected + reference_selected
    possible = np.arange(max(0, chosen - reference_n), min(chosen, n) + 1)
    log_chance = np.asarray(hypergeom.logpmf(possible, total, chosen, n), dtype=np.float64)
    observed = log_chance[selected - possible[0]]
    chance = np.exp(log_chance)
    # rounding must not drop tables that are exactly as likely
    same = np.abs(log_chance - observed) < 1e-7
    less = (log_chance < observed) & ~same
    exact = float(chance[less].sum() + chance[same].sum())
    return min(exact, 1.0), min(float(chance[less].sum() + 0.5 * chance[same].sum()), 1.0)


def _flips(selected: int, n: int, reference_selected: int, reference_n: int) -> bool:
    below = _ratio(selected, n, reference_selected, reference_n) < FOUR_FIFTHS
    for change in (1, -1):
        # where one of the two cannot move, the other moves alone
        a, c = min(max(selected + change, 0), n), min(max(reference_selected - change, 1), reference_n)
        if (_ratio(a, n, c, reference_n) < FOUR_FIFTHS) != below:
            return True
    return False


def across_strata(strata: list[Stratum], *, confidence: float = 0.95) -> Strata:
    """Return the common odds ratio over strata, tested, and whether strata agree.

    Notes
    -----
    Mantel & Haenszel (1959), interval by Robins, Breslow & Greenland (1986); Breslow & Day (1980) with Tarone's
    (1985) correction. Strata in which nobody or everybody was selected, or a group is absent, say nothing about
    odds and are left out. NaN where none remain. ValueError where more are selected than there are.
    """
    for one in strata:
        _check((one.selected, one.n), (one.reference_selected, one.reference_n))
    table = np.array(strata, dtype=float).reshape(-1, 4)
    a, n1, c, n2 = table.T
    chosen, total = a + c, n1 + n2
    kept = (n1 > 0) & (n2 > 0) & (chosen > 0) & (chosen < total)
    a, n1, c, n2, chosen, total = (one[kept] for one in (a, n1, c, n2, chosen, total))
    nothing = float("nan")
    if not a.size:
        return Strata(nothing, nothing, nothing, nothing, nothing, nothing, nothing, 0)
    b, d = n1 - a, n2 - c
    agree, against = a * d / total, b * c / total
    up, down = float(agree.sum()), float(against.sum())
    expected = n1 * chosen / total
    variance = n1 * n2 * chosen * (total - chosen) / (total**2 * (total - 1))
    gap = max(abs(float((a - expected).sum())) - 0.5, 0.0)
    statistic = gap**2 / float(variance.sum())
    odds = up / down if down > 0 else float("inf")
    low = high = homogeneity = homogeneity_p = nothing
    if up > 0 and down > 0:
        p, q = (a + d) / total, (b + c) / total
        spread = (
            float((p * agree).sum()) / (2 * up**2)
            + float((p * against + q * agree).sum()) / (2 * up * down)
            + float((q * against).sum()) / (2 * down**2)
        )
        half = float(ndtri(0.5 + confidence / 2)) * float(np.sqrt(spread))
        low, high = odds * float(np.exp(-half)), odds * float(np.exp(half))
        if a.size > 1:
            homogeneity = _breslow_day(a, n1, n2, chosen, odds)
            homogeneity_p = float(chi2.sf(homogeneity, a.size - 1))
    return Strata(odds, low, high, statistic, float(chi2.sf(statistic, 1)), homogeneity, homogeneity_p, int(a.size))


def _breslow_day(a: np.ndarray, n1: np.ndarray, n2: np.ndarray, chosen: np.ndarray, odds: float) -> float:
    """Return Breslow and Day's statistic with Tarone's correction."""
    # the count at which a stratum has the common odds ratio: the root of a quadratic that is possible
    square = 1 - odds
    linear = n2 - chosen + odds * (n1 + chosen)
    constant = -odds * n1 * chosen
    if abs(square) < 1e-12:
        fitted = -constant / linear
    else:
        root = np.sqrt(linear**2 - 4 * square * constant)
        first, second = (-linear + root) / (2 * square), (-linear - root) / (2 * square)
        least, most = np.maximum(0, chosen - n2), np.minimum(n1, chosen)
        fitted = np.where((first >= least) & (first <= most), first, second)
    variance = 1 / (1 / fitted + 1 / (n1 - fitted) + 1 / (chosen - fitted) + 1 / (n2 - chosen + fitted))
    return float(((a - fitted) ** 2 / variance).sum() - (a - fitted).sum() ** 2 / variance.sum())
