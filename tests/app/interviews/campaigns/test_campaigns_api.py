"""What an applicant tracking system reads and hands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from poise.app.access import Capability, Role
from poise.app.accounts.models import Team, User
from poise.app.audit.models import Action, Entry
from poise.app.interviews.campaigns.models import Campaign, Candidate, Seat
from poise.app.interviews.decisions.models import Decision

from ..conftest import Round
from .conftest import Call

Submit = Callable[[Seat, Mapping[str, int | None] | int], None]


def test_campaigns_are_those_of_the_teams(hiring: Round, call: Call, member: Callable[..., User]) -> None:
    Campaign.objects.create(team=Team.objects.create(name="Elsewhere"), kit=hiring.kit, title="Not yours")
    (found,) = call(hiring.manager, "GET", "/campaigns").json()
    assert (found["title"], found["state"], found["stages"][0]["title"]) == ("Spring", "open", "Interview")
    assert call(member(Role.HIRING_MANAGER), "GET", "/campaigns").json()[0]["title"] == "Not yours"


def test_a_candidate_comes_once_however_often_they_are_sent(hiring: Round, call: Call) -> None:
    path = f"/campaigns/{hiring.campaign.pk}/candidates"
    body = {"name": "דנה לוי", "email": "dana@example.net", "language": "he"}
    first = call(hiring.manager, "PUT", f"{path}/ats-1", body)
    assert first.status_code == 201 and first.json()["stage"] == 1
    assert call(hiring.manager, "PUT", f"{path}/ats-1", body).status_code == 200
    again = call(hiring.manager, "POST", path, body | {"external_id": "ats-1", "phone": "+47 22 22 22 22"})
    assert again.status_code == 200 and again.json()["id"] == first.json()["id"]
    dana = Candidate.objects.get(external_id="ats-1")
    assert (dana.name, dana.phone, dana.language) == ("דנה לוי", "+47 22 22 22 22", "he")
    logged = Entry.objects.filter(kind="candidate", key=str(dana.pk)).order_by("id")
    assert [entry.action for entry in logged] == [Action.ADDED, Action.CHANGED]
    assert all("Dana" not in str(entry.detail) and entry.actor == hiring.manager.pk for entry in logged)


def test_who_is_known_by_address_gets_their_id(hiring: Round, call: Call) -> None:
    path = f"/campaigns/{hiring.campaign.pk}/candidates/ats-7"
    answer = call(hiring.manager, "PUT", path, {"name": "Amal Haddad", "email": hiring.candidates[0].email})
    assert answer.status_code == 200 and answer.json()["id"] == hiring.candidates[0].pk
    other = {"name": "Bo", "email": hiring.candidates[0].email}
    refused = call(hiring.manager, "PUT", path.replace("ats-7", "ats-8"), other)
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "external_id"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "Nul\x00"}, "name"),
        ({"name": "\ud800"}, "candidate.name"),
        ({"name": "Dana", "email": "not an address"}, "email"),
        ({"name": "Dana", "language": "tlh"}, "language"),
        ({"name": "Dana", "score": 5}, "candidate.score"),
        ({}, "candidate.name"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field_and_nothing_is_kept(
    hiring: Round, call: Call, body: dict[str, object], field: str
) -> None:
    answer = call(hiring.manager, "PUT", f"/campaigns/{hiring.campaign.pk}/candidates/x", body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field
    assert Candidate.objects.filter(external_id="x").count() == 0


def test_a_candidate_who_could_not_be_known_again_is_refused(hiring: Round, call: Call) -> None:
    answer = call(hiring.manager, "POST", f"/campaigns/{hiring.campaign.pk}/candidates", {"name": "Dana"})
    assert answer.status_code == 422 and "external_id" in answer.json()["detail"]


def test_other_teams_campaigns_are_as_if_they_were_not_there(
    hiring: Round, call: Call, member: Callable[..., User]
) -> None:
    stranger = member(Role.HIRING_MANAGER, Team.objects.create(name="Elsewhere"))
    path = f"/campaigns/{hiring.campaign.pk}/candidates"
    assert call(stranger, "GET", path).status_code == 404
    assert call(stranger, "PUT", f"{path}/x", {"name": "Dana"}).status_code == 404
    assert call(hiring.manager, "GET", "/campaigns/999999/candidates").status_code == 404


@pytest.mark.parametrize("role", [Role.COACH, Role.INTERVIEWER, Role.ADMINISTRATOR, Role.AUDITOR, Role.CANDIDATE])
def test_tokens_of_others_may_not(hiring: Round, call: Call, member: Callable[..., User], role: Role) -> None:
    user = member(role, hiring.team)
    assert call(user, "GET", "/campaigns", capabilities=list(Capability)).status_code == 403
    assert call(hiring.manager, "GET", "/campaigns", capabilities=[Capability.IMPORT]).status_code == 403


def test_a_closed_campaign_takes_nobody_in(hiring: Round, call: Call) -> None:
    Campaign.objects.update(state=Campaign.State.CLOSED)
    answer = call(hiring.manager, "PUT", f"/campaigns/{hiring.campaign.pk}/candidates/x", {"name": "Dana"})
    assert answer.status_code == 409


def test_decisions_are_told_and_ratings_never(hiring: Round, call: Call, submit: Submit) -> None:
    for rater in range(2):
        submit(hiring.seat(0, rater), 4)
    Decision.objects.create(
        candidate=hiring.candidates[0],
        stage=hiring.stage,
        outcome="advance",
        reason="Secret.",
        decided_by=hiring.manager,
    )
    answer = call(hiring.manager, "GET", f"/campaigns/{hiring.campaign.pk}/candidates")
    told = answer.json()[0]
    assert told["decision"]["outcome"] == "advance" and told["decision_hidden"] is False
    assert not {"rating", "level", "secret", "i did"} & set(answer.content.decode().lower().split('"'))
    assert "Hush" not in answer.content.decode()
    assert Entry.objects.filter(action=Action.EXPORTED, kind="campaign", actor=hiring.manager.pk).exists()


def test_who_has_ratings_to_submit_is_not_told_decisions(hiring: Round, call: Call) -> None:
    Decision.objects.create(
        candidate=hiring.candidates[0], stage=hiring.stage, outcome="advance", reason="r", decided_by=hiring.manager
    )
    Candidate.objects.filter(pk=hiring.candidates[1].pk).update(state=Candidate.State.HIRED)
    path = f"/campaigns/{hiring.campaign.pk}/candidates"
    assert [one["state"] for one in call(hiring.manager, "GET", path).json()] == ["active", "hired", "active"]
    Seat.objects.create(interview=hiring.seat(1, 0).interview, rater=hiring.manager)
    amal, bo, _ = call(hiring.manager, "GET", path).json()
    assert amal["decision"] is None and amal["decision_hidden"] is True
    assert bo["state"] == "decided", "the state would tell the decision"


def test_the_recorded_candidate_is_nobody(hiring: Round, call: Call) -> None:
    Candidate.objects.create(campaign=hiring.campaign, code="REC", name="Recorded", anchor=True)
    names = {one["name"] for one in call(hiring.manager, "GET", f"/campaigns/{hiring.campaign.pk}/candidates").json()}
    assert "Recorded" not in names and len(names) == 3


def test_a_list_takes_a_fixed_number_of_queries(hiring: Round, call: Call) -> None:
    path = f"/campaigns/{hiring.campaign.pk}/candidates"

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert call(hiring.manager, "GET", path).status_code == 200
        return len(seen)

    few = queries()
    for number in range(30):
        Candidate.objects.create(campaign=hiring.campaign, code=f"X{number}", name="N", stage=hiring.stage)
    assert queries() == few
