"""A conversation in a real browser: by keys alone, before axe, in both directions of reading."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python as axe_package
import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright import sync_api as playwright

from poise.app.accounts.models import Team, User
from poise.app.conversations.models import Contest, Conversation

from .conftest import GREETED, OTHER, bring_in

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
    ),
]
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
AXE = (Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8")
CALL = {
    **GREETED,
    "id": "call",
    "channel": "call",
    "turns": [{**turn, "start": 4.0 * number, "end": 4.0 * number + 5} for number, turn in enumerate(GREETED["turns"])],
}


@pytest.fixture
def served(committed_db: str, member: Callable[..., User]) -> Iterator[tuple[str, str]]:
    """A server's address, and the session of a coach."""
    bring_in(GREETED, OTHER, CALL)
    client = Client()
    client.force_login(member("coach", Team.objects.get(name="Harbour")))
    server = LiveServerThread("localhost", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}", client.cookies["sessionid"].value
    server.terminate()
    connections.close_all()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("he", 390)])
def test_by_keys_and_before_axe(served: tuple[str, str], language: str, width: int) -> None:
    base, session = served
    keys = {one.source_id: one.pk for one in Conversation.objects.all()}
    wrong: list[str] = []
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        strict = browser.new_context(viewport={"width": width, "height": 900})
        loose = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
        for one in (strict, loose):
            one.add_cookies(
                [
                    {"name": "language", "value": language, "url": base},
                    {"name": "sessionid", "value": session, "url": base},
                ]
            )
        page = strict.new_page()
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(f"{base}/conversations/{keys['greeted']}/")
        focused = "document.activeElement.id"
        page.keyboard.press("j")
        first = page.evaluate(focused)
        page.keyboard.press("j")
        second = page.evaluate(focused)
        page.keyboard.press("k")
        assert (first, second, page.evaluate(focused)) == ("turn-0", "turn-1", "turn-0")
        page.keyboard.press("?")
        assert page.locator("dialog#keys").is_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("c")
        page.wait_for_url("**/contest/**")
        page.fill("textarea", "Not a greeting.")
        page.click("main button[type=submit]")
        page.wait_for_url("**/contests/*/")
        plain = loose.new_page()
        contest = page.url.removeprefix(base)
        for path in (
            f"/conversations/{keys['call']}/",
            f"/conversations/{keys['greeted']}/?behaviour=courtesy.greeting",
            "/conversations/?q=kettle",
            "/conversations/contests/",
            contest,
            "/conversations/precision/",
        ):
            plain.goto(base + path)
            plain.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
            plain.evaluate(AXE)
            found = plain.evaluate("axe.run({resultTypes: ['violations']})")
            wrong += [f"{path}: {rule['id']} {rule['nodes'][0]['html'][:200]}" for rule in found["violations"]]
            if plain.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{path}: wider than {width}")
        browser.close()
    assert Contest.objects.get().reason == "Not a greeting."
    assert wrong == []
