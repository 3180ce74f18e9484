"""The language in which the browser shows Poise: a cookie, so that it holds before signing in too."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse

__all__ = ["forget_language", "put_language"]


def put_language(response: HttpResponse, language: str) -> None:
    """Keep the chosen language in the browser, for the pages before signing in too."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 60 * 60,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )


def forget_language(response: HttpResponse) -> None:
    """Go by what the browser asks for again."""
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
