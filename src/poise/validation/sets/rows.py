"""What all sets share: their rows, and rows as tables."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.model import Tables
from poise.validation.heard import tables_of
from poise.validation.metrics import Judged, Metric

__all__ = ["FOUND", "Judge", "Rows", "each_alone", "numbered", "read_rows"]

Rows: TypeAlias = list[dict[str, Any]]
Judge: TypeAlias = Callable[[str, Rows, Detector], Iterator[tuple[str, Judged]]]
"""Given a set's name, its rows and the detector: (name in the table, labels beside what was found) of each target."""

FOUND: Final[tuple[Metric, ...]] = ("precision", "recall", "f1")
"""Measures of acts that are there or not."""


def read_rows(path: Path) -> Rows:
    """Return the rows of a JSON Lines file, gzipped or not.

    Raises
    ------
    ValueError
        Naming file and line that is no JSON object.
    """
    rows: Rows = []
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                rows.append(msgspec.json.decode(line, type=dict[str, Any]))
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
    return rows


def numbered(names: list[str]) -> NDArray[np.int64]:
    """Return a whole number for each name, equal names equal numbers."""
    return np.unique(np.array(names, dtype=np.str_), return_inverse=True)[1].astype(np.int64)


def each_alone(rows: Rows, role: str) -> Tables:
    """Return each row's text as a conversation of one turn."""
    return tables_of((str(i), [(role, row["text"])]) for i, row in enumerate(rows))
