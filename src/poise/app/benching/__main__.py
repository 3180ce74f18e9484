"""``python -m poise.app.benching``: measure on a home and a database made for it."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import click

from poise.app.benching.ground import VENDORS, ground


@click.group()
def main() -> None:
    """Measure the app."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was made is taken away then, too


_VENDOR = click.option("--database", "vendor", type=click.Choice(VENDORS), default="sqlite", show_default=True)
_OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures there as JSON.")


def _keep(figures: dict[str, Any], out: Path | None) -> str:
    text = json.dumps(figures, indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    return text


@main.command()
@_VENDOR
@_OUT
@click.option("--people", default=1_000, show_default=True, type=click.IntRange(12))
@click.option("--conversations", type=click.IntRange(0), help="[default: 200000, on SQLite 20000]")
@click.option("--import", "imported", type=click.IntRange(0), help="Of this many. [default: 100000, on SQLite 10000]")
@click.option("--users", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option("--pause", "pause_s", default=5.0, show_default=True, help="Seconds between a user's clicks, on average.")
@click.option("--seconds", default=240.0, show_default=True, help="For how long they click.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 16), help="Processes that import.")
def app(
    vendor: str,
    out: Path | None,
    people: int,
    conversations: int | None,
    imported: int | None,
    users: int,
    pause_s: float,
    seconds: float,
    workers: int,
) -> None:
    """Measure pages and an import on a database of a size; --conversations 500 --import 500 takes two minutes."""
    whole = 1 if vendor == "postgresql" else 10
    with ground(vendor):
        from poise.app.benching.speed import measure

        figures: dict[str, Any] = {}
        for done, figures in measure(
            people=people,
            conversations=200_000 // whole if conversations is None else conversations,
            imported=100_000 // whole if imported is None else imported,
            users=users,
            pause_s=pause_s,
            seconds=seconds,
            workers=workers,
        ):
            click.echo(done, err=True)
            _keep(figures, out)  # an hour's figures are not lost to a fault in the last part
    click.echo(_keep(figures, out))


@main.command()
@_VENDOR
@_OUT
@click.option("--kills", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--seed", default=1, show_default=True, help="What the random moments follow from.")
def lost(vendor: str, out: Path | None, kills: int, seed: int) -> None:
    """Kill server and worker at random moments while people import, review and save; look for what is lost."""
    with ground(vendor, POISE_LEASE_SECONDS="2", POISE_CHUNK_KB="64"):
        from poise.app.benching.losing import campaign

        figures = campaign(kills=kills, seed=seed)
    click.echo(_keep(figures, out))
    if figures["wrong"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
