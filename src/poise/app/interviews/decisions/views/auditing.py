"""For auditors: the log of decisions without anybody's name, and whether interviews go with later work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any, Final

import polars as pl
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from poise.app.access import Capability, needs
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.blinding import closed_campaigns
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.decisions.objecting import to_be_reviewed
from poise.app.interviews.decisions.validity import FEWEST, validity_of
from poise.app.people import spreadsheets
from poise.estimation.prediction import SHOW, USE

__all__ = ["log", "log_csv", "validity", "validity_of_all"]

_A_PAGE: Final = 50
_COLUMNS: Final = {
    "decision": pl.Int64,
    "campaign": pl.Int64,
    "candidate": pl.String,
    "stage": pl.Int64,
    "outcome": pl.String,
    "override": pl.Boolean,
    "reason_letters": pl.Int64,
    "pages_seen": pl.Int64,
    "ratings": pl.String,
    "decided_at": pl.String,
    "decided_by": pl.Int64,
    "holds": pl.Boolean,
    "to_review": pl.Boolean,
}


def _decisions(request: HttpRequest) -> QuerySet[Decision]:
    campaigns = reach.campaigns(request.user, Capability.AUDIT_SELECTION)
    later = Decision.objects.filter(candidate=OuterRef("candidate"), pk__gt=OuterRef("pk"))
    found = Decision.objects.filter(candidate__campaign__in=campaigns)
    found = found.exclude(candidate__campaign__in=closed_campaigns(request.user))
    if request.GET.get("override"):
        found = found.filter(override=True)
    return (
        found.annotate(
            letters=Length("reason"),
            holds=~Exists(later),
            review=Exists(to_be_reviewed(Decision.objects.filter(pk=OuterRef("pk")))),
        )
        .defer("reason")
        .select_related("candidate__campaign", "stage")
        .order_by("-pk")
    )


def _pages(one: Decision) -> int:
    return sum(seen.get("page") != "decision" for seen in one.seen)


@needs(Capability.AUDIT_SELECTION)
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Decisions by candidates' codes: what, whether against the interviews, how long the reason is, what was seen."""
    page = Paginator(_decisions(request), _A_PAGE).get_page(request.GET.get("page"))
    rows = [(one, _pages(one)) for one in page.object_list]
    context = {
        "page": page,
        "rows": rows,
        "override": bool(request.GET.get("override")),
        "closed": closed_campaigns(request.user).exists(),
    }
    return render(request, "decisions/log.html", context)


@needs(Capability.AUDIT_SELECTION)
@require_safe
def log_csv(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    rows = list(_rows(_decisions(request)))
    record(Action.EXPORTED, purpose="selection", page="decision_log", rows=len(rows))
    table = pl.DataFrame(rows, schema=_COLUMNS, orient="row")
    return spreadsheets.answer({"decisions": table}, "csv", "decisions")


def _rows(found: QuerySet[Decision]) -> Iterator[tuple[Any, ...]]:
    for one in found.iterator(chunk_size=1_000):
        yield (
            one.pk,
            one.candidate.campaign_id,
            one.candidate.code,
            one.stage.number,
            one.outcome,
            one.override,
            getattr(one, "letters", 0),
            _pages(one),
            next((seen.get("digest", "") for seen in one.seen if seen.get("page") == "decision"), ""),
            one.decided_at.astimezone(UTC).isoformat(),
            one.decided_by_id,
            getattr(one, "holds", True),
            getattr(one, "review", False),
        )


def _validity(request: HttpRequest, capability: Capability) -> HttpResponse:
    context = {
        "found": validity_of(reach.campaigns(request.user, capability)),
        "fewest": FEWEST,
        "show": SHOW,
        "use": USE,
    }
    return render(request, "decisions/validity.html", context)


@needs(Capability.VIEW_SELECTION)
@require_safe
def validity(request: HttpRequest) -> HttpResponse:
    """Whether interviews go with later work, over the reader's own teams."""
    return _validity(request, Capability.VIEW_SELECTION)


@needs(Capability.AUDIT_SELECTION)
@require_safe
def validity_of_all(request: HttpRequest) -> HttpResponse:
    """The same over all teams."""
    return _validity(request, Capability.AUDIT_SELECTION)
