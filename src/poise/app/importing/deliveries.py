"""Conversations that programs hand in one by one: acknowledged at once, read in batches."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import msgspec
from django.db import transaction
from django.utils import timezone

from poise.app.importing.batch import prepare, write
from poise.app.importing.models import Delivery, Import, Thread
from poise.app.people.estimating import ask_for_estimates
from poise.app.work.jobs import enqueue_soon
from poise.app.work.models import Job
from poise.app.work.pace import Pace
from poise.app.work.running import Running
from poise.reading.chunks import Chunk, Envelope
from poise.reading.parse import parse

__all__ = ["ask", "ask_again_when_due", "read", "take_in"]

_AT_ONCE: Final = 500
_ESTIMATE_AFTER: Final = timedelta(seconds=30)
_pace: Final = Pace(600.0)
_encode: Final = msgspec.json.Encoder().encode


def ask(*, after: timedelta = timedelta()) -> Job:
    """Have what was handed in read."""
    return enqueue_soon("deliveries", {}, topic="deliveries", after=after)


def ask_again_when_due() -> None:
    """Ask again for what was acknowledged and still waits although no job is on its way: the last one was given up."""
    if not _pace.due():
        return
    if not (Delivery.objects.filter(imported=None).exists() or Thread.objects.filter(waiting=True).exists()):
        return
    if not Job.objects.filter(kind="deliveries", state__in=[Job.State.WAITING, Job.State.RUNNING]).exists():
        ask()


def take_in(records: Iterable[bytes], *, purpose: str, origin: str, key: str) -> Job:
    """Acknowledge canonical conversations: when this returns they are stored, and will be read.

    Parameters
    ----------
    records
        One JSON object each, already checked.
    key
        Idempotency key of the call: the same call again stores nothing new. Another call under a key that was used is
        taken in all the same, told apart by what it says: what is acknowledged must not be missing.
    """
    with transaction.atomic():
        Delivery.objects.bulk_create(
            (
                Delivery(
                    key=f"{key}:{number}:{_digest(record, purpose, origin)}",
                    record=record,
                    purpose=purpose,
                    origin=origin,
                )
                for number, record in enumerate(records)
            ),
            ignore_conflicts=True,
            batch_size=500,
        )
        return ask()


def _digest(record: bytes, purpose: str, origin: str) -> str:
    return hashlib.sha256(b"\0".join([purpose.encode(), origin.encode(), record])).hexdigest()[:32]


def read(running: Running) -> dict[str, Any]:
    """Do a job ``deliveries``: everything that waits, a batch in a transaction."""
    count = 0
    running.progress(done=0, message="importing")
    while some := _deliveries(running) or _threads(running):
        count += some
        running.progress(done=count)
    return {"conversations": count}


def _deliveries(running: Running) -> int:
    waiting = Delivery.objects.filter(imported=None).order_by("pk")
    first = waiting.values("purpose", "origin").first()
    if first is None:
        return 0
    rows = list(waiting.filter(**first)[:_AT_ONCE])
    latest: dict[str, int] = {}
    for row in rows:  # of one conversation that was handed in twice, what came last holds
        latest[str(msgspec.json.decode(bytes(row.record), type=_Identified).id)] = row.pk
    payload = b"\n".join(bytes(row.record) for row in rows if row.pk in set(latest.values()))
    imported = _of_today(Import.Way.API, first["purpose"], first["origin"])
    _bring(running, Chunk(0, "canonical", "api", 1, payload), imported)
    with running.transaction():
        keys = [row.pk for row in rows]
        Delivery.objects.filter(pk__in=keys).update(imported=imported, record=b"")
    return len(rows)


class _Identified(msgspec.Struct):
    id: str | int


def _threads(running: Running) -> int:
    rows = list(Thread.objects.filter(waiting=True).order_by("pk")[:_AT_ONCE])
    if not rows:
        return 0
    by_account: dict[str, list[Thread]] = defaultdict(list)
    for row in rows:
        by_account[row.account].append(row)
    for account, threads in by_account.items():
        imported = _of_today(Import.Way.CHATWOOT, "coaching", f"chatwoot-{account}"[:100])
        envelopes = (Envelope("chatwoot", row.pk, "", msgspec.Raw(_encode(row.record))) for row in threads)
        payload = b"\n".join(_encode(one) for one in envelopes)
        _bring(running, Chunk(0, "chatwoot", "chatwoot", 1, payload, enveloped=True), imported)
        with running.transaction():
            for row in threads:  # an event that came meanwhile keeps the thread waiting
                Thread.objects.filter(pk=row.pk, updated_at=row.updated_at).update(waiting=False)
    return len(rows)


def _bring(running: Running, chunk: Chunk, imported: Import) -> None:
    batch = prepare(parse(chunk, default_purpose=imported.purpose), imported.origin)
    with running.transaction():
        write(batch, imported, chunk=0)
        Import.objects.filter(pk=imported.pk).update(finished_at=timezone.now())
        ask_for_estimates({imported.purpose}, after=_ESTIMATE_AFTER)


def _of_today(way: Import.Way, purpose: str, origin: str) -> Import:
    """Return the import that today's deliveries are counted in."""
    name = timezone.now().date().isoformat()
    with transaction.atomic():
        found = Import.objects.select_for_update().filter(
            way=way, purpose=purpose, origin=origin, name=name, state=Import.State.DONE
        )
        return found.first() or Import.objects.create(
            way=way, purpose=purpose, origin=origin, name=name, state=Import.State.DONE
        )
