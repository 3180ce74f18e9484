"""Reminders of interviews, a day before; and letters that wait for a mail server or for another try."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from poise.app.accounts.mail import is_set_up
from poise.app.interviews.campaigns import letters, scheduling
from poise.app.interviews.campaigns.models import Candidate, Interview, Letter
from poise.app.work.jobs import enqueue_soon
from poise.app.work.pace import Pace

__all__ = ["BEFORE", "remind", "remind_when_due"]

BEFORE: Final = timedelta(hours=24)
_FRESH: Final = timedelta(hours=12)
"""Who was told of a time so recently before it is not reminded of it."""
_pace: Final = Pace(60.0)


def remind() -> int:
    """Ask for the reminders that are due, one a person and time; return for how many interviews.

    Two workers that look at the same moment ask once: each holds the campaign, and the table lets a reminder in only
    once.
    """
    now = timezone.now()
    reminded = Letter.objects.filter(interview=OuterRef("pk"), kind=Letter.Kind.REMINDER, sequence=OuterRef("moved"))
    fresh = Letter.objects.filter(
        interview=OuterRef("pk"),
        kind__in=(Letter.Kind.INVITATION, Letter.Kind.RESCHEDULED),
        sequence=OuterRef("moved"),
        asked_at__gt=OuterRef("starts_at") - BEFORE - _FRESH,
    )
    due = (
        Interview.objects.filter(
            ~Exists(reminded),
            ~Exists(fresh),
            state=Interview.State.PLANNED,
            starts_at__gt=now,
            starts_at__lte=now + BEFORE,
            candidate__anchor=False,
            candidate__state=Candidate.State.ACTIVE,
        )
        .select_related("candidate__campaign__team", "candidate__user")
        .prefetch_related("seats__rater")
        .order_by("starts_at", "pk")
    )
    count = 0
    for interview in due[:100]:
        with transaction.atomic():
            # held, so that of two workers the second sees the first one's letters, and nobody moves or cancels it
            scheduling.lock(interview.candidate.campaign_id)
            held = Interview.objects.filter(pk=interview.pk, moved=interview.moved).first()
            if held is None or held.letters.filter(kind=Letter.Kind.REMINDER, sequence=held.moved).exists():
                continue
            letters.ask(Letter.Kind.REMINDER, interview.candidate, interview=interview)
            for seat in interview.seats.all():
                letters.ask(Letter.Kind.REMINDER, interview.candidate, interview=interview, rater=seat.rater)
            count += 1
    return count


def remind_when_due() -> None:
    """Look once a minute for reminders, and for letters whose time to be tried again has come."""
    if not _pace.due():
        return
    remind()
    if is_set_up() and Letter.objects.filter(sent_at=None, again_at__lte=timezone.now()).exists():
        enqueue_soon("letters", {}, topic="letters")
