"""The form of the knowledge files: every field a team lead may write, and nothing else.

A field that is not named here is an error, so that a typo cannot silently switch something off.
The rules that entries name are in :mod:`poise.knowledge.rules`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import field

from poise.knowledge.rules import Phrases, Rule
from poise.knowledge.strict import Strict

__all__ = [
    "BEHAVIOUR_NEEDS",
    "Behaviour",
    "BehaviourFile",
    "Cluster",
    "Example",
    "Opportunity",
    "PhraseSet",
    "Signal",
    "SignalFile",
    "Standard",
    "Trained",
    "Trait",
    "TraitFile",
]

Translated: TypeAlias = dict[str, str]
"""Text by language code; ``en`` is required."""

Need = Literal[
    "text",
    "people",
    "times",
    "channels",
    "clock",
    "events",
    "states",
    "outcome",
    "topic",
    "customer",
    "human",
    "shift",
]
"""What the input must have. times: start and end of turns; channels: two audio channels or word times;
clock: an instant for every turn; states: agent-state events."""
BEHAVIOUR_NEEDS: tuple[str, ...] = Need.__args__  # type: ignore[attr-defined]


class Cluster(Strict, frozen=True):
    """Traits that are shown together where they cannot be told apart."""

    id: str
    title: Translated


class Trait(Strict, frozen=True):
    """One of the eleven service traits."""

    id: str
    cluster: str
    title: Translated
    definition: Translated
    examined: Translated  # how the employer examines it


class TraitFile(Strict, frozen=True):
    """``traits.toml``."""

    cluster: list[Cluster]
    trait: list[Trait]


class Example(Strict, frozen=True):
    """A turn that must (or must not) be a hit, with what came before it.

    ``previous`` is the turn before, or the turns before, oldest first. A turn is a text said by the other side,
    or starts with ``agent:``, ``customer:`` or ``colleague:``. ``next`` follows it likewise.
    """

    text: str
    previous: str | list[str] = field(default_factory=list)
    next: str | list[str] = field(default_factory=list)
    role: str | None = None
    channel: str = "chat"
    customer: str | None = None  # the customer's name, where a rule needs it


class PhraseSet(Strict, frozen=True):
    """What is said, in one language, with the sentences that prove it.

    Phrases are words separated by spaces: ``(a|b c)`` alternatives, ``[a]`` optional, ``word*`` any ending,
    ``_`` one word, ``...`` up to five words of the same sentence, ``^`` start of a sentence, ``$`` its end,
    ``<list>`` a list of the language's ``lists``.
    """

    match: list[str] = field(default_factory=list)
    levels: dict[str, list[str]] = field(default_factory=dict)  # graded phrases: level -> phrases
    except_: list[str] = field(default_factory=list, name="except")  # cancels every match that it overlaps
    hits: list[str | Example] = field(default_factory=list)
    misses: list[str | Example] = field(default_factory=list)


class Trained(Strict, frozen=True):
    """A trained head that finds the entry beside its phrases (docs/method/training.md).

    head
        Its name.
    adds
        A unit that no phrase marks is a hit from this probability on; None adds none.
    vetoes
        Marks in a unit below this probability are left out; None vetoes none.
    level
        Of a hit that the head adds to a graded signal; its probability unless given.
    """

    head: str
    adds: float | None = None
    vetoes: float | None = None
    level: float | None = None


class Signal(Strict, frozen=True):
    """Something said that makes an occasion, or that rules refer to. Never a trait of anyone."""

    id: str
    side: Literal["customer", "agent"]  # customer stands for the counterpart, agent for whoever is assessed
    title: Translated
    definition: str
    rule: Rule = field(default_factory=Phrases)
    private: Literal["no", "only", "any"] = "no"
    phrases: dict[str, PhraseSet] = field(default_factory=dict)
    trained: Trained | None = None


class SignalFile(Strict, frozen=True):
    """``signals/*.toml``."""

    signal: list[Signal]


class Opportunity(Strict, frozen=True):
    """When the behaviour was called for.

    occasion
        ``conversation``: once for the assessed person who speaks first (``first``) or each (``each``);
        ``ending``: once, where one of the last two turns is an assessed person's;
        ``signal``: each turn with one of ``signals``; the assessed person who speaks next answers for it
        (for an agent's signal: the speaker);
        ``first_signal``: once, at the first such turn;
        ``stretch``: each stretch of counterpart turns, or long counterpart turn, in a call;
        ``minute``: exposure in seconds of counterpart speech;
        ``measure``: no count; the rule gives value and weight;
        ``event`` and ``timeline``: the rule itself finds the occasions.
    within
        how many of that person's turns after the occasion may meet it; 0: the same turn (an agent's signal) only;
        -1: the rest of the conversation.
    """

    occasion: Literal[
        "conversation",
        "ending",
        "signal",
        "first_signal",
        "stretch",
        "minute",
        "measure",
        "event",
        "timeline",
    ]
    signals: list[str] = field(default_factory=list)
    unless: list[str] = field(default_factory=list)  # no occasion where the turn has one of these signals too
    min_level: float = 0.0  # of a graded signal
    min_turns: int = 0  # of the conversation
    people: Literal["first", "each"] = "each"
    within: int = 2
    channels: list[str] = field(default_factory=list)  # only these; empty: all


class Standard(Strict, frozen=True):
    """Rates (or values) that stand for levels 1, 3 and 5, set by the employer instead of the norm."""

    one: float
    three: float
    five: float


class Behaviour(Strict, frozen=True):
    """An observable act tied to one trait, with a sign."""

    id: str
    trait: str
    sign: Literal["+", "-", "0"]
    title: Translated
    advice: Translated  # what would raise it, to the person, one sentence
    definition: str
    source: str
    needs: list[Need]
    opportunity: Opportunity
    rule: Rule
    weight: float = 1.0
    gate: int = 10  # opportunities (or conversations, for measures) under which nothing is shown
    unit: Literal["share", "per_minute", "seconds", "turns", "index", "grade", "score"] = "share"
    standard: Standard | None = None
    phrases: dict[str, PhraseSet] = field(default_factory=dict)
    trained: Trained | None = None


class BehaviourFile(Strict, frozen=True):
    """``behaviours/<trait>.toml``."""

    behaviour: list[Behaviour]
