"""A manager's way with a campaign: made, its stages, opened and closed; what each page costs and refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.audit.models import Action, Entry
from poise.app.interviews.campaigns import opening
from poise.app.interviews.campaigns.models import Accommodation, Campaign, Candidate, Interview, Letter, Seat, Stage
from poise.knowledge.interviews import load_item_bank

from ..conftest import TRAITS, Round


def rules(hiring: Round, **other: Any) -> dict[str, Any]:
    return {
        "title": "Autumn",
        "team": hiring.team.pk,
        "kit": hiring.kit.pk,
        "language": "en",
        "contact": "jobs@example.org",
        "raters_each": 2,
        "anchor": next(iter(load_item_bank().recorded), ""),
        "needs_calibration": "on",
        "notice_days": 10,
        "notice": "",
        "retention_months": 12,
    } | other


def test_a_campaign_is_made_opened_and_closed(helen: Client, hiring: Round) -> None:
    answer = helen.post(reverse("campaign_new"), rules(hiring))
    campaign = Campaign.objects.get(title="Autumn")
    assert answer["Location"] == reverse("campaign", args=[campaign.pk])
    assert campaign.stages.get().questions == []
    helen.post(reverse("campaign_open", args=[campaign.pk]))
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.OPEN and campaign.opened_at is not None
    assert campaign.candidates.filter(anchor=True).count() == bool(campaign.anchor)
    helen.post(reverse("campaign_close", args=[campaign.pk]))
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.CLOSED
    assert [entry.action for entry in Entry.objects.filter(kind="campaign", key=str(campaign.pk))] == [
        Action.ADDED,
        Action.CHANGED,
        Action.CHANGED,
    ]


def test_what_is_missing_is_said_before_a_campaign_opens(helen: Client, hiring: Round) -> None:
    helen.post(reverse("campaign_new"), rules(hiring, contact="", raters_each=5, language="nb"))
    campaign = Campaign.objects.get(title="Autumn")
    stage = campaign.stages.get()
    asked = [f"{TRAITS[0]}.past", f"{TRAITS[0]}.dilemma"]
    helen.post(reverse("stage", args=[stage.pk]), {"title": "A", "mode": "phone", "minutes": 30, "questions": asked})
    page = helen.get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert "No stage asks about: considerate, stays in control." in page
    assert "An interview has 5 raters, but only 3 people interview" in page
    assert "Candidates need an address" in page
    assert "7 questions of the kit have no text" in page
    helen.post(reverse("campaign_open", args=[campaign.pk]))
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT
    helen.post(reverse("stage_remove", args=[stage.pk]))
    assert "There is no stage" in helen.get(reverse("campaign", args=[campaign.pk])).content.decode()


def test_a_stage_asks_its_questions_in_the_chosen_order(helen: Client, hiring: Round) -> None:
    helen.post(reverse("campaign_new"), rules(hiring))
    stage = Campaign.objects.get(title="Autumn").stages.get()
    asked = [f"{TRAITS[0]}.past", f"{TRAITS[1]}.past", f"{TRAITS[2]}.past"]
    body = {"title": "A", "mode": "video", "minutes": 30, "questions": asked}
    wrong = helen.post(reverse("stage", args=[stage.pk]), body | {"order": "5, 1"})
    assert wrong.status_code == 422
    helen.post(reverse("stage", args=[stage.pk]), body | {"order": "5, 1, 3"})
    stage.refresh_from_db()
    assert stage.questions == [asked[2], asked[0], asked[1]]
    assert 'value="5, 1, 3"' in helen.get(reverse("stage", args=[stage.pk])).content.decode()


def test_what_is_asked_stays_once_a_campaign_was_opened(helen: Client, hiring: Round) -> None:
    for name, key in (("stage", hiring.stage.pk), ("stage_new", hiring.campaign.pk)):
        assert helen.get(reverse(name, args=[key])).status_code == 302
    helen.post(reverse("stage_remove", args=[hiring.stage.pk]))
    assert Stage.objects.filter(pk=hiring.stage.pk).exists()
    helen.post(reverse("campaign_change", args=[hiring.campaign.pk]), rules(hiring, raters_each=6, title="New title"))
    hiring.campaign.refresh_from_db()
    assert (hiring.campaign.title, hiring.campaign.raters_each) == ("New title", 2)


def test_a_campaign_with_people_in_the_process_is_not_closed(helen: Client, hiring: Round) -> None:
    with pytest.raises(opening.CampaignError, match="3 candidates are still in the process"):
        opening.close(hiring.campaign)
    page = helen.get(reverse("campaign", args=[hiring.campaign.pk])).content.decode()
    assert "3 candidates are still in the process" in page


def test_other_teams_pages_are_not_there(helen: Client, hiring: Round) -> None:
    elsewhere = Team.objects.create(name="Elsewhere")
    campaign = Campaign.objects.create(team=elsewhere, kit=hiring.kit, title="Theirs", state="open")
    stage = Stage.objects.create(campaign=campaign, number=1, title="S")
    candidate = Candidate.objects.create(campaign=campaign, code="X", name="Hidden", stage=stage)
    interview = Interview.objects.create(candidate=candidate, stage=stage, mode="video")
    asked = Accommodation.objects.create(candidate=candidate, asked="x")
    letter = Letter.objects.create(candidate=candidate, kind="notice")
    for name, key in (
        *((name, campaign.pk) for name in ("campaign", "campaign_change", "campaign_candidates", "candidates_csv")),
        *((name, campaign.pk) for name in ("campaign_plan", "campaign_schedule", "campaign_letters", "stage_new")),
        *((name, candidate.pk) for name in ("candidate", "candidate_change", "candidate_told", "accommodation_new")),
        ("stage", stage.pk),
        ("schedule_interview", interview.pk),
        ("accommodation", asked.pk),
    ):
        assert helen.get(reverse(name, args=[key])).status_code == 404, name
    for name, key in (
        *((name, campaign.pk) for name in ("campaign_open", "campaign_close", "campaign_notify", "candidates_bring")),
        *((name, candidate.pk) for name in ("candidate_withdraw", "candidate_alternative", "candidate_notify")),
        *((name, candidate.pk) for name in ("candidate_keep", "candidate_plan")),
        *((name, interview.pk) for name in ("schedule_move", "schedule_cancel", "schedule_missed", "schedule_seat")),
        *((name, interview.pk) for name in ("schedule_replace", "schedule_invite")),
        ("letter_again", letter.pk),
        ("stage_remove", stage.pk),
    ):
        assert helen.post(reverse(name, args=[key])).status_code == 404, name
    assert "Hidden" not in helen.get(reverse("schedule")).content.decode()
    assert "Theirs" not in helen.get(reverse("campaigns")).content.decode()
    other = rules(hiring, team=elsewhere.pk)
    assert helen.post(reverse("campaign_new"), other).status_code == 422


PAGES = ("campaign_candidates", "campaign_schedule", "campaign_letters", "campaign", "campaign_plan", "candidates_csv")


@pytest.mark.parametrize("name", [*PAGES, "campaigns", "schedule"])
def test_a_page_takes_a_fixed_number_of_queries(helen: Client, hiring: Round, name: str) -> None:
    path = reverse(name, args=[] if name in {"campaigns", "schedule"} else [hiring.campaign.pk])
    Letter.objects.create(candidate=hiring.candidates[0], kind="notice", problem="not_set_up")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert helen.get(path).status_code == 200
        return len(seen)

    few = queries()
    for number in range(30):
        one = Candidate.objects.create(campaign=hiring.campaign, code=f"X{number}", name="N", stage=hiring.stage)
        Letter.objects.create(candidate=one, kind="notice", problem="not_set_up")
        made = Interview.objects.create(
            candidate=one, stage=hiring.stage, mode="video", starts_at=hiring.seat(0, 0).interview.starts_at
        )
        Seat.objects.create(interview=made, rater=hiring.raters[number % 2])
        Campaign.objects.create(team=hiring.team, kit=hiring.kit, title=f"Campaign {number}")
    assert queries() == few


def test_interviewers_and_coaches_have_no_way_in(hiring: Round, client: Client, member: Callable[..., User]) -> None:
    for user in (hiring.raters[0], member(Role.COACH, hiring.team), member(Role.CANDIDATE, hiring.team)):
        client.force_login(user)
        assert client.get(reverse("campaign", args=[hiring.campaign.pk])).status_code == 403
