"""Do interview levels go with later work? In aggregate only: the one place where selection and coaching are joined.

The wall between the two stands: nothing here returns a row of a person, nothing is said of fewer than :data:`FEWEST`,
and no correlation below :data:`poise.estimation.prediction.SHOW` people. The interview's side is what was before the
person who decided (kept with the decision), so that later ratings and objections do not move the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np
from django.db.models import QuerySet

from poise.app.interviews.campaigns.models import Campaign
from poise.app.interviews.decisions.models import Decision
from poise.app.people.models import Estimate, Purpose
from poise.estimation.prediction import SHOW, Validity, validity
from poise.reports.titles import titles

__all__ = ["FEWEST", "Found", "validity_of"]

FEWEST: Final = 5
"""People below whom nothing is said, not even how many they are."""
_WORK: Final = "conversation"


@dataclass(frozen=True, slots=True)
class Found:
    """How far the interviews' levels on one trait or cluster go with levels at work.

    Attributes
    ----------
    people
        Who were hired and have both levels; None where they are fewer than :data:`FEWEST`.
    validity
        None below :data:`~poise.estimation.prediction.SHOW` people: not enough to say anything.
    """

    code: str
    people: int | None
    validity: Validity | None

    @property
    def tells(self) -> bool:
        """Whether there is a correlation: enough people, who differ."""
        return self.validity is not None and isfinite(self.validity.observed)

    @property
    def corrected(self) -> bool:
        """Whether it is known how much applicants differ."""
        return self.validity is not None and isfinite(self.validity.corrected)


def validity_of(campaigns: QuerySet[Campaign]) -> list[Found]:
    """Return the validity by trait and cluster over all campaigns given. Two queries, however many people there are."""
    hired: dict[int, Mapping[str, float]] = {}
    applied: dict[str, list[float]] = {}
    seen: set[int] = set()
    # the last decision holds
    for candidate, person, figures in (
        Decision.objects.filter(candidate__campaign__in=campaigns)
        .order_by("-pk")
        .values_list("candidate", "candidate__person__id", "seen")
    ):
        if candidate in seen:
            continue
        seen.add(candidate)
        levels = _levels(figures)
        for code, mean in levels.items():
            applied.setdefault(code, []).append(mean)
        if person is not None:
            hired.setdefault(person, levels)
    pairs = _joined(hired, campaigns)
    names = titles("en")
    return [_found(code, pairs.get(code, ()), applied[code]) for code in names.order(list(applied))]


def _levels(seen: Iterable[Mapping[str, object]]) -> dict[str, float]:
    """Return the levels that stood beside the form when it was decided."""
    for one in seen:
        figures = one.get("levels")
        if isinstance(figures, list):
            return {level["code"]: float(level["mean"]) for level in figures if level.get("mean") is not None}
    return {}


def _joined(
    hired: Mapping[int, Mapping[str, float]], campaigns: QuerySet[Campaign]
) -> dict[str, list[tuple[float, float]]]:
    """Return (level in the interview, level at work) by trait and cluster: numbers without anybody's key. One query."""
    rows = (
        Estimate.objects.filter(
            person__candidacies__campaign__in=campaigns,
            purpose=Purpose.COACHING,
            source=_WORK,
            period="",
            shown=True,
            mean__isnull=False,
        )
        .order_by("pk")
        .values_list("person__id", "trait", "mean")
        .distinct()
    )
    found: dict[str, list[tuple[float, float]]] = {}
    for person, trait, mean in rows:
        level = hired[person].get(trait) if person in hired else None
        if level is not None and mean is not None:
            found.setdefault(trait, []).append((level, mean))
    return found


def _found(code: str, pairs: Iterable[tuple[float, float]], applied: list[float]) -> Found:
    both = np.array(list(pairs), dtype=float).reshape(-1, 2)
    people = len(both)
    if people < FEWEST:
        return Found(code, None, None)
    if people < SHOW:
        return Found(code, people, None)
    spread = float(np.std(applied, ddof=1))
    return Found(code, people, validity(both[:, 0], both[:, 1], applicant_sd=spread if spread > 0 else None))
