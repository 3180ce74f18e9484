"""A conversation being written: who says what, which occasions arose, what was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from poise.validation.sample.dice import Dice
from poise.validation.sample.marks import extract, mark, plain
from poise.validation.sample.team import Agent
from poise.validation.sample.wording import Row, Wording, render

__all__ = ["Customer", "Deed", "Line", "Occasion", "Scene"]

LEAVING: Final = ("customer.thanks", "customer.closing")
ASIDE_FROM: Final = 5
"""Words of a customer's turn on the telephone from which on something may be told by the way."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who writes or calls. ``lower``, ``typos`` and ``tidy`` are habits of writing."""

    id: str
    name: str
    gender: str
    lower: bool
    typos: float
    tidy: bool

    @property
    def first(self) -> str:
        """The first name."""
        return self.name.split(" ")[0]


@dataclass(slots=True)
class Line:
    """One turn, before it has a time. ``parts`` are pieces of text with their acts marked."""

    speaker: str  # agent, second, colleague, customer
    parts: list[str]
    private: bool = False
    cut_in: str = ""  # listening.interruption … where the agent starts before the customer has finished
    backchannel: bool = False
    due_s: float | None = None  # seconds after this line by which it promises something
    pause_s: float = 0.0  # extra time that passes before it


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something called for, and whether it was done. ``line`` is where it arose."""

    speaker: str
    behaviour: str
    met: bool
    line: int


@dataclass(slots=True)
class Deed:
    """An event; it happens with the line of this index."""

    kind: str
    line: int
    speaker: str = "agent"
    value: float | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Scene:
    """One conversation. Its methods add lines, occasions and deeds."""

    agent: Agent
    second: Agent | None
    colleague: Agent
    customer: Customer
    channel: str
    topic: str
    anger: int
    wording: Wording
    dice: Dice
    planted: dict[str, dict[str, float]]
    slots: dict[str, str]
    lines: list[Line] = field(default_factory=list)
    occasions: list[Occasion] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    speaker: str = "agent"
    says_name: bool = False
    offers: bool = False  # help, at the start or before the end
    offered: bool = False
    arrival: int = 0
    voiced: int = 0  # the anger that was last put into words
    resolved: bool | None = None
    entitled: bool = False
    gold: bool = False

    def who(self, speaker: str) -> Agent:
        """Return the agent who speaks as ``speaker``."""
        if speaker == "second":
            assert self.second is not None
            return self.second
        return self.colleague if speaker == "colleague" else self.agent

    def will(self, behaviour: str, *, note: bool = True) -> bool:
        """Draw whether the agent does this, and note that it was called for."""
        met = self.dice.chance(self.planted[self.who(self.speaker).id][behaviour])
        if note:
            self.note(behaviour, met)
        return met

    def note(self, behaviour: str, met: bool) -> None:
        """Note an occasion without drawing."""
        self.occasions.append(Occasion(self.speaker, behaviour, met, len(self.lines)))

    def act(self, pool: str, *labels: str) -> str:
        """Return what the agent says from a pool, marked with ``labels`` as a whole."""
        agent = self.who(self.speaker)
        template, unusual = self.wording.draw("agent", pool, dice=self.dice, speaker=agent.id)
        text = self._render(template, agent.gender, self.customer.gender, unusual)
        for label in labels:
            text = mark(text, label, unusual=unusual)
        return text

    def own(self, template: str, *labels: str) -> str:
        """Return what the agent says by a template of a topic's row."""
        agent = self.who(self.speaker)
        text = self._render(template, agent.gender, self.customer.gender, False)
        for label in labels:
            text = mark(text, label)
        return text

    def theirs(self, pool: str, *labels: str) -> str:
        """Return what the customer says from a pool."""
        template, unusual = self.wording.draw("customer", pool, dice=self.dice)
        return self.answer(template, *labels, unusual=unusual)

    def answer(self, template: str, *labels: str, unusual: bool = False) -> str:
        """Return what the customer says by a template."""
        text = self._render(template, self.customer.gender, self.agent.gender, unusual)
        for label in labels:
            text = mark(text, label, unusual=unusual)
        return text

    def row(self, kind: str) -> Row:
        """Return a row of this conversation's topic."""
        return self.wording.row(self.topic, kind, dice=self.dice)

    def say(self, *parts: str, **fields: Any) -> int:
        """Add a turn of the agent; return its index. Nothing is added where there is nothing to say."""
        return self._add(Line(self.speaker, [part for part in parts if plain(part)], **fields))

    def reply(self, *parts: str) -> int:
        """Add a turn of the customer; return its index."""
        said = [part for part in parts if plain(part)]
        words = sum(len(plain(part).split()) for part in said)
        leaving = any(act.label in LEAVING for part in said for act in extract(part)[1])
        if self.channel == "call" and words >= ASIDE_FROM and not leaving and self.dice.chance(0.55):
            # On the telephone people tell more than what is asked.
            said.insert(self.dice.whole(1, len(said)), self.theirs("aside"))
        return self._add(Line("customer", said))

    def note_to(self, speaker: str, *parts: str) -> int:
        """Add a private turn: a note of the agent, or a colleague's words."""
        return self._add(Line(speaker, [part for part in parts if plain(part)], private=True))

    def do(self, kind: str, **data: Any) -> None:
        """Note an event that happens with the next line."""
        value = data.pop("value", None)
        self.deeds.append(Deed(kind, len(self.lines), self.speaker, value, data))

    def worse(self, by: int = 1) -> None:
        """The customer gets angrier."""
        self.anger = min(self.anger + by, 4)

    def better(self, by: int = 1) -> None:
        """The customer calms down."""
        self.anger = max(self.anger - by, 0)

    def mood(self, chance: float = 1.0) -> str:
        """Return words of the customer's present anger, or nothing."""
        if self.anger == 0 or not self.dice.chance(chance if self.anger != self.voiced else chance / 2):
            return ""
        self.voiced = self.anger
        return self.theirs(f"anger{self.anger}", f"customer.anger.{self.anger}")

    def _add(self, line: Line) -> int:
        if line.parts:
            self.lines.append(line)
        return len(self.lines) - 1

    def _render(self, template: str, speaker: str, addressee: str, unusual: bool) -> str:
        return render(
            template,
            dice=self.dice,
            slots=self._with_name(),
            speaker=speaker,
            addressee=addressee,
            unusual=unusual,
        )

    def _called(self, agent: Agent) -> str:
        names: dict[str, str] = self.wording.facts.get("names", {})
        return names.get(agent.id, agent.name.split(" ")[0])

    def _with_name(self) -> dict[str, str]:
        slots = dict(self.slots)
        used = self.says_name and self.dice.chance(0.55)
        name = mark(self.customer.first, "courtesy.name") if used else ""
        slots["name"] = f" {name}" if used else ""
        slots["cname"] = f", {name}" if used else ""
        slots["agent"] = self._called(self.who(self.speaker))
        slots["colleague"] = self._called(self.second or self.colleague)
        slots["it_is"] = self.dice.pick(self.wording.facts["it_is"])
        slots["other"] = self.dice.pick(self.wording.facts["others"])
        return slots
