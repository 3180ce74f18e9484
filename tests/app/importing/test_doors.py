"""The other ways in: the watched folder and the sample."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from poise.app.accounts.models import User
from poise.app.audit.models import NoticeGiven
from poise.app.conversations.models import Conversation
from poise.app.importing.folder import look
from poise.app.importing.models import Import, WatchedFile
from poise.app.people.models import Alias, Estimate, Person
from poise.app.work.worker import work_off

from .conftest import as_lines, conversation


def test_each_content_of_the_watched_folder_is_imported_once(committed_db: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(as_lines([conversation(0)]))
    (tmp_path / "copy.jsonl").write_bytes(as_lines([conversation(0)]))
    (tmp_path / "b.jsonl").write_bytes(as_lines([conversation(1)]))
    (tmp_path / ".part").write_bytes(as_lines([conversation(2)]))
    (tmp_path / "elsewhere.jsonl").symlink_to("/etc/passwd")
    (tmp_path / "packed.zip").write_bytes(b"PK\x03\x04")
    assert look(tmp_path) == []  # still being written, for all that is known
    assert len(look(tmp_path, settled_s=0)) == 3
    assert look(tmp_path, settled_s=0) == []
    work_off()
    assert sorted(Conversation.objects.values_list("source_id", flat=True)) == ["chat-0", "chat-1"]
    assert Import.objects.get(name="packed.zip").state == "refused"
    assert WatchedFile.objects.count() == 3
    (tmp_path / "a.jsonl").write_bytes(as_lines([conversation(0, topic="billing")]))
    os.utime(tmp_path / "a.jsonl", (1, 1))
    assert len(look(tmp_path)) == 1
    work_off()
    assert Conversation.objects.get(source_id="chat-0").topic == "billing"


@pytest.mark.slow
def test_the_sample_comes_in_by_the_same_door_and_once(committed_db: str) -> None:
    NoticeGiven.objects.all().delete()  # it tells of nobody, so nobody need be told
    for _ in range(2):
        call_command("load_sample")
    imported = Import.objects.get()
    assert (imported.state, imported.new, imported.rejected) == ("done", 403, 0)
    assert Person.objects.count() == 12 and Alias.objects.exists()
    assert set(Person.objects.values_list("team__name", flat=True)) == {"Harbour", "Compass"}
    shown = Estimate.objects.filter(period="", shown=True)
    assert shown.values("person").distinct().count() == 12


@pytest.mark.parametrize(("language", "word"), [("he", "ייבוא"), ("nb", "Lever filer")])
def test_pages_speak_the_readers_language(db: str, member: object, client: Client, language: str, word: str) -> None:
    assert callable(member)
    user: User = member("administrator")
    client.force_login(user)
    page = client.get(reverse("imports"), headers={"Accept-Language": language}).content.decode()
    assert word in page and f'lang="{language}"' in page
