"""A conversation laid out for reading: turns with what was found in them, notes and events in their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from poise.app.conversations.findings import Finding
from poise.app.conversations.models import Conversation, Event, Participant, Turn
from poise.app.people.models import Person
from poise.reports.quotes import harmless

__all__ = ["Happening", "Laid", "Piece", "Said", "Tally", "lay_out", "pieces", "tallies"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a turn that the same hits cover throughout.

    Attributes
    ----------
    hits
        Numbers of the hits that cover it.
    ends
        Those of them that end with it, with their titles.
    sign
        ``+``, ``-`` or ``0`` where all hits say the same, else ``0``.
    """

    text: str
    hits: tuple[int, ...] = ()
    ends: tuple[tuple[int, str], ...] = ()
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One turn."""

    number: int
    role: str
    name: str
    person: Person | None
    pieces: list[Piece]
    private: bool
    start: float | None
    end: float | None
    at: datetime | None
    hits: list[tuple[int, Finding]]
    missed: list[tuple[int, Finding]]


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, with the hits that lie in it."""

    kind: str
    name: str
    at: datetime | None
    value: float | None
    hits: list[tuple[int, Finding]]
    missed: list[tuple[int, Finding]]


@dataclass(frozen=True, slots=True)
class Laid:
    """A whole conversation: what was said and done in order, and what all of it calls for."""

    items: list[Said | Happening]
    whole: list[tuple[int, Finding]] = field(default_factory=list)

    @property
    def first(self) -> int | None:
        """Number, from 0, of the first item with a finding; None where that is about all of it, or there is none."""
        if self.whole:
            return None
        return next((number for number, one in enumerate(self.items) if one.hits or one.missed), None)


@dataclass(slots=True)
class Tally:
    """What was found of one behaviour."""

    behaviour: str
    title: str
    trait: str
    sign: str
    hits: int = 0
    missed: int = 0


def tallies(findings: Sequence[Finding]) -> list[Tally]:
    """Return how much was found of each behaviour; strengths first, then weaknesses; what counts no longer is out."""
    found: dict[str, Tally] = {}
    for one in findings:
        if one.upheld:
            continue
        tally = found.setdefault(one.behaviour, Tally(one.behaviour, one.title, one.trait, one.sign))
        if one.kind == "hit":
            tally.hits += 1
        else:
            tally.missed += 1
    order = {"+": 0, "-": 1, "0": 2}
    return sorted(found.values(), key=lambda one: (order[one.sign], -one.hits, -one.missed, one.title))


def pieces(text: str, hits: Sequence[tuple[int, Finding]]) -> list[Piece]:
    """Return a turn's text cut where hits begin and end. Spans are cut to the text; several may overlap."""
    size = len(text)
    spans = [
        (number, max(0, one.begin), min(one.end, size), one)
        for number, one in hits
        if one.begin is not None and one.end is not None
    ]
    spans = [span for span in spans if span[1] < span[2]]
    cuts = sorted({0, size, *(edge for _, begin, end, _ in spans for edge in (begin, end))})
    found = []
    for begin, end in pairwise(cuts):
        over = [span for span in spans if span[1] < end and span[2] > begin]
        signs = {one.sign for *_, one in over}
        found.append(
            Piece(
                harmless(text[begin:end]),
                tuple(number for number, *_ in over),
                tuple((number, one.title) for number, _, last, one in over if last == end),
                (signs.pop() if len(signs) == 1 else "0") if over else "",
            )
        )
    return found


def lay_out(
    conversation: Conversation,
    turns: Sequence[Turn],
    events: Sequence[Event],
    participants: Mapping[str, Participant],
    findings: Sequence[Finding],
) -> Laid:
    """Return the conversation in order; events stand where their time puts them, those without one at the end."""
    numbered = list(enumerate(findings, start=1))
    hits: dict[int, list[tuple[int, Finding]]] = {}
    missed: dict[int, list[tuple[int, Finding]]] = {}
    at_events: dict[int, list[tuple[int, Finding]]] = {}
    whole: list[tuple[int, Finding]] = []
    numbers = {turn.number for turn in turns}
    for number, one in numbered:
        if one.event is not None:
            at_events.setdefault(one.event, []).append((number, one))
        elif one.turn is None or one.turn not in numbers:
            whole.append((number, one))
        else:
            (hits if one.kind == "hit" else missed).setdefault(one.turn, []).append((number, one))

    def called(key: str) -> tuple[str, Person | None]:
        who = participants.get(key)
        if who is None:
            return "", None
        return (who.person.name if who.person is not None else who.name), who.person

    waiting = [_happening(one, called(one.speaker)[0], at_events.get(one.number, [])) for one in events]
    timed = sorted((one for one in waiting if one.at is not None), key=lambda one: one.at or datetime.max)
    items: list[Said | Happening] = []
    for turn in turns:
        at = _moment(conversation, turn)
        while timed and at is not None and timed[0].at is not None and timed[0].at < at:
            items.append(timed.pop(0))
        name, person = called(turn.speaker)
        own = hits.get(turn.number, [])
        items.append(
            Said(
                turn.number,
                turn.role,
                name if turn.role != "customer" else "",
                person,
                pieces(turn.shown, own),
                turn.private,
                turn.start,
                turn.end,
                turn.at,
                own,
                missed.get(turn.number, []),
            )
        )
    items += [*timed, *(one for one in waiting if one.at is None)]
    return Laid(items, whole)


def _happening(event: Event, name: str, found: list[tuple[int, Finding]]) -> Happening:
    return Happening(
        event.kind,
        name,
        event.at,
        event.value,
        [one for one in found if one[1].kind == "hit"],
        [one for one in found if one[1].kind == "missed"],
    )


def _moment(conversation: Conversation, turn: Turn) -> datetime | None:
    if turn.at is not None:
        return turn.at
    if turn.start is not None and conversation.started_at is not None:
        try:
            return conversation.started_at + timedelta(seconds=turn.start)
        except OverflowError:
            return None
    return None
