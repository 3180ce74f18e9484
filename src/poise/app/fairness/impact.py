"""Adverse impact of each step: groups beside the group that moves forward most, over campaigns as strata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from poise.app.fairness.models import VoluntaryAnswer
from poise.app.fairness.outcomes import Applicant
from poise.app.fairness.small_cells import Row, Shown, shown
from poise.estimation.fairness import Impact, Strata, Stratum, across_strata, adverse_impact

__all__ = ["LEAST_EXPECTED", "LEAST_REFERENCE", "QUESTIONS", "Compared", "Reading", "Table", "tables"]

Question = Literal["sex", "ethnicity", "both"]
QUESTIONS: Final[tuple[Question, ...]] = ("sex", "ethnicity", "both")
LEAST_EXPECTED: Final = 5.0
"""People expected in each cell by chance alone; with fewer, no test of two groups says anything (Cochran 1954)."""
LEAST_REFERENCE: Final = 30
"""People of the group with which others are compared, where one is so large: against fewer nothing can be told."""
_P: Final = 0.05


class Reading(StrEnum):
    """What the figures of two groups come to. None of them is proof or acquittal."""

    FEW = "few"
    BELOW_BEYOND_CHANCE = "below_beyond_chance"
    BELOW = "below"
    BEYOND_CHANCE = "beyond_chance"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Compared:
    """One row beside the reference; ``impact`` and ``strata`` are None for the reference and for rows put together."""

    row: Row
    reference: bool
    impact: Impact | None
    strata: Strata | None
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Table:
    """One question at one step.

    Attributes
    ----------
    unknown
        People who did not answer it. They are in no row.
    hidden
        Why nothing is shown (:class:`poise.app.fairness.small_cells.Shown`).
    """

    question: Question
    rows: tuple[Compared, ...]
    unknown: int
    hidden: str


def category(question: Question, given: VoluntaryAnswer | None) -> str | None:
    """Return the category of an answer: its code, both codes for the crossed table, None where it is not known."""
    if given is None:
        return None
    if question == "both":
        return f"{given.ethnicity} {given.sex}" if given.sex and given.ethnicity else None
    return str(getattr(given, question)) or None


def tables(
    people: Sequence[Applicant], step: int, answers: Mapping[int, VoluntaryAnswer], *, ethnicity: bool = True
) -> list[Table]:
    """Return the tables of one step: by sex and, where it is asked, by ethnicity and both."""
    return [_table(people, step, answers, one) for one in (QUESTIONS if ethnicity else QUESTIONS[:1])]


def _table(people: Sequence[Applicant], step: int, answers: Mapping[int, VoluntaryAnswer], question: Question) -> Table:
    said = [(one, category(question, answers.get(one.key))) for one in people]
    counts = _counts([(code, one.forward[step]) for one, code in said if code is not None])
    seen = shown(counts, crossed=question == "both")
    strata = {
        campaign: _counts([(code, one.forward[step]) for one, code in said if code and one.campaign == campaign])
        for campaign in sorted({one.campaign for one in people})
    }
    return Table(question, _compare(seen, list(strata.values())), sum(code is None for _, code in said), seen.hidden)


def _counts(said: Sequence[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    people = Counter(code for code, _ in said)
    forward = Counter(code for code, moved in said if moved)
    return {code: (people[code], forward[code]) for code in people}


def _compare(seen: Shown, strata: Sequence[Mapping[str, tuple[int, int]]]) -> tuple[Compared, ...]:
    single = [row for row in seen.rows if row.single and row.counted]
    large = [row for row in single if row.people >= LEAST_REFERENCE]
    most = max(large or single, key=lambda row: (row.rate, row.people), default=None)
    found = []
    for row in seen.rows:
        if most is None or row is most or not row.single:
            found.append(Compared(row, row is most, None, None, None))
            continue
        impact = adverse_impact(row.counted, row.people, most.counted, most.people)
        over = _across(row.codes[0], most.codes[0], strata) if len(strata) > 1 else None
        found.append(Compared(row, False, impact, over, _reading(impact)))
    return tuple(found)


def _across(focal: str, reference: str, strata: Sequence[Mapping[str, tuple[int, int]]]) -> Strata:
    nobody = (0, 0)
    cells = [(one.get(focal, nobody), one.get(reference, nobody)) for one in strata]
    return across_strata([Stratum(a[1], a[0], b[1], b[0]) for a, b in cells])


def _reading(impact: Impact) -> Reading:
    people, forward = impact.n + impact.reference_n, impact.selected + impact.reference_selected
    expected = min(
        n * outcome / people for n in (impact.n, impact.reference_n) for outcome in (forward, people - forward)
    )
    if expected < LEAST_EXPECTED:
        return Reading.FEW
    # test and interval are made differently; both have to say so
    beyond = impact.p_mid < _P and not impact.low <= 1 <= impact.high
    if impact.below:
        return Reading.BELOW_BEYOND_CHANCE if beyond else Reading.BELOW
    return Reading.BEYOND_CHANCE if beyond else Reading.NOTHING
