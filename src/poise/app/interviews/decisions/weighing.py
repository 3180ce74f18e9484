"""What the interviews say by themselves, so that a decision against them is known as one. It decides nothing.

Each cluster is judged once, by its own level; its traits are in it already. The interviews *say* "below" where the
clusters that are surely (:data:`~poise.reports.profile.SURE`) below :data:`STANDARD` make up most of the kit's weight
and no cluster is surely not below it; "above" likewise with :data:`GOOD`. The kit's whole weight is what most is of,
whatever was rated, so that a further cluster, trait or answer that points the same way never takes away what is said.
All else is left to whoever decides, and nothing that they choose then counts as going against the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import erf, sqrt
from typing import Final, Literal

from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.panel.levels import Level
from poise.reports.profile import SURE

__all__ = ["GOOD", "STANDARD", "Says", "against", "below", "says"]

STANDARD: Final = 2.5
"""The level below which somebody needs help with a trait (DESIGN 8)."""
GOOD: Final = 3.5
"""Half way from the middle anchor to the best: as far above the middle of the scale as the standard is below it."""
_MOST: Final = 0.5 + 1e-9  # half is not most, however weights were added up
_Z90: Final = 1.6448536269514722

Says = Literal["below", "above", "nothing"]
_FORWARD: Final = (Decision.Outcome.ADVANCE, Decision.Outcome.HIRE)


def below(level: Level, standard: float = STANDARD) -> float | None:
    """Return the probability that a level lies below the standard; None for one that may not be shown.

    A normal curve on each side of the mean, each as wide as its half of the 90 % interval: at the ends of the scale
    the two differ.
    """
    if not level.shown or level.mean is None or level.low is None or level.high is None:
        return None
    half = level.high - level.mean if standard > level.mean else level.mean - level.low
    if half <= 0:
        return 0.5 if level.mean == standard else float(level.mean < standard)
    return 0.5 * (1 + erf((standard - level.mean) / (half / _Z90) / sqrt(2)))


def says(levels: Iterable[Level], shares: Mapping[str, float]) -> Says:
    """Return what a candidate's levels say together.

    Parameters
    ----------
    shares
        By cluster: how much of the kit's weight it is (:attr:`~poise.app.interviews.panel.levels.Standing.shares`).
    """
    clusters = [one for one in levels if one.code in shares]
    under = [(shares[one.code], p) for one in clusters if (p := below(one)) is not None]
    if _mostly(under):
        return "below"
    over = [(shares[one.code], 1 - p) for one in clusters if (p := below(one, GOOD)) is not None]
    return "above" if _mostly(over) else "nothing"


def _mostly(clusters: Iterable[tuple[float, float]]) -> bool:
    """Whether shares of the kit's weight whose probability is sure are most of it, and none is surely otherwise."""
    found = list(clusters)
    sure = sum(share for share, p in found if p >= SURE)
    return sure > _MOST and not any(p <= 1 - SURE for _, p in found)


def against(outcome: str, said: Says) -> bool:
    """Whether an outcome goes against the interviews: on, though they say below; not on, though they say above."""
    if said == "below":
        return outcome in _FORWARD
    return said == "above" and outcome == Decision.Outcome.DECLINE
