"""What the room takes in from browsers: sound notes once, all else refused by name, whoever sends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from poise.app.interviews.campaigns.models import Accommodation, Interview, Seat
from poise.app.interviews.room import receiving
from poise.app.interviews.room.models import Entry, Rating
from poise.app.interviews.room.receiving import MOST_AT_ONCE, MOST_BYTES, read_batch

Tell = Callable[..., dict[str, Any]]


def send(client: Client, seat: Seat, *entries: Any, now: datetime | None = None) -> Any:
    body = json.dumps({"now": (now or timezone.now()).isoformat(), "entries": entries})
    return client.post(reverse("room_entries", args=[seat.pk]), body, content_type="application/json")


def test_sent_twice_is_kept_once_and_acknowledged_twice(hiring: Any, client: Client, told: Tell) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    entry = told("quoted", "helpful.past", text="I took her\nto the\x00 desk.")
    for _ in range(2):
        answer = send(client, seat, entry, entry).json()
        assert set(answer["kept"]) == {entry["uuid"]} and answer["refused"] == [] and not answer["submitted"]
    kept = Entry.objects.get(seat=seat)
    assert str(kept.uuid) == entry["uuid"] and kept.detail == {"text": "I took her to the� desk."}
    assert Seat.objects.get(pk=seat.pk).started_at is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"kind": "shouted"}, "unknown_kind"),
        ({"kind": "asked", "question": "patient.past"}, "unknown_question"),
        ({"kind": "asked"}, "unknown_question"),
        ({"kind": "submitted", "question": "helpful.past"}, "unknown_question"),
        ({"kind": "quoted", "question": "helpful.past", "detail": {"text": " \n "}}, "empty"),
        ({"kind": "quoted", "question": "helpful.past", "detail": {"text": "x" * 2001}}, "too_long"),
        ({"kind": "quoted", "question": "helpful.past", "detail": {"text": 5}}, "malformed"),
        ({"kind": "quoted", "question": "helpful.past"}, "malformed"),
        ({"kind": "rated", "question": "helpful.past", "detail": {"level": 6}}, "malformed"),
        ({"kind": "rated", "question": "helpful.past", "detail": {"level": 3.5}}, "malformed"),
        ({"kind": "rated", "question": "helpful.past", "detail": {"level": 3, "by": 1}}, "malformed"),
        ({"kind": "rated", "question": "strengths", "detail": {"level": 3}}, "not_scored"),
        ({"kind": "not_observed", "question": "strengths"}, "not_scored"),
        ({"kind": "marked", "question": "helpful.past", "detail": {"kind": "smiled"}}, "no_mark"),
        ({"kind": "unquoted", "question": "helpful.past", "detail": {"of": "that one"}}, "malformed"),
        ({"kind": "submitted"}, "incomplete"),
        ({"kind": "asked", "question": "helpful.past", "seat": 1}, "malformed"),
        ({"kind": "asked", "question": "helpful.past", "at": "yesterday"}, "malformed"),
        ({"kind": "asked", "question": "helpful.past", "at": "2026-03-02T09:00:00"}, "malformed"),
    ],
)
def test_what_is_unsound_is_refused_by_name_and_the_rest_is_kept(
    hiring: Any, client: Client, told: Tell, entry: dict[str, Any], why: str
) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    good, bad, last = told("asked", "helpful.past"), told("asked") | entry, told("quoted", "strengths", text="Calm.")
    answer = send(client, seat, good, bad, last)
    assert answer.status_code == 200
    said = answer.json()
    assert said["kept"] == [good["uuid"], last["uuid"]]
    assert [(one["uuid"], one["place"], one["why"]) for one in said["refused"]] == [(bad["uuid"], 1, why)]
    assert said["refused"][0]["says"]
    assert Entry.objects.filter(seat=seat).count() == 2 and not Rating.objects.exists()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"entries": []}',
        b'{"now": "2026-03-02T09:00:00Z", "entries": [], "user": 1}',
        b'{"now": "2026-03-02T09:00:00", "entries": []}',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"now": "2026-03-02T09:00:00Z", "entries": [{}] * (MOST_AT_ONCE + 1)}).encode(),
    ],
)
def test_what_is_no_batch_is_told_so(hiring: Any, client: Client, body: bytes) -> None:
    client.force_login(hiring.raters[0])
    answer = client.post(reverse("room_entries", args=[hiring.seat(0, 0).pk]), body, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["problem"]
    assert not Entry.objects.exists()


def test_a_batch_that_is_too_long(hiring: Any, client: Client, told: Tell) -> None:
    client.force_login(hiring.raters[0])
    answer = send(client, hiring.seat(0, 0), told("quoted", "helpful.past", text="x" * MOST_BYTES))
    assert answer.status_code == 413 and not Entry.objects.exists()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.lists(
        some.recursive(
            some.none() | some.booleans() | some.integers() | some.text(max_size=5),
            lambda inner: (
                some.lists(inner, max_size=3)
                | some.dictionaries(
                    some.sampled_from(["uuid", "kind", "at", "question", "detail", "x"]), inner, max_size=5
                )
            ),
            max_leaves=10,
        ),
        max_size=5,
    )
)
def test_anything_at_all_is_read_or_refused(entries: list[Any]) -> None:
    body = json.dumps({"now": "2026-03-02T09:00:00Z", "entries": entries}).encode()
    _, read = read_batch(body)
    assert len(read) == len(entries)


def test_an_unreadable_note_is_named_where_it_has_a_name(hiring: Any, client: Client) -> None:
    client.force_login(hiring.raters[0])
    named = str(uuid4())
    said = send(client, hiring.seat(0, 0), {"uuid": named}, 7, None).json()
    assert [(one["uuid"], one["place"]) for one in said["refused"]] == [(named, 0), (None, 1), (None, 2)]


def test_marks_that_are_seen_are_refused_by_phone_and_where_it_was_arranged(
    hiring: Any, client: Client, told: Tell
) -> None:
    client.force_login(hiring.raters[0])
    phone, arranged = hiring.seat(0, 0), hiring.seat(1, 0)
    Interview.objects.filter(pk=phone.interview_id).update(mode="phone")
    Accommodation.objects.create(
        candidate=hiring.candidates[1], asked="…", no_marks=True, arranged="No marks.", answered_at=timezone.now()
    )
    for seat in (phone, arranged):
        said = send(
            client,
            seat,
            *(told("marked", "helpful.past", kind=kind) for kind in ("nodded", "head_tilt", "eye_contact", "greeted")),
        ).json()
        assert [one["why"] for one in said["refused"]] == ["no_mark"] * 3 and len(said["kept"]) == 1


def test_after_submission_nothing_is_kept_but_what_was_is_acknowledged(
    hiring: Any, client: Client, told: Tell, fill: Callable[..., None]
) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    first, done = told("marked", "", kind="greeted"), told("submitted")
    fill(seat)
    late = told("rated", "helpful.past", level=1)
    said = send(client, seat, first, done, late).json()
    assert said["kept"] == [first["uuid"], done["uuid"]] and said["submitted"]
    assert [(one["uuid"], one["why"]) for one in said["refused"]] == [(late["uuid"], "submitted")]
    again = send(client, seat, done, told("quoted", "helpful.past", text="One more.")).json()
    assert again["kept"] == [done["uuid"]] and [one["why"] for one in again["refused"]] == ["submitted"]
    assert Rating.objects.filter(seat=seat).count() == 6
    assert set(Rating.objects.values_list("level", flat=True)) == {4}


def test_a_submission_that_lacks_something_leaves_the_journal_open(hiring: Any, client: Client, told: Tell) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    said = send(client, seat, told("submitted"), told("quoted", "helpful.past", text="More.")).json()
    assert [one["why"] for one in said["refused"]] == ["incomplete"] and len(said["kept"]) == 1
    assert not said["submitted"] and Seat.objects.get(pk=seat.pk).submitted_at is None
    assert list(Entry.objects.values_list("kind", flat=True)) == ["quoted"]


def test_who_is_not_calibrated_takes_notes_and_cannot_rate(hiring: Any, client: Client, told: Tell) -> None:
    hiring.campaign.needs_calibration = True
    hiring.campaign.save()
    client.force_login(hiring.raters[0])
    said = send(
        client,
        hiring.seat(0, 0),
        told("quoted", "helpful.past", text="I stayed."),
        told("rated", "helpful.past", level=3),
        told("not_observed", "helpful.past"),
        told("submitted"),
    ).json()
    assert len(said["kept"]) == 1 and [one["why"] for one in said["refused"]] == ["not_calibrated"] * 3


def test_an_interview_that_was_called_off_takes_no_notes(hiring: Any, client: Client, told: Tell) -> None:
    seat = hiring.seat(0, 0)
    Interview.objects.filter(pk=seat.interview_id).update(state=Interview.State.CANCELLED)
    client.force_login(hiring.raters[0])
    said = send(client, seat, told("asked", "helpful.past")).json()
    assert [one["why"] for one in said["refused"]] == ["closed"]


def test_a_journal_has_an_end(hiring: Any, client: Client, told: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_HELD", 3)
    client.force_login(hiring.raters[0])
    said = send(client, hiring.seat(0, 0), *(told("asked", "helpful.past") for _ in range(5))).json()
    assert len(said["kept"]) == 3 and [one["why"] for one in said["refused"]] == ["full", "full"]


# ---- clocks


@pytest.mark.parametrize("days", [-4000, -3, 3, 4000])
def test_a_wrong_clock_is_put_right_and_the_order_stays(hiring: Any, client: Client, told: Tell, days: int) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    wrong = timezone.now() + timedelta(days=days)
    levels = [told("rated", "helpful.past", at=wrong + timedelta(seconds=step), level=step + 1) for step in range(5)]
    assert len(send(client, seat, *levels, now=wrong + timedelta(seconds=6)).json()["kept"]) == 5
    kept = list(Entry.objects.filter(seat=seat))
    assert [one.detail["level"] for one in kept] == [1, 2, 3, 4, 5]
    assert all(abs(one.at - one.received_at) < timedelta(minutes=1) for one in kept)
    assert [one.detail["clock"] for one in kept] == [one["at"] for one in levels]


def test_an_hour_off_and_an_hour_late_stay_as_they_were_told(hiring: Any, client: Client, told: Tell) -> None:
    client.force_login(hiring.raters[0])
    at = timezone.now() - timedelta(hours=1)
    send(client, hiring.seat(0, 0), told("asked", "helpful.past", at=at))
    kept = Entry.objects.get()
    assert kept.at == at and "clock" not in kept.detail


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1970-01-01T00:00:00Z"])
def test_absurd_times_of_a_clock_that_is_right_are_bounded(hiring: Any, client: Client, told: Tell, at: str) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    assert len(send(client, seat, told("asked", "helpful.past") | {"at": at}).json()["kept"]) == 1
    kept = Entry.objects.get()
    assert abs(kept.at - kept.received_at) < timedelta(days=3) and kept.detail["clock"].startswith(at[:19])


def test_an_absurd_now_harms_nothing(hiring: Any, client: Client, told: Tell) -> None:
    client.force_login(hiring.raters[0])
    said = send(client, hiring.seat(0, 0), told("asked", "helpful.past"), now=datetime(1, 1, 1, tzinfo=UTC)).json()
    assert len(said["kept"]) == 1


# ---- blind


def test_nobody_reaches_anothers_journal(
    hiring: Any, client: Client, told: Tell, note: Callable[..., Entry], member: Callable[..., Any]
) -> None:
    theirs = hiring.seat(0, 1)
    note(theirs, "quoted", "helpful.past", text="A secret of Ida's.")
    note(theirs, "rated", "helpful.past", level=1)
    mine = hiring.seat(0, 0)
    everybody = [hiring.raters[0], hiring.manager, member("interviewer", email="elsewhere@example.org")]
    for user in everybody:
        client.force_login(user)
        for name in ("room", "room_entries", "room_questions"):
            assert client.get(reverse(name, args=[theirs.pk])).status_code == 404
        assert send(client, theirs, told("asked", "helpful.past")).status_code == 404
        form = {"uuid": str(uuid4()), "kind": "asked", "question": "helpful.past"}
        assert client.post(reverse("room_note", args=[theirs.pk]), form).status_code == 404
    assert theirs.entries.count() == 2
    client.force_login(hiring.raters[0])
    for name, keys in (("room", [mine.pk]), ("room_entries", [mine.pk]), ("interviews", [])):
        page = client.get(reverse(name, args=keys)).content.decode()
        assert "secret" not in page and "Ida Moe" not in page
    # no other candidate on the page of one
    page = client.get(reverse("room", args=[mine.pk])).content.decode()
    assert "Amal Haddad" in page and "Bo Lind" not in page


def test_a_rater_who_left_the_team_reaches_nothing_any_more(hiring: Any, client: Client, told: Tell) -> None:
    seat = hiring.seat(0, 0)
    hiring.raters[0].memberships.all().delete()
    hiring.raters[0].memberships.create(role="interviewer", team=type(hiring.team).objects.create(name="Elsewhere"))
    client.force_login(hiring.raters[0])
    assert send(client, seat, told("asked", "helpful.past")).status_code == 404


def test_a_note_needs_the_sessions_proof(hiring: Any, told: Tell) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(hiring.raters[0])
    seat = hiring.seat(0, 0)
    assert send(strict, seat, told("asked", "helpful.past")).status_code == 403
    fresh = strict.get(reverse("room_entries", args=[seat.pk])).json()
    assert fresh["user"] == hiring.raters[0].pk and fresh["entries"] == [] and not fresh["submitted"]
    body = json.dumps({"now": timezone.now().isoformat(), "entries": [told("asked", "helpful.past")]})
    answer = strict.post(
        reverse("room_entries", args=[seat.pk]),
        body,
        content_type="application/json",
        headers={"X-CSRFToken": fresh["token"]},
    )
    assert answer.status_code == 200


def test_the_journal_comes_back_as_it_was_told(hiring: Any, client: Client, told: Tell) -> None:
    client.force_login(hiring.raters[0])
    seat = hiring.seat(0, 0)
    entry = told("rated", "helpful.past", uuid=UUID(int=7), level=2)
    send(client, seat, entry)
    answer = client.get(reverse("room_entries", args=[seat.pk]))
    (back,) = answer.json()["entries"]
    assert back["uuid"] == entry["uuid"] and back["detail"] == {"level": 2} and len(back["at"]) == 27
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("many", [3, 30])
def test_a_batch_costs_the_same_however_long(hiring: Any, client: Client, told: Tell, many: int) -> None:
    client.force_login(hiring.raters[0])
    seat = hiring.seat(0, 0)
    send(client, seat, told("asked", "helpful.past"))
    with CaptureQueriesContext(connection) as asked:
        send(client, seat, *(told("quoted", "helpful.past", text=f"Said {number}.") for number in range(many)))
    assert len(asked) <= 13, [one["sql"][:90] for one in asked]
