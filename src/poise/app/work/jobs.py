"""Asking for work: once, whoever asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from poise.app.accounts.models import User
from poise.app.work.kinds import KINDS
from poise.app.work.models import Job

__all__ = ["enqueue", "enqueue_soon", "retry"]


def enqueue(
    kind: str,
    payload: dict[str, Any],
    *,
    key: str,
    after: timedelta = timedelta(),
    by: User | None = None,
) -> Job:
    """Ask for a job; the same ``key`` again returns the job that is there, whatever became of it.

    Inside a transaction the job exists when, and only when, the transaction is committed.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no work of kind {kind!r}")
    # ON CONFLICT DO NOTHING: two who ask at the same time both get the one job
    Job.objects.bulk_create(
        [
            Job(kind=kind, payload=payload, key=key, available_at=timezone.now() + after, created_by=by),
        ],
        ignore_conflicts=True,
    )
    return Job.objects.get(key=key)


def enqueue_soon(kind: str, payload: dict[str, Any], *, topic: str, after: timedelta = timedelta()) -> Job:
    """Ask for work that takes up all there is to do: whoever asks while one such job waits gets that one.

    A job that already runs may have looked before the caller's change, so it does not count. The waiting job is
    locked until the caller's transaction ends: it cannot start before the change can be seen.
    """
    with transaction.atomic():
        waiting = (
            Job.objects.select_for_update()
            .filter(kind=kind, state=Job.State.WAITING, key__startswith=f"{topic}:")
            .order_by("id")
            .first()
        )
        if waiting is not None:
            if waiting.available_at > timezone.now() + after:
                waiting.available_at = timezone.now() + after
                waiting.save(update_fields=["available_at"])
            return waiting
        return enqueue(kind, payload, key=f"{topic}:{uuid4().hex}", after=after)


def retry(job: Job) -> bool:
    """Let a failed job be tried again from where it stopped; tell whether it was a failed one."""
    return bool(
        Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(
            state=Job.State.WAITING,
            attempts=0,
            error="",
            available_at=timezone.now(),
            finished_at=None,
            lease_owner="",
            lease_until=None,
        )
    )
