"""Objections of candidates, and the answers to them."""

from __future__ import annotations

from typing import Final, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.blinding import may_compare
from poise.app.interviews.decisions.forms import AnswerForm
from poise.app.interviews.decisions.models import Objection
from poise.app.interviews.decisions.objecting import answer, may_answer, ratings_about
from poise.app.interviews.decisions.report import parts_of, text_in
from poise.reports.titles import titles

__all__ = ["objection", "objections"]

_A_PAGE: Final = 50


@needs(Capability.DECIDE_CANDIDATE)
@require_safe
def objections(request: HttpRequest) -> HttpResponse:
    """Objections within reach: those that wait, oldest first, or those answered, latest first."""
    waiting = request.GET.get("show") != "answered"
    found = Objection.objects.filter(candidate__in=reach.candidates(request.user, Capability.DECIDE_CANDIDATE))
    found = found.select_related("candidate__campaign")
    found = found.filter(verdict="").order_by("pk") if waiting else found.exclude(verdict="").order_by("-pk")
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "decisions/objections.html", {"page": page, "waiting": waiting})


@needs(Capability.DECIDE_CANDIDATE)
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, key: int) -> HttpResponse:
    """One objection, with what it is about; who neither rated nor decided answers it here."""
    mine = reach.candidates(request.user, Capability.DECIDE_CANDIDATE)
    found = get_object_or_404(
        Objection.objects.select_related("candidate__campaign__kit__kit", "answered_by"), pk=key, candidate__in=mine
    )
    user = cast("User", request.user)
    answers = not found.verdict and may_answer(found, user)
    open_to_me = may_compare(user, found.candidate.campaign)
    language = get_language() or "en"
    kit = found.candidate.campaign.kit.read()
    texts = {one.id: text_in(one.text, language) for one in kit.questions}
    form = AnswerForm(request.POST or None, ratings=ratings_about(found), texts=texts) if answers else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            given = form.cleaned_data
            aside = [one.pk for one in given.get("aside") or ()]
            answer(found, given["upheld"], given["text"], aside, user)
            messages.success(request, _("Answered. The candidate reads it on their page."))
            return redirect("objection", key)
    record(Action.VIEWED, found, purpose="selection", candidate=found.candidate_id)
    about = texts.get(found.about) or (titles(language).trait(found.about) if found.about else "")
    parts = parts_of(found.candidate, language) if open_to_me and found.about else ()
    context = {
        "objection": found,
        "about": about,
        "form": form,
        "passages": [one for part in parts for one in part.answers if found.about in {part.code, one.question}],
        "open_to_me": open_to_me,
    }
    return render(
        request, "decisions/objection.html", context, status=422 if form is not None and form.is_bound else 200
    )
