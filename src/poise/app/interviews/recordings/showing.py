"""A transcript laid out for reading, with what was found in its place, as conversations are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from poise.app.conversations.findings import Finding
from poise.app.conversations.page import Said, pieces
from poise.app.interviews.recordings.evidence import TITLES, Evidence
from poise.app.knowledge.wording import rule
from poise.knowledge import Knowledge
from poise.model import Tables
from poise.reports.titles import Titles

__all__ = ["findings", "lay_out"]


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
    label = row.get("rule") or ""
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
        phrase=label.strip("“”") if label.startswith("“") else "",
        by="" if kind == "missed" else rule(entry.rule),
        tier=row.get("tier") or "",
        score=row.get("score"),
        said="",
        contests=(),
        contestable=False,
    )


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
