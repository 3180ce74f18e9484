"""What raters note, for tests of the room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from poise.app.interviews.campaigns.models import Seat
from poise.app.interviews.room.models import Entry

from .serving import Served


@pytest.fixture
def note() -> Callable[..., Entry]:
    """Put one entry into a seat's journal: ``note(seat, "rated", "helpful.past", level=3)``."""

    def put(seat: Seat, what: str, question: str = "", at: datetime | None = None, **detail: Any) -> Entry:
        made = Entry(seat=seat, uuid=uuid4(), kind=what, question=question, detail=detail, at=at or timezone.now())
        made.save()
        return made

    return put


@pytest.fixture
def fill(note: Callable[..., Entry]) -> Callable[..., None]:
    """Rate all scored questions of a seat, each on one quote."""

    def rate(seat: Seat, level: int = 4) -> None:
        for question in seat.interview.candidate.campaign.kit.read().questions:
            note(seat, "quoted", question.id, text=f"I did {question.id}.")
            if question.scored:
                note(seat, "rated", question.id, level=level)

    return rate


@pytest.fixture
def told() -> Callable[..., dict[str, Any]]:
    """One entry as a browser tells it."""

    def tell(what: str, question: str = "", uuid: UUID | None = None, at: datetime | None = None, **detail: Any) -> Any:
        return {
            "uuid": str(uuid or uuid4()),
            "kind": what,
            "question": question,
            "detail": detail,
            "at": (at or timezone.now()).isoformat(),
        }

    return tell


_running: dict[str, Served] = {}  # database → the server on it; starting one takes longer than most tests


@pytest.fixture(scope="module", autouse=True)
def _no_server_left() -> Iterator[None]:
    yield
    while _running:
        _running.popitem()[1].stop()


@pytest.fixture
def served(committed_hiring: Any, database: str) -> Served:
    """A server of its own process on the campaign."""
    if database not in _running:
        _running[database] = Served()
    if not _running[database].alive:  # a test ended between a kill and the start after it
        _running[database].start()
    return _running[database]
