"""The campaign's panel laid out for a page: by name for those who hire, by code for those who audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from poise.app.interviews.campaigns.models import Campaign, Candidate
from poise.app.interviews.kits.laying import said
from poise.app.interviews.panel.gathering import raters_by_code
from poise.app.interviews.panel.levels import Level, Standing
from poise.app.interviews.panel.methods import Methods, methods
from poise.app.interviews.panel.quality import Pair, Quality, quality
from poise.app.interviews.panel.structure import Structure, structure
from poise.app.interviews.panel.wording import misfits, words
from poise.reports.quotes import clean
from poise.reports.titles import titles

__all__ = ["CandidateRow", "Names", "Overview", "RaterRow", "Who", "lay_out"]

_SHORT = 80


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody on the page: what they are called, and the key of their own page where there is one."""

    label: str
    key: int | None = None


class Names:
    """What people and questions of a campaign are called on a page."""

    def __init__(self, campaign: Campaign, *, by_name: bool) -> None:
        self._people: dict[str, Who] = {}
        for code, key, name, anchor in Candidate.objects.filter(campaign=campaign, alternative=False).values_list(
            "code", "pk", "name", "anchor"
        ):
            if anchor:
                self._people[code] = Who(_("the recorded interview"))
            else:
                self._people[code] = Who(clean(name), key) if by_name else Who(code)
        accounts = raters_by_code(campaign) if by_name else {}
        self._raters = {code: clean(str(user)) for code, user in accounts.items()}
        self._questions = {question.id: question.text for question in campaign.kit.read().questions}

    def person(self, code: str) -> Who:
        """A candidate, or the recorded interview."""
        return self._people.get(code, Who(code))

    def rater(self, code: str) -> str:
        """A rater."""
        return self._raters.get(code, code)

    def question(self, key: str) -> str:
        """The beginning of a question in the reader's language, or in one that it is written in."""
        found = said(self._questions.get(key, {}), words().code)
        text = clean(found.text) if found is not None else key
        return text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One candidate: levels on the clusters, and how their ratings fit."""

    who: Who
    ratings: int
    raters: int
    infit: float | None
    misfit: bool
    levels: Sequence[tuple[str, Level | None]]


@dataclass(frozen=True, slots=True)
class RaterRow:
    """One rater: severity in logits, what the average candidate would get from them, fit, and what to do."""

    name: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Overview:
    """Everything on the page of a campaign's panel."""

    quality: Quality
    methods: Methods
    structure: Structure
    clusters: tuple[str, ...]
    candidates: tuple[CandidateRow, ...]
    raters: tuple[RaterRow, ...]
    questions: tuple[tuple[str, Mapping[str, Any]], ...]
    drifting: tuple[tuple[str, Mapping[str, Any]], ...]
    kappas: tuple[tuple[str, str, Pair], ...]
    links: tuple[tuple[str, Who, str], ...]
    subsets: tuple[tuple[tuple[Who, ...], tuple[str, ...]], ...]


def lay_out(campaign: Campaign, stood: Standing, *, by_name: bool) -> Overview:
    """Return the page of a campaign. A fixed number of queries."""
    names = Names(campaign, by_name=by_name)
    judged = quality(stood.table)
    fits = {row["person"]: row for row in judged.people}
    known = titles("en")
    clusters = tuple(code for code in stood.weights if code in known.clusters)
    counts = {
        person: (n, raters)
        for person, n, raters in stood.table.group_by("person").agg(pl.len(), pl.col("rater").n_unique()).iter_rows()
    }
    levels: dict[int, dict[str, Level]] = {}
    for one in stood.levels:
        levels.setdefault(one.candidate, {})[one.code] = one
    rows = []
    for code, key in stood.candidates.items():
        fitted = fits.get(code)
        rows.append(
            CandidateRow(
                names.person(code),
                *counts[code],
                fitted["infit"] if fitted else None,
                bool(fitted and misfits(dict(fitted))),
                tuple((cluster, levels[key].get(cluster)) for cluster in clusters),
            )
        )
    return Overview(
        judged,
        methods(stood.table, campaign.kit.read(), stood.separability),
        structure(campaign),
        clusters,
        tuple(sorted(rows, key=lambda row: (row.who.label.casefold(), row.who.key or 0))),
        tuple(RaterRow(names.rater(row["rater"]), row) for row in judged.raters),
        tuple((names.question(row["item"]), row) for row in judged.questions),
        tuple((names.rater(row["rater"]), row) for row in judged.drifting),
        tuple((names.rater(pair.first), names.rater(pair.second), pair) for pair in judged.agreement.kappas),
        tuple((names.rater(one.rater), names.person(one.person), names.question(one.item)) for one in judged.links),
        tuple(
            (tuple(names.person(code) for code in people), tuple(names.rater(code) for code in raters))
            for people, raters in judged.subsets
        ),
    )
