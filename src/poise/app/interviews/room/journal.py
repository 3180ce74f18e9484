"""What a rater's journal comes to: a pure function of its entries, whatever order they came in and however often.

Entries are ordered by (``at``, ``uuid``); one that is there twice counts once. What was taken back is gone even where
its clock says that it was taken back before it was there. :file:`static/room-notes.js` does the same in the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from poise.knowledge.interviews import Question

__all__ = ["KINDS", "Happening", "Lack", "Level", "Marked", "Said", "State", "fold", "lacking"]

KINDS: Final = ("asked", "quoted", "unquoted", "marked", "unmarked", "rated", "not_observed", "submitted")


class Happening(Protocol):
    """An entry: :class:`poise.app.interviews.room.models.Entry`, or anything with its columns.

    ``detail`` is, by kind: ``quoted`` {text}, ``marked`` {kind}, ``unquoted`` and ``unmarked`` {of: uuid},
    ``rated`` {level: 1..5}; empty for the others.
    """

    uuid: UUID
    kind: str
    question: str
    detail: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A quote that holds. ``uuid`` is its entry's."""

    uuid: UUID
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark that holds; ``question`` is empty where it is about the whole interview."""

    uuid: UUID
    kind: str
    question: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Level:
    """The level given last, 1..5; None is "not observed"."""

    level: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """What holds.

    Attributes
    ----------
    asked
        Question → when it was first asked, in that order.
    quotes
        Question → its quotes, in their order.
    marks
        In their order.
    levels
        Question → level.
    submitted_at
        When the rater first said that they are done.
    """

    asked: Mapping[str, datetime] = field(default_factory=dict)
    quotes: Mapping[str, Sequence[Said]] = field(default_factory=dict)
    marks: Sequence[Marked] = ()
    levels: Mapping[str, Level] = field(default_factory=dict)
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a journal cannot be submitted yet: a question without a level, or a level that rests on no quote."""

    question: str
    what: Literal["level", "quote"]


def fold(entries: Iterable[Happening]) -> State:
    """What a journal comes to."""
    once: dict[UUID, Happening] = {}
    for one in sorted(entries, key=lambda one: (one.at, one.uuid, one.kind, one.question, repr(one.detail))):
        once.setdefault(one.uuid, one)
    back = {UUID(str(one.detail["of"])) for one in once.values() if one.kind in {"unquoted", "unmarked"}}
    asked: dict[str, datetime] = {}
    quotes: dict[str, list[Said]] = {}
    marks: list[Marked] = []
    levels: dict[str, Level] = {}
    submitted_at = None
    for one in once.values():
        match one.kind:
            case "asked":
                asked.setdefault(one.question, one.at)
            case "quoted" if one.uuid not in back:
                quotes.setdefault(one.question, []).append(Said(one.uuid, one.detail["text"], one.at))
            case "marked" if one.uuid not in back:
                marks.append(Marked(one.uuid, one.detail["kind"], one.question, one.at))
            case "rated":
                levels[one.question] = Level(one.detail["level"], one.at)
            case "not_observed":
                levels[one.question] = Level(None, one.at)
            case "submitted" if submitted_at is None:
                submitted_at = one.at
    return State(asked, {key: tuple(held) for key, held in quotes.items()}, tuple(marks), levels, submitted_at)


def lacking(state: State, questions: Iterable[Question]) -> list[Lack]:
    """What the scored ones of these questions still lack, in their order."""
    found = []
    for one in questions:
        if not one.scored:
            continue
        given = state.levels.get(one.id)
        if given is None:
            found.append(Lack(one.id, "level"))
        elif given.level is not None and not state.quotes.get(one.id):
            found.append(Lack(one.id, "quote"))
    return found
