"""What every detector returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from poise.model import HITS, OPPORTUNITIES, Schema, empty

__all__ = ["MEASURES", "TIER", "Found", "nothing", "together"]

TIER: Final = "fast"
"""The tier of rules that need no trained weights."""

MEASURES: Final[Schema] = {
    "person": pl.String,
    "conversation": pl.String,
    "behaviour": pl.String,
    "hits": pl.Int32,  # counted acts, where exposure_s is set; else null
    "exposure_s": pl.Float64,  # seconds in which the act could have been done
    "value": pl.Float64,  # of a measure that is not a count
    "weight": pl.Float64,  # observations that value is the mean (or the worst) of
}
"""What is not a share of occasions: acts per exposed second, or a value with its weight."""


@dataclass(frozen=True, slots=True)
class Found:
    """Hits (:data:`poise.model.HITS`), opportunities (:data:`poise.model.OPPORTUNITIES`) and :data:`MEASURES`."""

    hits: pl.DataFrame
    opportunities: pl.DataFrame
    measures: pl.DataFrame


def nothing() -> Found:
    """Return a :class:`Found` without rows."""
    return Found(empty(HITS), empty(OPPORTUNITIES), empty(MEASURES))


def shaped(frame: pl.DataFrame, schema: Schema, **constants: str | float | None) -> pl.DataFrame:
    """Return the columns of ``schema`` from ``frame``; ``constants`` fill columns, the rest is null."""
    columns = [
        pl.lit(constants[name], dtype=kind).alias(name)
        if name in constants
        else (pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, dtype=kind).alias(name))
        for name, kind in schema.items()
    ]
    return frame.select(columns) if frame.height else empty(schema)


def together(*parts: Found) -> Found:
    """Return all rows of ``parts``, one part after the other."""
    if not parts:
        return nothing()
    return Found(
        pl.concat([part.hits for part in parts]),
        pl.concat([part.opportunities for part in parts]),
        pl.concat([part.measures for part in parts]),
    )
