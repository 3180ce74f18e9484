"""A manager's way: campaign, stages, candidates, file, plan, schedule, and what each page refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.audit.models import Action, Entry
from poise.app.interviews.campaigns import notices, opening, scheduling
from poise.app.interviews.campaigns.models import Accommodation, Campaign, Candidate, Interview, Letter, Seat, Stage
from poise.app.interviews.decisions.models import Decision
from poise.knowledge.interviews import load_item_bank

from ..conftest import TRAITS, Round


@pytest.fixture
def helen(hiring: Round, client: Client) -> Client:
    """The manager's browser."""
    client.force_login(hiring.manager)
    return client


def told_long_ago(hiring: Round) -> None:
    """All candidates were told, and are at a second stage without interviews."""
    stage = Stage.objects.create(campaign=hiring.campaign, number=2, title="Second", mode="video", minutes=60)
    for one in hiring.candidates:
        one.stage = stage
        one.save()
        notices.give(one, timezone.now() - timedelta(days=60))


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
    assert "No stage asks about: Considerate, Stays in control." in page
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


def test_a_candidate_is_added_once(helen: Client, hiring: Round) -> None:
    path = reverse("candidate_new", args=[hiring.campaign.pk])
    body = {"name": "Dana", "email": "Dana@example.net", "phone": "", "language": "he", "external_id": ""}
    helen.post(path, body)
    dana = Candidate.objects.get(name="Dana")
    assert dana.stage == hiring.stage and dana.code not in {"", "C3"}
    helen.post(path, body | {"email": "dana@EXAMPLE.net"})
    assert Candidate.objects.filter(campaign=hiring.campaign).count() == 4
    assert helen.post(path, body | {"name": "a\x07b", "email": ""}).status_code == 422
    assert helen.post(path, body | {"name": "Dana", "email": "nonsense"}).status_code == 422


def test_codes_tell_nothing_of_the_order(hiring: Round) -> None:
    from poise.app.interviews.campaigns.adding import Given, Register

    register = Register(hiring.campaign)
    taken = [register.take(Given(name=f"N{number}", external_id=str(number))).candidate for number in range(30)]
    codes = [one.code for one in taken if one is not None]
    assert len(set(codes)) == 30 and codes != sorted(codes)


def test_a_changed_address_gets_an_account_of_its_own(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    helen.post(reverse("candidate_notify", args=[amal.pk]))
    amal.refresh_from_db()
    first = amal.user
    assert first is not None and first.email == "0@example.net"
    body = {"name": "Amal Haddad", "email": "amal@example.net", "phone": "", "language": "en", "external_id": ""}
    helen.post(reverse("candidate_change", args=[amal.pk]), body)
    helen.post(reverse("candidate_notify", args=[amal.pk]))
    amal.refresh_from_db()
    assert amal.user is not None and amal.user.email == "amal@example.net" and amal.user != first
    taken = helen.post(reverse("candidate_change", args=[amal.pk]), body | {"email": hiring.candidates[1].email})
    assert taken.status_code == 422 and "Another candidate" in taken.content.decode()


def test_candidates_are_found_and_saved_without_ratings(helen: Client, hiring: Round) -> None:
    hiring.candidates[0].name = "=cmd|'/c calc'!A0"
    hiring.candidates[0].save()
    Decision.objects.create(
        candidate=hiring.candidates[1], stage=hiring.stage, outcome="decline", reason="r", decided_by=hiring.manager
    )
    path = reverse("campaign_candidates", args=[hiring.campaign.pk])
    page = helen.get(path, {"words": "bo lind", "stage": "", "state": ""}).content.decode()
    assert "Bo Lind" in page and "Chaya" not in page and "is not considered further" in page
    assert "Nobody fits" in helen.get(path, {"words": "nobody of that name"}).content.decode()
    assert "Null characters are not allowed" in helen.get(path, {"words": "x\x00y"}).content.decode()
    saved = helen.get(reverse("candidates_csv", args=[hiring.campaign.pk])).content.decode("utf-8-sig")
    assert "'=cmd" in saved and "decline" in saved and saved.count("\n") == 4
    assert Entry.objects.filter(action=Action.EXPORTED, kind="campaign").exists()


def test_who_has_ratings_to_submit_sees_no_decision(helen: Client, hiring: Round) -> None:
    Decision.objects.create(
        candidate=hiring.candidates[1], stage=hiring.stage, outcome="decline", reason="r", decided_by=hiring.manager
    )
    Candidate.objects.filter(pk=hiring.candidates[1].pk).update(state=Candidate.State.DECLINED)
    listed = reverse("campaign_candidates", args=[hiring.campaign.pk])
    doors = [
        listed,
        reverse("campaign", args=[hiring.campaign.pk]),
        reverse("candidate", args=[hiring.candidates[1].pk]),
        reverse("candidates_csv", args=[hiring.campaign.pk]),
    ]
    assert all("decline" in helen.get(path).content.decode() for path in doors), "whoever has nothing to submit is told"
    Seat.objects.create(interview=hiring.seat(2, 0).interview, rater=hiring.manager)
    page = helen.get(listed).content.decode()
    assert "is not considered further" not in page and "once your own ratings are submitted" in page
    for path in doors:
        page = helen.get(path).content.decode()
        assert "decided" in page and "decline" not in page, path
    # to filter by what was decided would tell it, too
    asked = helen.get(listed, {"words": "", "stage": "", "state": "declined"}).content.decode()
    assert "Bo Lind" in asked and "Amal Haddad" in asked


def test_somebody_who_withdraws_leaves_the_schedule(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    told_long_ago(hiring)
    later = scheduling.plan(Candidate.objects.get(pk=amal.pk), Stage.objects.get(title="Second"), raters=hiring.raters)
    Seat.objects.filter(interview__candidate=amal, interview__stage=hiring.stage).update(submitted_at=timezone.now())
    helen.post(reverse("candidate_withdraw", args=[amal.pk]))
    amal.refresh_from_db()
    later.refresh_from_db()
    assert (amal.state, later.state) == (Candidate.State.WITHDRAWN, Interview.State.CANCELLED)
    assert Interview.objects.get(candidate=amal, stage=hiring.stage).state == Interview.State.PLANNED
    helen.post(reverse("candidate_withdraw", args=[amal.pk]))
    assert Entry.objects.filter(kind="candidate", detail__state="withdrawn").count() == 1


def test_accommodations_are_asked_and_answered(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    answer = helen.post(reverse("accommodation_new", args=[amal.pk]), {"asked": "<b>More time</b>, please."})
    asked = Accommodation.objects.get()
    assert answer["Location"] == reverse("accommodation", args=[asked.pk])
    page = helen.get(reverse("candidate", args=[amal.pk])).content.decode()
    assert "Not answered yet" in page and "<b>More" not in page
    path = reverse("accommodation", args=[asked.pk])
    assert helen.post(path, {"arranged": "", "extra_minutes": 15}).status_code == 422
    helen.post(path, {"arranged": "A break.", "extra_minutes": 15, "no_marks": "on"})
    asked.refresh_from_db()
    assert (asked.extra_minutes, asked.no_marks, asked.answered_by) == (15, True, hiring.manager)
    page = helen.get(reverse("schedule_interview", args=[hiring.seat(0, 0).interview_id])).content.decode()
    assert "A break." in page and "More time" not in page and "<dd>75</dd>" in page
    assert "Nothing that has to be seen is noted" in page
    helen.post(reverse("candidate_alternative", args=[amal.pk]), {"on": "1"})
    amal.refresh_from_db()
    assert amal.alternative


def test_told_in_another_way_starts_the_clock_on_that_day(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    path = reverse("candidate_told", args=[amal.pk])
    assert "structured interviews" in helen.get(path).content.decode()
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert helen.post(path, {"day": tomorrow.isoformat()}).status_code == 422
    helen.post(path, {"day": "2026-03-02"})
    assert notices.earliest_interview(amal).isoformat() == "2026-03-16"  # type: ignore[union-attr]


def csv(text: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("c.csv", text.encode() if isinstance(text, str) else text, "text/csv")


def test_a_file_is_looked_at_then_taken_in_and_again_changes_nothing(helen: Client, hiring: Round) -> None:
    path = reverse("candidates_bring", args=[hiring.campaign.pk])
    text = (
        "Name;E-mail;external id;email;shoe size\r\n"
        '"Dana ""D"" Levi";;a-1;dana@example.net;41\r\n'
        "Amal Haddad;;a-2;0@example.net;\r\n"
        "Nobody;;;;\r\n"
        "Twice;;a-1;;\r\n"
    )
    looked = helen.post(path, {"file": csv(text)})
    page = looked.content.decode()
    assert Candidate.objects.filter(campaign=hiring.campaign).count() == 3
    assert "stands in line 2 already" in page and "neither an address nor an id" in page
    assert "shoe_size" in page and "is brought up to date" in page
    helen.post(path, {"content": text})
    dana = Candidate.objects.get(external_id="a-1")
    assert (dana.name, dana.email) == ('Dana "D" Levi', "dana@example.net")
    hiring.candidates[0].refresh_from_db()
    assert hiring.candidates[0].external_id == "a-2"
    helen.post(path, {"content": text})
    assert Candidate.objects.filter(campaign=hiring.campaign).count() == 4
    assert Entry.objects.filter(action=Action.IMPORTED, kind="campaign").count() == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00name", "not UTF-8"),
        ("", "empty"),
        (" \n", "must name the columns"),
        ("e-mail\nx@example.net", "must name the columns"),
        ("name,name\nA,B", "stands twice"),
        ('name,email\n"open', "not closed"),
        ("name\n" + "A\n" * 2001, "more than 2000 lines"),
        (b"name\n" + b"x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(helen: Client, hiring: Round, content: str | bytes, said: str) -> None:
    answer = helen.post(reverse("candidates_bring", args=[hiring.campaign.pk]), {"file": csv(content)})
    assert answer.status_code == 422 and said in answer.content.decode()


def test_hostile_cells_stay_words(helen: Client, hiring: Round) -> None:
    path = reverse("candidates_bring", args=[hiring.campaign.pk])
    text = (
        "name,email,phone,external_id\n"
        "<script>alert(1)</script>,a@example.net,'+47 22 22 22 22,1\n"
        "=1+1,b@example.net,,2\n"
        "\u202eevil,c@example.net,,3\n"
        "bell\x07,d@example.net,,4\n"
        f"{'x' * 201},e@example.net,,5\n"
        "</textarea><script>x</script>,f@example.net,,6\n"
    )
    page = helen.post(path, {"file": csv(text)}).content.decode()
    assert "<script>alert" not in page and page.count("</textarea>") == 1
    helen.post(path, {"content": text})
    assert Candidate.objects.get(external_id="1").phone == "+47 22 22 22 22"
    assert Candidate.objects.get(external_id="2").name == "=1+1"
    assert set(Candidate.objects.exclude(external_id="").values_list("external_id", flat=True)) == {"1", "2", "3", "6"}


def plan_body(hiring: Round, **other: Any) -> dict[str, Any]:
    first = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())
    return {
        "stage": Stage.objects.get(title="Second").pk,
        "raters": [one.pk for one in (*hiring.raters, hiring.manager)],
        "each": 2,
        "first": first.isoformat(),
        "last": (first + timedelta(days=4)).isoformat(),
        "opens": "09:00",
        "closes": "12:00",
        "weekdays": [0, 1, 2, 3, 4],
        "pause": 15,
        "place": "Room 4",
    } | other


def slots_of(page: Any) -> dict[str, Any]:
    """What a browser would send of the proposal."""
    found: dict[str, Any] = {}
    for _candidate, form, _earliest, _extra in page.context["lines"]:
        for field in form:
            value = field.value()
            if field.name == "starts_at" and value:
                value = value.strftime("%Y-%m-%dT%H:%M")
            if value not in (None, False):
                found[field.html_name] = "on" if value is True else value
    return found


def test_a_plan_is_proposed_changed_and_confirmed(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    path = reverse("campaign_plan", args=[hiring.campaign.pk])
    assert helen.get(path).status_code == 200
    body = plan_body(hiring)
    page = helen.post(path, body | {"step": "propose"})
    assert page.status_code == 200 and not Interview.objects.filter(stage__title="Second").exists()
    assert "All candidates can be compared with this plan." in page.content.decode()
    slots = slots_of(page)
    left_out = hiring.candidates[2].pk
    del slots[f"slot-{left_out}-take"]
    answer = helen.post(path, body | slots | {"step": "confirm"})
    assert answer["Location"] == reverse("campaign_schedule", args=[hiring.campaign.pk])
    made = Interview.objects.filter(stage__title="Second").prefetch_related("seats")
    assert {one.candidate_id for one in made} == {one.pk for one in hiring.candidates[:2]}
    assert all(one.seats.count() == 2 and one.starts_at and one.place == "Room 4" for one in made)
    assert all(one.seats.filter(asks=True).count() == 1 for one in made)
    assert Letter.objects.filter(kind=Letter.Kind.INVITATION).count() == 6


def test_a_plan_with_something_in_the_way_plans_nothing_and_says_what(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    path = reverse("campaign_plan", args=[hiring.campaign.pk])
    body = plan_body(hiring)
    slots = slots_of(helen.post(path, body | {"step": "propose"}))
    same = slots[f"slot-{hiring.candidates[0].pk}-starts_at"]
    for one in hiring.candidates:
        slots[f"slot-{one.pk}-starts_at"] = same
        slots[f"slot-{one.pk}-raters"] = [hiring.raters[0].pk]
        slots[f"slot-{one.pk}-asks"] = hiring.raters[0].pk
    answer = helen.post(path, body | slots | {"step": "confirm"})
    assert answer.status_code == 422
    assert "Ivan Petrov has another interview" in answer.content.decode()
    assert not Interview.objects.filter(stage__title="Second").exists() and not Letter.objects.exists()


def test_a_plan_that_falls_apart_says_who_must_rate_whom(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    path = reverse("campaign_plan", args=[hiring.campaign.pk])
    body = plan_body(hiring, each=1)
    Interview.objects.filter(stage=hiring.stage).update(state=Interview.State.CANCELLED)
    page = helen.post(path, body | {"step": "propose"}).content.decode()
    assert "Not all candidates could be compared." in page and "It would help if" in page


@pytest.mark.parametrize(
    "other",
    [{"last": "2020-01-01"}, {"closes": "08:00"}, {"raters": []}, {"weekdays": [9]}, {"each": 0}, {"first": "soon"}],
)
def test_a_plan_asked_for_wrongly_says_so(helen: Client, hiring: Round, other: dict[str, Any]) -> None:
    told_long_ago(hiring)
    path = reverse("campaign_plan", args=[hiring.campaign.pk])
    assert helen.post(path, plan_body(hiring, **other) | {"step": "propose"}).status_code == 422


def test_one_interview_is_planned_moved_and_its_rater_replaced(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    amal = hiring.candidates[0]
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    helen.post(reverse("candidate_plan", args=[amal.pk]), {"starts_at": f"{day}T10:00", "place": ""})
    interview = Interview.objects.get(candidate=amal, stage__title="Second")
    page = reverse("schedule_interview", args=[interview.pk])
    helen.post(reverse("schedule_seat", args=[interview.pk]), {"rater": hiring.raters[0].pk})
    assert "Ivan Petrov" in helen.get(page).content.decode()
    moved = helen.post(reverse("schedule_move", args=[interview.pk]), {"starts_at": f"{day}T11:30", "place": "R"})
    assert moved["Location"] == page
    interview.refresh_from_db()
    assert (interview.moved, interview.place) == (1, "R")
    past = helen.post(reverse("schedule_move", args=[interview.pk]), {"starts_at": "2020-01-01T10:00", "place": ""})
    assert past.status_code == 422 and "This time is past." in past.content.decode()
    body = {"replace-old": hiring.raters[0].pk, "replace-rater": hiring.raters[1].pk}
    helen.post(reverse("schedule_replace", args=[interview.pk]), body)
    assert interview.seats.get().rater == hiring.raters[1]
    helen.post(reverse("schedule_unseat", args=[interview.pk, hiring.raters[1].pk]))
    assert not interview.seats.exists()
    helen.post(reverse("schedule_cancel", args=[interview.pk]))
    interview.refresh_from_db()
    assert interview.state == Interview.State.CANCELLED
    assert (
        "not planned any more"
        in helen.post(reverse("schedule_cancel", args=[interview.pk]), follow=True).content.decode()
    )


def test_the_schedule_shows_a_week_by_day_and_by_rater(helen: Client, hiring: Round) -> None:
    starts = hiring.seat(0, 0).interview.starts_at
    assert starts is not None
    week = {"week": timezone.localdate(starts).isoformat()}
    for path in (reverse("schedule"), reverse("campaign_schedule", args=[hiring.campaign.pk])):
        assert "Amal Haddad" in helen.get(path, week).content.decode()
        by_rater = helen.get(path, week | {"by": "rater"}).content.decode()
        assert ">Ida Moe<" in by_rater
        for odd in ("nonsense", "9999-12-31", "0001-01-01", "2026-02-30"):
            assert helen.get(path, {"week": odd}).status_code == 200


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


def test_a_proposal_takes_a_bounded_number_of_queries(helen: Client, hiring: Round) -> None:
    told_long_ago(hiring)
    stage = Stage.objects.get(title="Second")
    path, body = reverse("campaign_plan", args=[hiring.campaign.pk]), plan_body(hiring) | {"step": "propose"}

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert helen.post(path, body).status_code == 200
        return len(seen)

    few = queries()
    for number in range(27):
        one = Candidate.objects.create(campaign=hiring.campaign, code=f"X{number}", name="N", stage=stage)
        notices.give(one, timezone.now() - timedelta(days=60))
    assert queries() == few


def test_data_are_kept_longer_but_never_shorter(helen: Client, hiring: Round) -> None:
    amal = hiring.candidates[0]
    path = reverse("candidate_keep", args=[amal.pk])
    assert helen.post(path, {"keep_until": "2031-01-01"}).status_code == 404
    Candidate.objects.filter(pk=amal.pk).update(keep_until="2030-06-01")
    helen.post(path, {"keep_until": "2030-05-01"})
    helen.post(path, {"keep_until": "2031-01-01"})
    amal.refresh_from_db()
    assert amal.keep_until.isoformat() == "2031-01-01"  # type: ignore[union-attr]


def test_everybody_untold_gets_the_notice_once(helen: Client, hiring: Round) -> None:
    Candidate.objects.create(campaign=hiring.campaign, code="Z", name="Without address", stage=hiring.stage)
    path = reverse("campaign_notify", args=[hiring.campaign.pk])
    page = helen.post(path, follow=True).content.decode()
    assert "3 notices are on their way." in page and "1 candidate has no e-mail address" in page
    helen.post(path)
    assert Letter.objects.filter(kind=Letter.Kind.NOTICE).count() == 3


def test_interviewers_and_coaches_have_no_way_in(hiring: Round, client: Client, member: Callable[..., User]) -> None:
    for user in (hiring.raters[0], member(Role.COACH, hiring.team), member(Role.CANDIDATE, hiring.team)):
        client.force_login(user)
        assert client.get(reverse("campaign", args=[hiring.campaign.pk])).status_code == 403
