"""The first page after signing in, by role, and the sign of life for whoever supervises the server."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from poise.app.access import Capability, needs
from poise.app.accounts.models import Membership

__all__ = ["alive", "landing"]


@needs(Capability.ACCOUNT)
def landing(request: HttpRequest) -> HttpResponse:
    """What each of the reader's roles is here for, with the ways in."""
    assert not isinstance(request.user, AnonymousUser)
    memberships = Membership.objects.filter(user=request.user).select_related("team").order_by("role", "team__name")
    teams: dict[str, list[str | None]] = {}
    for membership in memberships:
        teams.setdefault(membership.role, []).append(membership.team.name if membership.team else None)
    return render(request, "accounts/landing.html", {"roles": teams})


@needs(Capability.OPEN)
def alive(request: HttpRequest) -> HttpResponse:
    """Answers ``ok`` when the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
