"""Letters leave once, say what holds, and are honest about what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from poise.app.access import Role
from poise.app.accounts.models import MailSettings, OneTimeLink, User
from poise.app.interviews.campaigns import letters, notices, posting, reminding, scheduling
from poise.app.interviews.campaigns.calendars import file_of
from poise.app.interviews.campaigns.models import Campaign, Interview, Letter, Stage
from poise.app.work.models import Job
from poise.app.work.pace import Pace
from poise.app.work.running import Running, take
from poise.app.work.worker import work_off

from ..conftest import Round

START = datetime(2031, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def mail(committed_db: str) -> None:
    """A mail server is set up; Django keeps what is sent in ``outbox``."""
    MailSettings.objects.create(host="localhost", port=25, security="none", sender="poise@example.org")


def planned(hiring: Round, **other: Any) -> Interview:
    stage = Stage.objects.create(campaign=hiring.campaign, number=2, title="Second", mode="video", minutes=45)
    candidate = hiring.candidates[0]
    candidate.stage = stage
    candidate.save()
    notices.give(candidate, timezone.now() - timedelta(days=60))
    return scheduling.plan(
        candidate, stage, **{"starts_at": START, "raters": hiring.raters[:1], "place": "Rom 4, Ås"} | other
    )


def calendar_of(sent: Any) -> tuple[Message, Any]:
    """The calendar part of a message, and its event."""
    part = next(
        one for one in message_from_bytes(sent.message().as_bytes()).walk() if one.get_content_type() == "text/calendar"
    )
    (event,) = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    return part, event


def test_an_invitation_leaves_once_with_a_calendar_file_and_a_link(mail: None, committed_hiring: Round) -> None:
    interview = planned(committed_hiring)
    for _ in range(2):
        work_off()
    to_candidate, to_rater = sorted(outbox.outbox, key=lambda one: one.to != ["0@example.net"])
    assert len(outbox.outbox) == 2 and to_rater.to == ["ivan@example.org"]
    assert "Rom 4, Ås" in to_candidate.body and "45 minutes" in to_candidate.body
    part, event = calendar_of(to_candidate)
    assert part.get_param("method") == "REQUEST"
    assert event["UID"] == f"interview-{interview.pk}@localhost" and event["SEQUENCE"] == 0
    assert event.decoded("dtstart") == START and event.decoded("dtend") == START + timedelta(minutes=45)
    assert event["LOCATION"] == "Rom 4, Ås" and event["ATTENDEE"] == "mailto:0@example.net"
    link = OneTimeLink.objects.get()
    assert link.user is not None and {role for role, _team in link.user.roles()} == {Role.CANDIDATE}
    secret = to_candidate.body.split("/enter/")[1].split("/")[0]
    assert OneTimeLink.objects.open("sign_in", secret) == link  # type: ignore[arg-type]
    assert "/enter/" not in to_rater.body
    assert not Letter.objects.filter(sent_at=None).exists()


def test_a_new_time_replaces_the_old_one_in_every_calendar(mail: None, committed_hiring: Round) -> None:
    interview = planned(committed_hiring)
    work_off()
    scheduling.move(interview, START + timedelta(days=1))
    work_off()
    scheduling.cancel(interview)
    work_off()
    mine = [one for one in outbox.outbox if one.to == ["0@example.net"]]
    events = [calendar_of(one) for one in mine]
    assert [event["SEQUENCE"] for _part, event in events] == [0, 1, 2]
    assert len({event["UID"] for _part, event in events}) == 1
    assert [part.get_param("method") for part, _event in events] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [str(event["STATUS"]) for _part, event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_only_what_still_holds_is_said(mail: None, committed_hiring: Round) -> None:
    interview = planned(committed_hiring)
    scheduling.move(interview, START + timedelta(days=1))
    work_off()
    # who never heard of the first time is invited to the second
    assert [one.subject for one in outbox.outbox if one.to == ["0@example.net"]] == ["Interview: Spring"]
    assert {one.problem for one in Letter.objects.filter(sent_at=None)} == {posting.OVERTAKEN}


def test_nobody_is_told_that_what_they_never_heard_of_is_cancelled(mail: None, committed_hiring: Round) -> None:
    scheduling.cancel(planned(committed_hiring))
    work_off()
    assert outbox.outbox == []


def test_a_rater_who_is_taken_off_and_on_again_believes_the_last_letter(mail: None, committed_hiring: Round) -> None:
    interview = planned(committed_hiring)
    ivan = committed_hiring.raters[0]
    work_off()
    scheduling.unseat(interview, ivan)
    work_off()
    scheduling.seat(interview, ivan)
    work_off()
    events = [calendar_of(one) for one in outbox.outbox if one.to == [ivan.email]]
    assert [(part.get_param("method"), event["SEQUENCE"]) for part, event in events] == [
        ("REQUEST", 0),
        ("CANCEL", 1),
        ("REQUEST", 2),
    ]


def test_letters_are_in_their_readers_language(mail: None, committed_hiring: Round) -> None:
    candidate = committed_hiring.candidates[0]
    candidate.language = "he"
    candidate.save()
    letters.ask(Letter.Kind.NOTICE, candidate)
    work_off()
    (sent,) = outbox.outbox
    assert "ראיונות מובנים" in sent.body and "Hello" not in sent.body


def test_another_time_is_spoken_of_only_where_there_is_one(mail: None, committed_hiring: Round) -> None:
    Campaign.objects.update(contact="jobs@example.org")
    interview = planned(committed_hiring)
    work_off()
    scheduling.move(interview, START + timedelta(days=1))
    work_off()
    scheduling.cancel(interview)
    work_off()
    letters.ask(Letter.Kind.NOTICE, committed_hiring.candidates[1])
    letters.ask(Letter.Kind.REPORT, committed_hiring.candidates[1])
    work_off()
    told = [one.body for one in outbox.outbox if one.to != [committed_hiring.raters[0].email]]
    invitation, moved, cancelled, notice, report = told
    assert all("another time that suits you better: jobs@example.org" in one for one in (invitation, moved))
    assert not [one for one in (cancelled, notice, report) if "suits you" in one]
    assert all("\nQuestions: jobs@example.org" in one for one in (cancelled, report))
    assert notice.count("jobs@example.org") == 1, "the notice itself says where to ask"


def test_the_clock_of_notice_starts_when_the_letter_has_left(
    committed_hiring: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = committed_hiring.candidates[0]
    letters.ask(Letter.Kind.NOTICE, candidate)
    work_off()
    assert notices.earliest_interview(candidate) is None
    letter = Letter.objects.get()
    assert (letter.problem, letter.sent_at) == (posting.NOT_SET_UP, None)
    MailSettings.objects.create(host="localhost", port=25, security="none", sender="poise@example.org")
    monkeypatch.setattr(reminding, "_pace", Pace(60.0))
    reminding.remind_when_due()
    work_off()
    candidate.refresh_from_db()
    assert notices.earliest_interview(candidate) == notices.business_days_after(timezone.localdate(), 10)
    assert candidate.notices.get().text in outbox.outbox[0].body


class Failing(BaseEmailBackend):
    """A mail server that says what ``error`` says."""

    error: BaseException = OSError("no")
    tries = 0

    def send_messages(self, messages: Any) -> int:
        type(self).tries += 1
        raise type(self).error


@pytest.fixture
def failing(mail: None, settings: Any) -> Iterator[type[Failing]]:
    """Mail goes to :class:`Failing`."""
    settings.EMAIL_BACKEND = f"{__name__}.Failing"
    Failing.tries = 0
    yield Failing


@pytest.fixture
def settings() -> Iterator[Any]:
    """Django's settings, put back afterwards."""
    from django.conf import settings as real
    from django.test.utils import override_settings

    with override_settings():
        yield real


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (OSError("connection refused"), True),
        (SMTPServerDisconnected("gone"), True),
        (SMTPRecipientsRefused({"0@example.net": (450, b"later")}), True),
        (SMTPRecipientsRefused({"0@example.net": (550, b"unknown")}), False),
    ],
)
def test_what_the_server_says_is_kept_and_tried_again_where_that_helps(
    failing: type[Failing], committed_hiring: Round, error: Exception, again: bool
) -> None:
    failing.error = error
    letter = letters.ask(Letter.Kind.REPORT, committed_hiring.candidates[0])
    work_off()
    letter.refresh_from_db()
    assert letter.sent_at is None and letter.begun == 0
    assert letter.problem.startswith(type(error).__name__)
    assert (letter.again_at is not None) == again
    work_off()
    assert failing.tries == 1  # not before its time


def test_a_letter_that_failed_is_sent_when_somebody_says_so(
    failing: type[Failing], committed_hiring: Round, client: Client, settings: Any
) -> None:
    failing.error = SMTPRecipientsRefused({"0@example.net": (550, b"<b>unknown</b>")})
    letter = letters.ask(Letter.Kind.REPORT, committed_hiring.candidates[0])
    work_off()
    client.force_login(committed_hiring.manager)
    page = client.get(reverse("campaign_letters", args=[committed_hiring.campaign.pk])).content.decode()
    assert "could not be sent:" in page and "<b>unknown" not in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    client.post(reverse("letter_again", args=[letter.pk]))
    work_off()
    assert len(outbox.outbox) == 1
    client.post(reverse("letter_again", args=[letter.pk]))
    work_off()
    assert len(outbox.outbox) == 1


class KilledError(BaseException):
    """The worker dies here."""


def killed_once() -> None:
    """A worker takes the job and dies while the server answers; its lease and its claim run out."""
    job = take("worker that dies")
    assert job is not None
    with pytest.raises(KilledError):
        posting.send(Running(job))
    past = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(lease_until=past)
    Letter.objects.filter(sent_at=None, again_at__isnull=False).update(again_at=past)


def test_a_worker_that_dies_while_sending_makes_one_duplicate_at_most(
    failing: type[Failing], committed_hiring: Round, settings: Any
) -> None:
    failing.error = KilledError()
    letter = letters.ask(Letter.Kind.REPORT, committed_hiring.candidates[0])
    killed_once()
    letter.refresh_from_db()
    assert (letter.begun, letter.sent_at) == (1, None)
    killed_once()
    assert failing.tries == 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    work_off()
    letter.refresh_from_db()
    # it may have left twice, so nobody sends it a third time unasked
    assert outbox.outbox == [] and letter.problem == posting.UNCERTAIN and letter.again_at is None
    letters.again(letter)
    work_off()
    assert len(outbox.outbox) == 1


def test_a_worker_that_dies_before_sending_loses_nothing(mail: None, committed_hiring: Round) -> None:
    letter = letters.ask(Letter.Kind.REPORT, committed_hiring.candidates[0])
    job = take("worker that dies")
    assert job is not None
    generator = posting._claimed(Running(job))
    assert next(generator) == letter
    past = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(lease_until=past)
    Letter.objects.update(again_at=past)
    work_off()
    assert len(outbox.outbox) == 1


def test_two_workers_never_hold_one_letter(mail: None, committed_hiring: Round) -> None:
    letters.ask(Letter.Kind.REPORT, committed_hiring.candidates[0])
    job = take("first")
    assert job is not None
    held = posting._claimed(Running(job))
    next(held)
    letters.ask(Letter.Kind.REPORT, committed_hiring.candidates[1])
    work_off()
    assert [one.to for one in outbox.outbox] == [["1@example.net"]]


def test_who_has_more_than_a_candidates_account_gets_no_link(mail: None, committed_hiring: Round) -> None:
    ida = committed_hiring.raters[1]
    candidate = committed_hiring.candidates[0]
    candidate.email = ida.email
    candidate.save()
    letters.ask(Letter.Kind.NOTICE, candidate)
    work_off()
    assert "/enter/" not in outbox.outbox[0].body
    assert Role.CANDIDATE in {role for role, _team in User.objects.get(pk=ida.pk).roles()}


def test_reminders_come_a_day_before_once_and_again_after_a_move(mail: None, committed_hiring: Round) -> None:
    soon = timezone.now() + timedelta(hours=20)
    interview = planned(committed_hiring, starts_at=soon)
    Letter.objects.update(asked_at=timezone.now() - timedelta(days=5))
    work_off()
    outbox.outbox.clear()
    assert (reminding.remind(), reminding.remind()) == (1, 0)
    work_off()
    assert sorted(one.to[0] for one in outbox.outbox) == ["0@example.net", "ivan@example.org"]
    assert all(not one.attachments for one in outbox.outbox)
    scheduling.move(interview, soon + timedelta(hours=1))
    assert reminding.remind() == 0  # who was told of the time just now is not reminded of it
    Letter.objects.update(asked_at=timezone.now() - timedelta(days=5))
    assert reminding.remind() == 1


def test_what_is_cancelled_or_far_off_is_not_reminded_of(mail: None, committed_hiring: Round) -> None:
    interview = planned(committed_hiring)
    assert reminding.remind() == 0
    Interview.objects.filter(pk=interview.pk).update(
        starts_at=timezone.now() + timedelta(hours=3), state=Interview.State.CANCELLED
    )
    Letter.objects.update(asked_at=timezone.now() - timedelta(days=5))
    assert reminding.remind() == 0


def test_a_subject_is_one_line_whatever_a_title_says(mail: None, committed_hiring: Round) -> None:
    campaign = committed_hiring.campaign
    campaign.title = "Spring\r\nBcc: everybody@example.org"
    campaign.save()
    letters.ask(Letter.Kind.NOTICE, committed_hiring.candidates[0])
    work_off()
    assert outbox.outbox[0].recipients() == ["0@example.net"] and "\n" not in outbox.outbox[0].subject


def test_calendar_files_are_folded_escaped_and_in_utc() -> None:
    text = file_of(
        interview=7,
        sequence=2,
        starts_at=datetime.fromisoformat("2026-10-25T01:30:00+02:00"),
        minutes=90,
        title='Interview; a, b\\c "שלום" ' + "é" * 60,
        text="line\r\nBEGIN:VEVENT\nend",
        place="Room 4; door, left",
        organiser="poise@example.org",
        attendee="x@example.net",
        name='Eve "CN";X-EVIL=1\r\nATTENDEE:evil',
        language="he",
        cancelled=False,
        stamp=START,
    )
    assert all(len(line) <= 75 for line in text.split(b"\r\n")) and text.count(b"\nBEGIN:VEVENT") == 1
    assert b"DTSTART:20261024T233000Z" in text and b"DTEND:20261025T010000Z" in text
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert event["SUMMARY"].endswith("é" * 60) and event["LOCATION"] == "Room 4; door, left"
    assert b"\r\nATTENDEE:evil" not in text and event["ATTENDEE"] == "mailto:x@example.net"
