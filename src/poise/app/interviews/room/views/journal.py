"""The journal as the page's script sends and asks for it, and the worker that keeps the page for use offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from poise.app.access import Capability, needs
from poise.app.interviews.room.receiving import MOST_BYTES, SAYS, Refused, read_batch, receive
from poise.app.interviews.room.seating import as_told, open_seats

__all__ = ["entries", "worker"]


@needs(Capability.INTERVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def entries(request: HttpRequest, key: int) -> HttpResponse:
    """One's own journal of one seat.

    GET tells who is signed in, gives a fresh token for sending, and all entries. POST takes a batch
    (:class:`poise.app.interviews.room.receiving.Batch`): 200 with what was kept and what was refused, by uuid; 400 for
    what is no batch, 413 for one that is too long.
    """
    seat = get_object_or_404(open_seats(request.user), pk=key)
    if request.method != "POST":
        return JsonResponse(
            {
                "user": request.user.pk,
                "token": get_token(request),
                "submitted": seat.submitted_at is not None,
                "entries": [as_told(one) for one in seat.entries.all()],
            }
        )
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return JsonResponse({"problem": f"a batch has at most {MOST_BYTES} bytes"}, status=413)
    try:
        clock, told = read_batch(request.body)
    except ValueError as error:
        return JsonResponse({"problem": str(error)}, status=400)
    receipt = receive(seat, told, received_at=timezone.now(), clock=clock)
    return JsonResponse(
        {
            "user": request.user.pk,
            "kept": [str(one) for one in receipt.kept],
            "refused": [_refused(one) for one in receipt.refused],
            "submitted": receipt.submitted_at is not None,
        }
    )


def _refused(one: Refused) -> dict[str, Any]:
    return {
        "uuid": str(one.uuid) if one.uuid else None,
        "place": one.place,
        "why": str(one.why),
        "says": str(SAYS[one.why]),
    }


@needs(Capability.INTERVIEW)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at an address from which it reaches the room and nothing else."""
    source = Path(settings.STATICFILES_DIRS[0], "room-worker.js").read_bytes()
    response = HttpResponse(source, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
