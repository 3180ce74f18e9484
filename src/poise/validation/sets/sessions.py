"""Whole conversations: which behaviours' estimates order sessions as their raters did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.model import Tables
from poise.validation.metrics import Judged

__all__ = ["order_sessions"]

_PRIOR: Final = 1.0
"""Occasions at the mean rate that each session is given, so that one occasion alone makes no rate of 0 or 1."""
_EACH_KIND: Final = 5
"""Sessions of each quality that must have evidence of a behaviour; with fewer its order says nothing."""


def order_sessions(tables: Tables, good: Mapping[str, bool], detector: Detector) -> Iterator[Judged]:
    """Yield each behaviour's estimate for the assessed person of each session, beside the session's quality.

    Estimates are turned by the behaviour's sign, so that an area under the curve below one half speaks against it;
    behaviours without a sign are taken as they are.

    Parameters
    ----------
    tables
        The sessions; those without evidence of a behaviour are not judged by it.
    good
        Whether a session is one of the better ones, by conversation.
    """
    evidence = detector.detect(tables).evidence
    number = {conversation: i for i, conversation in enumerate(good)}
    for behaviour, entry in detector.knowledge.behaviours.items():
        own = (
            evidence.filter(pl.col("behaviour") == behaviour)
            .group_by("conversation", maintain_order=True)
            .agg(
                pl.col("hits").sum(),
                pl.col("opportunities").sum(),
                pl.col("exposure_s").sum(),
                ((pl.col("value") * pl.col("weight")).sum() / pl.col("weight").sum()).alias("value"),
            )
        )
        names = own["conversation"].to_list()
        quality = np.array([good[name] for name in names], bool)
        if min(int(quality.sum()), int((~quality).sum())) < _EACH_KIND:
            continue
        score = _estimates(own) * (-1.0 if entry.sign == "-" else 1.0)
        which = np.array([number[name] for name in names], np.int64)
        yield Judged(behaviour, f"{behaviour}, by session", which, quality, ("auc",), score=score)


def _estimates(own: pl.DataFrame) -> NDArray[np.float64]:
    """Return a value, or the rate drawn towards the mean of all sessions."""
    value = own["value"].to_numpy().astype(np.float64)
    hits = own["hits"].to_numpy().astype(np.float64)
    exposed = own["opportunities"].to_numpy().astype(np.float64) + own["exposure_s"].fill_null(0.0).to_numpy() / 60.0
    mean = hits.sum() / max(float(exposed.sum()), 1e-9)
    rate = (hits + _PRIOR * mean) / (exposed + _PRIOR)
    return np.where(np.isfinite(value), value, rate)
