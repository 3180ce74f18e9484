"""The open ratings as a file that ``poise panel`` reads: codes, not names."""

from __future__ import annotations

import polars as pl
from django.http import HttpResponse

from poise.reports.spreadsheet import guarded

__all__ = ["as_csv"]

_COLUMNS = ("person", "rater", "item", "rating", "at", "situation")


def as_csv(table: pl.DataFrame, name: str) -> HttpResponse:
    """Return the ratings as CSV to save. ``name`` is the file's, without its end."""
    kept = table.select(_COLUMNS).with_columns(
        pl.col("rating").cast(pl.Int64), pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    )
    return HttpResponse(
        guarded(kept).write_csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "X-Content-Type-Options": "nosniff"},
    )
