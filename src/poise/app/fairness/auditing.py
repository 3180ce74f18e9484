"""The file for an independent auditor: every count of the Local Law 144 tables, as CSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl
from django.utils.translation import gettext as _

from poise.app.fairness.law144 import Part
from poise.app.fairness.outcomes import JOB, Applicants
from poise.app.fairness.wording import QUESTIONS, category
from poise.app.people.reading import names
from poise.reports.spreadsheet import guarded

__all__ = ["as_csv"]

_COLUMNS: Final[Mapping[str, Any]] = {
    "about": pl.String,
    "table": pl.String,
    "category": pl.String,
    "people": pl.Int64,
    "counted": pl.Int64,
    "rate": pl.Float64,
    "impact_ratio": pl.Float64,
    "share": pl.Float64,
    "left_out_of_ratios": pl.Boolean,
    "unknown": pl.Int64,
    "median": pl.Float64,
    "note": pl.String,
}


def as_csv(given: Mapping[str, Any], parts: Sequence[Part], people: Applicants) -> bytes:
    """Return the tables as CSV in UTF-8 with a byte-order mark; what the page says beside them comes first.

    Parameters
    ----------
    given
        The cleaned :class:`poise.app.fairness.forms.AuditForm`.
    """
    notes = {
        "audit_date": given["audit_date"].isoformat(),
        "distribution_date": given["distribution_date"].isoformat(),
        "source": given["source"],
        "counted": "moved forward" if given["kind"] == "selection" else "scored above the median of the sample",
        "unknown_in_median": "" if given["kind"] == "selection" else ("yes" if given["unknown_in_median"] else "no"),
        "left_out_below_2_percent": given["justification"] if given["leave_out_small"] else "no",
        "people": str(len(people.all)),
    }
    rows: list[tuple[Any, ...]] = [("about this file", name, *[None] * 9, note) for name, note in notes.items() if note]
    for part in parts:
        about = _about(part, people)
        for question, table in part.three():
            median = None if math.isnan(part.tables.median) else part.tables.median
            rows += [
                (
                    about,
                    str(QUESTIONS[question]),
                    category(row.name),
                    row.people,
                    row.counted,
                    _or_none(row.rate),
                    _or_none(row.ratio),
                    _or_none(row.share),
                    row.left_out,
                    table.unknown,
                    median,
                    "",
                )
                for row in table.categories
            ]
            if not table.categories:
                rows.append(
                    (about, str(QUESTIONS[question]), *[None] * 7, table.unknown, median, _("Nobody answered."))
                )
    whole = pl.DataFrame(rows, schema=dict(_COLUMNS), orient="row")
    return b"\xef\xbb\xbf" + guarded(whole).write_csv().encode()


def _about(part: Part, people: Applicants) -> str:
    if part.kind == "scoring":
        return names().trait(part.code)
    number = int(part.code)
    return _("Offered the job") if number == JOB else f"{number}: {people.steps[number]}"


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
