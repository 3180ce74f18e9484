"""The pages of deciding: what is shown to whom, and what waits for what."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from poise.app.accounts.models import Team, User
from poise.app.interviews.campaigns.models import Candidate, Interview, Seat
from poise.app.interviews.decisions.deciding import decide
from poise.app.interviews.decisions.models import Decision, Objection
from poise.app.interviews.decisions.printing import paper
from poise.app.interviews.decisions.report import report_of
from poise.app.interviews.decisions.wording import PAGES
from poise.app.interviews.panel import urls as panel_urls
from poise.app.interviews.panel.models import Look
from poise.app.people.models import Person

from .conftest import REASON

MEAN = "What the interviews found"


def page_of(client: Client, name: str, key: int | None = None, **query: str) -> str:
    response = client.get(reverse(name, args=[key] if key else []), query)
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


def test_the_page_asks_to_look_first_then_shows_and_takes_a_decision(
    rated: Any, look: Callable[..., None], client: Client
) -> None:
    amal = rated.candidates[0]
    address = reverse("decision", args=[amal.pk])
    client.force_login(rated.manager)
    page = page_of(client, "decision", amal.pk)
    assert "You have not looked at the panel" in page and MEAN not in page and "<textarea" not in page
    refused = client.post(address, {"outcome": "hire", "reason": REASON})
    assert refused.status_code == 422 and not Decision.objects.exists()
    assert not Look.objects.exists(), "what was not shown was not seen"

    look(rated.manager, amal)
    page = page_of(client, "decision", amal.pk)
    assert MEAN in page and "<textarea" in page and "checked" not in page
    assert Look.objects.filter(page="decision", candidate=amal, user=rated.manager).count() == 1
    assert "If two more answers about each trait were rated 4" in page
    assert client.post(address, {"outcome": "hire", "reason": "Good."}).status_code == 422
    told = client.post(address, {"outcome": "decline", "reason": REASON})
    assert told.status_code == 422 and "This goes against what the interviews say" in told.content.decode()
    assert not Decision.objects.exists()
    done = client.post(address, {"outcome": "decline", "reason": REASON, "override": "on"})
    assert done.status_code == 302 and Decision.objects.get().override
    assert [one["page"] for one in Decision.objects.get().seen] == ["panel_candidate", "decision"]
    page = page_of(client, "decision", amal.pk)
    assert REASON in page and "against the interviews" in page


def test_ones_own_ratings_come_first_on_every_page(rated: Any, look: Callable[..., None], client: Client) -> None:
    amal = rated.candidates[0]
    look(rated.manager, amal)
    decide(amal, "hire", REASON, False, rated.manager)
    Decision.objects.create(
        candidate=rated.candidates[1], stage=rated.stage, outcome="decline", reason=REASON, decided_by=rated.raters[0]
    )
    more = Candidate.objects.create(campaign=rated.campaign, code="C9", name="Dov Levi", stage=rated.stage)
    interview = Interview.objects.create(candidate=more, stage=rated.stage, mode="video")
    Seat.objects.create(interview=interview, rater=rated.manager)
    client.force_login(rated.manager)
    Objection.objects.create(candidate=amal, text="I was rated 2 and it was more.")
    page = page_of(client, "decision", amal.pk)
    assert "Your own ratings come first" in page and MEAN not in page and REASON not in page
    assert "waits for an answer" not in page, "that somebody objects tells that it was decided"
    told = client.post(reverse("decision", args=[amal.pk]), {"outcome": "decline", "reason": REASON})
    assert told.status_code == 422 and "against what the interviews" not in told.content.decode()
    assert "rated 2" not in page_of(client, "objection", Objection.objects.get().pk)
    assert "is offered the job" not in page_of(client, "decisions", show="all")
    assert client.get(reverse("decision_report", args=[amal.pk])).status_code == 403
    assert client.get(reverse("decision_report_pdf", args=[amal.pk])).status_code == 403


def test_what_is_rated_of_one_candidate_is_not_in_the_form_of_an_objection_before_ones_own_of_others(
    rated: Any, client: Client
) -> None:
    objection = Objection.objects.create(candidate=rated.candidates[0], about="helpful", text="It was more.")
    client.force_login(rated.manager)
    address = reverse("objection", args=[objection.pk])
    assert "Ivan Petrov" in client.get(address).text
    more = Candidate.objects.create(campaign=rated.campaign, code="C9", name="Dov Levi", stage=rated.stage)
    interview = Interview.objects.create(candidate=more, stage=rated.stage, mode="video")
    Seat.objects.create(interview=interview, rater=rated.manager)
    page = client.get(address).text
    assert "Ivan Petrov" not in page and "I did helpful" not in page
    assert client.post(address, {"verdict": "upheld", "answer": REASON}).status_code == 403


def test_what_was_looked_at_says_which_page_it_was(rated: Any, look: Callable[..., None], client: Client) -> None:
    amal = rated.candidates[0]
    client.force_login(rated.manager)
    for name, key in (("panel_campaign", rated.campaign.pk), ("panel_ratings", rated.campaign.pk)):
        assert client.get(reverse(name, args=[key])).status_code == 200
    Look.objects.create(user=rated.manager, campaign=rated.campaign, candidate=amal, page="recording", digest="")
    look(rated.manager, amal)
    page = page_of(client, "decision", amal.pk)
    seen = re.sub(r"<[^>]+>", "", page[page.index('id="seen"') : page.index('id="decide"')])
    for words in ("panel&#x27;s page of this candidate", "The campaign&#x27;s panel", "ratings as a file"):
        assert seen.count(words) == 1, words
    assert "The transcript of an interview" in seen and seen.count("the ratings are the same") == 3
    assert "changed since" not in seen, "a transcript rests on no ratings"
    routes = {one.name for one in panel_urls.urlpatterns}
    assert routes - {"panels", "panel_audits", "panel_notes"} <= set(PAGES), "every page that leaves a look has words"


def test_another_teams_candidates_are_not_there(
    rated: Any, look: Callable[..., None], member: Callable[..., User], client: Client
) -> None:
    amal = rated.candidates[0]
    look(rated.manager, amal)
    decide(amal, "hire", REASON, False, rated.manager)
    objection = Objection.objects.create(candidate=amal, text="No.")
    client.force_login(member("hiring_manager", Team.objects.create(name="Elsewhere")))
    for name in ("decision", "decision_start_work", "decision_report", "decision_report_pdf"):
        assert client.get(reverse(name, args=[amal.pk])).status_code == 404, name
    assert client.post(reverse("decision_start_work", args=[amal.pk])).status_code == 404
    assert client.get(reverse("objection", args=[objection.pk])).status_code == 404
    for name in ("decisions", "objections"):
        assert "Amal Haddad" not in page_of(client, name)
    assert not Person.objects.exists()


def test_of_the_alternative_process_answers_are_shown_and_no_levels(rated: Any, client: Client) -> None:
    Candidate.objects.filter(pk=rated.candidates[0].pk).update(alternative=True)
    client.force_login(rated.manager)
    page = page_of(client, "decision", rated.candidates[0].pk)
    assert "nothing is computed of them" in page and "I did helpful.past." in page and MEAN not in page


def test_the_hire_and_the_report_from_the_page(rated: Any, look: Callable[..., None], client: Client) -> None:
    amal = rated.candidates[0]
    client.force_login(rated.manager)
    assert client.get(reverse("decision_start_work", args=[amal.pk])).status_code == 404
    assert client.get(reverse("decision_report", args=[amal.pk])).status_code == 404
    look(rated.manager, amal)
    decide(amal, "hire", REASON, False, rated.manager)
    page = page_of(client, "decision_report", amal.pk)
    assert "You are offered the job." in page and "it could be anything from" in page
    assert not any(name in page.replace(rated.manager.name, "", 1) for name in ("Ivan", "Ida Moe", "Bo Lind", "Chaya"))
    assert "becomes a person of the team" in page_of(client, "decision_start_work", amal.pk)
    assert client.post(reverse("decision_start_work", args=[amal.pk])).status_code == 302
    amal.refresh_from_db()
    assert amal.person is not None and amal.person.team == rated.team


def test_whoever_has_still_to_rate_does_not_learn_of_a_hire_by_the_start_of_work(
    rated: Any, look: Callable[..., None], member: Callable[..., User], client: Client
) -> None:
    amal, bo = rated.candidates[:2]
    look(rated.manager, amal)
    decide(amal, "hire", REASON, True, rated.manager)
    late = Candidate.objects.create(campaign=rated.campaign, code="LATE", name="Late", stage=rated.stage)
    interview = Interview.objects.create(candidate=late, stage=rated.stage, mode="video")
    other = member("hiring_manager", rated.team, email="olga@example.org")
    Seat.objects.create(interview=interview, rater=other)
    client.force_login(other)
    boss = Client()
    boss.force_login(rated.manager)
    for started in (False, True):
        told = [page_of(client, "decision", one.pk).replace(one.name, "") for one in (amal, bo)]
        assert "Your own ratings come first" in told[0] and "started" not in told[0] and "hired" not in told[0]
        assert [client.get(reverse("decision_start_work", args=[one.pk])).status_code for one in (amal, bo)] == [
            403,
            403,
        ]
        if not started:
            boss.post(reverse("decision_start_work", args=[amal.pk]))
            assert Person.objects.filter(name=amal.name).exists()


@pytest.mark.parametrize("language", ["en", "he"])
def test_the_paper_is_in_its_language_and_direction(
    rated: Any, look: Callable[..., None], client: Client, language: str
) -> None:
    amal = rated.candidates[0]
    look(rated.manager, amal)
    decide(amal, "hire", REASON, False, rated.manager)
    client.force_login(rated.manager)
    client.cookies["language"] = language
    response = client.get(reverse("decision_report_pdf", args=[amal.pk]))
    assert response.headers["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF-")
    assert response.content.rstrip().endswith(b"%%EOF")
    page = paper(report_of(amal, language))
    assert f'<html lang="{language}" dir="{"rtl" if language == "he" else "ltr"}">' in page
    assert 'src="' not in page and "href=" not in page


def test_the_auditors_log_has_codes_and_no_words(
    rated: Any, look: Callable[..., None], member: Callable[..., User], client: Client
) -> None:
    for number, outcome in ((0, "decline"), (1, "decline"), (2, "wait")):
        look(rated.manager, rated.candidates[number])
        decide(rated.candidates[number], outcome, REASON, True, rated.manager)
    client.force_login(member("auditor"))
    page = page_of(client, "decision_log")
    assert "C0" in page and "C2" in page and str(len(REASON)) in page
    assert not any(word in page for word in (REASON, "Amal", "Bo Lind", "Chaya"))
    only = page_of(client, "decision_log", override="1")
    assert "C0" in only and "C1" not in only
    response = client.get(reverse("decision_log_csv"))
    rows = list(csv.DictReader(response.content.decode("utf-8-sig").splitlines()))
    assert [(row["candidate"], row["outcome"], row["override"], row["reason_letters"]) for row in rows] == [
        ("C2", "wait", "false", str(len(REASON))),
        ("C1", "decline", "false", str(len(REASON))),
        ("C0", "decline", "true", str(len(REASON))),
    ]
    assert not any(word in response.content.decode() for word in (REASON, "Amal", "Helen"))


def test_an_auditor_who_has_still_to_rate_reads_no_decision_of_that_campaign(
    rated: Any, look: Callable[..., None], member: Callable[..., User], client: Client
) -> None:
    look(rated.manager, rated.candidates[0])
    decide(rated.candidates[0], "hire", REASON, False, rated.manager)
    more = Candidate.objects.create(campaign=rated.campaign, code="C9", name="Dov Levi", stage=rated.stage)
    auditor = member("auditor")
    seat = Seat.objects.create(
        interview=Interview.objects.create(candidate=more, stage=rated.stage, mode="video"), rater=auditor
    )
    client.force_login(auditor)
    page = page_of(client, "decision_log")
    assert "C0" not in page and "are left out" in page
    assert "hire" not in client.get(reverse("decision_log_csv")).content.decode()
    Seat.objects.filter(pk=seat.pk).update(submitted_at=timezone.now())
    page = page_of(client, "decision_log")
    assert "C0" in page and "are left out" not in page


def test_pages_take_as_many_queries_however_long_they_are(
    rated: Any, look: Callable[..., None], member: Callable[..., User], client: Client
) -> None:
    def count(name: str, key: int | None = None) -> int:
        with CaptureQueriesContext(connection) as queries:
            page_of(client, name, key)
        return len(queries)

    bo = rated.candidates[1]
    look(rated.manager, bo)
    decide(bo, "wait", REASON, False, rated.manager)
    auditor = member("auditor")
    names: list[tuple[str, int | None, User]] = [
        ("decisions", None, rated.manager),
        ("objections", None, rated.manager),
        ("decision", bo.pk, rated.manager),
        ("decision_log", None, auditor),
    ]
    few = []
    for name, key, user in names:
        client.force_login(user)
        page_of(client, name, key)
        few.append(count(name, key))
    for number in range(30):
        one = Candidate.objects.create(campaign=rated.campaign, code=f"M{number}", name=f"M{number}", stage=rated.stage)
        Decision.objects.create(
            candidate=one, stage=rated.stage, outcome="wait", reason=REASON, decided_by=rated.manager
        )
        Decision.objects.create(
            candidate=bo, stage=rated.stage, outcome="wait", reason=REASON, decided_by=rated.manager
        )
        Objection.objects.create(candidate=one, text="No.")
        Objection.objects.create(candidate=bo, text="No.")
    for (name, key, user), before in zip(names, few, strict=True):
        client.force_login(user)
        assert count(name, key) <= before + 1, name  # a second page is counted
