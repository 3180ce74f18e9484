"""Calls of the API, and letters that leave."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from poise.app.access import Capability
from poise.app.accounts.models import ApiToken, User

Call = Callable[..., Any]


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
