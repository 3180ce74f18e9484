"""The manager's browser, candidates who were told, and calls of the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from poise.app.access import Capability
from poise.app.accounts.models import ApiToken, User
from poise.app.interviews.campaigns import notices
from poise.app.interviews.campaigns.models import Stage

from ..conftest import Round

Call = Callable[..., Any]


@pytest.fixture
def helen(hiring: Round, client: Client) -> Client:
    """The manager's browser."""
    client.force_login(hiring.manager)
    return client


def told_long_ago(hiring: Round) -> None:
    """All candidates were told, and are at a second stage without interviews."""
    stage = Stage.objects.create(campaign=hiring.campaign, number=2, title="Second", mode="video", minutes=60)
    for one in hiring.candidates:
        one.stage = stage
        one.save()
        notices.give(one, timezone.now() - timedelta(days=60))


@pytest.fixture
def call(client: Client) -> Call:
    """Call the API with a fresh token of a user: ``call(user, "GET", "/campaigns")``."""

    def send(user: User, method: str, path: str, body: Any = None, capabilities: list[Capability] | None = None) -> Any:
        given = [Capability.MANAGE_CAMPAIGNS] if capabilities is None else capabilities
        _, secret = ApiToken.objects.issue(user, "tests", given)
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        headers = {"Authorization": f"Bearer {secret}"}
        return client.generic(method, f"/api{path}", data, content_type="application/json", headers=headers)

    return send
