"""Who works when on what: conversations of every agent, put into half days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from poise.validation.sample.dice import Dice
from poise.validation.sample.team import Agent, Team
from poise.validation.sample.wording import Wording

__all__ = ["Block", "Slot", "blocks"]

WORKING_DAYS: Final = 20
CALL_SHARE: Final = {"en": 0.19, "he": 0.09, "nb": 0.11}
EMAIL_SHARE: Final = {"en": 0.062, "he": 0.06, "nb": 0.06}
CHATS_AT_ONCE: Final = (3, 5)


@dataclass(frozen=True, slots=True)
class Slot:
    """A conversation to be written."""

    agent: Agent
    language: str
    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class Block:
    """Conversations of one agent in one half day: chats side by side, or one call or e-mail."""

    start: dt.datetime
    slots: list[Slot]


def blocks(team: Team, wordings: dict[str, Wording], *, dice: Dice) -> list[Block]:
    """Return all blocks in the order of their starts."""
    found = [block for agent in team.agent for block in _of(agent, team, wordings, dice)]
    return sorted(found, key=lambda block: (block.start, block.slots[0].agent.id))


def _of(agent: Agent, team: Team, wordings: dict[str, Wording], dice: Dice) -> list[Block]:
    slots = [
        slot
        for language, count in agent.languages.items()
        for slot in _slots(agent, language, count, wordings[language], dice)
    ]
    work: list[list[Slot]] = [[slot] for slot in slots if slot.channel != "chat"]
    chats = dice.shuffled([slot for slot in slots if slot.channel == "chat"])
    while chats:
        size = dice.whole(*CHATS_AT_ONCE)
        # A chat left over alone would juggle nothing.
        size = len(chats) if len(chats) - size < 2 else size
        work.append(chats[:size])
        chats = chats[size:]
    halves = dice.shuffled(range(2 * WORKING_DAYS))[: len(work)]
    return [
        Block(_begin(team.first_day, half, some[0].channel, dice), some)
        for half, some in zip(halves, dice.shuffled(work), strict=True)
    ]


def _slots(agent: Agent, language: str, count: int, wording: Wording, dice: Dice) -> list[Slot]:
    calls = round(count * (CALL_SHARE[language] if agent.calls is None else agent.calls))
    emails = round(count * EMAIL_SHARE[language])
    channels = ["call"] * calls + ["email"] * emails + ["chat"] * (count - calls - emails)
    queues = dice.shuffled(
        [queue for queue, share in agent.queues.items() for _ in range(round(share * count))]
        + [next(iter(agent.queues))] * count
    )[:count]
    topics = {queue: [topic for topic, of in wording.queues.items() if of == queue] for queue in dict.fromkeys(queues)}
    return [
        Slot(agent, language, channel, dice.pick(topics[queue]))
        for channel, queue in zip(channels, queues, strict=True)
    ]


def _begin(first_day: dt.date, half: int, channel: str, dice: Dice) -> dt.datetime:
    day, afternoon = divmod(half, 2)
    date = first_day + dt.timedelta(days=day // 5 * 7 + day % 5)
    # A thread of e-mails fills the day, hence begins in the morning.
    seconds = (12.0 if afternoon and channel != "email" else 7.5) * 3600 + dice.between(0, 5400)
    return dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC) + dt.timedelta(seconds=int(seconds))
