"""Where a measurement takes place: a home in a temporary folder and a database made for it, both gone afterwards."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import click

__all__ = ["VENDORS", "ground"]

VENDORS: Final = ("sqlite", "postgresql")
_SERVER: Final = "POISE_TEST_POSTGRESQL"


@contextmanager
def ground(vendor: str, **environment: str) -> Iterator[None]:
    """Set Django up on a new home and database; processes that are started inside work on the same.

    Raises
    ------
    click.UsageError
        Where PostgreSQL is asked for and ``POISE_TEST_POSTGRESQL`` names no server (bin/postgresql starts one).
    """
    home = tempfile.mkdtemp(prefix="poise-bench-")
    server = os.environ.get(_SERVER)
    if vendor == "postgresql" and not server:
        shutil.rmtree(home)
        raise click.UsageError("no PostgreSQL: run it by bin/bench, where Debian's postgresql is installed")
    for name in [name for name in os.environ if name.startswith("POISE_") and name != _SERVER]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    os.environ |= {"POISE_HOME": home, "DJANGO_SETTINGS_MODULE": "poise.app.settings", "POISE_LOG_LEVEL": "ERROR"}
    os.environ |= environment
    try:
        if vendor == "postgresql" and server:
            with _database(server) as url:
                os.environ["DATABASE_URL"] = url
                yield from _set_up()
        else:
            yield from _set_up()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _database(server: str) -> Iterator[str]:
    import psycopg

    name = f"poise_bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload, unused-ignore]
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload, unused-ignore]


def _set_up() -> Iterator[None]:
    import django

    django.setup()
    logging.getLogger("django").setLevel(logging.ERROR)
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    from poise.app.audit.models import NoticeGiven

    NoticeGiven.objects.create(given_on=date.today(), how="nobody in these conversations is real")
    try:
        yield
    finally:
        connections.close_all()
