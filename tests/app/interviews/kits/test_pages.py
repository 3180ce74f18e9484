"""The kit pages: from a job to a published kit without scripts, and nothing that was written is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.interviews.kits.making import begin, draft_of
from poise.app.interviews.kits.models import Kit, KitVersion
from poise.knowledge.interviews import STRENGTHS, load_item_bank, start_kit

TWO = {"helpful": 2.0, "organised": 1.0}


@pytest.fixture
def manager(db: str, member: Callable[..., User], client: Client) -> User:
    """Somebody signed in who manages the campaigns of one team."""
    user = member(Role.HIRING_MANAGER, Team.objects.create(name="Harbour"), email="helen@example.org")
    client.force_login(user)
    return user


@pytest.fixture
def draft(manager: User) -> KitVersion:
    """A draft of two traits, from the item bank."""
    kit = begin(Team.objects.get(), "Front desk", start_kit(load_item_bank(), TWO), manager)
    return draft_of(kit, manager)


def fields(text: str) -> dict[str, str]:
    """What a page's forms would send if nothing were changed."""
    found = {
        unescape(name): unescape(words.removeprefix("\n"))
        for name, words in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', text, re.S)
    }
    for tag in re.findall(r"<input [^>]*>", text):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") == "checkbox" and "checked" not in tag:
            continue
        if "name" in attributes:
            found[attributes["name"]] = unescape(attributes.get("value", "on"))
    return {name: value for name, value in found.items() if name not in {"csrfmiddlewaretoken", "next", "language"}}


def at(name: str, *places: object) -> str:
    return reverse(name, args=places)


def test_a_kit_from_the_job_to_the_published_version(manager: User, client: Client) -> None:
    start = at("kit_start")
    team = Team.objects.get()
    wrong = client.post(start, {"team": team.pk, "title": "Front desk", "on_helpful": "on", "weight_helpful": "-1"})
    assert wrong.status_code == 422 and "Front desk" in wrong.text
    asked = {"team": team.pk, "title": "Front desk", "on_helpful": "on", "weight_helpful": "2"}
    made = client.post(start, asked | {"on_organised": "on", "weight_organised": "1"})
    kit = Kit.objects.get()
    assert made.headers["Location"] == at("kit_job", kit.pk)
    again = client.post(start, asked)
    assert again.status_code == 422 and "has a kit of that name" in again.text
    refused = client.get(at("kit_publish", kit.pk)).text
    assert "There is no job analysis" in refused and "Publish version" not in refused
    assert client.post(at("kit_publish", kit.pk)).status_code == 422 and kit.versions.get().published_at is None
    page = fields(client.get(at("kit_job", kit.pk)).text)
    client.post(at("kit_job", kit.pk), page | {"job_analysis": "Three leads were asked in May."})
    ready = client.get(at("kit_publish", kit.pk)).text
    assert "2 traits have at least two questions about the past" in ready and "Complete in: English" in ready
    client.post(at("kit_publish", kit.pk))
    version = kit.versions.get()
    assert version.published_at and version.published_by == manager and version.read().traits == TWO
    assert client.get(at("kit_edit", kit.pk)).status_code == 404, "there is nothing to edit any more"
    assert client.post(at("kit_next", kit.pk)).headers["Location"] == at("kit_edit", kit.pk)
    assert [one.number for one in kit.versions.all()] == [2, 1]


def test_the_words_of_a_question_are_kept_in_each_language(draft: KitVersion, client: Client) -> None:
    way = at("kit_question", draft.kit_id, "helpful.past_1")
    page = fields(client.get(way).text)
    assert page["text_he"] and page["anchor_5_nb"], "the item bank's words are there"
    changed = {"text_en": "When did you <b>help</b>?\r\nTell me.", "anchor_3_en": "", "text_nb": "Når hjalp du?"}
    saved = client.post(way, page | changed | {"next": "1"})
    assert saved.headers["Location"] == at("kit_question", draft.kit_id, "helpful.past_2")
    draft.refresh_from_db()
    stored = draft.draft().question("helpful.past_1")
    assert stored.text["en"] == "When did you <b>help</b>?\nTell me." and stored.text["nb"] == "Når hjalp du?"
    assert "en" not in stored.anchors["3"] and stored.anchors["3"]["he"] == page["anchor_3_he"]
    seen = client.get(at("kit_version", draft.pk)).text
    assert "When did you &lt;b&gt;help&lt;/b&gt;?" in seen and "<b>help</b>" not in seen
    assert "lacks an anchor in English" in client.get(at("kit_publish", draft.kit_id)).text
    too_long = client.post(way, fields(client.get(way).text) | {"text_he": "א" * 2001, "text_en": "Kept?"})
    assert too_long.status_code == 422 and "Kept?" in too_long.text and "א" * 2001 in too_long.text


def test_two_editors_of_one_question_are_told_and_of_two_are_not_in_each_others_way(
    draft: KitVersion, client: Client
) -> None:
    one, two = (at("kit_question", draft.kit_id, f"helpful.past_{number}") for number in (1, 2))
    first, second, other = (fields(client.get(way).text) for way in (one, one, two))
    assert client.post(one, first | {"text_en": "The first one's words"}).status_code == 302
    assert client.post(two, other | {"text_en": "Elsewhere"}).status_code == 302
    told = client.post(one, second | {"text_en": "The second one's words"})
    assert told.status_code == 409 and "Somebody else saved this while you wrote" in unescape(told.text)
    assert "The second one&#x27;s words" in told.text and "The first one&#x27;s words" in told.text
    draft.refresh_from_db()
    assert draft.draft().question("helpful.past_1").text["en"] == "The first one's words"
    assert client.post(one, fields(told.text)).status_code == 302, "saving once more puts one's own in its place"
    draft.refresh_from_db()
    assert draft.draft().question("helpful.past_1").text["en"] == "The second one's words"
    assert draft.draft().question("helpful.past_2").text["en"] == "Elsewhere"


def test_two_editors_of_other_parts_are_told_too(draft: KitVersion, client: Client) -> None:
    for name, change, word in (
        ("kit_job", {"job_analysis": "Asked."}, "Asked."),
        ("kit_probes", {"probe_0_en": "And then?"}, "And then?"),
        ("kit_traits", {"weight_helpful": "9"}, "9"),
    ):
        way = at(name, draft.kit_id)
        first = fields(client.get(way).text)
        second = dict(first)
        assert client.post(way, first | change).status_code == 302, name
        told = client.post(way, second | {key: value + "5" for key, value in change.items()})
        assert told.status_code == 409 and "What is stored now" in told.text and word in told.text, name
        assert client.post(way, fields(told.text)).status_code == 302, name
    draft.refresh_from_db()
    assert draft.job_analysis == "Asked.5" and draft.draft().traits["helpful"] == 95


def test_questions_are_added_moved_and_left_out_but_the_unscored_one_stays(draft: KitVersion, client: Client) -> None:
    key = draft.kit_id
    made = client.post(at("kit_question_add", key, "helpful"), {"form": "dilemma"})
    assert made.headers["Location"] == at("kit_question", key, "helpful.own_1")
    client.post(at("kit_question_move", key, "helpful.own_1"), {"direction": "up"})
    assert "It stays in the item bank" in client.get(at("kit_question_drop", key, "helpful.past_1")).text
    client.post(at("kit_question_drop", key, "helpful.past_1"))
    draft.refresh_from_db()
    order = ["helpful.past_2", "helpful.own_1", "helpful.dilemma"]
    assert [one.id for one in draft.draft().questions if one.trait == "helpful"] == order
    refused = client.get(at("kit_publish", key)).text
    assert "fewer than two questions about the past" in refused and "has no words" in refused
    add = client.get(at("kit_question_add", key, "helpful")).text
    assert 'value="helpful.past_1"' in add
    client.post(at("kit_question_add", key, "helpful"), {"bank": "helpful.past_1"})
    draft.refresh_from_db()
    assert draft.draft().question("helpful.past_1") == load_item_bank().questions["helpful.past_1"]
    for method in ("get", "post"):
        assert getattr(client, method)(at("kit_question_drop", key, STRENGTHS)).status_code == 404
    assert draft.draft().questions[-1].id == STRENGTHS
    assert client.get(at("kit_question_add", key, "stays_in_control")).status_code == 404
    assert client.get(at("kit_question", key, "no.such")).status_code == 404


def test_a_trait_left_out_takes_words_of_ones_own_only_when_that_is_meant(draft: KitVersion, client: Client) -> None:
    way = at("kit_question", draft.kit_id, "organised.past_1")
    client.post(way, fields(client.get(way).text) | {"text_en": "Our own words"})
    traits = at("kit_traits", draft.kit_id)
    page = fields(client.get(traits).text)
    del page["on_organised"]
    page |= {"on_team_player": "on", "weight_team_player": "3"}
    asked = client.post(traits, page)
    assert asked.status_code == 422 and "1 question that says something of your own" in asked.text
    assert client.post(traits, page | {"confirmed": "on"}).status_code == 302
    draft.refresh_from_db()
    assert draft.draft().traits == {"helpful": 2.0, "team_player": 3.0}
    assert [one.trait for one in draft.draft().questions] == ["helpful"] * 3 + ["team_player"] * 3 + [None]
    nothing = {name: value for name, value in page.items() if not name.startswith("on_")}
    assert client.post(traits, nothing).status_code == 422


def test_what_changed_between_two_versions_in_words(draft: KitVersion, client: Client) -> None:
    key = draft.kit_id
    client.post(at("kit_job", key), fields(client.get(at("kit_job", key)).text) | {"job_analysis": "Asked."})
    client.post(at("kit_publish", key))
    client.post(at("kit_next", key))
    assert "Nothing is different." in client.get(at("kit_compare", key)).text
    way = at("kit_question", key, "helpful.dilemma")
    client.post(way, fields(client.get(way).text) | {"anchor_5_en": "Stays on the line."})
    traits = at("kit_traits", key)
    client.post(traits, fields(client.get(traits).text) | {"weight_helpful": "1"})
    client.post(at("kit_question_drop", key, "organised.past_2"))
    page = unescape(client.get(at("kit_compare", key)).text)
    assert "question of “Helpful”, a dilemma, level 5 (English)" in page and "Stays on the line." in page
    assert "weight of “Helpful”" in page and "66.7%" in page and "50.0%" in page
    assert "5 differences." not in page and "4 differences." in page
    assert "From version 2 to version 1" in client.get(at("kit_compare", key), {"before": "2", "after": "1"}).text


def test_a_draft_is_thrown_away_only_after_being_asked(draft: KitVersion, client: Client) -> None:
    way = at("kit_discard", draft.kit_id)
    assert "so the kit goes with it" in client.get(way).text and Kit.objects.exists()
    assert client.post(way).headers["Location"] == at("kits") and not Kit.objects.exists()


def test_what_was_published_meanwhile_is_not_changed_from_an_open_form(draft: KitVersion, client: Client) -> None:
    way = at("kit_question", draft.kit_id, "helpful.past_1")
    page = fields(client.get(way).text)
    KitVersion.objects.filter(pk=draft.pk).update(job_analysis="Asked.")
    client.post(at("kit_publish", draft.kit_id))
    assert client.post(way, page | {"text_en": "Too late"}).status_code == 404
    assert "Too late" not in str(KitVersion.objects.get(pk=draft.pk).content)


def test_kits_of_other_teams_are_not_there(draft: KitVersion, client: Client, member: Callable[..., User]) -> None:
    elsewhere = member(Role.HIRING_MANAGER, Team.objects.create(name="Compass"), email="c@example.org")
    client.force_login(elsewhere)
    key = draft.kit_id
    assert "Front desk" not in client.get(at("kits")).text
    for name in ("kit", "kit_edit", "kit_job", "kit_traits", "kit_probes", "kit_publish", "kit_discard", "kit_compare"):
        assert client.get(at(name, key)).status_code == 404, name
    for name in ("kit_version", "kit_print", "kit_pdf", "kit_save"):
        assert client.get(at(name, draft.pk)).status_code == 404, name
    assert client.post(at("kit_next", key)).status_code == 404
    chosen = {"team": Team.objects.get(name="Harbour").pk, "title": "X", "on_helpful": "on", "weight_helpful": "1"}
    assert client.post(at("kit_start"), chosen).status_code == 422, "not for a team that is not theirs"


def test_pages_ask_the_database_alike_however_much_there_is(manager: User, client: Client) -> None:
    team, bank = Team.objects.get(), load_item_bank()

    def queries(way: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(way).status_code == 200
        return len(asked)

    small = begin(team, "Kit 0", start_kit(bank, {"helpful": 1.0}), manager)
    few = queries(at("kits")), queries(at("kit_edit", small.pk))
    for number in range(1, 30):
        large = begin(
            team,
            f"Kit {number}",
            start_kit(bank, dict.fromkeys(sorted({q.trait for q in bank.questions.values() if q.trait}), 1.0)),
            manager,
        )
    assert (queries(at("kits")), queries(at("kit_edit", large.pk))) == few
