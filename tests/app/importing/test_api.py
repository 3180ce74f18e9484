"""The REST API and Chatwoot's webhook."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from poise.app import api
from poise.app.access import Capability
from poise.app.accounts.models import ApiToken, Team, User
from poise.app.audit.models import NoticeGiven
from poise.app.conversations.models import Conversation, Turn
from poise.app.importing import deliveries
from poise.app.importing.models import Delivery, Import, Thread
from poise.app.people.models import Person
from poise.app.work.models import Job
from poise.app.work.pace import Pace
from poise.app.work.worker import work_off

from .conftest import conversation

Call = Callable[..., Any]


@pytest.fixture
def call(committed_db: str, member: Callable[..., User], client: Client) -> Call:
    """Call the API with a token that may do what its owner may."""
    _, secret = ApiToken.objects.issue(member("administrator"), "tests", list(Capability))

    def send(method: str, path: str, body: Any = None, bearer: str | None = secret, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        given = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return client.generic(method, f"/api{path}", data, content_type="application/json", headers=given | headers)

    return send


def test_conversations_are_acknowledged_read_and_never_twice(call: Call) -> None:
    body = {"conversations": [conversation(0), conversation(1)]}
    for _ in range(2):
        answer = call("POST", "/conversations", body, **{"Idempotency-Key": "first"})
        assert answer.status_code == 202 and answer.json()["accepted"] == 2
    assert Delivery.objects.count() == 2
    work_off()
    assert Conversation.objects.count() == 2
    call("POST", "/conversations", body)
    work_off()
    imported = Import.objects.get()
    assert (imported.new, imported.unchanged, imported.changed, imported.way) == (2, 2, 0, "api")
    job = call("GET", f"/jobs/{answer.json()['job']}").json()
    assert (job["kind"], job["state"]) == ("deliveries", "done")
    assert call("GET", "/imports").json()[0]["new"] == 2


def test_what_waits_is_asked_for_again_after_its_job_was_given_up(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "_pace", Pace(600.0))
    deliveries.ask_again_when_due()
    assert not Job.objects.exists(), "nothing waits"
    call("POST", "/conversations", {"conversations": [conversation(0)]})
    monkeypatch.setattr(deliveries, "_pace", Pace(600.0))
    deliveries.ask_again_when_due()
    assert Job.objects.count() == 1, "its job is on its way"
    Job.objects.update(state="failed", attempts=5)  # five workers were killed over it
    deliveries.ask_again_when_due()
    assert work_off() == 0, "looked at a moment ago"
    monkeypatch.setattr(deliveries, "_pace", Pace(600.0))
    deliveries.ask_again_when_due()
    assert work_off() >= 1
    assert Conversation.objects.count() == 1 and not Delivery.objects.filter(imported=None).exists()


def test_another_call_under_a_key_that_was_used_is_not_lost(call: Call) -> None:
    for number in (0, 1, 0):
        body = {"conversations": [conversation(number)]}
        assert call("POST", "/conversations", body, **{"Idempotency-Key": "used"}).status_code == 202
    assert Delivery.objects.count() == 2
    work_off()
    assert Conversation.objects.count() == 2
    long = call("POST", "/conversations", {"conversations": [conversation(2)]}, **{"Idempotency-Key": "k" * 101})
    assert long.status_code == 422 and long.json()["errors"][0]["field"] == "Idempotency-Key"
    assert Delivery.objects.count() == 2, "a key that was cut could be another's"


@pytest.mark.parametrize("one", ["x" * 501, "x\0"])
def test_ids_that_cannot_be_kept_are_not_acknowledged(call: Call, one: str) -> None:
    answer = call("POST", "/conversations", {"conversations": [conversation(0), conversation(1, id=one)]})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["conversations[1].id"]
    assert not Delivery.objects.exists()


def test_what_came_last_holds(call: Call) -> None:
    for topic in ("delivery", "billing"):
        call("POST", "/conversations", {"conversations": [conversation(0, topic=topic)]})
    work_off()
    assert Conversation.objects.get().topic == "billing"


def test_what_is_wrong_is_named_by_its_place_and_nothing_is_kept(call: Call) -> None:
    wrong = conversation(1)
    wrong["turns"][2]["text"] = 5
    answer = call("POST", "/conversations", {"conversations": [conversation(0), wrong, {"id": "x"}]})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [
        "conversations[1].turns[2].text",
        "conversations[2].turns",
    ]
    assert all(one["remedy"] for one in answer.json()["errors"])
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 422),
        ([], 422),
        ({"conversations": []}, 422),
        ({"conversations": [{"id": "a", "turns": []}] * 1001}, 422),
        ({"conversations": ["text"]}, 422),
        ({"conversations": [None]}, 422),
        ({"conversations": [conversation(0)], "purpose": "gossip"}, 422),
        ({"conversations": [conversation(0)], "origin": "x" * 101}, 422),
        ({"conversations": [conversation(0)], "extra": 1}, 422),
    ],
)
def test_bodies_that_are_wrong_are_told_so(call: Call, body: Any, status: int) -> None:
    answer = call("POST", "/conversations", body)
    assert answer.status_code == status, answer.content
    assert answer.json()["detail"]
    assert not Delivery.objects.exists()


def test_a_call_over_the_limit_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "BODY_LIMIT", 1000)
    assert call("POST", "/conversations", b" " * 1001).status_code == 413


def test_without_a_token_in_force_nothing_is_told(call: Call, member: Callable[..., User]) -> None:
    revoked, secret = ApiToken.objects.issue(member("administrator"), "old", list(Capability))
    ApiToken.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    for bearer in (None, "poise_wrong", secret, "\u00e9"):
        assert call("GET", "/imports", bearer=bearer).status_code == 401
    _, narrow = ApiToken.objects.issue(member("coach"), "narrow", list(Capability))
    assert call("GET", "/imports", bearer=narrow).status_code == 403
    assert call("POST", "/conversations", {"conversations": [conversation(0)]}, bearer=narrow).status_code == 403
    assert call("GET", "/people").status_code == 403  # administrators do not see evidence about people


def test_people_are_told_within_the_owners_teams_only(call: Call, member: Callable[..., User]) -> None:
    call("POST", "/conversations", {"conversations": [conversation(n) for n in range(3)]})
    work_off()
    read_now()
    dock = Team.objects.create(name="Dock")
    Person.objects.filter(person_id="agent-2").update(team=dock)
    _, secret = ApiToken.objects.issue(member("coach", Team.objects.get(name="Harbour")), "coach", list(Capability))
    people = call("GET", "/people", bearer=secret).json()
    assert [one["person"] for one in people] == ["agent-0", "agent-1"]
    levels = call("GET", f"/people/{people[0]['id']}/estimates", bearer=secret).json()
    assert levels and all(one["mean"] is None for one in levels if not one["shown"])
    hidden = Person.objects.get(person_id="agent-2").pk
    assert call("GET", f"/people/{hidden}/estimates", bearer=secret).status_code == 404


@pytest.mark.parametrize("path", ["/jobs/99999", "/imports/99999/rejects", "/jobs/0", "/jobs/99999999999999999999"])
def test_what_is_not_there_is_told_as_json(call: Call, path: str) -> None:
    answer = call("GET", path)
    assert answer.status_code in (404, 422) and answer.json()["detail"]
    assert call("GET", "/imports?limit=0").status_code == 422


def test_the_description_of_the_api_is_public_and_whole(db: str, client: Client) -> None:
    told = client.get("/api/openapi.json").json()
    assert {"/api/conversations", "/api/imports", "/api/people", "/api/jobs/{number}"} <= set(told["paths"])
    assert "conversations" in json.dumps(told["paths"]["/api/conversations"]["post"]["requestBody"])


# ---------------------------------------------------------------- Chatwoot


def message(number: int, text: str, kind: str, at: int, **fields: Any) -> dict[str, Any]:
    """An event as Chatwoot sends it."""
    people = {
        "incoming": {"id": 7, "name": "Dana Hollis", "type": "contact"},
        "outgoing": {"id": 3, "name": "Amara", "type": "user"},
    }
    return {
        "event": "message_created",
        "id": number,
        "content": text,
        "message_type": kind,
        "created_at": at,
        "private": False,
        "sender": people[kind],
        "account": {"id": 1, "name": "Shop"},
        "conversation": {"id": 42, "inbox_id": 5, "status": "open", "channel": "Channel::WebWidget"},
        **fields,
    }


@pytest.fixture
def hook(committed_db: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Send an event with its signature."""
    monkeypatch.setenv("POISE_CHATWOOT_SECRET", "top secret")

    def send(event: Any, *, stamp: str | None = None, secret: str = "top secret", signature: str | None = None) -> Any:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        at = str(int(time.time())) if stamp is None else stamp
        said = f"{at}.".encode() + body if at else body
        given = signature or "sha256=" + hmac.new(secret.encode(), said, sha256).hexdigest()
        headers = {"X-Chatwoot-Signature": given} | ({"X-Chatwoot-Timestamp": at} if at else {})
        return client.post("/api/chatwoot", body, content_type="application/json", headers=headers)

    return send


def read_now() -> None:
    """Read what waits without the quiet time."""
    Job.objects.update(available_at=timezone.now())
    work_off()


def test_events_become_a_conversation_whatever_their_order_and_number(hook: Call) -> None:
    first = message(1, "Where is my parcel?", "incoming", 1790000000)
    second = message(2, "I will look into it now.", "outgoing", 1790000060)
    for event in (second, first, first, second):
        assert hook(event).status_code == 200
    assert hook(first).json() == {"changed": False}
    read_now()
    found = Conversation.objects.get()
    assert (found.source_id, found.origin) == ("chatwoot-42", "chatwoot-1")
    assert [turn.text for turn in Turn.objects.order_by("number")] == [
        "Where is my parcel?",
        "I will look into it now.",
    ]
    assert list(Turn.objects.order_by("number").values_list("role", flat=True)) == ["customer", "agent"]
    assert Person.objects.get().name == "Amara"
    assert hook(message(3, "Thank you", "incoming", 1790000120)).json() == {"changed": True}
    hook({"event": "conversation_status_changed", "id": 42, "status": "resolved", "account": {"id": 1}})
    read_now()
    assert Turn.objects.count() == 3 and Conversation.objects.get().resolved is True
    assert not Thread.objects.filter(waiting=True).exists()


def test_only_chatwoots_own_signature_is_taken(hook: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    event = message(1, "Hello", "incoming", 1790000000)
    old = str(int(time.time()) - 301)
    for given in (
        {"secret": "wrong"},
        {"stamp": old},
        {"stamp": "soon"},
        {"signature": "sha256=00"},
        {"signature": "\u00e9"},
    ):
        assert hook(event, **given).status_code == 401
    assert not Thread.objects.exists()
    assert hook(event, stamp="").status_code == 200  # versions that send no instant sign the body alone
    monkeypatch.delenv("POISE_CHATWOOT_SECRET")
    assert hook(event).status_code == 404


@pytest.mark.parametrize(
    "event",
    [
        b"{",
        [],
        {},
        {"event": "message_created"},
        {"event": "message_created", "id": 1, "conversation": {"id": None}},
        {"event": "message_created", "id": 1, "conversation": 5},
        {"event": "conversation_created", "id": 1, "messages": [5]},
        {"event": 7},
    ],
)
def test_events_that_are_wrong_are_told_so(hook: Call, event: Any) -> None:
    answer = hook(event)
    assert answer.status_code == 400 and answer.json()["detail"]
    assert not Thread.objects.exists()


def test_events_are_refused_until_people_were_told(hook: Call) -> None:
    NoticeGiven.objects.all().delete()
    event = message(1, "Hello", "incoming", 1790000000)
    assert hook(event, secret="another").status_code == 401
    refused = hook(event)
    assert refused.status_code == 409 and "nothing was kept" in refused.json()["detail"]
    assert not Thread.objects.exists()


def test_events_of_other_things_are_passed_over(hook: Call) -> None:
    assert hook({"event": "contact_updated", "id": 1}).json() == {"changed": False}
