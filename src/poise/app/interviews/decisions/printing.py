"""The candidate's report on paper, in its language and direction."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from poise.app.interviews.decisions.report import Report
from poise.reports.paper import to_pdf

__all__ = ["paper", "pdf"]

_LOOK: Final = Path(__file__).parent / "paper.css"


def paper(report: Report) -> str:
    """Return the report as one HTML page that needs nothing beside it."""
    with translation.override(report.language):
        return render_to_string("decisions/paper.html", {"report": report})


def pdf(report: Report) -> HttpResponse:
    """Return the report as a PDF to save, A4."""
    made = to_pdf(paper(report), _LOOK.read_text("utf-8"))
    headers = {"Content-Disposition": 'attachment; filename="report.pdf"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
