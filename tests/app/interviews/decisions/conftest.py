"""A campaign in which everybody has submitted, and a manager who has looked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from poise.app.accounts.models import User
from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.models import Look

REASON = "All answers about help were concrete, and both raters saw it the same way."


@pytest.fixture
def look() -> Callable[..., None]:
    """Somebody sees the panel's page of a candidate, as the ratings stand now."""

    def looks(by: User, candidate: Candidate) -> None:
        digest = digest_of(ratings(candidate.campaign))
        Look.objects.create(
            user=by, campaign=candidate.campaign, candidate=candidate, page="panel_candidate", digest=digest
        )

    return looks


@pytest.fixture
def rated(hiring: Any, submit: Callable[..., None]) -> Any:
    """Amal is rated 5 throughout, Bo 3 and Chaya 1; both raters agree."""
    for number, level in enumerate((5, 3, 1)):
        for rater in range(2):
            submit(hiring.seat(number, rater), level)
    return hiring
