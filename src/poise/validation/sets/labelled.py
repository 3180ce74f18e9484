"""Turns that somebody labelled with what Poise itself looks for: yes, no, or not judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.knowledge import Knowledge
from poise.knowledge.rules import EventRule, Human, Overlap, Shift, Timeline
from poise.knowledge.schema import Behaviour, Signal
from poise.model import Tables
from poise.validation.heard import Heard
from poise.validation.metrics import Judged, Metric
from poise.validation.mistakes import Shown
from poise.validation.sets.rows import FOUND

__all__ = ["ALL", "NO", "UNJUDGED", "YES", "Labelled", "judge_turns", "said_in_turns"]

YES: Final = 1
NO: Final = 0
UNJUDGED: Final = -1
ALL: Final = "all"
"""The row of the table that takes all targets of a set together."""

_NOT_SAID: Final = (Overlap, Timeline, EventRule, Human, Shift)
_MACRO: Final[tuple[Metric, ...]] = ("macro_f1",)
_LEVEL: Final[tuple[Metric, ...]] = ("spearman",)


@dataclass(frozen=True)
class Labelled:
    """Conversations, and labels of some of their turns.

    Attributes
    ----------
    tables
        Whole conversations.
    rows
        Rows of ``tables.turns`` that bear labels (length n).
    cluster
        What is drawn again together, for each of them: conversations, or families of sentences.
    labels
        Behaviour or signal -> :data:`YES`, :data:`NO` or :data:`UNJUDGED` for each labelled turn (length n).
    levels
        Graded signal -> its level in each labelled turn, 0 where there is none (length n).
    """

    tables: Tables
    rows: NDArray[np.int64]
    cluster: NDArray[np.int64]
    labels: Mapping[str, NDArray[np.int8]]
    levels: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


def said_in_turns(knowledge: Knowledge) -> dict[str, Signal | Behaviour]:
    """Return the entries that a turn either does or does not do.

    Left out are those that times, events, people or a simulated shift tell, and measures of whole texts.
    """
    return {
        name: entry
        for name, entry in knowledge.entries().items()
        if not isinstance(entry.rule, _NOT_SAID)
        and not (isinstance(entry, Behaviour) and entry.opportunity.occasion == "measure")
    }


def judge_turns(name: str, labelled: Labelled, detector: Detector) -> Iterator[tuple[str, Judged]]:
    """Yield each target's labels beside what was found, then all of them together.

    Where a behaviour asks also for a place in the conversation, that is set aside: labels say what a turn does.
    """
    heard = Heard(detector, labelled.tables)
    truth: list[NDArray[np.bool_]] = []
    found: list[NDArray[np.bool_]] = []
    for target, labels in labelled.labels.items():
        judged = labels != UNJUDGED
        yes = labels == YES
        hit = heard.has(target)[labelled.rows]
        shown = Shown(heard, labelled.rows[judged], (target,))
        yield name, Judged(target, target, labelled.cluster[judged], yes[judged], FOUND, hit[judged], shown=shown)
        # a turn that nobody judged counts neither for nor against
        truth.append(yes)
        found.append(hit & judged)
    for target, levels in labelled.levels.items():
        score = heard.level(target)[labelled.rows]
        ours = f"{target}, its level"
        yield name, Judged(f"{target} level", ours, labelled.cluster, levels, _LEVEL, score=score)
    if truth:
        ours = f"mean over {len(truth)} targets"
        yield name, Judged(ALL, ours, labelled.cluster, np.column_stack(truth), _MACRO, np.column_stack(found))
