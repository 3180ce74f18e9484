"""The accuracy table as Markdown and as one self-contained page, and its place in a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import jinja2
import polars as pl

from poise.pipeline.weights import weights_version
from poise.validation.accuracy import Accuracy
from poise.validation.sets.sentences import SENTENCE_SETS

__all__ = ["BEGIN", "END", "embed", "to_html", "to_markdown", "write_accuracy"]

BEGIN: Final = "<!-- poise validate: begin -->"
END: Final = "<!-- poise validate: end -->"
_MAIN: Final = ("f1", "macro_f1", "accuracy", "auc", "spearman")
_METRICS: Final = {"f1": "F1", "macro_f1": "macro F1", "accuracy": "accuracy", "auc": "AUC", "spearman": "Spearman ρ"}
_HEADINGS: Final = ("data", "target", "n", "base rate", "measure", "value", "95% interval", "precision", "recall")
_MORE: Final = ("aim", "peer", "elsewhere")
_FAST: Final = ("fast tier",)
_TEMPLATE: Final = Path(__file__).parent / "templates" / "accuracy.html"


def _short(value: float | None) -> str:
    """Write a share with two digits and no leading zero."""
    if value is None or value != value:
        return "–"
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"


def _headings(accuracy: Accuracy) -> tuple[str, ...]:
    return _HEADINGS + (() if accuracy.tier == "fast" else _FAST) + _MORE


def _fast(row: dict[str, Any]) -> str:
    """Write what the fast tier reaches on the same rows, and what it loses."""
    if row["loss"] is None or abs(row["loss"]) < 0.005:
        return _short(row["fast"])
    return f"{_short(row['fast'])} ({'−' if row['loss'] > 0 else '+'}{_short(abs(row['loss']))})"


def _peers(figures: list[dict[str, Any]]) -> str:
    """Write other programs' figures on the same rows, each with its interval."""
    told = [
        f"{peer['name']} {_short(peer['value'])}"
        + ("" if peer["low"] is None else f" ({_short(peer['low'])} to {_short(peer['high'])})")
        for peer in figures
    ]
    return "; ".join(told) or "–"


def _cells(accuracy: Accuracy) -> list[list[str]]:
    """Return the table's rows: one for each main figure, precision and recall beside F1."""
    out = []
    plain = accuracy.table.filter(~pl.col("dataset").is_in(list(SENTENCE_SETS)))
    for (dataset, target), part in plain.group_by(["dataset", "target"], maintain_order=True):
        figures = {row["metric"]: row for row in part.to_dicts()}
        for metric in _MAIN:
            row = figures.get(metric)
            if row is None:
                continue
            value, aim = row["value"], row["aim"]
            judged = "–"
            if aim is not None:
                met = value is not None and value >= aim
                judged = f"{_short(aim)} {'met' if met else '**missed**'}"
            interval = "–" if row["low"] is None else f"{_short(row['low'])} to {_short(row['high'])}"
            beside = [_short(figures[name]["value"]) if metric == "f1" else "" for name in ("precision", "recall")]
            base = "graded" if row["base_rate"] is None else f"{row['base_rate']:.1%}"
            what = [str(dataset), str(target), f"{row['n']:,}", base, _METRICS[metric]]
            reached = [f"**{_short(value)}**", interval, *beside]
            if accuracy.tier != "fast":
                reached.append(_fast(row))
            out.append([*what, *reached, judged, _peers(row["peer"]), row["elsewhere"] or "–"])
    return out


def _sentence_cells(accuracy: Accuracy) -> list[list[str]]:
    """Return one row for each target of the test sentences, with its figure in each language."""
    figures: dict[str, dict[str, str]] = {}
    for row in accuracy.table.filter(pl.col("dataset").is_in(list(SENTENCE_SETS))).to_dicts():
        if row["metric"] not in _MAIN:
            continue
        interval = "" if row["low"] is None else f" ({_short(row['low'])} to {_short(row['high'])})"
        target = f"{row['target']}, {_METRICS[row['metric']]}"
        share = (
            ""
            if row["base_rate"] is None or row["metric"] == "macro_f1"
            else f", {round(row['base_rate'] * row['n'])} of {row['n']}"
        )
        fast = "" if row["fast"] is None else f", fast {_fast(row)}"
        figures.setdefault(target, {})[row["dataset"]] = f"{_short(row['value'])}{interval}{share}{fast}"
    return [[target, *(given.get(name, "–") for name in SENTENCE_SETS)] for target, given in figures.items()]


_SENTENCE_HEADINGS: Final = ("target", "English", "Hebrew", "Norwegian Bokmål")


def _denominator_cells(table: pl.DataFrame) -> list[list[str]]:
    return [
        [row["weight"], row["denominator"], *(_short(row[name]) for name in ("spearman", "auc_some", "auc_high"))]
        + [f"{row['threshold']:.2f}", str(int(row["at_least"]))]
        + [_short(row[name]) for name in ("precision", "recall", "recall_some")]
        for row in table.to_dicts()
    ]


_DENOMINATOR_HEADINGS: Final = (
    "words weighed by",
    "share of the content of",
    "ρ",
    "AUC some",
    "AUC high",
    "threshold",
    "words",
    "precision",
    "recall",
    "recall some",
)


def _markdown_table(headings: tuple[str, ...], cells: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


def _notes(accuracy: Accuracy) -> list[str]:
    notes = [f"Knowledge {accuracy.knowledge}, weights {weights_version()}, tier {accuracy.tier}."]
    if accuracy.peers.there:
        notes.append(f"Peers, on the same rows: {', '.join(accuracy.peers.versions)}.")
    if accuracy.absent:
        notes.append(f"Left out, not in the folder: {', '.join(accuracy.absent)}.")
    return notes


def to_markdown(accuracy: Accuracy) -> str:
    """Return the table as Markdown."""
    lines = _markdown_table(_headings(accuracy), _cells(accuracy))
    sentences = _sentence_cells(accuracy)
    if sentences:
        lines += [
            "",
            "Test sentences, with the 95% interval over families of sentences and how many have the act:",
            "",
        ]
        lines += _markdown_table(_SENTENCE_HEADINGS, sentences)
    if accuracy.denominators is not None:
        lines += ["", "Ways to count words in common, on the uptake data:", ""]
        lines += _markdown_table(_DENOMINATOR_HEADINGS, _denominator_cells(accuracy.denominators))
    return "\n".join([*lines, "", *_notes(accuracy), ""])


def to_html(accuracy: Accuracy) -> str:
    """Return the table as a page that needs nothing else."""
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    rows = [[cell.replace("**", "") for cell in row] for row in _cells(accuracy)]
    ours = accuracy.table.select("dataset", "target", "ours").unique(maintain_order=True).rows()
    return page.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        headings=_headings(accuracy),
        rows=rows,
        ours=ours,
        notes=_notes(accuracy),
        sentence_headings=_SENTENCE_HEADINGS,
        sentences=_sentence_cells(accuracy),
        denominator_headings=_DENOMINATOR_HEADINGS,
        denominators=[] if accuracy.denominators is None else _denominator_cells(accuracy.denominators),
    )


def write_accuracy(accuracy: Accuracy, out: Path) -> list[Path]:
    """Write ``accuracy.json``, ``.parquet``, ``.md`` and ``.html`` into a folder; return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "accuracy.json").write_bytes(accuracy.to_json())
    accuracy.table.write_parquet(out / "accuracy.parquet")
    (out / "accuracy.md").write_text(to_markdown(accuracy), encoding="utf-8")
    (out / "accuracy.html").write_text(to_html(accuracy), encoding="utf-8")
    return [out / f"accuracy.{end}" for end in ("json", "parquet", "md", "html")]


def embed(document: str, table: str) -> str:
    """Return a Markdown document with the table between its two markers.

    Raises
    ------
    ValueError
        Where the document has no such markers.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} … {END} to put the table between")
    return f"{before}{BEGIN}\n{table}{END}{after}"
