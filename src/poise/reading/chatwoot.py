"""Chatwoot conversations with their messages, as its API gives them."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from poise.reading.canonical import Conversation, Event, Outcome, Person, Turn
from poise.reading.where import Where, text_of

__all__ = ["read_chatwoot"]

_KINDS: Final = {"incoming": 0, "outgoing": 1, "activity": 2, "template": 3}
_RESOLVED: Final = ("resolved", "1")


class _Sender(msgspec.Struct):
    id: int | str | None = None
    name: str | None = None
    available_name: str | None = None
    email: str | None = None
    type: str | None = None


class _Message(msgspec.Struct):
    content: str | None = None
    message_type: int | str = 0
    created_at: int | float | str | None = None
    private: bool | None = None
    content_type: str | None = None
    content_attributes: dict[str, Any] | None = None
    sender_type: str | None = None
    sender_id: int | str | None = None
    sender: _Sender | None = None
    id: int | str | None = None


class _Named(msgspec.Struct):
    id: int | str | None = None
    name: str | None = None
    available_name: str | None = None
    email: str | None = None


class _Meta(msgspec.Struct):
    sender: _Named | None = None
    assignee: _Named | None = None
    team: _Named | None = None
    channel: str | None = None


class _Conversation(msgspec.Struct):
    id: int | str | None = None
    display_id: int | str | None = None
    messages: list[_Message] = []
    meta: _Meta | None = None
    inbox_id: int | str | None = None
    contact_id: int | str | None = None
    status: str | int | None = None
    labels: list[str] | None = None
    cached_label_list: str | None = None
    created_at: int | float | str | None = None
    timestamp: int | float | str | None = None
    additional_attributes: dict[str, Any] | None = None


_ACTIVITIES: Final = (
    (re.compile(r"^Assigned to (?P<to>.+?) by (?P<by>.+)$"), "assigned"),
    (re.compile(r"^(?P<by>.+?) self-assigned this conversation$"), "assigned"),
    (re.compile(r"^Assigned to (?P<to>.+?) via (?P<by>.+)$"), "transfer"),
    (re.compile(r"^Conversation was marked resolved by (?P<by>.+)$"), "resolved"),
    (re.compile(r"^Conversation was (?:reopened|marked (?:open|as open)) by (?P<by>.+)$"), "reopened"),
    (re.compile(r"^Conversation unassigned by (?P<by>.+)$"), "state"),
)


def read_chatwoot(raw: bytes, where: Where) -> Conversation:
    """Read one conversation. Ids of people are ``chatwoot-<id>``; contacts are ``chatwoot-contact-<id>``."""
    record = msgspec.json.decode(raw, type=_Conversation)
    turns: list[Turn] = []
    events: list[Event] = []
    people: dict[str, Person] = {}
    csat = None
    owner: str | None = None
    team = record.meta.team.name if record.meta and record.meta.team else None
    by_name = _agents(record)
    for message in _in_order(record.messages):
        kind = message.message_type
        kind = _KINDS.get(kind, 0) if isinstance(kind, str) else kind
        if message.content_type == "input_csat":
            csat = _csat(message) if csat is None else csat
        person, role = _who(message, kind)
        if role == "system":
            event = _activity(message, by_name, owner)
            if event is not None:
                events.append(event)
                owner = text_of(event.person) if event.kind in ("assigned", "transfer") and event.person else owner
        elif person is not None:
            sender = message.sender or _Sender()
            name = sender.name or sender.available_name
            assigned = record.meta.assignee if record.meta else None
            if (
                name is None
                and assigned is not None
                and role == "agent"
                and text_of(assigned.id) == text_of(message.sender_id)
            ):
                name = assigned.name or assigned.available_name
            if role == "customer" and name is None and record.meta and record.meta.sender:
                name = record.meta.sender.name
            if person not in people or people[person].name is None:
                people[person] = where.person(person, role, name=name, team=team if role == "agent" else None)
                people[person].email = sender.email
        turns.append(
            Turn(
                text=message.content or "",
                person=person,
                role=role,  # type: ignore[arg-type]
                at=message.created_at,
                private=bool(message.private),
            )
        )
    status = text_of(record.status) if record.status is not None else None
    meta: dict[str, Any] = {"status": status} if status is not None else {}
    if record.labels and len(record.labels) > 1:
        meta["labels"] = record.labels
    identity = record.id if record.id is not None else record.display_id
    labels = record.labels or [label.strip() for label in (record.cached_label_list or "").split(",") if label.strip()]
    contact = record.contact_id
    if contact is None and record.meta and record.meta.sender:
        contact = record.meta.sender.id
    return Conversation(
        id=f"chatwoot-{identity}" if identity is not None else where.name,
        turns=turns,
        channel=(record.meta.channel if record.meta else None) or "chat",
        started_at=record.created_at if record.created_at is not None else None,
        topic=labels[0] if labels else None,
        queue=f"inbox-{record.inbox_id}" if record.inbox_id is not None else None,
        customer=f"chatwoot-contact-{contact}" if contact is not None else None,
        people=list(people.values()) or None,
        events=events or None,
        outcome=Outcome(csat=csat, resolved=True if status in _RESOLVED else None),
        meta=meta or None,
    )


def _agents(record: _Conversation) -> dict[str, str]:
    """Return the ids of agents by the names that activity lines call them."""
    known = [(one.sender, one.sender_id) for one in record.messages if one.message_type in (1, "outgoing")]
    found = {
        sender.name: f"chatwoot-{identity if identity is not None else sender.id}"
        for sender, identity in known
        if sender is not None and sender.name
    }
    assignee = record.meta.assignee if record.meta else None
    if assignee is not None and assignee.name and assignee.id is not None:
        found.setdefault(assignee.name, f"chatwoot-{assignee.id}")
    return found


def _in_order(messages: list[_Message]) -> list[_Message]:
    moments = [message.created_at for message in messages]
    if all(isinstance(moment, int | float) for moment in moments):
        return sorted(messages, key=lambda message: message.created_at)  # type: ignore[arg-type, return-value]
    return messages


def _who(message: _Message, kind: int) -> tuple[str | None, str]:
    """Return person and role of a message."""
    sender = message.sender
    label = (message.sender_type or (sender.type if sender else None) or "").lower().replace("_", "")
    identity = message.sender_id if message.sender_id is not None else (sender.id if sender else None)
    if kind == 2:
        return None, "system"
    if kind == 3 or "bot" in label or "captain" in label:
        return None, "bot"
    if kind == 1 and label in ("user", ""):
        return (f"chatwoot-{identity}", "agent") if identity is not None else (None, "bot" if label == "" else "agent")
    return (f"chatwoot-contact-{identity}" if identity is not None else None), "customer"


def _activity(message: _Message, by_name: dict[str, str], owner: str | None) -> Event | None:
    for pattern, kind in _ACTIVITIES:
        match = pattern.match(message.content or "")
        if match is None:
            continue
        found = match.groupdict()
        name = found.get("to") or found.get("by")
        person = by_name.get(name or "", name)
        if kind == "assigned" and owner is not None and person != owner:
            kind = "transfer"
        data = {"from": owner, "by": found.get("by")} if kind == "transfer" else {"by": found.get("by")}
        return Event(kind=kind, at=message.created_at, person=person, data=data)
    return None


def _csat(message: _Message) -> float | None:
    values = (message.content_attributes or {}).get("submitted_values")
    answer = values.get("csat_survey_response") if isinstance(values, dict) else None
    rating = answer.get("rating") if isinstance(answer, dict) else None
    return float(rating) if isinstance(rating, int | float) else None
