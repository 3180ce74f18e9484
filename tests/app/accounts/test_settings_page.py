"""The settings page: what the server was started with, and the way to what is set elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from poise.app.accounts.models import User

Member = Callable[..., User]


@pytest.fixture
def administrator(db: str, member: Member, client: Client) -> Client:
    """An administrator's browser."""
    client.force_login(member("administrator"))
    return client


def test_what_the_server_was_started_with_is_shown(
    administrator: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = administrator.get(reverse("settings")).content.decode()
    assert "conversations come by upload" in plain and "the one that ships" in plain
    monkeypatch.setenv("POISE_WATCH", str(tmp_path))
    monkeypatch.setenv("POISE_KNOWLEDGE", "/srv/poise/knowledge")
    monkeypatch.setenv("POISE_TIER", "full")
    shown = administrator.get(reverse("settings")).content.decode()
    assert str(tmp_path) in shown and "/srv/poise/knowledge" in shown and ">full<" in shown
    assert "This folder is not there." not in shown
    monkeypatch.setenv("POISE_WATCH", str(tmp_path / "gone"))
    assert "This folder is not there." in administrator.get(reverse("settings")).content.decode()


def test_no_secret_is_shown(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_OIDC_URL", "https://user:unguessable@id.example.org/realm")
    monkeypatch.setenv("POISE_SMTP_URL", "smtp://user:unguessable@mail.example.org?from=poise@example.org")
    shown = administrator.get(reverse("settings")).content.decode()
    assert "id.example.org" in shown and "unguessable" not in shown


def test_every_link_leads_somewhere(administrator: Client) -> None:
    main = administrator.get(reverse("settings")).content.decode().partition("<main")[2]
    links = [link for link in re.findall(r'href="(/[^"]*)"', main) if not link.startswith("/static/")]
    assert {reverse("retention"), reverse("notice"), reverse("knowledge"), reverse("tokens")} <= set(links)
    for link in links:
        assert administrator.get(link).status_code == 200, link
