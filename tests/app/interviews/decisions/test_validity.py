"""Whether interviews go with later work: in aggregate, never for few, never a row of a person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from poise.app.accounts.models import Team
from poise.app.interviews.campaigns.models import Campaign, Candidate
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.decisions.validity import validity_of
from poise.app.people.models import Estimate, Person
from poise.estimation.prediction import validity


def work(hiring: Any, interview: np.ndarray[Any, Any], later: np.ndarray[Any, Any], declined: int = 0) -> None:
    """Hire as many people as there are numbers, and decline others at a level of 1 and 5 in turn."""
    for number in range(len(interview) + declined):
        hired = number < len(interview)
        person = Person.objects.create(person_id=f"p{number}", name=f"P {number}") if hired else None
        one = Candidate.objects.create(campaign=hiring.campaign, code=f"V{number}", name=f"V {number}", person=person)
        level = float(interview[number]) if hired else float(1 + 4 * (number % 2))
        figures = [
            {"page": "decision", "levels": [{"code": "care", "mean": level}, {"code": "helpful", "reason": "x"}]}
        ]
        # an earlier decision on other figures does not count
        for seen, outcome in (
            ([{"page": "decision", "levels": [{"code": "care", "mean": 3.0}]}], "wait"),
            (figures, "hire"),
        ):
            Decision.objects.create(
                candidate=one, stage=hiring.stage, outcome=outcome, reason="x", seen=seen, decided_by=hiring.manager
            )
        if person is None:
            continue
        for purpose, source, period, mean in (
            ("coaching", "conversation", "", float(later[number])),
            ("coaching", "conversation", "2026-01", 1.0),
            ("coaching", "shift", "", 1.0),
            ("selection", "conversation", "", 1.0),
        ):
            Estimate.objects.create(
                person=person, purpose=purpose, source=source, period=period, trait="care", kind="cluster", mean=mean,
                conversations=9, opportunities=9, shown=True, norms="n", knowledge="k",
            )  # fmt: skip


@pytest.mark.parametrize(("people", "told"), [(4, None), (5, 5), (49, 49)])
def test_little_is_said_of_few(hiring: Any, people: int, told: int | None) -> None:
    rng = np.random.default_rng(1)
    work(hiring, rng.uniform(2, 4, people), rng.uniform(2, 4, people))
    (care,) = validity_of(Campaign.objects.all())
    assert (care.code, care.people, care.validity, care.tells) == ("care", told, None, False)


def test_from_fifty_on_it_is_the_correlation_of_what_was_seen_with_later_work(hiring: Any) -> None:
    rng = np.random.default_rng(2)
    interview = rng.uniform(3, 5, 60)
    later = 0.5 * interview + rng.normal(0, 0.5, 60)
    work(hiring, interview, later, declined=20)
    with CaptureQueriesContext(connection) as queries:
        (care,) = validity_of(Campaign.objects.all())
    assert len(queries) == 2
    applied = np.concatenate([interview, [1.0, 5.0] * 10])
    wanted = validity(interview, later, applicant_sd=float(applied.std(ddof=1)))
    assert care.people == 60 and care.validity is not None and care.corrected
    assert (
        care.validity.observed == pytest.approx(wanted.observed) == pytest.approx(np.corrcoef(interview, later)[0, 1])
    )
    assert care.validity.corrected == pytest.approx(wanted.corrected) and wanted.corrected > wanted.observed
    assert care.validity.status == "shown"
    assert validity_of(Campaign.objects.none()) == []


def test_the_page_has_no_row_of_a_person_and_keeps_to_the_readers_teams(
    hiring: Any, member: Any, client: Client
) -> None:
    rng = np.random.default_rng(3)
    work(hiring, rng.uniform(3, 5, 50), rng.uniform(3, 5, 50))
    for user, name in ((hiring.manager, "validity"), (member("auditor"), "validity_of_all")):
        client.force_login(user)
        page = client.get(reverse(name)).content.decode()
        assert "not yet to be relied on" in page and not any(f"P {n}<" in page or f"V{n}<" in page for n in range(50))
    client.force_login(member("hiring_manager", Team.objects.create(name="Elsewhere")))
    assert "Nothing was decided yet" in client.get(reverse("validity")).content.decode()
