"""What can happen between the problem and its end, one function for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from poise.validation.sample.answers import answer_anger, thanks
from poise.validation.sample.handing_over import ask_for_help, pass_on
from poise.validation.sample.scene import Scene
from poise.validation.sample.wording import Row

__all__ = ["COMPLICATIONS", "WEIGHTS", "solve"]


def solve(scene: Scene) -> None:
    """Find the cause, propose, see whether it works."""
    dice = scene.dice
    solution, fixed = scene.row("direct")
    if scene.will("solving.diagnosis"):
        ask, answer, solution, fixed = scene.row("route")
        scene.say(scene.own(ask, "solving.diagnosis"))
        if scene.channel == "email":
            scene.reply(scene.answer(answer, "customer.information"), scene.theirs("email_end"))
        else:
            scene.reply(scene.answer(answer, "customer.information"))
            if dice.chance(0.4):
                thanks(scene)
    proposed = scene.will("solving.solution")
    if not proposed:
        scene.say(scene.act("vague"))
        scene.reply(scene.theirs("unresolved", "customer.unresolved"), scene.mood(0.6))
        proposed = dice.chance(0.4)
    if proposed:
        scene.say(scene.own(solution, "solving.solution"), *_instruction(scene, 0.3))
        if scene.channel != "email":
            if dice.chance(0.35):
                _question(scene)
            else:
                scene.reply(scene.theirs("accepts", "customer.accepts"))
    if dice.chance(0.3):
        _explain(scene)
    scene.resolved = proposed and scene.will("solving.resolved")
    if scene.channel != "email":
        if scene.resolved:
            scene.reply(scene.answer(fixed), scene.theirs("thanks", "customer.thanks") if dice.chance(0.5) else "")
            scene.better(2)
        elif proposed:
            scene.reply(scene.theirs("unresolved", "customer.unresolved"))


def _instruction(scene: Scene, chance: float) -> list[str]:
    if not scene.dice.chance(chance):
        return []
    row = scene.row("instruct")
    text = scene.own(row[0], "agent.instruction")
    if scene.will("clarity.reason"):
        return [f"{text} {scene.own(row[1], 'clarity.reason')}."]
    return [f"{text}."]


def _question(scene: Scene) -> None:
    row = scene.row("question")
    scene.reply(scene.answer(row[0], "customer.question"))
    if scene.will("clarity.answered"):
        scene.say(scene.own(row[1], "clarity.answered"))
        scene.reply(scene.theirs("ok"))
    else:
        scene.say(scene.own(row[2]))
        scene.reply(scene.theirs("rejects", "customer.rejects") if scene.dice.chance(0.5) else scene.theirs("ok"))


def _explain(scene: Scene) -> None:
    text = scene.own(scene.row("explain")[0], "agent.explanation")
    checks = scene.will("clarity.check")
    scene.say(text, scene.act("check", "clarity.check") if checks else "")
    if checks and scene.channel != "email":
        scene.reply(scene.theirs("confirm_understood", "customer.confirms"))
    elif scene.channel != "email":
        scene.reply(scene.theirs("ok"))


def refuse(scene: Scene) -> None:
    """Meet a demand that the rules do not allow."""
    case = scene.row("demand")
    scene.reply(scene.answer(case[0], "customer.demand"), scene.mood(0.5))
    parts: list[str] = []
    hostile = answer_anger(scene, parts) if scene.channel != "email" else False
    if _favours(scene):
        _favour(scene, case, parts)
        return
    if scene.will("together.goal") and scene.channel != "email":
        scene.say(*parts, scene.act("goal", "together.goal"))
        scene.reply(scene.answer(case[1]))
        parts = []
    parts.append(scene.own(case[2], "agent.refusal"))
    scene.do("refusal", **_about(scene, entitled=False))
    if scene.will("clarity.reason"):
        parts.append(scene.own(case[3], "clarity.reason"))
        if scene.will("favour.same_reason"):
            parts.append(scene.own(case[4], "favour.same_reason"))
    elif scene.will("favour.same_reason"):
        parts.append(scene.own(case[4], "favour.same_reason"))
    else:
        parts.append(scene.act("policy_only"))
    alternative = scene.will("together.alternative") and not hostile
    if alternative:
        parts.append(scene.own(case[5], "together.alternative"))
    scene.say(*parts)
    if scene.channel == "email":
        scene.resolved = alternative
        return
    if scene.dice.chance(0.35 if alternative else 0.75):
        _object(scene, case, alternative)
    elif alternative:
        scene.reply(scene.theirs("accepts", "customer.accepts"))
    else:
        scene.reply(scene.theirs("grudging"))
    scene.resolved = alternative and scene.dice.chance(0.8)


def _object(scene: Scene, case: Row, alternative: bool) -> None:
    if not alternative:
        scene.worse()
    scene.reply(scene.theirs("disagree", "customer.disagreement"), scene.mood(0.5))
    parts: list[str] = []
    hostile = answer_anger(scene, parts)
    if scene.will("together.acknowledge") and not hostile:
        parts.append(scene.act("acknowledge", "together.acknowledge"))
        scene.better()
    elif scene.will("together.blame"):
        parts.append(scene.act("blame", "together.blame"))
        scene.worse()
    if not alternative and scene.dice.chance(0.3):
        parts.append(scene.own(case[5]))
    if not parts:
        parts.append(scene.act("policy_only"))
    scene.say(*parts)
    scene.reply(scene.theirs("grudging"))


def _favour(scene: Scene, case: Row, parts: list[str]) -> None:
    unrecorded = scene.will("favour.unrecorded")
    data = _about(scene, entitled=False)
    if not unrecorded:
        data["basis"] = "goodwill budget, approved by the team lead"
    scene.do("concession", value=float(scene.dice.whole(2, 9) * 5), **data)
    scene.say(*parts, scene.own(case[6], "favour.given"))
    if scene.channel != "email":
        scene.reply(scene.theirs("thanks", "customer.thanks"))
    scene.better(2)
    scene.resolved = True


def _favours(scene: Scene) -> bool:
    """Draw whether the rule is bent; a gold card helps, which is what makes it a favour."""
    agent = scene.planted[scene.agent.id]["favour.given"]
    given = scene.dice.chance(min(agent * (1.4 if scene.gold else 0.7), 0.95))
    scene.note("favour.given", given)
    return given


def _about(scene: Scene, *, entitled: bool) -> dict[str, object]:
    status = "gold" if scene.gold else "standard"
    return {"request": f"{scene.topic}.exception", "status": status, "entitled": entitled}


def entitled(scene: Scene) -> None:
    """Meet a demand that the rules do allow."""
    scene.entitled = True
    request = f"{scene.topic}.entitled"
    scene.reply(scene.theirs("entitled", "customer.claim"), scene.mood(0.4))
    if scene.will("favour.wrong_denial"):
        scene.do("refusal", request=request, entitled=True, basis="terms, section 4")
        scene.say(scene.act("wrong_denial", "agent.refusal"))
        scene.worse()
        scene.resolved = False
        if scene.channel != "email":
            scene.reply(scene.theirs("disagree", "customer.disagreement"), scene.mood(0.6))
        return
    scene.note("favour.unrecorded", False)
    amount = float(scene.dice.whole(2, 12) * 5)
    scene.do("concession", value=amount, request=request, entitled=True, basis="terms, section 4")
    solution, fixed = scene.row("direct")
    scene.say(scene.own(solution, "solving.solution"))
    if scene.channel != "email":
        scene.reply(scene.answer(fixed), scene.theirs("thanks", "customer.thanks") if scene.dice.chance(0.5) else "")
    scene.better()


def argue(scene: Scene) -> None:
    """Meet a claim that tempts to argue."""
    claim, contest, again, receptive = scene.row("claim")
    scene.reply(scene.answer(claim, "customer.claim"), scene.mood(0.4))
    if not scene.will("debate.contest"):
        scene.say(scene.own(receptive, "debate.receptive"))
        scene.better()
    else:
        scene.say(scene.own(contest, "debate.contest"))
        scene.worse()
        if scene.channel != "email":
            scene.reply(scene.theirs("disagree", "customer.disagreement"), scene.mood(0.5))
            if scene.will("debate.chain"):
                scene.say(scene.own(again, "debate.contest", "debate.chain"))
                scene.worse()
                scene.reply(scene.mood() or scene.theirs("complaint", "customer.complaint"))
            elif scene.dice.chance(0.3):
                scene.say(scene.act("hedge"))


def choose(scene: Scene) -> None:
    """Meet a question of which to take."""
    question, options, vague = scene.row("choice")
    scene.reply(scene.answer(question, "customer.choice"))
    if scene.will("clarity.options"):
        scene.say(scene.own(options, "clarity.options"))
        scene.reply(scene.theirs("accepts", "customer.accepts"))
    else:
        scene.say(scene.own(vague))
        scene.reply(scene.theirs("ok"))


def guide(scene: Scene) -> None:
    """Guide somebody who is slow or confused."""
    row = scene.row("instruct")
    scene.say(f"{scene.own(row[0], 'agent.instruction')}.")
    scene.reply(scene.theirs("confused", "customer.confused"))
    if scene.will("help.patience"):
        scene.say(scene.act("patience", "help.patience"))
    else:
        scene.say(scene.act("impatience"))
        if scene.dice.chance(0.5):
            scene.reply(scene.theirs("confused", "customer.confused"))
            if scene.will("help.patience"):
                scene.say(scene.act("patience", "help.patience"))
    scene.reply(scene.theirs("back"))
    _explain(scene)


def lend_a_hand(scene: Scene) -> None:
    """Meet something that is above the agent's means."""
    if ask_for_help(scene):
        scene.better(2)
        scene.resolved = True
        if scene.channel != "email":
            scene.reply(scene.theirs("thanks", "customer.thanks"))
    elif scene.second is not None and scene.dice.chance(0.6) and scene.channel != "email":
        pass_on(scene)
    else:
        scene.say(scene.act("vague"))
        scene.worse()
        scene.resolved = False
        if scene.channel != "email":
            scene.reply(scene.theirs("unresolved", "customer.unresolved"), scene.mood(0.7))


COMPLICATIONS: Final[dict[str, Callable[[Scene], None]]] = {
    "refuse": refuse,
    "argue": argue,
    "entitled": entitled,
    "choose": choose,
    "guide": guide,
    "lend_a_hand": lend_a_hand,
}
WEIGHTS: Final = {
    "refuse": 0.28,
    "argue": 0.26,
    "entitled": 0.12,
    "choose": 0.12,
    "guide": 0.10,
    "lend_a_hand": 0.12,
}
"""How often each is drawn; a conversation has none to three of them."""
