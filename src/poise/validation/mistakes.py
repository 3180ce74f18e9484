"""The most confident mistakes of each target, as pages to learn from: with their words, so never of sets kept back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import jinja2
import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.validation.heard import Heard
from poise.validation.metrics import Judged

__all__ = ["MOST", "Mistake", "Mistakes", "Shown", "find_mistakes", "write_mistakes"]

MOST: Final = 20
"""Mistakes of each kind that a page shows."""
_BEFORE: Final = 3  # turns of context
_PHRASE: Final = 60  # characters of a phrase that are shown
_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Shown:
    """Where the judged rows of a target stand, so that mistakes can be read.

    Attributes
    ----------
    heard
        The batch.
    rows
        Row of ``heard.tables.turns`` of each judged row (length n).
    acts
        Behaviours and signals that answer for the target.
    """

    heard: Heard
    rows: NDArray[np.int64]
    acts: tuple[str, ...]


class Mistake(msgspec.Struct, frozen=True):
    """One row that was judged otherwise than it is labelled."""

    kind: str  # "false hit", "miss"; of graded targets "too high", "too low"
    text: str
    role: str
    language: str
    score: float | None  # how strongly it was found; None where a rule only says yes or no
    why: list[str]  # phrases, rules and heads that found it
    marked: list[tuple[int, int]]  # what they found: begin and end in code points, in order, apart from each other
    before: list[tuple[str, str]]  # role and text of what was said before, oldest first
    label: str


class Mistakes(msgspec.Struct, frozen=True):
    """The mistakes of one target."""

    dataset: str
    target: str
    ours: str
    tier: str
    false_hits: int
    misses: int
    shown: list[Mistake]


def find_mistakes(dataset: str, judged: Judged, *, tier: str) -> Mistakes | None:
    """Return the twenty most confident mistakes of each kind; None where the target's rows cannot be shown.

    Confidence is the score where there is one: the highest of false hits, the lowest of misses. Rules that only say
    yes or no give none; of their mistakes twenty are taken by a hash of their words, so that they are of all kinds and
    the same each time. Equal texts are shown once. Of a graded target those are shown whose ranks by score and by label
    lie farthest apart.
    """
    shown = judged.shown
    if shown is None or judged.truth.ndim > 1:
        return None
    score = judged.score if judged.score is not None else _confidence(shown)
    if judged.found is None:
        if judged.truth.dtype == np.bool_:
            return None  # a score that ranks yes above no has no mistakes of its own
        off = _ranks(score) - _ranks(judged.truth.astype(float))
        kinds = {"too high": np.argsort(-off, kind="stable")[:MOST], "too low": np.argsort(off, kind="stable")[:MOST]}
        counts = (0, 0)
    else:
        false, missed = judged.found & ~judged.truth.astype(bool), ~judged.found & judged.truth.astype(bool)
        texts = shown.heard.tables.turns["text"].gather(shown.rows)
        draw = np.array([hashlib.sha256(text.encode()).digest()[:8] for text in texts], "S8")
        known = np.nan_to_num(score, nan=0.0)
        kinds = {
            "false hit": _first(false, -known, draw),
            "miss": _first(missed, known, draw),
        }
        counts = (int(false.sum()), int(missed.sum()))
    rows = [_mistake(kind, int(i), judged, shown, score) for kind, found in kinds.items() for i in found]
    return Mistakes(dataset, judged.target, judged.ours, tier, *counts, rows)


def _first(which: NDArray[np.bool_], key: NDArray[np.float64], draw: NDArray[Any]) -> NDArray[np.int64]:
    rows = np.flatnonzero(which)
    rows = rows[np.lexsort((draw[rows], key[rows]))]
    fresh = np.sort(np.unique(draw[rows], return_index=True)[1])
    return rows[fresh[:MOST]]


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 0 to 1, ties at their middle."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle: NDArray[np.float64] = ((np.cumsum(counts) - counts / 2) / len(values))[group]
    return middle


def _mistake(kind: str, i: int, judged: Judged, shown: Shown, score: NDArray[np.float64]) -> Mistake:
    turns = shown.heard.tables.turns
    row = int(shown.rows[i])
    begin = max(row - _BEFORE, 0)
    near = turns.slice(begin, row - begin + 1).select("conversation", "role", "text").rows()
    name, role, text = near[-1]
    before = [(who, said) for talk, who, said in near[:-1] if talk == name]
    heads = shown.heard.tables.conversations
    language = heads.filter(pl.col("conversation") == name)["language"].item(0)
    truth = judged.truth[i]
    label = ("yes" if truth else "no") if judged.truth.dtype == np.bool_ else f"{float(truth):.2f}"
    why, marked = _reasons(shown, row)
    if not why and kind == "false hit":  # found by what answers for the target beside its entries
        why = [judged.ours]
    worth = None if np.isnan(score[i]) else float(score[i])
    return Mistake(kind, text, role, language or "", worth, why, marked, before, label)


def _confidence(shown: Shown) -> NDArray[np.float64]:
    """Return how sure the detector's heads are that one of the acts is there; nan where none is asked."""
    scene, turns = shown.heard.scene, shown.heard.turns
    said = [scene.judged[act].by_turn(turns)[shown.rows] for act in shown.acts if act in scene.judged]
    return np.max(said, axis=0) if said else np.full(len(shown.rows), np.nan)


def _reasons(shown: Shown, row: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Return what found the acts in a turn (whose it is, and the phrase or the rule), and where."""
    detector, stream = shown.heard.detector, shown.heard.scene.stream
    why: list[str] = []
    spans: list[tuple[int, int]] = []
    for act in shown.acts:
        marks = shown.heard.marks(act)
        marks = marks.take(marks.turn == row)
        entry = detector.knowledge.entries()[act]
        for source in marks.source.tolist():
            by = detector.rule_label(entry, source)
            why.append(f"{act}, {by if len(by) <= _PHRASE else by[:_PHRASE] + ' …'}")
        spans += zip(stream.begin[marks.first].tolist(), stream.end[marks.last].tolist(), strict=True)
    return list(dict.fromkeys(why)), _apart(sorted(spans))


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that overlap."""
    out: list[tuple[int, int]] = []
    for begin, end in spans:
        if out and begin < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((begin, end))
    return out


# ---------------------------------------------------------------- pages


def write_mistakes(pages: Sequence[Mistakes], folder: Path, *, knowledge: str) -> Path:
    """Write one page for each target, and an index; return the index's path."""
    folder.mkdir(parents=True, exist_ok=True)
    rooms = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=jinja2.FileSystemLoader(_TEMPLATES)
    )
    rooms.filters["pieces"] = _pieces
    names = [re.sub(r"[^\w.-]+", "-", f"{page.dataset}-{page.target}") + ".html" for page in pages]
    for name, page in zip(names, pages, strict=True):
        groups = {kind: [one for one in page.shown if one.kind == kind] for kind in _kinds(page)}
        html = rooms.get_template("mistakes.html").render(page=page, groups=groups, most=MOST, knowledge=knowledge)
        (folder / name).write_text(html, encoding="utf-8")
    index = folder / "index.html"
    html = rooms.get_template("mistakes_index.html").render(
        pages=list(zip(names, pages, strict=True)), knowledge=knowledge
    )
    index.write_text(html, encoding="utf-8")
    return index


def _pieces(one: Mistake) -> list[tuple[bool, str]]:
    """Return the text cut where what was found begins and ends, with whether each piece was found."""
    cuts = [0, *(at for span in one.marked for at in span), len(one.text)]
    return [(bool(i % 2), one.text[a:b]) for i, (a, b) in enumerate(pairwise(cuts)) if b > a]


def _kinds(page: Mistakes) -> tuple[str, str]:
    graded = any(one.kind.startswith("too") for one in page.shown)
    return ("too high", "too low") if graded else ("false hit", "miss")
