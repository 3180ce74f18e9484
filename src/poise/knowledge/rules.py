"""The rules by which entries are found, and what a team lead may set in each.

A rule is told by its ``name``; what it computes is in :mod:`poise.detection`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import field

from poise.knowledge.strict import Strict

__all__ = [
    "Anger",
    "Answered",
    "Backchannel",
    "Concreteness",
    "Confirmed",
    "Contest",
    "EventRule",
    "Handover",
    "Human",
    "Information",
    "LongTurn",
    "NameUse",
    "Options",
    "Overlap",
    "Paraphrase",
    "Phrases",
    "Question",
    "ReadingGrade",
    "Receptiveness",
    "RepeatedQuestion",
    "Resolved",
    "Rule",
    "Settles",
    "Shift",
    "TimeToSolution",
    "Timeline",
    "Timely",
    "Transfer",
]


class _Rule(Strict, frozen=True, tag_field="name"):
    pass


class Phrases(_Rule, frozen=True, tag="phrases"):
    """A phrase of the entry's own language is said."""

    place: Literal["anywhere", "first_turn", "last_turns"] = "anywhere"
    turns: int = 2  # how many turns "last_turns" (of the conversation) looks at
    negated: Literal["skip", "keep"] = "skip"  # a negation before it in the same clause
    also: list[str] = field(default_factory=list)  # signals whose matches count as phrases too
    before: str | None = None  # only before the first turn with this signal
    after: str | None = None  # only after the first turn with this signal
    private: Literal["no", "only", "any"] = "no"  # whether private notes and words to colleagues count
    asked: Literal["keep", "skip"] = "keep"  # a phrase that is all of a question ("sorry?")
    min_words: int = 0  # of the turn, for cues that are one only in a longer turn


class Anger(_Rule, frozen=True, tag="anger"):
    """Graded words of anger, raised by shouting (capitals, rows of exclamation marks) where there are such words."""

    shout: float = 1.0  # what shouting adds


class Question(_Rule, frozen=True, tag="question"):
    """A sentence that ends in a question mark, or opens as a question does (for transcripts without marks)."""

    before: str | None = None
    after: str | None = None
    unless: list[str] = field(default_factory=list)  # no question where its sentence has one of these too


class LongTurn(_Rule, frozen=True, tag="long_turn"):
    """A turn of at least ``min_words`` words (an explanation), or one with a phrase."""

    min_words: int = 30


class Information(_Rule, frozen=True, tag="information"):
    """The turn answers a request for information: it follows ``request`` or a question, and states something."""

    request: str
    unless: list[str] = field(default_factory=list)  # no information in answer to a mere question


class NameUse(_Rule, frozen=True, tag="name_use"):
    """The customer's name is said at least once and in at most ``most`` of the turns."""

    most: float = 0.5


class Backchannel(_Rule, frozen=True, tag="backchannel"):
    """A short token while the other side keeps the floor."""

    max_tokens: int = 3
    max_seconds: float = 1.0
    resumes_within: float = 0.5


class Paraphrase(_Rule, frozen=True, tag="paraphrase"):
    """Restates what the other side said: a formulation about it, or enough of the reply's content words."""

    formulation: str
    threshold: float = 0.25
    formulation_threshold: float = 0.1
    turns: int = 3
    # what the words in common are a share of: the reply's, those heard, or the smaller of the two
    share_of: Literal["reply", "heard", "smaller"] = "reply"


class Confirmed(_Rule, frozen=True, tag="confirmed"):
    """A paraphrase with a check, confirmed by the other side in the next turn."""

    paraphrase: str
    check: str
    confirms: str


class RepeatedQuestion(_Rule, frozen=True, tag="repeated_question"):
    """Asks again what was asked and answered before."""

    request: str
    similarity: float = 0.6


class Overlap(_Rule, frozen=True, tag="overlap"):
    """Interruptions by times (Beattie 1982; Gravano and Hirschberg 2012; science 3.1)."""

    kind: Literal["interruption", "butting_in", "pause_interruption"]


class Transfer(_Rule, frozen=True, tag="transfer"):
    """Passes the customer on without context and without staying."""

    transfer: str
    warm: str


class Options(_Rule, frozen=True, tag="options"):
    """At least two options with how they differ."""

    difference: str


class Answered(_Rule, frozen=True, tag="answered"):
    """The next turns answer the question: content in common, a yes or no, a figure, or a promise to find out."""

    overlap: float = 0.15  # of the question's content words, weighted by rarity
    unless: list[str] = field(default_factory=list)  # sentences with one of these answer nothing


class Contest(_Rule, frozen=True, tag="contest"):
    """Denial, correction or counter-reason against a claim, without acknowledgement."""

    denial: str
    acknowledgement: str
    chain: int = 1  # this many contesting turns on the same claim
    option: str | None = None  # a new option ends a chain


class Receptiveness(_Rule, frozen=True, tag="receptiveness"):
    """Conversational receptiveness (Yeomans et al. 2020), as counts of these signals times ``weights``."""

    weights: dict[str, float]
    intercept: float = 0.0
    negation: float = 0.0
    # turns in disagreement: those after one of these signals of the other side, or with one of their own
    after: list[str] = field(
        default_factory=lambda: [
            "customer.disagreement",
            "customer.complaint",
            "customer.claim",
            "customer.demand",
        ]
    )
    within: list[str] = field(default_factory=lambda: ["agent.disagreement", "agent.denial", "agent.refusal"])


class Concreteness(_Rule, frozen=True, tag="concreteness"):
    """Share of content words that name something definite."""


class ReadingGrade(_Rule, frozen=True, tag="reading_grade"):
    """School grade needed to read the sentences, with jargon counted as hard words."""


class TimeToSolution(_Rule, frozen=True, tag="time_to_solution"):
    """Turns (and seconds) until the first proposal that is accepted."""

    proposal: str
    accepts: str
    problem: str = "customer.problem"


class Resolved(_Rule, frozen=True, tag="resolved"):
    """The customer confirms that it is solved, or the outcome says so."""

    confirms: str
    unresolved: str


class Settles(_Rule, frozen=True, tag="settles"):
    """The customer's anger in words falls after the agent's turns."""

    anger: str


class Handover(_Rule, frozen=True, tag="handover"):
    """A request to a colleague says the problem, what was tried and what is asked."""

    parts: list[str]  # signals, one for each part
    at_least: int = 2


class Timely(_Rule, frozen=True, tag="timely"):
    """A promise with a time in it; whether it was kept by then."""

    time: str
    promise: str = "agent.promise"
    kept: bool = False


class Timeline(_Rule, frozen=True, tag="timeline"):
    """Measured over all conversations of one agent on a clock."""

    kind: Literal["fairness", "neglect", "holding", "inversion", "recontact"]
    phrases: str | None = None


class EventRule(_Rule, frozen=True, tag="event"):
    """Read from events (and their ``data``)."""

    kind: Literal[
        "help_asked", "help_needless", "idle_offer", "idle_useful", "unrecorded", "wrong_denial", "discordant"
    ]
    phrases: str | None = None


class Human(_Rule, frozen=True, tag="human"):
    """Noted by a person in the interview room; nothing here detects it."""


class Shift(_Rule, frozen=True, tag="shift"):
    """Scored in the simulated shift only."""


Rule: TypeAlias = (
    Phrases
    | Anger
    | Question
    | LongTurn
    | Information
    | NameUse
    | Backchannel
    | Paraphrase
    | Confirmed
    | RepeatedQuestion
    | Overlap
    | Transfer
    | Options
    | Answered
    | Contest
    | Receptiveness
    | Concreteness
    | ReadingGrade
    | TimeToSolution
    | Resolved
    | Settles
    | Handover
    | Timely
    | Timeline
    | EventRule
    | Human
    | Shift
)
