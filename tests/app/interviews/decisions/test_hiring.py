"""Who is hired becomes an agent; what was said when they applied stays with selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from poise.app.access import Capability, scope
from poise.app.accounts.models import Team, User
from poise.app.interviews import reach
from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.decisions.deciding import HinderedError, decide
from poise.app.interviews.decisions.hiring import hire
from poise.app.people.models import Estimate, Evidence, Person

from .conftest import REASON


@pytest.fixture
def offered(rated: Any, look: Callable[..., None], member: Callable[..., User]) -> Candidate:
    """Amal has an account, and the job."""
    amal: Candidate = rated.candidates[0]
    amal.user = member("candidate", rated.team, email="amal@example.net", name="Amal Haddad")
    amal.save()
    look(rated.manager, amal)
    decide(amal, "hire", REASON, False, rated.manager)
    amal.refresh_from_db()
    return amal


def test_who_is_hired_is_a_person_of_the_team_and_keeps_their_candidates_pages(rated: Any, offered: Candidate) -> None:
    person = hire(offered, rated.manager)
    assert person.name == "Amal Haddad" and person.team == rated.team and person.active
    assert person.user is not None and person.user.email == "amal@example.net"
    assert offered.email not in person.person_id and offered.code not in person.person_id
    user = User.objects.get(pk=person.user.pk)
    assert {role for role, _ in user.roles()} == {"candidate", "agent"}
    assert reach.candidacies(user).get() == offered
    offered.refresh_from_db()
    assert hire(offered, rated.manager) == person == offered.person and Person.objects.count() == 1
    with pytest.raises(HinderedError):
        decide(offered, "decline", REASON, True, rated.manager)


def test_a_newcomer_can_choose_a_password(rated: Any, offered: Candidate, client: Client) -> None:
    hire(offered, rated.manager)
    assert offered.user is not None
    offered.user.set_unusable_password()
    offered.user.save()
    client.post(reverse("account_reset_password"), {"email": offered.user.email})
    assert len(mail.outbox) == 1 and "/password/reset/key/" in mail.outbox[0].body


def test_who_works_here_already_joins_the_team(rated: Any, offered: Candidate) -> None:
    before = Person.objects.create(person_id="agent-7", name="A. Haddad", user=offered.user, active=False)
    person = hire(offered, rated.manager)
    assert person == before and person.team == rated.team and person.active and person.name == "A. Haddad"


def test_without_an_account_there_is_a_person_all_the_same(rated: Any, look: Callable[..., None]) -> None:
    bo = rated.candidates[1]
    bo.email = ""
    bo.save()
    look(rated.manager, bo)
    decide(bo, "hire", REASON, False, rated.manager)
    assert hire(bo, rated.manager).user is None


def test_only_who_was_offered_the_job_starts_and_only_by_their_own_manager(
    rated: Any, offered: Candidate, look: Callable[..., None], member: Callable[..., User]
) -> None:
    with pytest.raises(ValueError, match="decide so first"):
        hire(rated.candidates[1], rated.manager)
    for user in (
        member("hiring_manager", Team.objects.create(name="Elsewhere")),
        member("coach", rated.team, email="cleo@example.org"),
        rated.raters[0],
    ):
        with pytest.raises(PermissionError):
            hire(offered, user)
    look(rated.manager, offered)
    decide(offered, "wait", REASON, False, rated.manager)
    with pytest.raises(ValueError, match="decide so first"):
        hire(offered, rated.manager)
    assert not Person.objects.exists()


def test_nothing_of_the_interviews_goes_along_to_work(
    rated: Any, offered: Candidate, member: Callable[..., User], client: Client
) -> None:
    person = hire(offered, rated.manager)
    assert not Evidence.objects.exists() and not Estimate.objects.exists()
    coach = member("coach", rated.team, email="cleo@example.org")
    for capability in (Capability.VIEW_SELECTION, Capability.DECIDE_CANDIDATE, Capability.VIEW_CANDIDACY):
        assert not scope(coach, capability)
    assert not reach.candidates(coach).exists() and not reach.campaigns(coach).exists()
    client.force_login(coach)
    for name, key in (("person", person.pk), ("person_print", person.pk), ("person_compare", person.pk)):
        page = client.get(reverse(name, args=[key])).content.decode()
        assert "Amal Haddad" in page
        assert not any(word in page for word in ("I did helpful.past", REASON, "Guest service", "Spring"))
