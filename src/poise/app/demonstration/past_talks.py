"""The talks of the demo's closed round: who sat in them, what they wrote down, and what they rated."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from poise.app.accounts.models import User
from poise.app.audit.log import record_each
from poise.app.audit.models import Action
from poise.app.demonstration.past_applicants import Applicant
from poise.app.demonstration.words import HEARD
from poise.app.interviews.campaigns.models import Interview, Seat, Stage
from poise.app.interviews.room.models import Entry, Quote, Rating

__all__ = ["LEANS", "talk"]

#: those who interviewed, and have left since → how many levels they give more than the others
LEANS: Final = {"Lena Fischer": 0.2, "Daniel Katz": -0.3, "Aisha Bello": 0.0}
#: how far somebody came → what their answers are worth on the levels 1 to 5
_ABLE: Final = (2.2, 3.2, 4.2)

#: question of the second talk → what somebody said whose answer is low, in the middle, high
_HEARD_LATER: Final = {
    "helpful.past_2": (
        "I saw him look for the lift, but nobody had told me to leave the desk.",
        "She stood before the map for a while, so I asked whether I could help and showed her the gate.",
        "He counted his coins twice. I found him the cheaper ticket, and he wrote to us that he got home.",
    ),
    "considerate.past_2": (
        "That does not happen to me. If somebody goes on and on, it is they who do not listen.",
        "I cut her off, said sorry, and went on with what I had wanted to say.",
        "I stopped, said sorry, please go on, and it turned out that the child travels alone.",
    ),
    "stays_in_control.past_2": (
        "He threw the ticket at me. With such people nobody can stay calm.",
        "I told her that I am not deaf. Later I said sorry to her.",
        "I snapped at a colleague, said sorry before lunch, and now I take a minute outside when a ferry is cancelled.",
    ),
}
_SAID: Final = HEARD | _HEARD_LATER


def talk(
    stage: Stage,
    people: Sequence[Applicant],
    raters: Sequence[User],
    helen: User,
    dice: random.Random,
    times: Iterator[datetime],
) -> None:
    """Interview and rate all of them at a stage, each by two of the raters; ``helen`` planned it."""
    held = Interview.objects.bulk_create(
        Interview(
            candidate=one.candidate,
            stage=stage,
            starts_at=next(times),
            minutes=stage.minutes,
            mode=stage.mode,
            place="" if stage.mode == Stage.Mode.PHONE else "Pier 3, room 2",
        )
        for one in people
    )
    planned = ((one, one.candidate_id, {"starts_at": _start(one).isoformat()}) for one in held)
    record_each(Action.ADDED, planned, actor=helen.pk, purpose="selection")
    seats = Seat.objects.bulk_create(
        Seat(
            interview=one,
            rater=raters[(number + place) % len(raters)],
            asks=place == 0,
            started_at=one.starts_at,
            submitted_at=_start(one) + timedelta(minutes=dice.randint(65, 110)),
        )
        for number, one in enumerate(held)
        for place in range(2)
    )
    seated = ((one, None, {"interview": one.interview_id, "rater": one.rater_id}) for one in seats)
    record_each(Action.ADDED, seated, actor=helen.pk, purpose="selection")
    worth = {
        (one.candidate.pk, question): _ABLE[one.came] + dice.gauss(0, 0.4)
        for one in people
        for question in stage.questions
    }
    _submit([entry for seat in seats for entry in _journal(seat, worth, dice)])
    for rater in raters:
        own = [one for one in seats if one.rater_id == rater.pk]
        many = {"what": "ratings", "ratings": len(stage.questions), "observed": len(stage.questions)}
        submitted = ((one, one.interview.candidate_id, many) for one in own)
        record_each(Action.ADDED, submitted, actor=rater.pk, purpose="selection")


def _start(interview: Interview) -> datetime:
    assert interview.starts_at is not None
    return interview.starts_at


def _submit(journal: Sequence[Entry]) -> None:
    """Write the journals, and what they come to."""
    Entry.objects.bulk_create(journal)
    Rating.objects.bulk_create(
        Rating(
            seat=one.seat,
            question=one.question,
            trait=one.question.split(".")[0],
            level=one.detail["level"],
            rated_at=one.at,
        )
        for one in journal
        if one.kind == "rated"
    )
    Quote.objects.bulk_create(
        Quote(seat=one.seat, question=one.question, text=one.detail["text"], at=one.at)
        for one in journal
        if one.kind == "quoted"
    )


def _journal(seat: Seat, worth: Mapping[tuple[int, str], float], dice: random.Random) -> Iterator[Entry]:
    """Return what a rater did in the room, as their browser told it."""
    begins = _start(seat.interview)
    told = seat.submitted_at
    assert told is not None

    def tell(kind: str, minute: float, question: str = "", **detail: Any) -> Entry:
        return Entry(
            uuid=UUID(int=dice.getrandbits(128), version=4),
            seat=seat,
            kind=kind,
            question=question,
            detail=detail,
            at=begins + timedelta(minutes=minute),
            received_at=told,
        )

    asked = seat.interview.stage.questions
    for number, question in enumerate(asked):
        # what the answer was worth is the same for all who heard it; how they see it differs
        value = worth[seat.interview.candidate_id, question]
        level = min(5, max(1, round(value + LEANS[seat.rater.name] + dice.gauss(0, 0.4))))
        yield tell("asked", 2 + 6 * number, question)
        words = _SAID[question][0 if value < 2.5 else 1 if value < 3.5 else 2]
        yield tell("quoted", 4 + 6 * number, question, text=words)
        yield tell("rated", 6 + 6 * number, question, level=level)
    yield tell("submitted", 4 + 6 * len(asked))
