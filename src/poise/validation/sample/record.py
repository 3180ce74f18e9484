"""From scenes to canonical records, with the truth beside them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from poise.validation.sample.clock import Written
from poise.validation.sample.dice import Dice
from poise.validation.sample.marks import extract
from poise.validation.sample.scene import Occasion, Scene
from poise.validation.sample.team import Agent
from poise.validation.sample.telephone import Utterance

__all__ = ["Conversation", "as_record", "quiet_time"]

SECOND_LOGIN: Final = 0.35
"""Share of the conversations that somebody with two logins does under the other."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with its times."""

    id: str
    scene: Scene
    written: list[Written]
    call: list[Utterance] | None
    start: dt.datetime

    @property
    def ended(self) -> dt.datetime:
        """The instant of the last turn."""
        return self.start + dt.timedelta(seconds=self.written[-1].at)


def as_record(conversation: Conversation, *, dice: Dice) -> dict[str, Any]:
    """Return the canonical record, with ``truth``."""
    scene = conversation.scene
    login = _logins(scene, dice)
    turns, acts = _turns(conversation, login)
    first = conversation.start + dt.timedelta(seconds=conversation.written[0].at)
    record: dict[str, Any] = {
        "id": conversation.id,
        "channel": scene.channel,
        "language": scene.wording.code,
        "started_at": _instant(conversation.start if conversation.call else first),
        "topic": scene.topic,
        "queue": scene.wording.queues[scene.topic],
        "customer": scene.customer.id,
        "people": _people(scene, conversation.written, login),
        "turns": turns,
        "events": _events(conversation, login),
        "outcome": _outcome(scene, dice),
        "purpose": "coaching",
        "meta": {"invented": True},
        "truth": {
            "id": conversation.id,
            "arrival_anger": scene.arrival,
            "acts": acts,
            "occasions": _counted(scene),
        },
    }
    if record["outcome"] is None:
        del record["outcome"]
    return record


def _logins(scene: Scene, dice: Dice) -> dict[str, tuple[str, str, str]]:
    """Return id, name and team of everybody by speaker."""
    found = {}
    for speaker in ("agent", "second", "colleague"):
        if speaker == "second" and scene.second is None:
            continue
        agent = scene.who(speaker)
        used: Any = agent
        if agent.also is not None and dice.chance(SECOND_LOGIN):
            used = agent.also
        found[speaker] = (used.id, used.name, agent.team)
    return found


def _people(scene: Scene, written: list[Written], login: dict[str, tuple[str, str, str]]) -> list[dict[str, str]]:
    people = [{"id": "customer", "role": "customer", "name": scene.customer.name}]
    seen = set()
    for turn in written:
        if turn.speaker == "customer" or login[turn.speaker][0] in seen:
            continue
        identifier, name, team = login[turn.speaker]
        seen.add(identifier)
        role = "colleague" if turn.speaker == "colleague" else "agent"
        people.append({"id": identifier, "role": role, "name": name, "team": team})
    return people


def _turns(
    conversation: Conversation, login: dict[str, tuple[str, str, str]]
) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    turns: list[dict[str, Any]] = []
    acts: list[list[Any]] = []
    for place, turn in enumerate(conversation.written):
        text, found = extract(turn.text)
        shift = len(text) - len(text.lstrip())
        text = text.strip()
        person = "customer" if turn.speaker == "customer" else login[turn.speaker][0]
        said: dict[str, Any] = {"person": person, "text": text}
        if conversation.call is not None:
            utterance = conversation.call[place]
            said |= {"start": utterance.start, "end": utterance.end}
            if not turn.private:
                said["audio_channel"] = "1" if turn.speaker == "customer" else "2"
                said["words"] = [{"word": word, "start": begin, "end": end} for word, begin, end in utterance.words]
        said["at"] = _instant(conversation.start + dt.timedelta(seconds=turn.at))
        if turn.private:
            said["private"] = True
        turns.append(said)
        who = "customer" if turn.speaker == "customer" else conversation.scene.who(turn.speaker).id
        for act in found:
            begin, end = act.begin - shift, min(act.end - shift, len(text))
            acts.append([place, who, act.label, begin, end, text[begin:end], act.unusual])
    return turns, acts


def _events(conversation: Conversation, login: dict[str, tuple[str, str, str]]) -> list[dict[str, Any]]:
    scene = conversation.scene
    at_line: dict[int, float] = {}
    for turn in conversation.written:
        at_line.setdefault(turn.line, turn.at)
    last = conversation.written[-1].at
    agent = login["agent"][0]
    first = next((turn.at for turn in conversation.written if turn.speaker == "agent"), 0.0)
    events: list[tuple[float, dict[str, Any]]] = [(max(first - 2.0, 0.0), {"kind": "assigned", "person": agent})]
    for deed in scene.deeds:
        at = at_line.get(deed.line, last)
        event: dict[str, Any] = {"kind": deed.kind, "person": login[deed.speaker][0]}
        if deed.value is not None:
            event["value"] = deed.value
        data = dict(deed.data)
        if deed.kind == "promise":
            done = data.pop("done_after_s")
            data["due"] = _instant(conversation.start + dt.timedelta(seconds=at + data.pop("due_after_s")))
            if done is not None:
                events.append((at + done, {"kind": "follow_up", "person": login[deed.speaker][0]}))
        if data:
            event["data"] = data
        events.append((at, event))
    if scene.resolved:
        events.append((last, {"kind": "resolved"}))
    return [
        {"at": _instant(conversation.start + dt.timedelta(seconds=at)), **event}
        for at, event in sorted(events, key=lambda pair: pair[0])
    ]


def _outcome(scene: Scene, dice: Dice) -> dict[str, Any] | None:
    outcome: dict[str, Any] = {}
    if scene.resolved is not None:
        outcome["resolved"] = scene.resolved
    if dice.chance(0.6):
        score = 4.6 if scene.resolved else 2.9
        score -= 0.6 * scene.anger + (0.3 if scene.arrival > 1 else 0.0)
        outcome["csat"] = float(min(max(round(score + dice.between(-0.8, 0.8)), 1), 5))
    return outcome or None


def _counted(scene: Scene) -> list[list[Any]]:
    """Return person, behaviour, how often it was done and how often called for."""
    counts: dict[tuple[str, str], list[int]] = {}
    for occasion in scene.occasions:
        count = counts.setdefault((_person(scene, occasion), occasion.behaviour), [0, 0])
        count[0] += occasion.met
        count[1] += 1
    return [[person, behaviour, *count] for (person, behaviour), count in sorted(counts.items())]


def _person(scene: Scene, occasion: Occasion) -> str:
    return scene.who(occasion.speaker).id


def quiet_time(
    record: dict[str, Any], *, agent: Agent, colleague: Agent, planted: dict[str, dict[str, float]], dice: Dice
) -> None:
    """Add what the agent does when the last chat is over: waits beside a colleague's need, or has a break."""
    last = dt.datetime.fromisoformat(record["turns"][-1]["at"]) + dt.timedelta(seconds=5)
    events: list[dict[str, Any]] = record["events"]
    login = next((p["id"] for p in record["people"] if p["role"] == "agent"), agent.id)
    if dice.chance(0.25):
        rest = {"state": "break", "protected": True}
        events.append({"at": _instant(last), "kind": "state", "person": login, "value": 900.0, "data": rest})
        return
    length = float(dice.whole(4, 11) * 60)
    events.append({"at": _instant(last), "kind": "state", "person": login, "value": length, "data": {"state": "idle"}})
    begin = last + dt.timedelta(seconds=dice.whole(10, 90))
    need = {"permitted": True, "waiting": dice.whole(2, 6)}
    events.append({"at": _instant(begin), "kind": "need", "person": colleague.id, "value": length / 2, "data": need})
    offers = dice.chance(planted[agent.id]["idle.offer"])
    if offers:
        offered = begin + dt.timedelta(seconds=dice.between(10, length / 2 - 5))
        offer = {"to": colleague.id}
        events.append({"at": _instant(offered), "kind": "help_offer", "person": login, "data": offer})
    record["truth"]["occasions"].append([agent.id, "idle.offer", int(offers), 1])


def _instant(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
