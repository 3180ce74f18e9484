"""Intercom conversations with their parts, and the text of its calls."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from poise.reading.canonical import Conversation, Event, Outcome, Person, Turn
from poise.reading.mail import own_words, text_of_html
from poise.reading.transcripts import read_captions
from poise.reading.where import Where, text_of

__all__ = ["read_intercom"]

_Id = int | str
_EVENTS: Final = {
    "close": "resolved",
    "open": "reopened",
    "snoozed": "state",
    "unsnoozed": "state",
    "timer_unsnooze": "state",
}


class _Author(msgspec.Struct):
    type: str | None = None
    id: _Id | None = None
    name: str | None = None
    email: str | None = None
    from_ai_agent: bool | None = None
    is_ai_answer: bool | None = None


class _Assigned(msgspec.Struct):
    type: str | None = None
    id: _Id | None = None


class _Part(msgspec.Struct):
    part_type: str = "comment"
    body: str | None = None
    created_at: int | float | None = None
    author: _Author | None = None
    assigned_to: _Assigned | None = None
    redacted: bool | None = None


class _Parts(msgspec.Struct):
    conversation_parts: list[_Part] = []
    total_count: int | None = None


class _First(msgspec.Struct):
    type: str | None = None
    subject: str | None = None
    body: str | None = None
    author: _Author | None = None


class _Rating(msgspec.Struct):
    rating: float | None = None


class _Conversation(msgspec.Struct):
    id: _Id
    created_at: int | float | None = None
    title: str | None = None
    state: str | None = None
    open: bool | None = None
    team_assignee_id: _Id | None = None
    admin_assignee_id: _Id | None = None
    conversation_rating: _Rating | None = None
    source: _First | None = None
    conversation_parts: _Parts | None = None
    tags: Any = None
    contacts: Any = None
    statistics: dict[str, Any] | None = None
    ai_agent_participated: bool | None = None
    channel: Any = None


def read_intercom(raw: bytes, where: Where) -> Conversation:
    """Read one conversation. Ids of people are ``intercom-<id>``."""
    if raw[:1] == b'"':
        return read_captions(raw, where)
    record = msgspec.json.decode(raw, type=_Conversation)
    source = record.source or _First()
    kind = source.type or "conversation"
    mail = kind == "email"
    people: dict[str, Person] = {}
    turns: list[Turn] = []
    events: list[Event] = []
    if source.body or source.subject:
        body = text_of_html(source.body or "") or text_of_html(source.subject or "")
        turns.append(_turn(body, source.author, record.created_at, mail, False, people, where))
    owner: str | None = None
    parts = record.conversation_parts or _Parts()
    for part in parts.conversation_parts:
        by = _person(part.author)
        if part.body and not part.redacted:
            note = part.part_type in (
                "note",
                "note_and_reopen",
                "note_and_unsnooze",
                "note_and_close",
                "note_and_assignment",
            )
            turns.append(_turn(text_of_html(part.body), part.author, part.created_at, mail, note, people, where))
        if (
            part.assigned_to is not None
            and part.assigned_to.id is not None
            and part.assigned_to.type in ("admin", "team")
        ):
            to = f"{'intercom' if part.assigned_to.type == 'admin' else 'team'}-{part.assigned_to.id}"
            data = {"from": owner, "by": by} if owner else {"by": by}
            if to != owner:
                events.append(Event(kind="transfer" if owner else "assigned", at=part.created_at, person=to, data=data))
            owner = to
        for ending, what in _EVENTS.items():
            if part.part_type == ending or part.part_type.endswith(f"_and_{ending}"):
                events.append(Event(kind=what, at=part.created_at, person=by, data={"state": ending}))
                break
    customer = next((one.id for one in people.values() if one.role == "customer"), None)
    meta: dict[str, Any] = {"vendor": {"statistics": record.statistics}} if record.statistics else {}
    if parts.total_count is not None and parts.total_count > len(parts.conversation_parts):
        meta["reading"] = [f"{len(parts.conversation_parts)} of {parts.total_count} parts are in the export"]
    team = record.team_assignee_id
    return Conversation(
        id=f"intercom-{record.id}",
        turns=turns,
        channel="email" if mail else "call" if kind in ("phone_call", "phone_switch") else "chat",
        started_at=record.created_at,
        topic=_first_tag(record.tags),
        queue=f"team-{team}" if team not in (None, 0, "0") else None,
        customer=customer,
        people=list(people.values()) or None,
        events=events or None,
        outcome=Outcome(
            csat=record.conversation_rating.rating if record.conversation_rating else None,
            resolved=True if record.state == "closed" else None,
        ),
        meta=meta or None,
    )


def _person(author: _Author | None) -> str | None:
    return f"intercom-{author.id}" if author is not None and author.id is not None else None


def _turn(
    body: str, author: _Author | None, at: float | None, mail: bool, note: bool, people: dict[str, Person], where: Where
) -> Turn:
    text = own_words(body) if mail else body
    author = author or _Author()
    kind = (author.type or "").lower()
    if kind in ("bot", "operator") or author.from_ai_agent or author.is_ai_answer:
        return Turn(text=text, role="bot", at=at, private=note)
    person = _person(author)
    if person is None or kind not in ("admin", "team", "user", "lead", "contact"):
        return Turn(text=text, role="system", at=at, private=note)
    if person not in people:
        role = "agent" if kind in ("admin", "team") else "customer"
        people[person] = where.person(person, role, name=author.name)
        people[person].email = author.email
    return Turn(text=text, person=person, at=at, private=note)


def _first_tag(tags: Any) -> str | None:
    found = tags.get("tags") if isinstance(tags, dict) else tags
    first = found[0] if isinstance(found, list) and found else None
    name = first.get("name") if isinstance(first, dict) else first
    return text_of(name) if isinstance(name, str | int) else None
