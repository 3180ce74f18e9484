"""All pages in a real browser: axe finds nothing, nothing scrolls sideways, the policy blocks nothing."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python as axe_package
import pytest
from addresses import ADDRESSES
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright import sync_api as playwright

from poise.app.access import Capability, Role, capability_of
from poise.app.accounts import joining
from poise.app.accounts.models import ApiToken, Membership, Team, User
from poise.app.benching.pages import pages
from poise.app.demonstration import contesting, past_round
from poise.app.demonstration.accounts import open_accounts, readers
from poise.app.demonstration.hiring import fill
from poise.app.importing.sample import hand_in
from poise.app.work.worker import work_off

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


#: pages that depend on much that has to be there, so that they would silently go missing
SHOWN = {
    "calibration_answer",
    "candidacy",
    "candidacy_objections",
    "candidacy_report",
    "decision",
    "decision_log",
    "fairness_tables",
    "kit_question",
    "objection",
    "panel_audit",
    "panel_candidate",
    "panel_compare_chosen",
    "panel_notes",
    "recording",
    "room",
    "voluntary",
}


@pytest.fixture
def served(committed_db: str, member: Callable[..., User]) -> Iterator[tuple[str, str]]:
    """A server's address, and the session of somebody with every role, over the demo and something of everything."""
    team, _ = Team.objects.get_or_create(name="Harbour")
    user = member("administrator", email="ruth@example.org", name="Ruth Levi")
    for role in Role:
        Membership.objects.get_or_create(user=user, role=role, team=None)
    member("coach", team, email="jonas@example.org", name="Jonas Weber <script>")
    joining.invite("noa@example.org", Role.AGENT, team, "", user)
    ApiToken.objects.issue(user, "till", [Capability.IMPORT])
    hand_in()
    work_off()
    open_accounts()
    contesting.fill()
    past_round.fill()
    fill()
    server = LiveServerThread("localhost", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}", _session(user)
    server.terminate()
    connections.close_all()


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def _addresses() -> list[tuple[str, str, User | None]]:
    """Everything that a browser may ask for: filled from the demo where that gives a page, else by anything."""
    filled = [(page.name, page.fill(random.Random(1)), page.reader) for page in pages(readers())]
    names = {name for name, _, _ in filled}
    others = [
        (name, path, None)
        for name, path, view in ADDRESSES
        if name not in names and capability_of(view, name) is not Capability.TOKEN_CALL and "download" not in name
    ]
    return [*filled, *others]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("he", "dark", 390)])
def test_every_page(served: tuple[str, str], language: str, scheme: str, width: int) -> None:
    base, everybody = served
    wrong: list[str] = []
    looked = 0
    addresses = _addresses()
    assert {name for name, _, user in addresses if user is not None} >= SHOWN
    sessions = {user.pk: _session(user) for _, _, user in addresses if user is not None}
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        # axe is put in from outside, which the pages' own policy would refuse
        context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
        strict = browser.new_context(viewport={"width": width, "height": 900})
        for one in (context, strict):
            one.add_cookies([{"name": "language", "value": language, "url": base}])
        page, plain = context.new_page(), strict.new_page()
        plain.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        for name, path, user in addresses:
            session = everybody if user is None else sessions[user.pk]
            for one in (context, strict):
                one.add_cookies([{"name": "sessionid", "value": session, "url": base}])
            answer = page.request.get(base + path, max_redirects=0)
            if answer.status >= 500:
                wrong.append(f"{name}: {answer.status}")
            if answer.status in {204, 405} or "<html" not in answer.text():
                continue  # nothing, a file, or a part that a page fetches
            page.goto(base + path)
            page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
            page.evaluate(AXE)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")
            wrong += [f"{name}: {rule['id']} {rule['nodes'][0]['html'][:200]}" for rule in found["violations"]]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{name}: wider than {width}")
            if page.evaluate("document.documentElement.lang + document.documentElement.dir") not in {"enltr", "hertl"}:
                wrong.append(f"{name}: no language or direction")
            plain.goto(base + path)
            looked += 1
        browser.close()
    assert looked > 60
    assert not wrong, "\n".join(wrong)
