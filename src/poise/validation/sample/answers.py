"""What agents answer again and again: greetings, requests, thanks, and how an angry turn is met."""

from __future__ import annotations

from typing import Final

from poise.validation.sample.marks import extract, mark, plain
from poise.validation.sample.scene import Scene

__all__ = ["answer_anger", "greeting", "request", "thanks"]

TRIES: Final = 40
"""Draws until a template fits; every pool has several that do."""


def greeting(scene: Scene, pool: str) -> str:
    """Return a greeting; one that offers help only where this agent is to offer any."""
    for _ in range(TRIES):
        text = scene.act(pool, "courtesy.greeting")
        offers = any(act.label == "help.offer" for act in extract(text)[1])
        if scene.offers or not offers:
            scene.offered = scene.offered or offers
            return text
    raise ValueError(f"wording/{scene.wording.code}.toml: every {pool} offers help")


def request(scene: Scene) -> str:
    """Return a request for what ``scene.slots["detail"]`` names."""
    if not scene.will("courtesy.please"):
        return scene.act("request_plain")
    for _ in range(TRIES):
        ask = scene.act("request_polite")
        if any(word in plain(ask).lower() for word in scene.wording.facts["please"]):
            return mark(ask, "courtesy.please")
    raise ValueError(f"wording/{scene.wording.code}.toml: no polite request has a word for please")


def thanks(scene: Scene) -> None:
    """Thank for what the customer gave, or go on."""
    if scene.will("courtesy.thanks"):
        text = scene.act("thanks", "courtesy.thanks")
    elif scene.dice.chance(0.5):
        text = scene.act("got_it")
    else:
        return
    pause = ""
    if scene.dice.chance(0.25):
        pause = scene.act("delay")
        if scene.will("clarity.reason"):
            pause = pause.replace(".", "") + " " + scene.act("delay_reason")
    scene.say(text, pause)


def answer_anger(scene: Scene, parts: list[str], *, complaint: bool = False) -> bool:
    """Add how the agent meets an angry turn; return whether that was hostile.

    Acknowledging one that complains too is both of two behaviours.
    """
    if scene.anger < 2:
        return False
    hostile = scene.will("calm.hostile")
    if hostile:
        scene.note("calm.acknowledges", False)
        if complaint:
            scene.note("together.acknowledge", False)
        parts.append(scene.act("hostile", "calm.hostile"))
        scene.worse()
    elif scene.will("calm.acknowledges"):
        labels = ["calm.acknowledges"] + ["together.acknowledge"] * complaint
        if complaint:
            scene.note("together.acknowledge", True)
        parts.append(scene.act("acknowledge", *labels))
        scene.better(1 + scene.dice.chance(0.5))
    else:
        parts.append(scene.act("cool"))
        if complaint:
            scene.note("together.acknowledge", False)
        if scene.dice.chance(0.35):
            scene.better()
    return hostile
