"""Finding conversations: by words in any writing, by filters, page after page, and whatever is typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise.app.conversations.models import Conversation
from poise.app.conversations.searching import A_PAGE, Asked, Mark, Wanted, read_words, search, snippet
from poise.app.people.models import Evidence, Person

from .conftest import GREETED, OTHER, SHARED, Bring, SignedIn, said

HEBREW = said(
    "hebrew", ("c1", "הקומקום שלי שבור"), ("dana", "בוקר טוב, אני מצטערת על הקומקום"), language="he", channel="call"
)
NORWEGIAN = said(
    "norwegian", ("c1", "Pakken er ikke her, ærlig talt"), ("omar", "Hei! Jeg sjekker."), language="nb", started_at=None
)
ANGRY = said(
    "angry",
    ("c1", "This is outrageous, I am furious, you are thieves!!"),
    ("dana", "Which order is it?"),
    started_at="2026-05-01T08:00:00Z",
)


@pytest.fixture
def all_of_them(bring: Bring) -> dict[int, str]:
    return {one.pk: one.source_id for one in bring(GREETED, OTHER, SHARED, HEBREW, NORWEGIAN, ANGRY)}


def found(all_of_them: dict[int, str], **wanted: Any) -> list[str]:
    rows = search(Conversation.objects.filter(purpose="coaching"), Wanted(**wanted)).found
    return [all_of_them[one.pk] for one in rows]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("kettle", {"greeted"}),
        ("KETTLE", {"greeted"}),
        ("kett*", {"greeted"}),
        ("kett", set()),
        ('"good morning"', {"greeted", "shared"}),
        ('"morning good"', set()),
        ("good -kettle", {"shared"}),
        ("-kettle -good", {"other", "hebrew", "norwegian", "angry"}),
        ('-"good morning" parcel', {"other"}),
        ("הקומקום", {"hebrew"}),
        ('"בוקר טוב"', {"hebrew"}),
        ("ærlig", {"norwegian"}),
        ("Novak", set()),  # a customer's name is hidden, so it is not found either
        ("", {"greeted", "other", "shared", "hebrew", "norwegian", "angry"}),
        ("!!! ...", {"greeted", "other", "shared", "hebrew", "norwegian", "angry"}),
    ],
)
def test_words(all_of_them: dict[int, str], typed: str, names: set[str]) -> None:
    assert set(found(all_of_them, words=read_words(typed))) == names


def test_filters(all_of_them: dict[int, str]) -> None:
    dana = Person.objects.filter(person_id="dana")
    assert found(all_of_them, people=dana)[0] == "angry", "latest first"
    assert set(found(all_of_them, people=dana)) == {"greeted", "shared", "hebrew", "angry"}
    assert set(found(all_of_them, channel="call")) == {"hebrew"}
    assert set(found(all_of_them, language="nb")) == {"norwegian"}
    assert set(found(all_of_them, anger=2)) == {"angry"}
    assert set(found(all_of_them, behaviours=("courtesy.greeting",), people=dana)) >= {"greeted", "shared"}
    assert "angry" in found(all_of_them, behaviours=("courtesy.apology",), missed=True)
    assert "greeted" not in found(all_of_them, behaviours=("courtesy.greeting",), missed=True)
    for name in found(all_of_them, behaviours=("courtesy.apology",), missed=True):
        row = Evidence.objects.get(behaviour="courtesy.apology", conversation__source_id=name)
        assert row.opportunities > row.hits


def test_pages_follow_each_other_without_gap_or_repetition(bring: Bring) -> None:
    few = [
        said(f"d{n}", ("c1", "hi"), ("dana", "hello"), started_at=f"2026-01-{n % 9 + 1:02}T10:00:00Z")
        for n in range(40)
    ]
    none = [said(f"n{n}", ("c1", "hi"), ("dana", "hello"), started_at=None) for n in range(30)]
    bring(*few, *none)
    reached = Conversation.objects.filter(purpose="coaching")
    seen: list[Conversation] = []
    after = ""
    while True:
        page = search(reached, Wanted(), after)
        assert len(page.found) <= A_PAGE
        seen += page.found
        after = page.next
        if not after:
            break
    assert len({one.pk for one in seen}) == len(seen) == 70
    dated = [(one.started_at, one.pk) for one in seen if one.started_at is not None]
    assert dated == sorted(dated, reverse=True) and len(dated) == 40
    assert all(one.started_at is None for one in seen[40:])


@pytest.mark.parametrize(
    "after", ["x", "-", "-0", "99999999T999999999999-1", "20260101T000000000000-", "'; --", "-1" * 40]
)
def test_a_place_that_is_none_begins_anew_or_ends(all_of_them: dict[int, str], after: str) -> None:
    search(Conversation.objects.all(), Wanted(), after)


TYPED = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                '"',
                "-",
                "*",
                "'",
                "(",
                ")",
                ":",
                "&",
                "|",
                "!",
                "<->",
                "AND",
                "OR",
                "NOT",
                "NEAR(",
                "^",
                "{",
                "\\",
                "kettle",
                "א",
                "a.b@c.d",
                "%",
                "_",
                "\x00",
                "1.5",
                "e-mail",
            ]
        ),
        max_size=14,
    ).map("".join),
    st.lists(
        st.sampled_from(['"good', 'morning"', "-", "kett*", "text:", "NOT", "+", "*", "''", "\ud7ff"]), max_size=10
    ).map(" ".join),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED)
def test_whatever_is_typed_is_no_error(all_of_them: dict[int, str], typed: str) -> None:
    words = read_words(typed)
    for one in search(Conversation.objects.all(), Wanted(words=words)).found:
        snippet(one.search_text.text, words)


@pytest.mark.parametrize("after", ["", "x"])
@pytest.mark.parametrize(
    "asked",
    [
        {"q": "' OR 1=1 --"},
        {"q": '"'},
        {"q": "a" * 301},
        {"q": "\x00"},
        {"since": "9999-12-31", "until": "0001-01-01"},
        {"since": "yesterday"},
        {"person": "1'"},
        {"team": "999999999999999999999999"},
        {"behaviour": "nothing.like.it"},
        {"anger": "9"},
        {"channel": "<script>"},
    ],
)
def test_a_hostile_address_is_answered(bring: Bring, signed_in: SignedIn, asked: dict[str, str], after: str) -> None:
    bring(GREETED)
    answer = signed_in("coach").get("/conversations/", asked | {"after": after})
    assert answer.status_code in {200, 422}
    assert "<script>" not in answer.content.decode()


def test_nobody_out_of_reach_can_be_filtered_for(bring: Bring, signed_in: SignedIn) -> None:
    bring(GREETED, OTHER, SHARED)
    omar = Person.objects.get(person_id="omar")
    coach = signed_in("coach", "Harbour")
    assert coach.get("/conversations/", {"person": omar.pk}).status_code == 422
    assert "Omar" not in coach.get("/conversations/").content.decode()
    # a behaviour that only somebody out of reach showed is not found in a conversation shared with them
    assert "/conversations/" in coach.get("/conversations/", {"behaviour": "help.offer"}).content.decode()
    shared = Conversation.objects.get(source_id="shared")
    page = coach.get("/conversations/", {"behaviour": "help.offer"}).content.decode()
    shown = Evidence.objects.filter(conversation=shared, behaviour="help.offer", hits__gt=0)
    assert {row.person.person_id for row in shown} == {"omar"}
    assert f"/conversations/{shared.pk}/" not in page


def test_results_show_the_words_marked_and_lead_to_the_behaviour(bring: Bring, signed_in: SignedIn) -> None:
    (one,) = bring(GREETED)
    page = signed_in("coach").get("/conversations/", {"q": "kettle", "behaviour": "courtesy.greeting"}).content.decode()
    assert "<mark>kettle</mark>" in page
    assert f"/conversations/{one.pk}/?behaviour=courtesy.greeting" in page


def test_a_snippet_holds_the_words_around_and_nothing_that_deceives() -> None:
    words = (Asked(("kettle",), "kettle"),)
    marks = snippet("before " * 40 + "the Kettle\u202e is <b> " + "after " * 60, words)
    assert Mark("Kettle", True) in marks
    text = "".join(one.text for one in marks)
    assert text.startswith("… ") and text.endswith(" …") and "\u202e" not in text and len(text) < 300
    assert snippet("kettles", words) == [Mark("kettles")], "a longer word is another word"
    assert snippet("", words) == [Mark("")] or snippet("", words) == []


def test_results_take_as_many_queries_however_many_there_are(bring: Bring, signed_in: SignedIn) -> None:
    bring(GREETED)
    client = signed_in("coach", "Harbour")
    client.get("/conversations/", {"q": "kettle"})

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/conversations/", {"q": "kettle", "behaviour": "courtesy.greeting"}).status_code == 200
        return len(queries)

    few = asked()
    bring(*({**GREETED, "id": f"g{number}"} for number in range(30)))
    assert asked() <= few <= 24


@pytest.mark.parametrize("words", ["", "kettle", "-kettle", "teapot"])
def test_turns_stand_apart_in_a_snippet(words: str) -> None:
    marks = snippet("My kettle is broken\n\n  I am sorry\nThank you", read_words(words))
    assert "".join(one.text for one in marks) == "My kettle is broken · I am sorry · Thank you"
