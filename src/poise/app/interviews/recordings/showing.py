"""A transcript laid out for reading, with what was found in its place, as conversations are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.app.conversations.findings import Finding, phrase_of
from poise.app.conversations.page import Said, pieces
from poise.app.conversations.timeline import WIDTH, timeline
from poise.app.interviews.recordings.evidence import TITLES, Evidence
from poise.app.knowledge.wording import rule
from poise.knowledge import Knowledge
from poise.model import Tables
from poise.reports.titles import Titles

__all__ = ["figure", "findings", "lay_out"]


_RULES: Final[Mapping[str, str | Promise]] = {
    "listening.interruption": _("They begin while the interviewer speaks, and the interviewer stops before the end."),
    "listening.butting_in": _("They begin while the interviewer speaks, and the interviewer speaks on to the end."),
    "listening.pause_interruption": _("They begin in a pause inside the interviewer's sentence."),
}
"""What the rules that speak of agents and customers say of an interview."""


@dataclass(frozen=True, slots=True)
class _Nobody:
    """Whom a finding is about, where that goes without saying: a transcript has one candidate."""

    pk: int = 0
    name: str = ""


def findings(evidence: Evidence, known: Knowledge, names: Titles) -> list[Finding]:
    """Return the hits, and what was called for and not shown; nothing of it can be contested here."""
    hits = evidence.hits.sort("turn", "begin", "end", nulls_last=True).iter_rows(named=True)
    missed = evidence.opportunities.filter(~evidence.opportunities["met"]).iter_rows(named=True)
    found = [_finding(row, "hit", known, names) for row in hits]
    return found + [one for row in missed if (one := _finding(row, "missed", known, names)).sign == "+"]


def _finding(row: Mapping[str, Any], kind: str, known: Knowledge, names: Titles) -> Finding:
    behaviour = row["behaviour"]
    entry = known.behaviours[behaviour]
    return Finding(
        place="",
        kind=kind,
        behaviour=behaviour,
        title=str(TITLES[behaviour]),
        trait=names.trait(entry.trait),
        sign=entry.sign,
        person=_Nobody(),  # type: ignore[arg-type]
        turn=row["turn"],
        event=row["event"],
        begin=row.get("begin"),
        end=row.get("end"),
        phrase=phrase_of(row.get("rule")),
        by="" if kind == "missed" else _RULES.get(behaviour) or rule(entry.rule),
        tier=row.get("tier") or "",
        score=row.get("score"),
        said="",
        contests=(),
        contestable=False,
    )


@dataclass(frozen=True, slots=True)
class _Spoken:
    """When a turn was spoken, and by whom."""

    start: float | None
    end: float | None
    speaker: str
    role: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Somebody in the drawing of who speaks when: called by their role alone."""

    person: None = None


def figure(tables: Tables, *, mirrored: bool) -> dict[str, Any]:
    """Return what the drawing of who speaks when needs; ``timeline`` is None where the transcript has no times."""
    rows = tables.turns.sort("turn").select("start", "end", "person", "role").iter_rows()
    turns: list[Any] = [_Spoken(*row) for row in rows]  # the drawing looks at nothing else of a turn
    return {
        "timeline": timeline(turns, mirrored=mirrored),
        "width": WIDTH,
        "participants": {label: _Speaker() for label in tables.turns["person"].unique()},
    }


def lay_out(tables: Tables, found: list[Finding]) -> tuple[list[Said], list[tuple[int, Finding]]]:
    """Return the turns with the findings in them, and what the whole interview called for."""
    hits: dict[int, list[tuple[int, Finding]]] = {}
    missed: dict[int, list[tuple[int, Finding]]] = {}
    whole = []
    for number, one in enumerate(found, start=1):
        if one.turn is None:
            whole.append((number, one))
        else:
            (hits if one.kind == "hit" else missed).setdefault(one.turn, []).append((number, one))
    turns = [
        Said(
            row["turn"],
            row["role"],
            row["person"] if row["role"] == "system" else "",
            None,
            pieces(row["text"], hits.get(row["turn"], [])),
            False,
            row["start"],
            row["end"],
            None,
            hits.get(row["turn"], []),
            missed.get(row["turn"], []),
        )
        for row in tables.turns.sort("turn").iter_rows(named=True)
    ]
    return turns, whole
