"""The candidate's own pages: theirs alone, in their words, and everything that they may choose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Membership, User
from poise.app.audit.exporting import held
from poise.app.audit.models import Entry
from poise.app.interviews.blinding import waiting_for
from poise.app.interviews.campaigns import notices
from poise.app.interviews.campaigns.arranging import marks_allowed
from poise.app.interviews.campaigns.models import Candidate, Consent, Interview, Letter, Seat, Stage
from poise.app.interviews.candidacy import asking
from poise.app.interviews.candidacy.models import SelfStatement
from poise.app.interviews.decisions.deciding import found_of
from poise.app.interviews.decisions.hiring import hire
from poise.app.interviews.decisions.models import Objection
from poise.app.interviews.decisions.objecting import answer, may_answer, object_to, to_be_reviewed
from poise.app.interviews.recordings.models import Recording
from poise.app.interviews.room.models import Quote, Rating
from poise.knowledge.interviews import STRENGTHS

from .conftest import decided, rate, shown, user_of

PAGES = (
    "candidacy",
    "candidacy_notice",
    "candidacy_consents",
    "candidacy_ask",
    "candidacy_withdraw",
    "candidacy_statement",
)


def test_nobody_elses_pages_are_there(
    hiring: Any, amal: Candidate, member: Callable[..., User], client: Client
) -> None:
    client.force_login(member("candidate", hiring.team, email="bo@example.net"))
    for name in PAGES:
        assert client.get(reverse(name, args=[amal.pk])).status_code == 404, name
    for name in ("candidacy_alternative", "candidacy_to_work", "candidacy_consents", "candidacy_withdraw"):
        assert client.post(reverse(name, args=[amal.pk]), {"kind": "recording"}).status_code == 404, name
    amal.refresh_from_db()
    assert amal.state == "active" and not amal.alternative and not Consent.objects.exists()
    assert "Guest service" not in shown(client, "candidacies")


def test_no_page_names_raters_or_other_candidates(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client
) -> None:
    rate(hiring, submit)
    decided(hiring, amal)
    notices.give(amal)
    client.force_login(user_of(amal))
    for name in (*PAGES, "candidacy_report", "candidacy_objections"):
        page = shown(client, name, amal.pk)
        for other in ("Ivan", "Petrov", "Ida", "Moe", "Helen", "Brook", "Bo Lind", "Chaya"):
            assert other not in page, (name, other)


def test_the_notice_is_read_once(amal: Candidate, client: Client) -> None:
    client.force_login(user_of(amal))
    assert "You were not given one yet" in shown(client, "candidacy_notice", amal.pk)
    notices.give(amal)
    assert "I have read it" in shown(client, "candidacy_notice", amal.pk)
    client.post(reverse("candidacy_notice", args=[amal.pk]))
    first = amal.notices.get().read_at
    assert first is not None
    client.post(reverse("candidacy_notice", args=[amal.pk]))
    assert amal.notices.get().read_at == first


def test_consent_is_given_and_taken_back_with_what_rested_on_it(amal: Candidate, client: Client) -> None:
    client.force_login(user_of(amal))
    address = reverse("candidacy_consents", args=[amal.pk])
    for _ in range(2):
        client.post(address, {"kind": "recording"})
    assert Consent.objects.get().withdrawn_at is None
    Recording.objects.create(interview=amal.interviews.get(), file="a.vtt", format="webvtt", turns=1, tables=b"")
    client.post(address, {"kind": "recording", "withdraw": "1"})
    assert Consent.objects.get().withdrawn_at is not None and not Recording.objects.exists()
    client.post(address, {"kind": "recording"})
    assert Consent.objects.count() == 2 and client.post(address, {"kind": "video"}).status_code == 404
    assert {"consented", "withdrew"} <= set(Entry.objects.values_list("action", flat=True))


def test_accommodations_are_asked_for_and_hold_at_once_where_nothing_is_to_be_seen(
    amal: Candidate, client: Client
) -> None:
    client.force_login(user_of(amal))
    address = reverse("candidacy_ask", args=[amal.pk])
    assert "nodded" in marks_allowed(amal.interviews.get())
    assert client.post(address, {"asked": "  "}).status_code == 422
    assert client.post(address, {"asked": "Questions in writing", "no_marks": "on"}).status_code == 302
    assert "Questions in writing" in shown(client, "candidacy_ask", amal.pk)
    assert "nodded" not in marks_allowed(Interview.objects.get(candidate=amal))
    for number in range(asking.ASKED_AT_ONCE + 2):
        client.post(address, {"asked": f"More {number}"})
    assert amal.accommodations.count() == asking.ASKED_AT_ONCE


def test_the_alternative_process_is_theirs_to_choose_and_takes_the_levels_away(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client
) -> None:
    client.force_login(user_of(amal))
    address = reverse("candidacy_alternative", args=[amal.pk])
    client.post(address)
    amal.refresh_from_db()
    assert amal.alternative
    client.post(address, {"leave": "1"})
    amal.refresh_from_db()
    assert not amal.alternative
    rate(hiring, submit)
    assert found_of(amal).levels
    client.post(address)
    amal.refresh_from_db()
    assert amal.alternative and found_of(amal).levels == ()
    assert client.post(address, {"leave": "1"}).status_code == 403, "an interview has begun"


def test_withdrawing_ends_it_once(hiring: Any, amal: Candidate, client: Client) -> None:
    client.force_login(user_of(amal))
    assert client.post(reverse("candidacy_withdraw", args=[amal.pk])).status_code == 302
    amal.refresh_from_db()
    assert amal.state == "withdrawn"
    assert client.post(reverse("candidacy_withdraw", args=[amal.pk])).status_code == 403
    assert client.post(reverse("candidacy_alternative", args=[amal.pk])).status_code == 403


def test_withdrawing_calls_off_what_is_to_come_and_tells_the_raters(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client
) -> None:
    first, second = hiring.raters
    later = Stage.objects.create(campaign=hiring.campaign, number=2, title="Second")
    tomorrow = timezone.now() + timedelta(days=1)
    to_come = Interview.objects.create(candidate=amal, stage=later, mode="video", starts_at=tomorrow)
    Seat.objects.create(interview=to_come, rater=second)
    begun = amal.interviews.get(stage=hiring.stage)
    Seat.objects.filter(interview=begun).update(started_at=timezone.now())
    client.force_login(hiring.manager)
    assert "Amal" in shown(client, "campaign_schedule", hiring.campaign.pk)
    client.force_login(user_of(amal))
    assert "Interviews to come are cancelled" in shown(client, "candidacy_withdraw", amal.pk)
    client.post(reverse("candidacy_withdraw", args=[amal.pk]))
    assert set(amal.interviews.values_list("state", flat=True)) == {Interview.State.CANCELLED}
    told = Letter.objects.filter(kind=Letter.Kind.CANCELLED).order_by("pk").values_list("interview", "rater")
    assert sorted(told, key=str) == sorted(
        [(begun.pk, None), (begun.pk, first.pk), (begun.pk, second.pk), (to_come.pk, None), (to_come.pk, second.pk)],
        key=str,
    )
    assert not waiting_for(hiring.campaign).filter(interview__candidate=amal).exists()
    client.force_login(hiring.manager)
    assert "Amal" not in shown(client, "campaign_schedule", hiring.campaign.pk)


def test_an_interview_of_which_ratings_are_in_took_place_though_the_candidate_withdraws(
    hiring: Any, amal: Candidate, submit: Callable[..., None]
) -> None:
    submit(hiring.seat(0, 0), 3)
    asking.withdraw_application(amal)
    assert amal.state == "withdrawn" and amal.interviews.get().state == Interview.State.PLANNED
    assert not Letter.objects.exists()


def test_what_they_say_of_themselves_is_kept_apart_and_taken_to_work_only_by_them(
    hiring: Any, amal: Candidate, submit: Callable[..., None], member: Callable[..., User], client: Client
) -> None:
    client.force_login(user_of(amal))
    said = {"strengths": "I listen well.", "weaknesses": "I talk too fast.", "strong_traits": ["considerate"]}
    assert client.post(reverse("candidacy_statement", args=[amal.pk]), said).status_code == 302
    assert client.post(reverse("candidacy_statement", args=[amal.pk]), said | {"weak_traits": ["x"]}).status_code == 422
    assert client.post(reverse("candidacy_to_work", args=[amal.pk])).status_code == 404
    rate(hiring, submit)
    decided(hiring, amal, "hire")
    manager = Client()
    manager.force_login(hiring.manager)
    for name in ("decision", "decision_report"):
        assert "I talk too fast" not in shown(manager, name, amal.pk)
    person = hire(amal, hiring.manager)
    coach = Client()
    coach.force_login(member("coach", hiring.team, email="cleo@example.org"))
    assert "I talk too fast" not in shown(coach, "person", person.pk)
    with pytest.raises(PermissionError):
        asking.take_to_work(amal, hiring.manager)
    client.force_login(User.objects.get(pk=user_of(amal).pk))
    assert "Take it along to work" in shown(client, "candidacy_statement", amal.pk)
    for _ in range(2):
        assert client.post(reverse("candidacy_to_work", args=[amal.pk])).status_code == 302
    assert SelfStatement.objects.get().taken_to_work_at is not None
    page = shown(coach, "person", person.pk)
    assert "I talk too fast." in page and "I listen well." in page and "Considerate" in page
    assert "I talk too fast." in shown(client, "person", person.pk)
    assert client.post(reverse("candidacy_statement", args=[amal.pk]), said).status_code == 403
    assert [one["weaknesses"] for one in held(person)["self-assessment"]] == ["I talk too fast."]


def test_what_was_said_of_oneself_in_the_interview_is_there_to_begin_with(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client
) -> None:
    client.force_login(user_of(amal))
    now = timezone.now()
    Candidate.objects.filter(pk=hiring.candidates[2].pk).update(name="Amal Mizrahi")
    for rater, text in enumerate(("I <b>bake</b>, and Bo Lind does not.", "I hurry, Amal told Ida.")):
        Quote.objects.create(seat=hiring.seat(0, rater), question=STRENGTHS, text=text, at=now)
    assert "bake" not in shown(client, "candidacy_statement", amal.pk), "not all raters are done"
    rate(hiring, submit)
    page = shown(client, "candidacy_statement", amal.pk)
    assert "I &lt;b&gt;bake&lt;/b&gt;, and … does not." in page and "I hurry, Amal told …." in page
    assert "I did helpful.past." not in page, "answers that are rated are the report's"


def test_somebody_with_several_applications_sees_each(hiring: Any, amal: Candidate, client: Client) -> None:
    client.force_login(user_of(amal))
    assert client.get(reverse("candidacies")).headers["Location"] == reverse("candidacy", args=[amal.pk])
    again = Candidate.objects.create(campaign=hiring.campaign, code="C9", name="Amal Haddad", user=amal.user)
    page = shown(client, "candidacies")
    assert reverse("candidacy", args=[amal.pk]) in page and reverse("candidacy", args=[again.pk]) in page


def test_an_objection_from_end_to_end_changes_the_levels(
    hiring: Any, amal: Candidate, submit: Callable[..., None], member: Callable[..., User], client: Client
) -> None:
    for number, level in enumerate((2, 3, 4)):
        for rater in range(2):
            submit(hiring.seat(number, rater), level)
    Rating.objects.filter(seat=hiring.seat(0, 0), question="helpful.past").update(level=1)
    client.force_login(user_of(amal))
    address = reverse("candidacy_objections", args=[amal.pk])
    assert client.get(address).status_code == 404, "there is nothing to object to yet"
    decided(hiring, amal)
    assert client.post(address, {"about": "nothing", "text": "x"}).status_code == 422
    assert (
        client.post(address, {"about": "helpful.past", "text": "I told of the bus, and it is not here."}).status_code
        == 302
    )
    objection = Objection.objects.get()
    assert "Not answered yet." in shown(client, "candidacy_objections", amal.pk)

    # not by who decided, nor by who rated
    manager = Client()
    manager.force_login(hiring.manager)
    where = reverse("objection", args=[objection.pk])
    assert "somebody else answers" in shown(manager, "objection", objection.pk)
    assert manager.post(where, {"upheld": "no", "text": "It stays as it is, I say."}).status_code == 403
    Membership.objects.create(user=hiring.raters[0], role=Role.HIRING_MANAGER, team=hiring.team)
    assert not may_answer(objection, User.objects.get(pk=hiring.raters[0].pk))

    before = {one.code: one for one in found_of(amal).levels}
    other = member("hiring_manager", hiring.team, email="olga@example.org")
    third = Client()
    third.force_login(other)
    assert "I did helpful.past." in shown(third, "objection", objection.pk)
    low = Rating.objects.get(seat=hiring.seat(0, 0), question="helpful.past")
    right = {"upheld": "yes", "text": "You told of the bus; the note shows it."}
    assert third.post(where, right).status_code == 422, "which ratings?"
    assert third.post(where, right | {"upheld": "no", "aside": [low.pk]}).status_code == 422
    elsewhere = Rating.objects.get(seat=hiring.seat(1, 0), question="helpful.past")
    assert third.post(where, right | {"aside": [elsewhere.pk]}).status_code == 422, "somebody else's rating"
    assert third.post(where, right | {"aside": [low.pk]}).status_code == 302
    low.refresh_from_db()
    assert low.set_aside_at is not None and low.level == 1
    after = {one.code: one for one in found_of(amal).levels}
    assert after["care"].mean > before["care"].mean + 0.05 and after["care"].ratings == before["care"].ratings - 1
    assert to_be_reviewed(amal.decisions.all()).exists()
    assert "To be looked at again" in shown(manager, "decision", amal.pk)
    page = shown(client, "candidacy_objections", amal.pk)
    assert "the note shows it" in page and "olga" not in page.lower()
    assert "1 rating was set aside after an objection" in shown(client, "candidacy_report", amal.pk)
    with pytest.raises(ValueError, match="answer already"):
        answer(objection, False, "Once more, differently this time.", [], other)
    decided(hiring, amal, "wait")
    assert not to_be_reviewed(amal.decisions.all()).exists()


def test_the_time_for_objections_ends(
    hiring: Any, amal: Candidate, submit: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    rate(hiring, submit)
    decided(hiring, amal)
    with pytest.raises(PermissionError):
        object_to(amal, "", "No.", hiring.manager)
    later = timezone.localdate() + timedelta(days=31)
    monkeypatch.setattr(
        "poise.app.interviews.decisions.objecting.timezone.localdate",
        lambda *at: later if not at else timezone.localtime(*at).date(),
    )
    with pytest.raises(PermissionError, match="over"):
        object_to(amal, "", "No.", user_of(amal))


def test_pages_take_as_many_queries_however_much_was_asked(
    hiring: Any, amal: Candidate, submit: Callable[..., None], client: Client
) -> None:
    rate(hiring, submit)
    decided(hiring, amal)
    client.force_login(user_of(amal))

    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(client, name, amal.pk)
        return len(queries)

    names = ("candidacy", "candidacy_ask", "candidacy_consents", "candidacy_objections", "candidacy_report")
    for name in names:
        count(name)
    few = [count(name) for name in names]
    for number in range(30):
        amal.accommodations.create(asked=f"More {number}")
        amal.objections.create(text=f"No {number}")
        amal.consents.create(kind="detection", withdrawn_at=timezone.now())
        amal.interviews.create(stage=hiring.stage, mode="video", state="cancelled")
    assert [count(name) for name in names] == few
