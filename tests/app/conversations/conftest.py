"""A few conversations of two agents of different teams, brought in as any import is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from poise.app.accounts.models import Team, User
from poise.app.conversations.models import Conversation
from poise.app.importing.batch import prepare, write
from poise.app.importing.models import Import
from poise.app.people.models import Person
from poise.reading.chunks import Chunk
from poise.reading.parse import parse

Bring = Callable[..., list[Conversation]]
SignedIn = Callable[..., Client]


def said(name: str, *turns: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """A chat between a customer and the agents who speak in it."""
    people = [
        {"id": "dana", "role": "agent", "name": "Dana Levi", "team": "Harbour"},
        {"id": "omar", "role": "agent", "name": "Omar Aziz", "team": "Compass"},
        {"id": "c1", "role": "customer", "name": "Pat Novak"},
    ]
    spoke = {person for person, *_ in turns}
    return {
        "id": name,
        "channel": "chat",
        "language": "en",
        "started_at": "2026-03-04T10:00:00Z",
        "people": [one for one in people if one["id"] in spoke],
        "turns": [{"person": person, "text": text} for person, text in turns],
        **fields,
    }


GREETED = said(
    "greeted",
    ("c1", "My kettle is broken, I am Pat Novak"),
    ("dana", "Good morning! I am so sorry about the kettle."),
    ("c1", "Can you send a new one?"),
    ("dana", "I will send it today, please wait a moment."),
)
OTHER = said("other", ("c1", "Where is my parcel?"), ("omar", "Hello, I will check the parcel for you."))
SHARED = said(
    "shared",
    ("c1", "Still broken"),
    ("dana", "Good morning, please tell me more."),
    ("omar", "Good morning, how can I help?"),
)


def bring_in(*conversations: dict[str, Any], purpose: str = "coaching") -> list[Conversation]:
    """Import canonical conversations here and now."""
    payload = b"\n".join(json.dumps(one).encode() for one in conversations)
    imported = Import.objects.create(way=Import.Way.API, name="test", state=Import.State.DONE)
    batch = prepare(parse(Chunk(0, "canonical", "test", 1, payload), default_purpose=purpose), "")
    with transaction.atomic():
        write(batch, imported, chunk=0)
    return [Conversation.objects.get(source_id=one["id"]) for one in conversations]


@pytest.fixture
def bring(db: str) -> Bring:
    """:func:`bring_in`, on the database of the test."""
    return bring_in


@pytest.fixture
def signed_in(member: Callable[..., User]) -> SignedIn:
    """A browser of somebody with a role: in a team by its name, or as the person with that id."""

    def do(role: str, team: str = "", person: str = "", email: str = "") -> Client:
        user = member(role, Team.objects.get(name=team) if team else None, email)
        if person:
            Person.objects.filter(person_id=person).update(user=user)
        client = Client()
        client.force_login(user)
        return client

    return do
