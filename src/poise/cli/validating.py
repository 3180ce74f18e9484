"""``poise validate``: how well what is looked for is found, on labelled data."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from poise.cli.terminal import clear_errors, console, errors, knowledge_folder, loaded

__all__ = ["validate"]


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with the labelled sets in open/ and evaluation/.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the results.")
@click.option("--tier", type=click.Choice(["fast"]), default="fast", show_default=True, help="Which detectors run.")
@click.option(
    "--docs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Put the table into this Markdown file too, between its markers.",
)
@knowledge_folder
def validate(data: Path, out: Path, tier: str, docs: Path | None, folder: Path | None) -> None:
    """Measure what is found against labelled data, and write the accuracy table."""
    from poise.validation.accuracy import measure_accuracy
    from poise.validation.accuracy_page import embed, to_markdown, write_accuracy

    known = loaded(folder)
    with clear_errors():
        if docs is not None:
            embed(docs.read_text(encoding="utf-8"), "")  # markers are looked for before minutes are spent
        with errors.status("measuring") as status:
            measured = measure_accuracy(
                data, knowledge=known, tier=tier, said=lambda name: status.update(f"measuring {escape(name)}")
            )
        written = write_accuracy(measured, out)
        if docs is not None:
            text = docs.read_text(encoding="utf-8")
            docs.write_text(embed(text, to_markdown(measured)), encoding="utf-8")
            written.append(docs)
    for name in measured.absent:
        console.print(f"{name}: left out, not in {data}", highlight=False, markup=False)
    figures = len(measured.table)
    targets = measured.table.select("dataset", "target").n_unique()
    console.print(f"{figures} figures on {targets} targets, knowledge {measured.knowledge}", highlight=False)
    for path in written:
        console.print(str(path), highlight=False, markup=False)
