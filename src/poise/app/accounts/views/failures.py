"""Pages for when something does not work."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from poise.app.api import Refused

__all__ = ["bad_request", "broken", "csrf", "forbidden", "not_found"]


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "failure.html", {"status": status, "title": title, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _page(
        request,
        400,
        _("This request could not be read"),
        _("Something in the address or the form is not as Poise expects it. Go back and try again."),
    )


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without this session's proof."""
    return _page(
        request,
        403,
        _("This form was not accepted"),
        _("It was open for too long, or cookies are switched off. Load the page again and send it once more."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not for this."""
    return _page(
        request,
        403,
        _("You may not open this page"),
        _("Your roles do not include it. An administrator of Poise can give you a role."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404. Also what lies outside a reader's teams: that it exists is not told. Programs are told in JSON."""
    if request.path.startswith("/api/"):
        return JsonResponse(Refused(detail="there is no such call; /api/openapi.json lists them").dict(), status=404)
    return _page(
        request,
        404,
        _("There is nothing at this address"),
        _("It may have been removed, or it is not among what you may see."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    page = render_to_string(
        "failure.html",  # without the request: asking who is signed in may be what broke
        {
            "status": 500,
            "title": _("Something went wrong in Poise"),
            "text": _("What you had saved before is kept. The error is in the server's log, with its time."),
        },
    )
    return HttpResponse(page, status=500)
