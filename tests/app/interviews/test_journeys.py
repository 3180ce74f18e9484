"""From an empty kit to the auditor's desk in a real browser, everybody with their own: the rooms hold together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail as outbox
from django.db import connections
from playwright import sync_api as playwright

from poise.app.access import Role
from poise.app.accounts.models import MailSettings, Team, User
from poise.app.fairness.models import Policy
from poise.app.interviews.campaigns.models import Campaign, Candidate, Consent, Interview, Letter, Seat
from poise.app.interviews.candidacy.models import SelfStatement
from poise.app.interviews.decisions.models import Decision, Objection
from poise.app.interviews.kits.models import KitVersion
from poise.app.interviews.room.models import Mark, Quote, Rating
from poise.app.work.worker import work_off
from poise.knowledge.interviews import STRENGTHS

from .room.serving import CHROMIUM, QUIET, Served, cookies

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
    ),
]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
CANDIDATES = {"amal": "אמל חדד", "bo": "Bo Lindqvist"}
CSV = (
    "name,email,phone,language,external_id\n"
    f"{CANDIDATES['amal']},amal@example.net,,he,7\n"
    f"{CANDIDATES['bo']},bo@example.net,,en,8\n"
    "Nobody,no address,,en,9\n"
)
REASON = "The two talks of the panel show too little help in the hour that the job asks it for."
SAID = {0: "I waited with her", 1: "הקשבתי לו עד הסוף"}


class Stage:
    """A server, a browser, and everybody's window on it."""

    def __init__(self, base: str, browser: Any, language: str) -> None:
        self.base, self._browser, self.language = base, browser, language
        self.wrong: list[str] = []

    def window(self, user: User | None, size: dict[str, int], language: str = "") -> Any:
        """A window of somebody's own; signed in where they have a password."""
        context = self._browser.new_context(viewport=size, has_touch=size is PHONE)
        context.set_default_timeout(20_000)
        language = language or self.language
        spoken = [{"name": "language", "value": language, "url": self.base}]
        context.add_cookies(spoken if user is None else cookies(self.base, user, language))
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self.wrong.append(said.text) if "Content Security" in said.text else None)
        return page

    def go(self, page: Any, path: str) -> None:
        """Open a page, which fits its window."""
        answer = page.goto(self.base + path)
        assert answer is not None and answer.status == 200, f"{path}: {answer and answer.status}"
        width = page.viewport_size["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than {width}"


def press(page: Any, form: str = "form[method=post]") -> None:
    """Send the first such form of the page's own part, which leads on."""
    with page.expect_navigation() as gone:
        page.locator(f"main {form}").first.locator("button[type=submit]").first.click()
    assert gone.value.status < 400, page.locator("main").inner_text()


def follow(page: Any, end: str) -> None:
    """Follow the first link whose address ends so."""
    with page.expect_navigation():
        page.locator(f"main a[href$='{end}']").first.click()


@pytest.fixture
def team(committed_db: str, member: Callable[..., User]) -> dict[str, User]:
    """People with their roles, and a mail server that keeps what it is given."""
    harbour = Team.objects.create(name="Harbour")
    MailSettings.objects.create(host="localhost", port=25, security="none", sender="poise@example.org")
    Policy.objects.create(asked=Policy.Asked.BOTH)
    return {
        "manager": member(Role.HIRING_MANAGER, harbour, email="helen@example.org", name="Helen Brook"),
        "ivan": member(Role.INTERVIEWER, harbour, email="ivan@example.org", name="Ivan Petrov"),
        "ida": member(Role.INTERVIEWER, harbour, email="ida@example.org", name="Ida Moe"),
        "auditor": member(Role.AUDITOR, email="omar@example.org", name="Omar Haddad"),
    }


@contextmanager
def asking() -> Iterator[None]:
    """Within Playwright's loop Django has another connection; it goes with the loop, or the next test would get it."""
    try:
        yield
    finally:
        connections["default"].close()
        del connections["default"]


@pytest.fixture
def served(team: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server's address. Playwright runs a loop in this thread, in which Django would not ask the database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
    server = Served()
    yield server.base
    server.stop()


@pytest.mark.parametrize(("language", "database"), [("en", "postgresql"), ("he", "sqlite")], indirect=["database"])
def test_from_a_kit_to_an_audit(served: str, team: dict[str, User], submit: Any, language: str) -> None:
    with playwright.sync_playwright() as play, asking():
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        stage = Stage(served, browser, language)
        manager = stage.window(team["manager"], WIDE)
        kit_is_made(stage, manager)
        campaign = campaign_is_opened(stage, manager)
        link = candidates_are_told(stage, manager, campaign)
        phone = stage.window(None, PHONE, "he")
        candidate_prepares(stage, phone, link)
        interviews_are_planned(stage, manager, campaign, team["manager"])
        two_rate_at_once(stage, team)
        for seat in Seat.objects.filter(interview__candidate__email="bo@example.net"):
            submit(seat, 4)
        raters_read_each_other(stage, team)
        candidate_is_decided_on(stage, manager, campaign)
        candidate_objects(stage, phone)
        for spoken in ("en", "he"):
            auditor_looks(stage, stage.window(team["auditor"], WIDE, spoken), campaign, team)
        browser.close()
    assert stage.wrong == []


def kit_is_made(stage: Stage, page: Any) -> None:
    stage.go(page, "/hiring/kits/start/")
    page.fill("[name=title]", "Guest service")
    for trait, weight in (("helpful", "2"), ("considerate", "1")):
        page.check(f"[name=on_{trait}]")
        page.fill(f"[name=weight_{trait}]", weight)
    press(page)
    page.fill("[name=job_analysis]", "Three shift leaders were asked what a good day looks like.")
    press(page)
    kit = KitVersion.objects.get().kit_id
    stage.go(page, f"/hiring/kits/{kit}/draft/publish/")
    press(page)
    version = KitVersion.objects.get()
    assert version.published_at is not None and version.read().traits == {"helpful": 2.0, "considerate": 1.0}


def campaign_is_opened(stage: Stage, page: Any) -> Campaign:
    stage.go(page, "/hiring/campaigns/new/")
    page.fill("[name=title]", "Spring")
    for name in ("team", "kit"):
        page.select_option(f"[name={name}]", index=1)
    page.select_option("[name=language]", stage.language)
    page.select_option("[name=anchor]", "")
    page.fill("[name=contact]", "jobs@example.org")
    page.fill("[name=raters_each]", "2")
    page.fill("[name=notice_days]", "0")
    page.uncheck("[name=needs_calibration]")
    press(page)
    campaign = Campaign.objects.get()
    stage.go(page, f"/hiring/campaigns/{campaign.pk}/")
    follow(page, "/stages/new/")
    page.fill("[name=title]", "First talk")
    press(page)
    press(page, "form[action$='/open/']")
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.OPEN
    return campaign


def candidates_are_told(stage: Stage, page: Any, campaign: Campaign) -> str:
    """Bring them in by a file, and send them the notice; return the link in one of the letters."""
    stage.go(page, f"/hiring/campaigns/{campaign.pk}/candidates/bring/")
    page.set_input_files("[name=file]", {"name": "them.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    press(page)
    assert not Candidate.objects.exists() and "no address" in page.locator("main").inner_text()
    press(page)
    shown = page.locator("main").inner_text()
    assert all(name in shown for name in CANDIDATES.values()) and Candidate.objects.count() == 2
    press(page, "form[action$='/notify/']")
    work_off()
    assert sorted(one.to[0] for one in outbox.outbox) == ["amal@example.net", "bo@example.net"]
    stage.go(page, f"/hiring/campaigns/{campaign.pk}/letters/?which=sent")
    assert page.locator("main").inner_text().count("@example.net") + page.locator("main tbody tr").count() >= 2
    body = next(str(one.body) for one in outbox.outbox if one.to == ["amal@example.net"])
    found = re.search(r"http\S+/enter/\S+/", body)
    assert found and re.search("[א-ת]", body)
    return urlsplit(found[0]).path


def interviews_are_planned(stage: Stage, page: Any, campaign: Campaign, manager: User) -> None:
    outbox.outbox.clear()
    stage.go(page, f"/hiring/campaigns/{campaign.pk}/plan/")
    page.uncheck(f"[name=raters][value='{manager.pk}']")
    with page.expect_navigation():
        page.locator("button[value=propose]").click()
    with page.expect_navigation():
        page.locator("button[value=confirm]").click()
    assert "/schedule/" in page.url and Interview.objects.exclude(starts_at=None).count() == 2
    shown = page.locator("main").inner_text()
    assert all(name in shown for name in CANDIDATES.values()), "the week of the first of them is shown"
    assert Seat.objects.exclude(rater=manager).count() == 4
    work_off()
    assert Letter.objects.filter(kind="invitation").exclude(sent_at=None).count() == 6 == len(outbox.outbox)


def candidate_prepares(stage: Stage, page: Any, link: str) -> None:
    stage.go(page, link)
    press(page)
    candidate = Candidate.objects.get(email="amal@example.net")
    own = f"/candidacy/{candidate.pk}/"
    stage.go(page, own)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    follow(page, "/notice/")
    press(page)
    stage.go(page, own + "consents/")
    press(page)
    stage.go(page, own + "ask/")
    page.fill("[name=asked]", "שאלות גם בכתב")
    page.check("[name=no_marks]")
    press(page)
    stage.go(page, own + "about-me/")
    page.fill("[name=strengths]", "סבלנות")
    page.check("[name=strong_traits][value=considerate]")
    press(page)
    stage.go(page, f"/fairness/voluntary/{candidate.pk}/")
    page.check("[name=sex][value=female]")
    page.check("[name=agreed]")
    press(page)
    assert candidate.notices.get().read_at is not None and candidate.accommodations.get().no_marks
    assert Consent.objects.get().kind == "recording" and SelfStatement.objects.get().strengths == "סבלנות"


def two_rate_at_once(stage: Stage, team: dict[str, User]) -> None:
    """One by keys and one by taps, side by side: neither reads a word of the other's."""
    seats = [
        Seat.objects.get(rater=team[who], interview__candidate__email="amal@example.net") for who in ("ivan", "ida")
    ]
    keyed, tapped = stage.window(team["ivan"], WIDE), stage.window(team["ida"], PHONE)
    kit = KitVersion.objects.get().read()
    for page, seat in ((keyed, seats[0]), (tapped, seats[1])):
        stage.go(page, "/hiring/interviews/")
        follow(page, f"/hiring/interviews/{seat.pk}/")
        page.locator("details:has([data-begin]) summary").click()  # planned for another day: asked once more
        page.locator("[data-begin] button").click()
    assert tapped.locator(".marks button[value=nodded]").count() == 0, "what was asked for holds at once"
    for question in kit.questions:
        step = f"[data-step='{question.id}']"
        keyed.locator(step).wait_for()
        keyed.keyboard.press("KeyQ")
        keyed.keyboard.type(SAID[0])
        keyed.keyboard.press("Enter")
        keyed.locator(f"{step} q").wait_for()
        keyed.keyboard.press("Escape")
        if question.scored:
            keyed.keyboard.press("2")
            keyed.locator(f"{step} input[name=level]:checked").wait_for()
        if question is kit.questions[0]:
            keyed.keyboard.press("KeyG")
        keyed.keyboard.press("ArrowLeft" if stage.language == "he" else "ArrowRight")
        tapped.locator(f"{step} input[name=text]").fill(SAID[1])
        tapped.locator(f"{step} .quoting button").tap()
        tapped.locator(f"{step} q").wait_for()
        if question.scored:
            tapped.locator(f"{step} input[value='4']").tap()
        tapped.locator("[data-way='1']").tap()
    for number, page in enumerate((keyed, tapped)):
        page.locator("[data-says=saved]").wait_for(state="attached")
        page.reload()
        assert SAID[number] in page.content() and SAID[1 - number] not in page.content()
        for path in ("", "entries/", "questions/"):
            assert page.request.get(f"{stage.base}/hiring/interviews/{seats[1 - number].pk}/{path}").status == 404
        page.locator("[data-to='review']").first.click()
        page.locator("[data-submit] button").click()
        page.locator("[data-submit]").wait_for(state="detached")
        stage.go(page, "/hiring/interviews/?show=submitted")
        ways = page.locator("main a[href*='/panel/notes/']").count()
        assert ways == number, "open for nobody before the last of them has submitted"
        page.context.close()
    scored = [one.id for one in kit.questions if one.scored]
    for seat, level in zip(seats, (2, 4), strict=True):
        assert dict(Rating.objects.filter(seat=seat).values_list("question", "level")) == dict.fromkeys(scored, level)
    assert set(Quote.objects.values_list("question", flat=True)) == {*scored, STRENGTHS}
    assert Mark.objects.get().kind == "greeted"


def raters_read_each_other(stage: Stage, team: dict[str, User]) -> None:
    """Each of the two finds what the other wrote, once neither has anything left to rate."""
    candidate = Candidate.objects.get(email="amal@example.net")
    for who, size in (("ivan", WIDE), ("ida", PHONE)):
        page = stage.window(team[who], size)
        stage.go(page, "/hiring/interviews/?show=submitted")
        follow(page, f"/hiring/panel/notes/{candidate.pk}/")
        shown = page.locator("main").inner_text()
        assert all(words in shown for words in (*SAID.values(), "Ivan Petrov", "Ida Moe", candidate.name))
        assert "Bo Lindqvist" not in shown and page.locator("main .levels-by").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.context.close()


def candidate_is_decided_on(stage: Stage, page: Any, campaign: Campaign) -> None:
    candidate = Candidate.objects.get(email="amal@example.net")
    stage.go(page, f"/hiring/panel/candidates/{candidate.pk}/")
    shown = page.locator("main").inner_text()
    assert all(words in shown for words in (*SAID.values(), "Ivan Petrov", "Ida Moe", candidate.name))
    stage.go(page, f"/hiring/panel/campaigns/{campaign.pk}/compare/")
    for box in page.locator("[name=candidate]").all():
        box.check()
    with page.expect_navigation():
        page.locator("main form[method=get] button").click()
    assert page.locator("table.levels-by").count() and all(
        page.locator("main table").first.get_by_text(name).count() for name in CANDIDATES.values()
    )
    outbox.outbox.clear()
    stage.go(page, f"/hiring/decisions/{candidate.pk}/")
    page.check("[name=outcome][value=decline]")
    page.fill("[name=reason]", REASON)
    press(page, "form:has([name=outcome])")
    made = Decision.objects.get()
    assert made.reason == REASON and not made.override
    assert {"panel_candidate", "panel_compare"} <= {one["page"] for one in made.seen}
    work_off()
    assert [one.to for one in outbox.outbox] == [["amal@example.net"]]


def candidate_objects(stage: Stage, page: Any) -> None:
    stage.go(page, "/candidacy/")
    follow(page, "/report/")
    shown = page.locator("main").inner_text()
    assert REASON in shown and "Ivan" not in shown and "Ida" not in shown and "Bo Lindqvist" not in shown
    own = urlsplit(page.url).path.removesuffix("report/")
    paper = page.request.get(f"{stage.base}{own}report.pdf")
    assert paper.ok and paper.body().startswith(b"%PDF")
    stage.go(page, own + "objections/")
    page.select_option("[name=about]", "helpful")
    page.fill("[name=text]", "עזרתי לה, וזה לא כתוב")
    press(page)
    made = Objection.objects.get()
    assert made.about == "helpful" and made.text in page.locator("main").inner_text()


def auditor_looks(stage: Stage, page: Any, campaign: Campaign, team: dict[str, User]) -> None:
    code = Candidate.objects.get(email="amal@example.net").code
    raters = [team[who].name for who in ("ivan", "ida")]
    shown = {}
    for path in (
        f"/hiring/panel/audit/{campaign.pk}/",
        "/hiring/decisions/log/",
        "/fairness/",
        f"/fairness/campaigns/{campaign.pk}/",
        "/fairness/tables/",
        "/hiring/decisions/validity/all/",
        "/audit/",
        "/audit/verify/",
    ):
        stage.go(page, path)
        shown[path] = page.locator("main").inner_text()
        # who looked at what is the log's own business: those who work here stand there by name
        hidden = [*CANDIDATES.values(), *([] if path == "/audit/" else raters)]
        assert not [name for name in hidden if name in page.content()], path
    assert code in shown[f"/hiring/panel/audit/{campaign.pk}/"] and REASON not in shown["/hiring/decisions/log/"]
    press(page)
    found = page.locator("main [role=status]").inner_text()
    assert re.search(r"\b[0-9a-f]{64}\b", found), found
