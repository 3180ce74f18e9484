"""The tables of New York City's Local Law 144, prepared for an independent auditor from answers and outcomes.

No single score exists in Poise, so the scoring rate is worked out for each trait or cluster whose level is shown to
those who decide. Candidates of the alternative process have no level and are in no scoring table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from poise.app.fairness.impact import QUESTIONS, Question, category
from poise.app.fairness.models import VoluntaryAnswer
from poise.app.fairness.outcomes import Applicants
from poise.app.fairness.small_cells import shown
from poise.app.interviews.campaigns.models import Campaign
from poise.app.interviews.panel.levels import levels
from poise.estimation.fairness_ll144 import Category, ImpactTable, Tables, category_table, scoring, selection

__all__ = ["Part", "Seen", "as_seen", "scoring_tables", "selection_tables"]


@dataclass(frozen=True, slots=True)
class Part:
    """The three tables of one step (``code`` is its number) or of one trait or cluster.

    ``people`` are all in the sample, of whom ``without`` have answered neither question.
    """

    kind: str
    code: str
    tables: Tables
    people: int
    without: int

    def three(self) -> list[tuple[Question, ImpactTable]]:
        """The tables by what they are about."""
        return list(zip(QUESTIONS, (self.tables.sex, self.tables.race, self.tables.intersectional), strict=True))


@dataclass(frozen=True, slots=True)
class Seen:
    """A table as a page may show it: categories put together are several codes in one row."""

    question: Question
    rows: tuple[tuple[tuple[str, ...], Category], ...]
    unknown: int
    hidden: str


def selection_tables(
    people: Applicants,
    answers: Mapping[int, VoluntaryAnswer],
    *,
    leave_out_small: bool = False,
    justification: str = "",
) -> list[Part]:
    """Return selection rates of each step at which anything was decided."""
    found = []
    for step in people.steps:
        there = people.at(step)
        if there:
            given = [answers.get(one.key) for one in there]
            made = selection(
                [category("sex", one) for one in given],
                [category("ethnicity", one) for one in given],
                [one.forward[step] for one in there],
                leave_out_small=leave_out_small,
                justification=justification,
            )
            found.append(Part("selection", str(step), made, len(there), sum(one is None for one in given)))
    return found


def scoring_tables(
    campaigns: Iterable[Campaign],
    answers: Mapping[int, VoluntaryAnswer],
    *,
    unknown_in_median: bool = True,
    leave_out_small: bool = False,
    justification: str = "",
) -> list[Part]:
    """Return scoring rates of each trait and cluster whose level is shown; the median is that of all campaigns."""
    scores: dict[str, list[tuple[int, float]]] = {}
    for campaign in campaigns:
        for one in levels(campaign):
            if one.shown and one.mean is not None:
                scores.setdefault(one.code, []).append((one.candidate, one.mean))
    found = []
    for code, rows in scores.items():
        given = [answers.get(candidate) for candidate, _ in rows]
        made = scoring(
            [category("sex", one) for one in given],
            [category("ethnicity", one) for one in given],
            [mean for _, mean in rows],
            unknown_in_median=unknown_in_median,
            leave_out_small=leave_out_small,
            justification=justification,
        )
        found.append(Part("scoring", code, made, len(rows), sum(one is None for one in given)))
    return found


def as_seen(part: Part) -> Sequence[Seen]:
    """Return the tables of a part as a page may show them."""
    found = []
    for question, table in part.three():
        seen = shown({row.name: (row.people, row.counted) for row in table.categories}, crossed=question == "both")
        names = ["+".join(row.codes) for row in seen.rows]
        again = category_table(names, [row.people for row in seen.rows], [row.counted for row in seen.rows])
        rows = tuple(zip((row.codes for row in seen.rows), again.categories, strict=True))
        found.append(Seen(question, rows, table.unknown, seen.hidden))
    return found
