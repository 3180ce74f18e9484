"""The ways in that need a browser and somebody else: an OpenID provider over HTTP, a security key by its protocol."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright import sync_api as playwright

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*(deprecated|joserfc)"),  # inside the provider
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed (apt install chromium)"
    ),
]
EMAIL, PASSWORD = "ruth@example.org", "a long password of Ruth's"


@pytest.fixture
def provider() -> Iterator[str]:
    """An OpenID provider that vouches for Ruth's address, and for a stranger's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a part that the provider uses
        from oidc_provider_mock import User, run_server_in_thread
    known = User(sub="ruth", claims={"email": EMAIL, "email_verified": True})
    stranger = User(sub="stranger", claims={"email": "stranger@example.org", "email_verified": True})
    with run_server_in_thread(user_claims=[known, stranger]) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def poise(tmp_path: Path, provider: str) -> Iterator[tuple[str, str]]:
    """The real server on an empty folder: its address, and where the first administrator is made."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("POISE_", "DATABASE_URL"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "poise", "serve", "--port", "0", "--workers", "0", "--web", "1"],
        env=kept
        | {
            "POISE_HOME": str(tmp_path / "home"),
            "POISE_OIDC_URL": provider,
            "POISE_OIDC_CLIENT": "poise",
            "POISE_OIDC_SECRET": "secret",
            "POISE_OIDC_NAME": "Harbour",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found: list[str] = []
    while len(found) < 2:
        line = process.stdout.readline()
        assert line, found
        found += re.findall(r"https?://\S+", line)
    urllib.request.urlopen(f"{found[0]}/healthz", timeout=90).close()  # its socket is open before it answers
    yield found[0], found[1]
    process.terminate()
    process.wait(30)


@pytest.fixture
def page(poise: tuple[str, str]) -> Iterator[playwright.Page]:
    """A browser in which Ruth made her account, and signed out again."""
    base, setup = poise
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(base_url=base, locale="en").new_page()
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(setup)
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Name").fill("Ruth Levi")
        for field in page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        page.locator("main button[type=submit]").click()
        page.get_by_role("button", name="Sign out").click()
        yield page
        assert refused == []
        browser.close()


def _by_provider(page: playwright.Page, who: str) -> None:
    page.goto("/account/sign-in/")
    page.get_by_role("link", name="Sign in with Harbour").click()
    page.get_by_role("button", name=who, exact=True).click()
    page.wait_for_load_state()


def test_a_provider_lets_in_whom_it_knows_and_we_know_too(page: playwright.Page, poise: tuple[str, str]) -> None:
    _by_provider(page, "ruth")
    assert page.url == f"{poise[0]}/" and page.get_by_role("link", name="Ruth Levi").is_visible()
    page.get_by_role("button", name="Sign out").click()
    _by_provider(page, "stranger")
    assert page.url.startswith(poise[0]) and not page.get_by_role("button", name="Sign out").is_visible()
    page.goto("/account/")
    assert "/account/sign-in/" in page.url, "whom nobody invited stays outside, whoever vouches for them"


def test_a_security_key_is_added_and_asked_for(page: playwright.Page, poise: tuple[str, str]) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )

    def sign_in() -> None:
        page.goto("/account/sign-in/")
        page.locator("input[name=login]").fill(EMAIL)
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()

    sign_in()
    page.goto("/account/second-factor/webauthn/add/")
    if page.get_by_label("Password").count():  # what protects the account is changed only by whoever knows the password
        page.get_by_label("Password").fill(PASSWORD)
        page.locator("main button[type=submit]").first.click()
    page.get_by_label("Name").fill("Blue key")
    page.locator("main form button").last.click()
    page.wait_for_url(re.compile(r"second-factor/(?!webauthn/add/)"))  # leaving before the key has answered forgets it
    page.goto("/account/second-factor/webauthn/")
    assert page.get_by_text("Blue key").is_visible()
    page.get_by_role("button", name="Sign out").click()
    sign_in()
    assert "second-factor" in page.url, "the password alone is not enough now"
    page.goto("/account/")
    assert "second-factor" in page.url
    page.locator("#mfa_webauthn_authenticate").click()
    page.wait_for_url(f"{poise[0]}/")
    assert page.get_by_role("link", name="Ruth Levi").is_visible()
