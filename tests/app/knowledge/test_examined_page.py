"""The page that says where each trait is examined: each place that it names is there, and open to whom it says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from addresses import ADDRESSES
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from poise.app.access import Capability, capability_of
from poise.app.accounts.models import User
from poise.app.conversations.detecting import everything
from poise.app.knowledge.models import Choice
from poise.knowledge.examined import Page, load_examined
from poise.knowledge.interviews import load_item_bank

Member = Callable[..., User]
URL = "/knowledge/examined/"


def read(client: Client, member: Member, role: str = "coach", language: str = "en") -> str:
    client.force_login(member(role, email=f"{role}@example.org"))
    client.cookies["language"] = language
    answer = client.get(URL)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("page", load_examined().page, ids=lambda page: page.name)
def test_each_page_that_is_named_exists_and_is_opened_by_its_capability(page: Page) -> None:
    views = {name: view for name, _, view in ADDRESSES}
    assert page.name in views
    assert capability_of(views[page.name], page.name) is Capability(page.capability)


@pytest.mark.parametrize("language", ["en", "he", "nb"])
def test_every_sentence_is_read_in_each_language(db: str, client: Client, member: Member, language: str) -> None:
    page = read(client, member, "interviewer", language=language)
    for part in load_examined().part:
        assert f'id="{part.id}"' in page
        for one in part.sentence:
            assert escape(one.text(language)) in page
    for question in load_item_bank().questions.values():
        assert escape(question.text[language]) in page
        assert all(escape(texts[language]) in page for texts in question.anchors.values())


@pytest.mark.parametrize("role", ["agent", "coach", "administrator"])
def test_questions_and_anchors_are_for_those_who_interview(db: str, client: Client, member: Member, role: str) -> None:
    page = read(client, member, role)
    assert "is shown to those who interview" in page and "Helpful" in page
    for question in load_item_bank().questions.values():
        assert escape(question.text["en"]) not in page and f"#{question.id}" not in page
        assert not any(escape(texts["en"]) in page for texts in question.anchors.values())


def test_every_place_leads_somewhere(db: str, client: Client, member: Member) -> None:
    page = read(client, member, "hiring_manager")
    ids = set(re.findall(r'id="([^"]+)"', page))
    main = page[page.index("<h1>") :]
    targets = set(re.findall(r'href="([^"]+)"', main))
    within = {target[1:] for target in targets if target.startswith("#")}
    assert within - ids == set()
    assert {one.id for one in load_item_bank().questions.values()} <= within
    acts = {target.split("/")[2] for target in targets if target.startswith("/knowledge/")} - {"examined", ""}
    assert {key for part in load_examined().part for one in part.sentence for key in one.behaviours} <= acts
    assert acts <= set(everything().entries())
    assert client.get(f"/knowledge/{sorted(acts)[0]}/").status_code == 200


def test_what_is_not_built_is_said_in_words(db: str, client: Client, member: Member) -> None:
    page = read(client, member)
    waiting = [one for part in load_examined().part for one in part.sentence if one.not_built]
    assert page.count("<dt>Not built</dt>") == len(waiting) > 10
    assert page.count("the simulated shift") == sum("shift" in one.not_built for one in waiting)


def test_pages_are_links_only_for_those_who_may_open_them(db: str, client: Client, member: Member) -> None:
    title = load_examined().pages()["people"].title["en"]
    link = f'<a href="/people/">{title}</a>'
    assert link in read(client, member)
    interviewer = read(Client(), member, "interviewer")
    assert link not in interviewer
    assert title in interviewer


def test_an_act_that_is_switched_off_says_so(db: str, client: Client, member: Member) -> None:
    assert "switched off" not in read(client, member)
    Choice.objects.create(kind=Choice.Kind.OFF, value="idle.offer", reason="no states here")
    page = client.get(URL).content.decode()
    places = sum("idle.offer" in one.behaviours for part in load_examined().part for one in part.sentence)
    assert page.count("switched off") == places


def test_what_an_act_counts_for_is_said_where_it_is_another_trait(db: str, client: Client, member: Member) -> None:
    assert "counts for: Considerate" in read(client, member)


def test_the_overview_leads_to_it_and_it_asks_the_database_a_few_times(db: str, client: Client, member: Member) -> None:
    read(client, member)
    assert f'href="{URL}"' in client.get("/knowledge/").content.decode()
    with CaptureQueriesContext(connection) as queries:
        client.get(URL)
    assert len(queries) <= 6


def test_candidates_do_not_read_the_anchors(db: str, client: Client, member: Member) -> None:
    client.force_login(member("candidate"))
    assert client.get(URL).status_code == 403
