"""What trained heads change in what phrases and rules mark: units that they add, marks that they veto."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from poise.detection.heads import Judgement, Trained
from poise.detection.phrases import Marks, no_marks
from poise.detection.scene import Scene
from poise.detection.units import Side
from poise.knowledge.schema import Behaviour, Signal

__all__ = ["FIRST_HEAD", "judge", "vetoed"]

FIRST_HEAD = -2
"""Source of marks of the first head; those of the next ones count down from it."""


def judge(
    scene: Scene, entries: Mapping[str, Signal | Behaviour], trained: Trained, names: Sequence[str]
) -> dict[str, Judgement]:
    """Ask the heads that entries name, and add and veto marks of their phrases in the scene.

    Parameters
    ----------
    names
        Names of all heads, by which the source of an added mark is numbered.

    Returns
    -------
    dict
        Entry -> what its head says; entries without a head of this tier are left out.
    """
    asked = {name: (entry.trained.head, _side(entry)) for name, entry in entries.items() if entry.trained is not None}
    said = trained.judge(scene, asked.values())
    judged = {name: said[which] for name, which in asked.items() if which in said}
    changed = dict(scene.written)
    for name, judgement in judged.items():
        wanted = entries[name].trained
        assert wanted is not None  # only such entries are asked
        marks = changed.get(name, no_marks())
        if wanted.vetoes is not None:
            marks = marks.take(~vetoed(marks, judgement, wanted.vetoes))
        if wanted.adds is not None:
            source = FIRST_HEAD - names.index(wanted.head)
            marks = _added(marks, judgement, wanted.adds, wanted.level, source)
        changed[name] = marks
    scene.phrases = changed
    return judged


def _side(entry: Signal | Behaviour) -> Side:
    return "customer" if isinstance(entry, Signal) and entry.side == "customer" else "agent"


def vetoed(marks: Marks, judgement: Judgement, below: float) -> NDArray[np.bool_]:
    """Return which marks of phrases and rules lie in units that the head finds less likely than ``below``."""
    likely = judgement.over(marks.first, marks.last)
    return (marks.source > FIRST_HEAD) & (likely < below)


def _added(marks: Marks, judgement: Judgement, least: float, level: float | None, source: int) -> Marks:
    """Return marks with the units added that the head finds likely and in which there is none yet."""
    units, likely = judgement.units, judgement.probability
    low = np.searchsorted(marks.last, units.first)
    high = np.searchsorted(marks.first, units.last, side="right")
    new = np.flatnonzero((likely >= least) & (high <= low))
    graded = likely[new] if level is None else np.full(len(new), level)
    extra = Marks(
        units.first[new],
        units.last[new],
        units.turn[new],
        graded.astype(np.float32),
        np.full(len(new), source, np.int32),
    )
    both = Marks(*(np.concatenate([getattr(m, name) for m in (marks, extra)]) for name in Marks.__slots__))
    return both.take(np.argsort(both.first, kind="stable"))
