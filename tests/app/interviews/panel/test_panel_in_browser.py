"""The panel's pages in a real browser: both directions, wide and narrow, light and dark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python as axe_package
import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from django.urls import reverse
from django.utils import timezone
from playwright import sync_api as playwright

from poise.app.access import Role
from poise.app.accounts.models import Membership, User
from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.room.models import Mark, Quote

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
    ),
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
AXE = (Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture
def db(committed_db: str) -> str:
    """What the fixtures write is committed here: the server has its own connection."""
    return committed_db


@pytest.fixture
def served(rated: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A server's address, and the pages: each with the session of who reads it, a hiring manager who audits too, or a
    rater."""
    seat = rated.seat(0, 1)
    Mark.objects.create(seat=seat, kind="nodded", at=timezone.now())
    Quote.objects.create(seat=seat, question="helpful.past", text="אמרתי לה " + "x" * 300, at=timezone.now())
    Candidate.objects.filter(pk=rated.candidates[1].pk).update(name="Bo" * 60)
    Membership.objects.create(user=rated.manager, role=Role.AUDITOR)
    server = LiveServerThread("localhost", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    key = rated.campaign.pk
    compare = reverse("panel_compare", args=[key])
    pages = [
        reverse("panels"),
        reverse("panel_campaign", args=[key]),
        reverse("panel_candidate", args=[rated.candidates[0].pk]),
        compare,
        compare + "?" + "&".join(f"candidate={one.pk}" for one in rated.candidates),
        reverse("panel_audit", args=[key]),
    ]
    own = [reverse("panel_notes", args=[rated.candidates[0].pk]), reverse("interviews") + "?show=submitted"]
    manager, rater = _session(rated.manager), _session(rated.raters[0])
    yield (
        f"http://localhost:{server.port}",
        [*((manager, path) for path in pages), *((rater, path) for path in own)],
    )
    server.terminate()
    connections.close_all()


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("he", "dark", 390)])
def test_pages_are_accessible_and_never_wider_than_the_screen(
    served: tuple[str, list[tuple[str, str]]], language: str, scheme: Any, width: int
) -> None:
    base, pages = served
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        wrong: list[str] = []

        def opened(**options: Any) -> playwright.Page:
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, **options)
            context.add_cookies([{"name": "language", "value": language, "url": base}])
            return context.new_page()

        page, strict = opened(bypass_csp=True), opened()
        strict.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        for session, path in pages:
            for one in (page, strict):
                one.context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
            answer = page.goto(base + path)
            assert answer is not None and answer.status == 200, path
            page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "he" else "ltr")
            page.evaluate(AXE)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")
            wrong += [f"{path}: {rule['id']} {rule['nodes'][0]['html'][:200]}" for rule in found["violations"]]
            strict.goto(base + path)
        browser.close()
    assert wrong == []
