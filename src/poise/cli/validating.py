"""``poise validate``: how well what is looked for is found, on labelled data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click
from rich.markup import escape

from poise.cli.terminal import clear_errors, console, errors, knowledge_folder, loaded

__all__ = ["validate"]


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with labelled sets in open/ and evaluation/, and labels of your own in labels/.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with labels of your own, CSV or JSON Lines.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the results.")
@click.option(
    "--tier",
    type=click.Choice(["fast", "full"]),
    default="full",
    show_default=True,
    help="Which detectors run; full measures the fast ones beside.",
)
@click.option(
    "--errors",
    "pages",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the pages of mistakes; errors/ below the results unless given.",
)
@click.option(
    "--peer-convokit",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An interpreter that has ConvoKit, to measure it on the same rows; .bench/convokit/bin/python if it is there.",
)
@click.option("--fresh", is_flag=True, help="Measure every set again, also those that an earlier run has finished.")
@click.option(
    "--docs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Put the table into this Markdown file too, between its markers.",
)
@knowledge_folder
def validate(
    data: Path | None,
    labels: Path | None,
    out: Path,
    tier: Literal["fast", "full"],
    pages: Path | None,
    peer_convokit: Path | None,
    fresh: bool,
    docs: Path | None,
    folder: Path | None,
) -> None:
    """Measure what is found against labelled data, and write the accuracy table.

    The test sentences that ship are always measured. Sets that a run has finished are kept in the folder of the
    results, so that an interrupted run goes on where it stopped.
    """
    from poise.validation.accuracy import measure_accuracy
    from poise.validation.accuracy_page import embed, to_markdown, write_accuracy
    from poise.validation.finished import Finished
    from poise.validation.mistakes import write_mistakes
    from poise.validation.peers import find_peers

    known = loaded(folder)
    with clear_errors():
        if docs is not None:
            embed(docs.read_text(encoding="utf-8"), "")  # markers are looked for before minutes are spent
        finished = Finished(out)
        if fresh:
            finished.forget()

        def said(name: str, number: int, of: int) -> None:
            errors.print(f"measuring {escape(name)}, {number} of {of}", highlight=False)

        try:
            with find_peers(peer_convokit) as peers:
                measured = measure_accuracy(
                    data, knowledge=known, tier=tier, labels=labels, peers=peers, finished=finished, said=said
                )
        except KeyboardInterrupt:
            errors.print("stopped; run it again to go on after the sets that are finished", style="yellow")
            sys.exit(130)
        written = write_accuracy(measured, out)
        if measured.mistakes:
            written.append(write_mistakes(measured.mistakes, pages or out / "errors", knowledge=measured.knowledge))
        if docs is not None:
            text = docs.read_text(encoding="utf-8")
            docs.write_text(embed(text, to_markdown(measured)), encoding="utf-8")
            written.append(docs)
    for name in measured.absent:
        console.print(f"{name}: left out, not in {data}", highlight=False, markup=False)
    for line in measured.peers.left_out:
        console.print(line, highlight=False, markup=False)
    figures = len(measured.table)
    targets = measured.table.select("dataset", "target").n_unique()
    console.print(f"{figures} figures on {targets} targets, knowledge {measured.knowledge}", highlight=False)
    for path in written:
        console.print(str(path), highlight=False, markup=False)
