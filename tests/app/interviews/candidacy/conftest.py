"""A candidate who can sign in, and the steps of an application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from poise.app.accounts.models import User
from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.decisions.deciding import decide
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.models import Look

REASON = "All answers about help were concrete, and both raters saw it the same way."


@pytest.fixture
def amal(hiring: Any, member: Callable[..., User]) -> Candidate:
    """Amal can sign in."""
    one: Candidate = hiring.candidates[0]
    one.user = member("candidate", hiring.team, email="amal@example.net", name="Amal Haddad")
    one.save()
    return one


def rate(hiring: Any, submit: Callable[..., None], levels: tuple[int, int, int] = (3, 3, 4)) -> None:
    for number, level in enumerate(levels):
        for rater in range(2):
            submit(hiring.seat(number, rater), level)


def decided(hiring: Any, candidate: Candidate, outcome: str = "decline", by: User | None = None) -> None:
    digest = digest_of(ratings(hiring.campaign))
    by = by or hiring.manager
    Look.objects.create(user=by, campaign=hiring.campaign, candidate=candidate, page="panel_candidate", digest=digest)
    decide(candidate, outcome, REASON, True, by)
    candidate.refresh_from_db()


def shown(client: Client, name: str, *args: Any) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


def user_of(candidate: Candidate) -> User:
    assert candidate.user is not None
    return candidate.user
