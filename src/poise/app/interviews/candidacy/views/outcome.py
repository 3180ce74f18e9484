"""The report after a decision, and objections to it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.campaigns.models import Candidate
from poise.app.interviews.candidacy.forms import ObjectionForm
from poise.app.interviews.candidacy.views.front import mine
from poise.app.interviews.decisions.objecting import may_object, object_to
from poise.app.interviews.decisions.printing import pdf
from poise.app.interviews.decisions.report import NotGivenError, Report, report_of

__all__ = ["objections", "report", "report_pdf"]


def _told(candidate: Candidate) -> Report:
    try:
        return report_of(candidate, get_language() or "en")
    except NotGivenError as error:
        raise Http404 from error


@needs(Capability.VIEW_CANDIDACY)
@require_safe
def report(request: HttpRequest, key: int) -> HttpResponse:
    """What was assessed, found and decided, in plain words."""
    candidate = mine(request, key)
    told = _told(candidate)
    record(Action.VIEWED, candidate, purpose="selection", page="candidacy_report")
    context = {"candidate": candidate, "report": told, "objected": candidate.objections.exists()}
    return render(request, "candidacy/report.html", context)


@needs(Capability.VIEW_CANDIDACY)
@require_safe
def report_pdf(request: HttpRequest, key: int) -> HttpResponse:
    """The same to keep."""
    candidate = mine(request, key)
    told = _told(candidate)
    record(Action.EXPORTED, candidate, purpose="selection", page="candidacy_report")
    return pdf(told)


@needs(Capability.VIEW_CANDIDACY)
@require_http_methods(["GET", "HEAD", "POST"])
def objections(request: HttpRequest, key: int) -> HttpResponse:
    """Say what is wrong, and read what was answered."""
    candidate = mine(request, key)
    made = list(candidate.objections.all()[:100])
    may = may_object(candidate)
    if not may and not made:
        raise Http404
    told = _told(candidate) if may else None
    form = ObjectionForm(request.POST or None, report=told) if told is not None else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            object_to(candidate, form.cleaned_data["about"], form.cleaned_data["text"], cast("User", request.user))
        except ValueError:
            form.add_error(None, _("You have objected to a lot that is not answered yet. Please wait for the answers."))
        else:
            messages.success(request, _("Sent. Somebody who neither interviewed you nor decided answers it here."))
            return redirect("candidacy_objections", key)
    names = {}
    for part in told.parts if told is not None else ():
        names[part.code] = part.title
        names |= {one.question: one.text for one in part.answers}
    context = {
        "candidate": candidate,
        "form": form,
        "report": told,
        "made": [(one, names.get(one.about, one.about)) for one in made],
    }
    return render(
        request, "candidacy/objections.html", context, status=422 if form is not None and form.is_bound else 200
    )
