"""Evidence as one table."""

from __future__ import annotations

import polars as pl

from poise.detection.columns import evidence_table
from poise.model import EVIDENCE


def test_what_words_and_times_both_find_is_one_row() -> None:
    words = pl.DataFrame(
        {"person": ["ann"], "conversation": ["c1"], "behaviour": ["x"], "hits": [1], "opportunities": [2]}
    )
    times = pl.DataFrame(
        {
            "person": ["ann", "bea"],
            "conversation": ["c1", "c1"],
            "behaviour": ["x", "x"],
            "hits": [1, 3],
            "exposure_s": [4.0, None],
        }
    )
    table = evidence_table([words, times], "v")
    assert dict(table.schema) == dict(EVIDENCE)
    rows = table.select("person", "hits", "opportunities", "exposure_s").rows()
    assert rows == [("ann", 2, 2, 4.0), ("bea", 3, 0, None)]


def test_measures_stay_as_they_are() -> None:
    measured = pl.DataFrame(
        {"person": ["ann"], "conversation": ["c1"], "behaviour": ["x"], "value": [0.5], "weight": [7.0]}
    )
    assert evidence_table([measured], "v").select("value", "weight", "hits").rows() == [(0.5, 7.0, 0)]
