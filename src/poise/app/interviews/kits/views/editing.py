"""Editing a draft, one part a page; what was written is never lost, and two who write at once are told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, cast

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.interviews import reach
from poise.app.interviews.kits import editing, making
from poise.app.interviews.kits.checking import checks
from poise.app.interviews.kits.editing import OutrunError, mark_of
from poise.app.interviews.kits.forms import JobForm, OwnQuestionForm, ProbesForm, QuestionForm, TraitsForm, seeing
from poise.app.interviews.kits.laying import lay_out
from poise.app.interviews.kits.models import KitVersion, PublishedError
from poise.app.interviews.kits.views.lists import names
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import STRENGTHS, Question
from poise.knowledge.interviews import Kit as Content

__all__ = ["edit", "job", "probes", "publish", "question", "question_add", "question_drop", "question_move", "traits"]

_TAKEN = 409


def _draft(request: HttpRequest, key: int) -> KitVersion:
    """The draft of a kit within the reader's reach."""
    kits = reach.kits(request.user)
    return get_object_or_404(
        KitVersion.objects.select_related("kit__team").filter(kit__in=kits, published_at=None), kit=key
    )


def _stays(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A draft that somebody published meanwhile is no draft: say so on the kit's page."""

    @wraps(view)
    def kept(request: HttpRequest, key: int, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, key, *args, **kwargs)
        except PublishedError:
            messages.error(request, _("This version was published meanwhile. Nothing was changed."))
            return redirect("kit", key)

    return kept


def _question(content: Content, key: str) -> Question:
    try:
        return content.question(key)
    except KeyError as error:
        raise Http404 from error


def _outrun(request: HttpRequest) -> None:
    messages.error(
        request,
        _(
            "Somebody else saved this while you wrote. Your words are in the form; what is stored now stands above "
            "them. Nothing of yours is stored yet."
        ),
    )


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """The whole draft, and the ways to its parts."""
    draft = _draft(request, key)
    content, bank = draft.draft(), item_bank()
    laid = lay_out(content, names().language)
    return render(
        request,
        "kits/edit.html",
        {
            "kit": draft.kit,
            "draft": draft,
            "laid": laid,
            "spare": {one.trait: len(editing.spare(content, bank, one.trait)) for one in laid.sections},
            "lacking": sum(one.state == "lacking" for one in checks(draft, names())),
        },
    )


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
@_stays
def job(request: HttpRequest, key: int) -> HttpResponse:
    """The job's title, and how it was found out what it asks for."""
    draft = _draft(request, key)
    first = {"job_analysis": draft.job_analysis, "seen": mark_of(draft.job_analysis)}
    form = JobForm(request.POST or None, instance=draft.kit, initial=first)
    outrun = False
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                form.save()
                text = given["job_analysis"]
                seen = draft.job_analysis if given["seen"] == mark_of(draft.job_analysis) else text
                if not making.set_job_analysis(draft, text, seen):
                    raise OutrunError
        except OutrunError:
            outrun = True
            _outrun(request)
            form.data = seeing(form.data, draft.job_analysis)
        except IntegrityError:
            form.add_error("title", _("This team has a kit of that name."))
        else:
            messages.success(request, _("Saved."))
            return redirect("kit_edit", key)
    context = {"kit": draft.kit, "form": form, "stored": draft.job_analysis if outrun else ""}
    return render(request, "kits/job.html", context, status=_status(form, outrun))


def _status(form: Any, outrun: bool) -> int:
    return _TAKEN if outrun else 422 if form.is_bound else 200


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
@_stays
def traits(request: HttpRequest, key: int) -> HttpResponse:
    """Which traits are examined, and how much each counts."""
    draft, bank = _draft(request, key), item_bank()
    content = draft.draft()
    form = TraitsForm(
        request.POST or None, names=names(), weights=content.traits, initial={"seen": mark_of(content.traits)}
    )
    outrun, lost = False, []
    if request.method == "POST" and form.is_valid():
        weights, seen = form.weights(), form.cleaned_data["seen"]
        lost = editing.rewritten(content, bank, content.traits.keys() - weights.keys())

        def chosen(stored: Content) -> Content:
            editing.expect(stored.traits, seen)
            return editing.set_traits(stored, weights, bank)

        if lost and not form.cleaned_data["confirmed"]:
            form.add_error(
                "confirmed", _("Traits that are left out take their questions with them. Say that you mean it.")
            )
        else:
            try:
                making.change(draft, chosen, "traits")
            except OutrunError:
                outrun = True
                _outrun(request)
                form.again(content.traits)
            else:
                messages.success(request, _("Saved."))
                return redirect("kit_edit", key)
    stored = [(names().trait(trait), weight) for trait, weight in content.traits.items()] if outrun else []
    context = {"kit": draft.kit, "form": form, "lost": len(lost), "stored": stored}
    return render(request, "kits/traits.html", context, status=_status(form, outrun))


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
@_stays
def question(request: HttpRequest, key: int, question: str) -> HttpResponse:
    """One question with its anchors, in every language. It may stay unfinished."""
    draft = _draft(request, key)
    content = draft.draft()
    stored = _question(content, question)
    form = QuestionForm(request.POST or None, question=stored)
    outrun = False
    if request.method == "POST" and form.is_valid():
        written, seen = form.question(), form.cleaned_data["seen"]

        def put(now: Content) -> Content:
            try:
                editing.expect(now.question(question), seen)
            except KeyError as error:
                raise OutrunError from error
            return editing.with_question(now, written)

        try:
            making.change(draft, put, "question")
        except OutrunError:
            outrun = True
            _outrun(request)
            form.again(stored)
        else:
            messages.success(request, _("Saved."))
            following = _next(content, question) if "next" in request.POST else None
            return redirect("kit_question", key, following) if following else redirect("kit_edit", key)
    return render(
        request,
        "kits/question.html",
        {
            "kit": draft.kit,
            "question": stored,
            "form": form,
            "trait": names().trait(stored.trait) if stored.trait else "",
            "following": _next(content, question),
            "stored": QuestionForm(question=stored).by_language() if outrun else [],
        },
        status=_status(form, outrun),
    )


def _next(content: Content, key: str) -> str | None:
    keys = [one.id for one in content.questions]
    place = keys.index(key) + 1
    return keys[place] if place < len(keys) else None


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
@_stays
def question_add(request: HttpRequest, key: int, trait: str) -> HttpResponse:
    """One more question for a trait: one of the item bank that was left out, or one of one's own."""
    draft, bank = _draft(request, key), item_bank()
    content = draft.draft()
    if trait not in content.traits:
        raise Http404
    spare = editing.spare(content, bank, trait)
    form = OwnQuestionForm(request.POST if "form" in request.POST else None)
    if request.method == "POST":
        picked = next((one for one in spare if one.id == request.POST.get("bank")), None)
        if picked is None and form.is_valid():
            picked = Question(id=editing.new_id(content, trait), form=form.cleaned_data["form"], trait=trait, text={})
        if picked is not None:
            return _added(request, draft, picked)
    return render(
        request,
        "kits/add.html",
        {"kit": draft.kit, "trait": names().trait(trait), "form": form, "spare": spare, "language": names().language},
        status=422 if request.method == "POST" else 200,
    )


def _added(request: HttpRequest, draft: KitVersion, picked: Question) -> HttpResponse:
    try:
        making.change(draft, lambda now: editing.add(now, picked), "question_added")
    except OutrunError:
        messages.error(request, _("Somebody else added this one meanwhile."))
        return redirect("kit_edit", draft.kit_id)
    return redirect("kit_question", draft.kit_id, picked.id)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
@_stays
def question_move(request: HttpRequest, key: int, question: str) -> HttpResponse:
    """Ask a question earlier or later."""
    draft = _draft(request, key)
    _question(draft.draft(), question)
    direction: Literal["up", "down"] = "up" if request.POST.get("direction") == "up" else "down"
    making.change(draft, lambda now: editing.move(now, question, direction), "order")
    return redirect("kit_edit", key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
@_stays
def question_drop(request: HttpRequest, key: int, question: str) -> HttpResponse:
    """Leave a question out, once it was asked whether it is meant. The one on strengths and weaknesses stays."""
    draft = _draft(request, key)
    stored = _question(draft.draft(), question)
    if question == STRENGTHS:
        raise Http404
    if request.method == "POST":
        making.change(draft, lambda now: editing.drop(now, question), "question_dropped")
        messages.success(request, _("The question is left out."))
        return redirect("kit_edit", key)
    back = stored == item_bank().questions.get(question)
    context = {"kit": draft.kit, "question": stored, "language": names().language, "back": back}
    return render(request, "kits/drop.html", context)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
@_stays
def probes(request: HttpRequest, key: int) -> HttpResponse:
    """The probes that may follow any answer."""
    draft = _draft(request, key)
    stored = draft.draft().probes
    form = ProbesForm(request.POST or None, probes=stored)
    outrun = False
    if request.method == "POST" and form.is_valid():
        written, seen = form.probes(), form.cleaned_data["seen"]

        def put(now: Content) -> Content:
            editing.expect(now.probes, seen)
            return editing.set_probes(now, written)

        try:
            making.change(draft, put, "probes")
        except OutrunError:
            outrun = True
            _outrun(request)
            form.again(stored)
        else:
            messages.success(request, _("Saved."))
            return redirect("kit_edit", key)
    context = {"kit": draft.kit, "form": form, "stored": stored if outrun else []}
    return render(request, "kits/probes.html", context, status=_status(form, outrun))


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
@_stays
def publish(request: HttpRequest, key: int) -> HttpResponse:
    """What the draft lacks; and publishing it."""
    draft = _draft(request, key)
    found = checks(draft, names())
    lacking = sum(one.state == "lacking" for one in found)
    if request.method == "POST" and not lacking:
        try:
            making.publish(draft, cast("User", request.user))
        except making.IncompleteError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Published. From now on this version stays as it is."))
            return redirect("kit", key)
    context = {"kit": draft.kit, "draft": draft, "checks": found, "lacking": lacking}
    return render(request, "kits/publish.html", context, status=422 if request.method == "POST" else 200)
