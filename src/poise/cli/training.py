"""``poise train``: the weights of trained parts, rebuilt from the data that their recipes name."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from poise.cli.terminal import clear_errors, console, errors, knowledge_folder, loaded

__all__ = ["train"]

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder that has open/.")
@click.option("--only", metavar="NAME", help="This head alone; 'student' for the student of the encoder.")
@click.option("--out", type=_FOLDER, help="Folder of the weights; the installed package unless given.")
@click.option("--recipes", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of recipes.")
@click.option("--vectors", type=_FOLDER, help="Folder that keeps the encoder's vectors between runs.")
@knowledge_folder
def train(
    data: Path | None,
    only: str | None,
    out: Path | None,
    recipes: Path | None,
    vectors: Path | None,
    folder: Path | None,
) -> None:
    """Train what is trained: every recipe's head, with its card. The same data and seed give the same files."""
    from poise.pipeline.weights import WEIGHTS
    from poise.validation.training.recipes import RECIPES
    from poise.validation.training.train import train as run

    known = loaded(folder)
    with clear_errors(), errors.status("training") as status:
        written = run(
            known,
            data=data,
            out=out or WEIGHTS,
            only=only,
            recipes=recipes or RECIPES,
            vectors=vectors,
            said=lambda what: status.update(f"training {escape(what)}"),
        )
    for path in written:
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)
