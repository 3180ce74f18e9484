"""``poise panel``: the ratings of a panel judged, with what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from poise.cli.terminal import clear_errors, console, errors, fail

if TYPE_CHECKING:
    import polars as pl

    from poise.estimation.rasch_panel import Panel

__all__ = ["panel"]

_SHOWN = 20  # rows of a table, and refused rows, that are printed


@click.command()
@click.argument("ratings", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the results.")
@click.option("--partial-credit", is_flag=True, help="Every item has steps of its own, instead of one common scale.")
@click.option("--strict", is_flag=True, help="Stop where a row cannot be read, instead of leaving it out.")
@click.option("--language", default="en", show_default=True, help="Language of the report: en, he, nb.")
def panel(ratings: Path, out: Path, partial_credit: bool, strict: bool, language: str) -> None:
    """Judge a panel's ratings: who rated whom on what.

    RATINGS is a CSV file with the columns person, rater, item, rating, and where known at, situation, group.
    """
    from poise.estimation.rasch_panel import judge_panel
    from poise.reading.ratings import read_ratings
    from poise.reports.errors import ReportError
    from poise.reports.language import locale
    from poise.reports.panel import write_panel

    with clear_errors():
        try:
            locale(language)
        except ReportError as error:
            fail(str(error))
        read = read_ratings(ratings)
        _say_refused(read.rejects)
        if strict and read.rejects.height:
            fail(f"{read.rejects.height} rows cannot be read")
        with errors.status("fitting"):
            judged = judge_panel(read.table, partial_credit=partial_credit)
            written = write_panel(judged, out, rejects=read.rejects, source=ratings.name, language=language)
    console.print(_raters(judged))
    people = judged.persons_told_apart
    console.print(
        f"{read.table.height:,} ratings of {judged.persons.height:,} people by {judged.raters.height:,} raters · "
        f"people are told apart with reliability {people.reliability:.2f} · "
        f"Krippendorff's alpha {judged.alpha.alpha:.2f} ({judged.alpha.low:.2f} to {judged.alpha.high:.2f}) · "
        f"exact agreement {judged.exact.share:.0%}, by chance {judged.exact.chance:.0%}",
        highlight=False,
    )
    console.print(str(written), highlight=False, markup=False)


def _say_refused(rejects: pl.DataFrame) -> None:
    for row in rejects.head(_SHOWN).iter_rows(named=True):
        place = ", ".join(part for part in (f"line {row['line']}", row["field"]) if part)
        errors.print(
            escape(f"{row['file']}, {place}: {row['problem']}. {row['remedy']}"), highlight=False, soft_wrap=True
        )
    if rejects.height > _SHOWN:
        errors.print(f"and {rejects.height - _SHOWN} more rows, in rejects.parquet", highlight=False)


def _raters(judged: Panel) -> Table:
    table = Table("rater", "ratings", "severity", "90%", "fair average", "infit", "outfit", "to do")
    ordered = judged.raters.with_row_index("at").sort(judged.raters["advice"].list.len(), "severity", descending=True)
    for row in ordered.head(_SHOWN).iter_rows(named=True):
        table.add_row(
            escape(row["rater"]),
            f"{row['ratings']:,}",
            f"{row['severity']:+.2f}",
            f"{row['low']:+.2f} to {row['high']:+.2f}",
            f"{row['fair_average']:.2f}",
            f"{row['infit']:.2f}",
            f"{row['outfit']:.2f}",
            ", ".join(row["advice"]) or "nothing",
        )
    if judged.raters.height > _SHOWN:
        table.caption = f"and {judged.raters.height - _SHOWN} more raters, in raters.parquet"
    return table
