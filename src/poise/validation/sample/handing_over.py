"""Colleagues: asking them, passing a customer on to them, and how that is told."""

from __future__ import annotations

from poise.validation.sample.marks import mark
from poise.validation.sample.scene import Scene

__all__ = ["ask_for_help", "pass_on"]


def pass_on(scene: Scene) -> None:
    """Write a transfer to a second agent, who solves the rest."""
    assert scene.second is not None
    cold = scene.will("help.cold_transfer")
    scene.do("transfer", **{"from": scene.agent.id, "to": scene.second.id, "warm": not cold})
    text = scene.act("transfer_cold", "help.cold_transfer") if cold else scene.act("transfer_warm", "agent.warm")
    scene.say(text)
    handed_over = scene.will("help_seeking.handover") and not cold
    if handed_over:
        scene.note_to(scene.speaker, scene.act("handover", "help_seeking.handover"))
    scene.speaker = "second"
    scene.do("assigned")
    if scene.will("courtesy.greeting"):
        scene.say(scene.act("greeting", "courtesy.greeting"))
    if cold:
        scene.worse()
        scene.reply(scene.mood(), scene.theirs("effort", "customer.effort"))
    solution, fixed = scene.row("direct")
    if scene.will("solving.solution"):
        scene.say(scene.own(solution, "solving.solution"))
        scene.reply(scene.answer(fixed))
        scene.resolved = scene.will("solving.resolved")
    else:
        scene.say(scene.act("vague"))
        scene.resolved = False


def ask_for_help(scene: Scene) -> bool:
    """Write a private request to a colleague and the answer; return whether the agent asked at all."""
    row = scene.row("hand")
    scene.reply(scene.answer(row[0]))
    if not scene.will("help_seeking.asked"):
        return False
    problem, tried, ask = (scene.own(part) for part in row[1:4])
    full = scene.will("help_seeking.handover")
    name = scene.colleague.name.split(" ")[0].lower() if scene.wording.code == "en" else ""
    request = mark(f"{problem}. {tried}. {ask}", "help_seeking.handover") if full else ask
    scene.do("help_asked", to=scene.colleague.id)
    scene.note_to(scene.speaker, mark(f"{name} {request}".strip(), "help_seeking.asked"))
    scene.note_to("colleague", scene.own(row[4]))
    if scene.dice.chance(0.4):
        scene.note_to(scene.speaker, scene.act("colleague_thanks"))
    scene.say(scene.own(row[5], "solving.solution"))
    return True
