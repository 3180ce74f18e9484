"""The rule by which a round is passed, and a rater's leniency with what twelve answers allow to say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from scipy.special import stdtrit

from poise.app.interviews.calibration.material import ANSWERS

__all__ = ["APART", "CONFIDENCE", "NEAR", "Result", "judge"]

APART: Final = 8
"""Levels by which a round's ratings may differ from the experts' in sum."""
NEAR: Final = 10
"""Ratings of a round that must be within one level of the experts'."""
CONFIDENCE: Final = 0.90
_ROUNDING: Final = 1 / 6
"""Variance of the difference of two levels that are each rounded to a whole number (one twelfth each)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished round comes to.

    Attributes
    ----------
    ratings
        How many answers were rated.
    apart
        Sum of the absolute differences from the experts, in levels.
    near
        How many ratings are within one level of the experts'.
    equal
        How many are the experts' level.
    passed
        Whether ``apart`` and ``near`` meet the rule.
    lean
        Mean difference from the experts in levels: above zero is milder, below is stricter.
    low, high
        The :data:`CONFIDENCE` interval of ``lean``.
    """

    ratings: int
    apart: int
    near: int
    equal: int
    passed: bool
    lean: float
    low: float
    high: float

    @property
    def average(self) -> float:
        """Mean absolute difference from the experts, in levels."""
        return self.apart / self.ratings

    @property
    def tendency(self) -> str:
        """``milder``, ``stricter``, or ``unclear`` where the interval holds zero."""
        if self.low > 0:
            return "milder"
        return "stricter" if self.high < 0 else "unclear"


def judge(ratings: Sequence[tuple[int, int]]) -> Result:
    """Judge a finished round.

    Parameters
    ----------
    ratings
        The rater's level and the experts' of each answer.

    Notes
    -----
    The interval is Student's, with one degree of freedom less than there are ratings. Whole levels hide differences
    of less than one, so the variance of a difference is never taken to be below 1/6: twelve equal ratings do not
    prove that a rater leans by exactly nothing.

    Raises
    ------
    ValueError
        There are not as many ratings as a round has.
    """
    if len(ratings) != ANSWERS:
        message = f"a round has {ANSWERS} ratings, not {len(ratings)}"
        raise ValueError(message)
    differences = [own - experts for own, experts in ratings]
    count = len(differences)
    apart = sum(abs(one) for one in differences)
    near = sum(abs(one) <= 1 for one in differences)
    lean = sum(differences) / count
    variance = max(sum((one - lean) ** 2 for one in differences) / (count - 1), _ROUNDING)
    half = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * sqrt(variance / count)
    return Result(
        ratings=count,
        apart=apart,
        near=near,
        equal=differences.count(0),
        passed=apart <= APART and near >= NEAR,
        lean=lean,
        low=lean - half,
        high=lean + half,
    )
