"""Clocks of selection: what is held on candidates is kept until their date, and then removed with all that rests on it.

The date is set when a campaign is closed; a person may set a later one for somebody, such as while an objection runs.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.audit.retention import before
from poise.app.interviews.campaigns.models import Campaign, Candidate
from poise.app.work.jobs import enqueue
from poise.app.work.pace import Pace
from poise.app.work.running import Running

__all__ = ["expire_due", "expire_when_due", "keep_until", "leave", "start_clock", "stop_clock"]

_AT_ONCE: Final = 50
_pace: Final = Pace(600.0)


def keep_until(closed_at: datetime, months: int) -> date:
    """Return the day up to which a campaign's candidates are kept: so many calendar months after it was closed."""
    return before(timezone.localtime(closed_at), -months).date()


def start_clock(campaign: Campaign) -> None:
    """Give every candidate of a closed campaign their date, or the later one that somebody set."""
    assert campaign.closed_at is not None
    day = keep_until(campaign.closed_at, campaign.retention_months)
    campaign.candidates.filter(Q(keep_until=None) | Q(keep_until__lt=day)).update(keep_until=day)


def stop_clock(campaign: Campaign) -> None:
    """Take the dates away: the campaign is open again."""
    campaign.candidates.update(keep_until=None)


def expire_due(running: Running) -> dict[str, int]:
    """Do a job ``expire_candidates``: remove those whose date has passed, some in a transaction."""
    gone = 0
    while True:
        with running.transaction():
            # locked, so that a legal hold that comes at this moment either waits or is seen
            due = list(_due().select_related("user").select_for_update(of=("self",)).order_by("pk")[:_AT_ONCE])
            for candidate in due:
                _remove(candidate)
        gone += len(due)
        running.progress(done=gone)
        if len(due) < _AT_ONCE:
            return {"candidates": gone}


def _due() -> Any:
    return Candidate.objects.filter(
        campaign__state=Campaign.State.CLOSED, keep_until__lt=timezone.localdate(), legal_hold=None
    )


def _remove(candidate: Candidate) -> None:
    user = candidate.user
    record(
        Action.REMOVED,
        candidate,
        purpose="selection",
        campaign=candidate.campaign_id,
        keep_until=candidate.keep_until.isoformat() if candidate.keep_until else None,
    )
    candidate.delete()
    if user is not None and not user.candidacies.exists():
        leave(user)


def leave(user: User) -> None:
    """Take away the account of somebody who was a candidate and nothing else; from others only that role."""
    with transaction.atomic():
        user.memberships.filter(role=Role.CANDIDATE).delete()
        if not user.memberships.exists() and not user.seats.exists():
            record(Action.REMOVED, user, purpose="selection")
            user.delete()


def expire_when_due() -> None:
    """Ask once a day for the dates to be looked at."""
    if not _pace.due():
        return
    if _due().exists():
        enqueue("expire_candidates", {}, key=f"expire_candidates:{datetime.now(UTC).date().isoformat()}")
