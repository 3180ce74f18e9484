"""The loop that takes jobs and does them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from django.db import DatabaseError, OperationalError, close_old_connections, connection, transaction

from poise.app.work.kinds import function_of
from poise.app.work.models import Job
from poise.app.work.running import HandedBack, LeaseLost, Running, owner, take

__all__ = ["Worker", "work_off"]

PAUSE_S: Final = 1.0
"""Seconds between two looks at an empty queue."""

log = logging.getLogger(__name__)


class Worker:
    """Works until it is told to stop; what it cannot finish then goes back in the queue.

    Parameters
    ----------
    chores
        Called before each look at the queue: what is due by the clock puts itself in the queue there.
    """

    def __init__(self, chores: Callable[[], None] | None = None) -> None:
        self.name = owner()
        self.chores = chores or (lambda: None)
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask the worker to stop after the transaction at hand."""
        self._stop.set()

    def run(self, *, drain: bool = False) -> int:
        """Work until stopped, or with ``drain`` until the queue is empty; return how many jobs were taken up."""
        taken = 0
        while not self._stop.is_set():
            close_old_connections()
            try:
                self.chores()
                job = take(self.name)
            except OperationalError as error:  # the database is away or busy: it comes back
                log.warning("cannot look for work: %s", error)
                connection.close()
                self._stop.wait(PAUSE_S)
                continue
            if job is not None:
                taken += 1
                self.work(job)
            elif drain:
                break
            else:
                self._stop.wait(PAUSE_S)
        return taken

    def work(self, job: Job) -> None:
        """Do one job that was taken."""
        running = Running(job, self._stop.is_set)
        try:
            function = function_of(job.kind)
            with running.heartbeat():
                result = function(running)
            running.finish(result)
        except HandedBack:
            running.give_back()
        except LeaseLost as lost:
            log.warning("%s", lost)
        except Exception as error:
            log.exception("job %s (%s) failed", job.pk, job.kind)
            if isinstance(error, DatabaseError):
                connection.close()
            running.fail(f"{type(error).__name__}: {error}"[:2000], again=True)


def work_off() -> int:
    """Do all that waits, here and now; return how many jobs were taken up."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("work needs transactions of its own")
    return Worker().run(drain=True)
