"""Two agents' conversations, one of them shared."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from poise.app.importing.batch import prepare, write
from poise.app.importing.models import Import
from poise.app.people.models import Person
from poise.reading.chunks import Chunk
from poise.reading.parse import parse


def _said(name: str, *turns: tuple[str, str]) -> dict[str, object]:
    people = [
        {"id": "dana", "role": "agent", "name": "Dana Levi", "team": "Harbour"},
        {"id": "omar", "role": "agent", "name": "Omar Aziz", "team": "Harbour"},
        {"id": "c1", "role": "customer", "name": "Pat"},
    ]
    spoke = {person for person, _ in turns}
    return {
        "id": name,
        "channel": "chat",
        "language": "en",
        "started_at": "2026-03-04T10:00:00Z",
        "people": [one for one in people if one["id"] in spoke],
        "turns": [{"person": person, "text": text} for person, text in turns],
    }


CONVERSATIONS = [
    _said("own", ("c1", "My kettle is broken"), ("dana", "Good morning Pat, I am so sorry about the kettle.")),
    _said(
        "shared",
        ("c1", "Still broken"),
        ("dana", "Hello again, the purple secret is mine."),
        ("omar", "Good morning, how can I help?"),
    ),
    _said("other", ("c1", "Where is my parcel?"), ("omar", "Hello, I will check the parcel for you.")),
]


@pytest.fixture
def bring() -> Callable[..., Import]:
    """Import canonical conversations here and now."""

    def do(*conversations: dict[str, object]) -> Import:
        payload = b"\n".join(json.dumps(one).encode() for one in conversations or CONVERSATIONS)
        imported = Import.objects.create(way=Import.Way.API, name="test", state=Import.State.DONE)
        batch = prepare(parse(Chunk(0, "canonical", "test", 1, payload), default_purpose="coaching"), "")
        write(batch, imported, chunk=0)
        return imported

    return do


@pytest.fixture
def dana(committed_db: str, bring: Callable[..., Import]) -> Person:
    """Dana, with her own conversation and the one that she shares with Omar."""
    bring()
    return Person.objects.get(person_id="dana")
