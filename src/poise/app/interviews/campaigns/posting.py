"""Sending letters, in the background, once each.

No mail server says "I have this one already", so a worker that dies between the server's answer and writing it down
leaves it open whether the letter left. That is written down honestly: each try is noted before it is made
(:attr:`Letter.begun`). After one try without a known end the letter is tried once more, so at most one duplicate can
arrive, with the same ``Message-ID`` and, in calendars, the same event. After a second one nothing more happens by
itself; the page says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.mime.text import MIMEText
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone

from poise.app.accounts.mail import MailNotSetUpError, is_set_up
from poise.app.accounts.sealing import SealError
from poise.app.interviews.campaigns import notices
from poise.app.interviews.campaigns.letters import NO_ADDRESS
from poise.app.interviews.campaigns.models import Interview, Letter
from poise.app.interviews.campaigns.wording import Written, write
from poise.app.work.running import Running

__all__ = ["NOT_SET_UP", "OVERTAKEN", "PROBLEMS", "UNCERTAIN", "send"]

NOT_SET_UP: Final = "not_set_up"
OVERTAKEN: Final = "overtaken"
UNCERTAIN: Final = "uncertain"
PROBLEMS: Final = (NO_ADDRESS, NOT_SET_UP, OVERTAKEN, UNCERTAIN)
"""Codes of why a letter was not sent; pages translate them. Anything else is the mail server's own words."""
_CLAIM: Final = timedelta(minutes=10)
"""How long a letter in one worker's hands is nobody else's; longer than any try can last."""
_PAUSE: Final = timedelta(minutes=10)
_GIVE_UP: Final = timedelta(days=2)
_OF_TIME: Final = (Letter.Kind.INVITATION, Letter.Kind.RESCHEDULED, Letter.Kind.CANCELLED)


def send(running: Running) -> dict[str, int]:
    """Do a job ``letters``: send all that are due."""
    told = {"sent": 0, "failed": 0, "overtaken": 0}
    for letter in _claimed(running):
        outcome = _deliver(running, letter)
        told[outcome] += 1
        running.progress(done=sum(told.values()))
    return told


def _claimed(running: Running) -> Iterator[Letter]:
    """Take the letters that are due into this worker's hands, one by one, oldest first."""
    if not is_set_up():
        with running.transaction():
            _due().update(problem=NOT_SET_UP)
        return
    while True:
        with running.transaction():
            letter = (
                _due()
                .select_for_update(of=("self",))
                .select_related("candidate__campaign__team", "candidate__campaign__kit", "interview__stage", "rater")
                .order_by("id")
                .first()
            )
            if letter is None:
                return
            if letter.begun >= 2:
                _note(letter, problem=UNCERTAIN, again_at=None)
                continue
            _note(letter, again_at=timezone.now() + _CLAIM)
        yield letter


def _due() -> Any:
    return Letter.objects.filter(sent_at=None, again_at__lte=timezone.now())


def _note(letter: Letter, **changed: Any) -> None:
    Letter.objects.filter(pk=letter.pk).update(**changed)


def _deliver(running: Running, letter: Letter) -> str:
    kind = _as_of_now(letter)
    if kind is None:
        with running.transaction():
            _note(letter, begun=0, problem=OVERTAKEN, again_at=None)
        return "overtaken"
    with running.transaction():  # words, the link to sign in, and that this letter may be gone from here on
        written = write(letter, kind)
        _note(letter, begun=F("begun") + 1)
    try:
        _message(letter, written).send()
    except (MailNotSetUpError, SealError, SMTPException, OSError) as error:
        with running.transaction():
            _note(letter, begun=0, **_trouble(letter, error))
        return "failed"
    with running.transaction():
        now = timezone.now()
        _note(letter, begun=0, problem="", again_at=None, sent_at=now)
        if letter.kind == Letter.Kind.NOTICE:
            notices.give(letter.candidate, now)
    return "sent"


def _as_of_now(letter: Letter) -> Letter.Kind | None:
    """What a letter has to say by now; None where a later one says it, or there is nothing left to say.

    Who never heard of an interview is invited to it, not told of its other time; nor that it is cancelled.
    """
    kind = Letter.Kind(letter.kind)
    interview = letter.interview
    if interview is None:
        return kind
    others = Letter.objects.filter(interview=interview, rater=letter.rater_id, kind__in=_OF_TIME).exclude(pk=letter.pk)
    if others.filter(pk__gt=letter.pk).exists():
        return None
    heard = others.exclude(sent_at=None).exists()
    if kind is Letter.Kind.CANCELLED:
        return kind if heard else None
    if interview.state != Interview.State.PLANNED or interview.starts_at is None:
        return None
    if interview.starts_at <= timezone.now():
        return None
    if kind is Letter.Kind.REMINDER:
        return kind if letter.sequence == interview.moved else None
    if kind is Letter.Kind.RESCHEDULED and not heard:
        return Letter.Kind.INVITATION
    return kind


def _trouble(letter: Letter, error: Exception) -> dict[str, Any]:
    """Say what went wrong, and when it is worth trying again: not where the server refused for good."""
    if isinstance(error, MailNotSetUpError):
        return {"problem": NOT_SET_UP, "again_at": timezone.now()}
    lasting = False
    if isinstance(error, SMTPRecipientsRefused):
        lasting = all(code >= 500 for code, _ in error.recipients.values())
    elif isinstance(error, SMTPResponseException):
        lasting = error.smtp_code >= 500
    now = timezone.now()
    later = None if lasting or now - letter.asked_at > _GIVE_UP else now + _PAUSE
    return {"problem": f"{type(error).__name__}: {error}"[:500], "again_at": later}


def _message(letter: Letter, written: Written) -> EmailMessage:
    host = urlsplit(settings.PUBLIC_URL).hostname
    message = EmailMessage(
        written.subject,
        written.body,
        to=[written.to],
        reply_to=[letter.candidate.campaign.contact] if letter.candidate.campaign.contact else None,
        headers={"Message-ID": f"<letter-{letter.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    if written.calendar is not None:
        method = "CANCEL" if written.cancelled else "REQUEST"
        part = MIMEText(written.calendar.decode(), "calendar", "utf-8")
        part.set_param("method", method)
        part.add_header("Content-Disposition", "attachment", filename="interview.ics")
        message.attach(part)
    return message
