"""What every command needs of the terminal: output, progress, and errors that a user can mend."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as ProgressBar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from poise.knowledge import Knowledge, KnowledgeError, load

if TYPE_CHECKING:
    from poise.pipeline import Progress

__all__ = ["clear_errors", "console", "detectors", "errors", "fail", "knowledge_folder", "loaded", "progress"]

console = Console()
errors = Console(stderr=True)

knowledge_folder = click.option(
    "--knowledge",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="POISE_KNOWLEDGE",
    help="Folder of knowledge files instead of those that ship.",
)

detectors = click.option(
    "--tier",
    type=click.Choice(["fast", "full"]),
    help="Which detectors run: fast (phrases, rules, light heads) or full (heads on a sentence encoder too).",
)


def fail(message: str) -> NoReturn:
    """Say what is wrong and leave with exit code 2."""
    errors.print(f"[bold red]error:[/] {escape(message)}", highlight=False, soft_wrap=True)
    sys.exit(2)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Print errors that a user can mend without a traceback, and leave with exit code 2."""
    try:
        yield
    except KnowledgeError as error:
        for problem in error.problems:
            errors.print(escape(str(problem)), highlight=False, soft_wrap=True)
        fail(f"{len(error.problems)} problems in the knowledge files")
    except (ValueError, OSError) as error:
        fail(str(error))


def loaded(folder: Path | None) -> Knowledge:
    """Load knowledge files, or leave with every problem named."""
    with clear_errors():
        return load(folder)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show what is going on in the terminal; nothing where there is none."""
    with ProgressBar(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=errors, transient=True
    ) as bar:
        task = bar.add_task("reading")
        said = {
            "turns": "{done:,} turns read",
            "timelines": "putting agents' timelines together",
            "estimates": "estimating",
            "report": "writing the report",
        }

        def report(what: str, done: int, _of: int | None) -> None:
            bar.update(task, description=said.get(what, what).format(done=done))

        yield report
