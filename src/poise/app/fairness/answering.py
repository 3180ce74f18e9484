"""Candidates' own voluntary answers: given with explicit consent, changed, withdrawn, and gone with the candidate.

Nothing of it is written to the audit log: an entry with the time at which somebody answered would help to tell whose
row is whose. The row itself says to which explanation they agreed, and on what day.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from poise.app.fairness.models import Policy, VoluntaryAnswer
from poise.app.interviews.campaigns.models import Candidate

__all__ = ["WORDING", "NotAskedError", "answer", "answer_of", "answers_of", "pseudonym_of", "withdraw"]

WORDING: Final = 1
"""Number of the explanation on the page ``voluntary``; another explanation gets the next number."""
_PURPOSE: Final = b"voluntary answer\0"


class NotAskedError(ValueError):
    """An answer to something that this installation does not ask."""


def pseudonym_of(candidate: int) -> str:
    """Return what stands for a candidate's key: the same for whoever has the installation's secret key alone."""
    return hmac.digest(settings.SECRET_KEY.encode(), _PURPOSE + str(candidate).encode(), "sha256").hex()


def answer_of(candidate: Candidate) -> VoluntaryAnswer | None:
    """Return what a candidate answered; None where they did not."""
    return VoluntaryAnswer.objects.filter(pk=pseudonym_of(candidate.pk)).first()


def answers_of(candidates: Iterable[int]) -> dict[int, VoluntaryAnswer]:
    """Return the answers of those of these candidates who gave one, by the candidate's key. One query."""
    given = VoluntaryAnswer.objects.in_bulk()
    found = {key: given.get(pseudonym_of(key)) for key in candidates}
    return {key: one for key, one in found.items() if one is not None}


def answer(candidate: Candidate, *, sex: str, ethnicity: str) -> None:
    """Keep what a candidate agreed to tell; nothing at all withdraws.

    Raises
    ------
    NotAskedError
        For an answer that is not asked for here, or is none of the categories.
    """
    asked = Policy.held().asked
    if (sex and asked == Policy.Asked.NOTHING) or (ethnicity and asked != Policy.Asked.BOTH):
        raise NotAskedError("this is not asked here")
    if sex not in {"", *VoluntaryAnswer.Sex.values} or ethnicity not in {"", *VoluntaryAnswer.Ethnicity.values}:
        raise NotAskedError("there is no such category")
    if not sex and not ethnicity:
        withdraw(candidate)
        return
    VoluntaryAnswer.objects.update_or_create(
        pk=pseudonym_of(candidate.pk),
        defaults={"sex": sex, "ethnicity": ethnicity, "wording": WORDING, "given_on": timezone.localdate()},
    )


def withdraw(candidate: Candidate) -> None:
    """Forget what a candidate answered, as though they never had."""
    VoluntaryAnswer.objects.filter(pk=pseudonym_of(candidate.pk)).delete()


def forget_with(instance: Candidate, **_: Any) -> None:
    """Take away the answer of a candidate who is being deleted."""
    withdraw(instance)
