"""The numbers of the rules, for the pages that state them."""

from __future__ import annotations

from poise.app.interviews.calibration import drifting, judging
from poise.app.interviews.calibration.material import ANSWERS

__all__ = ["rule"]


def rule() -> dict[str, float]:
    """Answers in a round, what passes it, and when a refresher is due."""
    return {
        "answers": ANSWERS,
        "apart": judging.APART,
        "average": judging.APART / ANSWERS,
        "near": judging.NEAR,
        "interviews": drifting.INTERVIEWS,
        "days": drifting.DAYS,
    }
