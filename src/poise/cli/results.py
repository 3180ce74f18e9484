"""From conversations to a report: ``poise analyze``, ``demo``, ``explain``, ``report`` and ``norms``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from poise.cli.terminal import clear_errors, console, detectors, errors, fail, knowledge_folder, progress

if TYPE_CHECKING:
    from poise.knowledge import Knowledge
    from poise.model import Tier

__all__ = ["analyze", "demo", "explain", "norms", "report"]

_LANGUAGE = click.option("--language", default="en", show_default=True, help="Language of the report: en, he, nb.")
_PROJECT = click.option(
    "--project", type=click.Path(path_type=Path), help="Project file; poise.toml here unless given."
)
_INPUT_OPTIONS = (
    click.option("--format", "format_", help="Read every file as this format instead of telling it from the content."),
    click.option(
        "--people", type=click.Path(path_type=Path), help="CSV or TOML that merges names and says which team."
    ),
    click.option("--role", "roles", multiple=True, metavar="LABEL=ROLE", help="Role of a transcript's speaker label."),
    knowledge_folder,
    _PROJECT,
    detectors,
    click.option("--workers", type=click.IntRange(1), help="Processes; as many as cores unless given."),
)


def _input_options(command: Any) -> Any:
    for option in reversed(_INPUT_OPTIONS):
        command = option(command)
    return command


def _labels(roles: tuple[str, ...]) -> dict[str, str]:
    labels = {}
    for given in roles:
        label, sign, role = given.partition("=")
        if not sign or not label or not role:
            fail(f"--role {given}: write LABEL=ROLE, for example --role SPEAKER_00=agent")
        labels[label] = role
    return labels


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder of the results.")
@_input_options
@click.option("--norms", type=click.Path(path_type=Path), help="Norms file made by 'poise norms fit'.")
@click.option("--strict", is_flag=True, help="Stop at the first record that cannot be read.")
@click.option("--no-mask", is_flag=True, help="Leave personal data of customers as it is in quotes and tables.")
@click.option("--resume", "resume", flag_value="resume", default=None, help="Go on where an interrupted run stopped.")
@click.option("--fresh", "resume", flag_value="fresh", help="Start clean where an interrupted run is.")
@click.option("--dry-run", is_flag=True, help="Only say what would be read: agents, dates, formats, fields.")
@click.option("--person", help="Write the page of this person alone, to be shared without the team's.")
@click.option("--also", "also", multiple=True, type=click.Choice(["csv", "xlsx"]), help="Tables in this form too.")
@_LANGUAGE
def analyze(
    inputs: tuple[str, ...],
    out: Path | None,
    format_: str | None,
    people: Path | None,
    roles: tuple[str, ...],
    folder: Path | None,
    project: Path | None,
    tier: Tier | None,
    workers: int | None,
    norms: Path | None,
    strict: bool,
    no_mask: bool,
    resume: str | None,
    dry_run: bool,
    person: str | None,
    also: tuple[str, ...],
    language: str,
) -> None:
    """Turn conversations (files, folders, globs) into trait profiles with their evidence."""
    if dry_run:
        _dry_run(inputs, format_, people, _labels(roles), project)
        return
    if out is None:
        fail("say where the results go: --out DIR")
    from poise import reports
    from poise.pipeline import Interrupted, Unfinished
    from poise.pipeline import analyze as run

    with clear_errors(), progress() as said:
        try:
            result = run(
                list(inputs),
                out=out,
                format=format_,
                people=people,
                roles=_labels(roles),
                norms=norms,
                knowledge=folder,
                project=project,
                tier=tier,
                strict=strict,
                mask=not no_mask,
                workers=workers,
                resume=None if resume is None else resume == "resume",
                progress=said,
            )
        except Unfinished as there:
            fail(str(there))
        except Interrupted as stop:
            errors.print(escape(str(stop)), style="yellow", highlight=False)
            sys.exit(130)
        said("report", 0, None)
        written = _write_reports(result.folder, folder, project, language, person, also)
        shown = reports.summary(
            result.folder, language=language, report=written[0], knowledge=_looked_for(folder, project)
        )
    console.print(shown)


def _looked_for(folder: Path | None, project: Path | None) -> Knowledge:
    """Return the knowledge that a command works with: of its option, of the project file, or what ships."""
    from poise.knowledge import load
    from poise.pipeline import read_project

    settled = read_project(project)
    return load(folder if folder is not None else settled.path(settled.knowledge))


def _write_reports(
    results: Path,
    folder: Path | None,
    project: Path | None,
    language: str,
    person: str | None,
    also: tuple[str, ...],
) -> list[Path]:
    from poise import reports

    known = _looked_for(folder, project)
    written = [reports.write(results, language=language, knowledge=known)]
    if person is not None:
        written.append(reports.write(results, language=language, person=person, knowledge=known))
    if also:
        written += reports.export(results, set(also))
    return written


def _dry_run(
    inputs: tuple[str, ...], format_: str | None, people: Path | None, roles: dict[str, str], project: Path | None
) -> None:
    from poise.cli.dry_run import shown
    from poise.pipeline import read_project
    from poise.reading.inventory import find
    from poise.reading.people import PeopleMap
    from poise.reading.summary import dry_run

    with clear_errors():
        settled = read_project(project)
        merged = people if people is not None else settled.path(settled.people)
        inventory = find(list(inputs), format=format_)
        look = dry_run(
            inventory,
            people=PeopleMap.load(merged) if merged is not None else None,
            roles={**settled.roles, **roles},
            default_purpose=settled.purpose,
        )
    console.print(shown(look))
    if not look.conversations:
        fail("no conversation can be read from this input")


@click.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("person")
@click.argument("trait")
@knowledge_folder
@_PROJECT
@_LANGUAGE
def explain(results: Path, person: str, trait: str, folder: Path | None, project: Path | None, language: str) -> None:
    """Print the argument behind one number: its behaviours, quotes for and against, and what would change it."""
    from poise import reports

    with clear_errors():
        said = reports.explain(results, person, trait, language=language, knowledge=_looked_for(folder, project))
    console.print(said)


@click.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True, file_okay=False))
@knowledge_folder
@_PROJECT
@click.option("--person", help="The page of this person alone.")
@click.option("--also", "also", multiple=True, type=click.Choice(["csv", "xlsx"]), help="Tables in this form too.")
@_LANGUAGE
def report(
    results: Path,
    folder: Path | None,
    project: Path | None,
    person: str | None,
    also: tuple[str, ...],
    language: str,
) -> None:
    """Write the report of earlier results again: in another language, for one person, with spreadsheets."""
    with clear_errors():
        written = _write_reports(results, folder, project, language, person, also)
    for path in written:
        console.print(str(path), highlight=False)


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Folder of the results.",
)
@detectors
@_LANGUAGE
def demo(out: Path, tier: Tier | None, language: str) -> None:
    """Analyse the invented team that ships with Poise, and three real chats, and say where the report is."""
    from poise import reports
    from poise.pipeline import Project
    from poise.pipeline import analyze as run
    from poise.validation.sample import paths, people_path

    with clear_errors(), progress() as said:
        result = run(
            list(paths()),
            out=out,
            people=people_path(),
            project=Project(),
            tier=tier,
            resume=False,
            progress=said,
            sample=True,
        )
        said("report", 0, None)
        page = reports.write(result.folder, language=language)
    console.print(reports.summary(result.folder, language=language, report=page))
    console.print(f"\nOpen {page} in a browser. Everyone in the team is invented.", highlight=False)


@click.group()
def norms() -> None:
    """Fit and show the norms that people are compared with."""


@norms.command("fit")
@click.argument("inputs", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of the norms.")
@click.option("--name", required=True, help="What to call them: the team and the months.")
@click.option("--invented", is_flag=True, help="The people are invented; reports will say so.")
@_input_options
def norms_fit(
    inputs: tuple[str, ...],
    out: Path,
    name: str,
    invented: bool,
    format_: str | None,
    people: Path | None,
    roles: tuple[str, ...],
    folder: Path | None,
    project: Path | None,
    tier: Tier | None,
    workers: int | None,
) -> None:
    """Fit norms to the people of these conversations. Nobody's number moves until you use the file."""
    from poise.pipeline import fit

    with clear_errors(), progress() as said:
        fitted = fit(
            list(inputs),
            name=name,
            invented=invented,
            format=format_,
            people=people,
            roles=_labels(roles),
            knowledge=folder,
            project=project,
            tier=tier,
            workers=workers,
            progress=said,
        )
        out.write_bytes(fitted.to_json())
    console.print(
        f"{out}: norms {fitted.name!r}, version {fitted.version}, from {fitted.people} people and "
        f"{fitted.conversations} conversations",
        highlight=False,
    )


@norms.command("show")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
def norms_show(file: Path | None) -> None:
    """Say what norms were made from and what they hold; those of the invented sample unless a file is given."""
    from rich.table import Table

    from poise.estimation.norms import Norms
    from poise.pipeline.norms import shipped_norms

    with clear_errors():
        read = Norms.from_json(file.read_bytes()) if file is not None else shipped_norms()
    table = Table("behaviour", "norm", "unit", "nine people in ten", title=f"{read.name} · version {read.version}")
    for name, norm in read.behaviours.items():
        table.add_row(name, f"{norm.rate:.3g}", norm.unit, f"{norm.rate_low:.3g} to {norm.rate_high:.3g}")
    console.print(table)
    console.print(
        f"{read.people} people, {read.conversations} conversations"
        + (", invented: good for a look, not for judging anyone" if read.invented else ""),
        highlight=False,
    )
