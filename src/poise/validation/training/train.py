"""From recipes to files of weights with their cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from poise.detection.detector import Detector
from poise.detection.encoding import Encoder
from poise.detection.heads import Blocks, HeadInfo, Tier
from poise.knowledge import Knowledge
from poise.pipeline.weights import (
    TOKENIZER,
    WEIGHTS,
    fold_file,
    head_file,
    sentence_encoder,
    static_student,
    write_head,
)
from poise.validation.folds import FOLDS, fold_of
from poise.validation.metrics import Judged, Metric, figures
from poise.validation.sets.rows import FOUND, numbered
from poise.validation.training.card import Measured, write_card
from poise.validation.training.fitting import fit_head
from poise.validation.training.labelled import Labelled, rows_of, set_file
from poise.validation.training.recipes import RECIPES, SENTENCES, Recipe, digest, read_recipes
from poise.validation.training.seen import Seen, see
from poise.validation.training.student import learn_student, student_texts, write_student
from poise.validation.training.vectors import KeptVectors

__all__ = ["STUDENT", "train"]

STUDENT: Final = "student"
"""Stands for the student of the encoder among the names of heads; heads are trained on it, so it comes first."""

Said = Callable[[str], None]
_HALF: Final = 0.5


def train(
    knowledge: Knowledge,
    *,
    data: Path | None,
    out: Path = WEIGHTS,
    only: str | None = None,
    recipes: Path = RECIPES,
    vectors: Path | None = None,
    said: Said | None = None,
) -> list[Path]:
    """Train the student and every head that has a recipe, write weights and cards below ``out``, return the files.

    Parameters
    ----------
    knowledge
        Files whose phrases are the signals that heads see.
    only
        One head alone, or :data:`STUDENT`. Recipes of another folder are trained on the student that ships.
    data
        Folder with ``open/``; None where recipes rest on the project's sentences alone.
    vectors
        Folder that keeps the encoder's vectors of texts between runs.
    said
        Told what is being done.

    Raises
    ------
    RecipeError, ValueError
        For recipes and rows that cannot be used.
    poise.pipeline.weights.WeightsError
        Where the encoder or its student is missing.
    """
    detector = Detector(knowledge)
    encoders: dict[Tier, Encoder] = {}
    written: list[Path] = []
    told = said or (lambda _: None)
    with threadpool_limits(limits=1):  # sums in another order end in other bits
        if only == STUDENT or (only is None and recipes == RECIPES):
            told(STUDENT)
            written += _train_student(knowledge, detector, data, out, vectors)
            encoders["fast"] = static_student(out)
        if only == STUDENT:
            return written
        for recipe, raw in read_recipes(recipes, only=only).values():
            told(f"{recipe.name}: reading")
            rows = [row for source in recipe.data for row in rows_of(source, data)]
            if not rows:
                raise ValueError(f"{recipe.name}: its data has no rows")
            mark = digest(raw, *_read(recipe, data))
            measured: dict[Tier, Measured] = {}
            for tier, blocks in recipe.blocks.items():
                told(f"{recipe.name}: {tier}")
                if tier not in encoders:
                    encoders[tier] = KeptVectors(sentence_encoder(), vectors) if tier == "full" else static_student()
                seen = see(rows, recipe.unit, blocks, detector, encoders[tier])
                info = _info(recipe, tier, blocks, mark, len(seen.rows), knowledge.version)
                fitted = fit_head(recipe, info, rows, seen)
                path = head_file(out, recipe.name, tier)
                write_head(path, fitted.head)
                written.append(path)
                if recipe.folds:
                    written += _folds(recipe, info, rows, seen, out)
                measured[tier] = _measure(recipe, rows, seen, fitted.held_out, fitted.penalty)
            written.append(write_card(out / "heads" / f"{recipe.name}.md", recipe, rows, measured, knowledge.version))
            for encoder in encoders.values():
                if isinstance(encoder, KeptVectors):
                    encoder.keep()
    return written


def _train_student(
    knowledge: Knowledge, detector: Detector, data: Path | None, out: Path, vectors: Path | None
) -> list[Path]:
    teacher = KeptVectors(sentence_encoder(), vectors)
    learned = learn_student(student_texts(knowledge, data), detector, teacher, WEIGHTS.joinpath(*TOKENIZER))
    teacher.keep()
    static_student.cache_clear()
    return write_student(out, learned)


def _read(recipe: Recipe, data: Path | None) -> list[bytes]:
    """Return the bytes of every file that a recipe's rows come from."""
    out = []
    for source in recipe.data:
        if source.sentences is not None:
            out += [path.read_bytes() for path in sorted(SENTENCES.glob(source.sentences))]
        elif data is not None and source.set is not None:
            out.append(set_file(source.set, data).read_bytes())
    return out


def _info(recipe: Recipe, tier: Tier, blocks: Blocks, mark: str, rows: int, knowledge: str) -> HeadInfo:
    return HeadInfo(
        name=recipe.name,
        tier=tier,
        unit=recipe.unit,
        task=recipe.task,
        blocks=blocks,
        recipe=mark,
        rows=rows,
        knowledge=knowledge,
    )


def _folds(recipe: Recipe, info: HeadInfo, rows: Sequence[Labelled], seen: Seen, out: Path) -> list[Path]:
    """Write the heads that were each trained without one fold of the groups."""
    written = []
    fold = np.array([fold_of(rows[i].group) for i in seen.rows.tolist()])
    for k in range(FOLDS):
        part = seen.take(np.flatnonzero(fold != k))
        fitted = fit_head(recipe, msgspec.structs.replace(info, rows=len(part.rows)), rows, part)
        path = fold_file(out, recipe.name, k, info.tier)
        write_head(path, fitted.head)
        written.append(path)
    return written


def _measure(
    recipe: Recipe, rows: Sequence[Labelled], seen: Seen, held_out: NDArray[np.float64], penalty: float
) -> Measured:
    """Return figures of what the head says of rows of folds that it was not trained on."""
    used = [rows[i] for i in seen.rows.tolist()]
    cluster = numbered([row.group for row in used])
    metrics: tuple[Metric, ...]
    if recipe.task == "value":
        truth = np.array([row.value for row in used], float)
        judged = Judged(recipe.name, "", cluster, truth, ("spearman",), score=held_out)
    else:
        metrics = (*FOUND, "auc")
        positive = np.array([row.positive for row in used], bool)
        judged = Judged(recipe.name, "", cluster, positive, metrics, held_out >= _HALF, held_out)
    return Measured(len(used), len(np.unique(cluster)), penalty, figures(judged, resamples=200))
