"""Agreement with labels, each figure with an interval that resamples whole conversations.

Turns of one conversation are alike, so an interval that treats them as independent is too narrow: what is drawn
again, with replacement, are conversations (Field and Welsh 2007). A resample is a row of counts, how often each
conversation was drawn, so that all resamples are computed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from poise.validation.mistakes import Shown

__all__ = ["COVERAGE", "RESAMPLES", "Figure", "Judged", "Metric", "figures"]

Metric = Literal["precision", "recall", "f1", "macro_f1", "accuracy", "auc", "spearman"]

RESAMPLES: Final = 1000
COVERAGE: Final = 0.95
"""Of intervals: from the 2.5th to the 97.5th percentile of the resamples."""
_SEED: Final = 20260101
_AT_ONCE: Final = 4_000_000  # cells of a block of resamples, to keep memory flat

_Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Labels of one target beside what was found.

    Parameters
    ----------
    target
        The label as the data writes it.
    ours
        What of Poise answers for it, in words for the reader of the table.
    cluster
        Conversation of each row (length n), any whole numbers.
    truth
        Labels (length n): booleans, or numbers where the target is graded. For ``macro_f1`` one column per class.
    metrics
        What to compute.
    found
        Whether the act was found (length n, or n x classes).
    score
        How strongly, where it is graded (length n).
    shown
        Where the rows stand, for pages of mistakes; None where their words are not to be read.
    texts
        Words of the rows (length n) for peers, where ``shown`` has none; they are never written.
    """

    target: str
    ours: str
    cluster: NDArray[np.int64]
    truth: NDArray[np.bool_] | _Floats
    metrics: tuple[Metric, ...]
    found: NDArray[np.bool_] | None = None
    score: _Floats | None = None
    shown: Shown | None = None
    texts: Sequence[str] | None = None

    def words(self) -> Sequence[str] | None:
        """Return the words of each row; None where the set gives none."""
        if self.texts is None and self.shown is not None:
            said: list[str] = self.shown.heard.tables.turns["text"].gather(self.shown.rows).to_list()
            return said
        return self.texts


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; None where it is not defined (nothing to find, or too few conversations)."""

    metric: Metric
    value: float | None
    low: float | None
    high: float | None


def figures(judged: Judged, *, resamples: int = RESAMPLES, seed: int = _SEED) -> list[Figure]:
    """Return each metric with its bootstrap interval clustered by conversation.

    Parameters
    ----------
    judged
        Labels and findings of one target.
    resamples
        How often conversations are drawn again.
    seed
        Of the draws; the same for the same figures.
    """
    _, cluster = np.unique(judged.cluster, return_inverse=True)
    n = int(cluster.max(initial=-1)) + 1
    drawn = np.ones((1, n))
    if n > 1:
        again = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
        drawn = np.vstack([drawn, again])
    out = []
    for metric in judged.metrics:
        values = _METRICS[metric](judged, cluster, drawn) if n else np.full(1, np.nan)
        usable = values[1:][np.isfinite(values[1:])]
        low = high = None
        if resamples and len(usable) >= 0.5 * resamples and np.isfinite(values[0]):
            low, high = (float(q) for q in np.quantile(usable, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2]))
        out.append(Figure(metric, float(values[0]) if np.isfinite(values[0]) else None, low, high))
    return out


def _divided(above: _Floats, below: _Floats) -> _Floats:
    out: _Floats = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def _confusion(
    found: NDArray[np.bool_], truth: NDArray[np.bool_], cluster: NDArray[np.int64], drawn: _Floats
) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    """Return true and false positives, false and true negatives of every resample."""
    kind = np.where(found, np.where(truth, 0, 1), np.where(truth, 2, 3))
    table = np.bincount(cluster * 4 + kind, minlength=drawn.shape[1] * 4).reshape(-1, 4)
    totals = drawn @ table
    return totals[:, 0], totals[:, 1], totals[:, 2], totals[:, 3]


def _both(judged: Judged) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    if judged.found is None:
        raise ValueError(f"{judged.target}: nothing was found or not found, there is only a score")
    return judged.found, judged.truth.astype(bool)


def _precision(judged: Judged, cluster: NDArray[np.int64], drawn: _Floats) -> _Floats:
    tp, fp, _, _ = _confusion(*_both(judged), cluster, drawn)
    return _divided(tp, tp + fp)


def _recall(judged: Judged, cluster: NDArray[np.int64], drawn: _Floats) -> _Floats:
    tp, _, fn, _ = _confusion(*_both(judged), cluster, drawn)
    return _divided(tp, tp + fn)


def _f1(judged: Judged, cluster: NDArray[np.int64], drawn: _Floats) -> _Floats:
    tp, fp, fn, _ = _confusion(*_both(judged), cluster, drawn)
    return np.where(tp + fn > 0, _divided(2 * tp, 2 * tp + fp + fn), np.nan)


def _macro_f1(judged: Judged, cluster: NDArray[np.int64], drawn: _Floats) -> _Floats:
    found, truth = _both(judged)
    each = []
    for k in range(truth.shape[1]):
        tp, fp, fn, _ = _confusion(found[:, k], truth[:, k], cluster, drawn)
        each.append(np.where(tp + fn > 0, _divided(2 * tp, 2 * tp + fp + fn), np.nan))
    # the mean of the classes that a resample has; a small set's resample may lack some
    values = np.array(each)
    there = np.isfinite(values)
    return _divided(np.where(there, values, 0.0).sum(axis=0), there.sum(axis=0).astype(np.float64))


def _accuracy(judged: Judged, cluster: NDArray[np.int64], drawn: _Floats) -> _Floats:
    tp, fp, fn, tn = _confusion(*_both(judged), cluster, drawn)
    return _divided(tp + tn, tp + fp + fn + tn)


def _scores(judged: Judged) -> _Floats:
    if judged.score is None:
        raise ValueError(f"{judged.target}: there is no score to rank by")
    return judged.score


def _in_blocks(cluster: NDArray[np.int64], drawn: _Floats, compute: Callable[[_Floats], _Floats]) -> _Floats:
    """Run ``compute`` on how often each row was drawn (resamples x n), some resamples at a time."""
    step = max(_AT_ONCE // max(len(cluster), 1), 1)
    return np.concatenate([compute(drawn[i : i + step][:, cluster]) for i in range(0, len(drawn), step)])


def _auc(judged: Judged, cluster: NDArray[np.int64], drawn: _Floats) -> _Floats:
    """Chance that a positive row scores above a negative one, ties counted half (Mann and Whitney 1947)."""
    score, truth = _scores(judged), judged.truth.astype(bool)
    order = np.argsort(score, kind="stable")
    sorted_score, positive = score[order], truth[order].astype(np.float64)
    starts = np.flatnonzero(np.append(True, sorted_score[1:] != sorted_score[:-1]))

    def compute(times: _Floats) -> _Floats:
        ups = np.add.reduceat(times * positive, starts, axis=1)
        downs = np.add.reduceat(times * (1 - positive), starts, axis=1)
        below = np.cumsum(downs, axis=1) - downs / 2
        return _divided((ups * below).sum(axis=1), ups.sum(axis=1) * downs.sum(axis=1))

    return _in_blocks(cluster[order], drawn, compute)


def _ranked(values: _Floats) -> Callable[[_Floats], _Floats]:
    """Return a function that ranks rows of resamples, ties at their middle."""
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.append(True, group[order][1:] != group[order][:-1]))

    def ranks(times: _Floats) -> _Floats:
        mass = np.add.reduceat(times[:, order], starts, axis=1)
        middle: _Floats = (np.cumsum(mass, axis=1) - mass / 2)[:, group]
        return middle

    return ranks


def _spearman(judged: Judged, cluster: NDArray[np.int64], drawn: _Floats) -> _Floats:
    """Correlation of ranks."""
    rank_score, rank_truth = _ranked(_scores(judged)), _ranked(judged.truth.astype(np.float64))

    def compute(times: _Floats) -> _Floats:
        total = times.sum(axis=1, keepdims=True)
        x, y = rank_score(times), rank_truth(times)
        x = x - (times * x).sum(axis=1, keepdims=True) / total
        y = y - (times * y).sum(axis=1, keepdims=True) / total
        spread = (times * x * x).sum(axis=1) * (times * y * y).sum(axis=1)
        return _divided((times * x * y).sum(axis=1), np.sqrt(spread))

    return _in_blocks(cluster, drawn, compute)


_METRICS: Final[dict[Metric, Callable[[Judged, NDArray[np.int64], _Floats], _Floats]]] = {
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "macro_f1": _macro_f1,
    "accuracy": _accuracy,
    "auc": _auc,
    "spearman": _spearman,
}
