"""The accuracy table: what the detector of ``poise analyze`` finds, against labelled data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl

from poise import __version__
from poise.detection.detector import Detector
from poise.knowledge import Knowledge
from poise.model import Schema
from poise.validation.compared import COMPARED
from poise.validation.metrics import Judged, figures
from poise.validation.restating import measure_denominators
from poise.validation.sets import SETS
from poise.validation.sets.rows import read_rows

__all__ = ["ACCURACY", "Accuracy", "measure_accuracy"]

ACCURACY: Final[Schema] = {
    "dataset": pl.String,  # the file's name; politeness by community
    "target": pl.String,  # the label as the data writes it
    "metric": pl.String,  # precision, recall, f1, macro_f1, accuracy, auc, spearman
    "value": pl.Float64,  # null where it is not defined
    "low": pl.Float64,  # 95 % interval, conversations resampled
    "high": pl.Float64,
    "n": pl.Int64,  # rows judged
    "base_rate": pl.Float64,  # share of rows with the label; null where it is graded
    "tier": pl.String,
    "ours": pl.String,  # what of Poise answers for the label
    "aim": pl.Float64,  # null where none is set
    "elsewhere": pl.String,  # best figure known, and what was done for it
    "knowledge": pl.String,  # versions
    "poise": pl.String,
}
"""Columns of ``accuracy.parquet``; the first nine are the fields of ``accuracy.json``."""
_JSON_FIELDS: Final = ("dataset", "target", "metric", "value", "low", "high", "n", "base_rate", "tier")
_NAMES: Final = ("{}.jsonl.gz", "{}.jsonl")

Said = Callable[[str], None]


@dataclass(frozen=True)
class Accuracy:
    """What was measured.

    Attributes
    ----------
    table
        Rows of :data:`ACCURACY`.
    denominators
        Ways to count words in common on the uptake data, where that set is there
        (:func:`poise.validation.restating.measure_denominators`).
    absent
        Sets that are not in the folder.
    """

    table: pl.DataFrame
    knowledge: str
    tier: str
    absent: list[str] = field(default_factory=list)
    denominators: pl.DataFrame | None = None

    def to_json(self) -> bytes:
        """Return ``accuracy.json``: a list of figures."""
        rows = self.table.select(_JSON_FIELDS).to_dicts()
        return msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n"


def measure_accuracy(data: Path, *, knowledge: Knowledge, tier: str = "fast", said: Said | None = None) -> Accuracy:
    """Measure every target whose labelled set is in ``data/open`` or ``data/evaluation``.

    Parameters
    ----------
    data
        Folder with the two folders of sets.
    knowledge
        Loaded files; the same detector as in an analysis is compiled from them.
    tier
        Which detectors run. ``fast``: phrases and rules.
    said
        Told the name of each set as it is begun.

    Raises
    ------
    ValueError
        Where no set is there at all, a row is no JSON object or lacks a field, or the tier is unknown.
    """
    if tier != "fast":
        raise ValueError(f"there is no tier {tier!r}; there is fast")
    detector = Detector(knowledge)
    rows: list[dict[str, object]] = []
    absent = []
    denominators = None
    for name, (folder, judge) in SETS.items():
        path = next((p for form in _NAMES if (p := data / folder / form.format(name)).is_file()), None)
        if path is None:
            absent.append(name)
            continue
        if said is not None:
            said(name)
        labelled = read_rows(path)
        try:
            for dataset, judged in judge(name, labelled, detector):
                rows += _figures_of(dataset, judged, tier)
            if name == "uptake":
                denominators = measure_denominators(labelled, detector)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path}: rows are not as docs/method/accuracy.md says they are: {error!r}") from None
    if len(absent) == len(SETS):
        raise ValueError(f"no labelled set is in {data}/open or {data}/evaluation; there may be {', '.join(SETS)}")
    table = pl.DataFrame(
        [{**row, "knowledge": knowledge.version, "poise": __version__} for row in rows], schema=dict(ACCURACY)
    )
    return Accuracy(table, knowledge.version, tier, absent, denominators)


def _figures_of(dataset: str, judged: Judged, tier: str) -> list[dict[str, object]]:
    counted = judged.truth.dtype == np.bool_
    out: list[dict[str, object]] = []
    for figure in figures(judged):
        compared = COMPARED.get((dataset, judged.target, figure.metric))
        out.append(
            {
                "dataset": dataset,
                "target": judged.target,
                "metric": figure.metric,
                "value": figure.value,
                "low": figure.low,
                "high": figure.high,
                "n": len(judged.truth),
                "base_rate": float(judged.truth.mean()) if counted and judged.truth.size else None,
                "tier": tier,
                "ours": judged.ours,
                "aim": compared.aim if compared else None,
                "elsewhere": compared.elsewhere if compared else None,
            }
        )
    return out
