"""Files that are handed in, and what a worker makes of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from poise.app.audit.models import NoticeGiven
from poise.app.importing.files import keep
from poise.app.importing.models import Import
from poise.app.importing.preview import ask
from poise.app.work.worker import work_off

HandIn = Callable[..., Import]
Lines = list[dict[str, Any]]
_WORKER = """
import json, sys
import poise.app.settings as settings
settings.DATABASES["default"].update(json.loads(sys.argv[1]))
from django.core.management import execute_from_command_line
execute_from_command_line(["manage", *sys.argv[2:]])
"""


def conversation(number: int, **fields: Any) -> dict[str, Any]:
    """One chat in which the customer is angry and the agent is not."""
    agent = f"agent-{number % 3}"
    return {
        "id": f"chat-{number}",
        "channel": "chat",
        "language": "en",
        "started_at": f"2026-0{number % 8 + 1}-03T09:00:00Z",
        "topic": "delivery",
        "people": [
            {"id": agent, "role": "agent", "name": f"Agent {number % 3}", "team": "Harbour"},
            {"id": f"c-{number}", "role": "customer", "name": "Dana Hollis"},
        ],
        "turns": [
            {
                "person": f"c-{number}",
                "text": "This is ridiculous, I have been waiting for 2 weeks!!",
                "at": 1790000000,
            },
            {"person": agent, "text": "I am sorry about that, Dana. I will look into it now.", "at": 1790000060},
            {"person": f"c-{number}", "text": "My card is 4111 1111 1111 1111 and I am Dana Hollis", "at": 1790000100},
            {"person": agent, "text": "Thank you. Your parcel arrives tomorrow. Anything else?", "at": 1790000160},
        ],
        **fields,
    }


def as_lines(records: Lines) -> bytes:
    """The records as a canonical conversation file."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.fixture
def committed_db(committed_db: str) -> str:
    """The database of an installation where people were told; tests/app/importing/test_notice.py takes that back."""
    NoticeGiven.objects.create(given_on="2026-01-02", how="by e-mail to all")
    return committed_db


@pytest.fixture
def hand_in(committed_db: str) -> Callable[..., Import]:
    """Import bytes as an upload that is confirmed; a worker does the work here and now."""

    def done(data: bytes, name: str = "chats.jsonl", people: bytes = b"", **fields: Any) -> Import:
        imported = Import.objects.create(way="upload", name=name, **fields)
        keep(imported, name, [data]).save()
        if people:
            keep(imported, "people.csv", [people], kind="people").save()
        ask(imported, confirmed=True)
        work_off()
        imported.refresh_from_db()
        return imported

    return done


@pytest.fixture
def worker(committed_db: str) -> Callable[..., subprocess.Popen[str]]:
    """Start a worker process on the database of the test."""

    def start(*options: str, **environment: str) -> subprocess.Popen[str]:
        names = ("NAME", "HOST", "PORT", "USER", "PASSWORD")
        database = {name: str(connection.settings_dict[name] or "") for name in names}
        url = "postgresql://any/any" if connection.vendor == "postgresql" else ""
        return subprocess.Popen(
            [sys.executable, "-c", _WORKER, json.dumps(database), "work", *options],
            env=os.environ | {"DATABASE_URL": url, "POISE_HOME": str(settings.HOME)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=Path(__file__).parent,
        )

    return start
