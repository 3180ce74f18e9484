"""The command line: ``poise analyze``, ``demo``, ``try``, ``validate``, ``train`` and the other commands."""

from __future__ import annotations

import click

from poise import __version__
from poise.cli.looking import knowledge, try_
from poise.cli.panel import panel
from poise.cli.results import analyze, demo, explain, norms, report
from poise.cli.serving import manage, serve
from poise.cli.training import train
from poise.cli.validating import validate

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Service traits from conversations, interviews and simulated shifts, on evidence."""


for command in (analyze, demo, explain, report, try_, knowledge, norms, validate, train, panel, serve, manage):
    main.add_command(command)
