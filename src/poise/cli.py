"""The command line: ``poise analyze | explain | try | knowledge | norms …``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as ProgressBar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from poise import __version__
from poise.knowledge import Knowledge, KnowledgeError, load

if TYPE_CHECKING:
    from poise.pipeline import Progress

__all__ = ["main"]

console = Console()
errors = Console(stderr=True)


def _fail(message: str) -> None:
    errors.print(f"[bold red]error:[/] {escape(message)}", highlight=False, soft_wrap=True)
    sys.exit(2)


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Print errors that a user can mend without a traceback, and leave with exit code 2."""
    try:
        yield
    except KnowledgeError as error:
        for problem in error.problems:
            errors.print(escape(str(problem)), highlight=False, soft_wrap=True)
        sys.exit(2)
    except (ValueError, FileNotFoundError) as error:
        _fail(str(error))


@contextmanager
def _progress() -> Iterator[Progress]:
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


def _knowledge(folder: Path | None) -> Knowledge:
    try:
        return load(folder)
    except KnowledgeError as error:
        for problem in error.problems:
            errors.print(escape(str(problem)), highlight=False, soft_wrap=True)
        errors.print(f"{len(error.problems)} problems in the knowledge files", style="bold red")
        sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Service traits from conversations, interviews and simulated shifts, on evidence."""


_folder = click.option(
    "--knowledge",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="POISE_KNOWLEDGE",
    help="Folder of knowledge files instead of those that ship.",
)


@main.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the results.")
@click.option("--format", "format_", help="Read every file as this format instead of telling it from the content.")
@click.option("--people", type=click.Path(path_type=Path), help="CSV or TOML that merges names and says which team.")
@click.option("--role", "roles", multiple=True, metavar="LABEL=ROLE", help="Role of a speaker label of a transcript.")
@click.option("--norms", type=click.Path(path_type=Path), help="Norms file made by 'poise norms fit'.")
@_folder
@click.option("--project", type=click.Path(path_type=Path), help="Project file; poise.toml here unless given.")
@click.option("--strict", is_flag=True, help="Stop at the first record that cannot be read.")
@click.option("--no-mask", is_flag=True, help="Leave personal data of customers as it is in quotes and tables.")
@click.option("--workers", type=click.IntRange(1), help="Processes; as many as cores unless given.")
@click.option("--resume", "resume", flag_value="resume", help="Go on where an interrupted run stopped.")
@click.option("--fresh", "resume", flag_value="fresh", help="Start clean where an interrupted run is.")
@click.option("--dry-run", is_flag=True, help="Only say what would be read: agents, dates, formats, fields.")
@click.option("--person", help="Write the page of this person alone, to be shared without the team's.")
@click.option("--also", "also", multiple=True, type=click.Choice(["csv", "xlsx"]), help="Tables in this form too.")
@click.option("--language", default="en", show_default=True, help="Language of the report: en, he, nb.")
def analyze(
    inputs: tuple[str, ...],
    out: Path | None,
    format_: str | None,
    people: Path | None,
    roles: tuple[str, ...],
    norms: Path | None,
    folder: Path | None,
    project: Path | None,
    strict: bool,
    no_mask: bool,
    workers: int | None,
    resume: str | None,
    dry_run: bool,
    person: str | None,
    also: tuple[str, ...],
    language: str,
) -> None:
    """Turn conversations (files, folders, globs) into trait profiles with their evidence."""
    from poise import reports
    from poise.pipeline import Interrupted, Unfinished
    from poise.pipeline import analyze as run
    from poise.reading.summary import dry_run as look

    labels = {label: role for label, _, role in (given.partition("=") for given in roles)}
    if dry_run:
        with _clear_errors():
            console.print(look(list(inputs), format=format_, people=people, roles=labels))
        return
    if out is None:
        _fail("say where the results go: --out DIR")
        return
    with _clear_errors(), _progress() as report:
        try:
            result = run(
                list(inputs),
                out=out,
                format=format_,
                people=people,
                roles=labels,
                norms=norms,
                knowledge=folder,
                project=project,
                strict=strict,
                mask=not no_mask,
                workers=workers,
                resume=None if resume is None else resume == "resume",
                progress=report,
            )
        except Unfinished as there:
            _fail(str(there))
        except Interrupted as stop:
            errors.print(escape(str(stop)), style="yellow", highlight=False)
            sys.exit(130)
        report("report", 0, None)
        reports.write(result.folder, language=language, person=person)
        if also:
            reports.export(result.folder, formats=set(also))
    console.print(reports.summary(result.folder, language=language))


@main.group()
def knowledge() -> None:
    """Check, show and copy what is looked for."""


@knowledge.command("check")
@_folder
def knowledge_check(folder: Path | None) -> None:
    """Check every file and run every example."""
    from poise.validation.examples import check_examples

    known = _knowledge(folder)
    problems = check_examples(known)
    for problem in problems:
        errors.print(escape(str(problem)), highlight=False, soft_wrap=True)
    entries = known.entries().values()
    examples = sum(len(p.hits) + len(p.misses) for entry in entries for p in entry.phrases.values())
    summary = (
        f"{len(known.traits)} traits, {len(known.signals)} signals, {len(known.behaviours)} behaviours, "
        f"{examples} examples, version {known.version}"
    )
    if problems:
        errors.print(f"{len(problems)} of the examples fail ({summary})", style="bold red")
        sys.exit(2)
    console.print(f"All in order: {summary}", highlight=False)


@knowledge.command("version")
@_folder
def knowledge_version(folder: Path | None) -> None:
    """Print the version of the knowledge files."""
    click.echo(_knowledge(folder).version)


@knowledge.command("show")
@_folder
@click.argument("entry", required=False)
@click.option("--language", default="en", show_default=True, help="Language of titles.")
def knowledge_show(folder: Path | None, entry: str | None, language: str) -> None:
    """List traits and behaviours, or show one behaviour, signal or trait whole."""
    known = _knowledge(folder)
    if entry is None:
        table = Table("trait", "behaviour", "", "called for by", "languages", title=f"Knowledge {known.version}")
        for behaviour in sorted(known.behaviours.values(), key=lambda b: list(known.traits).index(b.trait)):
            table.add_row(
                known.traits[behaviour.trait].title.get(language, behaviour.trait),
                f"{behaviour.id}\n{behaviour.title.get(language, '')}",
                behaviour.sign,
                f"{behaviour.opportunity.occasion} {' '.join(behaviour.opportunity.signals)}".strip(),
                " ".join(sorted(behaviour.phrases)) or "–",
            )
        console.print(table)
        return
    found = known.entries().get(entry) or known.traits.get(entry)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(entry, [*known.traits, *known.entries()], n=3, cutoff=0.4)
        _fail(f"there is no {entry!r}; " + (f"perhaps {', '.join(near)}" if near else "poise knowledge show lists all"))
    import msgspec

    console.print(f"# {known.files[entry]}", style="dim", highlight=False)
    click.echo(msgspec.toml.encode(found).decode())


@knowledge.command("copy")
@click.argument("target", type=click.Path(path_type=Path))
def knowledge_copy(target: Path) -> None:
    """Copy the files that ship into a folder of your own, to read and change."""
    import shutil

    from poise.knowledge import SHIPPED

    if target.exists() and any(target.iterdir()):
        _fail(f"{target} is not empty")
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(SHIPPED / "traits.toml", target / "traits.toml")
    for name in ("signals", "behaviours"):
        shutil.copytree(SHIPPED / name, target / name)
    console.print(f"Copied to {target}. Use it with --knowledge {target} or POISE_KNOWLEDGE={target}.", highlight=False)


@main.command("try")
@_folder
@click.argument("text")
@click.option("--previous", multiple=True, help="The turn before, oldest first; may be given again. 'agent: …' too.")
@click.option(
    "--role",
    type=click.Choice(["agent", "customer", "candidate", "interviewer", "colleague"]),
    default="agent",
    show_default=True,
    help="Who says it.",
)
@click.option("--language", default="en", show_default=True, help="Language of the turn: en, he, nb.")
@click.option("--channel", default="chat", show_default=True, help="chat, call or email.")
def try_(folder: Path | None, text: str, previous: tuple[str, ...], role: str, language: str, channel: str) -> None:
    """Print the hits of one turn with their rules, to see at once what an edit of a file does."""
    from poise.detection.detector import Detector
    from poise.languages import language as find_language
    from poise.validation.examples import try_text

    spoken = find_language(language)
    if spoken is None:
        _fail(f"there are no rules for the language {language!r}; there are en, he and nb")
        return
    known = _knowledge(folder)
    rows = try_text(Detector(known), text, previous=previous, role=role, language=spoken.code, channel=channel)
    if not rows:
        console.print("Nothing is found in this turn.")
        return
    table = Table("found", "trait", "words", "at", "rule")
    for row in rows:
        behaviour = known.behaviours.get(row.id)
        what = (
            f"{behaviour.sign} {row.id}"
            if behaviour
            else f"  {row.id}" + (f" (level {row.level:g})" if row.id == "customer.anger" else "")
        )
        trait = known.traits[behaviour.trait].title["en"] if behaviour else "signal"
        table.add_row(escape(what), trait, escape(row.text), f"{row.begin}–{row.end}", escape(row.rule))
    console.print(table)
