"""A whole installation in one file, and back: database, uploads and secret key, each with its digest.

SQLite is copied by its own online backup, PostgreSQL by ``pg_dump``, ``pg_restore`` and ``psql`` of the same or a later
version: both give one consistent moment while people go on working.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from poise import __version__
from poise.app import home

__all__ = ["CopyError", "Manifest", "read_manifest", "restore", "save"]

_DATABASE: Final = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
_KEY: Final = "secret.key"
_MEDIA: Final = "media"
_LEFT: Final = ("django_tasks_database.",)
"""Apps that came with an earlier Poise: what they had migrated is in its backups, and nothing lacks without them."""


class CopyError(Exception):
    """A backup that cannot be made or restored, with what to do about it."""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds.

    Attributes
    ----------
    poise
        Version that made it.
    at
        When (ISO 8601, UTC).
    vendor
        ``sqlite`` or ``postgresql``: it is restored into the same kind of database.
    migrations
        Those that were applied: a backup is not restored into an older Poise.
    digests
        SHA-256 (hex) of each file in it.
    """

    poise: str
    at: str
    vendor: str
    migrations: list[str]
    digests: dict[str, str]


def save(target: Path) -> Manifest:
    """Write a backup; the file is there whole or not at all, readable for its owner alone.

    Raises
    ------
    CopyError
        Where the target exists or the database cannot be copied.
    """
    if target.exists():
        raise CopyError(f"{target} is there already; give another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as name:
        work = Path(name)
        database = work / _DATABASE[connection.vendor]
        _dump(database)
        (work / _KEY).write_text(settings.SECRET_KEY, encoding="ascii")
        files = {database.name: database, _KEY: work / _KEY} | _uploads()
        manifest = Manifest(
            poise=__version__,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            vendor=connection.vendor,
            migrations=_applied(),
            digests={inside: _digest(path) for inside, path in files.items()},
        )
        half = work / "half.tar.gz"
        with tarfile.open(half, "w:gz", compresslevel=3) as archive:
            described = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
            head = tarfile.TarInfo("manifest.json")
            head.size, head.mode = len(described), 0o600
            archive.addfile(head, io.BytesIO(described))
            for inside, path in files.items():
                archive.add(path, arcname=inside, recursive=False)
        half.chmod(0o600)
        _sync(half)
        half.replace(target)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """Return what a backup says it holds.

    Raises
    ------
    CopyError
        Where the file is no backup of Poise.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            head = archive.next()
            member = archive.extractfile(head) if head is not None and head.name == "manifest.json" else None
            if member is None:
                raise CopyError(f"{source} is no backup of Poise: it does not begin with manifest.json")
            return msgspec.json.decode(member.read(), type=Manifest)
    except (OSError, tarfile.TarError, EOFError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise CopyError(f"{source} cannot be read as a backup: {error}") from None


def restore(source: Path, *, replace: bool = False) -> Manifest:
    """Put a backup in the place of this installation's database, uploads and secret key. Nothing else may run.

    Parameters
    ----------
    replace
        Whether an installation that has accounts may be replaced.

    Raises
    ------
    CopyError
        Where the backup is damaged, of another kind of database or of a newer Poise, or would replace something.
        Nothing was changed then.
    """
    manifest = read_manifest(source)
    _check(manifest, source, replace=replace)
    with _nobody_else(), tempfile.TemporaryDirectory(dir=settings.HOME, prefix=".restore-") as name:
        work = Path(name)
        try:
            with tarfile.open(source, "r:gz") as archive:
                archive.extractall(work, filter="data")
        except (EOFError, zlib.error, tarfile.TarError) as error:
            raise CopyError(f"{source} is damaged: {error}") from None
        for inside, digest in manifest.digests.items():
            path = work / inside
            if not path.is_file() or _digest(path) != digest:
                raise CopyError(f"{source} is damaged: {inside} is not what was saved")
        _load(work / _DATABASE[manifest.vendor])
        media = Path(settings.MEDIA_ROOT)
        shutil.rmtree(media, ignore_errors=True)
        if (work / _MEDIA).is_dir():
            shutil.copytree(work / _MEDIA, media)
        if "POISE_SECRET_KEY" not in os.environ:
            key = settings.HOME / _KEY
            half = settings.HOME / ".secret.half"
            half.write_bytes((work / _KEY).read_bytes())
            half.chmod(0o600)
            half.replace(key)
    return manifest


@contextmanager
def _nobody_else() -> Iterator[None]:
    """Keep a server from starting meanwhile; where one runs, what it writes would be lost between the two."""
    with ExitStack() as holding:
        try:
            holding.enter_context(home.held(settings.HOME, alone=True))
        except BlockingIOError:
            raise CopyError("the server is running: stop it, then restore") from None
        yield


def _check(manifest: Manifest, source: Path, *, replace: bool) -> None:
    if manifest.vendor != connection.vendor:
        raise CopyError(f"{source} is of {manifest.vendor}, this installation uses {connection.vendor}")
    unknown = sorted(one for one in set(manifest.migrations) - _known() if not one.startswith(_LEFT))
    if unknown:
        raise CopyError(f"{source} was made by Poise {manifest.poise}, which is newer: upgrade first ({unknown[0]})")
    if not replace and "accounts_user" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM accounts_user")
            if cursor.fetchone()[0]:
                raise CopyError("this installation has accounts; say --replace to put the backup in their place")


def _applied() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _known() -> set[str]:
    from django.db.migrations.loader import MigrationLoader

    return {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def _uploads() -> dict[str, Path]:
    media = Path(settings.MEDIA_ROOT)
    return {
        f"{_MEDIA}/{path.relative_to(media)}": path
        for path in sorted(media.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def _dump(target: Path) -> None:
    if connection.vendor == "sqlite":
        with (
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as here,
            closing(sqlite3.connect(target)) as there,
        ):
            here.backup(there)
        return
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", "--dbname", _name())


def _load(source: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        place = Path(connection.settings_dict["NAME"])
        with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(place)) as here:
            there.backup(here)
        return
    surplus = _surplus()
    connection.close()
    first, script = source.with_suffix(".first.sql"), source.with_suffix(".sql")
    first.write_text(surplus, encoding="utf-8")
    plain = ("--clean", "--if-exists", "--no-owner", "--no-privileges")
    _run("pg_restore", *plain, f"--file={script}", str(source))
    one = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    _run("psql", *one, f"--file={first}", f"--file={script}", "--dbname", _name())


def _surplus() -> str:
    """Return SQL that drops the tables of this installation, with what guards them.

    A backup of an earlier version knows nothing of later tables: they would hold its own tables in their place by
    their references, and stand in the way of the migrations that make them.
    """
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT t.tgfoid::regprocedure::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND c.relname = ANY(%s) AND pg_table_is_visible(c.oid)",
            [tables],
        )
        guards = [row[0] for row in cursor.fetchall()]
    quoted = [connection.ops.quote_name(one) for one in tables]
    return "".join(
        [f"DROP TABLE {one} CASCADE;\n" for one in quoted] + [f"DROP FUNCTION {one} CASCADE;\n" for one in guards]
    )


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _environment() -> Mapping[str, str]:
    """Return the environment for PostgreSQL's programs: the password is seen in no list of processes."""
    place: dict[str, Any] = connection.settings_dict
    named = {"PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    return os.environ | {name: str(place[key]) for name, key in named.items() if place.get(key)}


def _run(*command: str) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise CopyError(f"{command[0]} is not installed; it comes with PostgreSQL's client programs")
    done = subprocess.run([program, *command[1:]], env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CopyError(f"{command[0]} failed: {done.stderr.strip()[-1000:]}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
