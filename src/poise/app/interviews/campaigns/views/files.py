"""Candidates as CSV: a file to fill in, a look before anything is kept, and the list to save."""

from __future__ import annotations

from typing import Final

import polars as pl
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from poise.app.access import Capability, needs
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import blinding, reach
from poise.app.interviews.campaigns import rosters
from poise.app.interviews.campaigns.adding import COLUMNS
from poise.app.interviews.campaigns.candidate_forms import FileForm, FilterForm
from poise.app.interviews.campaigns.models import Campaign
from poise.app.interviews.campaigns.views.candidates import chosen
from poise.app.people.spreadsheets import answer

__all__ = ["bring", "empty", "save"]

_SHOWN: Final = 200
"""Lines that the look shows; what is refused comes first."""


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def empty(request: HttpRequest) -> HttpResponse:
    """An empty file with the columns."""
    return HttpResponse(
        "\ufeff" + rosters.template(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="candidates.csv"'},
    )


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def save(request: HttpRequest, key: int) -> HttpResponse:
    """The candidates that the filter chooses, with where they stand; no rating."""
    campaign = get_object_or_404(reach.campaigns(request.user), pk=key)
    outcomes = blinding.may_compare(request.user, campaign)
    form = FilterForm(request.GET or None, stages=list(campaign.stages.all()), outcomes=outcomes)
    found = chosen(campaign, form).prefetch_related("interviews", "decisions")
    rows = rosters.rows(found, outcomes=outcomes)
    record(Action.EXPORTED, campaign, purpose="selection", page="candidates", candidates=len(rows))
    return answer({"candidates": pl.DataFrame(rows, schema=rosters.SCHEMA)}, "csv", f"candidates-{campaign.pk}")


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest, key: int) -> HttpResponse:
    """Look at a file of candidates, then take in those whose line is sound.

    The file is not kept between the two: the page that shows it sends its words once more.
    """
    campaign = get_object_or_404(reach.campaigns(request.user), pk=key)
    if campaign.state == Campaign.State.CLOSED:
        messages.error(request, _("The campaign is closed."))
        return redirect("campaign", key)
    confirmed = request.method == "POST" and "content" in request.POST
    form = FileForm() if confirmed or request.method != "POST" else FileForm(request.POST, request.FILES)
    context: dict[str, object] = {"campaign": campaign, "form": form, "columns": COLUMNS}
    if request.method != "POST" or not (confirmed or form.is_valid()):
        return render(request, "campaigns/bring.html", context, status=422 if form.is_bound else 200)
    content = request.POST["content"].encode() if confirmed else form.cleaned_data["file"].read()
    try:
        lines, unknown = rosters.read(content)
    except rosters.RosterError as error:
        return render(request, "campaigns/bring.html", context | {"problem": str(error)}, status=422)
    told = rosters.take_in(campaign, lines, dry=not confirmed)
    if confirmed:
        added = sum(one.what == "new" for one in told)
        changed = sum(one.what == "changed" for one in told)
        messages.success(
            request,
            ngettext("%(count)s candidate was added.", "%(count)s candidates were added.", added) % {"count": added}
            + " "
            + ngettext("%(count)s was changed.", "%(count)s were changed.", changed) % {"count": changed},
        )
        return redirect("campaign_candidates", key)
    ranked = sorted(told, key=lambda one: (one.what != "refused", not one.note))
    context |= {
        "lines": ranked[:_SHOWN],
        "more": max(len(told) - _SHOWN, 0),
        "counts": {what: sum(one.what == what for one in told) for what in ("new", "changed", "unchanged", "refused")},
        "unknown": unknown,
        "content": content.decode("utf-8-sig"),
    }
    return render(request, "campaigns/looked.html", context)
