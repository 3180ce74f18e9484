"""Tickets, their comments and users from several files of one export, brought together by ticket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from poise.reading.canonical import as_problem
from poise.reading.gathering import Gathering
from poise.reading.inventory import Source
from poise.reading.problems import Reject, preview
from poise.reading.records import records
from poise.reading.where import text_of

__all__ = ["freshdesk_rows", "zendesk_rows"]

_MOST_CUSTOMERS: Final = 500_000
_encode: Final = msgspec.json.Encoder().encode


def zendesk_rows(group: list[Source], size: int) -> Iterator[tuple[str, int, str, bytes] | Reject]:
    """Yield Zendesk tickets with the comments and users that stand in other files of the same folder."""
    yield from _rows(group, size, "comments")


def freshdesk_rows(group: list[Source], size: int) -> Iterator[tuple[str, int, str, bytes] | Reject]:
    """Yield Freshdesk tickets with the conversations that stand in other files of the same folder."""
    yield from _rows(group, size, "conversations")


def _rows(group: list[Source], size: int, within: str) -> Iterator[tuple[str, int, str, bytes] | Reject]:
    users: dict[str, dict[str, Any]] = {}
    customers = 0
    for source in group:
        for found in records(source) if source.part == "users" else ():
            if isinstance(found, Reject):
                yield found
                continue
            user = _decoded(found[1])
            if isinstance(user, dict) and "id" in user:
                customers += user.get("role") == "end-user"
                if user.get("role") != "end-user" or customers <= _MOST_CUSTOMERS:
                    users[text_of(user["id"])] = {key: user.get(key) for key in ("id", "name", "email", "role")}
    with Gathering(size=sum(source.size for source in group), part=size) as gathering:
        for source in group:
            if source.part == "users":
                continue
            field = "id" if source.part == "tickets" else "ticket_id"
            for found in records(source):
                if isinstance(found, Reject):
                    yield found
                    continue
                line, raw = found
                record = _decoded(raw)
                key = record.get(field) if isinstance(record, dict) else None
                if not isinstance(key, str | int):
                    problem = str(record) if isinstance(record, Exception) else "missing"
                    remedy = f"Write one JSON object with {field} a record"
                    yield Reject(str(source.path), line, field, problem, remedy, preview(raw))
                    continue
                place = [str(source.path), line, source.part, msgspec.Raw(raw)]
                gathering.add(text_of(key), line, _encode(place))
        for key_, rows in gathering.groups():
            yield _composed(key_, [msgspec.json.decode(row) for _, row in rows], within, users)


def _composed(key: str, rows: list[Any], within: str, users: dict[str, dict[str, Any]]) -> tuple[str, int, str, bytes]:
    tickets = [row for row in rows if row[2] == "tickets"]
    ticket: dict[str, Any] = dict(tickets[0][3]) if tickets else {"id": key}
    inside = ticket.get(within)
    comments = [*(inside if isinstance(inside, list) else []), *(row[3] for row in rows if row[2] != "tickets")]
    ticket[within] = comments
    if users:
        authors = {text_of(one.get("author_id")) for one in comments if isinstance(one, dict)}
        authors |= {text_of(ticket.get(field)) for field in ("requester_id", "assignee_id")}
        ticket["users"] = [users[author] for author in sorted(authors) if author in users]
    file, line, _, _ = (tickets or rows)[0]
    return file, line, key, _encode(ticket)


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return as_problem(error)
