"""What every request passes through: the chosen language, who acts, and the guard at the door."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from poise.app.access import Capability, capability_of, may

__all__ = ["Actor", "ChosenLanguage", "Guard", "WhoActs", "acting"]

_Next = Callable[[HttpRequest], HttpResponse]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does what is being done: a user's key (``None`` before sign-in) and the address that they come from."""

    user: int | None
    origin: str | None


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


def acting() -> Actor | None:
    """Who acts in this request; ``None`` outside requests (workers, commands)."""
    return _acting.get()


def origin_of(request: HttpRequest) -> str:
    """The address of the browser, ``X-Forwarded-For`` believed only as far as ``POISE_PROXIES`` says."""
    if settings.PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.PROXIES:
            return str(hops[-settings.PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))


class ChosenLanguage:
    """The language of the switch (a cookie; signing in sets it to the user's), else the browser's."""

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        language = translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self._next(request)
            response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


class WhoActs:
    """Makes :func:`acting` answer while the request lasts."""

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        user = getattr(request, "user", None)
        token = _acting.set(Actor(user.pk if user is not None else None, origin_of(request)))
        try:
            return self._next(request)
        finally:
            _acting.reset(token)


class Guard:
    """Lets a view run only for somebody who has the capability that it names; one that names none runs for nobody."""

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self._next(request)
        if request.user.is_authenticated:
            # pages about people must not stay in caches or come back after signing out
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Decide before the view runs."""
        match = request.resolver_match
        name = match.view_name if match else ""
        capability = capability_of(view, name)
        if capability is None:
            _log.error("the view %s (%s) names no capability, so nobody may open it", name, request.path)
            raise PermissionDenied
        if capability in {Capability.OPEN, Capability.TOKEN_CALL}:
            return None
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                return HttpResponse(status=401, headers={"HX-Refresh": "true"})
            return redirect_to_login(request.get_full_path())
        if not may(request.user, capability):
            raise PermissionDenied
        return None
