"""The panel's page in a real browser: nothing to fix for axe, nothing to scroll sideways."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python as axe_package
import numpy as np
import polars as pl
import pytest
from playwright import sync_api as playwright

from poise.estimation.rasch_panel import Panel, judge_panel
from poise.reading.problems import rejects_table
from poise.reports.panel import write_panel

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
)
AXE = (Path(axe_package.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def judged() -> Panel:
    """Twenty people, four raters, three items in two situations; the first rater is strict and tires."""
    random = np.random.default_rng(0)
    person, rater, item = (code.ravel() for code in np.indices((20, 4, 3)))
    level = 3 + random.normal(size=20)[person] - 0.08 * person * (rater == 0) + random.normal(0, 0.6, person.size)
    at = pl.datetime(2026, 3, 2, 8, time_unit="us", time_zone="UTC") + pl.duration(hours=pl.Series(person))
    table = pl.DataFrame(
        {
            "person": [f"Person with a rather long name {code:02}" for code in person],
            "rater": [f"Rater {code}" for code in rater],
            "item": [f"How calmly they answered, question {code}" for code in item],
            "rating": np.clip(np.round(level), 1, 5),
            "situation": [f"case {code}" for code in (person + item) % 2],
            "group": [f"g{code % 2}" for code in person],
        }
    ).with_columns(at=at)
    return judge_panel(table)


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("he", "dark", 360)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: playwright.Browser, judged: Panel, tmp_path: Path, language: str, scheme: str, width: int
) -> None:
    path = write_panel(judged, tmp_path, rejects=rejects_table([]), source="ratings.csv", language=language)
    # axe is put in from outside, which the page's own policy would refuse
    with browser.new_context(
        bypass_csp=True,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 900},
    ) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert asked == [path.as_uri()], "nothing is fetched"
    assert len(found["passes"]) > 15, "axe has looked"
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
