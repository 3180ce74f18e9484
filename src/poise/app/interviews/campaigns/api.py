"""Calls of the REST API for applicant tracking systems: campaigns, and candidates with where they stand. No rating."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import override
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from poise.app.access import Capability
from poise.app.api import CallError, Id, Page, Refused, scope_of, token_of, wrong
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import blinding, reach
from poise.app.interviews.campaigns.adding import CandidateError, Given, Outcome, Register
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview

__all__ = ["router"]

router = Router()
_REFUSALS: Final = {401: Refused, 403: Refused, 404: Refused, 422: Refused}

Words = Annotated[str, Field(max_length=1_000)]


class StageOut(Schema):
    """One step of a campaign."""

    number: int
    title: str
    mode: str
    minutes: int


class CampaignOut(Schema):
    """One hiring round."""

    id: int
    title: str
    team: str
    state: str
    language: str
    opened_at: datetime | None
    closed_at: datetime | None
    stages: list[StageOut]


class InterviewOut(Schema):
    """When somebody is interviewed; never what came of it."""

    stage: int
    state: str
    starts_at: datetime | None
    minutes: int


class DecisionOut(Schema):
    """What a person decided."""

    outcome: str
    stage: int
    decided_at: datetime


class CandidateOut(Schema):
    """Where a candidate stands. ``decision_hidden`` is true while the token's owner has ratings to submit there.

    Then ``state`` is ``decided`` where it would say what was decided.
    """

    id: int
    code: str
    external_id: str
    name: str
    email: str
    phone: str
    language: str
    stage: int | None
    state: str
    created_at: datetime
    keep_until: date | None
    interviews: list[InterviewOut]
    decision: DecisionOut | None
    decision_hidden: bool


class CandidateIn(Schema):
    """A candidate. What is left empty stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Words
    email: Words = ""
    phone: Words = ""
    language: Words = ""


class NewCandidateIn(CandidateIn):
    """A candidate with their id in the applicant tracking system."""

    external_id: Words = ""


def _campaigns(request: HttpRequest) -> QuerySet[Campaign]:
    scope_of(request, Capability.MANAGE_CAMPAIGNS)
    return reach.campaigns(token_of(request).user).select_related("team").prefetch_related("stages")


def _campaign(request: HttpRequest, number: int) -> Campaign:
    found = _campaigns(request).filter(pk=number).first()
    if found is None:
        raise CallError(404, f"there is no campaign {number} that this token may look at")
    return found


def _candidates(campaign: Campaign) -> QuerySet[Candidate]:
    interviews = Interview.objects.select_related("stage").order_by("stage__number", "pk")
    return (
        campaign.candidates.filter(anchor=False)
        .select_related("stage")
        .prefetch_related(Prefetch("interviews", interviews), "decisions__stage")
        .order_by("pk")
    )


def _told(candidate: Candidate, hidden: bool) -> dict[str, Any]:
    decision = None if hidden else next(iter(candidate.decisions.all()), None)
    told = {name: getattr(candidate, name) for name in CandidateOut.model_fields if hasattr(candidate, name)}
    if hidden and candidate.state in Candidate.DECIDED:
        told["state"] = "decided"
    return told | {
        "id": candidate.pk,
        "stage": candidate.stage.number if candidate.stage else None,
        "interviews": [
            {"stage": one.stage.number, "state": one.state, "starts_at": one.starts_at, "minutes": one.minutes}
            for one in candidate.interviews.all()
        ],
        "decision": decision
        and {"outcome": decision.outcome, "stage": decision.stage.number, "decided_at": decision.decided_at},
        "decision_hidden": hidden,
    }


@router.get(
    "/campaigns", response={200: list[CampaignOut], 401: Refused, 403: Refused, 422: Refused}, summary="List campaigns"
)
def list_campaigns(request: HttpRequest, page: Query[Page]) -> list[dict[str, Any]]:
    """Return the campaigns of the token's teams, newest first."""
    return [
        {
            "id": one.pk,
            "title": one.title,
            "team": one.team.name,
            "state": one.state,
            "language": one.language,
            "opened_at": one.opened_at,
            "closed_at": one.closed_at,
            "stages": list(one.stages.all()),
        }
        for one in _campaigns(request)[page.offset : page.offset + page.limit]
    ]


@router.get(
    "/campaigns/{number}/candidates", response={200: list[CandidateOut], **_REFUSALS}, summary="List candidates"
)
def list_candidates(request: HttpRequest, number: Id, page: Query[Page], external_id: Words = "") -> Any:
    """Return a campaign's candidates with stage, state and the last decision, in the order in which they were added."""
    campaign = _campaign(request, number)
    found = _candidates(campaign)
    if external_id:
        found = found.filter(external_id=external_id.replace("\x00", ""))
    shown = found[page.offset : page.offset + page.limit]
    owner = token_of(request).user
    hidden = not blinding.may_compare(owner, campaign)
    answer = [_told(one, hidden) for one in shown]
    record(Action.EXPORTED, campaign, actor=owner.pk, purpose="selection", candidates=len(answer))
    return answer


@router.post(
    "/campaigns/{number}/candidates",
    response={200: CandidateOut, 201: CandidateOut, 400: Refused, 409: Refused, **_REFUSALS},
    summary="Add a candidate",
)
def add_candidate(request: HttpRequest, number: Id, candidate: NewCandidateIn) -> Status[dict[str, Any]]:
    """Take a candidate in: 201 for somebody new, 200 where they are known by id or else by e-mail address."""
    if not candidate.external_id and not candidate.email:
        raise wrong("external_id", "neither an id nor an address", "Send external_id or email, to be known again by")
    return _taken(request, number, Given(**candidate.dict()))


@router.put(
    "/campaigns/{number}/candidates/{external_id}",
    response={200: CandidateOut, 201: CandidateOut, 400: Refused, 409: Refused, **_REFUSALS},
    summary="Add or change the candidate with an id",
)
def put_candidate(
    request: HttpRequest, number: Id, external_id: Annotated[str, Field(max_length=200)], candidate: CandidateIn
) -> Status[dict[str, Any]]:
    """Take in, or bring up to date, the candidate with this id; the same call again changes nothing."""
    return _taken(request, number, Given(external_id=external_id.strip(), **candidate.dict()))


def _taken(request: HttpRequest, number: int, given: Given) -> Status[dict[str, Any]]:
    campaign = _campaign(request, number)
    owner = token_of(request).user
    clean = Given(**{name: getattr(given, name).strip() for name in Given.__dataclass_fields__})
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if campaign.state == Campaign.State.CLOSED:
            raise CallError(409, "the campaign is closed; nothing was kept")
        try:
            with override("en"):  # as everything else that the API says
                outcome: Outcome = Register(campaign).take(clean)
        except CandidateError as error:
            raise wrong(error.field, error.problem, error.remedy) from None
        assert outcome.candidate is not None
        if outcome.what != "unchanged":
            action = Action.ADDED if outcome.what == "new" else Action.CHANGED
            record(action, outcome.candidate, actor=owner.pk, purpose="selection", campaign=campaign.pk)
    shown = _candidates(campaign).get(pk=outcome.candidate.pk)
    answer = _told(shown, not blinding.may_compare(owner, campaign))
    return Status(201 if outcome.what == "new" else 200, answer)
