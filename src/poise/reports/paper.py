"""Pages on paper: HTML that needs nothing beside it, as PDF."""

from __future__ import annotations

import unicodedata
from typing import Any

__all__ = ["to_pdf"]


def to_pdf(page: str, look: str, *, identifier: str = "") -> bytes:
    """Return an HTML page as PDF, A4.

    Parameters
    ----------
    page
        The whole page. Nothing that it refers to is fetched.
    look
        Its style sheet.
    identifier
        The same for the same content, where the file should be the same too.
    """
    # half a second that only those who print wait for
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher

    nothing = URLFetcher(allowed_protocols=())  # quotes are other people's words: none of them may send us anywhere
    read = HTML(string=page, url_fetcher=nothing)
    _turn(read.etree_element)
    made = read.write_pdf(
        stylesheets=[CSS(string=look, url_fetcher=nothing)], pdf_identifier=identifier.encode() or None
    )
    return bytes(made)


def _turn(page: Any) -> None:
    """Say of each text that runs as its words do which way that is: the printer does not look at the words itself."""
    for element in page.iter():
        if element.get("dir") == "auto":
            strong = (unicodedata.bidirectional(letter) for text in element.itertext() for letter in text)
            first = next((one for one in strong if one in ("L", "R", "AL")), "L")
            element.set("dir", "ltr" if first == "L" else "rtl")
