"""Servers killed, browsers killed, connections cut, sessions ended: every note arrives, once, and only its writer's."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api as playwright

from poise.app.interviews.campaigns.models import Seat
from poise.app.interviews.room.journal import fold
from poise.app.interviews.room.models import Entry, Quote, Rating

from .serving import CHROMIUM, QUIET, Served, cookies, kill_browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
    ),
]
HELD = """() => new Promise((good) => {
  const asking = indexedDB.open("poise-room");
  asking.onsuccess = () => {
    const all = asking.result.transaction("notes").objectStore("notes").getAll();
    all.onsuccess = () => { asking.result.close(); good(all.result); };
  };
})"""
KEPT = """async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("poise-room-"));
  const found = [];
  for (const name of names)
    for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
  return found;
}"""
READY = (
    f"() => ({KEPT})()"
    ".then((all) => all.some((one) => /\\d+\\/$/.test(one)) && all.some((one) => one.endsWith('room.js')))"
)


def begin(context: Any, base: str, seat: int) -> Any:
    """Open the room, begin, and wait until it would come back without a server."""
    page = context.new_page()
    page.goto(f"{base}/hiring/interviews/{seat}/")
    if page.locator("[data-step=start]").is_visible():
        page.locator("[data-begin] button").click()
    page.wait_for_function(READY)
    return page


def quote(page: Any, text: str) -> None:
    """Write one quote; done once it is shown."""
    here = page.locator(".step:not([hidden])")
    here.locator("input[name=text]").fill(text)
    here.locator("input[name=text]").press("Enter")
    here.locator("q", has_text=text).wait_for()


def shown(page: Any) -> list[str]:
    return [text for text in page.locator("[data-step='helpful.past'] q").all_text_contents() if text]


def test_the_server_is_killed_again_and_again_and_nothing_is_lost(
    committed_hiring: Any, served: Served, record_property: Any
) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    session = cookies(served.base, hiring.raters[0])
    wanted: list[str] = []
    kills = served.kills

    def some(page: Any, number: int) -> None:
        for _ in range(number):
            wanted.append(f"note {len(wanted)} of what was said")
            quote(page, wanted[-1])
            if len(wanted) % 4 == 0:
                page.keyboard.press("Escape")
                page.keyboard.press(str(len(wanted) // 4 % 5 + 1))
                page.keyboard.press("KeyG")

    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 768})
        context.add_cookies(session)
        page = begin(context, served.base, seat.pk)
        for round_ in range(3):
            some(page, 8)  # under way to the server as it dies
            served.kill()
            some(page, 8)
            page.locator("[data-says=offline]").wait_for()
            page.reload()  # without any server
            page.locator("[data-step='helpful.past'] q").nth(len(wanted) - 1).wait_for()
            assert shown(page) == wanted
            page.locator("[data-says=offline]").wait_for()
            some(page, 4)
            if round_ == 1:
                page.close()
                page = context.new_page()  # the tablet is put away and taken out again
                page.goto(f"{served.base}/hiring/interviews/{seat.pk}/")
                page.locator("[data-step='helpful.past'] q").nth(len(wanted) - 1).wait_for()
            served.start()
            some(page, 2)
            page.locator("[data-says=saved]").wait_for(timeout=60_000)
        made = page.evaluate(HELD)
        page.reload()
        page.locator("[data-step='helpful.past'] q").nth(len(wanted) - 1).wait_for()
        assert shown(page) == wanted
        browser.close()
    assert all(row["sent"] and not row["refused"] for row in made)
    entries = list(Entry.objects.filter(seat=seat))
    assert sorted(str(one.uuid) for one in entries) == sorted(row["uuid"] for row in made)
    state = fold(entries)
    assert [one.text for one in state.quotes["helpful.past"]] == wanted
    assert len(state.marks) == len(wanted) // 4 and state.levels["helpful.past"].level == len(wanted) // 4 % 5 + 1
    record_property("entries", len(entries))
    record_property("kills", served.kills - kills)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_browser_is_killed_right_after_a_tap_and_nothing_is_lost(
    committed_hiring: Any, served: Served, tmp_path: Path, record_property: Any
) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    session = cookies(served.base, hiring.raters[0])
    wanted: list[str] = []
    kills = 0
    with playwright.sync_playwright() as play:
        for round_ in range(5):
            context = play.chromium.launch_persistent_context(
                str(tmp_path), executable_path=CHROMIUM, args=QUIET, viewport={"width": 1024, "height": 768}
            )
            context.add_cookies(session)  # a session ends with its browser, so the rater signs in again
            page = begin(context, served.base, seat.pk)
            if wanted:
                page.locator("[data-step='helpful.past'] q").nth(len(wanted) - 1).wait_for()
            assert shown(page) == wanted
            if round_ == 4:
                page.locator("[data-says=saved]").wait_for(timeout=30_000)
                context.close()
                break
            if round_ % 2:
                context.set_offline(True)
            for _ in range(3):
                wanted.append(f"said {len(wanted)}")
                quote(page, wanted[-1])
            assert kill_browser(tmp_path) > 0
            kills += 1
            with suppress(playwright.Error):
                context.close()
    entries = list(Entry.objects.filter(seat=seat))
    assert [one.text for one in fold(entries).quotes["helpful.past"]] == wanted
    assert len({one.uuid for one in entries}) == len(entries) == len(wanted) + 1
    record_property("entries", len(entries))
    record_property("kills", kills)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_server_that_hangs_and_one_that_dies_at_the_submission(
    committed_hiring: Any, served: Served, fill: Any
) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    fill(seat)
    before = seat.entries.count()
    session = cookies(served.base, hiring.raters[0])
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 768})
        context.add_cookies(session)
        page = begin(context, served.base, seat.pk)
        page.locator("[data-says=saved]").wait_for()
        served.hang()
        quote(page, "said while it hangs")  # is sent, and read by the server only once it goes on
        page.locator("[data-says=offline]").wait_for(timeout=30_000)
        page.reload()
        page.locator("[data-step='helpful.past'] q", has_text="said while it hangs").wait_for()
        quote(page, "said after a reload")
        served.go_on()
        page.locator("[data-says=saved]").wait_for(timeout=60_000)
        page.keyboard.press("Escape")
        page.keyboard.press("KeyR")
        page.locator("[data-submit] button").click()
        served.kill()
        served.start()
        page.locator("[data-submit]").wait_for(state="detached", timeout=60_000)
        browser.close()
    told = [one.detail["text"] for one in Entry.objects.filter(kind="quoted") if "said" in one.detail["text"]]
    assert told == ["said while it hangs", "said after a reload"]
    assert seat.entries.count() == before + 4, "asked, two quotes, the submission"
    assert Rating.objects.filter(seat=seat).count() == 6 and Quote.objects.filter(seat=seat).count() == 9


@pytest.mark.parametrize("language", ["en", "he"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_a_connection_from_the_first_question_to_the_submission(
    committed_hiring: Any, served: Served, language: str
) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    session = cookies(served.base, hiring.raters[0], language)
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 768})
        context.add_cookies(session)
        page = begin(context, served.base, seat.pk)
        page.locator("[data-says=saved]").wait_for()
        context.set_offline(True)
        page.locator("[data-says=offline]").wait_for()
        for question in hiring.kit.read().questions:
            here = page.locator(f"[data-step='{question.id}']")
            here.wait_for()
            quote(page, f"offline {question.id}")
            if question.scored:
                here.locator("input[value='5']").click()
            page.locator("[data-way='1']").click()
        page.locator("[data-submit] button").click()
        page.locator("[data-submitting]").wait_for()
        # asked (but the first), quote and level of seven questions, one without level, and the submission
        assert page.locator("[data-says=offline] [data-waiting]").text_content() == str(6 + 7 + 6 + 1)
        page.reload()
        page.locator("[data-says=offline]").wait_for()
        page.locator("[data-to='review']").first.click()
        page.locator("[data-submitting]").wait_for()
        context.set_offline(False)
        page.locator("[data-submit]").wait_for(state="detached", timeout=30_000)
        page.wait_for_function(f"() => ({HELD})().then((rows) => rows.length === 0)")
        browser.close()
    assert Seat.objects.get(pk=seat.pk).submitted_at is not None
    assert Rating.objects.filter(seat=seat, level=5).count() == 6 and Quote.objects.filter(seat=seat).count() == 7


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_notes_wait_for_their_writer_and_nobody_else_on_the_tablet_sees_them(
    committed_hiring: Any, served: Served
) -> None:
    hiring = committed_hiring
    first, other = hiring.raters
    seat = hiring.seat(0, 0)
    sessions = [cookies(served.base, first), cookies(served.base, other), cookies(served.base, first)]
    room = f"{served.base}/hiring/interviews/{seat.pk}/"
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 768})
        context.add_cookies(sessions[0])
        page = begin(context, served.base, seat.pk)
        context.set_offline(True)
        quote(page, "Ivan's own words")
        context.clear_cookies()  # the session runs out meanwhile
        context.set_offline(False)
        page.locator("[data-says=signed_out]").wait_for(timeout=20_000)
        quote(page, "Ivan's words while signed out")
        # somebody else signs in on the same tablet
        login = context.new_page()
        login.goto(f"{served.base}/account/sign-in/")
        login.wait_for_function(f"() => ({KEPT})().then((all) => all.length === 0)")
        context.add_cookies(sessions[1])
        login.goto(f"{served.base}/hiring/interviews/")
        assert "Ivan's" not in login.content() and login.locator("#waiting").is_hidden()
        assert login.goto(room).status == 404
        context.set_offline(True)
        with pytest.raises(playwright.Error):
            login.goto(room)
        context.set_offline(False)
        page.bring_to_front()
        page.locator("[data-says=other_user]").wait_for(timeout=30_000)
        assert page.locator("q:visible").count() == 0, "nor on the page that was left open"
        login.goto(f"{served.base}/hiring/interviews/")
        # the writer comes back: a new session, whose proof the old page does not have
        context.clear_cookies()
        context.add_cookies(sessions[2])
        login.goto(f"{served.base}/hiring/interviews/")
        page.locator("[data-says=saved]").wait_for(timeout=30_000)
        assert shown(page) == ["Ivan's own words", "Ivan's words while signed out"]
        browser.close()
    assert list(Entry.objects.filter(kind="quoted").values_list("seat", flat=True)) == [seat.pk] * 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_notes_that_come_after_the_submission_stay_in_sight_as_not_sent(
    committed_hiring: Any, served: Served, fill: Any
) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    fill(seat)
    session = cookies(served.base, hiring.raters[0])
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        tablet = browser.new_context(viewport={"width": 1024, "height": 768})
        laptop = browser.new_context(viewport={"width": 1024, "height": 768})
        for one in (tablet, laptop):
            one.add_cookies(session)
        late = begin(tablet, served.base, seat.pk)
        late.locator("[data-says=saved]").wait_for()
        tablet.set_offline(True)
        quote(late, "too late")
        page = laptop.new_page()
        page.goto(f"{served.base}/hiring/interviews/{seat.pk}/?at=review")
        page.locator("[data-submit] button").click()
        page.locator("[data-submit]").wait_for(state="detached")
        tablet.set_offline(False)
        late.locator("[data-submit]").wait_for(state="detached", timeout=30_000)
        late.locator("#refused li", has_text="too late").wait_for()
        late.reload()
        late.locator("#refused li", has_text="too late").wait_for()
        browser.close()
    assert not Quote.objects.filter(text="too late").exists()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_the_room_is_kept_and_signing_out_takes_it_away(committed_hiring: Any, served: Served) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    session = cookies(served.base, hiring.raters[0])
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 768})
        context.add_cookies(session)
        page = begin(context, served.base, seat.pk)
        for path in ("hiring/interviews/", f"hiring/interviews/{seat.pk}/questions/", "account/", "knowledge/"):
            page.goto(f"{served.base}/{path}")
        page.goto(f"{served.base}/hiring/interviews/{seat.pk}/")
        kept = page.evaluate(KEPT)
        pages = [path for path in kept if not path.startswith("/static/")]
        assert pages == [f"/hiring/interviews/{seat.pk}/"]
        page.locator(".own form button").click()
        page.wait_for_url("**/account/sign-in/**")
        page.wait_for_function(f"() => ({KEPT})().then((all) => all.length === 0)")
        context.set_offline(True)
        with pytest.raises(playwright.Error):
            page.goto(f"{served.base}/hiring/interviews/{seat.pk}/")
        browser.close()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_tabs_and_a_clock_that_is_set_back(committed_hiring: Any, served: Served) -> None:
    hiring, seat = committed_hiring, committed_hiring.seat(0, 0)
    session = cookies(served.base, hiring.raters[0])
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1024, "height": 768})
        context.add_cookies(session)
        page = begin(context, served.base, seat.pk)
        other = context.new_page()
        other.goto(f"{served.base}/hiring/interviews/{seat.pk}/?at=helpful.past")
        quote(page, "first")
        other.locator("q", has_text="first").wait_for()
        # an hour back: what is noted now still comes after what was noted before
        page.evaluate("() => { const now = Date.now.bind(Date); Date.now = () => now() - 3600e3; }")
        quote(page, "second")
        page.keyboard.press("Escape")
        page.keyboard.press("4")
        page.keyboard.press("2")
        other.locator("q", has_text="second").wait_for()
        other.locator("[data-step='helpful.past'] input[value='2']:checked").wait_for()
        for one in (page, other):
            one.locator("[data-says=saved]").wait_for()
            assert shown(one) == ["first", "second"]
        browser.close()
    state = fold(Entry.objects.filter(seat=seat))
    assert [one.text for one in state.quotes["helpful.past"]] == ["first", "second"]
    assert state.levels["helpful.past"].level == 2
