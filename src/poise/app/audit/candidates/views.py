"""Pages about candidates' rights: the list, the file, erasing, and holds."""

from __future__ import annotations

from functools import partial
from typing import Final, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from poise.app.access import Capability, needs, scope
from poise.app.accounts.models import User
from poise.app.audit.candidates.erasing import HeldError, erase_candidate, hold, release, taken_with
from poise.app.audit.candidates.exporting import write_candidate_archive
from poise.app.audit.candidates.forms import EraseCandidateForm, HoldForm
from poise.app.audit.handing import handed
from poise.app.audit.log import record
from poise.app.audit.models import Action, LegalHold
from poise.app.interviews.blinding import may_compare
from poise.app.interviews.campaigns.models import Candidate
from poise.app.people.reading import words_asked

__all__ = ["candidates", "erase", "export", "held"]

_A_PAGE: Final = 50


@needs(Capability.ERASE_PERSON)
@require_GET
def candidates(request: HttpRequest) -> HttpResponse:
    """Candidates by name, with what they may ask for; nothing of what was said, rated or decided."""
    words = words_asked(request)[:300]
    found = Candidate.objects.filter(anchor=False).select_related("campaign", "legal_hold").order_by("name", "pk")
    if words:
        found = found.filter(Q(name__icontains=words) | Q(email__icontains=words))
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/candidates.html", {"page": page, "q": words})


@needs(Capability.EXPORT_PERSON)
@require_GET
def export(request: HttpRequest, key: int) -> FileResponse:
    """All that is held on a candidate, as a ZIP file: for themself, and for the auditor."""
    found = Candidate.objects.filter(anchor=False).select_related("campaign__team", "campaign__kit", "stage", "user")
    candidate = get_object_or_404(found, pk=key)
    user = cast("User", request.user)
    reach = scope(user, Capability.EXPORT_PERSON)
    own = reach.own and candidate.user_id == user.pk
    if not own and not reach.everything:
        raise Http404
    if not own and not may_compare(user, candidate.campaign):
        # an auditor who rates in the campaign waits like everybody who does
        raise PermissionDenied
    answer = handed(partial(write_candidate_archive, candidate, own=own), f"candidate-{candidate.pk}.zip")
    record(Action.EXPORTED, candidate, candidate=candidate.pk, purpose="selection")
    return answer


@needs(Capability.ERASE_PERSON)
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, key: int) -> HttpResponse:
    """What erasing would take away, and the form that does it; under a hold, why it is refused."""
    candidate = get_object_or_404(Candidate.objects.filter(anchor=False).select_related("campaign"), pk=key)
    form = EraseCandidateForm(candidate, request.POST or None)
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            erase_candidate(candidate, by=cast("User", request.user), reason=form.cleaned_data["reason"])
        except HeldError as error:
            refused = str(error)
        else:
            messages.success(request, _("Erased. What the panel says of the others no longer rests on it."))
            return redirect("erased")
    context = {
        "candidate": candidate,
        "form": form,
        "taken": taken_with(candidate),
        "hold": LegalHold.objects.filter(candidate=candidate).first(),
    }
    return render(
        request, "audit/erase_candidate.html", context, status=409 if refused else 422 if form.errors else 200
    )


@needs(Capability.ERASE_PERSON)
@require_http_methods(["GET", "POST"])
def held(request: HttpRequest, key: int) -> HttpResponse:
    """A hold on what is kept of a candidate: set, and released."""
    candidate = get_object_or_404(Candidate.objects.filter(anchor=False).select_related("campaign"), pk=key)
    form = HoldForm(request.POST if request.method == "POST" and "release" not in request.POST else None)
    if request.method == "POST" and "release" in request.POST:
        release(candidate)
        messages.success(request, _("The hold is released."))
        return redirect("hold_candidate", key)
    if form.is_valid():
        hold(candidate, by=cast("User", request.user), reason=form.cleaned_data["reason"])
        messages.success(request, _("Held. Nothing of it is erased until the hold is released."))
        return redirect("hold_candidate", key)
    now = LegalHold.objects.filter(candidate=candidate).select_related("set_by").first()
    context = {"candidate": candidate, "form": form, "hold": now}
    return render(request, "audit/hold_candidate.html", context, status=422 if form.errors else 200)
