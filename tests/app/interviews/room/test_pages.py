"""The room's pages without a browser: who sees what, what is shown of accommodations, and what a page costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from poise.app.audit.models import Entry as LogEntry
from poise.app.interviews.campaigns.models import Accommodation, Candidate, Interview, Seat
from poise.app.interviews.room.models import Entry
from poise.knowledge.interviews import STRENGTHS, kit_to_json, load_item_bank, start_kit


def _page(client: Client, name: str, *keys: object, **given: str) -> str:
    answer = client.get(reverse(name, args=keys), given)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_list_has_ones_own_interviews_with_what_was_arranged(hiring: Any, client: Client) -> None:
    Accommodation.objects.create(
        candidate=hiring.candidates[0],
        asked="I hear badly on one side.",
        arranged="Ten minutes more; written questions.",
        extra_minutes=10,
        answered_at=timezone.now(),
    )
    Accommodation.objects.create(candidate=hiring.candidates[1], asked="Not answered yet.")
    Interview.objects.filter(pk=hiring.seat(2, 0).interview_id).update(state=Interview.State.CANCELLED)
    client.force_login(hiring.raters[0])
    page = _page(client, "interviews")
    assert "Amal Haddad" in page and "Bo Lind" in page and "Chaya Mizrahi" not in page
    assert "Ten minutes more" in page and "70 minutes" in page
    assert "I hear badly" not in page and "Not answered yet" not in page
    room = _page(client, "room", hiring.seat(0, 0).pk, at="start")
    assert "Ten minutes more" in room and "I hear badly" not in room
    logged = LogEntry.objects.filter(action="viewed", purpose="selection").order_by("id")
    assert [one.detail["page"] for one in logged] == ["interviews", "room"]
    assert logged[0].detail["candidates"] == sorted(one.pk for one in hiring.candidates[:2])


def test_where_one_stands_with_practice_is_said(hiring: Any, client: Client) -> None:
    hiring.campaign.needs_calibration = True
    hiring.campaign.save()
    client.force_login(hiring.raters[0])
    assert "“Spring” is rated by calibrated raters." in _page(client, "interviews")
    room = _page(client, "room", hiring.seat(0, 0).pk, at="helpful.past")
    assert "You can take notes now and rate once you have passed." in room and "<fieldset disabled" in room


def test_groups_of_the_list(hiring: Any, client: Client) -> None:
    now = timezone.now()
    Seat.objects.filter(pk=hiring.seat(0, 0).pk).update(started_at=now, submitted_at=now)
    Seat.objects.filter(pk=hiring.seat(1, 0).pk).update(started_at=now)
    client.force_login(hiring.raters[0])
    shown = {
        show: {name for name in ("Amal", "Bo Lind", "Chaya") if name in _page(client, "interviews", show=show)}
        for show in ("coming", "under_way", "submitted")
    }
    assert shown == {"coming": {"Bo Lind", "Chaya"}, "under_way": {"Bo Lind"}, "submitted": {"Amal"}}


def test_the_same_form_sent_twice_is_kept_once(hiring: Any, client: Client) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    form = {"uuid": str(uuid4()), "kind": "quoted", "question": "helpful.past", "text": "I stayed on."}
    for _ in range(2):
        answer = client.post(reverse("room_note", args=[seat.pk]), form)
        assert answer.status_code == 302 and answer["Location"].endswith("?at=helpful.past")
    assert Entry.objects.filter(seat=seat).count() == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"kind": "quoted", "text": "x"}, "This note cannot be read."),
        ({"uuid": str(uuid4()), "kind": "rated", "question": "helpful.past"}, "This note cannot be read."),
        ({"uuid": str(uuid4()), "kind": "rated", "question": "helpful.past", "level": "9"}, "cannot be read."),
        ({"uuid": str(uuid4()), "kind": "quoted", "question": "helpful.past", "text": " "}, "no words in it."),
        ({"uuid": str(uuid4()), "kind": "submitted"}, "Some answers have no level yet"),
        ({"uuid": str(uuid4()), "kind": "x" * 500, "question": "q" * 500}, "not known here."),
        ({"uuid": str(uuid4()), "kind": "asked", "question": "<script>", "to": "<script>"}, "is not asked"),
    ],
)
def test_a_form_that_is_not_sound_is_told_so(hiring: Any, client: Client, form: dict[str, str], says: str) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    answer = client.post(reverse("room_note", args=[seat.pk]), form, follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200 and says in page and "<script>" not in page
    assert not Entry.objects.exists()


def test_words_of_people_are_no_markup(hiring: Any, client: Client, note: Callable[..., Entry]) -> None:
    seat = hiring.seat(0, 0)
    note(seat, "quoted", "helpful.past", text="</script><script>alert(1)</script>")
    Candidate.objects.filter(pk=hiring.candidates[0].pk).update(name="<img src=x>")
    client.force_login(hiring.raters[0])
    page = _page(client, "room", seat.pk)
    assert "<img" not in page and "alert(1)</script>" not in page


def test_a_level_without_a_quote_is_told_at_once(hiring: Any, client: Client, note: Callable[..., Entry]) -> None:
    seat = hiring.seat(0, 0)
    note(seat, "rated", "helpful.past", level=3)
    client.force_login(hiring.raters[0])
    page = _page(client, "room", seat.pk, at="helpful.past")
    here = page[page.index('data-step="helpful.past"') :]
    assert "data-lacks>" in here[: here.index("</section>")]
    note(seat, "quoted", "helpful.past", text="I stayed on.")
    page = _page(client, "room", seat.pk, at="helpful.past")
    here = page[page.index('data-step="helpful.past"') :]
    assert "data-lacks hidden>" in here[: here.index("</section>")]


def test_whoever_begins_long_before_the_planned_time_is_asked_once_more(hiring: Any, client: Client) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])

    def start(away: timedelta | None) -> str:
        at = None if away is None else timezone.now() + away
        Interview.objects.filter(pk=seat.interview_id).update(starts_at=at)
        page = _page(client, "room", seat.pk, at="start")
        return page[page.index('id="at-start"') : page.index("</section>", page.index('id="at-start"'))]

    for soon in (timedelta(minutes=119), timedelta(days=-1), None):
        page = start(soon)
        assert "<details" not in page and "Begin the interview</button>" in page
    page = start(timedelta(days=3))
    assert "<summary>Begin the interview</summary>" in page and "It is planned for" in page
    asked = page[page.index("<details>") : page.index("</details>")]
    assert "data-begin" in asked and "Begin now, before the planned time</button>" in asked
    form = {"uuid": str(uuid4()), "kind": "asked", "question": "helpful.past"}
    assert client.post(reverse("room_note", args=[seat.pk]), form).status_code == 302
    assert Entry.objects.get(seat=seat).kind == "asked", "it may have been moved by word of mouth"
    assert "<details" not in start(timedelta(days=3)), "it has begun"


def test_no_marks_that_are_seen_by_phone(hiring: Any, client: Client) -> None:
    seat = hiring.seat(0, 0)
    client.force_login(hiring.raters[0])
    assert 'value="nodded"' in _page(client, "room", seat.pk)
    Interview.objects.filter(pk=seat.interview_id).update(mode="phone")
    page = _page(client, "room", seat.pk)
    assert 'value="nodded"' not in page and 'value="greeted"' in page


def test_submitted_is_read_only(hiring: Any, client: Client, fill: Callable[..., None]) -> None:
    seat = hiring.seat(0, 0)
    fill(seat)
    client.force_login(hiring.raters[0])
    client.post(reverse("room_note", args=[seat.pk]), {"uuid": str(uuid4()), "kind": "submitted", "to": "review"})
    page = _page(client, "room", seat.pk)
    assert "It cannot be changed any more." in page and "I did helpful.past." in page
    main = page[page.index("<main") : page.index("</main>")]
    assert 'method="post"' not in main and "<fieldset disabled" in main


def test_the_question_is_in_the_candidates_language_and_the_anchors_in_the_raters(hiring: Any, client: Client) -> None:
    kit = start_kit(load_item_bank(), {"helpful": 1.0})
    _replace(hiring, kit)
    Candidate.objects.filter(pk=hiring.candidates[0].pk).update(language="he")
    client.force_login(hiring.raters[0])
    client.cookies["language"] = "nb"
    first = kit.questions[0]
    page = _page(client, "room", hiring.seat(0, 0).pk, at=first.id)
    assert first.text["he"] in page and first.text["nb"] not in page
    assert first.anchors["5"]["nb"] in page and first.anchors["5"]["he"] not in page
    assert f'lang="he" dir="rtl">{first.text["he"]}' in page


def _replace(hiring: Any, kit: Any) -> None:
    """Another kit for the campaign: a published one never changes."""
    made = type(hiring.kit).objects.create(
        kit=hiring.kit.kit, number=2, content=kit_to_json(kit), published_at=timezone.now(), digest=kit.digest()
    )
    hiring.campaign.kit = made
    hiring.campaign.save()


def test_the_recorded_interview_is_read_in_the_raters_language(hiring: Any, client: Client) -> None:
    bank = load_item_bank()
    key = next(iter(bank.recorded))
    _replace(hiring, start_kit(bank, {"helpful": 1.0, "organised": 1.0}))
    hiring.campaign.anchor = key
    hiring.campaign.save()
    anchor = Candidate.objects.create(campaign=hiring.campaign, code="A", name="anchor", anchor=True)
    interview = Interview.objects.create(candidate=anchor, stage=hiring.stage, mode="video")
    seat = Seat.objects.create(interview=interview, rater=hiring.raters[0])
    client.force_login(hiring.raters[0])
    client.cookies["language"] = "he"
    page = _page(client, "room", seat.pk)
    answers = {one.question: one for one in bank.recorded[key].answers}
    assert answers["helpful.past_1"].answer["he"] in page and answers["helpful.past_1"].answer["en"] not in page
    assert page.count('<blockquote class="quoted"') == 6 and f'data-step="{STRENGTHS}"' not in page
    assert 'name="mark"' not in page, "what is read is neither seen nor heard"


@pytest.mark.parametrize("many", [3, 30])
def test_pages_cost_the_same_however_much_there_is(
    hiring: Any, client: Client, note: Callable[..., Entry], many: int
) -> None:
    seat = hiring.seat(0, 0)
    for number in range(many):
        candidate = Candidate.objects.create(campaign=hiring.campaign, code=f"D{number}", name=f"N{number}")
        interview = Interview.objects.create(
            candidate=candidate, stage=hiring.stage, mode="video", starts_at=timezone.now() + timedelta(days=1)
        )
        Seat.objects.create(interview=interview, rater=hiring.raters[0])
        note(seat, "quoted", "helpful.past", text=f"Words {number}.")
    client.force_login(hiring.raters[0])
    client.get(reverse("interviews"))
    costs = []
    for path in (reverse("interviews"), reverse("room", args=[seat.pk]), reverse("room_questions", args=[seat.pk])):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        costs.append(len(asked))
    assert costs[0] <= 22 and costs[1] <= 20 and costs[2] <= 8, costs
    assert _COSTS.setdefault(connection.vendor, costs) == costs


_COSTS: dict[str, list[int]] = {}


def test_the_worker_reaches_the_room_only(hiring: Any, client: Client) -> None:
    client.force_login(hiring.raters[0])
    answer = client.get(reverse("room_worker"))
    assert answer["Content-Type"].startswith("text/javascript") and answer["Cache-Control"] == "no-cache"
    assert "Service-Worker-Allowed" not in answer and reverse("room_worker").startswith("/hiring/interviews/")
    assert "worker-src 'self'" in answer["Content-Security-Policy"]
