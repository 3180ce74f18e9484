"""What comes due by the clock is looked at now and then, not in every turn of a worker's loop."""

from __future__ import annotations

import time

import pytest

from poise.app.work.pace import Pace


def test_at_once_and_then_only_after_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 3.0  # seconds since the machine was started: fewer than the pace has
    monkeypatch.setattr(time, "monotonic", lambda: now)
    every = Pace(10.0)
    assert every.due()
    now = 12.9
    assert not every.due()
    now = 13.0
    assert every.due() and not every.due(), "it was due, so the next time is ten seconds from here"
    now = 22.9
    assert not every.due()
