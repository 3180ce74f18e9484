"""Paper: what a page says is on it, and nothing that it refers to is fetched."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

import pytest

from poise.reports import paper


def test_nothing_outside_the_page_is_fetched(tmp_path: Path) -> None:
    asked: list[str] = []

    class Listening(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    there = f"http://127.0.0.1:{server.server_port}"
    page = (
        f'<html lang="he" dir="rtl"><head><link rel="stylesheet" href="{there}/sheet.css"></head>'
        f'<body><p>שלום</p><img src="{there}/picture.png" alt=""></body></html>'
    )
    made = paper.to_pdf(page, f"@page {{ size: A4 }} body {{ background: url('{there}/back.png') }}")
    secret = tmp_path / "secret.css"
    secret.write_text("p { font-size: 200pt; break-before: page }", encoding="utf-8")
    link = f'<link rel="stylesheet" href="{secret.as_uri()}">'
    two = "<body><p>a</p><p>b</p></body></html>"
    with_file, without = (paper.to_pdf(f"<html><head>{head}</head>{two}", "", identifier="a") for head in (link, ""))
    assert with_file == without
    server.shutdown()
    assert made.startswith(b"%PDF-") and asked == []


def test_the_same_page_is_the_same_file() -> None:
    page = "<html><body><p>Hello</p></body></html>"
    assert paper.to_pdf(page, "", identifier="a") == paper.to_pdf(page, "", identifier="a")


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("Amal אמל came, and stayed.", "ltr"),
        ("… אמל Amal stayed.", "rtl"),
        ("<b>12</b>: <i>ja</i>, שלום", "ltr"),
        ("12.", "ltr"),
    ],
)
@pytest.mark.parametrize("page", ["rtl", "ltr"])
def test_words_of_people_run_as_their_first_letter_does(words: str, way: str, page: str) -> None:
    made = {
        one: paper.to_pdf(f'<html dir="{page}"><body><p dir="{one}">{words}</p></body></html>', "", identifier="a")
        for one in ("auto", "ltr", "rtl")
    }
    assert made["auto"] == made[way] != made["rtl" if way == "ltr" else "ltr"]
