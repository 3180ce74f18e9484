"""The interviewer's booklet: a kit on paper, in one language."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import translation

from poise.app.interviews.kits.laying import lay_out
from poise.app.interviews.kits.models import KitVersion
from poise.reports.paper import to_pdf

__all__ = ["booklet", "pdf"]

_LOOK: Final = Path(__file__).parent / "booklet.css"


def booklet(version: KitVersion, language: str) -> str:
    """Return the booklet as HTML, all of it in ``language``."""
    with translation.override(language):
        return render_to_string("kits/booklet.html", _content(version, language))


def pdf(version: KitVersion, language: str) -> bytes:
    """Return the booklet as PDF, A4. A kit of eleven traits takes some seconds."""
    with translation.override(language):
        page = render_to_string("kits/paper.html", _content(version, language))
    return to_pdf(page, _LOOK.read_text("utf-8"), identifier=version.digest)


def _content(version: KitVersion, language: str) -> dict[str, Any]:
    return {"version": version, "laid": lay_out(version.draft(), language), "today": date.today()}
