"""Pages on what is looked for, and the box to try a sentence."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from poise.app.access import Capability, may, needs
from poise.app.accounts.models import User
from poise.app.conversations.contests.precision import precision
from poise.app.conversations.detecting import everything, trying, version
from poise.app.knowledge.bank import item_bank
from poise.app.knowledge.choosing import choose, take_back
from poise.app.knowledge.examining import examined as read_examined
from poise.app.knowledge.forms import PhraseForm, ReasonForm, TryForm
from poise.app.knowledge.models import Choice
from poise.app.knowledge.reading import overview as read_overview
from poise.app.knowledge.reading import page as read_page
from poise.knowledge.examined import load_examined
from poise.reports.titles import Titles, titles
from poise.reports.wording import NEEDS
from poise.validation.examples import Try, try_text

__all__ = ["entry", "examined", "overview", "remove_scripted", "scripted", "switch_off", "switch_on", "try_"]

_A_PAGE = 50
_ASKING = (Capability.MANAGE_CAMPAIGNS, Capability.INTERVIEW, Capability.AUDIT_SELECTION)


def _titles() -> Titles:
    return titles(get_language() or "en", everything())


def _off() -> dict[str, str]:
    return dict(Choice.objects.filter(kind=Choice.Kind.OFF).values_list("value", "reason"))


@needs(Capability.VIEW_KNOWLEDGE)
def overview(request: HttpRequest) -> HttpResponse:
    """All traits with their behaviours."""
    sections = read_overview(everything(), _titles(), _off())
    return render(request, "knowledge/overview.html", {"sections": sections, "version": version()})


@needs(Capability.VIEW_KNOWLEDGE)
def examined(request: HttpRequest) -> HttpResponse:
    """Where each sentence of what is looked for is examined, and what is not built.

    Questions with their anchors are for those who interview or audit: an agent may apply for another job.
    """
    sections = read_examined(load_examined(), everything(), item_bank(), _titles(), _off(), request.user)
    asked = any(may(request.user, one) for one in _ASKING)
    return render(request, "knowledge/examined.html", {"sections": sections, "asked": asked})


@needs(Capability.VIEW_KNOWLEDGE)
def entry(request: HttpRequest, entry: str) -> HttpResponse:
    """One behaviour or signal: its rule, its occasions, its examples."""
    known = everything()
    found = known.entries().get(entry)
    if found is None:
        raise Http404
    return render(
        request,
        "knowledge/entry.html",
        {
            "page": read_page(known, _titles(), found),
            "needs": [_(NEEDS[need]) for need in getattr(found, "needs", []) if need != "text"],
            "off": Choice.objects.filter(kind=Choice.Kind.OFF, value=entry).select_related("chosen_by").first(),
            "form": ReasonForm(),
            "behaviour": entry in known.behaviours,
            "precision": precision(entry).get(entry),
        },
    )


@needs(Capability.CHANGE_KNOWLEDGE)
@require_POST
def switch_off(request: HttpRequest, entry: str) -> HttpResponse:
    """Look for a behaviour no more, from now on and in what is stored."""
    if entry not in everything().behaviours:
        raise Http404
    form = ReasonForm(request.POST)
    if form.is_valid():
        choice = Choice(kind=Choice.Kind.OFF, value=entry, reason=form.cleaned_data["reason"])
        choose(choice, cast("User", request.user))
        messages.success(request, _("Switched off. Estimates follow in the background."))
    else:
        messages.error(request, _("Say why it is switched off."))
    return redirect("knowledge_entry", entry)


@needs(Capability.CHANGE_KNOWLEDGE)
@require_POST
def switch_on(request: HttpRequest, entry: str) -> HttpResponse:
    """Look for a behaviour again."""
    take_back(get_object_or_404(Choice, kind=Choice.Kind.OFF, value=entry))
    messages.success(request, _("Switched on again. Estimates follow in the background."))
    return redirect("knowledge_entry", entry)


@needs(Capability.CHANGE_KNOWLEDGE)
def scripted(request: HttpRequest) -> HttpResponse:
    """Phrases that a script dictates: what is said because it must be said is no evidence."""
    form = PhraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        choice = form.save(commit=False)
        choice.kind = Choice.Kind.SCRIPTED
        choose(choice, cast("User", request.user))
        messages.success(request, _("Added. Estimates follow in the background."))
        return redirect("knowledge_scripted")
    chosen = Choice.objects.filter(kind=Choice.Kind.SCRIPTED).select_related("chosen_by")
    page = Paginator(chosen, _A_PAGE).get_page(request.GET.get("page"))
    status = 422 if form.is_bound else 200
    return render(request, "knowledge/scripted.html", {"form": form, "page": page}, status=status)


@needs(Capability.CHANGE_KNOWLEDGE)
@require_POST
def remove_scripted(request: HttpRequest, key: int) -> HttpResponse:
    """Let a phrase be evidence again."""
    take_back(get_object_or_404(Choice, kind=Choice.Kind.SCRIPTED, pk=key))
    messages.success(request, _("Removed. Estimates follow in the background."))
    return redirect("knowledge_scripted")


@needs(Capability.VIEW_KNOWLEDGE)
def try_(request: HttpRequest) -> HttpResponse:
    """Try a sentence; nothing of it is stored. Sent by POST, so that no log of addresses keeps the words."""
    form = TryForm(request.POST or None, initial={"language": get_language()})
    tried: list[Try] | None = None
    if request.method == "POST" and form.is_valid():
        tried = try_text(
            trying(),
            form.cleaned_data["text"],
            previous=form.turns_before(),
            role=form.cleaned_data["role"],
            language=form.cleaned_data["language"],
            channel=form.cleaned_data["channel"],
        )
    names, known = _titles(), everything()
    rows = [
        (
            one,
            names.behaviour(one.id) if one.kind == "behaviour" else _signal(one.id, names.language),
            names.trait(known.behaviours[one.id].trait) if one.kind == "behaviour" else "",
        )
        for one in tried or []
    ]
    context = {"form": form, "rows": rows, "tried": tried is not None, "text": form.data.get("text", "")}
    template = "knowledge/tried.html" if request.headers.get("HX-Request") else "knowledge/try.html"
    return render(request, template, context, status=422 if form.is_bound and tried is None else 200)


def _signal(name: str, language: str) -> str:
    title = everything().signals[name].title
    return title.get(language) or title["en"]
