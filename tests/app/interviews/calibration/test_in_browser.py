"""A rater practises in a real browser: axe finds nothing, nothing scrolls sideways, in English and in Hebrew."""

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

from poise.app.accounts.models import User
from poise.app.interviews.calibration import rounds
from poise.app.interviews.calibration.passing import calibrated

from .conftest import Practice, answers_of, assemble, finish, off

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
    ),
]
AXE = (Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def served(committed_db: str, member: Callable[..., User]) -> Iterator[tuple[str, Practice]]:
    """A server's address, and the team that it serves."""
    practice = assemble(member)
    server = LiveServerThread("localhost", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}", practice
    server.terminate()
    connections.close_all()


def session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


def sound(page: playwright.Page, width: int) -> None:
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [f"{rule['id']} {rule['nodes'][0]['html'][:200]}" for rule in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("he", "dark", 390)])
def test_a_round(served: tuple[str, Practice], language: str, scheme: str, width: int) -> None:
    base, practice = served
    finish(practice.other, practice.kit, by=(2,))
    answers = answers_of(rounds.start(practice.rater, practice.kit))
    sessions = {user.pk: session(user) for user in (practice.rater, practice.manager)}
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
        page = context.new_page()

        def enter(user: User) -> None:
            cookies = {"sessionid": sessions[user.pk], "language": language}
            context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])

        enter(practice.rater)
        page.goto(f"{base}/hiring/calibration/")
        sound(page, width)
        page.locator("main table a").first.click()
        sound(page, width)
        page.locator(".actions button").click()
        for number, answer in enumerate(answers, 1):
            quote = " ".join(answer.answer[language].split()[:4])
            if number == 1:
                sound(page, width)
                page.locator(".actions button").click()
                assert page.url.endswith("/1/"), "the browser itself asks for level and reason"
            page.locator(f'input[name="level"][value="{off(answer.level, number % 2)}"]').check()
            page.locator('textarea[name="reason"]').fill("x" if number == 1 else quote)
            page.locator(".actions button").click()
            if number == 1:
                sound(page, width)
                page.locator('textarea[name="reason"]').fill(quote)
                page.locator(".actions button").click()
                sound(page, width)
            page.locator("a.button").click()
        sound(page, width)
        enter(practice.manager)
        for path in ("raters/", f"raters/{practice.kit.pk}/"):
            page.goto(f"{base}/hiring/calibration/{path}")
            sound(page, width)
        browser.close()
    assert calibrated(practice.rater, practice.kit)
