"""Single texts: feelings (GoEmotions), politeness, sentiment (NoReC)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from poise.detection.detector import Detector
from poise.detection.heads import Tier
from poise.validation.heard import Heard, tables_of
from poise.validation.metrics import Judged, Metric
from poise.validation.mistakes import Shown
from poise.validation.sets.rows import FOUND, Rows, each_alone

__all__ = ["goemotions", "norec", "politeness"]

_QUARTER: Final = 0.25
_FELT: Final[dict[tuple[str, Tier], float]] = {
    ("caring", "fast"): 0.15,
    ("caring", "full"): 0.16,
    ("remorse", "full"): 0.13,
    ("upset", "fast"): 0.23,
    ("upset", "full"): 0.27,
}
"""Heads that do better than phrases, and the probability from which each says yes: that of the highest F1 on held-out
folds of the training part."""
_LABELS: Final[dict[str, tuple[str, ...]]] = {
    "gratitude": ("gratitude",),
    "caring": ("caring",),
    "remorse": ("remorse",),
    "upset": ("anger", "annoyance", "disappointment", "disapproval"),
}
_ENTRIES: Final[dict[str, tuple[str, ...]]] = {
    "gratitude": ("customer.thanks",),
    "caring": ("calm.acknowledges", "help.patience", "courtesy.closing"),
    "remorse": ("courtesy.apology",),
    "upset": ("customer.anger", "customer.complaint", "customer.disagreement"),
}
"""What of the knowledge files answers where no head does, and is shown on pages of mistakes."""
_SENTIMENT_WORTH: Final[dict[Tier, tuple[float, float]]] = {"fast": (3.0, 1.3), "full": (2.1, 1.4)}
"""What the probabilities of Negative and Positive are multiplied with before the largest of three is taken: the pair of
the highest macro F1 on held-out folds of the training part."""


def goemotions(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Feelings in short comments, by heads trained on the training part where they do better than phrases."""
    customer, agent = (Heard(detector, each_alone(rows, role)) for role in ("customer", "agent"))
    emotions = [set(row["emotions"]) for row in rows]
    cluster = np.arange(len(rows))
    for target, labels in _LABELS.items():
        truth = np.array([not emotion.isdisjoint(labels) for emotion in emotions], bool)
        entries = _ENTRIES[target]
        said_by = customer if entries[0].startswith("customer.") else agent
        shown = Shown(said_by, cluster, entries)
        least = _FELT.get((target, customer.tier))
        if least is None:
            found = said_by.has(*entries)
            yield name, Judged(target, ", ".join(entries), cluster, truth, FOUND, found, shown=shown)
            continue
        score = customer.probability(target, side="customer")
        ours = f"head {target}, trained on the training part"
        metrics: tuple[Metric, ...] = (*FOUND, "auc") if target == "upset" else FOUND
        yield name, Judged(target, ours, cluster, truth, metrics, score >= least, score, shown)


def politeness(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Politeness of requests, upper against lower quarter, by community.

    The quarters are of a community's own scale, and so is what is found: a request is polite where the head puts it
    above the middle one of all requests of its community.
    """
    value = Heard(detector, each_alone(rows, "agent")).probability("politeness")
    score = np.array([row["score"] for row in rows], float)
    community = np.array([row["community"] for row in rows], np.str_)
    for which in np.unique(community):
        own = community == which
        low, high = np.quantile(score[own], [_QUARTER, 1 - _QUARTER])
        judged = own & ((score <= low) | (score >= high))
        yield (
            f"{name}/{which}",
            Judged(
                "polite",
                "head politeness, trained on sentences of the project; polite above its median in the community",
                np.flatnonzero(judged),
                score[judged] >= high,
                ("accuracy", "auc"),
                value[judged] > np.median(value[own]),
                value[judged],
                texts=[rows[i]["text"] for i in np.flatnonzero(judged)],
            ),
        )


def norec(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Sentiment of Norwegian sentences of reviews, three classes; sentences of one review are drawn together."""
    tables = tables_of(((str(i), [("customer", row["text"])]) for i, row in enumerate(rows)), language="nb")
    heard = Heard(detector, tables)
    bad, good = (heard.probability(f"sentiment_{which}", side="customer") for which in ("negative", "positive"))
    worth_bad, worth_good = _SENTIMENT_WORTH[heard.tier]
    likely = np.column_stack([worth_bad * bad, np.maximum(1 - bad - good, 0), worth_good * good]).argmax(axis=1)
    classes = ("Negative", "Neutral", "Positive")
    yield (
        name,
        Judged(
            "sentiment",
            "heads sentiment_negative and sentiment_positive, trained on the training part",
            np.unique([row["id"].split("-")[0] for row in rows], return_inverse=True)[1].astype(np.int64),
            np.array([[row["sentiment"] == one for one in classes] for row in rows], bool),
            ("macro_f1",),
            likely[:, None] == np.arange(len(classes)),
        ),
    )
