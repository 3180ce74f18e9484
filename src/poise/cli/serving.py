"""``poise serve`` and ``poise manage``: the app. Django is loaded only when one of them runs."""

from __future__ import annotations

import click

__all__ = ["manage", "serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(0, 64), help="Background processes.")
@click.option("--web", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes that serve pages.")
def serve(host: str, port: int, workers: int, web: int) -> None:
    """Start the app with its data in POISE_HOME, which is made at first start."""
    from poise.app import serving

    raise SystemExit(serving.serve(host, port, workers, web))


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run one of Django's management commands on the app (`poise manage help` lists them)."""
    from poise.app import serving

    serving.manage(arguments)
