"""A campaign that has been rated, for pages of the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client

from poise.app.access import Role
from poise.app.accounts.models import User

Submit = Callable[[Any, Mapping[str, int | None] | int], None]


@pytest.fixture
def rated(hiring: Any, submit: Submit) -> Any:
    """Three candidates rated by both raters: the second half a level stricter, one question three levels apart."""
    for candidate in range(3):
        for rater in range(2):
            submit(
                hiring.seat(candidate, rater),
                {
                    f"{trait}.{form}": max(1, min(5, 4 - candidate + (place % 2) - rater * (place % 3 == 0)))
                    for place, (trait, form) in enumerate(
                        (trait, form)
                        for trait in ("helpful", "considerate", "stays_in_control")
                        for form in ("past", "dilemma")
                    )
                },
            )
    return hiring


@pytest.fixture
def auditor(db: str, member: Callable[..., User]) -> User:
    return member(Role.AUDITOR, email="una@example.org", name="Una Auditor")


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    def enter(user: User) -> Client:
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def django_queries() -> Callable[..., int]:
    """Count the queries of a page that is asked for with nothing kept in the cache."""
    from django.core.cache import cache
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(client: Client, address: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    return count
