"""Nothing of people's work comes in before somebody has noted that they were told, by whichever door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from poise.app.access import Capability
from poise.app.accounts.models import ApiToken, User
from poise.app.audit.models import Action, Entry, NoticeGiven
from poise.app.conversations.models import Conversation
from poise.app.importing import folder
from poise.app.importing.models import Delivery, Import
from poise.app.work.worker import work_off

from .conftest import as_lines, conversation

Member = Callable[..., User]
HandIn = Callable[..., Import]


@pytest.fixture(autouse=True)
def _not_told(committed_db: str) -> None:
    NoticeGiven.objects.all().delete()


def _note() -> None:
    NoticeGiven.objects.create(given_on="2026-01-02", how="by e-mail to all")


def test_an_upload_waits_and_says_what_for(hand_in: HandIn, member: Member, client: Client) -> None:
    imported = hand_in(as_lines([conversation(0)]))
    assert imported.state == Import.State.PREVIEWED
    client.force_login(member("administrator"))
    shown = client.get(reverse("import", args=[imported.pk])).content.decode()
    assert reverse("notice") in shown
    assert reverse("import_confirm", args=[imported.pk]) not in shown
    refused = client.post(reverse("import_confirm", args=[imported.pk]), follow=True).content.decode()
    assert "people must be told first" in refused
    work_off()
    assert not Conversation.objects.exists()
    assert not Entry.objects.filter(action=Action.IMPORTED).exists()

    client.post(reverse("notice"), {"given_on": "2026-01-02", "how": "by e-mail to all"})
    assert (
        reverse("import_confirm", args=[imported.pk])
        in client.get(reverse("import", args=[imported.pk])).content.decode()
    )
    client.post(reverse("import_confirm", args=[imported.pk]))
    work_off()
    assert Conversation.objects.count() == 1
    assert Entry.objects.get(action=Action.IMPORTED).key == str(imported.pk)


def test_the_watched_folder_waits_too(tmp_path: Path) -> None:
    (tmp_path / "chats.jsonl").write_bytes(as_lines([conversation(0)]))
    folder.look(tmp_path, settled_s=0)
    work_off()
    assert Import.objects.get().state == Import.State.PREVIEWED
    assert not Conversation.objects.exists()


def test_selection_is_told_one_by_one(hand_in: HandIn) -> None:
    imported = hand_in(as_lines([conversation(0)]), purpose="selection")
    assert imported.state == Import.State.DONE


def test_the_api_says_why_in_json(member: Member, client: Client) -> None:
    _, secret = ApiToken.objects.issue(member("administrator"), "tests", list(Capability))

    def send(**fields: Any) -> Any:
        body = {"conversations": [conversation(0)], **fields}
        headers = {"Authorization": f"Bearer {secret}"}
        return client.post("/api/conversations", body, content_type="application/json", headers=headers)

    answer = send()
    assert answer.status_code == 409
    assert "nothing was kept" in answer.json()["detail"]
    assert reverse("notice") in answer.json()["errors"][0]["remedy"]
    assert not Delivery.objects.exists()
    assert send(purpose="selection").status_code == 202
    _note()
    assert send().status_code == 202


def test_administrators_meet_it_first(member: Member, client: Client) -> None:
    client.force_login(member("administrator"))
    assert reverse("notice") in client.get("/").content.decode()
    assert reverse("notice") in client.get(reverse("imports")).content.decode()
    _note()
    assert reverse("notice") not in client.get("/").content.decode()
    other = Client()
    NoticeGiven.objects.all().delete()
    other.force_login(member("coach"))
    assert reverse("notice") not in other.get("/").content.decode()
