"""Pictures of every page for the documentation: ``bin/screenshots`` (English and Hebrew, wide and narrow).

It starts on a home and a database of its own with the invented sample, so nothing real can be on a picture.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import click

from poise.app.benching.ground import ground

ROOT: Final = Path(__file__).resolve().parents[2]
OUT: Final = ROOT / "docs" / "images" / "app"
SIZES: Final = {"wide": (1280, 900), "narrow": (390, 844)}
MOST_PIXELS: Final = 1_900
"""Longer pages are cut: a picture shows what a page is like, not all that is on it."""

#: pages that say the same as another one, or only that there is nothing
LEFT_OUT: Final = ("account_", "mfa_", "socialaccount_", "person_save", "people_save")


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=OUT, show_default=True)
@click.option("--only", default="", help="Pages whose names start so.")
@click.option("--language", "languages", multiple=True, default=("en", "he"), show_default=True)
def main(out: Path, only: str, languages: tuple[str, ...]) -> None:
    """Take the pictures."""
    with ground("sqlite"):
        out.mkdir(parents=True, exist_ok=True)
        for name in _take(out, only, languages):
            click.echo(name)


def _take(out: Path, only: str, languages: tuple[str, ...]) -> Iterator[str]:
    from playwright.sync_api import sync_playwright

    from poise.app.accounts.models import User
    from poise.app.benching.pages import pages
    from poise.app.benching.processes import Server
    from poise.app.demonstration import contesting, past_round
    from poise.app.demonstration.accounts import open_accounts, readers
    from poise.app.demonstration.hiring import fill
    from poise.app.importing.sample import hand_in
    from poise.app.work.worker import work_off

    hand_in()
    work_off()
    open_accounts()
    contesting.fill()
    work_off()
    past_round.fill()
    fill()
    dice = random.Random(5)
    shown: list[tuple[str, User | None, str]] = [("account_login", None, "/account/sign-in/")]
    shown += [
        (page.name, page.reader, page.fill(dice))
        for page in pages(readers())
        if not page.name.startswith(LEFT_OUT) and "?" not in page.name
    ]
    sessions = {user.pk: _session(user) for _, user, _ in shown if user is not None}
    server = Server()
    chromium = next((path for one in ("chromium", "chromium-browser") if (path := shutil.which(one))), None)
    try:
        server.await_answer()
        base = f"http://localhost:{server.port}"
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            for language in languages:
                for size, (width, height) in SIZES.items():
                    context = browser.new_context(viewport={"width": width, "height": height})
                    page = context.new_page()
                    for name, user, path in shown:
                        if not name.startswith(only):
                            continue
                        context.clear_cookies()
                        cookies = [{"name": "language", "value": language, "url": base}]
                        if user is not None:
                            cookies.append({"name": "sessionid", "value": sessions[user.pk], "url": base})
                        context.add_cookies(cookies)
                        page.goto(base + path)
                        file = out / f"{name}.{language}.{size}.png"
                        file.write_bytes(_small(page.screenshot(full_page=True)))
                        yield file.name
                    context.close()
            browser.close()
    finally:
        server.stop()


def _session(user: Any) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def _small(data: bytes) -> bytes:
    """Return a PNG of few colours, cut where it is long: a twentieth of what the browser gives."""
    from PIL import Image

    picture = Image.open(BytesIO(data)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, MOST_PIXELS)))
    packed = BytesIO()
    picture.quantize(32, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    sys.exit(main())
