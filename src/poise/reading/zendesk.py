"""Zendesk tickets with comments, and Zendesk chats."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from poise.reading.canonical import Conversation, Event, Outcome, Person, Turn
from poise.reading.mail import own_words, text_of_html
from poise.reading.where import Where, in_order, text_of

__all__ = ["read_zendesk", "read_zendesk_chat"]

_Id = int | str


class _Via(msgspec.Struct):
    channel: str | int | None = None


class _Comment(msgspec.Struct):
    id: _Id | None = None
    author_id: _Id | None = None
    body: str | None = None
    html_body: str | None = None
    plain_body: str | None = None
    public: bool | None = None
    created_at: str | None = None
    via: _Via | None = None


class _User(msgspec.Struct):
    id: _Id
    name: str | None = None
    email: str | None = None
    role: str | None = None


class _Change(msgspec.Struct):
    type: str | None = None
    field_name: str | None = None
    value: Any = None
    previous_value: Any = None


class _Audit(msgspec.Struct):
    created_at: str | None = None
    author_id: _Id | None = None
    events: list[_Change] = []


class _Satisfaction(msgspec.Struct):
    score: str | None = None


class _Ticket(msgspec.Struct):
    id: _Id
    comments: list[_Comment] = []
    subject: str | None = None
    description: str | None = None
    status: str | None = None
    requester_id: _Id | None = None
    submitter_id: _Id | None = None
    assignee_id: _Id | None = None
    group_id: _Id | None = None
    tags: list[str] | None = None
    satisfaction_rating: _Satisfaction | None = None
    via: _Via | None = None
    created_at: str | None = None
    users: list[_User] | None = None
    requester: _User | None = None
    assignee: _User | None = None
    submitter: _User | None = None
    audits: list[_Audit] | None = None
    metric_set: dict[str, Any] | None = None


_CHATS: Final = ("chat", "native_messaging", "messaging", "whatsapp", "sms", "web_widget", "facebook", "line")
_CALLS: Final = ("voice", "phone", "voice_inbound", "voice_outbound")


def read_zendesk(raw: bytes, where: Where) -> Conversation:
    """Read one ticket. Ids of people are ``zendesk-<id>``. A good rating is 1, a bad one 0."""
    ticket = msgspec.json.decode(raw, type=_Ticket)
    users = {text_of(user.id): user for user in [*(ticket.users or ()), *_embedded(ticket)]}
    requester = text_of(ticket.requester_id) if ticket.requester_id is not None else None
    people: dict[str, Person] = {}
    comments = ticket.comments
    if not comments and ticket.description:
        comments = [_Comment(author_id=ticket.requester_id, body=ticket.description, created_at=ticket.created_at)]
    ordered = in_order(comments, lambda comment: comment.created_at)
    turns = [_turn(comment, requester, users, people, where) for comment in ordered]
    via = str(ticket.via.channel) if ticket.via and ticket.via.channel is not None else "email"
    channel = "chat" if via in _CHATS else "call" if via in _CALLS else "email"
    score = ticket.satisfaction_rating.score if ticket.satisfaction_rating else None
    meta: dict[str, Any] = {}
    if ticket.metric_set:
        meta["vendor"] = {"metric_set": ticket.metric_set}
    if ticket.tags and len(ticket.tags) > 1:
        meta["tags"] = ticket.tags
    return Conversation(
        id=f"zendesk-{ticket.id}",
        turns=turns,
        channel=channel,
        started_at=ticket.created_at,
        topic=ticket.tags[0] if ticket.tags else None,
        queue=f"group-{ticket.group_id}" if ticket.group_id is not None else None,
        customer=f"zendesk-{requester}" if requester else None,
        people=list(people.values()) or None,
        events=_changes(ticket.audits or []) or None,
        outcome=Outcome(
            csat={"good": 1.0, "bad": 0.0}.get((score or "").split("_")[0]),
            resolved=True if ticket.status in ("solved", "closed") else None,
        ),
        meta=meta or None,
    )


def _embedded(ticket: _Ticket) -> list[_User]:
    """Users that the ticket holds in itself, as the full JSON export writes them."""
    found = [user for user in (ticket.requester, ticket.assignee, ticket.submitter) if user is not None]
    if ticket.requester is not None and ticket.requester_id is None:
        ticket.requester_id = ticket.requester.id
    return found


def _turn(
    comment: _Comment, requester: str | None, users: dict[str, _User], people: dict[str, Person], where: Where
) -> Turn:
    author = text_of(comment.author_id) if comment.author_id is not None else "-1"
    body = text_of_html(comment.html_body) if comment.html_body else comment.plain_body or comment.body or ""
    text = own_words(body)
    private = comment.public is False
    via = comment.via.channel if comment.via else None
    if author == "-1" or via == "system":
        return Turn(text=text, role="system", at=comment.created_at, private=private)
    person = f"zendesk-{author}"
    user = users.get(author)
    kind = (user.role if user else None) or ""
    if (author == requester and kind not in ("agent", "admin")) or kind == "end-user":
        role = "customer"
    elif kind in ("agent", "admin") or requester is not None:
        role = "bot" if kind == "bot" or via in ("answer_bot", "bot") else "agent"
    else:
        role = where.role(user.name if user and user.name else author)
    if person not in people:
        people[person] = where.person(person, role, name=user.name if user else None)
        people[person].email = user.email if user else None
    return Turn(text=text, person=person, at=comment.created_at, private=private)


def _changes(audits: list[_Audit]) -> list[Event]:
    """Turn the ticket's history into events."""
    events = []
    for audit in audits:
        for change in audit.events:
            value, before = change.value, change.previous_value
            person: str | None
            if change.field_name == "assignee_id" and value:
                kind = "transfer" if before else "assigned"
                person = f"zendesk-{value}"
                data = {"from": f"zendesk-{before}"} if before else None
            elif change.field_name == "group_id" and value and before:
                kind, person, data = "transfer", _by(audit), {"from": f"group-{before}", "to": f"group-{value}"}
            elif change.field_name == "status" and value in ("solved", "closed"):
                kind, person, data = "resolved", _by(audit), {"status": value}
            elif change.field_name == "status" and before in ("solved", "closed"):
                kind, person, data = "reopened", _by(audit), {"status": value}
            else:
                continue
            events.append(Event(kind=kind, at=audit.created_at, person=person, data=data))
    return events


def _by(audit: _Audit) -> str | None:
    return f"zendesk-{audit.author_id}" if audit.author_id not in (None, -1) else None


class _Line(msgspec.Struct):
    type: str = "chat.msg"
    timestamp: str | float | None = None
    msg: str | None = None
    name: str | None = None
    nick: str | None = None
    channel: str | None = None
    sender_type: str | None = None
    agent_id: _Id | None = None
    rating: str | None = None
    new_rating: str | None = None
    department_id: _Id | None = None


class _Visitor(msgspec.Struct):
    id: _Id | None = None
    name: str | None = None
    email: str | None = None


class _Chat(msgspec.Struct):
    id: _Id
    history: list[_Line] = []
    type: str | None = None
    timestamp: str | float | None = None
    visitor: _Visitor | None = None
    agent_ids: list[_Id] | None = None
    agent_names: list[str] | None = None
    department_name: str | None = None
    rating: str | None = None
    comment: str | None = None
    message: str | None = None
    tags: list[str] | None = None
    missed: bool | None = None
    response_time: dict[str, Any] | None = None
    zendesk_ticket_id: _Id | None = None


def read_zendesk_chat(raw: bytes, where: Where) -> Conversation:
    """Read one chat. Ids of agents are ``zendesk-<id>``, as in tickets."""
    chat = msgspec.json.decode(raw, type=_Chat)
    names = {text_of(one): name for one, name in zip(chat.agent_ids or [], chat.agent_names or [], strict=False)}
    visitor = chat.visitor or _Visitor()
    customer = f"zendesk-visitor-{visitor.id}" if visitor.id is not None else None
    people: dict[str, Person] = {}
    turns: list[Turn] = []
    events: list[Event] = []
    inside: list[str] = []
    rating = chat.rating
    for line in chat.history:
        kind = line.type.removeprefix("chat.")
        agent = _agent(line)
        if agent is not None and f"zendesk-{agent}" not in people:
            name = names.get(agent) or line.name
            people[f"zendesk-{agent}"] = where.person(f"zendesk-{agent}", "agent", name=name)
        if kind == "memberjoin" and agent is not None:
            before = inside[-1] if inside else None
            data = {"from": f"zendesk-{before}"} if before else None
            what = "transfer" if before else "assigned"
            events.append(Event(kind=what, at=line.timestamp, person=f"zendesk-{agent}", data=data))
            inside.append(agent)
        elif kind in ("rating", "comment"):
            rating = line.new_rating or line.rating or rating
        elif kind in ("msg", "trigger", "system", "message") and line.msg is not None:
            said = (line.sender_type or "").lower()
            if said == "trigger" or kind in ("trigger", "system"):
                turns.append(
                    Turn(
                        text=line.msg,
                        role="bot" if said == "trigger" or kind == "trigger" else "system",
                        at=line.timestamp,
                    )
                )
            elif agent is not None:
                turns.append(Turn(text=line.msg, person=f"zendesk-{agent}", at=line.timestamp))
            else:
                turns.append(Turn(text=line.msg, person=customer, role="customer", at=line.timestamp))
    if not turns and chat.message:  # an offline message has no history
        turns.append(Turn(text=chat.message, person=customer, role="customer", at=chat.timestamp))
    if customer is not None:
        people[customer] = where.person(customer, "customer", name=visitor.name)
        people[customer].email = visitor.email
    meta: dict[str, Any] = {"missed": True} if chat.missed else {}
    if chat.zendesk_ticket_id is not None:
        meta["ticket"] = f"zendesk-{chat.zendesk_ticket_id}"
    if chat.response_time:
        meta["vendor"] = {"response_time": chat.response_time}
    return Conversation(
        id=f"zendesk-chat-{chat.id}",
        turns=turns,
        channel="chat",
        started_at=chat.timestamp,
        topic=chat.tags[0] if chat.tags else None,
        queue=chat.department_name,
        customer=customer,
        people=list(people.values()) or None,
        events=events or None,
        outcome=Outcome(csat={"good": 1.0, "bad": 0.0}.get(rating or "")),
        meta=meta or None,
    )


def _agent(line: _Line) -> str | None:
    if line.agent_id is not None:
        return text_of(line.agent_id)
    for nick in (line.nick, line.channel):
        if nick and nick.startswith("agent:") and ":trigger" not in nick:
            return nick.removeprefix("agent:").removesuffix("#")
    return None
