"""Contesting findings, deciding on contests, and how often what is found is right."""

from __future__ import annotations

import random
from typing import Final, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, may, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record_views
from poise.app.conversations.contests.deciding import contest as store
from poise.app.conversations.contests.deciding import decide, may_decide
from poise.app.conversations.contests.laying import fingerprint
from poise.app.conversations.contests.precision import found_in_one, precision
from poise.app.conversations.forms import ContestForm, DecisionForm
from poise.app.conversations.models import Contest, Turn
from poise.app.conversations.opening import Opened, open_conversation
from poise.app.conversations.page import pieces
from poise.app.conversations.reach import contests_within, covers
from poise.app.people.models import Evidence
from poise.app.people.reading import names, within

__all__ = ["confirm", "new", "one", "precision_of_all", "queue", "sample"]

_A_PAGE: Final = 50


def _passage(opened: Opened, turn: int | None) -> Turn | None:
    return opened.conversation.turns.filter(number=turn).first() if turn is not None else None


@needs(Capability.CONTEST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, key: int) -> HttpResponse:
    """Contest the finding at ``place``; it is found anew, so that only what is there can be contested."""
    opened = open_conversation(request, key, Capability.CONTEST)
    finding = opened.at((request.POST if request.method == "POST" else request.GET).get("place", ""))
    if finding is None or not finding.contestable:
        raise Http404
    form = ContestForm(request.POST or None, missed=finding.kind == "missed")
    if request.method == "POST" and form.is_valid():
        wanted = finding.contest(key, opened.speaker(finding), form.cleaned_data["kind"], form.cleaned_data["reason"])
        made, fresh = store(wanted, cast("User", request.user))
        if fresh:
            messages.success(request, _("Contested. A reviewer decides; until then nothing changes."))
        else:
            messages.info(request, _("This is contested already and waits for a decision."))
        return redirect("contest", made.pk)
    turn = _passage(opened, finding.turn)
    context = {
        "form": form,
        "finding": finding,
        "conversation": opened.conversation,
        "turn": turn,
        "pieces": pieces(turn.shown, [(1, finding)]) if turn else [],
    }
    record_views([finding.person.pk], purpose=opened.conversation.purpose, page="contest")
    return render(request, "conversations/contest_new.html", context, status=422 if form.is_bound else 200)


@needs(Capability.DECIDE_CONTEST)
@require_POST
def confirm(request: HttpRequest, key: int) -> HttpResponse:
    """A reviewer looked at a hit and finds it right."""
    opened = open_conversation(request, key, Capability.DECIDE_CONTEST)
    finding = opened.at(request.POST.get("place", ""))
    if finding is None or finding.kind != "hit" or not finding.contestable:
        raise Http404
    user = cast("User", request.user)
    if finding.person.user_id == user.pk:
        raise PermissionDenied
    store(finding.contest(key, opened.speaker(finding), Contest.Kind.CHECK, ""), user)
    messages.success(request, _("Noted: this finding is right."))
    return redirect(reverse("conversation", args=[key]) + f"?behaviour={finding.behaviour}#found")


@needs(Capability.CONTEST)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Contests within reach: those that wait, oldest first, and those decided, latest first."""
    waiting = request.GET.get("show") != "decided"
    found = contests_within(request.user, Capability.CONTEST).exclude(kind=Contest.Kind.CHECK)
    found = found.select_related("person", "by", "conversation")
    if waiting:
        found = found.filter(state=Contest.State.OPEN).order_by("pk")
    else:
        found = found.exclude(state=Contest.State.OPEN).order_by("-pk")
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    record_views(sorted({row.person_id for row in rows}), purpose="coaching", page="contests")
    known, user = names(), cast("User", request.user)
    lines = [(row, known.behaviour(row.behaviour), waiting and _decides(user, row)) for row in rows]
    return render(request, "conversations/contests.html", {"page": page, "lines": lines, "waiting": waiting})


def _decides(user: User, contest: Contest) -> bool:
    return covers(user, Capability.DECIDE_CONTEST, contest.person) and may_decide(contest, user)


@needs(Capability.CONTEST)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: int) -> HttpResponse:
    """One contest with its history; a reviewer decides here, and may decide again later."""
    reached = contests_within(request.user, Capability.CONTEST).exclude(kind=Contest.Kind.CHECK)
    contest = get_object_or_404(reached.select_related("person", "by", "conversation"), pk=key)
    user = cast("User", request.user)
    decides = _decides(user, contest)
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        if not decides:
            raise PermissionDenied
        if form.is_valid():
            decide(contest, upheld=form.cleaned_data["upheld"], reason=form.cleaned_data["reason"], by=user)
            messages.success(request, _("Decided. Estimates follow in the background."))
            return redirect("contest", key)
    turn = contest.conversation.turns.filter(number=contest.turn).first() if contest.turn is not None else None
    record_views([contest.person_id], purpose=contest.conversation.purpose, page="contest")
    replaced = turn is not None and fingerprint(turn.text) != contest.said
    shown = turn.shown if turn is not None else ""
    begin, end = (0, 0) if replaced or contest.begin is None else (contest.begin, contest.end or 0)
    context = {
        "contest": contest,
        "title": names().behaviour(contest.behaviour),
        "decisions": contest.decisions.select_related("by"),
        "turn": turn,
        "said": (shown[:begin], shown[begin:end], shown[end:]),
        "replaced": replaced,
        "decides": decides,
        "form": form,
    }
    return render(request, "conversations/contest.html", context, status=422 if form.is_bound else 200)


@needs(Capability.VIEW_KNOWLEDGE)
@require_safe
def precision_of_all(request: HttpRequest) -> HttpResponse:
    """How often reviewers find what is found right, of behaviours that can be found or were looked at once."""
    known, user = names(), cast("User", request.user)
    found, findable = precision(), found_in_one()
    codes = [code for trait in known.traits for code in known.acts(trait) if code in findable or code in found]
    codes.sort(key=lambda code: code not in found)
    drawable = _drawable(user, codes) if may(user, Capability.DECIDE_CONTEST) else frozenset()
    rows = [
        (code, known.behaviour(code), known.trait(known.behaviours[code].trait), found.get(code), code in drawable)
        for code in codes
    ]
    return render(request, "conversations/precision.html", {"rows": rows})


def _shown(user: User) -> QuerySet[Evidence]:
    """Return evidence of what somebody whose findings this reviewer may confirm or contest has shown."""
    people = within(user, Capability.DECIDE_CONTEST).exclude(user=user.pk).order_by()
    return Evidence.objects.filter(hits__gt=0, person__in=people, conversation__purpose="coaching")


def _drawable(user: User, codes: list[str]) -> frozenset[str]:
    """Return those of these behaviours of which there is something to look at. One query; it reads a row of each."""
    shown = _shown(user)
    there = (Exists(shown.filter(behaviour=code)) for code in codes)
    _, *found = User.objects.filter(pk=user.pk).values_list("pk", *there).get()
    return frozenset(code for code, any_ in zip(codes, found, strict=True) if any_)


@needs(Capability.DECIDE_CONTEST)
@require_safe
def sample(request: HttpRequest, behaviour: str) -> HttpResponse:
    """Go to a conversation, drawn by lot, with a behaviour that the reader may confirm or contest there."""
    shown = _shown(cast("User", request.user)).filter(behaviour=behaviour)
    ends = shown.order_by("conversation").values_list("conversation", flat=True)
    first, last = ends.first(), ends.last()
    if first is None or last is None:
        messages.info(request, _("Nobody within your reach has shown this yet."))
        return redirect("precision")
    # a place between the first and the last, then the next one from there: no long list is drawn from
    drawn = ends.filter(conversation__gte=random.randint(first, last)).first()
    return redirect(reverse("conversation", args=[drawn]) + f"?behaviour={behaviour}#found")
