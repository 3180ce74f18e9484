"""The page of one conversation: what it shows, to whom, and what hostile words do to it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from poise.app.audit.models import Entry
from poise.app.conversations.models import Event, Turn
from poise.app.conversations.page import pieces
from poise.app.conversations.timeline import WIDTH, timeline

from .conftest import GREETED, OTHER, SHARED, Bring, SignedIn, said


def text(content: bytes) -> str:
    return content.decode()


def test_turns_are_shown_as_they_were_with_findings_in_place(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    page = text(signed_in("coach", "Harbour").get(f"/conversations/{one.pk}/").content)
    assert '<mark class="plus">Good morning</mark>' in page
    assert "Greets the customer" in page
    assert "I am so sorry" in re.sub(r"<a class=\"ref\".*?</a>|<.*?>", "", page)
    assert "Missed: " in page and "called for here and not done" in page
    assert "Novak" not in page and "••••" in page, "customers' names are dots"
    assert page.count('class="unseen">Strength:') > 1, "a sign is said, not only drawn"


@pytest.mark.parametrize("language", ["en", "he"])
def test_each_message_has_a_direction_of_its_own(bring: Bring, signed_in: SignedIn, language: str) -> None:
    (one,) = bring(said("both", ("c1", "הקומקום שלי שבור"), ("dana", "Good morning! I am so sorry about the kettle.")))
    client = signed_in("coach", "Harbour")
    client.cookies["language"] = language
    page = text(client.get(f"/conversations/{one.pk}/").content)
    assert f'dir="{"rtl" if language == "he" else "ltr"}"' in page[: page.index(">", page.index("<html"))]
    assert page.count('<div class="words"') == page.count('<div class="words" dir="auto">') == 2
    found = text(client.get("/conversations/?q=kettle").content)
    assert '<p class="snippet" dir="auto">' in found


def test_one_behaviour_can_be_shown_alone(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    client = signed_in("coach", "Harbour")
    page = text(client.get(f"/conversations/{one.pk}/?behaviour=courtesy.greeting").content)
    assert page.count("<mark") == 1 and ">Good morning</mark>" in page
    turn = page[page.index('id="found"') :]
    assert page.count('id="found"') == 1 and turn.index("Good morning") < turn.index("<li "), "it opens at the words"
    everything = text(client.get(f"/conversations/{one.pk}/?behaviour=<script>").content)
    assert everything.count("<mark") > 1 and "<script>" not in everything


@pytest.mark.parametrize(
    ("role", "team", "person", "which", "status"),
    [
        ("coach", "Harbour", "", "greeted", 200),
        ("coach", "Harbour", "", "other", 404),
        ("coach", "Harbour", "", "shared", 200),
        ("coach", "", "", "other", 200),
        ("agent", "Harbour", "dana", "greeted", 200),
        ("agent", "Harbour", "dana", "other", 404),
        ("agent", "Harbour", "", "greeted", 404),
        ("administrator", "", "", "greeted", 403),
        ("auditor", "", "", "greeted", 403),
        ("hiring_manager", "Harbour", "", "greeted", 403),
    ],
)
def test_who_reads_what(
    bring: Bring, signed_in: SignedIn, role: str, team: str, person: str, which: str, status: int
) -> None:
    pages = {one.source_id: one.pk for one in bring(GREETED, OTHER, SHARED)}
    client = signed_in(role, team, person)
    assert client.get(f"/conversations/{pages[which]}/").status_code == status
    found = client.get("/conversations/")
    assert found.status_code == (403 if status == 403 else 200)
    if status == 404:
        assert f"/conversations/{pages[which]}/" not in text(found.content)
    if status == 200:
        assert f"/conversations/{pages[which]}/" in text(found.content)


def test_what_was_given_for_selection_is_not_read_for_coaching(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED, purpose="selection")
    client = signed_in("coach")
    assert client.get(f"/conversations/{one.pk}/").status_code == 404
    assert f"/conversations/{one.pk}/" not in text(client.get("/conversations/?q=kettle").content)
    assert client.get(f"/conversations/{one.pk}/contest/").status_code == 404


def test_findings_of_others_are_not_shown(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(SHARED)
    own = text(signed_in("agent", person="dana").get(f"/conversations/{one.pk}/").content)
    assert own.count(">Good morning</mark>") == 1
    both = text(signed_in("coach").get(f"/conversations/{one.pk}/").content)
    assert both.count(">Good morning</mark>") == 2


def test_reading_is_logged_for_each_person_shown(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(SHARED)
    signed_in("coach").get(f"/conversations/{one.pk}/")
    rows = Entry.objects.filter(action="viewed", detail__page="conversation")
    assert {row.purpose for row in rows} == {"coaching"} and len({row.person for row in rows}) == 2


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "\u202egnp.exe please\u202c",
        "x" * 100_000,
        "good morning " * 8_000,
        "{{ 7|add:7 }}{% load i18n %}",
        "\u0000\u0007 good morning",
    ],
)
def test_hostile_words_do_nothing(bring: Bring, signed_in: SignedIn, words: str) -> None:
    (one,) = bring(said("hostile", ("c1", words), ("dana", words)))
    client = signed_in("coach")
    answer = client.get(f"/conversations/{one.pk}/")
    page = text(answer.content)
    assert answer.status_code == 200
    assert "<script>alert" not in page and "<img" not in page and "\u202e" not in page and "\x00" not in page
    found = text(client.get("/conversations/", {"q": "please OR morning"}).content)
    assert "<script>alert" not in found and "\u202e" not in found


def test_private_notes_stand_apart_and_events_in_their_place(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    Turn.objects.filter(conversation=one, number=3).update(private=True)
    for number in range(4):
        Turn.objects.filter(conversation=one, number=number).update(at=datetime(2026, 3, 4, 10, number, tzinfo=UTC))
    Event.objects.create(
        conversation=one, number=0, kind="transfer", at=datetime(2026, 3, 4, 10, 1, 30, tzinfo=UTC), data=""
    )
    page = text(signed_in("coach").get(f"/conversations/{one.pk}/").content)
    assert 'class="turn private" id="turn-3"' in page
    assert page.index('id="turn-1"') < page.index("the customer was transferred") < page.index('id="turn-2"')


def test_hits_that_overlap_are_cut_into_pieces() -> None:
    class Hit:
        def __init__(self, begin: int, end: int, sign: str, title: str) -> None:
            self.begin, self.end, self.sign, self.title = begin, end, sign, title

    found = pieces("0123456789", [(1, Hit(0, 6, "+", "a")), (2, Hit(4, 8, "-", "b")), (3, Hit(9, 99, "0", "c"))])  # type: ignore[list-item]
    assert "".join(one.text for one in found) == "0123456789"
    assert [(one.text, one.hits, one.ends, one.sign) for one in found] == [
        ("0123", (1,), (), "+"),
        ("45", (1, 2), ((1, "a"),), "0"),
        ("67", (2,), ((2, "b"),), "-"),
        ("8", (), (), ""),
        ("9", (3,), ((3, "c"),), "0"),
    ]


def test_time_runs_from_the_side_where_reading_begins() -> None:
    turns = [
        Turn(number=0, speaker="a", role="agent", start=0.0, end=6.0, private=False),
        Turn(number=1, speaker="b", role="customer", start=4.0, end=10.0, private=False),
    ]
    plain, mirrored = timeline(turns, mirrored=False), timeline(turns, mirrored=True)
    assert plain is not None and mirrored is not None
    assert (plain.seconds, plain.overlap_seconds, len(plain.overlaps)) == (10, 2, 1)
    for one, other in zip(plain.lanes, mirrored.lanes, strict=True):
        assert other.bars[0].x == pytest.approx(WIDTH - one.bars[0].x - one.bars[0].width)
    assert timeline(turns[:1], mirrored=False) is None


def test_a_page_asks_the_database_as_often_however_long_it_is(bring: Bring, signed_in: SignedIn) -> None:
    many = [("c1", "Where is it?"), ("dana", "Good morning, I am so sorry, please wait.")] * 60
    short, long = bring(GREETED, said("long", *many))
    client = signed_in("coach", "Harbour")
    client.get(f"/conversations/{short.pk}/")

    def asked(key: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/conversations/{key}/").status_code == 200
        return len(queries)

    assert asked(short.pk) == asked(long.pk) <= 30
