"""Everything that is held on one person, for that person: to read, and to take elsewhere."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from django.db import models
from django.template.loader import render_to_string
from django.utils import timezone

from poise.app.accounts.models import Membership
from poise.app.audit.models import Consent, Entry
from poise.app.conversations.contests.models import Decision
from poise.app.conversations.models import Conversation, Participant, Turn
from poise.app.people.models import Alias, Change, Contribution, Estimate, Evidence, Person, Rate
from poise.app.rows import batches

__all__ = ["held", "write_archive"]

_ABOUT: tuple[type[models.Model], ...] = (Estimate, Rate, Contribution, Change, Evidence, Consent)


def held(person: Person) -> dict[str, Any]:
    """Return all that is held on a person but their conversations, as plain values."""
    out: dict[str, Any] = {
        "exported_at": timezone.now().isoformat(),
        "person": _plain(person),
        "aliases": [_plain(one) for one in person.aliases.order_by("pk")],
        "account": None,
    }
    if person.user is not None:
        out["account"] = {
            "email": person.user.email,
            "name": person.user.name,
            "language": person.user.language,
            "created_at": person.user.created_at.isoformat(),
            "memberships": [
                {"role": one.role, "team": one.team.name if one.team else None}
                for one in Membership.objects.filter(user=person.user).select_related("team").order_by("pk")
            ],
        }
    for model in (*_ABOUT, *_others()):
        name = str(model._meta.verbose_name_raw).replace(" ", "_")
        out[name] = [_plain(one) for one in model._default_manager.filter(person=person).order_by("pk")]
    decided = Decision.objects.filter(contest__person=person).order_by("pk")
    out["decision"] = [_plain(one) for one in decided]  # on the contests above
    out["audit"] = [_plain(one) for one in Entry.objects.filter(person=person.pk).order_by("pk")]
    return out


def _others() -> list[type[models.Model]]:
    """Return the models of other rooms that refer to a person, so that none is forgotten when a room is added."""
    related = [field.related_model for field in Person._meta.get_fields() if field.one_to_many or field.one_to_one]
    return [
        model
        for model in related
        if isinstance(model, type)
        and issubclass(model, models.Model)
        and model not in {*_ABOUT, Participant, Alias}
        and any(field.name == "person" for field in model._meta.fields)
    ]


def _plain(one: models.Model) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for field in one._meta.concrete_fields:
        value = field.value_from_object(one)
        if isinstance(value, bytes | memoryview):
            continue
        out[field.attname] = value.isoformat() if isinstance(value, datetime) else value
    return out


def _conversations(person: Person) -> Iterator[dict[str, Any]]:
    """Yield the person's conversations: customers' personal data hidden in their own words too."""
    keys = list(
        Conversation.objects.filter(participants__person=person)
        .order_by("started_at", "pk")
        .values_list("pk", flat=True)
    )
    for some in batches(dict.fromkeys(keys), 200):
        turns: dict[int, list[dict[str, Any]]] = {key: [] for key in some}
        own = set(person.participations.filter(conversation_id__in=some).values_list("conversation_id", "key"))
        for turn in Turn.objects.filter(conversation_id__in=some).order_by("conversation_id", "number"):
            said = (turn.conversation_id, turn.speaker) in own
            turns[turn.conversation_id].append(
                {
                    "number": turn.number,
                    "role": turn.role,
                    "own": said,
                    "text": turn.shown,
                    "start": turn.start,
                    "end": turn.end,
                    "at": turn.at.isoformat() if turn.at else None,
                    "private": turn.private,
                }
            )
        by_key = Conversation.objects.in_bulk(some)
        for key in some:
            one = by_key[key]
            yield {
                "id": one.source_id,
                "channel": one.channel,
                "language": one.language,
                "started_at": one.started_at.isoformat() if one.started_at else None,
                "topic": one.topic,
                "queue": one.queue,
                "purpose": one.purpose,
                "turns": turns[key],
            }


def write_archive(person: Person, target: IO[bytes]) -> None:
    """Write a ZIP file with ``person.json``, ``conversations.jsonl`` and ``read-me.html``."""
    about = held(person)
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", json.dumps(about, ensure_ascii=False, indent=1))
        with archive.open("conversations.jsonl", "w") as lines:
            for one in _conversations(person):
                lines.write(json.dumps(one, ensure_ascii=False).encode() + b"\n")
                count += 1
        page = render_to_string("audit/export.html", {"person": person, "about": about, "conversations": count})
        archive.writestr("read-me.html", page)
