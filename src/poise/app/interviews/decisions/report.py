"""What a candidate is told at the end: what was assessed and how, what they said, what it came to, what was decided.

It is about them alone: nobody else's name, no rank, no sum of everything. Raters are nobody by name, and whoever
decided is a role. Where somebody's words name another candidate or a colleague, the name is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from poise.app.interviews.blinding import open_interviews, waiting_for
from poise.app.interviews.campaigns.models import Candidate, Interview
from poise.app.interviews.decisions.deciding import found_of, last_decision
from poise.app.interviews.decisions.models import ENDS, Decision
from poise.app.interviews.decisions.naming import others_hidden
from poise.app.interviews.decisions.weighing import below
from poise.app.interviews.kits.laying import said
from poise.app.interviews.panel.levels import Level
from poise.app.interviews.recordings.evidence import LEAST_MINUTES, LEAST_OCCASIONS, Act, summary_of
from poise.app.interviews.room.models import Quote, Rating
from poise.knowledge.interviews import Kit, Question
from poise.reports.profile import MATTERS, SURE
from poise.reports.titles import Titles, titles

__all__ = [
    "Answer",
    "Finding",
    "Meeting",
    "NotGivenError",
    "Part",
    "Report",
    "Step",
    "given",
    "object_until",
    "parts_of",
    "report_of",
    "text_in",
]

_OBJECTION_DAYS: Final = 30
"""Days after the decision within which a candidate may object."""
_MIDDLE: Final = 3.0
_TO_WORK_ON: Final = 3
_STEPS: Final = 2
_BEST: Final = "5"


class NotGivenError(LookupError):
    """There is no report yet: nothing was decided for good, or ratings are still to come."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One interview: when, how, and how many rated it, each on their own."""

    at: datetime | None
    mode: str
    raters: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a candidate answered to one question, as raters quoted it, and how they rated it.

    Attributes
    ----------
    levels
        1 to 5, lowest first, so that nothing says whose is whose.
    unobserved
        Raters who could not judge the answer.
    set_aside
        Ratings that do not count, because an objection to them was upheld.
    """

    question: str
    text: str
    quotes: tuple[str, ...]
    levels: tuple[int, ...]
    unobserved: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class Part:
    """One trait with the answers that were about it."""

    code: str
    title: str
    definition: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What to aim for: what the best answer to a question is like, in the kit's own words."""

    question: str
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A level with its 90 % interval and what limits it, or why there is none (``limit``, ``reason``: the panel's)."""

    code: str
    kind: str
    title: str
    mean: float | None
    low: float | None
    high: float | None
    ratings: int
    raters: int
    reason: str
    limit: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that a candidate is told.

    Attributes
    ----------
    strengths
        Levels that lie above the middle of the scale with at least 80 % certainty.
    to_work_on
        The lowest of the others, each with what the best answers to its questions are like.
    between
        The rest.
    unknown
        Traits and clusters of which nothing is said, with why.
    acts
        What a program found in transcripts, a source of its own; empty where the candidate did not agree to it.
    alternative
        Nothing was computed: a person read the answers.
    outcome, reason, decided_on
        The decision that holds, in the words of whoever took it.
    object_until
        The last day for an objection.
    kept_until
        Null while the campaign is open; then ``months_kept`` counts from its end.
    """

    candidate: Candidate
    language: str
    job: str
    campaign: str
    meetings: tuple[Meeting, ...]
    parts: tuple[Part, ...]
    strengths: tuple[Finding, ...]
    to_work_on: tuple[Finding, ...]
    between: tuple[Finding, ...]
    unknown: tuple[Finding, ...]
    acts: tuple[Act, ...]
    alternative: bool
    outcome: str
    reason: str
    decided_on: date
    object_until: date
    kept_until: date | None
    months_kept: int
    contact: str
    least_occasions: int = LEAST_OCCASIONS
    least_minutes: float = LEAST_MINUTES

    @property
    def may_object(self) -> bool:
        """Whether the days for an objection are not over."""
        return timezone.localdate() <= self.object_until

    @property
    def limited(self) -> list[tuple[str, list[Finding]]]:
        """Levels that are said and rest on little, by what limits them."""
        found: dict[str, list[Finding]] = {}
        for one in (*self.strengths, *self.to_work_on, *self.between):
            if one.limit:
                found.setdefault(one.limit, []).append(one)
        return list(found.items())


def given(candidate: Candidate) -> bool:
    """Whether a candidate's report is theirs to read: decided for good, and nobody's ratings of them are to come."""
    decision = last_decision(candidate)
    if decision is None or decision.outcome not in ENDS:
        return False
    return not waiting_for(candidate.campaign).filter(interview__candidate=candidate).exists()


def object_until(decision: Decision) -> date:
    """Return the last day on which the candidate may object."""
    return timezone.localdate(decision.decided_at) + timedelta(days=_OBJECTION_DAYS)


def report_of(candidate: Candidate, language: str) -> Report:
    """Return the report of a candidate in a language: one of the kit's, else English.

    Raises
    ------
    NotGivenError
        Before it is theirs to read (:func:`given`).
    """
    decision = last_decision(candidate)
    if decision is None or not given(candidate):
        raise NotGivenError(f"candidate {candidate.pk} has no report yet")
    campaign = candidate.campaign
    kit, names = campaign.kit.read(), titles(language)
    interviews = _interviews(candidate)
    hide = others_hidden(candidate)
    answers = _answers(kit, interviews, language, hide)
    found = found_of(candidate)
    told = {one.code: _finding(one, kit, answers, names, language) for one in found.levels}
    shown = _finest(found.levels, names)
    strong = _lowest_first(told[one.code] for one in shown if _is_strength(one))
    others = _lowest_first(told[one.code] for one in shown if not _is_strength(one))
    work_on = others[:_TO_WORK_ON]
    if not others and strong:
        # whoever does everything well still hears what would be better yet, where something would
        work_on = [one for one in strong[:1] if one.steps]
    recorded = summary_of(candidate)
    return Report(
        candidate=candidate,
        language=language,
        job=campaign.kit.kit.title,
        campaign=campaign.title,
        meetings=tuple(Meeting(one.starts_at, one.mode, len(one.seats.all())) for one in interviews),
        parts=_parts(kit, answers, names),
        strengths=tuple(reversed(strong)),
        to_work_on=tuple(_each_once(work_on)),
        between=tuple(others[_TO_WORK_ON:]),
        unknown=tuple(told[one.code] for one in found.levels if not one.shown),
        acts=tuple(recorded.acts) if recorded is not None else (),
        alternative=candidate.alternative,
        outcome=decision.outcome,
        reason=hide(decision.reason),
        decided_on=timezone.localdate(decision.decided_at),
        object_until=object_until(decision),
        kept_until=candidate.keep_until,
        months_kept=campaign.retention_months,
        contact=campaign.contact,
    )


def parts_of(candidate: Candidate, language: str) -> tuple[Part, ...]:
    """Return what a candidate answered and how it was rated, by trait, for those who decide about them.

    Of open interviews only; names that stand in raters' words are left in.
    """
    kit = candidate.campaign.kit.read()
    return _parts(kit, _answers(kit, _interviews(candidate), language, str), titles(language))


def text_in(texts: Mapping[str, str], language: str) -> str:
    """Return a text of the kit in a language, else in what it is written in; empty where in none."""
    found = said(texts, language)
    return found.text if found is not None else ""


def _answers(kit: Kit, interviews: Sequence[Interview], language: str, hide: Callable[[str], str]) -> dict[str, Answer]:
    """Return what was said and rated by question, in the kit's order; questions that nobody rated are left out."""
    quotes: dict[str, list[str]] = {}
    for question, text in Quote.objects.filter(seat__interview__in=interviews).values_list("question", "text"):
        quotes.setdefault(question, []).append(hide(text))
    rated: dict[str, list[tuple[int | None, bool]]] = {}
    rows = Rating.objects.filter(seat__interview__in=interviews).values_list("question", "level", "set_aside_at")
    for question, level, aside in rows:
        rated.setdefault(question, []).append((level, aside is not None))
    return {
        one.id: Answer(
            question=one.id,
            text=text_in(one.text, language),
            quotes=tuple(dict.fromkeys(quotes.get(one.id, ()))),
            levels=tuple(sorted(level for level, aside in rated[one.id] if level is not None and not aside)),
            unobserved=sum(level is None for level, _ in rated[one.id]),
            set_aside=sum(aside for _, aside in rated[one.id]),
        )
        for one in kit.questions
        if one.scored and one.id in rated
    }


def _interviews(candidate: Candidate) -> list[Interview]:
    mine = open_interviews(candidate.campaign).filter(candidate=candidate)
    return list(mine.prefetch_related("seats").order_by("starts_at", "pk"))


def _parts(kit: Kit, answers: Mapping[str, Answer], names: Titles) -> tuple[Part, ...]:
    found = []
    for code in names.order(list(kit.traits)):
        own = tuple(answer for question, answer in answers.items() if kit.question(question).trait == code)
        if own:
            found.append(Part(code, names.trait(code), names.definition(code), own))
    return tuple(found)


def _finest(levels: Sequence[Level], names: Titles) -> list[Level]:
    """Return what may be shown: traits, and clusters only where they stand for a trait that cannot be told apart."""
    hidden = {one.code for one in levels if one.kind == "trait" and one.ratings and not one.shown}
    return [one for one in levels if one.shown and (one.kind == "trait" or hidden & set(names.members(one.code)))]


def _lowest_first(found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda one: (one.mean or 0, one.code))


def _is_strength(one: Level) -> bool:
    chance = below(one, _MIDDLE)
    return chance is not None and chance <= 1 - SURE and (one.mean or 0) >= _MIDDLE + MATTERS


def _finding(one: Level, kit: Kit, answers: Mapping[str, Answer], names: Titles, language: str) -> Finding:
    return Finding(
        code=one.code,
        kind=one.kind,
        title=names.trait(one.code),
        mean=one.mean if one.shown else None,
        low=one.low if one.shown else None,
        high=one.high if one.shown else None,
        ratings=one.ratings,
        raters=one.raters,
        reason="" if one.shown else one.reason,
        limit=one.reason if one.shown else "",
        steps=_steps(kit, answers, names.members(one.code), language),
    )


def _steps(kit: Kit, answers: Mapping[str, Answer], traits: Sequence[str], language: str) -> tuple[Step, ...]:
    """Return what the best answers are like where these traits' were lower, the lowest first.

    It is always the highest level: the words of a middling one often name what was still wrong with it.
    """
    rated: list[tuple[float, Question]] = [
        (sum(answers[one.id].levels) / len(answers[one.id].levels), one)
        for one in kit.questions
        if one.trait in traits and one.id in answers and answers[one.id].levels
    ]
    found = []
    for mean, question in sorted(rated, key=lambda pair: (pair[0], pair[1].id)):
        anchor = question.anchors.get(_BEST)
        if mean < int(_BEST) and anchor:
            found.append(Step(question.id, text_in(question.text, language), text_in(anchor, language)))
    return tuple(found)


def _each_once(found: Iterable[Finding]) -> Iterator[Finding]:
    """Leave each few steps, and none that stood before: a cluster is about its traits' answers, too."""
    named: set[str] = set()
    for one in found:
        steps = tuple(step for step in one.steps if step.question not in named)[:_STEPS]
        named |= {step.question for step in steps}
        yield replace(one, steps=steps)
