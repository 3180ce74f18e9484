"""Lock-out after failed sign-ins: counted per account and origin, per account, and per origin.

A lock falls on addresses without an account too, so that it tells nobody which addresses have one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from poise.app.accounts.models import FailedSignIn

__all__ = ["LIMITS", "Limit", "clear", "locked_until", "note_failure"]


@dataclass(frozen=True, slots=True)
class Limit:
    """``failures`` within ``window`` lock until the oldest of them is older than the window."""

    by: tuple[str, ...]
    failures: int
    window: timedelta


#: one guesser at one account; many guessers at one account; one guesser at many accounts
LIMITS = (
    Limit(("account", "origin"), 5, timedelta(minutes=15)),
    Limit(("account",), 20, timedelta(hours=1)),
    Limit(("origin",), 50, timedelta(minutes=15)),
)


def _digest(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), text.strip().lower().encode(), hashlib.sha256).hexdigest()


def note_failure(account: str, origin: str) -> None:
    """Count one failed try; what is older than every window goes."""
    now = timezone.now()
    FailedSignIn.objects.filter(at__lt=now - max(limit.window for limit in LIMITS)).delete()
    FailedSignIn.objects.create(account=_digest(account), origin=_digest(origin), at=now)


def clear(account: str, origin: str) -> None:
    """Forget the failures of this account from this origin: its owner has signed in there."""
    FailedSignIn.objects.filter(account=_digest(account), origin=_digest(origin)).delete()


def locked_until(account: str, origin: str) -> datetime | None:
    """When the next try is let through, ``None`` for now."""
    now = timezone.now()
    keys = {"account": _digest(account), "origin": _digest(origin)}
    ends = []
    for limit in LIMITS:
        counted = FailedSignIn.objects.filter(at__gt=now - limit.window, **{key: keys[key] for key in limit.by})
        last = list(counted.order_by("-at").values_list("at", flat=True)[: limit.failures])
        if len(last) == limit.failures:
            ends.append(last[-1] + limit.window)
    return max(ends, default=None)
