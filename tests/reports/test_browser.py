"""The report in a real browser: nothing to fix for axe, nothing to scroll sideways, nothing fetched or run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python as axe_package
import pytest
from playwright import sync_api as playwright

from poise import reports
from poise.knowledge import Knowledge

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
# without root there is no Chromium; where changes land, a missing one is a failure
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
AXE = (Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


@pytest.fixture(scope="module")
def pages(results: Path, knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One person's page and a small team's, which have every element that large ones have."""
    import made_up_run

    folder = tmp_path_factory.mktemp("pages")
    small = made_up_run.write_results(folder / "small", people=3, each=15)
    return {
        "team-en": reports.write(small, folder / "team-en.html", knowledge=knowledge),
        "team-he": reports.write(small, folder / "team-he.html", language="he", knowledge=knowledge),
        "one-he": reports.write(results, folder / "one-he.html", language="he", person="a04", knowledge=knowledge),
        "hostile": reports.write(results, folder / "hostile.html", person="a12", knowledge=knowledge),
    }


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [("team-en", "light", 1280), ("team-he", "dark", 390), ("one-he", "light", 390)],
)
def test_axe_finds_nothing(
    browser: playwright.Browser, pages: dict[str, Path], name: str, scheme: str, width: int
) -> None:
    # axe is put in from outside, which the page's own policy would refuse
    with browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(pages[name].as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        page.evaluate(AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert len(found["passes"]) > 20, "axe has looked"
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []


@pytest.mark.parametrize("name", ["team-en", "team-he", "one-he", "hostile"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways_runs_or_is_fetched(
    browser: playwright.Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        fetched: list[str] = []
        dialogs: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(pages[name].as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert fetched == [pages[name].as_uri()] and dialogs == []


def test_it_reads_without_scripts(browser: playwright.Browser, pages: dict[str, Path]) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(pages["team-en"].as_uri())
        link = page.locator("section#main a, main a").first
        assert page.get_by_role("heading", name="The team at a glance").is_visible()
        page.locator("details.trait:not([open]) > summary").first.click()
        assert link.is_visible()


def test_printing_opens_every_argument(browser: playwright.Browser, pages: dict[str, Path]) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(pages["team-en"].as_uri())
        page.emulate_media(media="print")
        heights = page.evaluate(
            "[...document.querySelectorAll('details.trait:not([open]) .body')].map(e => e.offsetHeight)"
        )
        assert heights and min(heights) > 50
