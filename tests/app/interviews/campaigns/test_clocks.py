"""Days of notice, what was arranged, and the end of keeping."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from poise.app.access import Role
from poise.app.accounts.models import Membership, User
from poise.app.audit.models import Action, Entry
from poise.app.interviews.campaigns import arranging, expiring, notices, opening
from poise.app.interviews.campaigns.models import Accommodation, Campaign, Candidate, Interview, Seat
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.room.models import Rating
from poise.app.work.models import Job
from poise.app.work.pace import Pace
from poise.app.work.worker import work_off
from poise.knowledge.interviews import CAN_BE_SEEN_ONLY, MARKS

from ..conftest import Round


@pytest.mark.parametrize(
    ("told", "days", "first"),
    [
        ("2026-03-02", 10, "2026-03-16"),  # Monday: two weeks
        ("2026-03-06", 1, "2026-03-09"),  # Friday: the weekend does not count
        ("2026-03-07", 1, "2026-03-09"),
        ("2026-03-07", 0, "2026-03-07"),
        ("2026-12-25", 10, "2027-01-08"),
    ],
)
def test_business_days(told: str, days: int, first: str) -> None:
    assert notices.business_days_after(date.fromisoformat(told), days) == date.fromisoformat(first)


def test_the_day_is_the_installations_not_utcs(hiring: Round) -> None:
    late = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)  # Saturday already in Oslo, Friday in New York
    with timezone.override("Europe/Oslo"):
        assert notices.give(hiring.candidates[0], late).interviews_from == date(2026, 3, 20)
    with timezone.override("America/New_York"):
        assert notices.give(hiring.candidates[1], late - timedelta(days=1)).interviews_from == date(2026, 3, 19)


def test_a_second_notice_does_not_start_the_clock_anew(hiring: Round) -> None:
    amal = hiring.candidates[0]
    assert notices.earliest_interview(amal) is None
    notices.give(amal, datetime(2026, 3, 2, 12, tzinfo=UTC))
    notices.give(amal, datetime(2026, 3, 9, 12, tzinfo=UTC))
    assert notices.earliest_interview(amal) == date(2026, 3, 16)


def test_what_was_told_stays_as_it_was_told(hiring: Round) -> None:
    hiring.campaign.notice = "We meet in {room}."
    hiring.campaign.contact = "jobs@example.org"
    hiring.campaign.save()
    notice = notices.give(hiring.candidates[0])
    assert "We meet in {room}." in notice.text and "jobs@example.org" in notice.text
    assert (
        "What is assessed: helpful, considerate, stays in control." in notice.text and "10 business days" in notice.text
    )
    Campaign.objects.update(notice="Something else.")
    notice.refresh_from_db()
    assert "We meet in {room}." in notice.text
    assert Entry.objects.get(action=Action.NOTIFIED).kind == "candidate"


@pytest.mark.parametrize("language", ["en", "he", "nb", "tlh"])
def test_the_notice_is_there_in_every_language(hiring: Round, language: str) -> None:
    with translation.override("en"):
        text = notices.text_for(hiring.campaign, language)
    assert "Poise" in text and "Spring" in text and "{" not in text and "12" in text


@pytest.mark.parametrize(
    ("language", "listed"),
    [
        ("en", "helpful, considerate, stays in control."),
        ("he", "עוזר לזולת, מתחשב, שומר על שליטה."),
        ("nb", "hjelpsom, hensynsfull, beholder kontrollen."),
    ],
)
def test_within_a_sentence_traits_have_no_capitals(hiring: Round, language: str, listed: str) -> None:
    assert f": {listed} " in notices.text_for(hiring.campaign, language)


@pytest.mark.parametrize(
    ("language", "none", "one", "many"),
    [
        ("en", "What is held", "one business day after this notice.", "9 business days after this notice."),
        ("he", "המידע עליך", "יום עסקים אחד ממסירת ההודעה הזאת.", "9 ימי עסקים ממסירת ההודעה הזאת."),
        ("nb", "Det som er", "én virkedag etter denne meldingen.", "9 virkedager etter denne meldingen."),
    ],
)
def test_the_notice_says_from_when_on_interviews_are_where_it_has_a_clock(
    hiring: Round, language: str, none: str, one: str, many: str
) -> None:
    last = {}
    for days in (0, 1, 9):
        hiring.campaign.notice_days = days
        last[days] = notices.text_for(hiring.campaign, language).split("\n\n")[-1]
    assert last[0].startswith(none)
    assert one in last[1] and many in last[9] and f" {none}" in last[9]


def test_marks_and_minutes_follow_what_was_arranged(hiring: Round) -> None:
    interview = hiring.seat(0, 0).interview
    amal = hiring.candidates[0]

    def now() -> Interview:
        return Interview.objects.get(pk=interview.pk)

    assert arranging.marks_allowed(now()) == frozenset(MARKS) and arranging.minutes_for(now()) == 60
    asked = Accommodation.objects.create(candidate=amal, asked="x", no_marks=True, extra_minutes=20)
    # a wish holds at once, minutes when somebody has arranged them
    assert arranging.marks_allowed(now()) == frozenset(MARKS) - CAN_BE_SEEN_ONLY
    assert arranging.minutes_for(now()) == 60
    asked.answered_at = timezone.now()
    asked.save()
    Accommodation.objects.create(candidate=amal, asked="y", extra_minutes=10, answered_at=timezone.now())
    assert arranging.minutes_for(now()) == 90
    phone = hiring.seat(1, 0).interview
    phone.mode = "phone"
    assert arranging.marks_allowed(phone) == frozenset(MARKS) - CAN_BE_SEEN_ONLY
    nobody = Candidate.objects.create(campaign=hiring.campaign, code="R", name="R", anchor=True)
    assert arranging.marks_allowed(Interview(candidate=nobody, mode="video")) == frozenset()


@pytest.mark.parametrize(
    ("closed", "months", "until"), [("2026-01-31", 1, "2026-02-28"), ("2026-11-15", 12, "2027-11-15")]
)
def test_the_clock_counts_calendar_months(closed: str, months: int, until: str) -> None:
    at = datetime.fromisoformat(f"{closed}T12:00:00+00:00")
    assert expiring.keep_until(at, months) == date.fromisoformat(until)


def closed(hiring: Round) -> Campaign:
    hiring.campaign.candidates.update(state=Candidate.State.DECLINED)
    Interview.objects.update(starts_at=timezone.now() - timedelta(days=1))
    opening.close(hiring.campaign)
    return Campaign.objects.get(pk=hiring.campaign.pk)


def test_closing_starts_the_clock_and_opening_again_stops_it(hiring: Round) -> None:
    amal = hiring.candidates[0]
    Candidate.objects.filter(pk=amal.pk).update(keep_until="2040-01-01")
    campaign = closed(hiring)
    assert campaign.closed_at is not None
    dates = dict(campaign.candidates.values_list("name", "keep_until"))
    assert dates["Bo Lind"] == expiring.keep_until(campaign.closed_at, 12)
    assert dates["Amal Haddad"] == date(2040, 1, 1)
    Campaign.objects.update(contact="jobs@example.org")
    opening.open_up(campaign, "en")
    assert not campaign.candidates.exclude(keep_until=None).exists()


def test_what_is_due_is_removed_with_all_that_rests_on_it(
    committed_hiring: Round,
    submit: Callable[[Seat, int], None],
    member: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hiring = committed_hiring
    amal, bo, chaya = hiring.candidates
    submit(hiring.seat(0, 0), 4)
    Decision.objects.create(
        candidate=amal, stage=hiring.stage, outcome="decline", reason="r", decided_by=hiring.manager
    )
    users = [member(Role.CANDIDATE, hiring.team, email=f"{name}@example.net") for name in ("amal", "bo", "chaya")]
    Membership.objects.create(user=users[1], role=Role.AGENT, team=hiring.team)
    for one, user in zip(hiring.candidates, users, strict=True):
        Candidate.objects.filter(pk=one.pk).update(user=user)
    closed(hiring)
    yesterday = timezone.localdate() - timedelta(days=1)
    Candidate.objects.filter(pk__in=[amal.pk, bo.pk]).update(keep_until=yesterday)
    Candidate.objects.filter(pk=chaya.pk).update(keep_until=timezone.localdate())
    monkeypatch.setattr(expiring, "_pace", Pace(60.0))
    expiring.expire_when_due()
    monkeypatch.setattr(expiring, "_pace", Pace(60.0))
    expiring.expire_when_due()
    assert Job.objects.filter(kind="expire_candidates").count() == 1
    work_off()
    assert list(hiring.campaign.candidates.all()) == [chaya]
    assert not Rating.objects.exists() and not Decision.objects.exists()
    assert not User.objects.filter(pk=users[0].pk).exists()
    assert {role for role, _team in User.objects.get(pk=users[1].pk).roles()} == {Role.AGENT}
    assert {role for role, _team in User.objects.get(pk=users[2].pk).roles()} == {Role.CANDIDATE}
    gone = Entry.objects.filter(action=Action.REMOVED, kind="candidate")
    assert {one.key for one in gone} == {str(amal.pk), str(bo.pk)}
    assert not any("Amal" in str(one.detail) for one in gone)
    work_off()
    assert hiring.campaign.candidates.count() == 1


def test_nothing_is_removed_while_a_campaign_is_open(committed_hiring: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    Candidate.objects.update(keep_until=timezone.localdate() - timedelta(days=1))
    monkeypatch.setattr(expiring, "_pace", Pace(60.0))
    expiring.expire_when_due()
    assert not Job.objects.exists()
