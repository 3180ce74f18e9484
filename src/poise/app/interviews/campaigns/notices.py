"""What candidates are told before they are interviewed, and the clock that starts with it.

New York City's Local Law 144 asks for ten business days between the notice and the use of a tool; the European Union's
AI Act (article 26 (11)) and its General Data Protection Regulation (articles 13 to 15 and 22) for what the text says.
The standard text is whole in each language and is filled with the campaign's own facts; the employer may add to it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.campaigns.models import Campaign, Candidate, Notice
from poise.app.interviews.campaigns.notice_texts import TEXTS
from poise.knowledge.interviews import LANGUAGES
from poise.reports.titles import titles

__all__ = ["business_days_after", "earliest_interview", "give", "text_for"]

_FRIDAY: Final = 4


def business_days_after(day: date, days: int) -> date:
    """Return the day that is this many business days (Monday to Friday) later; the day itself does not count.

    Public holidays are not known here: a campaign that spans some sets more days.
    """
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() <= _FRIDAY:
            days -= 1
    return day


def earliest_interview(candidate: Candidate) -> date | None:
    """Return the first day on which the candidate may be interviewed; None while they were not told.

    The first notice counts: a second one, with another wording, does not start the clock anew.
    """
    # a prefetched relation is read, not asked for anew
    first = min(candidate.notices.all(), key=lambda one: (one.given_at, one.pk), default=None)
    return first.interviews_from if first is not None else None


def text_for(campaign: Campaign, language: str) -> str:
    """Return what candidates of a campaign are told, in a language (English where there is no such text).

    What the employer adds (:attr:`Campaign.notice`) stands in the campaign's own language.
    """
    language = language if language in LANGUAGES else "en"
    text = TEXTS[language]
    names = titles(language)
    days = campaign.notice_days
    clock = text.clock[days > 1].format(days=days) if days else ""  # without a clock there is nothing to wait for
    paragraphs = [
        text.told.format(
            team=campaign.team,
            campaign=campaign,
            traits=", ".join(names.within(code) for code in campaign.kit.read().traits),
            raters=campaign.raters_each,
            clock=clock,
            months=campaign.retention_months,
        ),
        *([text.contact.format(contact=campaign.contact)] if campaign.contact else []),
        *([campaign.notice.strip()] if campaign.notice.strip() else []),
    ]
    return "\n\n".join(paragraphs)


def give(candidate: Candidate, at: datetime | None = None) -> Notice:
    """Write down that a candidate is told now (or was, at an earlier instant), what, and from when on they may come.

    A letter with the notice does this when the mail server has taken it: one that never left tells nobody.
    """
    at = at or timezone.now()
    campaign = Campaign.objects.select_related("kit", "team").get(pk=candidate.campaign_id)
    with transaction.atomic():
        notice = Notice.objects.create(
            candidate=candidate,
            text=text_for(campaign, candidate.language),
            given_at=at,
            interviews_from=business_days_after(timezone.localdate(at), campaign.notice_days),
        )
        record(
            Action.NOTIFIED,
            candidate,
            purpose="selection",
            notice=notice.pk,
            interviews_from=notice.interviews_from.isoformat(),
        )
    return notice
