"""Writing the log, and sealing what was written.

What is done and its entry are one transaction: neither is there without the other. Numbers and hashes are given only
after that, one sealer at a time, so that people who work at the same time never wait for each other's place in the
chain.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.db import OperationalError, connection, models, transaction

from poise.app.audit.models import Action, Entry
from poise.app.middleware import acting

__all__ = ["START", "record", "record_each", "record_views", "seal", "seal_of"]

START: Final = "0" * 64
"""What stands before the first row."""
_LOCK: Final = 7_306_581_263
"""Key of the database's advisory lock of those who seal."""
_AT_ONCE: Final = 1_000
_log = logging.getLogger(__name__)


def record(
    action: Action,
    target: models.Model | None = None,
    *,
    actor: int | None = None,
    person: int | None = None,
    candidate: int | None = None,
    purpose: str = "",
    **detail: Any,
) -> None:
    """Write what is being done to the log, in the transaction at hand.

    Parameters
    ----------
    action
        What.
    target
        To what.
    actor
        Key of the user; whoever acts in the present request unless given.
    person, candidate
        Key of the person or candidate whom it is about.
    purpose
        Of the records that were seen or changed.
    detail
        Keys, codes and numbers; never people's words or names.
    """
    _write([_entry(action, target, actor, person, candidate, purpose, detail)])


def record_each(
    action: Action,
    about: Iterable[tuple[models.Model, int | None, Mapping[str, Any]]],
    *,
    actor: int | None = None,
    purpose: str = "",
) -> None:
    """Write that one thing was done to many, one row each: the target, the candidate it is about, and the detail."""
    _write(
        [_entry(action, target, actor, None, candidate, purpose, dict(detail)) for target, candidate, detail in about]
    )


def record_views(people: Iterable[int], *, purpose: str, page: str, action: Action = Action.VIEWED) -> None:
    """Write that a page showed personal data of these people, or a file took it away, one row each."""
    _write([_entry(action, None, None, person, None, purpose, {"page": page}) for person in people])


def _entry(
    action: Action,
    target: models.Model | None,
    actor: int | None,
    person: int | None,
    candidate: int | None,
    purpose: str,
    detail: dict[str, Any],
) -> Entry:
    who = acting()
    return Entry(
        at=datetime.now(UTC),
        actor=actor if actor is not None else (who.user if who else None),
        action=action,
        kind=target._meta.model_name or "" if target is not None else "",
        key=str(target.pk) if target is not None else "",
        person=person,
        candidate=candidate,
        purpose=purpose,
        detail=detail,
    )


def _write(entries: list[Entry]) -> None:
    with transaction.atomic():
        Entry.objects.bulk_create(entries)
        transaction.on_commit(_seal_now)


def _seal_now() -> None:
    try:
        seal()
    except OperationalError as error:
        # what was done is done and logged; a busy database only puts off the seal until the next row's
        _log.warning("the audit log is not sealed yet: %s", error)


def seal() -> int:
    """Seal all committed rows that are not yet sealed, oldest first; return how many there were."""
    sealed = 0
    while some := _seal_some():
        sealed += some
        if some < _AT_ONCE:
            break
    return sealed


def _seal_some() -> int:
    with transaction.atomic():
        # SQLite's transactions are exclusive from their start (settings: IMMEDIATE)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        waiting = list(Entry.objects.filter(sequence=None).order_by("id")[:_AT_ONCE])
        if not waiting:
            return 0
        last = Entry.objects.exclude(sequence=None).order_by("-sequence").values_list("sequence", "seal").first()
        number, before = last or (0, START)
        for place, entry in enumerate(waiting, start=(number or 0) + 1):
            entry.sequence, entry.previous = place, before
            entry.seal = before = seal_of(entry)
        table = connection.ops.quote_name(Entry._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET sequence = %s, previous = %s, seal = %s WHERE id = %s",
                [(entry.sequence, entry.previous, entry.seal, entry.pk) for entry in waiting],
            )
        return len(waiting)


def seal_of(entry: Entry) -> str:
    """Return the SHA-256 (hex) that seals a row: over all that it says and the hash before it."""
    said: list[Any] = [
        entry.sequence,
        entry.previous,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.kind,
        entry.key,
        entry.person,
        entry.purpose,
        entry.detail,
    ]
    if entry.candidate is not None:  # rows that were sealed before there were candidates keep their seals
        said.append(entry.candidate)
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()
