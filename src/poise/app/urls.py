"""Addresses. Each room keeps its own in ``<room>/urls.py``, and its calls of the REST API in ``<room>/api.py``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from poise.app.api import api

#: room → the start of its addresses
ROOMS = {
    "accounts": "",
    "people": "people/",
    "conversations": "conversations/",
    "importing": "import/",
    "work": "work/",
    "knowledge": "knowledge/",
    "audit": "audit/",
    "interviews.kits": "hiring/kits/",
    "interviews.campaigns": "hiring/",
    "interviews.calibration": "hiring/calibration/",
    "interviews.room": "hiring/interviews/",
    "interviews.recordings": "hiring/recordings/",
    "interviews.panel": "hiring/panel/",
    "interviews.decisions": "hiring/decisions/",
    "interviews.candidacy": "candidacy/",
    "fairness": "fairness/",
}


def _rooms() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = []
    for room, start in ROOMS.items():
        module = f"poise.app.{room}.urls"
        if find_spec(module) is not None:
            found.append(path(start, include(module)))
        calls = f"poise.app.{room}.api"
        if find_spec(calls) is not None:
            api.add_router("", import_module(calls).router)
    return [*found, path("api/", api.urls)]


urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", set_language, name="set_language"),
    *_rooms(),
]

handler400 = "poise.app.accounts.views.failures.bad_request"
handler403 = "poise.app.accounts.views.failures.forbidden"
handler404 = "poise.app.accounts.views.failures.not_found"
handler500 = "poise.app.accounts.views.failures.broken"
