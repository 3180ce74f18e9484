"""A whole interview in a real browser: by tap, by key, without scripts, in both directions of reading, side by side."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import axe_playwright_python as axe_package
import pytest
from playwright import sync_api as playwright

from poise.app.interviews.campaigns.models import Seat
from poise.app.interviews.room.journal import fold
from poise.app.interviews.room.models import Entry, Mark, Quote, Rating
from poise.knowledge.interviews import STRENGTHS

from .serving import CHROMIUM, QUIET, Served, cookies

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
    ),
]
AXE = (Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8")
STATIC = Path(__file__).resolve().parents[4] / "src/poise/app/static"


def sound(page: Any, path: str, width: int) -> list[str]:
    """What axe and the eye find wrong."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    wrong = [f"{path}: {rule['id']} {rule['nodes'][0]['html'][:200]}" for rule in found["violations"]]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        wrong.append(f"{path}: wider than {width}")
    return wrong


@pytest.mark.parametrize(
    ("language", "width", "height", "database"),
    [("en", 1024, 768, "sqlite"), ("he", 390, 844, "postgresql")],
    indirect=["database"],
)
def test_a_whole_interview_by_tap(
    committed_hiring: Any, served: Served, language: str, width: int, height: int
) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    wrong: list[str] = []
    session = cookies(served.base, hiring.raters[0], language)
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True)
        context.add_cookies(session)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{served.base}/hiring/interviews/")
        page.get_by_role("link", name="Amal Haddad").tap()
        page.locator("[data-begin] button").tap()
        for number, question in enumerate(hiring.kit.read().questions):
            here = page.locator(f"[data-step='{question.id}']")
            here.wait_for()
            if question.scored:
                # a level before its quote is taken, and what it lacks is said at once
                here.locator(f"input[value='{number % 5 + 1}']").tap()
                here.locator("[data-lacks]").wait_for()
            here.locator("input[name=text]").fill(f"I did this: {question.id}")
            here.locator(".quoting button").tap()
            here.locator("q", has_text=f"I did this: {question.id}").wait_for()
            if question.scored:
                here.locator("[data-lacks]").wait_for(state="hidden")
            page.locator("[data-way='1']").tap()
        page.locator("[data-to='helpful.past']").first.tap()
        first = page.locator("[data-step='helpful.past']")
        first.locator("input[name=text]").fill("A slip of the hand")
        first.locator("input[name=text]").press("Enter")
        first.locator(".quotes li", has_text="A slip of the hand").locator("button").tap()
        first.locator("q", has_text="A slip of the hand").wait_for(state="detached")
        page.locator(".marks button[value=greeted]").tap()
        page.locator(".marks button[value=nodded]").tap()
        page.locator(".marks button[value=nodded] [data-count]", has_text="1").wait_for()
        page.locator("[data-unmark] button").tap()
        page.locator(".marks button[value=nodded] [data-count]", has_text="1").wait_for(state="detached")
        first.locator("input[value='none']").tap()
        page.locator("[data-to='review']").first.tap()
        page.locator("[data-submit] button").tap()
        page.locator("[data-submit]").wait_for(state="detached")
        assert page.locator(".quoting").count() == 0 and page.locator("input[name=level]:enabled").count() == 0
        assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 1
        held = "new Promise((good) => { const a = indexedDB.open('poise-room'); a.onsuccess = () => { const g = "
        held += "a.result.transaction('notes').objectStore('notes').count(); g.onsuccess = () => good(g.result); }; })"
        page.wait_for_function(f"{held}.then((count) => count === 0)")
        browser.close()
    assert wrong == []
    seat = Seat.objects.get(pk=seat.pk)
    assert seat.submitted_at is not None
    levels = dict(Rating.objects.filter(seat=seat).values_list("question", "level"))
    scored = [one.id for one in hiring.kit.read().questions if one.scored]
    assert levels == {"helpful.past": None} | {key: at % 5 + 1 for at, key in enumerate(scored) if at}
    assert set(Quote.objects.values_list("text", flat=True)) == {f"I did this: {key}" for key in [*scored, STRENGTHS]}
    assert list(Mark.objects.values_list("kind", "question")) == [("greeted", "helpful.past")]
    asked = list(seat.entries.filter(kind="asked").values_list("question", flat=True))
    assert asked == [*scored, STRENGTHS], "each question is asked once, in its order"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_has_the_focus_is_behind_no_bar(committed_hiring: Any, served: Served) -> None:
    seat, first = committed_hiring.seat(0, 0), committed_hiring.kit.read().questions[0].id
    session = cookies(served.base, committed_hiring.raters[0], "en")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 500})
        context.add_cookies(session)
        page = context.new_page()
        page.goto(f"{served.base}/hiring/interviews/{seat.pk}/")
        page.locator("[data-begin] button").click()
        here = page.locator(f"[data-step='{first}']")
        here.wait_for()
        at_the_top = pytest.approx(0, abs=16)
        assert page.locator(".roombar").bounding_box()["y"] == at_the_top, "the way to other rooms is above"
        other = context.new_page()
        other.goto(f"{served.base}/hiring/interviews/{seat.pk}/")
        other.locator(f"[data-step='{first}']").wait_for()
        other.wait_for_function("window.scrollY > 0")
        assert other.locator(".roombar").bounding_box()["y"] == at_the_top, "come back to, too"
        other.close()
        for level in ("none", "5", "1"):
            here.locator(f"input[value='{level}']").focus()
            label = here.locator(f".anchor:has(input[value='{level}'])").bounding_box()
            bar, foot = (page.locator(one).bounding_box() for one in (".roombar", ".roomfoot"))
            assert bar["y"] + bar["height"] <= label["y"], level
            assert label["y"] + label["height"] <= foot["y"], level
        browser.close()


@pytest.mark.parametrize(("language", "database"), [("en", "sqlite"), ("he", "postgresql")], indirect=["database"])
def test_a_whole_interview_by_key(committed_hiring: Any, served: Served, language: str) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    forward = "ArrowLeft" if language == "he" else "ArrowRight"
    back = "ArrowRight" if language == "he" else "ArrowLeft"
    session = cookies(served.base, hiring.raters[0], language)
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 768})
        context.add_cookies(session)
        page = context.new_page()
        page.goto(f"{served.base}/hiring/interviews/{seat.pk}/")
        keys = page.keyboard
        page.locator("[data-begin] button").focus()
        keys.press("Enter")
        for question in hiring.kit.read().questions:
            page.locator(f"[data-step='{question.id}']").wait_for()
            keys.press("KeyQ")
            keys.type("1 step, then 5 more")  # digits in a box rate nothing
            keys.press("Enter")
            page.locator(f"[data-step='{question.id}'] q").wait_for()
            keys.press("Escape")
            if question.scored:
                keys.press("0" if question.id == "considerate.past" else "3")
                page.locator(f"[data-step='{question.id}'] input[name=level]:checked").wait_for()
            keys.press("KeyG")
            keys.press(forward)
        page.locator("[data-step='review']").wait_for()
        keys.press(back)
        page.locator(f"[data-step='{STRENGTHS}']").wait_for()
        keys.press("?")
        assert page.locator("dialog#keys").is_visible()
        page.locator("#keys-on").uncheck()
        keys.press("Escape")
        keys.press("KeyG")
        keys.press(back)
        assert page.locator(f"[data-step='{STRENGTHS}']").is_visible(), "keys can be switched off"
        keys.press("?")
        page.locator("#keys-on").check()
        keys.press("Escape")
        keys.press("KeyU")
        page.locator(".marks button[value=greeted] [data-count]", has_text="6").wait_for()
        keys.press("KeyR")
        page.locator("[data-submit] button").focus()
        keys.press("Enter")
        page.locator("[data-submit]").wait_for(state="detached")
        browser.close()
    levels = dict(Rating.objects.filter(seat=seat).values_list("question", "level"))
    assert levels.pop("considerate.past") is None and set(levels.values()) == {3} and len(levels) == 5
    assert Quote.objects.filter(seat=seat).count() == 7 and Mark.objects.filter(seat=seat).count() == 6


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_whole_interview_without_scripts(committed_hiring: Any, served: Served) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    session = cookies(served.base, hiring.raters[0])
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 768}, java_script_enabled=False)
        context.add_cookies(session)
        page = context.new_page()
        page.goto(f"{served.base}/hiring/interviews/{seat.pk}/")
        page.click("[data-begin] button")
        for question in hiring.kit.read().questions:
            here = page.locator(f"[data-step='{question.id}']")
            if question.scored:
                here.locator("input[value='4']").check()
                here.locator(".levels button").click()
                here.locator("[data-lacks]").wait_for()
            here.locator("input[name=text]").fill("I went back.")
            here.locator(".quoting button").click()
            here.locator("q").wait_for()
            page.locator("[data-way='1']:visible, [data-way='1'] button:visible").first.click()
        page.goto(f"{served.base}/hiring/interviews/{seat.pk}/?at=helpful.past")
        page.click(".marks button[value=interrupted]")
        page.click(".marks button[value=greeted]")
        page.click("[data-unmark] button")
        page.goto(f"{served.base}/hiring/interviews/{seat.pk}/?at=review")
        page.click("[data-submit] button")
        page.locator("[data-submit]").wait_for(state="detached")
        browser.close()
    assert Rating.objects.filter(seat=seat, level=4).count() == 6 and Quote.objects.filter(seat=seat).count() == 7
    assert list(Mark.objects.values_list("kind", flat=True)) == ["interrupted"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1024), ("he", "dark", 390)])
def test_before_axe(committed_hiring: Any, served: Served, fill: Any, language: str, scheme: str, width: int) -> None:
    hiring = committed_hiring
    done, open_ = hiring.seat(1, 0), hiring.seat(0, 0)
    fill(open_, 2)
    Entry.objects.filter(seat=open_, kind="quoted", question="considerate.past").delete()
    Seat.objects.filter(pk=done.pk).update(submitted_at=datetime.now(UTC))
    wrong: list[str] = []
    session = cookies(served.base, hiring.raters[0], language)
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        # axe is put in from outside, which the pages' own policy would refuse
        context = browser.new_context(
            viewport={"width": width, "height": 800}, bypass_csp=True, color_scheme=scheme, service_workers="block"
        )
        context.add_cookies(session)
        page = context.new_page()
        for path in (
            "",
            "?show=submitted",
            f"{open_.pk}/?at=start",
            f"{open_.pk}/?at=considerate.past",
            f"{open_.pk}/?at={STRENGTHS}",
            f"{open_.pk}/?at=review",
            f"{open_.pk}/questions/",
            f"{done.pk}/",
        ):
            page.goto(f"{served.base}/hiring/interviews/{path}")
            page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
            page.wait_for_load_state("networkidle")
            wrong += sound(page, path, width)
        page.goto(f"{served.base}/hiring/interviews/{open_.pk}/")
        page.click("#keys-open")
        wrong += sound(page, "keys", width)
        browser.close()
    assert wrong == []


def test_two_raters_at_once_see_only_their_own(committed_hiring: Any, served: Served) -> None:
    hiring = committed_hiring
    seats = [hiring.seat(0, number).pk for number in (0, 1)]
    sessions = [cookies(served.base, rater) for rater in hiring.raters]
    pages, seen = [], []
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for number in (0, 1):
            context = browser.new_context(viewport={"width": 1024, "height": 768})
            context.add_cookies(sessions[number])
            page = context.new_page()
            page.goto(f"{served.base}/hiring/interviews/{seats[number]}/")
            page.locator("[data-begin] button").click()
            pages.append(page)
        for question in hiring.kit.read().questions:
            for number, page in enumerate(pages):  # by turns, at the same question
                here = page.locator(f"[data-step='{question.id}']")
                here.locator("input[name=text]").fill(f"heard by rater {number}")
                here.locator("input[name=text]").press("Enter")
                here.locator("q").wait_for()
                if question.scored:
                    here.locator(f"input[value='{1 + 4 * number}']").click()
                page.locator("[data-way='1']").click()
        for number, page in enumerate(pages):
            page.locator("[data-says=saved]").wait_for()
            page.reload()
            other = seats[1 - number]
            own = page.request.get(f"{served.base}/hiring/interviews/{seats[number]}/entries/").text()
            seen.append(page.content() + own)
            for path in ("", "entries/", "questions/"):
                assert page.request.get(f"{served.base}/hiring/interviews/{other}/{path}").status == 404
            page.locator("[data-to='review']").first.click()
            page.locator("[data-submit] button").click()
            page.locator("[data-submit]").wait_for(state="detached")
            seen.append(page.content())
        browser.close()
    for number in (0, 1):
        for text in seen[2 * number : 2 * number + 2]:
            assert f"heard by rater {number}" in text and f"heard by rater {1 - number}" not in text
        levels = set(Rating.objects.filter(seat=hiring.seat(0, number)).values_list("level", flat=True))
        assert levels == {1 + 4 * number}


def test_the_browser_makes_of_a_journal_what_the_server_makes_of_it() -> None:
    dice = random.Random(6)
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    journals: list[list[dict[str, Any]]] = []
    for _ in range(300):
        journal = []
        for number in range(dice.randrange(25)):
            kind = dice.choice(["asked", "quoted", "unquoted", "marked", "unmarked", "rated", "not_observed"])
            detail: dict[str, Any] = {
                "quoted": {"text": f"words {number}"},
                "marked": {"kind": "greeted"},
                "rated": {"level": dice.randint(1, 5)},
                "unquoted": {"of": str(UUID(int=dice.randrange(30)))},
                "unmarked": {"of": str(UUID(int=dice.randrange(30)))},
            }.get(kind, {})
            at = start + timedelta(microseconds=dice.randrange(4))
            journal.append(
                {
                    "uuid": str(UUID(int=number)),
                    "kind": kind,
                    "question": dice.choice("ab"),
                    "detail": detail,
                    "at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                }
            )
        dice.shuffle(journal)
        journals.append(journal)
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page()
        page.add_script_tag(content=(STATIC / "room-notes.js").read_text("utf-8"))
        theirs = page.evaluate(
            """(journals) => journals.map((journal) => {
              const state = poiseRoom.fold(journal);
              return {
                asked: [...state.asked], levels: [...state.levels],
                quotes: [...state.quotes].map(([key, all]) => [key, all.map((one) => one.uuid)]),
                marks: state.marks.map((one) => [one.uuid, one.question]),
              };
            })""",
            journals,
        )
        browser.close()
    for journal, got in zip(journals, theirs, strict=True):
        state = fold(
            SimpleNamespace(**{**one, "uuid": UUID(one["uuid"]), "at": datetime.fromisoformat(one["at"])})
            for one in journal
        )
        # instants of the browser end at the millisecond; text of one width keeps their order beyond it
        assert got["asked"] == [[key, at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")] for key, at in state.asked.items()]
        assert dict(got["levels"]) == {key: one.level for key, one in state.levels.items()}
        assert dict(got["quotes"]) == {key: [str(one.uuid) for one in held] for key, held in state.quotes.items()}
        assert got["marks"] == [[str(one.uuid), one.question] for one in state.marks]
