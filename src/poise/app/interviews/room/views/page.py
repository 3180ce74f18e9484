"""The room: one question at a time. All of it works as plain forms; scripts make it quick, and work without a net."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from poise.app.access import Capability, needs
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.room.receiving import SAYS, Refusal, Refused, Told, receive
from poise.app.interviews.room.seating import STANDING, Room, as_told, open_room, open_seats
from poise.app.people.models import Purpose

__all__ = ["note", "room"]

START: Final = "start"
REVIEW: Final = "review"
_USER: Final = "X-Room-User"
_WORDS: Final = {
    "asked": _("question asked"),
    "quoted": _("quote"),
    "unquoted": _("quote taken back"),
    "marked": _("mark"),
    "unmarked": _("mark taken back"),
    "rated": _("level"),
    "not_observed": _("not observed"),
    "submitted": _("submission"),
    "back": _("Taken back."),
    "noted": _("Noted."),
    "level_needs": _("A level needs at least one quote: write down what the candidate said or did."),
    "no_level": _("no level yet"),
    "no_quote": _("no quote yet"),
    "over": _("over time"),
}
"""What the script says."""


@needs(Capability.INTERVIEW)
@require_safe
def room(request: HttpRequest, key: int) -> HttpResponse:
    """One's own seat; ``?at=`` names the question, :data:`START` or :data:`REVIEW`."""
    found = open_room(request.user, key)
    record(Action.VIEWED, found.seat, purpose=Purpose.SELECTION, page="room", candidate=found.candidate.pk)
    at = _at(found, request.GET.get("at", ""))
    steps = [START, *(one.key for one in found.questions), REVIEW]
    place = steps.index(at)
    last = found.state.marks[-1] if found.state.marks else None
    response = render(
        request,
        "room/room.html",
        {
            "room": found,
            "at": at,
            "before": steps[place - 1] if place else "",
            "after": steps[place + 1] if place + 1 < len(steps) else "",
            "last_mark": last,
            "last_mark_name": next((one.name for one in found.marks if last and one.kind == last.kind), ""),
            "uuid": uuid4,  # called anew by each form
            "told": _told(request, found),
        },
    )
    # the worker keeps this page for its user alone
    response[_USER] = str(request.user.pk)
    return response


def _at(found: Room, wanted: str) -> str:
    if wanted in {START, REVIEW} or any(one.key == wanted for one in found.questions):
        return wanted
    if found.seat.submitted_at is not None:
        return REVIEW
    return next(reversed(list(found.state.asked)), START)


def _told(request: HttpRequest, found: Room) -> dict[str, object]:
    """What the page's script starts from."""
    return {
        "user": request.user.pk,
        "seat": found.seat.pk,
        "token": get_token(request),
        "url": reverse("room_entries", args=[found.seat.pk]),
        "worker": reverse("room_worker"),
        "open": found.open,
        "mayRate": found.may_rate,
        "seconds": found.minutes * 60,
        "each": found.seconds_each,
        "questions": [{"key": one.key, "scored": one.scored} for one in found.questions],
        "entries": [as_told(one) for one in found.entries],
        "standing": {key: [sign, str(says)] for key, (sign, says) in STANDING.items()},
        "words": {key: str(says) for key, says in _WORDS.items()} | {one.kind: one.name for one in found.marks},
    }


@needs(Capability.INTERVIEW)
@require_POST
def note(request: HttpRequest, key: int) -> HttpResponse:
    """Keep one entry from a form. The form numbers it, so that sending it twice keeps it once."""
    seat = get_object_or_404(open_seats(request.user), pk=key)
    now = timezone.now()
    receipt = receive(seat, [_from_form(request.POST, now)], received_at=now)
    for refused in receipt.refused:
        messages.error(request, str(SAYS[refused.why]))
    at = request.POST.get("to") or request.POST.get("question", "")
    return redirect(reverse("room", args=[key]) + "?" + urlencode({"at": at[:100]}))


def _from_form(given: QueryDict, now: datetime) -> Told | Refused:
    kind = given.get("kind", "")
    detail: dict[str, Any] = {}
    try:
        if kind == "quoted":
            detail = {"text": given.get("text", "")}
        elif kind == "marked":
            detail = {"kind": given.get("mark", "")}
        elif kind in {"unquoted", "unmarked"}:
            detail = {"of": given.get("of", "")}
        elif kind == "rated" and given.get("level") == "none":
            kind = "not_observed"
        elif kind == "rated":
            detail = {"level": int(given.get("level", ""))}
        uuid = UUID(given.get("uuid", ""))
    except ValueError:
        return Refused(None, 0, Refusal.MALFORMED)
    return Told(uuid=uuid, kind=kind, question=given.get("question", ""), detail=detail, at=now)
