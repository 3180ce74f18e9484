"""The ways into the rooms, as the masthead shows them: each room's line, for those who may follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.app.access import Capability, may

__all__ = ["ROOMS", "Entry", "entries"]

#: (name of the URL, capability, title); the capability is the one that the view itself names
ROOMS: tuple[tuple[str, Capability, str | Promise], ...] = (
    ("landing", Capability.ACCOUNT, _("Start")),
    ("people", Capability.VIEW_PERSON, _("People")),
    ("people_groups", Capability.VIEW_AGGREGATES, _("Groups")),
    ("people_names", Capability.MERGE_PEOPLE, _("Names")),
    ("conversations", Capability.VIEW_CONVERSATION, _("Conversations")),
    ("contests", Capability.CONTEST, _("Contests")),
    ("campaigns", Capability.MANAGE_CAMPAIGNS, _("Campaigns")),
    ("kits", Capability.MANAGE_CAMPAIGNS, _("Interview kits")),
    ("interviews", Capability.INTERVIEW, _("Interviews")),
    ("calibration", Capability.INTERVIEW, _("Calibration")),
    ("recordings", Capability.INTERVIEW, _("Recorded interviews")),
    ("panels", Capability.VIEW_SELECTION, _("Panels")),
    ("panel_audits", Capability.AUDIT_SELECTION, _("Panels by code")),
    ("decisions", Capability.DECIDE_CANDIDATE, _("Decisions")),
    ("decision_log", Capability.AUDIT_SELECTION, _("Log of decisions")),
    ("candidacies", Capability.VIEW_CANDIDACY, _("My applications")),
    ("knowledge", Capability.VIEW_KNOWLEDGE, _("What is looked for")),
    ("fairness", Capability.VIEW_FAIRNESS, _("Fairness")),
    ("audit", Capability.VIEW_AUDIT, _("Audit log")),
    ("rights", Capability.ERASE_PERSON, _("People's rights")),
    ("accounts", Capability.MANAGE_ACCOUNTS, _("Accounts")),
    ("teams", Capability.MANAGE_TEAMS, _("Teams")),
    ("imports", Capability.IMPORT, _("Imports")),
    ("settings", Capability.MANAGE_SETTINGS, _("Settings")),
    ("tokens", Capability.MANAGE_TOKENS, _("API tokens")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the masthead."""

    url: str
    title: str | Promise
    capability: Capability
    here: bool


def entries(request: HttpRequest) -> list[Entry]:
    """The rooms that the reader may enter, the present one marked."""
    found = []
    for name, capability, title in ROOMS:
        if may(request.user, capability):
            found.append((reverse(name), title, capability))
    # of rooms within rooms only the innermost is where the reader is
    here = max(
        (url for url, _, _ in found if request.path == url or (url != "/" and request.path.startswith(url))),
        key=len,
        default="",
    )
    return [Entry(url, title, capability, url == here) for url, title, capability in found]


def for_templates(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``rooms``, and ``languages`` by their own names."""
    return {"rooms": entries(request) if hasattr(request, "user") else [], "languages": settings.LANGUAGES}
