"""Clocks: conversations older than their purpose allows are forgotten, with all that rests on them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from poise.app.audit.log import record
from poise.app.audit.models import Action, Retention
from poise.app.conversations.models import Conversation
from poise.app.conversations.restoring import forget
from poise.app.conversations.storing import lock_writers
from poise.app.people.estimating import ask_for_estimates
from poise.app.work.jobs import enqueue
from poise.app.work.pace import Pace
from poise.app.work.running import Running

__all__ = ["before", "expire", "expire_when_due", "expired"]

_AT_ONCE: Final = 200
_pace: Final = Pace(600.0)


def before(now: datetime, months: int) -> datetime:
    """Return the instant that lies this many calendar months back; the last day of a shorter month stands for it."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    for day in range(now.day, 0, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def expired(clock: Retention, now: datetime) -> Any:
    """Return the conversations that are older than a clock allows; those without a date count from their import."""
    limit = before(now, clock.months)
    return Conversation.objects.filter(
        Q(started_at__lt=limit) | Q(started_at=None, created_at__lt=limit), purpose=clock.purpose
    )


def expire(running: Running) -> dict[str, Any]:
    """Do a job ``expire``: forget what is past its time, some conversations in a transaction."""
    gone: dict[str, int] = {}
    for clock in Retention.objects.order_by("purpose"):
        while True:
            with running.transaction():
                lock_writers()
                keys = list(expired(clock, timezone.now()).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
                if not keys:
                    break
                forget(keys)
                gone[clock.purpose] = gone.get(clock.purpose, 0) + len(keys)
                record(Action.REMOVED, clock, purpose=clock.purpose, conversations=len(keys), months=clock.months)
                ask_for_estimates({clock.purpose})
            running.progress(done=sum(gone.values()))
    return gone


def expire_when_due() -> None:
    """Ask once a day for the clocks to be looked at."""
    if not _pace.due():
        return
    if Retention.objects.exists():
        enqueue("expire", {}, key=f"expire:{datetime.now(UTC).date().isoformat()}")
