"""What was arranged so that an interview is fair to a candidate, as those who interview need it."""

from __future__ import annotations

from poise.app.interviews.campaigns.models import Accommodation, Candidate, Interview, Stage
from poise.knowledge.interviews import CAN_BE_SEEN_ONLY, MARKS

__all__ = ["extra_minutes", "marks_allowed", "minutes_for"]


def _answered(candidate: Candidate) -> list[Accommodation]:
    # a prefetched relation is read, not asked for anew
    return [one for one in candidate.accommodations.all() if one.answered_at is not None]


def extra_minutes(candidate: Candidate) -> int:
    """Return the minutes that were granted on top of each interview's, over all that was arranged."""
    return sum(one.extra_minutes for one in _answered(candidate))


def minutes_for(interview: Interview) -> int:
    """Return how long an interview may last: its own minutes and those that the candidate was granted."""
    return interview.minutes + extra_minutes(interview.candidate)


def marks_allowed(interview: Interview) -> frozenset[str]:
    """Return the kinds of marks that raters may note (:data:`poise.knowledge.interviews.MARKS`).

    What has to be seen is not noted on the phone, nor where that was arranged or asked for and not yet answered: a
    wish is respected before anybody has found time to answer it. The recorded interview is read, so there is nothing.
    """
    candidate = interview.candidate
    if candidate.anchor:
        return frozenset()
    unseen = interview.mode == Stage.Mode.PHONE or any(one.no_marks for one in candidate.accommodations.all())
    return frozenset(MARKS) - (CAN_BE_SEEN_ONLY if unseen else frozenset())
