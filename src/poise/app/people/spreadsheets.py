"""What the pages show, as CSV or Excel, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl
from django.http import HttpResponse

from poise.app.people.models import Person
from poise.reports.profile import Act, Level
from poise.reports.quotes import clean
from poise.reports.spreadsheet import guarded, workbook
from poise.reports.titles import Titles

__all__ = ["FORMATS", "acts", "answer", "levels"]

FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LEVELS: Final[Mapping[str, Any]] = {
    "person": pl.String,
    "team": pl.String,
    "trait": pl.String,
    "title": pl.String,
    "level": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "conversations": pl.Int64,
    "occasions": pl.Int64,
    "below_standard": pl.Float64,
    "shown": pl.Boolean,
    "reason": pl.String,
}
_ACTS: Final[Mapping[str, Any]] = {
    "behaviour": pl.String,
    "title": pl.String,
    "unit": pl.String,
    "rate": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "norm": pl.Float64,
    "hits": pl.Int64,
    "occasions": pl.Int64,
    "conversations": pl.Int64,
    "shown": pl.Boolean,
    "reason": pl.String,
}


def levels(people: Mapping[int, Person], found: Mapping[int, Mapping[str, Level]], names: Titles) -> pl.DataFrame:
    """Return the levels of people, one row each trait or cluster; one that may not be shown has its reason only."""
    rows = [
        (
            clean(person.name),
            clean(person.team.name) if person.team else "",
            code,
            names.trait(code),
            one.mean,
            one.low,
            one.high,
            one.conversations,
            one.opportunities,
            one.below_standard,
            one.shown,
            one.reason or "",
        )
        for key, person in people.items()
        for code in names.order(list(found.get(key, {})))
        for one in (found[key][code],)
    ]
    return pl.DataFrame(rows, schema=dict(_LEVELS), orient="row")


def acts(found: Mapping[str, Act], names: Titles) -> pl.DataFrame:
    """Return the behaviours of one person; a rate that may not be shown is left out."""
    rows = [
        (
            act.behaviour,
            names.behaviour(act.behaviour),
            names.unit(act.behaviour),
            *((act.rate, act.low, act.high) if act.shown else (None, None, None)),
            act.norm,
            act.hits,
            act.opportunities,
            act.conversations,
            act.shown,
            act.reason or "",
        )
        for act in found.values()
    ]
    return pl.DataFrame(rows, schema=dict(_ACTS), orient="row")


def answer(tables: Mapping[str, pl.DataFrame], kind: str, name: str) -> HttpResponse:
    """Return tables as a file to save: all of them as sheets (``xlsx``), or the first (``csv``).

    Texts that a program could take for a formula get an apostrophe in front.
    """
    safe = {title: guarded(table) for title, table in tables.items()}
    with TemporaryDirectory(prefix="poise-") as folder:
        path = Path(folder) / f"{name}.{kind}"
        if kind == "csv":
            next(iter(safe.values())).write_csv(path, include_bom=True)
        else:
            workbook(safe, path)
        content = path.read_bytes()
    return HttpResponse(
        content,
        content_type=FORMATS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"', "X-Content-Type-Options": "nosniff"},
    )
