"""The tables as CSV or Excel, beside the Parquet files, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

import polars as pl

from poise.reports.errors import ReportError
from poise.reports.results import TABLES, read

__all__ = ["FORMATS", "export", "guarded", "workbook"]

FORMATS: Final = ("csv", "xlsx")
EXCEL_ROWS: Final = 1_048_575
"""Rows of one sheet, without the header."""
EXCEL_CHARACTERS: Final = 32_767

# A cell that starts so may be run as a formula (also after a space or a line break), in Excel and in others:
# OWASP, CSV Injection.
_FORMULA = r"^[\s\x00-\x1f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]"


def export(results: Path, formats: Collection[str], *, out: Path | None = None) -> list[Path]:
    """Write every table of a results folder for spreadsheets.

    Texts that a spreadsheet could take for a formula get an apostrophe in front; numbers stay numbers.

    Parameters
    ----------
    results
        The folder that ``poise analyze --out`` wrote.
    formats
        ``csv`` (UTF-8 with a byte-order mark, one file a table) or ``xlsx`` (one sheet a table), or both.
    out
        Where to write; the folder itself where None.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    ReportError
        If a format is unknown, the folder holds no results, or a table has more rows than a sheet takes.
    """
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise ReportError(f"unknown format {', '.join(unknown)}", remedy=f"choose from {', '.join(FORMATS)}")
    found = read(Path(results))
    target = Path(out) if out is not None else found.folder
    target.mkdir(parents=True, exist_ok=True)
    tables = {name: guarded(found.scan(name).collect()) for name in TABLES}
    written: list[Path] = []
    if "csv" in formats:
        for name, table in tables.items():
            path = target / f"{name}.csv"
            table.write_csv(path, include_bom=True)
            written.append(path)
    if "xlsx" in formats:
        written.append(workbook(tables, target / "tables.xlsx"))
    return written


def guarded(table: pl.DataFrame) -> pl.DataFrame:
    """Return ``table`` with guarded texts and instants as ISO 8601, which every program reads alike."""
    text = pl.col(pl.String)
    return table.with_columns(
        pl.when(text.str.contains(_FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep(),
        pl.col(pl.Datetime("us", "UTC")).dt.to_string("iso:strict"),
    )


def workbook(tables: dict[str, pl.DataFrame], path: Path) -> Path:
    """Write tables that are :func:`guarded` as one Excel file, a sheet each; return its path.

    Raises
    ------
    ReportError
        If a table has more rows than a sheet takes.
    """
    from xlsxwriter import Workbook

    largest = max(tables, key=lambda name: tables[name].height)
    if tables[largest].height > EXCEL_ROWS:
        raise ReportError(
            f"{largest} has {tables[largest].height:,} rows, a sheet takes {EXCEL_ROWS:,}",
            remedy="ask for csv, or read the Parquet files",
        )
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": False}
    with Workbook(str(path), options) as book:
        for name, table in tables.items():
            cut = table.with_columns(pl.col(pl.String).str.slice(0, EXCEL_CHARACTERS))
            cut.write_excel(book, worksheet=name, autofit=False, table_name=name, freeze_panes=(1, 0))
    return path
