"""The pages about people in a real browser, with people on them: both directions, wide and narrow, and on paper."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python as axe_package
import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from made_up_people import level
from playwright import sync_api as playwright

from poise.app.access import Role
from poise.app.accounts.models import Membership, User
from poise.app.people.models import Alias, Change, Estimate, Person

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
PAGES = (
    "/people/",
    "/people/?show=traits",
    "/people/?show=care",
    "/people/groups/",
    "/people/compare/",
    "/people/{0}/",
    "/people/{0}/traits/considerate/",
    "/people/{0}/traits/task_control/",
    "/people/{0}/acts/courtesy.apology/",
    "/people/{0}/compare/?from1=2026-08-01&to1=2026-08-31&from2=2026-09-01&to2=2026-09-30",
    "/people/{0}/compare/?from1=2026-08-01&to1=x&from2=2026-09-01&to2=2026-09-30",
    "/people/{0}/print/",
    "/people/names/",
    "/people/names/{0}/",
    "/people/names/{0}/join/{1}/",
    "/people/names/part/{2}/",
)


@pytest.fixture
def db(committed_db: str) -> str:
    """What the fixtures of this room write is committed here: the server has its own connection."""
    return committed_db


@pytest.fixture
def served(person: Person, member: Callable[..., User]) -> Iterator[tuple[str, str, list[str]]]:
    """A server's address, the session of somebody with every role, and the pages."""
    other = Person.objects.exclude(pk=person.pk).order_by("pk").first()
    assert other is not None
    alias = Alias.objects.create(person=person, name="דנה כהן", folded="דנה כהן")
    user = member("coach", email="ruth@example.org", name="Ruth Levi")
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        Membership.objects.create(user=user, role=role)
    client = Client()
    client.force_login(user)
    server = LiveServerThread("localhost", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    pages = [page.format(person.pk, other.pk, alias.pk) for page in PAGES]
    yield f"http://localhost:{server.port}", client.cookies["sessionid"].value, pages
    server.terminate()
    connections.close_all()


def opened(browser: playwright.Browser, base: str, session: str, language: str, **options: object) -> playwright.Page:
    context = browser.new_context(**options)  # type: ignore[arg-type]
    cookies = {"language": language, "sessionid": session}
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
    return context.new_page()


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("he", "dark", 390)])
def test_axe_finds_nothing(served: tuple[str, str, list[str]], language: str, scheme: str, width: int) -> None:
    base, session, pages = served
    wrong: list[str] = []
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        size = {"width": width, "height": 900}
        page = opened(browser, base, session, language, bypass_csp=True, color_scheme=scheme, viewport=size)
        strict = opened(browser, base, session, language, viewport=size)
        strict.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        for path in pages:
            answer = page.goto(base + path)
            assert answer is not None and answer.status in {200, 422}, path
            page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
            page.evaluate(AXE)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")
            wrong += [f"{path}: {rule['id']} {rule['nodes'][0]['html'][:200]}" for rule in found["violations"]]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{path}: wider than {width}")
            strict.goto(base + path)
        browser.close()
    assert wrong == []


def test_drawings_are_mirrored(served: tuple[str, str, list[str]]) -> None:
    base, session, pages = served
    places = {}
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for language in ("en", "he"):
            page = opened(browser, base, session, language)
            page.goto(base + pages[6])
            places[language] = page.evaluate(
                "(() => { const svg = document.querySelector('.reading .gauge').getBoundingClientRect();"
                " const dot = document.querySelector('.reading .gauge circle').getBoundingClientRect();"
                " return (dot.x + dot.width / 2 - svg.x) / svg.width })()"
            )
        browser.close()
    # a level of 2 lies in the lower half: left of the middle, or right of it where one reads from the right
    assert places["en"] < 0.4 and places["he"] == pytest.approx(1 - places["en"], abs=0.01)


@pytest.mark.parametrize("language", ["en", "he", "nb"])
def test_a_person_fits_one_sheet(served: tuple[str, str, list[str]], person: Person, language: str) -> None:
    base, session, pages = served
    # as much as a sheet can hold: three strengths, three weaknesses, many unknown, three ways to get better
    said = {"helpful": 4.6, "communicative": 4.5, "organised": 4.4, "problem_solver": 2.3, "team_player": 2.2}
    unknown = (
        "collaborative",
        "hard_working",
        "stays_in_control",
        "avoids_debating",
        "avoids_favours",
        "even_handedness",
    )
    held = [level(person, code, mean) for code, mean in said.items()]
    Estimate.objects.bulk_create([*held, *(level(person, code, None) for code in unknown)])
    change = Change.objects.get(person=person)
    for behaviour in ("courtesy.greeting", "courtesy.thanks"):
        change.pk, change.behaviour = None, behaviour
        change.save()
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = opened(browser, base, session, language)
        page.goto(base + next(path for path in pages if path.endswith("print/")))
        assert page.locator(".entry").count() == 6 and page.locator(".changes li").count() >= 3
        paper = page.pdf(prefer_css_page_size=True)
        browser.close()
    assert len(re.findall(rb"/Type /Page\b", paper)) == 1
    assert re.search(rb"/MediaBox \[0 0 59[45]\.?\d* 84[12]\.?\d*\]", paper)
