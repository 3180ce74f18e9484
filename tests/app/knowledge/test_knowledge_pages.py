"""The pages on what is looked for, as the people who read them would use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from poise.app.accounts.models import User
from poise.app.audit.models import Entry
from poise.app.conversations.detecting import detector, everything, version
from poise.app.knowledge.models import Choice
from poise.app.work.models import Job

Member = Callable[..., User]


@pytest.fixture
def coach(client: Client, member: Member) -> Client:
    client.force_login(member("coach"))
    return client


@pytest.fixture
def administrator(client: Client, member: Member) -> Client:
    client.force_login(member("administrator"))
    return client


def test_all_traits_and_behaviours_are_listed(db: str, coach: Client) -> None:
    page = coach.get("/knowledge/").content.decode()
    for trait in everything().traits.values():
        assert f'id="{trait.id}"' in page
    for name in everything().behaviours:
        assert f"/knowledge/{name}/" in page
    assert "One of its phrases is said." in page and "phrases below" not in page, "none are below"


@pytest.mark.parametrize("language", ["en", "he", "nb"])
def test_every_entry_has_a_page(db: str, coach: Client, language: str) -> None:
    coach.cookies["language"] = language
    for name in everything().entries():
        assert coach.get(f"/knowledge/{name}/").status_code == 200, name


def test_a_page_shows_rule_examples_and_near_misses(db: str, coach: Client) -> None:
    page = coach.get("/knowledge/courtesy.greeting/").content.decode()
    assert "said in the agent&#x27;s first turn" in page
    assert "Thank you for calling Acme Bank" in page
    assert "Not found in" in page
    assert "Switch off" not in page  # a coach reads


def test_what_does_not_exist_is_not_found(db: str, coach: Client) -> None:
    assert coach.get("/knowledge/courtesy.bowing/").status_code == 404


def test_a_sentence_can_be_tried(db: str, coach: Client) -> None:
    sent = {"text": "I am so sorry about that <b>mix-up</b>.", "role": "agent", "language": "en", "channel": "chat"}
    page = coach.post("/knowledge/try/", sent).content.decode()
    assert "/knowledge/courtesy.apology/" in page
    assert "&lt;b&gt;mix-up&lt;/b&gt;" in page
    part = coach.post("/knowledge/try/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "/knowledge/courtesy.apology/" in part


def test_a_sentence_in_hebrew_can_be_tried(db: str, coach: Client) -> None:
    sent = {"text": "אני מצטערת על הטעות", "role": "agent", "language": "he", "channel": "chat"}
    assert "/knowledge/courtesy.apology/" in coach.post("/knowledge/try/", sent).content.decode()


@pytest.mark.parametrize("wrong", [{"text": ""}, {"role": "ghost"}, {"language": "xx"}, {"text": "x" * 5_001}])
def test_what_cannot_be_tried_is_said_so(db: str, coach: Client, wrong: dict[str, str]) -> None:
    sent = {"text": "Hello", "role": "agent", "language": "en", "channel": "chat"} | wrong
    assert coach.post("/knowledge/try/", sent).status_code == 422


def test_a_behaviour_is_switched_off_and_on(db: str, administrator: Client) -> None:
    plain = version()
    administrator.post("/knowledge/courtesy.please/off/", {"reason": "We speak plainly here"})
    assert "courtesy.please" not in detector().knowledge.behaviours
    assert version() != plain
    assert "We speak plainly here" in administrator.get("/knowledge/courtesy.please/").content.decode()
    assert Job.objects.filter(kind="redetect", payload={"stale": True}).count() == 1
    assert Entry.objects.filter(action="added", detail__value="courtesy.please").exists()
    administrator.post("/knowledge/courtesy.please/on/")
    assert "courtesy.please" in detector().knowledge.behaviours
    assert version() == plain
    assert Entry.objects.filter(action="removed", detail__value="courtesy.please").exists()


def test_switching_off_wants_a_reason(db: str, administrator: Client) -> None:
    administrator.post("/knowledge/courtesy.please/off/", {"reason": " "})
    assert not Choice.objects.exists()


@pytest.mark.parametrize("path", ["courtesy.please/off/", "scripted/"])
def test_a_coach_changes_nothing(db: str, coach: Client, path: str) -> None:
    sent = {"reason": "no", "value": "how may i help", "language": "en"}
    assert coach.post(f"/knowledge/{path}", sent).status_code == 403
    assert not Choice.objects.exists()


def test_a_scripted_phrase_is_no_evidence(db: str, administrator: Client) -> None:
    sent = {"value": "thank you for calling acme", "language": "en", "reason": "Line one of the script"}
    assert administrator.post("/knowledge/scripted/", sent).status_code == 302
    assert "thank you for calling acme" in administrator.get("/knowledge/scripted/").content.decode()
    assert administrator.post("/knowledge/scripted/", sent).status_code == 422  # it is there already
    key = Choice.objects.get().pk
    administrator.post(f"/knowledge/scripted/{key}/remove/")
    assert not Choice.objects.exists()


@pytest.mark.parametrize("phrase", ["(a|b", "one ) two", "…!"])
def test_a_phrase_that_can_never_match_is_refused(db: str, administrator: Client, phrase: str) -> None:
    page = administrator.post("/knowledge/scripted/", {"value": phrase, "language": "en", "reason": "r"})
    assert page.status_code == 422
    assert "errorlist" in page.content.decode()
