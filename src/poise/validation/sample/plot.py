"""What happens in a conversation: the occasions that arise, and what each agent makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poise.validation.sample.answers import answer_anger, greeting, request, thanks
from poise.validation.sample.complications import COMPLICATIONS, solve
from poise.validation.sample.handing_over import pass_on
from poise.validation.sample.marks import mark
from poise.validation.sample.scene import Scene

__all__ = ["write"]

A_WEEK_S: Final = 7 * 24 * 3600.0
FIXED_ON_THE_SPOT: Final = ("login", "device")
"""Topics where a solution that worked leaves nothing for later."""


def write(scene: Scene, complications: Sequence[str]) -> None:
    """Write a conversation from its first turn to its last, with these complications in its middle."""
    scene.arrival = scene.anger
    scene.says_name = scene.dice.chance(scene.planted[scene.agent.id]["courtesy.name"])
    gone = _open(scene)
    if not gone:
        if scene.channel != "email":
            _details(scene)
        _middle(scene, complications)
    _end(scene)
    if scene.arrival >= 2:
        scene.note("calm.customer_settles", scene.anger < scene.arrival)
    said = any(
        part
        for line in scene.lines
        if line.speaker != "customer" and not line.private
        for part in line.parts
        if mark(scene.customer.first, "courtesy.name") in part
    )
    scene.note("courtesy.name", said)


def _middle(scene: Scene, complications: Sequence[str]) -> None:
    """Solve the problem, before or after what else comes up; a transfer ends it, and so does a wrong denial."""
    place = scene.dice.whole(0, len(complications))
    for number, name in enumerate([*complications[:place], "solve", *complications[place:]]):
        if scene.speaker != "agent":
            return
        if name != "solve":
            COMPLICATIONS[name](scene)
        elif number == 0 or scene.resolved is not False:
            solve(scene)


def _open(scene: Scene) -> bool:
    """Write the greetings, the problem and the agent's first answer; return whether the customer was passed on."""
    trouble = scene.row("problem")
    problem = scene.answer(trouble[0], "customer.problem")
    scene.slots["paraphrase"] = trouble[1]
    need = scene.answer(scene.row("need")[0], "customer.need") if scene.dice.chance(0.65) else ""
    effort = scene.theirs("effort", "customer.effort") if scene.dice.chance(0.25) else ""
    complaint = scene.theirs("complaint", "customer.complaint") if scene.anger and scene.dice.chance(0.3) else ""
    abuse = scene.theirs("abuse", "customer.abuse") if scene.anger > 2 and scene.dice.chance(0.4) else ""
    story = [problem, effort, complaint, abuse, scene.mood(0.9 if scene.anger > 1 else 0.6), need]
    hello = scene.theirs("greeting", "customer.greeting") if scene.dice.chance(0.6) else ""
    greets = scene.will("courtesy.greeting")
    scene.offers = scene.will("help.offer")
    first: list[str] = []
    if scene.channel == "call":
        scene.say(greeting(scene, "greeting_call") if greets else scene.act("plain_opening_call"))
        scene.reply(hello, *story)
    elif scene.channel == "email":
        scene.reply(scene.theirs("email_open"), *story, scene.theirs("email_end"))
        if greets:
            first = [greeting(scene, "greeting_email")]
    elif hello and scene.dice.chance(0.45):
        scene.reply(hello)
        scene.say(*([greeting(scene, "greeting")] if greets else [scene.act("plain_opening")]))
        scene.reply(*story)
    else:
        scene.reply(hello, *story)
        first = [greeting(scene, "greeting")] if greets else []
    return _first_answer(scene, first, complaint=bool(complaint), abuse=bool(abuse))


def _first_answer(scene: Scene, parts: list[str], *, complaint: bool, abuse: bool) -> bool:
    hostile = answer_anger(scene, parts, complaint=complaint)
    if abuse and scene.will("calm.boundary") and not hostile:
        parts.append(scene.act("boundary", "calm.boundary"))
    if scene.will("courtesy.apology") and not hostile:
        parts.append(scene.act("apology", "courtesy.apology"))
    if complaint and scene.arrival < 2:
        if scene.will("together.acknowledge") and not hostile:
            parts.append(scene.act("acknowledge", "together.acknowledge"))
        elif scene.will("together.blame"):
            parts.append(scene.act("blame", "together.blame"))
    checked = False
    if scene.channel == "email" and scene.dice.chance(0.5):
        parts.append(scene.act("email_ack"))
    if scene.will("listening.paraphrase"):
        said = scene.act("formulation", "listening.paraphrase")
        checked = scene.will("listening.confirmed") and scene.channel != "email"
        if checked:
            said = mark(said + " " + scene.act("check_right", "agent.check"), "listening.confirmed")
        parts.append(said)
    if scene.will("help.deflection"):
        parts.append(scene.act("deflection", "help.deflection"))
        if scene.second is not None and scene.channel != "email":
            scene.say(*parts)
            pass_on(scene)
            return True
    elif scene.will("help.ownership"):
        parts.append(scene.act("ownership", "help.ownership"))
    if checked:
        scene.say(*parts)
        confirmed = scene.theirs("confirms", "customer.confirms")
        scene.reply(confirmed, *_still_angry(scene, hostile))
    else:
        scene.say(*parts)
        after = _still_angry(scene, hostile)
        if after and scene.channel != "email":
            scene.reply(*after)
    if scene.channel != "email":
        _abuse(scene)
    return False


def _still_angry(scene: Scene, hostile: bool) -> list[str]:
    if scene.arrival < 2:
        return []
    if hostile or scene.anger >= scene.arrival:
        return [scene.mood(0.9)]
    return [scene.theirs("settle", "customer.settles")] if scene.dice.chance(0.6) else []


def _abuse(scene: Scene) -> None:
    if scene.anger < 3 or not scene.dice.chance(0.5):
        return
    scene.reply(scene.theirs("abuse", "customer.abuse"))
    if scene.will("calm.boundary"):
        scene.say(scene.act("boundary", "calm.boundary"))
        scene.reply(scene.theirs("settle", "customer.settles"))
        scene.better(2)
    elif scene.will("calm.hostile"):
        scene.say(scene.act("hostile", "calm.hostile"))
        scene.reply(scene.mood())
    else:
        scene.say(scene.act("cool"))


def _details(scene: Scene) -> None:
    """Ask for what is needed to find the customer, and answer the effort."""
    dice = scene.dice
    asked, given = dice.pick(scene.wording.details)
    scene.slots["detail"] = asked
    ask = request(scene)
    if scene.lines and scene.lines[-1].speaker == scene.speaker and dice.chance(0.7):
        scene.lines[-1].parts.append(ask)
    else:
        scene.say(ask)
    slow = scene.theirs("slow") if dice.chance(0.12) else ""
    if slow:
        scene.reply(slow)
        if scene.will("help.patience"):
            scene.say(scene.act("patience", "help.patience"))
    scene.reply(scene.answer(given, "customer.information"), scene.mood(0.25) if scene.anger > 1 else "")
    thanks(scene)
    if scene.will("listening.repeated_question"):
        scene.say(scene.act("repeated", "listening.repeated_question"))
        scene.reply(scene.answer(given, "customer.information"))


def _end(scene: Scene) -> None:
    """Write what happens next, promises, offers and the farewell."""
    dice = scene.dice
    parts: list[str] = []
    following = scene.row("next")
    solved = scene.resolved and (scene.topic in FIXED_ON_THE_SPOT or dice.chance(0.4))
    if scene.will("clarity.next_step"):
        parts.append(scene.act("next_solved") if solved else scene.own(following[0]))
    elif dice.chance(0.4) and not solved:
        parts.append(scene.own(following[1]))
    promises = dice.chance(0.75 if scene.resolved is False else 0.4)
    if promises:
        _promise(scene, parts)
    asked = scene.offers and (not scene.offered or dice.chance(0.6))
    if asked:
        parts.append(scene.act("offer_more", "help.offer"))
    if scene.channel == "email":
        kind = "closing_email" if scene.will("courtesy.closing") else "closing_plain_email"
        labels = ("courtesy.closing",) if kind == "closing_email" else ()
        # An e-mail is one letter: what would be several turns of a chat is put together.
        parts.append(scene.act(kind, *labels))
        scene.say(*parts)
        if dice.chance(0.35):
            grateful = scene.resolved is not False
            scene.reply(scene.theirs("thanks", "customer.thanks") if grateful else scene.theirs("unresolved"))
        return
    due = scene.slots.pop("due_s", None)
    index = scene.say(*parts)
    if due is not None and parts:
        scene.lines[index].due_s = float(due)
    if scene.resolved is False and scene.anger > 1:
        scene.reply(scene.theirs("unresolved", "customer.unresolved"), scene.mood(0.5))
    else:
        scene.reply(
            scene.theirs("nothing_more") if asked and dice.chance(0.7) else "",
            scene.theirs("thanks", "customer.thanks") if dice.chance(0.85) else scene.theirs("ok"),
        )
    if scene.will("courtesy.closing"):
        scene.say(scene.act("closing", "courtesy.closing"))
        if dice.chance(0.4):
            scene.reply(scene.theirs("closing", "customer.closing"))
    elif dice.chance(0.7):
        scene.say(scene.act("ends"))


def _promise(scene: Scene, parts: list[str]) -> None:
    dice = scene.dice
    facts = scene.wording.facts
    if not scene.will("promise.made"):
        parts.append(scene.act("promise_vague"))
        return
    kept = scene.will("promise.kept")
    if kept and scene.channel == "chat" and dice.chance(0.3):
        # What is due in minutes is kept by whatever is said next, hence promised by those who keep it.
        scene.slots["due"], seconds = dice.pick(facts["due_minutes"]), 600.0
    elif dice.chance(0.2):
        scene.slots["due"], seconds = dice.pick(facts["due_later"]), 4 * 3600.0
    else:
        scene.slots["due"], seconds = dice.pick(facts["due_days"]), 24 * 3600.0
    parts.append(scene.act("promise_timed", "promise.made"))
    after = seconds * dice.between(0.2, 0.85) if kept else A_WEEK_S * dice.between(1.0, 1.5)
    done = kept or dice.chance(0.3)
    scene.do("promise", due_after_s=seconds, done_after_s=after if done else None, kept=kept)
    scene.slots["due_s"] = str(seconds)
