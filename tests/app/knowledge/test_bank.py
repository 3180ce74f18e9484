"""Interviews ask what this installation's own files say."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from poise.app.accounts.models import Team, User
from poise.app.interviews.kits.making import start
from poise.app.knowledge.bank import item_bank
from poise.knowledge import SHIPPED
from poise.knowledge.interviews import load_item_bank

OWN = "Tell me about a guest for whom you ran an errand."


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files, with one question put otherwise."""
    shutil.copy(SHIPPED / "traits.toml", tmp_path)
    for name in ("signals", "behaviours", "interviewing"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    file = tmp_path / "interviewing" / "questions" / "helpful.toml"
    asked = load_item_bank().questions["helpful.past_1"].text["en"]
    file.write_text(file.read_text(encoding="utf-8").replace(asked, OWN), encoding="utf-8")
    monkeypatch.setenv("POISE_KNOWLEDGE", str(tmp_path))
    return tmp_path


def test_a_kit_begins_from_ones_own_questions(db: str, own: Path) -> None:
    kit = start(Team.objects.create(name="Harbour"), "Front desk", {"helpful": 1.0}, None)
    assert kit.versions.get().read().question("helpful.past_1").text["en"] == OWN


def test_the_page_on_what_is_examined_shows_ones_own_questions(
    db: str, own: Path, client: Client, member: Callable[..., User]
) -> None:
    client.force_login(member("interviewer"))
    assert OWN in client.get("/knowledge/examined/").content.decode()


def test_without_questions_of_ones_own_those_that_ship_are_asked(own: Path) -> None:
    shutil.rmtree(own / "interviewing")
    assert item_bank() == load_item_bank()
