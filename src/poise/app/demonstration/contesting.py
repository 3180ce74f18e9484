"""Findings of the sample that an agent contests, what a reviewer decides, and findings that the reviewer looked at.

Made as the app makes it, by who would make it: Jonas contests what was found in his own conversations, Kari decides
and looks at findings of the team by lot. What is made is the same in every demo but for its dates, and made once. A
finding that is not there, because this installation looks for something else, is not contested.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from django.db import transaction
from django.utils.translation import override

from poise.app.access import Capability, Role
from poise.app.accounts.models import User
from poise.app.conversations.contests.deciding import contest, decide
from poise.app.conversations.models import Contest, Conversation
from poise.app.conversations.opening import opened_by
from poise.app.demonstration.accounts import readers
from poise.app.demonstration.days import Days
from poise.app.people.models import Evidence

__all__ = ["fill"]


@dataclass(frozen=True, slots=True)
class _Said:
    """What Jonas says of one finding.

    Attributes
    ----------
    turn
        Of the conversation with this ``source_id``.
    days
        Working days from today.
    upheld, why
        What Kari decides a day later; None while it waits.
    """

    source_id: str
    turn: int
    behaviour: str
    kind: Contest.Kind
    reason: str
    days: int
    upheld: bool | None = None
    why: str = ""


_SAID: Final = (
    _Said(
        "invented-0117",
        3,
        "help.deflection",
        Contest.Kind.HIT,
        "I say that it is not mine, but I ask for the number and look at once. Nobody was sent away.",
        -8,
        upheld=True,
        why="He keeps the case and solves it in the same call. The customer was not sent anywhere.",
    ),
    _Said(
        "invented-0190",
        13,
        "debate.contest",
        Contest.Kind.HIT,
        "I say what we do not offer. I do not say that the customer is wrong about anything.",
        -7,
        upheld=True,
        why="It says no to a wish and disputes nothing that was told. Whether the no was right is another finding.",
    ),
    _Said(
        "invented-0230",
        7,
        "listening.repeated_question",
        Contest.Kind.HIT,
        "The window had closed on me, so I had to ask for the number again.",
        -5,
        upheld=False,
        why="The number is two turns above, and he had thanked for it. The customer had to send it twice all the same.",
    ),
    _Said(
        "invented-0227",
        1,
        "together.blame",
        Contest.Kind.HIT,
        "I only meant that the courier desk answers faster. It was not meant as blame.",
        -2,
    ),
    _Said(
        "invented-0190",
        2,
        "courtesy.thanks",
        Contest.Kind.UNCALLED,
        "The customer tells me that the computer is slow. There is nothing to thank for.",
        -1,
    ),
)
_LOOKED_AT: Final = ("courtesy.apology", "courtesy.closing", "help.ownership", "listening.repeated_question")
_OF_EACH: Final = 7
_AT_ONCE: Final = 2
"""Of those behaviours that a conversation shows, so that few have to be opened."""


def fill() -> None:
    """Contest, decide and look, unless it was done before. The sample must be imported, and have its accounts."""
    held = readers()
    agent, coach = held[Role.AGENT][0], held[Role.COACH][0]
    with override("en"), transaction.atomic():
        if Contest.objects.filter(by=agent).exists():
            return
        at = Days().at
        _look(coach, at(-6, 14))
        for one in _SAID:
            made = _contest(one, agent, at(one.days, 16, 10))
            if made is not None and one.upheld is not None:
                decide(made, upheld=one.upheld, reason=one.why, by=coach, at=at(one.days + 1, 9, 40))


def _contest(said: _Said, by: User, at: datetime) -> Contest | None:
    key = Conversation.objects.filter(source_id=said.source_id, purpose="coaching").values_list("pk", flat=True).first()
    if key is None:
        return None
    opened = opened_by(by, key, Capability.CONTEST)
    kind = "hit" if said.kind is Contest.Kind.HIT else "missed"
    wanted = (kind, said.turn, said.behaviour)
    finding = next((one for one in opened.findings if (one.kind, one.turn, one.behaviour) == wanted), None)
    if finding is None:
        return None
    made = finding.contest(key, opened.speaker(finding), said.kind, said.reason)
    made.at = at
    return contest(made, by)[0]


def _look(by: User, at: datetime) -> None:
    """Confirm findings in conversations drawn by lot, until there are enough of each behaviour."""
    contested = {one.source_id for one in _SAID}
    shown = (
        Evidence.objects.filter(behaviour__in=_LOOKED_AT, hits__gt=0, conversation__purpose="coaching")
        .exclude(conversation__source_id__in=contested)
        .order_by("conversation__source_id", "behaviour")
        .values_list("conversation", "behaviour")
    )
    behaviours: dict[int, set[str]] = {}
    for key, behaviour in shown:
        behaviours.setdefault(key, set()).add(behaviour)
    drawn = [key for key, some in behaviours.items() if len(some) >= _AT_ONCE]
    Random(6).shuffle(drawn)
    wanted = dict.fromkeys(_LOOKED_AT, _OF_EACH)
    minutes = count()
    for key in drawn:
        if sum(wanted[one] > 0 for one in behaviours[key]) < _AT_ONCE:
            continue
        opened = opened_by(by, key, Capability.DECIDE_CONTEST)
        for one in opened.findings:
            if one.kind == "hit" and wanted.get(one.behaviour, 0) > 0:
                made = one.contest(key, opened.speaker(one), Contest.Kind.CHECK, "")
                made.at = at + timedelta(minutes=next(minutes))
                contest(made, by)
                wanted[one.behaviour] -= 1
