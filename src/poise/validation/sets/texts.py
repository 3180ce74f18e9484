"""Single texts: feelings (GoEmotions), politeness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.validation.heard import Heard
from poise.validation.metrics import Judged
from poise.validation.mistakes import Shown
from poise.validation.sets.rows import FOUND, Rows, each_alone

__all__ = ["goemotions", "politeness"]

_QUARTER: Final = 0.25


def goemotions(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Feelings in short comments."""
    customer, agent = (Heard(detector, each_alone(rows, role)) for role in ("customer", "agent"))
    emotions = [set(row["emotions"]) for row in rows]
    cluster = np.arange(len(rows))

    def felt(*names: str) -> NDArray[np.bool_]:
        return np.array([not emotion.isdisjoint(names) for emotion in emotions], bool)

    thanked = customer.has("customer.thanks")
    shown = Shown(customer, cluster, ("customer.thanks",))
    yield name, Judged("gratitude", "customer.thanks", cluster, felt("gratitude"), FOUND, thanked, shown=shown)
    acts = ("calm.acknowledges", "help.patience", "courtesy.closing")
    caring = agent.has(*acts, besides=["courtesy.thanks"])
    ours = "calm.acknowledges, help.patience, good wishes of courtesy.closing"
    shown = Shown(agent, cluster, acts)
    yield name, Judged("caring", ours, cluster, felt("caring"), FOUND, caring, shown=shown)
    sorry = agent.has("courtesy.apology")
    shown = Shown(agent, cluster, ("courtesy.apology",))
    yield name, Judged("remorse", "courtesy.apology", cluster, felt("remorse"), FOUND, sorry, shown=shown)
    complains = customer.has("customer.complaint", "customer.disagreement")
    anger = customer.level("customer.anger")
    upset = felt("anger", "annoyance", "disappointment", "disapproval")
    ours = "customer.anger by its level, customer.complaint, customer.disagreement"
    yield (
        name,
        Judged(
            "upset",
            ours,
            cluster,
            upset,
            (*FOUND, "auc"),
            complains | (anger > 0),
            anger + complains,
            Shown(customer, cluster, ("customer.anger", "customer.complaint", "customer.disagreement")),
        ),
    )


_POLITE: Final = {
    "courtesy.thanks": 0.87,
    "courtesy.please": 0.49,
    "courtesy.greeting": 0.43,
    "courtesy.apology": 0.36,
    "agent.positive": 0.12,
    "agent.negative": -0.13,
}
"""Mean politeness of requests with the strategy (Danescu-Niculescu-Mizil et al. 2013, table 3)."""


def politeness(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Politeness of requests, upper against lower quarter, by community."""
    heard = Heard(detector, each_alone(rows, "agent"))
    total = np.sum([worth * heard.has(act) for act, worth in _POLITE.items()], axis=0)
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
                "sum of courtesy signals by their published strength; polite where above zero",
                np.flatnonzero(judged),
                score[judged] >= high,
                ("accuracy", "auc"),
                total[judged] > 0,
                total[judged],
                texts=[rows[i]["text"] for i in np.flatnonzero(judged)],
            ),
        )
