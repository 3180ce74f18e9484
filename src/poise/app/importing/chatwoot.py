"""Chatwoot's webhook: events put together to the conversations that they speak of."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec
from django.db import transaction

from poise.app.importing import deliveries
from poise.app.importing.models import Thread

__all__ = ["AGE_S", "EventError", "accept", "secret", "signed"]

AGE_S: Final = 300
"""Seconds by which a signature's instant may differ from this clock: older ones may be played again."""
_QUIET: Final = timedelta(seconds=20)
_MESSAGES: Final = ("message_created", "message_updated")
_CONVERSATIONS: Final = ("conversation_created", "conversation_updated", "conversation_status_changed")
_KEPT: Final = (
    "id",
    "inbox_id",
    "contact_id",
    "status",
    "labels",
    "created_at",
    "timestamp",
    "additional_attributes",
    "meta",
)
_MOST_MESSAGES: Final = 5_000


class EventError(ValueError):
    """An event that cannot be used: the field, and what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


def secret() -> str:
    """Return the webhook's secret as Chatwoot shows it (``POISE_CHATWOOT_SECRET``); empty where it is not set up."""
    return os.environ.get("POISE_CHATWOOT_SECRET", "")


def signed(body: bytes, headers: Mapping[str, str], key: str, *, now: float | None = None) -> bool:
    """Tell whether a body carries Chatwoot's signature.

    ``X-Chatwoot-Signature`` is ``sha256=`` and the HMAC-SHA256, in hex, of ``<timestamp>.<body>`` where
    ``X-Chatwoot-Timestamp`` (unix seconds) is sent, of the body alone where it is not.
    """
    given = headers.get("X-Chatwoot-Signature", "").removeprefix("sha256=")
    said = body
    stamp = headers.get("X-Chatwoot-Timestamp", "")
    if stamp:
        if not stamp.isascii() or not stamp.isdigit() or abs((now or time.time()) - int(stamp[:15])) > AGE_S:
            return False
        said = stamp.encode() + b"." + body
    expected = hmac.new(key.encode(), said, sha256).hexdigest()
    return bool(key) and given.isascii() and hmac.compare_digest(given, expected)


def accept(body: bytes) -> bool:
    """Take an event in; tell whether it changed anything. The same event again changes nothing.

    Raises
    ------
    EventError
        For a body that is no event.
    """
    try:
        event = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EventError("", f"not JSON: {error}") from error
    if not isinstance(event, dict):
        raise EventError("", "expected an object")
    kind = event.get("event")
    if kind in _MESSAGES:
        conversation, messages = event.get("conversation"), [event]
        place = "conversation"
    elif kind in _CONVERSATIONS:
        conversation, messages = event, event.get("messages", [])
        place = ""
    elif isinstance(kind, str):
        return False  # of contacts, of somebody typing: nothing that is said or done
    else:
        raise EventError("event", "missing")
    if not isinstance(conversation, dict):
        raise EventError(place, "missing, or not an object")
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise EventError("messages", "not a list of objects")
    identity = _plain(conversation.get("id"), f"{place}.id" if place else "id")
    account = event.get("account")
    account = account.get("id") if isinstance(account, dict) else conversation.get("account_id", 0)
    return _merge(_plain(account, "account.id"), identity, conversation, [_message(one) for one in messages])


def _plain(value: Any, field: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str) or not 0 < len(str(value)) <= 50:
        raise EventError(field, "missing, or not an id")
    return str(value).replace("\x00", "")


def _message(event: dict[str, Any]) -> dict[str, Any]:
    """Return what the reading of a message needs, and nothing else of the event."""
    _plain(event.get("id"), "id")
    sender = event.get("sender")
    sender = sender if isinstance(sender, dict) else {}
    kept = {
        name: event.get(name)
        for name in ("id", "content", "message_type", "created_at", "private", "content_type", "content_attributes")
    }
    kept["sender"] = {name: sender.get(name) for name in ("id", "name", "available_name", "email", "type")}
    kept["sender_type"] = event.get("sender_type") or _sender_type(sender)
    kept["sender_id"] = event.get("sender_id", sender.get("id"))
    return kept


def _sender_type(sender: dict[str, Any]) -> str | None:
    """Webhooks say ``user``, ``contact`` or ``agent_bot`` where the API says User, Contact or AgentBot."""
    kind = sender.get("type")
    return kind if isinstance(kind, str) else None


def _merge(account: str, identity: str, conversation: dict[str, Any], messages: list[dict[str, Any]]) -> bool:
    with transaction.atomic():
        Thread.objects.bulk_create(
            [Thread(account=account, conversation=identity, record={"messages": []}, waiting=False)],
            ignore_conflicts=True,
        )
        thread = Thread.objects.select_for_update().get(account=account, conversation=identity)
        record = dict(thread.record)
        record.update({name: conversation[name] for name in _KEPT if conversation.get(name) is not None})
        by_id = {str(one["id"]): one for one in record["messages"]}
        by_id.update({str(one["id"]): one for one in messages})
        if len(by_id) > _MOST_MESSAGES:
            raise EventError("messages", f"more than {_MOST_MESSAGES} in one conversation")
        record["messages"] = list(by_id.values())
        record = _storable(record)
        if record == thread.record:
            return False
        thread.record = record
        thread.waiting = bool(by_id)
        thread.save()
        if thread.waiting:
            deliveries.ask(after=_QUIET)
        return True


def _storable(value: Any) -> Any:
    """Take out what PostgreSQL's JSON does not hold."""
    if isinstance(value, str):
        return value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    return value
