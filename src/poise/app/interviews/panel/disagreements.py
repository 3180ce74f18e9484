"""Where raters differ about one candidate, question by question, with the words that each rests on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from poise.app.accounts.models import User
from poise.app.interviews.blinding import open_interviews
from poise.app.interviews.campaigns.models import Candidate, Interview, Seat
from poise.app.interviews.room.models import Mark, Quote, Rating
from poise.knowledge.interviews import MARKS, Question

__all__ = ["MOST_QUOTES", "Laid", "Said", "Seen", "laid_open", "marks_of", "open_of"]

MOST_QUOTES: Final = 10
"""Quotes of a rater on one question that the page shows; it says how many more there are."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one rater gave an answer, and the words that it rests on. ``level`` None is "not observed".

    A rating that was set aside after an objection stays readable and counts for nothing.
    """

    rater: User
    level: int | None
    set_aside: bool
    quotes: tuple[tuple[datetime, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class Laid:
    """One question in one interview as all its raters saw it, in the order of their seats."""

    interview: Interview
    question: Question
    said: tuple[Said, ...]

    @property
    def several(self) -> bool:
        """Whether more than one rater rated it or observed nothing, so that they can differ."""
        return sum(not one.set_aside for one in self.said) > 1

    @property
    def apart(self) -> int:
        """How many levels lie between the highest and the lowest."""
        levels = [one.level for one in self.said if one.level is not None and not one.set_aside]
        return max(levels) - min(levels) if levels else 0

    @property
    def unseen(self) -> bool:
        """Whether some rated the answer and some observed nothing."""
        return len({one.level is None for one in self.said if not one.set_aside}) > 1


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a rater noted each kind of mark in an interview; never scored."""

    interview: Interview
    rater: User
    counts: tuple[tuple[str, int], ...]


def open_of(candidate: Candidate) -> list[Interview]:
    """The candidate's interviews in which all have submitted, in the order of stages. One query."""
    own = open_interviews(candidate.campaign).filter(candidate=candidate)
    return list(own.select_related("stage").order_by("stage__number", "pk"))


def laid_open(
    interviews: Iterable[Interview], questions: Iterable[Question], *, as_submitted: bool = False
) -> list[Laid]:
    """Return every question that was rated, those with the largest disagreement first. Three queries.

    Equal ones stand in the order of stages and of the kit's questions; ratings of questions that are not among
    ``questions`` are left out. ``as_submitted`` tells nothing of what was set aside later.
    """
    held = {one.pk: one for one in interviews}
    kit = {question.id: question for question in questions}
    seats = list(Seat.objects.filter(interview__in=held).select_related("rater").order_by("interview", "-asks", "pk"))
    rated = {(row.seat_id, row.question): row for row in Rating.objects.filter(seat__in=seats)}
    quotes: dict[tuple[int, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in Quote.objects.filter(seat__in=seats).order_by("at", "pk"):
        quotes[row.seat_id, row.question].append((row.at, row.text))
    found = []
    for interview in held.values():
        own = [seat for seat in seats if seat.interview_id == interview.pk]
        for key, question in kit.items():
            said = tuple(
                Said(
                    seat.rater,
                    rated[seat.pk, key].level,
                    not as_submitted and rated[seat.pk, key].set_aside_at is not None,
                    tuple(quotes[seat.pk, key][:MOST_QUOTES]),
                    max(len(quotes[seat.pk, key]) - MOST_QUOTES, 0),
                )
                for seat in own
                if (seat.pk, key) in rated
            )
            if said:
                found.append(Laid(interview, question, said))
    return sorted(found, key=lambda one: (-one.apart, not one.unseen))


def marks_of(interviews: Iterable[Interview]) -> list[Seen]:
    """Return the marks of each rater who noted any. One query."""
    held = {one.pk: one for one in interviews}
    rows = (
        Mark.objects.filter(seat__interview__in=held)
        .select_related("seat__rater")
        .order_by("seat__interview", "seat", "pk")
    )
    counts: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    raters: dict[int, User] = {}
    for row in rows:
        counts[row.seat.interview_id, row.seat.rater_id][row.kind] += 1
        raters[row.seat.rater_id] = row.seat.rater
    return [
        Seen(held[interview], raters[rater], tuple((kind, own[kind]) for kind in MARKS if own[kind]))
        for (interview, rater), own in counts.items()
    ]
