"""What a run says about one person: levels, the acts behind them, quotes, and what it cannot say.

Both the page and the terminal present this, so that they make the same argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, sqrt
from typing import Any, Final, Literal

import polars as pl

from poise.reports.quotes import Quote, Shelf
from poise.reports.results import Results
from poise.reports.titles import Titles

__all__ = ["INTERVAL_SD", "MATTERS", "SURE", "Act", "Level", "Profile", "Section", "levels", "profile", "profiles"]

SURE: Final = 0.80
"""How probable it must be that a level lies on one side before that is said (science 0.10)."""
MATTERS: Final = 0.25
"""How far from the norm's 3 a level must be to be called a strength or a weakness, however sure it is."""
INTERVAL_SD: Final = 3.2897
"""Width of a 90 % interval in standard deviations."""
_QUOTES = 3

Verdict = Literal["strength", "weakness", "even", "hidden"]


@dataclass(frozen=True, slots=True)
class Level:
    """One estimate."""

    trait: str
    kind: str
    mean: float | None
    low: float | None
    high: float | None
    conversations: int
    opportunities: int
    below_standard: float | None
    shown: bool
    reason: str | None

    @property
    def above_norm(self) -> float:
        """Probability that the level is above the norm's 3, by a normal curve over the interval."""
        if self.mean is None or self.low is None or self.high is None:
            return 0.5
        sd = (self.high - self.low) / INTERVAL_SD
        if sd <= 0:
            return 0.5 if self.mean == 3 else float(self.mean > 3)
        return 0.5 * (1 + erf((self.mean - 3) / sd / sqrt(2)))

    @property
    def verdict(self) -> Verdict:
        """What may be said of the level."""
        if not self.shown or self.mean is None:
            return "hidden"
        if self.above_norm >= SURE and self.mean >= 3 + MATTERS:
            return "strength"
        return "weakness" if self.above_norm <= 1 - SURE and self.mean <= 3 - MATTERS else "even"

    @property
    def needs_help(self) -> bool:
        """Whether the level is below the standard with enough certainty to say so."""
        return self.shown and (self.below_standard or 0.0) >= SURE


@dataclass(frozen=True, slots=True)
class Act:
    """A behaviour's rate and what it adds to the level."""

    behaviour: str
    rate: float | None
    low: float | None
    high: float | None
    norm: float | None
    hits: int
    opportunities: int
    exposure_s: float
    conversations: int
    shown: bool
    reason: str | None
    contribution: float | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The argument for one level: a trait that may be shown, or the cluster that stands for those that may not."""

    level: Level
    acts: tuple[Act, ...]
    quotes_for: tuple[Quote, ...]
    quotes_against: tuple[Quote, ...]
    changes: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about one person."""

    person: str
    levels: dict[str, Level]
    sections: tuple[Section, ...]
    hidden: tuple[Section, ...]  # levels that may not be shown, with what little there is
    unjudged: tuple[Act, ...]

    def said(self, verdict: Verdict) -> list[Section]:
        """Return the sections with ``verdict``: those surely below the standard first, then the farthest from the norm.

        A level that is far away because little is known of it must not come before one that is known to need help.
        """
        found = [section for section in self.sections if section.level.verdict == verdict]
        return sorted(
            found,
            key=lambda section: (
                not section.level.needs_help,
                -abs((section.level.mean or 3) - 3),
                section.level.trait,
            ),
        )

    def foremost(self) -> set[str]:
        """Return what a reader should see first: the two greatest weaknesses and the greatest strength."""
        chosen = [*self.said("weakness")[:2], *self.said("strength")[:1]] or list(self.sections[:1])
        return {section.level.trait for section in chosen}


def levels(results: Results) -> dict[str, dict[str, Level]]:
    """Return each person's estimates from conversations by trait or cluster."""
    found: dict[str, dict[str, Level]] = {}
    table = results.estimates.filter(pl.col("source") == "conversation").sort("person", "kind", "trait")
    for row in table.iter_rows(named=True):
        found.setdefault(row["person"], {})[row["trait"]] = Level(
            trait=row["trait"],
            kind=row["kind"],
            mean=_finite(row["mean"]),
            low=_finite(row["low"]),
            high=_finite(row["high"]),
            conversations=row["conversations"] or 0,
            opportunities=row["opportunities"] or 0,
            below_standard=_finite(row["below_standard"]),
            shown=bool(row["shown"]),
            reason=row["reason"],
        )
    return found


def profiles(results: Results, people: Sequence[str], titles: Titles, shelf: Shelf) -> list[Profile]:
    """Return the profiles of ``people``, in that order."""
    known = levels(results)
    ours = pl.col("person").is_in(list(people))
    rates = results.scan("rates").filter(ours).collect()
    added = results.scan("contributions").filter(ours).collect()
    changes = results.scan("changes").filter(ours).collect()
    return [
        profile(
            person,
            known.get(person, {}),
            rates.filter(pl.col("person") == person),
            added.filter(pl.col("person") == person),
            changes.filter(pl.col("person") == person),
            titles,
            shelf,
        )
        for person in people
    ]


def profile(
    person: str,
    own: dict[str, Level],
    rates: pl.DataFrame,
    added: pl.DataFrame,
    changes: pl.DataFrame,
    titles: Titles,
    shelf: Shelf,
) -> Profile:
    """Return the profile of one person.

    Parameters
    ----------
    own
        The person's levels by trait or cluster.
    rates, added, changes
        The person's rows of RATES, CONTRIBUTIONS and CHANGES of :mod:`poise.model`.
    titles
        Names and order of everything that is measured.
    shelf
        Where quotes come from.
    """
    by_behaviour = {row["behaviour"]: row for row in rates.iter_rows(named=True)}
    contributions: dict[str, dict[str, dict[str, Any]]] = {}
    for row in added.iter_rows(named=True):
        contributions.setdefault(row["trait"], {})[row["behaviour"]] = row
    alternatives: dict[str, list[dict[str, Any]]] = {}
    for row in changes.iter_rows(named=True):
        alternatives.setdefault(row["trait"], []).append(row)
    for code, level in own.items():
        if level.kind == "cluster" and code not in contributions:
            _add_up(code, own, contributions, alternatives, titles)
    sections: dict[str, Section] = {}
    quoted: set[Quote] = set()
    argued = titles.order(_argued(own, titles))
    hidden = titles.order([code for code, level in own.items() if level.verdict == "hidden"])
    # traits choose their quotes first: a cluster then shows what has not been quoted yet
    for code in sorted([*argued, *hidden], key=lambda code: (code in hidden, own[code].kind == "cluster")):
        level = own[code]
        acts = [
            _act(name, by_behaviour.get(name, {}), contributions.get(code, {}).get(name, {}))
            for name in [*titles.acts(code), *sorted(set(contributions.get(code, {})) - set(titles.acts(code)))]
            if name in by_behaviour or name in contributions.get(code, {})
        ]
        acts = [act for act in acts if act.conversations or act.contribution is not None]
        acts.sort(key=lambda act: (-abs(act.contribution or 0.0), not act.shown, act.behaviour))
        good = tuple(shelf.best(person, _ranked(acts, +1), "for", most=_QUOTES, without=quoted))
        bad = tuple(shelf.best(person, _ranked(acts, -1), "against", most=_QUOTES, without=quoted))
        quoted.update(good, bad)
        sections[code] = Section(level, tuple(acts), good, bad, tuple(alternatives.get(code, ())))
    shown = {act.behaviour for code in argued for act in sections[code].acts if act.shown}
    return Profile(
        person=person,
        levels=own,
        sections=tuple(sections[code] for code in argued),
        hidden=tuple(sections[code] for code in hidden),
        unjudged=tuple(
            _act(name, row, {})
            for name, row in sorted(by_behaviour.items())
            if name not in shown and not row["shown"] and titles.sign(name) != "0"
        ),
    )


def _add_up(
    cluster: str,
    own: dict[str, Level],
    contributions: dict[str, dict[str, dict[str, Any]]],
    alternatives: dict[str, list[dict[str, Any]]],
    titles: Titles,
) -> None:
    """Give a cluster the parts of its traits: its level is their plain mean.

    Traits below their gate count only where none has passed it (:func:`poise.estimation.composites.combine`).
    """
    found = [trait for trait in titles.members(cluster) if trait in contributions and trait in own]
    used = [trait for trait in found if own[trait].reason != "few_opportunities"] or found
    mean = own[cluster].mean
    if not used or mean is None:
        return
    contributions[cluster] = {
        behaviour: row | {"trait": cluster} | {part: row[part] / len(used) for part in ("weight", "contribution")}
        for trait in used
        for behaviour, row in contributions[trait].items()
    }
    for trait in used:
        for row in alternatives.get(trait, []):
            if row["kind"] == "behaviour" and row["level"] is not None and row["level_then"] is not None:
                then = min(max(mean + (row["level_then"] - row["level"]) / len(used), 1.0), 5.0)
                alternatives.setdefault(cluster, []).append(row | {"trait": cluster, "level": mean, "level_then": then})


def _argued(own: dict[str, Level], titles: Titles) -> list[str]:
    """Traits that may be shown, and clusters that may be where one of their traits may not."""
    for_itself = [code for code, level in own.items() if level.kind == "trait" and level.verdict != "hidden"]
    for_others = [
        code
        for code, level in own.items()
        if level.kind == "cluster"
        and level.verdict != "hidden"
        and any(trait not in for_itself for trait in titles.members(code))
    ]
    return [*for_itself, *for_others]


def _ranked(acts: Sequence[Act], direction: int) -> list[str]:
    """Behaviours that push the level in ``direction`` first, the strongest foremost."""
    ordered = sorted(acts, key=lambda act: (-direction * (act.contribution or 0.0), act.behaviour))
    return [act.behaviour for act in ordered]


def _act(name: str, rate: dict[str, Any], added: dict[str, Any]) -> Act:
    return Act(
        behaviour=name,
        rate=_finite(rate.get("rate")),
        low=_finite(rate.get("low")),
        high=_finite(rate.get("high")),
        norm=_finite(rate.get("norm")),
        hits=rate.get("hits") or 0,
        opportunities=rate.get("opportunities") or 0,
        exposure_s=rate.get("exposure_s") or 0.0,
        conversations=rate.get("conversations") or 0,
        shown=bool(rate.get("shown")),
        reason=rate.get("reason"),
        contribution=_finite(added.get("contribution")),
        weight=_finite(added.get("weight")),
    )


def _finite(value: float | None) -> float | None:
    """Return ``value``; None where it is null or not a number."""
    return value if value is not None and abs(value) < float("inf") else None
