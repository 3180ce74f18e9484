"""The first page after signing in, by role, and the sign of life for whoever supervises the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.app.access import TABLE, Capability, Role, may, needs
from poise.app.accounts.models import Membership, User
from poise.app.accounts.models.users import ROLE_NAMES
from poise.app.audit.notices import is_lacking
from poise.app.navigation import Entry, entries

__all__ = ["alive", "landing"]

_PURPOSES = {
    Role.ADMINISTRATOR: _(
        "You look after accounts, teams, imports and settings. You do not see evidence about people."
    ),
    Role.HIRING_MANAGER: _("You hire. You see the campaigns of your teams, and no coaching data."),
    Role.INTERVIEWER: _("You interview and rate candidates. You see no coaching data."),
    Role.COACH: _("You see who needs help with what in your teams, and the words behind it."),
    Role.AGENT: _("You see your own profile and conversations, and may contest any piece of evidence."),
    Role.CANDIDATE: _("You see what concerns your own application, and may have all of it sent to you."),
    Role.AUDITOR: _("You see who looked at what and who decided what, and no conversations."),
}


@dataclass(frozen=True, slots=True)
class _Part:
    title: str | Promise
    purpose: str | Promise
    teams: list[str]
    ways: list[Entry]


@needs(Capability.ACCOUNT)
def landing(request: HttpRequest) -> HttpResponse:
    """What each of the reader's roles is here for, with the ways in."""
    user = cast("User", request.user)
    teams: dict[Role, list[str]] = {}
    for held in Membership.objects.filter(user=user).select_related("team").order_by("role", "team__name"):
        named = teams.setdefault(Role(held.role), [])
        if held.team is not None:
            named.append(held.team.name)
    ways = entries(request)
    parts = [
        _Part(
            ROLE_NAMES[role],
            _PURPOSES[role],
            teams[role],
            [way for way in ways if way.capability is not Capability.ACCOUNT and role in TABLE[way.capability]],
        )
        for role in Role
        if role in teams
    ]
    # of all that an administrator can do, this comes first
    tell_first = may(user, Capability.IMPORT) and is_lacking()
    return render(request, "accounts/landing.html", {"roles": parts, "tell_first": tell_first})


@needs(Capability.OPEN)
def alive(request: HttpRequest) -> HttpResponse:
    """Answers ``ok`` when the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
