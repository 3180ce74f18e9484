"""``poise knowledge …`` and ``poise try``: what is looked for, and what it finds in one turn."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Column, Table

from poise.cli.terminal import clear_errors, console, detectors, errors, fail, knowledge_folder, loaded

if TYPE_CHECKING:
    from poise.model import Tier

__all__ = ["knowledge", "try_"]

_RULE = 48


@click.group()
def knowledge() -> None:
    """Check, show and copy what is looked for."""


@knowledge.command("check")
@knowledge_folder
def knowledge_check(folder: Path | None) -> None:
    """Check every file and run every example."""
    from poise.knowledge.interviews import load_item_bank
    from poise.validation.examples import check_examples

    known = loaded(folder)
    interviews = ""
    # a folder from before the interviews has no questions; those that ship are asked then
    if (known.folder / "interviewing").is_dir():
        with clear_errors():
            bank = load_item_bank(folder)
        interviews = (
            f"{len(bank.questions)} interview questions, {len(bank.practice)} practice answers, "
            f"{len(bank.recorded)} recorded interview{'s' if len(bank.recorded) != 1 else ''}, "
        )
    problems = check_examples(known)
    for problem in problems:
        errors.print(escape(str(problem)), highlight=False, soft_wrap=True)
    entries = known.entries().values()
    examples = sum(len(p.hits) + len(p.misses) for entry in entries for p in entry.phrases.values())
    summary = (
        f"{len(known.traits)} traits, {len(known.signals)} signals, {len(known.behaviours)} behaviours, "
        f"{examples} examples, {interviews}version {known.version}"
    )
    if problems:
        errors.print(f"{len(problems)} of the examples fail ({summary})", style="bold red")
        sys.exit(2)
    console.print(f"All in order: {summary}", highlight=False)


@knowledge.command("version")
@knowledge_folder
def knowledge_version(folder: Path | None) -> None:
    """Print the version of the knowledge files."""
    click.echo(loaded(folder).version)


@knowledge.command("show")
@knowledge_folder
@click.argument("entry", required=False)
@click.option("--language", default="en", show_default=True, help="Language of titles.")
def knowledge_show(folder: Path | None, entry: str | None, language: str) -> None:
    """List traits and behaviours, or show one behaviour, signal or trait whole."""
    known = loaded(folder)
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
        fail(f"there is no {entry!r}; " + (f"perhaps {', '.join(near)}" if near else "poise knowledge show lists all"))
    console.print(f"# {known.files[entry]}", style="dim", highlight=False)
    click.echo(_written(known.folder / known.files[entry], entry))


def _written(file: Path, entry: str) -> str:
    """Return an entry as it stands in its file, comments and all."""
    blocks = re.split(r"(?m)^(?=\[\[)", file.read_text(encoding="utf-8"))
    return next(block for block in blocks if re.search(rf'(?m)^id = "{re.escape(entry)}"', block)).rstrip()


@knowledge.command("copy")
@click.argument("target", type=click.Path(path_type=Path))
def knowledge_copy(target: Path) -> None:
    """Copy the files that ship into a folder of your own, to read and change."""
    import shutil

    from poise.knowledge import SHIPPED

    if target.exists() and any(target.iterdir()):
        fail(f"{target} is not empty")
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(SHIPPED / "traits.toml", target / "traits.toml")
    for name in ("signals", "behaviours", "interviewing"):
        shutil.copytree(SHIPPED / name, target / name)
    console.print(f"Copied to {target}. Use it with --knowledge {target} or POISE_KNOWLEDGE={target}.", highlight=False)


@knowledge.command("examined")
def knowledge_examined() -> None:
    """Print where in the product each sentence of the requirement is examined (Markdown)."""
    from poise.reports.examined import markdown

    with clear_errors():
        click.echo(markdown(), nl=False)


@click.command("try")
@knowledge_folder
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
@detectors
def try_(
    folder: Path | None,
    text: str,
    previous: tuple[str, ...],
    role: str,
    language: str,
    channel: str,
    tier: Tier | None,
) -> None:
    """Print the hits of one turn with their rules, to see at once what an edit of a file does."""
    from poise.languages import language as find_language
    from poise.pipeline.compiled import compiled
    from poise.pipeline.weights import armed
    from poise.validation.examples import try_text

    spoken = find_language(language)
    if spoken is None:
        fail(f"there are no rules for the language {language!r}; there are en, he and nb")
    with clear_errors():
        detector = armed(compiled(folder), tier or "fast")
    known = detector.knowledge
    rows = try_text(detector, text, previous=previous, role=role, language=spoken.code, channel=channel)
    if not rows:
        console.print("Nothing is found in this turn.")
        return
    table = Table(Column("found", no_wrap=True), "trait", "words", Column("at", no_wrap=True), "rule")
    for row in rows:
        behaviour = known.behaviours.get(row.id)
        what = f"{behaviour.sign} {row.id}" if behaviour else f"  {row.id}"
        if row.id == "customer.anger":
            what += f" (level {row.level:g})"
        if behaviour is None:
            trait = "signal"
        else:
            trait = known.traits[behaviour.trait].title["en"] + ("" if row.counts else " (not called for here)")
        table.add_row(escape(what), trait, escape(row.text), f"{row.begin}–{row.end}", escape(_short(row.rule)))
    console.print(table)


def _short(rule: str) -> str:
    """Cut a long pattern: the whole of it stands in the file that ``knowledge show`` prints."""
    return rule if len(rule) <= _RULE else rule[: _RULE - 1] + "…"
