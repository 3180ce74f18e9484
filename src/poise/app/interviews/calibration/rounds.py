"""Starting a round of practice, rating its answers one by one, and finishing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from poise.app.access import Purpose
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.calibration.judging import Result, judge
from poise.app.interviews.calibration.material import ANSWERS, draw, practicable
from poise.app.interviews.calibration.models import PracticeRating, Round
from poise.app.interviews.kits.models import KitVersion
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import PracticeAnswer, Question

__all__ = ["Shown", "rate", "rated", "result_of", "shown", "start"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer of a round, as it is practised.

    Attributes
    ----------
    question
        As the kit asks it.
    """

    question: Question
    answer: PracticeAnswer


@transaction.atomic
def start(rater: User, kit: KitVersion) -> Round:
    """The rater's open round on a kit's version, or a new one.

    An open round of which an answer to come no longer ships is dropped; nothing had come of it.

    Raises
    ------
    ValueError
        Too few practice answers fit the kit.
    """
    User.objects.select_for_update().get(pk=rater.pk)  # one round, though the button is pressed twice
    bank = item_bank()
    fitting = practicable(kit.read(), bank)
    begun = Round.objects.filter(rater=rater, kit=kit, finished_at=None).first()
    if begun is not None:
        done = {one.answer for one in rated(begun)}
        if all(answer in fitting for answer, _ in begun.answers if answer not in done):
            return begun
        begun.delete()
    earlier = Round.objects.filter(rater=rater).values_list("id", "answers")
    seen = Counter(answer for _, answers in earlier for answer, _ in answers)
    traits = {key: str(one.trait) for key, one in bank.questions.items()}
    chosen = draw(fitting, traits, seen, seed=rater.pk * 1_000_003 + len(earlier))
    answers = [[answer, fitting[answer].question] for answer in chosen]
    return Round.objects.create(rater=rater, kit=kit, answers=answers)


def rated(one: Round) -> list[PracticeRating]:
    """What was rated in a round so far, in the order in which it was shown."""
    return list(one.ratings.order_by("id"))


def shown(one: Round, number: int) -> Shown | None:
    """The answer with this number (from 1) of a round; None where the round has none, or it no longer ships."""
    if not 1 <= number <= len(one.answers):
        return None
    key, question = one.answers[number - 1]
    answer = item_bank().practice.get(key)
    return None if answer is None else Shown(one.kit.read().question(question), answer)


@transaction.atomic
def rate(one: Round, number: int, *, level: int, reason: str, at: datetime | None = None) -> bool:
    """Take the rating of the answer that is next; the last one finishes the round.

    Returns
    -------
    bool
        False where the answer with this ``number`` was rated before; the first rating stays.

    Raises
    ------
    LookupError
        It is not that answer's turn, or there is none with this number.
    """
    locked = Round.objects.select_for_update(of=("self",)).select_related("kit").get(pk=one.pk)
    done = locked.ratings.count()
    if 1 <= number <= done:
        return False
    found = shown(locked, number) if number == done + 1 else None
    if found is None:
        message = f"the round is not at answer {number}"
        raise LookupError(message)
    PracticeRating.objects.create(
        round=locked, answer=found.answer.id, level=level, expert=found.answer.level, reason=reason
    )
    if number == ANSWERS:
        locked.finished_at = at or timezone.now()
        locked.passed = judge(_pairs(rated(locked))).passed
        locked.save(update_fields=["finished_at", "passed"])
        record(Action.DECIDED, locked, purpose=Purpose.SELECTION, kit=locked.kit_id, passed=locked.passed)
    return True


def result_of(one: Round) -> Result | None:
    """What a finished round comes to; None for one that is not finished."""
    return None if one.finished_at is None else judge(_pairs(rated(one)))


def _pairs(ratings: list[PracticeRating]) -> list[tuple[int, int]]:
    return [(one.level, one.expert) for one in ratings]
