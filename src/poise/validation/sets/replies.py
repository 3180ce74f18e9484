"""Building on what was said: uptake, reflection (AnnoMI), collaboration (CaSiNo), receptiveness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.validation.heard import Heard, tables_of
from poise.validation.metrics import Judged, Metric
from poise.validation.mistakes import Shown
from poise.validation.sets.rows import FOUND, Rows, each_alone, numbered
from poise.validation.sets.sessions import order_sessions

__all__ = ["SESSIONS", "annomi", "casino", "receptiveness", "uptake"]


def uptake(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """How far a reply builds on what was said."""
    pairs = ((str(i), [*(("customer", t) for t in r["previous"]), ("agent", r["text"])]) for i, r in enumerate(rows))
    heard = Heard(detector, tables_of(pairs))
    last = heard.scene.stream.first_turn[1:] - 1
    truth = np.array([row["uptake"] for row in rows], float)
    cluster = numbered([str(row["group"]) for row in rows])
    ours = "head uptake, by heads that have not seen the exchange's classroom talk"
    score = heard.probability("uptake", fold=[str(row["group"]) for row in rows])[last]
    shown = Shown(heard, last, ("listening.paraphrase",))
    yield name, Judged("uptake", ours, cluster, truth, ("spearman",), score=score, shown=shown)


_COLLABORATION: Final[dict[str, tuple[str, float, tuple[str, ...]]]] = {
    "promote-coordination": ("coordination", 0.30, ("agent.proposal", "help.offer")),
    "showing-empathy": ("empathy", 0.22, ("calm.acknowledges", "agent.agreement")),
    "other-need": ("other_need", 0.33, ("agent.formulation",)),
}
"""Head, probability from which it says yes, and what of the knowledge files is nearest, for pages of mistakes.

F1 is highest at half of what it reaches (Lipton et al. 2014): the probabilities are half of each head's F1 on held-out
folds of its training rows.
"""


def casino(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Collaboration in negotiations."""
    # each dialogue once for each of its two people, who is the agent there
    talks: list[tuple[str, list[tuple[str, str]]]] = []
    labels: list[tuple[int, list[str] | None]] = []
    dialogue: list[str] = []
    for i, row in enumerate(rows):
        for who in sorted({turn["speaker"] for turn in row["turns"]}):
            mine = [turn["speaker"] == who for turn in row["turns"]]
            dialogue.append(str(row.get("id", i)))
            talks.append(
                (
                    f"{i} {who}",
                    [("agent" if own else "customer", t["text"]) for own, t in zip(mine, row["turns"], strict=True)],
                )
            )
            labels += [(i, t["strategies"] if own else None) for own, t in zip(mine, row["turns"], strict=True)]
    heard = Heard(detector, tables_of(talks))
    judged = np.array([strategies is not None for _, strategies in labels], bool)
    cluster = np.array([i for i, _ in labels], np.int64)[judged]
    truth: list[NDArray[np.bool_]] = []
    found: list[NDArray[np.bool_]] = []
    for strategy, (head, least, acts) in _COLLABORATION.items():
        truth.append(np.array([strategy in (strategies or ()) for _, strategies in labels], bool)[judged])
        found.append(heard.probability(head, fold=dialogue)[judged] >= least)
        ours = f"head {head}, by heads that have not seen the dialogue"
        shown = Shown(heard, np.flatnonzero(judged), acts)
        yield name, Judged(strategy, ours, cluster, truth[-1], FOUND, found[-1], shown=shown)
    ours = "mean over the three strategies"
    macro: tuple[Metric, ...] = ("macro_f1",)
    yield name, Judged("collaboration", ours, cluster, np.column_stack(truth), macro, np.column_stack(found))


_REFLECTS: Final = 0.2
"""Heads are less sure in talk unlike the sentences that they were trained on, and F1 is highest below one half."""
SESSIONS: Final = "annomi/sessions"
"""Under which name in the table the behaviours stand by which sessions are ordered."""


def annomi(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Therapists' reflections, and the quality of their sessions."""
    roles = {"therapist": "agent", "client": "customer"}
    talks = ((row["id"], [(roles[t["role"]], t["text"]) for t in row["turns"]]) for row in rows)
    heard = Heard(detector, tables_of(talks, channel="call"))
    turns = [(i, turn) for i, row in enumerate(rows) for turn in row["turns"]]
    therapist = np.array([turn["role"] == "therapist" for _, turn in turns], bool)
    # several annotators: more than half of them
    reflects = np.array([_most(turn["reflection"]) for _, turn in turns], bool)[therapist]
    cluster = np.array([i for i, _ in turns], np.int64)[therapist]
    score = heard.probability("reflection")[therapist]
    found = score >= _REFLECTS
    ours = "head reflection, trained on the project's own exchanges"
    yield name, Judged("reflection", ours, cluster, reflects, (*FOUND, "auc"), found, score)
    spoken = np.bincount(cluster, minlength=len(rows))
    some = np.flatnonzero(spoken)
    share = np.bincount(cluster, weights=found, minlength=len(rows))[some] / spoken[some]
    good = np.array([rows[i]["quality"] == "high" for i in some], bool)
    ours = "share of the therapist's turns that reflect"
    yield name, Judged("session_quality", ours, some, good, ("auc",), score=share)
    quality = {row["id"]: row["quality"] == "high" for row in rows}
    for judged in order_sessions(heard.tables, quality, detector):
        yield SESSIONS, judged


def _most(labels: list[str]) -> bool:
    return sum(label != "none" for label in labels) * 2 > len(labels)


def receptiveness(name: str, rows: Rows, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Receptiveness to the other side, of whole texts."""
    heard = Heard(detector, each_alone(rows, "agent"))
    score = heard.probability("receptiveness", fold=[str(row.get("id", i)) for i, row in enumerate(rows)])
    truth = np.array([row["receptive"] for row in rows], float)
    ours = "head receptiveness, by heads that have not seen the text"
    shown = Shown(heard, np.arange(len(rows)), ())
    yield name, Judged("receptive", ours, np.arange(len(rows)), truth, ("spearman",), score=score, shown=shown)
