"""The accuracy table: what the detector of ``poise analyze`` finds, against labelled data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from poise import __version__
from poise.detection.detector import Detector
from poise.detection.heads import Tier
from poise.knowledge import Knowledge
from poise.model import Schema
from poise.pipeline.weights import armed, weights_version
from poise.validation.compared import COMPARED
from poise.validation.finished import Finished, SetFigures, fingerprint
from poise.validation.metrics import RESAMPLES, Judged, figures
from poise.validation.mistakes import Mistakes, find_mistakes
from poise.validation.peers import NO_PEERS, Peers
from poise.validation.restating import measure_denominators
from poise.validation.sets import SETS
from poise.validation.sets.labelled import judge_turns
from poise.validation.sets.own import OWN, read_own_labels
from poise.validation.sets.rows import Judge, read_rows
from poise.validation.sets.sentences import SENTENCE_SETS, labelled_sentences, sentence_file

__all__ = ["ACCURACY", "Accuracy", "measure_accuracy"]

PEER: Final = pl.List(
    pl.Struct({"name": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "version": pl.String})
)
"""Figures of peers; an empty list where none has an answer for the label."""
ACCURACY: Final[Schema] = {
    "dataset": pl.String,  # the file's name; politeness by community
    "target": pl.String,  # the label as the data writes it
    "metric": pl.String,  # precision, recall, f1, macro_f1, accuracy, auc, spearman
    "value": pl.Float64,  # null where it is not defined
    "low": pl.Float64,  # 95 % interval, conversations resampled
    "high": pl.Float64,
    "n": pl.Int64,  # rows judged
    "base_rate": pl.Float64,  # share of rows with the label; null where it is graded
    "tier": pl.String,
    "ours": pl.String,  # what of Poise answers for the label
    "aim": pl.Float64,  # null where none is set
    "elsewhere": pl.String,  # best figure known, and what was done for it
    "fast": pl.Float64,  # what the fast tier reaches on the same rows; null where that is the tier measured
    "loss": pl.Float64,  # value less fast: what a run pays for the fast tier
    "peer": PEER,  # other programs on the same rows
    "knowledge": pl.String,  # versions
    "weights": pl.String,
    "poise": pl.String,
}
"""Columns of ``accuracy.parquet``; the first nine are the fields of ``accuracy.json``."""
_JSON_FIELDS: Final = ("dataset", "target", "metric", "value", "low", "high", "n", "base_rate", "tier")
_FAST: Final[Tier] = "fast"
_NAMES: Final = ("{}.jsonl.gz", "{}.jsonl")

Said = Callable[[str, int, int], None]
"""Told the name of a set as it is begun, its number and how many there are."""


@dataclass(frozen=True)
class Accuracy:
    """What was measured.

    Attributes
    ----------
    table
        Rows of :data:`ACCURACY`.
    denominators
        Ways to count words in common on the uptake data, where that set is there
        (:func:`poise.validation.restating.measure_denominators`).
    absent
        Sets that are not in the folder.
    mistakes
        The surest mistakes of each target, on sets whose words may be read.
    peers
        Other programs that were measured on the same rows, and those that were left out.
    """

    table: pl.DataFrame
    knowledge: str
    tier: str
    absent: list[str] = field(default_factory=list)
    denominators: pl.DataFrame | None = None
    mistakes: list[Mistakes] = field(default_factory=list)
    peers: Peers = NO_PEERS

    def to_json(self) -> bytes:
        """Return ``accuracy.json``: a list of figures."""
        rows = self.table.select(_JSON_FIELDS).to_dicts()
        return msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n"


@dataclass(frozen=True)
class _Set:
    """A set that is there.

    Attributes
    ----------
    files
        What it is read from.
    judge
        Yields each target of it.
    shown
        Whether its words may be read: mistakes in it have pages.
    """

    name: str
    files: list[Path]
    judge: Callable[[Detector], Iterator[tuple[str, Judged]]]
    shown: bool = False


def measure_accuracy(
    data: Path | None = None,
    *,
    knowledge: Knowledge,
    tier: Tier = "fast",
    labels: Path | None = None,
    peers: Peers = NO_PEERS,
    finished: Finished | None = None,
    said: Said | None = None,
) -> Accuracy:
    """Measure every target whose labelled set is there, and the test sentences that ship.

    Parameters
    ----------
    data
        Folder with sets in ``open``, ``evaluation`` and ``labels``.
    knowledge
        Loaded files; the same detector as in an analysis is compiled from them.
    tier
        Which detectors run: phrases, rules and the heads of this tier. ``full`` measures ``fast`` on the same rows too.
    labels
        Folder with labels of one's own (:func:`poise.validation.sets.own.read_own_labels`).
    peers
        Other programs that are measured on the same rows (:func:`poise.validation.peers.find_peers`).
    finished
        Sets that were measured before and are not measured again, and where to keep those that are.
    said
        Told the name of each set as it is begun.

    Raises
    ------
    ValueError
        Where a folder is given and no set is there at all, or a row is no JSON object or lacks a field.
    """
    compiled = Detector(knowledge)
    detectors = {which: armed(compiled, which) for which in dict.fromkeys((tier, _FAST))}
    sets, absent = _labelled_sets(data)
    folders = [labels] if labels is not None else []
    if data is not None and (data / OWN).is_dir():
        folders.append(data / OWN)
    sets += [one for folder in folders for one in _own_sets(folder, knowledge)]
    if data is not None and not sets:
        raise ValueError(f"no labelled set is in {data}/open or {data}/evaluation; there may be {', '.join(SETS)}")
    sets += [_sentence_set(name) for name in SENTENCE_SETS]
    measured = []
    for number, one in enumerate(sets, start=1):
        if said is not None:
            said(one.name, number, len(sets))
        key = fingerprint(knowledge.version, tier, str(RESAMPLES), *peers.versions, data=one.files) if finished else ""
        figures = finished.get(one.name, key) if finished else None
        if figures is None:
            figures = _measured(one, detectors, tier, peers)
            if finished:
                finished.put(one.name, key, figures)
        measured.append(figures)
    versions = {"knowledge": knowledge.version, "weights": weights_version(), "poise": __version__}
    table = pl.DataFrame(
        [{**row, **versions} for one in measured for row in one.figures],
        schema=dict(ACCURACY),
    )
    ways = next((pl.DataFrame(one.denominators) for one in measured if one.denominators), None)
    mistakes = [page for one in measured for page in one.mistakes]
    return Accuracy(table, knowledge.version, tier, absent, ways, mistakes, peers)


def _labelled_sets(data: Path | None) -> tuple[list[_Set], list[str]]:
    """Return the sets that are found by file name, and the names of those that are not."""
    found, absent = [], []
    for name, (folder, judge) in SETS.items():
        path = next((p for form in _NAMES if data and (p := data / folder / form.format(name)).is_file()), None)
        if path is None:
            absent.append(name)
        else:
            found.append(_Set(name, [path], partial(_judge_rows, name, path, judge), shown=folder == "open"))
    return found, absent if data is not None else []


def _judge_rows(name: str, path: Path, judge: Judge, detector: Detector) -> Iterator[tuple[str, Judged]]:
    try:
        yield from judge(name, read_rows(path), detector)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: rows are not as docs/method/accuracy.md says they are: {error!r}") from None


def _own_sets(folder: Path, knowledge: Knowledge) -> Iterator[_Set]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for name, labelled in read_own_labels(folder, knowledge).items():
        yield _Set(name, files, partial(judge_turns, name, labelled), shown=True)


def _sentence_set(name: str) -> _Set:
    return _Set(name, [sentence_file(name)], lambda detector: judge_turns(name, labelled_sentences(name), detector))


def _measured(one: _Set, detectors: Mapping[Tier, Detector], tier: Tier, peers: Peers) -> SetFigures:
    detector = detectors[tier]
    rows: list[dict[str, Any]] = []
    mistakes = []
    for dataset, judged in one.judge(detector):
        rows += _figures_of(dataset, judged, tier, peers)
        page = find_mistakes(dataset, judged, tier=tier) if one.shown else None
        if page is not None:
            mistakes.append(page)
    if tier != _FAST:
        light = {
            (dataset, judged.target, figure.metric): figure.value
            for dataset, judged in one.judge(detectors[_FAST])
            for figure in figures(judged, resamples=0)
        }
        for row in rows:
            value, fast = row["value"], light.get((row["dataset"], row["target"], row["metric"]))
            row |= {"fast": fast, "loss": value - fast if value is not None and fast is not None else None}
    ways = measure_denominators(read_rows(one.files[0]), detector).to_dicts() if one.name == "uptake" else None
    return SetFigures(rows, mistakes, ways)


def _figures_of(dataset: str, judged: Judged, tier: str, peers: Peers) -> list[dict[str, Any]]:
    counted = judged.truth.dtype == np.bool_
    others = [(peer, figures(theirs)) for peer, theirs in peers.judge(dataset, judged)]
    out: list[dict[str, Any]] = []
    for place, figure in enumerate(figures(judged)):
        compared = COMPARED.get((dataset, judged.target, figure.metric))
        out.append(
            {
                "dataset": dataset,
                "target": judged.target,
                "metric": figure.metric,
                "value": figure.value,
                "low": figure.low,
                "high": figure.high,
                "n": len(judged.truth),
                "base_rate": float(judged.truth.mean()) if counted and judged.truth.size else None,
                "tier": tier,
                "ours": judged.ours,
                "aim": compared.aim if compared else None,
                "elsewhere": compared.elsewhere if compared else None,
                "peer": [
                    {"name": peer.name, "value": own.value, "low": own.low, "high": own.high, "version": peer.version}
                    for peer, own in ((peer, theirs[place]) for peer, theirs in others)
                ],
            }
        )
    return out
