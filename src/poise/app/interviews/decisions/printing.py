"""The candidate's report on paper, in its language and direction."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NoReturn

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from poise.app.interviews.decisions.report import Report

__all__ = ["paper", "pdf"]

_LOOK: Final = Path(__file__).parent / "paper.css"


def paper(report: Report) -> str:
    """Return the report as one HTML page that needs nothing beside it."""
    with translation.override(report.language):
        return render_to_string("decisions/paper.html", {"report": report})


def pdf(report: Report) -> HttpResponse:
    """Return the report as a PDF to save, A4."""
    from weasyprint import CSS, HTML  # half a second that only those who print wait for

    made = HTML(string=paper(report), url_fetcher=_nothing).write_pdf(
        stylesheets=[CSS(string=_LOOK.read_text("utf-8"))]
    )
    headers = {"Content-Disposition": 'attachment; filename="report.pdf"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(made), content_type="application/pdf", headers=headers)


def _nothing(url: str, *_: Any, **__: Any) -> NoReturn:
    """Fetch nothing: all that is on the paper is in the page."""
    raise ValueError(f"a report refers to nothing outside itself, so not to {url}")
