"""Model cards: what a head is, what it was trained on, and how well it did on rows that it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from poise.detection.heads import Tier
from poise.validation.metrics import Figure
from poise.validation.training.labelled import Labelled
from poise.validation.training.recipes import Recipe

__all__ = ["LICENCES", "Measured", "write_card"]

LICENCES: Final = {
    "goemotions_train": "GoEmotions, training part (Demszky et al. 2020), Apache-2.0",
    "multidogo_train": "MultiDoGO, training part (Peskov et al. 2019), CDLA-Permissive 1.0",
    "norec_sentence_train": "NoReC sentences, training part (ltgoslo), data CC BY-NC; models trained on it are allowed "
    "for any use by its README",
    "uptake": "Conversational uptake (Demszky et al. 2021), MIT",
    "receptiveness": "Conversational receptiveness (Yeomans et al. 2020), MIT",
    "casino": "CaSiNo (Chawla et al. 2021), CC BY 4.0",
}


@dataclass(frozen=True)
class Measured:
    """Cross-validated figures of one tier of a head."""

    rows: int
    groups: int
    penalty: float
    figures: list[Figure]


def write_card(
    path: Path, recipe: Recipe, rows: Sequence[Labelled], measured: dict[Tier, Measured], knowledge: str
) -> Path:
    """Write a head's card and return its file."""
    lines = [f"# Head `{recipe.name}`", "", recipe.about.strip(), ""]
    lines += ["Trained on:", ""]
    for source in recipe.data:
        what = LICENCES.get(source.set or "", f"sentences written for Poise, {source.sentences}")
        chosen = f"; instances: {', '.join(source.positive)}" if source.positive else ""
        lines.append(f"- {what}{chosen}")
    told = f"{len(rows):,} rows"
    if recipe.task == "label":
        told += f", {sum(row.positive for row in rows):,} of them instances"
    languages = ", ".join(sorted({row.language for row in rows}))
    lines += ["", f"{told}; languages: {languages}; seed {recipe.seed}; knowledge {knowledge}.", ""]
    lines += ["On rows of groups that the model was not trained on (five folds), with 95 % intervals:", ""]
    lines += ["| tier | rows | groups | penalty | figure | value | interval |", "|---|---|---|---|---|---|---|"]
    for tier, found in measured.items():
        for figure in found.figures:
            value = "–" if figure.value is None else f"{figure.value:.3f}"
            interval = "–" if figure.low is None else f"{figure.low:.3f} to {figure.high:.3f}"
            lines.append(
                f"| {tier} | {found.rows:,} | {found.groups:,} | {found.penalty:g} | {figure.metric} | {value} "
                f"| {interval} |"
            )
    lines += [
        "",
        "Precision, recall and F1 are at a probability of one half. The figures say how well the head does on more of "
        "the same data; docs/method/accuracy.md says how well it does elsewhere.",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
