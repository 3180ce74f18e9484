"""What detection found, as the rows that are kept of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import polars as pl

from poise.app.people.models import Person
from poise.detection.detector import Detected

__all__ = ["EVIDENCE_COLUMNS", "evidence_rows", "holding_spans", "promise_rows"]

EVIDENCE_COLUMNS: Final = (
    "person_id",
    "conversation_id",
    "behaviour",
    "hits",
    "opportunities",
    "exposure_s",
    "value",
    "weight",
    "knowledge",
)


def evidence_rows(evidence: pl.DataFrame, people: Iterable[Person]) -> pl.DataFrame:
    """Return evidence of people with a page.

    Parameters
    ----------
    evidence
        :data:`poise.model.EVIDENCE` with ``conversation_id`` instead of ``conversation``.
    people
        Whose evidence is returned; that of anybody else is left out.

    Notes
    -----
    Rows that say nothing (no opportunity, no exposure, no value) are left out: estimation drops them too. What two
    rules found of one behaviour is one row: counts and exposure together, values by their weight.
    """
    kept_under = {one.person_id: one.pk for one in people}
    owners = pl.DataFrame(
        {"person": list(kept_under), "person_id": list(kept_under.values())},
        schema={"person": pl.String, "person_id": pl.Int64},
    )
    informative = (
        (pl.col("opportunities").fill_null(0) != 0)
        | pl.col("exposure_s").is_not_null()
        | pl.col("value").is_not_null()
        | (pl.col("hits").fill_null(0) != 0)
    )
    rows = (
        evidence.filter(informative)
        .join(owners, on="person", how="inner", maintain_order="left")
        .with_columns(pl.col("hits", "opportunities").fill_null(0))
        .select(EVIDENCE_COLUMNS)
    )
    key = ["conversation_id", "person_id", "behaviour"]
    if rows.select(key).n_unique() == len(rows):
        return rows
    weight = pl.col("weight").fill_null(1)
    together = [pl.col(name).sum() for name in ("hits", "opportunities")] + [
        pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
        for name in ("exposure_s", "weight")
    ]
    mean = (pl.col("value") * weight).sum() / weight.filter(pl.col("value").is_not_null()).sum()
    return (
        rows.group_by(key, maintain_order=True)
        .agg(
            *together,
            pl.when(pl.col("value").is_not_null().any()).then(mean).alias("value"),
            pl.col("knowledge").first(),
        )
        .select(EVIDENCE_COLUMNS)
    )


def holding_spans(found: Detected) -> pl.DataFrame:
    """Return ``conversation, turn, holding``: the span, as JSON, of what only asks the customer to wait."""
    return (
        found.signals.filter(pl.col("signal") == "agent.holding")
        .group_by("conversation", "turn")
        .agg(holding=pl.format("[{},{}]", pl.col("begin").min(), pl.col("end").max()))
    )


def promise_rows(found: Detected) -> pl.DataFrame:
    """Return the promises whose time can be reckoned."""
    return found.promises.select("conversation", "turn", pl.col("person").alias("speaker"), "begin", "end", "due")
