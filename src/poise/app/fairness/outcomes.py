"""Who moved forward, at each stage and to the job, from the decisions that people took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from poise.app.interviews.campaigns.models import Campaign, Candidate, Stage
from poise.app.interviews.decisions.models import ENDS, Decision

__all__ = ["JOB", "Applicant", "Applicants", "applicants"]

JOB: Final = 0
"""Stands for the job itself where steps are named by the numbers of their stages."""
_FORWARD: Final = (Decision.Outcome.ADVANCE, Decision.Outcome.HIRE)


@dataclass(frozen=True, slots=True)
class Applicant:
    """One candidate.

    Attributes
    ----------
    key, campaign
        Primary keys.
    forward
        By step: whether they moved forward; a step at which nothing is decided is not there.
    """

    key: int
    campaign: int
    forward: Mapping[int, bool]


@dataclass(frozen=True, slots=True)
class Applicants:
    """All candidates of some campaigns.

    Attributes
    ----------
    steps
        Number of a stage to its title (the first campaign's), in order; the job comes last, without a title.
    withdrew
        How many withdrew before anything was decided; they count at no step.
    """

    all: tuple[Applicant, ...]
    steps: Mapping[int, str]
    withdrew: int

    def at(self, step: int) -> list[Applicant]:
        """Those about whom something was decided at a step."""
        return [one for one in self.all if step in one.forward]


def applicants(campaigns: Sequence[Campaign]) -> Applicants:
    """Return the candidates of these campaigns with what was decided. Three queries.

    Of several decisions at one stage the last holds; "waits" takes back what was decided before. Whoever was offered
    the job moved forward from the stage where that was decided. For the job everybody counts who was offered it or is
    not considered further, at whatever stage.
    """
    keys = [one.pk for one in campaigns]
    people = Candidate.objects.filter(campaign__in=keys, anchor=False).order_by("pk")
    last: dict[int, dict[int, str]] = {}
    ends: dict[int, str] = {}
    decided = Decision.objects.filter(candidate__campaign__in=keys, candidate__anchor=False).order_by("pk")
    for candidate, number, outcome in decided.values_list("candidate", "stage__number", "outcome"):
        last.setdefault(candidate, {})[number] = outcome
        ends[candidate] = outcome
    found = []
    withdrew = 0
    for key, campaign, state in people.values_list("pk", "campaign", "state"):
        forward = {
            number: outcome in _FORWARD
            for number, outcome in last.get(key, {}).items()
            if outcome != Decision.Outcome.WAIT
        }
        if ends.get(key) in ENDS:
            forward[JOB] = ends[key] == Decision.Outcome.HIRE
        if state == Candidate.State.WITHDRAWN and not forward:
            withdrew += 1
        found.append(Applicant(key, campaign, forward))
    steps: dict[int, str] = {}
    for number, title in (
        Stage.objects.filter(campaign__in=keys).order_by("number", "pk").values_list("number", "title")
    ):
        steps.setdefault(number, title)
    return Applicants(tuple(found), {**steps, JOB: ""}, withdrew)
