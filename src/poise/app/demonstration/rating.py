"""What the demo's raters write and rate in an interview, sent and submitted as their browsers would."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from poise.app.demonstration.accounts import DOMAIN
from poise.app.demonstration.words import HEARD
from poise.app.interviews.campaigns.arranging import marks_allowed
from poise.app.interviews.campaigns.models import Interview, Seat
from poise.app.interviews.room.asking import questions_of, recorded
from poise.app.interviews.room.receiving import Told, receive
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import Question

__all__ = ["rate"]


def rate(seat: Seat, able: float, leans: float, begins: datetime) -> None:
    """Keep a rater's journal of an interview that began then, and submit.

    Parameters
    ----------
    able
        What the answers are worth, on the levels 1 to 5.
    leans
        How many levels the rater gives more than their colleagues on the whole.
    """
    interview = seat.interview
    candidate = interview.candidate
    questions = questions_of(interview, candidate.campaign.kit.read())
    marks = sorted(marks_allowed(interview))
    told: list[Told] = []

    def tell(what: str, minute: float, question: str = "", **detail: object) -> None:
        uuid = uuid5(NAMESPACE_URL, f"{DOMAIN}/{candidate.name}/{interview.stage_id}/{seat.rater.name}/{len(told)}")
        at = begins + timedelta(minutes=minute)
        told.append(Told(uuid=uuid, kind=what, at=at, question=question, detail=dict(detail)))

    if "greeted" in marks:
        tell("marked", 0.5, kind="greeted")
    for number, one in enumerate(questions):
        minute = 2 + 4.5 * number
        tell("asked", minute, one.id)
        if not one.scored:
            tell("quoted", minute + 2, one.id, text="I like the busy hours best, and I write things down late.")
            continue
        # what the answer was worth is the same for all who heard it; how they see it differs
        worth = able + random.Random(f"{candidate.name} {one.id}").gauss(0, 0.5)
        level = min(
            5,
            max(
                1,
                round(worth + leans + random.Random(f"{seat.rater.name} {candidate.name} {number}").gauss(0, 0.45)),
            ),
        )
        words = _said(interview, one, round(worth))
        # whoever listens beside the one who asks writes down how the answer ends
        tell("quoted", minute + 2, one.id, text=words if seat.asks else words.split(", ")[-1])
        if number % 4 == 1 and marks:
            tell("marked", minute + 3, one.id, kind=marks[(number + seat.rater.pk) % len(marks)])
        tell("rated", minute + 4, one.id, level=level)
    tell("submitted", 2 + 4.5 * len(questions))
    # some submit right after the talk, others later that day
    after = random.Random(f"{seat.rater.name} {candidate.name} submits").randint(65, 240)
    receipt = receive(seat, told, received_at=begins + timedelta(minutes=after))
    if receipt.refused:
        raise RuntimeError(f"the demo's journal was refused: {receipt.refused}")


def _said(interview: Interview, question: Question, worth: int) -> str:
    """Return words for an answer that is worth so much: as recorded, invented in English, or of a practice answer."""
    heard = recorded(interview)
    if heard is not None:
        words = next(one.answer["en"] for one in heard.answers if one.question == question.id)
        return words.split(". ")[0].rstrip(".") + "."
    language = interview.candidate.language
    if language == "en" and question.id in HEARD:
        return HEARD[question.id][0 if worth < 3 else 1 if worth == 3 else 2]
    answers: Iterable[tuple[int, str]] = (
        (abs(one.level - worth), one.quote[language])
        for one in item_bank().practice.values()
        if one.question == question.id
    )
    return min(answers)[1]
