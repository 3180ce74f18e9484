"""The test plumbing itself: both databases are the real ones, and tests leave nothing behind."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from poise.app.accounts.models import Team


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_writes_the_next_does_not_see(db: str, turn: int) -> None:
    assert connection.vendor == db
    assert not Team.objects.exists()
    Team.objects.create(name="Harbour")


def test_committed_rows_are_seen_by_other_threads(committed_db: str) -> None:
    Team.objects.create(name="Harbour")
    seen: list[tuple[str, int]] = []

    def look() -> None:
        seen.append((connection.vendor, Team.objects.count()))
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [(committed_db, 1)]


def test_and_are_gone_afterwards(db: str) -> None:
    assert not Team.objects.exists()
