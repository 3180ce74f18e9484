"""Freshdesk tickets with their conversations (replies and notes)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from poise.reading.canonical import Conversation, Outcome, Person, Turn
from poise.reading.mail import own_words, text_of_html
from poise.reading.where import Where, in_order, text_of

__all__ = ["read_freshdesk"]

_Id = int | str
_CHANNELS: Final = {1: "email", 2: "email", 3: "call", 7: "chat"}


class _Someone(msgspec.Struct):
    id: _Id | None = None
    name: str | None = None
    email: str | None = None


class _Reply(msgspec.Struct):
    id: _Id | None = None
    body: str | None = None
    body_text: str | None = None
    incoming: bool | None = None
    private: bool | None = None
    user_id: _Id | None = None
    from_email: str | None = None
    source: int | None = None
    created_at: str | None = None


class _Ticket(msgspec.Struct):
    id: _Id
    conversations: list[_Reply] = []
    subject: str | None = None
    description: str | None = None
    description_text: str | None = None
    requester_id: _Id | None = None
    responder_id: _Id | None = None
    group_id: _Id | None = None
    status: int | str | None = None
    source: int | None = None
    type: str | None = None
    tags: list[str] | None = None
    created_at: str | None = None
    requester: _Someone | None = None
    responder: _Someone | None = None
    agents: list[_Someone] | None = None
    satisfaction_rating: dict[str, Any] | None = None


def read_freshdesk(raw: bytes, where: Where) -> Conversation:
    """Read one ticket. Ids of people are ``freshdesk-<id>``; the description is the customer's first turn."""
    ticket = msgspec.json.decode(raw, type=_Ticket)
    names = {
        text_of(one.id): one
        for one in (ticket.requester, ticket.responder, *(ticket.agents or ()))
        if one is not None and one.id is not None
    }
    people: dict[str, Person] = {}

    def person(identity: _Id | None, role: str) -> str | None:
        if identity is None:
            return None
        key = f"freshdesk-{identity}"
        if key not in people:
            known = names.get(text_of(identity), _Someone())
            people[key] = where.person(key, role, name=known.name)
            people[key].email = known.email
        return key

    turns: list[Turn] = []
    opening = text_of_html(ticket.description) if ticket.description else ticket.description_text
    if opening:
        who = person(ticket.requester_id, "customer")
        turns.append(Turn(text=own_words(opening), person=who, role="customer", at=ticket.created_at))
    for reply in in_order(ticket.conversations, lambda reply: reply.created_at):
        text = own_words(text_of_html(reply.body) if reply.body else reply.body_text or "")
        from_customer = bool(reply.incoming) or (
            reply.user_id is not None and reply.user_id == ticket.requester_id and not reply.private
        )
        role = "customer" if from_customer else "agent" if reply.user_id is not None else "system"
        turns.append(
            Turn(
                text=text,
                person=person(reply.user_id, role) if role != "system" else None,
                role=None if role != "system" and reply.user_id is not None else role,  # type: ignore[arg-type]
                at=reply.created_at,
                private=bool(reply.private),
            )
        )
    status = text_of(ticket.status).lower() if ticket.status is not None else None
    return Conversation(
        id=f"freshdesk-{ticket.id}",
        turns=turns,
        channel=_CHANNELS.get(ticket.source or 1, "chat" if ticket.source else "email"),
        started_at=ticket.created_at,
        topic=ticket.type or (ticket.tags[0] if ticket.tags else None),
        queue=f"group-{ticket.group_id}" if ticket.group_id is not None else None,
        customer=f"freshdesk-{ticket.requester_id}" if ticket.requester_id is not None else None,
        people=list(people.values()) or None,
        outcome=Outcome(
            csat=_rating(ticket.satisfaction_rating),
            resolved=True if status in ("4", "5", "resolved", "closed") else None,
        ),
    )


def _rating(said: dict[str, Any] | None) -> float | None:
    """Return the answer to the default question as Freshdesk codes it (103 best, -103 worst, 100 neutral)."""
    ratings = (said or {}).get("ratings")
    value = ratings.get("default_question") if isinstance(ratings, dict) else None
    return float(value) if isinstance(value, int | float) else None
