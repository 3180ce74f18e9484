"""Two teams with levels, evidence and conversations."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from made_up_people import level, talk

from poise.app.accounts.models import Team, User
from poise.app.people.models import Change, Contribution, Estimate, Person, Rate


@pytest.fixture
def team(db: str) -> Callable[..., list[Person]]:
    """Make a team: ``team("Harbour", 6)`` has six people, each at another level in care."""

    def make(name: str, number: int, **fields: Any) -> list[Person]:
        group, _ = Team.objects.get_or_create(name=name)
        people = Person.objects.bulk_create(
            Person(person_id=f"{name}-{place}", name=f"{name} {chr(65 + place % 26)}{place}", team=group, **fields)
            for place in range(number)
        )
        rows = []
        for place, person in enumerate(people):
            care = 2.0 + 0.25 * (place % 9)
            below = max(0.0, 0.95 - 0.1 * place)
            for period in ("", "2026-08", "2026-09"):
                rows.append(level(person, "care", care, below, period=period))
                rows.append(level(person, "task_control", None, period=period))
        Estimate.objects.bulk_create(rows)
        return people

    return make


@pytest.fixture
def person(team: Callable[..., list[Person]]) -> Person:
    """One of six, with behaviours, contributions, changes and conversations behind the level."""
    one = team("Harbour", 6)[0]
    Rate.objects.create(
        person=one,
        purpose="coaching",
        behaviour="courtesy.apology",
        rate=0.3,
        low=0.2,
        high=0.4,
        norm=0.5,
        deviation=-1.2,
        deviation_sd=0.4,
        hits=6,
        opportunities=20,
        conversations=12,
        shown=True,
        reason="",
    )
    Contribution.objects.create(
        person=one,
        purpose="coaching",
        trait="considerate",
        behaviour="courtesy.apology",
        weight=0.8,
        deviation=-1.2,
        contribution=-1.0,
    )
    Change.objects.create(
        person=one,
        purpose="coaching",
        trait="considerate",
        kind="behaviour",
        behaviour="courtesy.apology",
        occasions=10,
        met=6,
        usual=3,
        level=2.0,
        level_then=2.6,
    )
    Estimate.objects.bulk_create([level(one, "considerate", 2.0, 0.95)])
    talk(one, "courtesy.apology", [(1, 2), (0, 1), (1, 1)])
    return one


@pytest.fixture
def agent(member: Callable[..., User], person: Person) -> User:
    """The account of ``person``."""
    user = member("agent", person.team)
    Person.objects.filter(pk=person.pk).update(user=user)
    return user
