"""Which share of words in common tells that a reply builds on what was said: measured on the uptake data.

``listening.paraphrase`` needs a denominator and a threshold. Raters said of each reply whether it builds on what was
said before (Demszky et al. 2021); here every way of counting is put beside their judgement.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.validation.heard import Heard, tables_of
from poise.validation.metrics import Judged, figures

__all__ = ["measure_denominators"]

_THRESHOLDS: Final = np.round(np.arange(0.05, 0.65, 0.05), 2)
_SHARED_WORDS: Final = (1, 2)


def measure_denominators(rows: list[dict[str, object]], detector: Detector) -> pl.DataFrame:
    """Return a row for each way to count words in common.

    Parameters
    ----------
    rows
        Rows of the uptake set: ``previous``, ``text``, ``uptake``, ``majority``, ``group``.
    detector
        Knowledge, compiled; its content words and their rarity are used.

    Returns
    -------
    Columns ``weight`` (rarity in bits, or count), ``denominator``, ``spearman`` with the mean rating, ``auc_some``
    (majority 1 or more against 0), ``auc_high`` (majority 2 against less), then for the best threshold by Youden's J
    for high uptake: ``at_least`` (words in common), ``threshold``, ``precision``, ``recall`` and ``recall_some``.
    """
    before: list[list[str]] = [[str(t) for t in row["previous"]] for row in rows]  # type: ignore[attr-defined]
    heard = Heard(
        detector,
        tables_of(
            (str(i), [*(("customer", t) for t in said), ("agent", str(row["text"]))])
            for i, (said, row) in enumerate(zip(before, rows, strict=True))
        ),
    )
    uptake = np.array([row["uptake"] for row in rows], float)
    majority = np.array([np.nan if row["majority"] is None else row["majority"] for row in rows], float)
    agreed = np.isfinite(majority)
    _, group = np.unique([str(row["group"]) for row in rows], return_inverse=True)
    out = []
    for weight, sums in _sums(heard).items():
        common, reply, customer = sums
        n_common = _sums(heard)["count"][0]
        for denominator, below in {
            "reply": reply,
            "customer": customer,
            "smaller of the two": np.minimum(reply, customer),
            "both together (Jaccard)": reply + customer - common,
        }.items():
            share = np.divide(common, below, out=np.zeros(len(common)), where=below > 0)
            ranked = Judged("uptake", "", group, uptake, ("spearman",), score=share)
            row: dict[str, object] = {"weight": weight, "denominator": denominator}
            row["spearman"] = figures(ranked, resamples=1)[0].value
            for name, least in (("auc_some", 1), ("auc_high", 2)):
                truth = majority[agreed] >= least
                told = Judged(name, "", group[agreed], truth, ("auc",), score=share[agreed])
                row[name] = figures(told, resamples=1)[0].value
            out.append({**row, **_best(share[agreed], n_common[agreed], majority[agreed])})
    return pl.DataFrame(out)


def _sums(heard: Heard) -> dict[str, NDArray[np.float64]]:
    """Return, by weight, what is in common, in the reply and before it (3 x replies), each stem counted once."""
    scene = heard.scene
    stream = scene.stream
    last = stream.first_turn[1:] - 1
    at = np.flatnonzero(scene.content)
    words = pl.DataFrame(
        {
            "talk": stream.conversation[stream.turn[at]],
            "reply": stream.turn[at] == last[stream.conversation[stream.turn[at]]],
            "stem": scene.stems[at],
            "rarity": scene.rarity[at].astype(np.float64),
        }
    ).unique(["talk", "reply", "stem"], maintain_order=True)
    own, theirs = words.filter("reply"), words.filter(~pl.col("reply"))
    common = own.join(theirs.select("talk", "stem"), on=["talk", "stem"], how="semi")
    n = len(last)
    parts = (common, own, theirs)
    return {
        weight: np.stack(
            [
                np.bincount(part["talk"], weights=part["rarity"] if weight == "rarity" else None, minlength=n)
                for part in parts
            ]
        ).astype(np.float64)
        for weight in ("rarity", "count")
    }


def _best(share: NDArray[np.float64], n_common: NDArray[np.float64], majority: NDArray[np.float64]) -> dict[str, float]:
    """Return the threshold with the highest Youden's J for high uptake, the higher one of equals."""
    high, some = majority >= 2, majority >= 1
    best: dict[str, float] = {}
    reached = -1.0
    for at_least in _SHARED_WORDS:
        for threshold in _THRESHOLDS:
            told = (share >= threshold) & (n_common >= at_least)
            recall = float(told[high].mean())
            j = recall - float(told[~high].mean())
            if j >= reached:
                reached = j
                best = {
                    "at_least": float(at_least),
                    "threshold": float(threshold),
                    "precision": float(high[told].mean()) if told.any() else float("nan"),
                    "recall": recall,
                    "recall_some": float(told[some].mean()),
                }
    return best
