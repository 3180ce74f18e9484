"""Backup, restore and upgrade, each by its one command, as separate processes on both databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

MAKE = """
import django; django.setup()
from poise.app.accounts.models import Team
Team.objects.create(name={name!r})
"""
COUNT = """
import django; django.setup()
from poise.app.accounts.models import Team
from django.conf import settings
print(sorted(Team.objects.values_list("name", flat=True)), settings.SECRET_KEY[:8])
"""


class Installation:
    """An installation in a folder of its own."""

    def __init__(self, home: Path, url: str | None) -> None:
        self.home = home
        self.environment = os.environ | {"POISE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "poise.app.settings"}
        self.environment.pop("DATABASE_URL", None)
        if url:
            self.environment["DATABASE_URL"] = url

    def manage(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "poise", "manage", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert bool(done.returncode) is fails, done.stderr
        return done.stdout + done.stderr

    def python(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Make installations: ``fresh("name")``."""
    server = os.environ.get("POISE_TEST_POSTGRESQL")
    if request.param == "postgresql" and not server:
        if os.environ.get("CI"):
            pytest.fail("bin/test starts PostgreSQL, but POISE_TEST_POSTGRESQL is not set")
        pytest.skip("no PostgreSQL: bin/test starts one where Debian's postgresql is installed")
    made: list[str] = []

    def make(name: str) -> Installation:
        url = None
        if request.param == "postgresql":
            import psycopg

            database = f"copies_{uuid4().hex[:12]}"
            with psycopg.connect(str(server), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {database}")
            made.append(database)
            url = str(server).replace("/postgres?", f"/{database}?")
        return Installation(tmp_path / name, url)

    yield make
    if made:
        import psycopg

        with psycopg.connect(str(server), autocommit=True) as connection:
            for database in made:
                connection.execute(f"DROP DATABASE {database} WITH (FORCE)")


def test_a_backup_is_restored_into_an_empty_installation(fresh: Any, tmp_path: Path) -> None:
    first, copy = fresh("first"), tmp_path / "copy.tar.gz"
    first.manage("migrate", "--verbosity=0")
    first.python(MAKE.format(name="Harbour"))
    (first.home / "media" / "uploads").mkdir(parents=True)
    (first.home / "media" / "uploads" / "one.jsonl").write_text("{}")
    assert "keep it as safe" in first.manage("backup", str(copy))
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "is there already" in first.manage("backup", str(copy), fails=True)

    second = fresh("second")
    assert "Restored" in second.manage("restore", str(copy))
    assert second.python(COUNT) == first.python(COUNT)  # the secret key too
    assert (second.home / "media" / "uploads" / "one.jsonl").read_text() == "{}"


def test_a_restore_replaces_people_only_when_told_to(fresh: Any, tmp_path: Path) -> None:
    one, copy = fresh("one"), tmp_path / "copy.tar.gz"
    one.manage("migrate", "--verbosity=0")
    one.python(MAKE.format(name="Before"))
    one.python(
        "import django; django.setup()\n"
        "from poise.app.accounts.models import User\n"
        "User.objects.create_user('a@example.org', 'a long password')"
    )
    one.manage("backup", str(copy))
    one.python(MAKE.format(name="After"))
    assert "has accounts" in one.manage("restore", str(copy), fails=True)
    assert "After" in one.python(COUNT)
    one.manage("restore", "--replace", str(copy))
    assert "After" not in one.python(COUNT)


def test_a_damaged_backup_changes_nothing(fresh: Any, tmp_path: Path) -> None:
    one, copy = fresh("one"), tmp_path / "copy.tar.gz"
    one.manage("migrate", "--verbosity=0")
    one.python(MAKE.format(name="Harbour"))
    one.manage("backup", str(copy))
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    assert "is damaged" in one.manage("restore", "--replace", str(copy), fails=True)
    copy.write_bytes(b"not a backup")
    assert "cannot be read as a backup" in one.manage("restore", str(copy), fails=True)

    unpacked = tmp_path / "unpacked"
    copy.write_bytes(whole)
    with tarfile.open(copy) as archive:
        names = archive.getnames()
        archive.extractall(unpacked, filter="data")
    (unpacked / "secret.key").write_text("another")
    with tarfile.open(copy, "w:gz") as archive:
        for name in names:
            archive.add(unpacked / name, arcname=name)
    assert "secret.key is not what was saved" in one.manage("restore", "--replace", str(copy), fails=True)
    assert "Harbour" in one.python(COUNT)
    assert not list(one.home.glob(".restore-*"))


def test_a_backup_of_an_earlier_poise_is_no_newer_one(fresh: Any, tmp_path: Path) -> None:
    one, copy = fresh("one"), tmp_path / "copy.tar.gz"
    one.manage("migrate", "--verbosity=0")
    applied = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "MigrationRecorder(connection).record_applied({app!r}, '0001_initial')"
    )
    one.python(applied.format(app="django_tasks_database"))
    one.manage("backup", str(copy))
    assert "Restored" in one.manage("restore", str(copy))
    one.python(applied.format(app="of_tomorrow"))
    copy.unlink()
    one.manage("backup", str(copy))
    assert "upgrade first (of_tomorrow.0001_initial)" in one.manage("restore", str(copy), fails=True)


def test_a_backup_from_before_the_hiring_rooms_replaces_a_later_installation(fresh: Any, tmp_path: Path) -> None:
    one, copy = fresh("one"), tmp_path / "copy.tar.gz"
    one.manage("migrate", "--verbosity=0")
    one.manage("migrate", "--verbosity=0", "kits", "zero")  # every room of hiring rests on it
    one.python(MAKE.format(name="Before"))
    one.manage("backup", str(copy))
    one.manage("migrate", "--verbosity=0")
    one.python(MAKE.format(name="After"))
    assert "Restored" in one.manage("restore", "--replace", str(copy))
    assert "Up to date" in one.manage("upgrade")
    one.manage("migrate", "--check")
    assert "After" not in one.python(COUNT)
    one.python(
        "import django; django.setup()\n"
        "from poise.app.interviews.kits.models import Kit\n"
        "assert not Kit.objects.exists()"
    )


def test_an_upgrade_backs_up_first(fresh: Any) -> None:
    one = fresh("one")
    one.manage("migrate", "--verbosity=0")
    said = one.manage("upgrade")
    assert "Up to date" in said
    assert len(list((one.home / "backups").glob("before-upgrade-*.tar.gz"))) == 1
    shutil.rmtree(one.home / "backups")
