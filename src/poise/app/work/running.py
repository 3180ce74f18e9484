"""A job in the hands of a worker: its lease, its transactions, its progress."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from poise.app.work.models import Job

__all__ = ["ATTEMPTS", "LEASE", "HandedBack", "LeaseLost", "Running", "owner", "take"]

LEASE: Final = timedelta(seconds=float(os.environ.get("POISE_LEASE_SECONDS", "60")))
"""How long a worker may be silent before another takes its job up."""
ATTEMPTS: Final = 5
"""How often a job is taken up before it is given up: one that kills its worker must not kill them for ever."""
GIVEN_UP: Final = "stopped without a word in every attempt"


class LeaseLost(Exception):  # noqa: N818 (a state, not a fault)
    """Another worker has the job now; nothing of the present transaction may stay."""


class HandedBack(Exception):  # noqa: N818
    """The worker is to stop: the job goes back in the queue and goes on elsewhere."""


def owner() -> str:
    """Return a name for this worker that no other has."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}:{uuid4().hex[:12]}"


def take(me: str) -> Job | None:
    """Take the next job that is due: one that waits, or one whose worker fell silent. None where there is none."""
    while True:
        with transaction.atomic():
            now = timezone.now()
            due = (
                Job.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
                .filter(
                    Q(state=Job.State.WAITING, available_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
                )
                .order_by("available_at", "id")
            )
            job = due.first()
            if job is None:
                return None
            if job.attempts < ATTEMPTS:
                job.state = Job.State.RUNNING
                job.attempts += 1
                job.lease_owner = me
                job.lease_until = now + LEASE
                job.heartbeat_at = now
                job.started_at = job.started_at or now
                job.save()
                return job
            job.state = Job.State.FAILED
            job.error = job.error or GIVEN_UP
            job.finished_at = now
            job.lease_owner, job.lease_until = "", None
            job.save()


class Running:
    """One job being worked on.

    Parameters
    ----------
    job
        As :func:`take` gave it.
    stopping
        Tells whether the worker was asked to stop.
    """

    def __init__(self, job: Job, stopping: Callable[[], bool] = lambda: False) -> None:
        self.job = job
        self.payload: dict[str, Any] = job.payload
        self._stopping = stopping
        self._over = threading.Event()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction that is committed only while the lease is this worker's.

        Raises
        ------
        LeaseLost
            Where another worker took the job up meanwhile.
        """
        with transaction.atomic():
            self._mine()
            yield

    def _mine(self) -> None:
        held = (
            Job.objects.select_for_update()
            .filter(pk=self.job.pk, state=Job.State.RUNNING, lease_owner=self.job.lease_owner)
            .exists()
        )
        if not held:
            raise LeaseLost(f"job {self.job.pk} is another worker's")

    def progress(self, *, done: int | None = None, total: int | None = None, message: str | None = None) -> None:
        """Note how far the work is, and let go of it where the worker is to stop.

        Raises
        ------
        HandedBack
            Where the worker is to stop; call it between transactions only.
        """
        changed = {
            name: value for name, value in (("done", done), ("total", total), ("message", message)) if value is not None
        }
        self._beat(**changed)
        if self._stopping():
            raise HandedBack

    def _beat(self, **changed: Any) -> None:
        now = timezone.now()
        mine = Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, lease_owner=self.job.lease_owner)
        if not mine.update(lease_until=now + LEASE, heartbeat_at=now, **changed):
            raise LeaseLost(f"job {self.job.pk} is another worker's")

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Keep the lease while the work inside goes on, from a thread of its own."""

        def beat() -> None:
            try:
                while not self._over.wait(LEASE.total_seconds() / 4):
                    with suppress(OperationalError):  # the database is busy: the next beat does
                        self._beat()
            except LeaseLost:
                pass  # the next transaction of the work will notice
            finally:
                connection.close()

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def finish(self, result: Any) -> None:
        """Note that the job is done."""
        self._end(state=Job.State.DONE, result=result, finished_at=timezone.now(), error="")

    def give_back(self) -> None:
        """Put the job back in the queue; the attempt does not count."""
        self._end(state=Job.State.WAITING, attempts=F("attempts") - 1, available_at=timezone.now())

    def fail(self, error: str, *, again: bool) -> None:
        """Note what went wrong; try again later, or give up."""
        now = timezone.now()
        if again and self.job.attempts < ATTEMPTS:
            pause = timedelta(seconds=5 * 2**self.job.attempts)
            self._end(state=Job.State.WAITING, available_at=now + pause, error=error)
        else:
            self._end(state=Job.State.FAILED, finished_at=now, error=error)

    def _end(self, **changed: Any) -> None:
        Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, lease_owner=self.job.lease_owner).update(
            lease_owner="", lease_until=None, **changed
        )
