"""Django on both databases: every test that asks for ``db`` runs on SQLite, and again on PostgreSQL.

``db`` undoes what the test wrote by rolling back; ``committed_db`` lets it commit (threads, workers, servers see it)
and empties the tables afterwards. PostgreSQL is the server that ``POISE_TEST_POSTGRESQL`` names; bin/test starts one.
"""

from __future__ import annotations

import atexit
import copy
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test_access and test_in_browser share addresses.py
_HOME = Path(tempfile.mkdtemp(prefix="poise-test-"))
(_HOME / "static").mkdir()
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("POISE_") and name != "POISE_TEST_POSTGRESQL"]:
    del os.environ[_name]
os.environ |= {"POISE_HOME": str(_HOME), "DJANGO_SETTINGS_MODULE": "poise.app.settings"}
os.environ.pop("DATABASE_URL", None)

import django
from django.conf import settings

# a slow hash protects stored passwords; tests have none to protect
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# names with a digest need collected files; tests/app/test_serving.py runs the real thing
settings.STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
django.setup()

from allauth.core import context as allauth_context
from django.contrib.contenttypes.models import ContentType
from django.core import mail as outbox
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client
from django.test.utils import setup_test_environment, teardown_test_environment

from poise.app.access import Role
from poise.app.accounts.models import Membership, Team, User
from poise.app.settings import _database

POSTGRESQL = os.environ.get("POISE_TEST_POSTGRESQL")
VENDORS = ("sqlite", "postgresql")
_ready: dict[str, tuple[dict[str, Any], Any]] = {}  # vendor → its settings, this thread's connection


@pytest.fixture(scope="session", autouse=True)
def _environment() -> Iterator[None]:
    setup_test_environment()
    yield
    for vendor in list(_ready):
        _enter(vendor)
        connections["default"].close()
        if vendor == "postgresql":
            connections["default"].creation.destroy_test_db(settings.POISE_TEST_NAME, verbosity=0)
    teardown_test_environment()


def _enter(vendor: str) -> None:
    """Make ``vendor`` the default database, for this thread and those that start later."""
    described, connection = _ready[vendor]
    connections.settings["default"] = described
    connections["default"] = connection
    ContentType.objects.clear_cache()


def _prepare(vendor: str) -> None:
    url = POSTGRESQL if vendor == "postgresql" else None
    described = copy.deepcopy(connections.settings["default"]) | {"OPTIONS": {}} | _database(url)
    described["TEST"] = described["TEST"] | {"NAME": None}
    described["CONN_MAX_AGE"] = 0
    if vendor == "sqlite":
        described["TEST"]["NAME"] = str(_HOME / "test.sqlite3")  # a file: one in memory is not shared or locked alike
    else:
        described["TEST"]["NAME"] = f"test_poise_{os.getpid()}"
    connections.settings["default"] = described
    if hasattr(connections._connections, "default"):
        del connections["default"]
    connection = connections["default"]
    if vendor == "postgresql":
        settings.POISE_TEST_NAME = described["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    call_command("createcachetable", verbosity=0)
    _ready[vendor] = (described, connection)


@pytest.fixture(params=VENDORS)
def database(request: pytest.FixtureRequest) -> str:
    """The database of this run: its tables are there. Ask for ``db`` or ``committed_db`` to write."""
    vendor = str(request.param)
    if vendor == "postgresql" and not POSTGRESQL:
        if os.environ.get("CI"):
            pytest.fail("bin/test starts PostgreSQL, but POISE_TEST_POSTGRESQL is not set")
        pytest.skip("no PostgreSQL: bin/test starts one where Debian's postgresql is installed")
    if vendor not in _ready:
        _prepare(vendor)
    _enter(vendor)
    return vendor


@pytest.fixture
def db(database: str) -> Iterator[str]:
    """The database; whatever the test writes is rolled back."""
    with transaction.atomic():
        yield database
        transaction.set_rollback(True)


@pytest.fixture
def committed_db(database: str) -> Iterator[str]:
    """The database; the test commits, and the tables are emptied afterwards."""
    yield database
    # the database itself keeps the audit log from being emptied
    append_only = import_module("poise.app.audit.migrations.0002_append_only")
    with connections["default"].schema_editor() as editor:
        append_only.unguard(None, editor)
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=False)
    with connections["default"].schema_editor() as editor:
        append_only.guard(None, editor)


@pytest.fixture(autouse=True)
def _no_request_and_no_mail() -> Iterator[None]:
    outbox.outbox = []
    with allauth_context.request_context(None):
        yield


@pytest.fixture
def client() -> Client:
    """A browser without scripts, signed out."""
    return Client()


@pytest.fixture
def member() -> Callable[..., User]:
    """Make a user with roles: ``member("coach", team)``, ``member("administrator")``; no team means all."""

    def make(role: str | Role | None = None, team: Team | None = None, email: str = "", **fields: Any) -> User:
        user = User.objects.create_user(
            email or f"{role or 'nobody'}{User.objects.count()}@example.org", "a long password", **fields
        )
        if role is not None:
            Membership.objects.create(user=user, role=Role(role), team=team)
        return user

    return make
