"""How structured a campaign's interviews were: fifteen components, each by a fact in the database.

The components are those of Campion, Palmer & Campion (1997), in their order. Nothing is asked of anybody: what no row
tells is *not known*, and the index counts only what is met.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from django.db.models import Count, Q

from poise.app.interviews.blinding import open_interviews
from poise.app.interviews.calibration.passing import State, standings
from poise.app.interviews.campaigns.models import Campaign, Candidate, Seat, Stage
from poise.app.interviews.panel.models import Look
from poise.app.interviews.room.models import Entry, Quote, Rating
from poise.knowledge.interviews import LEVELS, STRENGTHS, Kit

__all__ = ["COMPONENTS", "MOST_PROBES", "QUESTIONS", "Component", "Structure", "structure"]

MOST_PROBES: Final = 5
"""Standard probes up to which prompting counts as limited."""
QUESTIONS: Final = 10
"""Rated questions, over all stages, from which on an interview counts as long."""
_ANCHORED: Final = ("1", "3", "5")


@dataclass(frozen=True, slots=True)
class Component:
    """One component: whether it is met (None: not known), by which numbers."""

    code: str
    met: bool | None
    facts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Structure:
    """The fifteen components, and how many are met."""

    components: tuple[Component, ...]

    @property
    def index(self) -> int:
        """0 to 15."""
        return sum(one.met is True for one in self.components)

    @property
    def unknown(self) -> int:
        """How many no fact decides yet."""
        return sum(one.met is None for one in self.components)


def structure(campaign: Campaign) -> Structure:
    """Return the structure of a campaign's open interviews, the recorded one and the alternative process left out.

    A fixed number of queries.
    """
    facts = _Facts(campaign)
    return Structure(tuple(Component(code, *judge(facts)) for code, judge in COMPONENTS.items()))


class _Seat(NamedTuple):
    key: int
    rater: int
    interview: int
    candidate: int
    stage: int
    submitted_at: datetime


class _Glance(NamedTuple):
    user: int
    candidate: int | None
    at: datetime


class _Facts:
    """What the database says, each asked once."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.kit: Kit = campaign.kit.read()
        self.scored = [question for question in self.kit.questions if question.scored]
        self.interviews = list(
            open_interviews(campaign)
            .filter(candidate__anchor=False, candidate__alternative=False)
            .order_by("pk")
            .values("pk", "candidate", "stage")
        )
        rows = Seat.objects.filter(
            interview__in=[one["pk"] for one in self.interviews], submitted_at__isnull=False
        ).order_by("pk")
        places = ("pk", "rater", "interview", "interview__candidate", "interview__stage", "submitted_at")
        self.seats = [
            _Seat(key, rater, interview, candidate, stage, at)
            for key, rater, interview, candidate, stage, at in rows.values_list(*places)
            if at is not None
        ]
        self._keys = [seat.key for seat in self.seats]

    @cached_property
    def asked_in(self) -> dict[int, set[str]]:
        """Stage → its rated questions, as they are asked."""
        own = {question.id for question in self.scored}
        return {
            stage.pk: {key for key in stage.questions if key in own} if stage.questions else set(own)
            for stage in Stage.objects.filter(campaign=self.campaign)
        }

    @cached_property
    def ratings(self) -> dict[tuple[int, str], int | None]:
        """Seat and question → level; None is "not observed"."""
        rows = Rating.objects.filter(seat__in=self._keys).values_list("seat", "question", "level")
        return {(seat, question): level for seat, question, level in rows}

    @cached_property
    def asked_at(self) -> dict[int, dict[str, datetime]]:
        """Seat → question → when its rater first marked it as asked."""
        found: dict[int, dict[str, datetime]] = defaultdict(dict)
        rows = Entry.objects.filter(seat__in=self._keys, kind="asked").exclude(question="").order_by("at", "uuid")
        for seat, question, at in rows.values_list("seat", "question", "at"):
            found[seat].setdefault(question, at)
        return found

    @cached_property
    def quoted(self) -> dict[tuple[int, str], int]:
        """Seat and question → quotes."""
        rows = Quote.objects.filter(seat__in=self._keys).order_by().values_list("seat", "question")
        return {(seat, question): n for seat, question, n in rows.annotate(n=Count("pk"))}

    @cached_property
    def looks(self) -> list[_Glance]:
        """Who looked at what, of those who rated."""
        rows = Look.objects.filter(campaign=self.campaign, user__in={seat.rater for seat in self.seats}).order_by("pk")
        return [_Glance(*row) for row in rows.values_list("user", "candidate", "at")]

    @cached_property
    def of_candidate(self) -> dict[int, list[_Seat]]:
        """Candidate → all seats at their interviews."""
        found: dict[int, list[_Seat]] = defaultdict(list)
        for seat in self.seats:
            found[seat.candidate].append(seat)
        return found

    @cached_property
    def by_stage(self) -> dict[int, list[frozenset[int]]]:
        """Stage → the raters of each of its interviews."""
        of: dict[int, set[int]] = defaultdict(set)
        for seat in self.seats:
            of[seat.interview].add(seat.rater)
        found: dict[int, list[frozenset[int]]] = defaultdict(list)
        for one in self.interviews:
            found[one["stage"]].append(frozenset(of[one["pk"]]))
        return found


_Judged = tuple[bool | None, dict[str, int]]


def _share(n: int, of: int) -> _Judged:
    """Met where all are; not known where there are none."""
    return (None if not of else n == of), {"n": n, "of": of}


def _job_analysis(facts: _Facts) -> _Judged:
    words = len(facts.campaign.kit.job_analysis.split())
    return words > 0, {"n": words}


def _same_questions(facts: _Facts) -> _Judged:
    asked: dict[int, set[str]] = defaultdict(set)
    for seat in facts.seats:
        asked[seat.interview] |= facts.asked_at.get(seat.key, {}).keys()
        asked[seat.interview] |= {
            key for (own, key), level in facts.ratings.items() if own == seat.key and level is not None
        }
    whole = sum(facts.asked_in.get(one["stage"], set()) <= asked[one["pk"]] for one in facts.interviews)
    return _share(whole, len(facts.interviews))


def _limited_prompting(facts: _Facts) -> _Judged:
    n = len(facts.kit.probes)
    return n <= MOST_PROBES, {"n": n, "most": MOST_PROBES}


def _question_types(facts: _Facts) -> _Judged:
    forms = defaultdict(set)
    for question in facts.scored:
        forms[question.trait].add(question.form)
    return _share(sum({"past", "dilemma"} <= forms[trait] for trait in facts.kit.traits), len(facts.kit.traits))


def _number_of_questions(facts: _Facts) -> _Judged:
    n = len(set().union(*facts.asked_in.values()))
    return n >= QUESTIONS, {"n": n, "least": QUESTIONS}


def _ancillary_information(facts: _Facts) -> _Judged:
    """Who rated somebody at another stage before knows more of them than their answers here."""
    knew = sum(
        any(
            other.rater == seat.rater
            and other.candidate == seat.candidate
            and other.interview != seat.interview
            and (other.submitted_at, other.key) < (seat.submitted_at, seat.key)
            for other in facts.of_candidate[seat.candidate]
        )
        for seat in facts.seats
    )
    return _share(len(facts.seats) - knew, len(facts.seats))


def _candidates_questions(facts: _Facts) -> _Judged:
    """The part that belongs to the candidate, their own strengths and weaknesses, comes after all that is rated."""
    order = [question.id for question in facts.kit.questions]
    last = order and order[-1] == STRENGTHS
    kept = of = 0
    for asked in facts.asked_at.values():
        if STRENGTHS in asked:
            of += 1
            kept += all(at <= asked[STRENGTHS] for at in asked.values())
    return bool(last) and kept == of, {"last": int(bool(last)), "n": kept, "of": of}


def _each_answer_rated(facts: _Facts) -> _Judged:
    wanted = [(seat.key, key) for seat in facts.seats for key in facts.asked_in.get(seat.stage, set())]
    return _share(sum(one in facts.ratings for one in wanted), len(wanted))


def _anchors(facts: _Facts) -> _Judged:
    language = facts.campaign.language
    anchored = sum(all(one.anchors.get(level, {}).get(language) for level in _ANCHORED) for one in facts.scored)
    return _share(anchored, len(facts.scored))


def _notes(facts: _Facts) -> _Judged:
    rated = [one for one, level in facts.ratings.items() if level in LEVELS]
    met, numbers = _share(sum(facts.quoted.get(one, 0) > 0 for one in rated), len(rated))
    return met, {**numbers, "quotes": sum(facts.quoted.values())}


def _several_raters(facts: _Facts) -> _Judged:
    raters = [own for stage in facts.by_stage.values() for own in stage]
    return _share(sum(len(own) > 1 for own in raters), len(raters))


def _same_raters(facts: _Facts) -> _Judged:
    """Interviews of a stage that have the raters which most of them have."""
    if max((len(own) for own in facts.by_stage.values()), default=0) < 2:
        return None, {"n": 0, "of": 0}
    return _share(
        sum(max(own.count(one) for one in own) for own in facts.by_stage.values()),
        sum(len(own) for own in facts.by_stage.values()),
    )


def _no_discussion(facts: _Facts) -> _Judged:
    """Nobody had looked at the panel's pages about the candidate, or the campaign, before they submitted."""
    first = {key: min(seat.submitted_at for seat in own) for key, own in facts.of_candidate.items()}
    looked = sum(
        any(
            look.user == seat.rater
            and look.at < seat.submitted_at
            and (
                look.candidate == seat.candidate
                # what is about the whole campaign shows a candidate once somebody has submitted
                or (look.candidate is None and look.at >= first[seat.candidate])
            )
            for look in facts.looks
        )
        for seat in facts.seats
    )
    return _share(len(facts.seats) - looked, len(facts.seats))


def _training(facts: _Facts) -> _Judged:
    """Raters who stood as calibrated on this kit before their first rating here."""
    first: dict[int, datetime] = {}
    for seat in facts.seats:
        first[seat.rater] = min(first.get(seat.rater, seat.submitted_at), seat.submitted_at)
    kit = facts.campaign.kit
    stood = standings(first, [kit], until=first)  # a pass on another kit, or a later one, trained nobody for these
    trained = sum(stood[rater, kit.pk].state is State.PASSED for rater in first)
    return _share(trained, len(first))


def _statistical_combination(facts: _Facts) -> _Judged:
    """Levels are always worked out by the fit; what is left to see is whether decisions went by the evidence."""
    # the room of decisions lies above this one, so its rows are reached by the relation that it adds
    decided = Candidate.objects.filter(campaign=facts.campaign, anchor=False, alternative=False).aggregate(
        of=Count("decisions"), against=Count("decisions", filter=Q(decisions__override=True))
    )
    return _share(decided["of"] - decided["against"], decided["of"])


COMPONENTS: Final[Mapping[str, Callable[[_Facts], _Judged]]] = {
    "job_analysis": _job_analysis,
    "same_questions": _same_questions,
    "limited_prompting": _limited_prompting,
    "question_types": _question_types,
    "number_of_questions": _number_of_questions,
    "ancillary_information": _ancillary_information,
    "candidates_questions": _candidates_questions,
    "each_answer_rated": _each_answer_rated,
    "anchors": _anchors,
    "notes": _notes,
    "several_raters": _several_raters,
    "same_raters": _same_raters,
    "no_discussion": _no_discussion,
    "training": _training,
    "statistical_combination": _statistical_combination,
}
"""In the order of Campion, Palmer & Campion (1997): seven of content, eight of evaluation."""
