"""What letters say, in their reader's language, with the calendar file where they tell of a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from poise.app.accounts.joining import may_sign_in_by_link, sign_in_address
from poise.app.accounts.mail import server
from poise.app.interviews.campaigns import notices
from poise.app.interviews.campaigns.accounts import account_of
from poise.app.interviews.campaigns.arranging import minutes_for
from poise.app.interviews.campaigns.calendars import file_of
from poise.app.interviews.campaigns.models import Interview, Letter

__all__ = ["LINK_LASTS", "Written", "write"]

LINK_LASTS: Final = timedelta(days=14)
"""How long the link of a letter signs a candidate in, once."""
_OF_TIME: Final = (Letter.Kind.INVITATION, Letter.Kind.RESCHEDULED, Letter.Kind.CANCELLED)


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it leaves."""

    to: str
    subject: str
    body: str
    calendar: bytes | None
    cancelled: bool


def write(letter: Letter, kind: Letter.Kind) -> Written:
    """Write a letter as one of ``kind``. A candidate's has a link that signs them in, so this needs a transaction."""
    candidate, interview, rater = letter.candidate, letter.interview, letter.rater
    campaign = candidate.campaign
    language = candidate.language if rater is None else rater.language or campaign.language
    to, name = (candidate.email, candidate.name) if rater is None else (rater.email, str(rater))
    with translation.override(language):
        context = {
            "name": name,
            "candidate": candidate,
            "campaign": campaign,
            "interview": interview,
            "planned": interview is not None and kind is not Letter.Kind.CANCELLED,
            "minutes": minutes_for(interview) if interview is not None else None,
            "when": _when(interview),
            "address": _address(letter) if rater is None else settings.PUBLIC_URL,
            "days": LINK_LASTS.days,
            "notice": notices.text_for(campaign, language) if kind is Letter.Kind.NOTICE else "",
        }
        whom = "candidate" if rater is None else "rater"
        subject, body = render_to_string(f"campaigns/mail/{whom}_{kind.value}.txt", context).split("\n", 1)
        subject = " ".join(subject.split())
        calendar = None
        if kind in _OF_TIME and interview is not None and interview.starts_at is not None:
            found = server()
            calendar = file_of(
                interview=interview.pk,
                sequence=_sequence(letter),
                starts_at=interview.starts_at,
                minutes=minutes_for(interview),
                title=_("Interview: %(campaign)s") % {"campaign": campaign}
                if rater is None
                else _("Interview with %(name)s: %(campaign)s") % {"name": candidate.name, "campaign": campaign},
                text=settings.PUBLIC_URL,
                place=interview.place,
                organiser=found.sender if found is not None else campaign.contact,
                attendee=to,
                name=name,
                language=language,
                cancelled=kind is Letter.Kind.CANCELLED,
                stamp=timezone.now(),
            )
    return Written(to, subject, body.strip() + "\n", calendar, kind is Letter.Kind.CANCELLED)


def _sequence(letter: Letter) -> int:
    """How many letters told this reader of this interview's time before: calendars believe the highest.

    It is counted by reader, since a rater may be taken off, and invited again, without any new time.
    """
    return Letter.objects.filter(
        interview=letter.interview_id, rater=letter.rater_id, kind__in=_OF_TIME, pk__lt=letter.pk
    ).count()


def _when(interview: Interview | None) -> str:
    """Day, time and time zone, as the reader's language writes them."""
    if interview is None or interview.starts_at is None:
        return ""
    local = timezone.localtime(interview.starts_at)
    zone = f"{timezone.get_default_timezone_name()}, UTC{local:%z}"
    return (
        f"{date_format(local, 'l')}, {date_format(local, 'DATE_FORMAT')}, {date_format(local, 'TIME_FORMAT')} ({zone})"
    )


def _address(letter: Letter) -> str:
    user = account_of(letter.candidate)
    if user is not None and may_sign_in_by_link(user):
        return sign_in_address(user, lasts=LINK_LASTS)
    return settings.PUBLIC_URL
