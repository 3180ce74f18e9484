"""Instants as sources write them, in UTC."""

from __future__ import annotations

from typing import Final

import polars as pl

from poise.model import INSTANT

__all__ = ["REMEDY", "instants"]

REMEDY: Final = "Write ISO 8601 with a zone, such as 2026-03-01T09:30:00+01:00, or unix seconds"

_ZONED: Final = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%d %H:%M:%S%.f%#z")
_PLAIN: Final = (
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
)
_EARLIEST: Final = 631_152_000  # 1990-01-01: nothing that Poise reads is older
_LATEST: Final = 4_102_444_800  # 2100-01-01: beyond it are milliseconds taken for seconds


def instants(text: pl.Series, seconds: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Read instants given as text (ISO 8601; without a zone they are UTC) or as unix seconds.

    Parameters
    ----------
    text
        Strings or null, (n,).
    seconds
        Unix seconds or null, (n,); used where ``text`` is null.

    Returns
    -------
    tuple
        Instants in UTC (n,), and where something was given that is none (n, Boolean).
    """
    count = len(text)
    result = pl.Series("at", [None], dtype=INSTANT).new_from_index(0, count)
    given = text.is_not_null()
    if given.any():
        stripped = text.str.strip_chars().str.replace(r"(?:Z| ?UTC)$", "+00:00")
        for form in _ZONED:
            if not (result.is_null() & given).any():
                break
            result = _first(result, stripped.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False))
        for form in _PLAIN:
            if not (result.is_null() & given).any():
                break
            read = stripped.str.to_datetime(form, time_unit="us", strict=False).dt.replace_time_zone("UTC")
            result = _first(result, read)
        if (result.is_null() & given).any():
            day = stripped.str.to_date("%Y-%m-%d", strict=False)
            result = _first(result, day.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
        if (result.is_null() & given).any():
            number = stripped.cast(pl.Float64, strict=False)
            seconds = _first(seconds, number)
            given = given & number.is_null()
    if seconds.is_not_null().any():
        sane = seconds.is_between(_EARLIEST, _LATEST)
        micros = (seconds.zip_with(sane.fill_null(False), pl.Series([None], dtype=pl.Float64)) * 1e6).round(0)
        result = _first(result, micros.cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
        given = given | seconds.is_not_null()
    year = result.dt.year()
    result = result.zip_with(year.is_between(1990, 2100).fill_null(False), pl.Series([None], dtype=INSTANT))
    return result.rename("at"), given & result.is_null()


def _first(left: pl.Series, right: pl.Series) -> pl.Series:
    return left.zip_with(left.is_not_null(), right)
