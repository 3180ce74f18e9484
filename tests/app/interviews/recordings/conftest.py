"""A candidate who agreed to being recorded, and to the search."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from poise.app.interviews.campaigns.models import Consent

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def agreed(hiring):  # type: ignore[no-untyped-def]
    """The first candidate agrees to the recording and to the search; the round they are in."""
    for kind in Consent.Kind:
        Consent.objects.create(candidate=hiring.candidates[0], kind=kind)
    return hiring


@pytest.fixture
def interview(agreed):  # type: ignore[no-untyped-def]
    """The first candidate's interview."""
    return agreed.candidates[0].interviews.get()
