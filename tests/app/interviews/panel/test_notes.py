"""What raters read of those who sat beside them: when, of which interviews, and what it leaves behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Membership, Team, User
from poise.app.api import api
from poise.app.audit.models import Entry
from poise.app.interviews.campaigns.models import Candidate, Interview, Seat, Stage
from poise.app.interviews.campaigns.raters import barred
from poise.app.interviews.decisions.deciding import looks_of
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.models import Look
from poise.app.interviews.room.models import Mark, Quote, Rating
from poise.knowledge.interviews import STRENGTHS

Enter = Callable[[User], Client]
SUBMITTED = "?show=submitted"


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def notes(hiring: Any, candidate: int = 0) -> str:
    return reverse("panel_notes", args=[hiring.candidates[candidate].pk])


def listed(client: Client) -> str:
    return client.get(reverse("interviews") + SUBMITTED).content.decode()


def take_back(hiring: Any, candidate: int, rater: int, days: int = 0) -> None:
    """As if this seat had not submitted, at an interview so many days from now."""
    seat = hiring.seat(candidate, rater)
    Seat.objects.filter(pk=seat.pk).update(submitted_at=None, started_at=None)
    Interview.objects.filter(pk=seat.interview_id).update(starts_at=timezone.now() + timedelta(days=days))


def seat_at(hiring: Any, candidate: int, *raters: User, title: str = "Second talk") -> list[Seat]:
    """Seats of these raters at another stage of the candidate."""
    stage, _ = Stage.objects.get_or_create(campaign=hiring.campaign, number=2, title=title, mode="video")
    interview = Interview.objects.create(candidate=hiring.candidates[candidate], stage=stage, mode="video")
    return [Seat.objects.create(interview=interview, rater=rater) for rater in raters]


def test_those_who_sat_there_read_each_other_where_they_differ_most_first(rated: Any, signed_in: Enter) -> None:
    seat = rated.seat(0, 1)
    Rating.objects.filter(seat=seat, question="considerate.past").update(level=1)
    Quote.objects.create(seat=seat, question="considerate.past", text="<b>I let them wait</b>", at=timezone.now())
    Mark.objects.create(seat=seat, kind="greeted", at=timezone.now())
    for rater in rated.raters:
        client = signed_in(rater)
        assert f'href="{notes(rated)}"' in listed(client)
        page = client.get(notes(rated))
        body = page.content.decode()
        assert page.status_code == 200 and "The panel's notes on" in text(page) and "Amal Haddad" in body
        assert body.index("Tell me: considerate?") < body.index("Tell me: helpful?")
        assert "&lt;b&gt;I let them wait&lt;/b&gt;" in body and "<b>I let them wait" not in body
        assert "Ivan Petrov" in body and "Ida Moe" in body and "3 levels apart" in text(page)
        assert "Greeted: 1" in text(page)


def test_nothing_that_is_made_of_it_stands_there(rated: Any, signed_in: Enter) -> None:
    """No estimates, no other candidate, no answer about oneself, no objection, no decision, no way to them."""
    for number, words in enumerate(("I am patient", "I forget names")):
        Quote.objects.create(seat=rated.seat(0, number), question=STRENGTHS, text=words, at=timezone.now())
    Rating.objects.filter(seat__interview__candidate=rated.candidates[0]).update(level=4)
    Rating.objects.filter(seat=rated.seat(0, 1), question="helpful.past").update(level=1, set_aside_at=timezone.now())
    seen = {}
    for alternative, state in ((False, "active"), (True, "active"), (False, "declined"), (False, "hired")):
        Candidate.objects.filter(pk=rated.candidates[0].pk).update(alternative=alternative, state=state)
        page = signed_in(rated.raters[0]).get(notes(rated))
        main = page.content.decode().partition("<main")[2].partition("</main>")[0]
        seen[alternative, state] = main
        for words in (
            "levels-by",
            "<svg",
            "Bo Lind",
            "Chaya",
            "I am patient",
            "I forget names",
            "set aside",
            "alternat",
        ):
            assert words not in main, words
        assert "3 levels apart" in text(page), "as it was submitted, whatever was objected to since"
        assert set(re.findall(r'href="(/[^"?]*)', main)) == {reverse("interviews")}
    assert len(set(seen.values())) == 1, "where the candidate stands shows nowhere"


def test_whoever_read_it_is_written_down_and_rates_the_candidate_no_more(rated: Any, signed_in: Enter) -> None:
    first = rated.raters[0]
    client = signed_in(first)
    listed(client)
    assert not Look.objects.exists(), "a list is no look"
    client.get(notes(rated))
    digest = digest_of(ratings(rated.campaign))
    look = Look.objects.get()
    assert (look.user, look.candidate, look.page, look.digest) == (first, rated.candidates[0], "panel_notes", digest)
    entry = Entry.objects.get(detail__page="panel_notes")
    assert entry.purpose == "selection" and entry.detail["digest"] == digest
    assert entry.candidate == rated.candidates[0].pk and "Amal" not in str(entry.detail)
    assert barred(rated.raters, rated.candidates) == {(rated.candidates[0].pk, first.pk)}


def test_nothing_opens_before_ones_own_ratings_are_in(rated: Any, signed_in: Enter) -> None:
    take_back(rated, 0, 0)
    client = signed_in(rated.raters[0])
    page = client.get(notes(rated))
    assert page.status_code == 200 and "Not yet" in text(page) and "ratings of this candidate" in text(page)
    for words in ("Ida Moe", "I did", "levels apart", "Bo Lind", "Chaya"):
        assert words not in text(page), words
    assert reverse("room", args=[rated.seat(0, 0).pk]) in page.content.decode()
    assert notes(rated) not in listed(client) and not Look.objects.exists()


def test_nothing_opens_before_all_have_submitted_and_who_is_awaited_is_not_told(rated: Any, signed_in: Enter) -> None:
    take_back(rated, 0, 1)
    client = signed_in(rated.raters[0])
    assert "It waits for 1 more rater." in listed(client) and notes(rated) not in listed(client)
    page = text(client.get(notes(rated)))
    assert "1 rating of an interview is still awaited" in page
    for words in ("Ida", "I did", "Raters differ", "no further interview"):
        assert words not in page, words
    assert not Look.objects.exists(), "who saw nothing may still be a rater"


def test_another_stage_stays_closed_to_whoever_did_not_sit_there(
    rated: Any, submit: Any, signed_in: Enter, member: Callable[..., User]
) -> None:
    third = member(Role.INTERVIEWER, rated.team, email="samir@example.org", name="Samir Third")
    first, second = rated.raters
    own = seat_at(rated, 0, second, third)
    assert "your other interview with this candidate" in listed(signed_in(second))
    assert "Not yet" in text(signed_in(second).get(notes(rated))), "the second talk comes first"
    for seat in own:
        submit(seat, 2)
    Quote.objects.create(seat=own[1], question="helpful.past", text="Said at the second talk", at=timezone.now())
    seen = {user.pk: text(signed_in(user).get(notes(rated))) for user in (first, second, third)}
    assert "Samir Third" not in seen[first.pk] and "second talk" not in seen[first.pk].lower()
    assert "Samir Third" in seen[second.pk] and "Ivan Petrov" in seen[second.pk] and "Second talk" in seen[second.pk]
    assert "Said at the second talk" in seen[third.pk] and "Ivan Petrov" not in seen[third.pk]


def test_what_is_due_in_the_campaign_comes_first_and_later_days_hold_nothing_up(rated: Any, signed_in: Enter) -> None:
    """Whoever has just learned what others gave one candidate would rate the next one by it."""
    client = signed_in(rated.raters[0])
    take_back(rated, 1, 0, days=0)
    page = client.get(notes(rated))
    assert "Not yet" in text(page) and "Ida Moe" not in text(page) and "Bo Lind" in text(page)
    assert "rated what is due in this campaign" in listed(client) and notes(rated) not in listed(client)
    take_back(rated, 1, 0, days=2)
    assert notes(rated) in listed(client) and "Ida Moe" in text(client.get(notes(rated)))
    Seat.objects.filter(pk=rated.seat(1, 0).pk).update(started_at=timezone.now())
    assert "Not yet" in text(client.get(notes(rated))), "one that was begun early"
    assert "Ivan Petrov" in text(signed_in(rated.raters[1]).get(notes(rated))), "whose own are in waits for nobody's"


def test_the_recorded_interview_comes_first_and_has_no_notes_itself(rated: Any, submit: Any, signed_in: Enter) -> None:
    anchor = Candidate.objects.create(campaign=rated.campaign, code="A0", name="Recorded", anchor=True)
    interview = Interview.objects.create(candidate=anchor, stage=rated.stage, mode="video")
    seats = [Seat.objects.create(interview=interview, rater=rater) for rater in rated.raters]
    client = signed_in(rated.raters[0])
    assert "the recorded interview" in text(client.get(notes(rated))) and "Not yet" in text(client.get(notes(rated)))
    for seat in seats:
        submit(seat, 3)
    assert "Ida Moe" in text(client.get(notes(rated)))
    own = reverse("panel_notes", args=[anchor.pk])
    assert client.get(own).status_code == 404 and own not in listed(client)


@pytest.mark.parametrize("change", ["cancelled", "missed", "withdrawn", "replaced", "left", "moved away", "erased"])
def test_who_has_no_part_in_it_any_more_finds_nothing(rated: Any, signed_in: Enter, change: str) -> None:
    first = rated.raters[0]
    client = signed_in(first)
    assert client.get(notes(rated)).status_code == 200
    seat = rated.seat(0, 0)
    match change:
        case "cancelled" | "missed":
            Interview.objects.filter(pk=seat.interview_id).update(state=change)
        case "withdrawn":
            Candidate.objects.filter(pk=rated.candidates[0].pk).update(state="withdrawn")
        case "replaced":
            Rating.objects.filter(seat=seat).delete()
            seat.delete()
        case "left":
            Membership.objects.filter(user=first).delete()
        case "moved away":
            Membership.objects.filter(user=first).update(team=Team.objects.create(name="Elsewhere"))
        case "erased":
            Candidate.objects.filter(pk=rated.candidates[0].pk).delete()
    assert client.get(notes(rated)).status_code == (403 if change == "left" else 404)
    if change != "left":
        assert notes(rated) not in listed(client)


def test_others_are_told_nothing_of_it(rated: Any, signed_in: Enter, member: Callable[..., User]) -> None:
    """Neither who interviews in the same team nor the hiring manager, who has a page of their own."""
    elsewhere = Team.objects.create(name="Elsewhere")
    for user in (member(Role.INTERVIEWER, rated.team), member(Role.INTERVIEWER, elsewhere), rated.manager):
        assert signed_in(user).get(notes(rated)).status_code == 404
    assert signed_in(rated.manager).get(reverse("panel_candidate", args=[rated.candidates[0].pk])).status_code == 200
    for role in (Role.AUDITOR, Role.ADMINISTRATOR, Role.COACH, Role.CANDIDATE, Role.AGENT):
        user = member(role, rated.team if role == Role.COACH else None, email=f"{role}@example.net")
        assert signed_in(user).get(notes(rated)).status_code == 403
    client = signed_in(rated.raters[0])
    for number in (reverse("panel_notes", args=[10**15]), notes(rated) + "x/"):
        assert client.get(number).status_code == 404
    assert client.post(notes(rated)).status_code == 405
    assert not Look.objects.filter(page="panel_notes").exists()


def test_a_rater_who_decides_keeps_the_panels_page_and_decides_on_that(rated: Any, signed_in: Enter) -> None:
    first, candidate = rated.raters[0], rated.candidates[0]
    Membership.objects.create(user=first, role=Role.HIRING_MANAGER, team=rated.team)
    client = signed_in(first)
    assert "levels-by" not in client.get(notes(rated)).content.decode()
    assert looks_of(candidate, first) == [], "without levels there is nothing to decide on"
    assert "levels-by" in client.get(reverse("panel_candidate", args=[candidate.pk])).content.decode()
    assert [one.page for one in looks_of(candidate, first)] == ["panel_candidate"]


def test_the_rest_api_tells_a_rater_nothing(rated: Any, signed_in: Enter) -> None:
    """Before submitting as after: a browser's session counts for nothing there, and raters have no tokens."""
    client = signed_in(rated.raters[0])
    ways = [
        re.sub(r"\{[^}]+\}", str(rated.candidates[0].pk), path)
        for path, calls in api.get_openapi_schema()["paths"].items()
        if "get" in calls
    ]
    assert any("candidate" in way for way in ways)
    for when in ("after", "before"):
        assert {client.get(way).status_code for way in ways} == {401}, when
        take_back(rated, 0, 0)
    assert client.get(reverse("tokens")).status_code == 403


@pytest.mark.parametrize(("language", "direction"), [("he", "rtl"), ("nb", "ltr")])
def test_in_other_languages(rated: Any, signed_in: Enter, language: str, direction: str) -> None:
    client = signed_in(rated.raters[0])
    headers = {"Accept-Language": language}
    Quote.objects.create(seat=rated.seat(0, 1), question="helpful.past", text="אמרתי לה לחכות", at=timezone.now())
    page = client.get(notes(rated), headers=headers).content.decode()
    assert f'dir="{direction}"' in page.partition("<html")[2].partition(">")[0]
    assert '<li dir="auto"><q>אמרתי לה לחכות</q></li>' in page
    for words in ("The panel's notes", "Raters differ", "in which you sat"):
        assert words not in page
    take_back(rated, 1, 1)
    lines = client.get(reverse("interviews") + SUBMITTED, headers=headers).content.decode()
    assert notes(rated) in lines and "waits for" not in lines and "See how" not in lines


def test_the_number_of_queries_does_not_grow(
    rated: Any, submit: Any, signed_in: Enter, django_queries: Callable[..., int]
) -> None:
    client = signed_in(rated.raters[0])
    pages = (notes(rated), reverse("interviews") + SUBMITTED)
    few = [django_queries(client, page) for page in pages]
    for number in range(12):
        one = Candidate.objects.create(campaign=rated.campaign, code=f"D{number}", name=f"P{number}", stage=rated.stage)
        interview = Interview.objects.create(candidate=one, stage=rated.stage, mode="video")
        for rater in rated.raters:
            submit(Seat.objects.create(interview=interview, rater=rater), 3)
    for seat in seat_at(rated, 0, *rated.raters):
        submit(seat, 2)
    assert [django_queries(client, page) for page in pages] == few and max(few) <= 25, few
