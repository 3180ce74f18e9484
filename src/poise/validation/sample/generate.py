"""The invented team at work: conversations in the canonical form, and what was planted in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from poise.validation.sample.calendar import Block, Slot, blocks
from poise.validation.sample.cast import Cast, slots_for
from poise.validation.sample.clock import Written, correspond, serve_chats
from poise.validation.sample.complications import WEIGHTS
from poise.validation.sample.dice import Dice
from poise.validation.sample.plot import write
from poise.validation.sample.record import Conversation, as_record, quiet_time
from poise.validation.sample.scene import Customer, Scene
from poise.validation.sample.team import Team, load_team
from poise.validation.sample.telephone import transcribe
from poise.validation.sample.wording import Wording, load

__all__ = ["SEED", "generate", "planted"]

SEED: Final = 20260907
"""The seed of the sample that ships."""
LANGUAGES: Final = ("en", "he", "nb")
UNSOLVED_RETURN: Final = 0.3
"""Share of customers whose trouble was not solved who come back within a week."""
HOW_MANY: Final = (0.10, 0.42, 0.33, 0.15)
"""How often a conversation has none to three complications."""
BY_LETTER: Final = {**WEIGHTS, "guide": 0.0}
"""Nobody is guided step by step by e-mail."""


@dataclass(slots=True)
class _Return:
    """A customer who will be back on the same topic."""

    customer: Customer
    language: str
    topic: str
    after: dt.datetime
    before: dt.datetime


@dataclass(slots=True)
class _World:
    """What goes on from one conversation to the next."""

    team: Team
    wordings: dict[str, Wording]
    planted: dict[str, dict[str, float]]
    cast: Cast
    returns: list[_Return] = field(default_factory=list)
    count: int = 0


def planted(team: Team | None = None) -> dict[str, dict[str, float]]:
    """Return the probability of each behaviour by agent id, as ``team.toml`` has it."""
    return (team or load_team()).planted()


def generate(seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Write the sample.

    Parameters
    ----------
    seed
        The same seed gives the same conversations, on every machine.

    Yields
    ------
    Conversations in the canonical form, in the order of their starts by block. Each has a field ``truth`` besides,
    which is taken out before the file is written: what was planted there (see ``docs/reference/sample.md``).
    """
    team = load_team()
    wordings = {code: load(code) for code in LANGUAGES}
    world = _World(team, wordings, team.planted(), Cast(wordings, Dice(f"{seed} cast")))
    for number, block in enumerate(blocks(team, wordings, dice=Dice(f"{seed} calendar"))):
        yield from _block(world, block, Dice(f"{seed} block {number}"))


def _block(world: _World, block: Block, dice: Dice) -> Iterator[dict[str, Any]]:
    scenes = []
    for slot in block.slots:
        scene = _scene(world, slot, block.start, dice)
        weights = BY_LETTER if slot.channel == "email" else WEIGHTS
        write(scene, _drawn(weights, dice))
        scenes.append(scene)
    channel = block.slots[0].channel
    turns: list[list[Written]]
    calls = [transcribe(scene) if channel == "call" else None for scene in scenes]
    if channel == "chat":
        turns = serve_chats(scenes, dice=dice)
    elif channel == "email":
        turns = [correspond(scene, dice=dice) for scene in scenes]
    else:
        turns = [
            [
                Written(
                    said.line, said.speaker, said.text, said.start, said.line >= 0 and scene.lines[said.line].private
                )
                for said in call
            ]
            for scene, call in zip(scenes, calls, strict=True)
            if call is not None
        ]
    done = []
    for scene, written, call in zip(scenes, turns, calls, strict=True):
        world.count += 1
        conversation = Conversation(f"invented-{world.count:04d}", scene, written, call, block.start)
        record = as_record(conversation, dice=dice)
        _come_back(world, scene, conversation.ended, record, dice)
        done.append(record)
    if channel == "chat":
        colleague = dice.pick([agent for agent in world.team.agent if agent is not scenes[0].agent])
        quiet_time(done[-1], agent=scenes[0].agent, colleague=colleague, planted=world.planted, dice=dice)
    yield from done


def _drawn(weights: dict[str, float], dice: Dice) -> list[str]:
    """Draw none to three different complications."""
    count = dice.weighted(range(4), HOW_MANY)
    left = dict(weights)
    drawn = []
    for _ in range(count):
        drawn.append(dice.weighted(tuple(left), tuple(left.values())))
        del left[drawn[-1]]
    return drawn


def _scene(world: _World, slot: Slot, start: dt.datetime, dice: Dice) -> Scene:
    wording = world.wordings[slot.language]
    topic = slot.topic
    customer: Customer | None = None
    due = [r for r in world.returns if r.language == slot.language and r.after <= start <= r.before]
    fitting = [r for r in due if wording.queues[r.topic] == wording.queues[topic]]
    if fitting:
        returning = fitting[0]
        world.returns.remove(returning)
        customer, topic = returning.customer, returning.topic
    customer = customer or world.cast.customer(slot.language)
    others = [agent for agent in world.team.agent if agent is not slot.agent and slot.language in agent.languages]
    elsewhere = [agent for agent in others if agent.team != slot.agent.team]
    anger = world.team.arrival_anger[wording.queues[topic]]
    return Scene(
        agent=slot.agent,
        second=dice.pick(elsewhere) if elsewhere and slot.channel == "chat" else None,
        colleague=dice.pick(others),
        customer=customer,
        channel=slot.channel,
        topic=topic,
        anger=dice.weighted(range(5), anger),
        wording=wording,
        dice=dice,
        planted=world.planted,
        slots=slots_for(wording, customer, company=world.team.company, start=start, dice=dice),
        gold=dice.chance(0.4),
    )


def _come_back(world: _World, scene: Scene, ended: dt.datetime, record: dict[str, Any], dice: Dice) -> None:
    if scene.resolved is None:
        return
    back = scene.will("solving.recontact", note=False) if scene.resolved else dice.chance(UNSOLVED_RETURN)
    if back:
        after, before = ended + dt.timedelta(hours=18), ended + dt.timedelta(days=6)
        world.returns.append(_Return(scene.customer, scene.wording.code, scene.topic, after, before))
