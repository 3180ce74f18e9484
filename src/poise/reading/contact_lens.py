"""Amazon Connect Contact Lens analyses of calls and chats."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from poise.reading.canonical import Conversation, Event, Person, Turn
from poise.reading.problems import RecordError
from poise.reading.where import Where

__all__ = ["read_contact_lens"]

_ROLES: Final = {
    "AGENT": "agent",
    "CUSTOMER": "customer",
    "SYSTEM": "system",
    "CUSTOM_BOT": "bot",
    "SUPERVISOR": "colleague",
}
_JOINED: Final = "application/vnd.amazonaws.connect.event.participant.joined"
_LEFT: Final = "application/vnd.amazonaws.connect.event.participant.left"
_TRANSFERRED: Final = "application/vnd.amazonaws.connect.event.transfer.succeeded"
_TYPING: Final = "application/vnd.amazonaws.connect.event.typing"


class _Participant(msgspec.Struct):
    ParticipantId: str
    ParticipantRole: str | None = None
    DisplayName: str | None = None


class _Line(msgspec.Struct):
    ParticipantId: str | None = None
    ParticipantRole: str | None = None
    DisplayName: str | None = None
    Content: str | None = None
    ContentType: str | None = None
    Type: str | None = None
    BeginOffsetMillis: float | None = None
    EndOffsetMillis: float | None = None
    AbsoluteTime: str | None = None


class _Analysis(msgspec.Struct):
    Transcript: list[_Line]
    Participants: list[_Participant] = []
    Channel: str | None = None
    LanguageCode: str | None = None
    ChatTranscriptVersion: str | None = None
    ContactId: str | None = None
    CustomerMetadata: dict[str, Any] | None = None
    ConversationCharacteristics: dict[str, Any] | None = None
    Categories: dict[str, Any] | None = None
    JobDetails: dict[str, Any] | None = None


def read_contact_lens(raw: bytes, where: Where) -> Conversation:
    """Read one analysis. In calls every participant is an audio channel of their own.

    Sentiment and loudness are read past. The vendor's counts of interruptions, non-talk time and talk speed stay
    under ``vendor`` in ``meta`` and are never merged with what Poise finds.
    """
    record = msgspec.json.decode(raw, type=_Analysis)
    voice = record.ChatTranscriptVersion is None and (record.Channel or "VOICE").upper() != "CHAT"
    people: dict[str, Person] = {}
    roles: dict[str, str] = {}
    names: dict[str, str | None] = {}
    for one in record.Participants:
        roles[one.ParticipantId] = _role(one.ParticipantRole, one.ParticipantId, where)
        names[one.ParticipantId] = one.DisplayName
    lines = record.Transcript
    if voice and all(line.BeginOffsetMillis is not None for line in lines):
        lines = sorted(lines, key=lambda line: line.BeginOffsetMillis or 0.0)
    turns: list[Turn] = []
    events: list[Event] = []
    agents: list[str] = []
    for line in lines:
        person = line.ParticipantId
        if person is None:
            raise RecordError("Transcript.ParticipantId", "missing", "Export the analysis with its participants")
        if person not in roles:
            roles[person] = _role(line.ParticipantRole, person, where)
        role = roles[person]
        names[person] = names.get(person) or line.DisplayName
        who = _identity(person, role, names[person])
        if who is not None:
            people.setdefault(who, where.person(who, role, name=names[person]))
        if (line.Type or "MESSAGE") == "EVENT":
            event = _event(line, role, who, agents)
            if event is not None:
                events.append(event)
            continue
        begin, end = line.BeginOffsetMillis, line.EndOffsetMillis
        turns.append(
            Turn(
                text=line.Content or "",
                person=who,
                role=role,  # type: ignore[arg-type]
                start=None if begin is None else begin / 1000,
                end=None if end is None else end / 1000,
                at=line.AbsoluteTime,
                audio_channel=person if voice else None,
            )
        )
    customers = [one for one in people.values() if one.role == "customer"]
    metadata = record.CustomerMetadata or {}
    identity = record.ContactId or metadata.get("ContactId")
    return Conversation(
        id=identity if isinstance(identity, str) and identity else where.name,
        turns=turns,
        channel="call" if voice else "chat",
        language=record.LanguageCode,
        topic=_category(record.Categories),
        customer=None if voice or not customers else customers[0].id,
        people=list(people.values()) or None,
        events=events or None,
        meta=_meta(record.ConversationCharacteristics),
    )


def _role(said: str | None, label: str, where: Where) -> str:
    return _ROLES.get((said or "").upper()) or where.role(said or label)


def _identity(participant: str, role: str, name: str | None) -> str | None:
    """Return who someone is over several contacts.

    A participant's id is new in every contact. An agent is known by the display name or, without one, only by the role.
    """
    if role == "customer":
        return participant
    return name if role not in ("system", "bot") else None


def _event(line: _Line, role: str, who: str | None, agents: list[str]) -> Event | None:
    """Return joins of agents (a second one is a transfer), transfers and typing."""
    person = who or role
    if line.ContentType == _JOINED and role == "agent":
        before = agents[-1] if agents else None
        agents.append(person)
        kind = "transfer" if before and before != person else "assigned"
        return Event(kind=kind, at=line.AbsoluteTime, person=person, data={"from": before} if before else None)
    if line.ContentType == _TYPING:
        return Event(kind="typing", at=line.AbsoluteTime, person=person)
    if line.ContentType == _TRANSFERRED:
        return Event(kind="transfer", at=line.AbsoluteTime, person=agents[-1] if agents else person)
    if line.ContentType == _LEFT:
        return Event(kind="state", at=line.AbsoluteTime, person=person, data={"state": "left"})
    return None


def _category(categories: dict[str, Any] | None) -> str | None:
    matched = (categories or {}).get("MatchedCategories")
    return str(matched[0]) if isinstance(matched, list) and matched else None


def _meta(characteristics: dict[str, Any] | None) -> dict[str, Any] | None:
    kept = {
        key: value
        for key, value in (characteristics or {}).items()
        if key
        in ("Interruptions", "NonTalkTime", "TalkSpeed", "TalkTime", "TotalConversationDurationMillis", "ResponseTime")
    }
    return {"vendor": kept} if kept else None
