"""What the interviews say by themselves, so that a decision against them is known as one. It decides nothing.

The interviews *say* something only where every level that may be shown is, with at least the probability
:data:`~poise.reports.profile.SURE`, below :data:`STANDARD`, or every one above :data:`GOOD`. All else is left to
whoever decides, and nothing that they choose then counts as going against the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
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


def says(levels: Iterable[Level]) -> Says:
    """Return what all levels of a candidate that may be shown say together, if they say the same."""
    shown = [one for one in levels if below(one) is not None]
    if shown and all((below(one) or 0.0) >= SURE for one in shown):
        return "below"
    if shown and all((below(one, GOOD) or 0.0) <= 1 - SURE for one in shown):
        return "above"
    return "nothing"


def against(outcome: str, said: Says) -> bool:
    """Whether an outcome goes against the interviews: on, though all levels are below; not on, though all are above."""
    if said == "below":
        return outcome in _FORWARD
    return said == "above" and outcome == Decision.Outcome.DECLINE
