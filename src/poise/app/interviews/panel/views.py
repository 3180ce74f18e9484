"""Pages of the panel: campaigns, one candidate's panel, side by side, its raters' notes; for auditors by code."""

from __future__ import annotations

from typing import Any, Final, cast

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.blinding import due, may_compare, notes_wait, owed
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat
from poise.app.interviews.panel.comparing import FEWEST, MOST, in_order, side_by_side
from poise.app.interviews.panel.disagreements import laid_open, marks_of, open_of
from poise.app.interviews.panel.exporting import as_csv
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.levels import standing
from poise.app.interviews.panel.looking import NOTES, awaited, look
from poise.app.interviews.panel.overview import lay_out
from poise.app.interviews.recordings.evidence import LEAST_MINUTES, LEAST_OCCASIONS, summary_of
from poise.app.interviews.recordings.models import Recording

__all__ = ["audit", "audit_save", "audits", "campaign", "candidate", "compare", "notes", "panels", "save"]

_CAMPAIGNS: Final = 25
_CANDIDATES: Final = 25
_QUESTIONS: Final = 40
_CHOICES: Final = 200


def _campaign(request: HttpRequest, key: int, capability: Capability) -> Campaign:
    found = reach.campaigns(request.user, capability).select_related("kit__kit", "team")
    return get_object_or_404(found, pk=key)


def _closed(
    request: HttpRequest, found: Campaign, candidate: Candidate | None = None, *, first: QuerySet[Seat] | None = None
) -> HttpResponse:
    """The page that somebody gets who has still to rate: their own seats, all or ``first`` these; nothing of others."""
    seats = owed(request.user, found) if first is None else first
    if candidate is not None:
        seats = seats.filter(interview__candidate=candidate)
    seats = seats.select_related("interview__candidate", "interview__stage").order_by("interview__starts_at", "pk")
    return render(request, "panel/closed.html", {"campaign": found, "candidate": candidate, "seats": seats})


def _listed(campaigns: QuerySet[Campaign], request: HttpRequest) -> Any:
    """A page of campaigns with how many interviews are open and how many seats are awaited."""
    unsubmitted = Seat.objects.filter(interview=OuterRef("pk"), submitted_at=None)
    held = Interview.objects.filter(
        Exists(Seat.objects.filter(interview=OuterRef("pk"))),
        ~Exists(unsubmitted),
        state=Interview.State.PLANNED,
        candidate__anchor=False,
    )
    own = Q(candidates__interviews__state=Interview.State.PLANNED, candidates__anchor=False)
    found = (
        campaigns.exclude(state=Campaign.State.DRAFT)
        .select_related("team")
        .annotate(
            interviews=Count("candidates__interviews", filter=own, distinct=True),
            opened=Count("candidates__interviews", filter=own & Q(candidates__interviews__in=held), distinct=True),
        )
        .order_by("-pk")
    )
    return Paginator(found, _CAMPAIGNS).get_page(request.GET.get("page"))


@needs(Capability.VIEW_SELECTION)
@require_safe
def panels(request: HttpRequest) -> HttpResponse:
    """The campaigns of the reader's teams."""
    page = _listed(reach.campaigns(request.user, Capability.VIEW_SELECTION), request)
    return render(request, "panel/panels.html", {"page": page, "address": "panel_campaign"})


@needs(Capability.AUDIT_SELECTION)
@require_safe
def audits(request: HttpRequest) -> HttpResponse:
    """All campaigns, for auditors."""
    page = _listed(reach.campaigns(request.user, Capability.AUDIT_SELECTION), request)
    return render(request, "panel/panels.html", {"page": page, "address": "panel_audit"})


@needs(Capability.VIEW_SELECTION)
@require_safe
def campaign(request: HttpRequest, key: int) -> HttpResponse:
    """How well a campaign's raters measured, and its candidates' levels on the clusters."""
    return _quality(request, _campaign(request, key, Capability.VIEW_SELECTION), by_name=True)


@needs(Capability.AUDIT_SELECTION)
@require_safe
def audit(request: HttpRequest, key: int) -> HttpResponse:
    """The same with candidates by code and raters by number."""
    return _quality(request, _campaign(request, key, Capability.AUDIT_SELECTION), by_name=False)


def _quality(request: HttpRequest, found: Campaign, *, by_name: bool) -> HttpResponse:
    if not may_compare(request.user, found):
        return _closed(request, found)
    stood = standing(found)
    page = "panel_campaign" if by_name else "panel_audit"
    look(cast("User", request.user), found, page, stood.digest)
    overview = lay_out(found, stood, by_name=by_name)
    waiting = awaited(found)
    context = {
        "campaign": found,
        "stood": stood,
        "overview": overview,
        "page": Paginator(overview.candidates, _CANDIDATES).get_page(request.GET.get("page")),
        "awaited": waiting,
        "awaited_seats": sum(one.seats for one in waiting),
        "apart": found.candidates.filter(alternative=True, anchor=False).count(),
        "by_name": by_name,
    }
    return render(request, "panel/campaign.html", context)


@needs(Capability.VIEW_SELECTION)
@require_safe
def candidate(request: HttpRequest, key: int) -> HttpResponse:
    """Where the raters of one candidate differ, with the words that each level rests on."""
    one = get_object_or_404(reach.candidates(request.user).select_related("campaign__kit", "campaign__team"), pk=key)
    if not may_compare(request.user, one.campaign):  # from one page to the next, candidates are compared
        return _closed(request, one.campaign)
    stood = standing(one.campaign)
    interviews = open_of(one)
    if interviews:
        look(cast("User", request.user), one.campaign, "panel_candidate", stood.digest, [one])
    kit = one.campaign.kit.read()
    laid = laid_open(interviews, (question for question in kit.questions if question.scored))
    recorded = Recording.objects.filter(interview__in=interviews).order_by("pk").values_list("interview", flat=True)
    levels = [level for level in stood.of(one.pk).values() if not stood.alone(level.code)]
    context = {
        "candidate": one,
        "campaign": one.campaign,
        "interviews": interviews,
        "levels": [level for level in levels if level.shown or level.kind == "cluster"],
        "hidden": [level for level in levels if not level.shown and level.kind == "trait"],
        "limits": list(dict.fromkeys(level.reason for level in levels if level.shown and level.reason)),
        "page": Paginator(laid, _QUESTIONS).get_page(request.GET.get("page")),
        "differing": sum(1 for each in laid if each.apart),
        "questions": sum(1 for each in laid if each.several),
        "marks": marks_of(interviews),
        "recorded": list(recorded),
        "summary": summary_of(one) if recorded else None,
        "least_minutes": LEAST_MINUTES,
        "least_occasions": LEAST_OCCASIONS,
        "awaited": awaited(one.campaign, one),
    }
    return render(request, "panel/candidate.html", context)


@needs(Capability.INTERVIEW)
@require_safe
def notes(request: HttpRequest, key: int) -> HttpResponse:
    """What those noted and gave who sat with the reader in interviews of one candidate; nothing that is made from it.

    No levels, no other interview or candidate, no objection and no decision.
    """
    user = cast("User", request.user)
    own = reach.seats(user).filter(interview__candidate=key).order_by("interview__stage__number", "pk")
    seats = list(own.select_related("interview__stage", "interview__candidate__campaign__kit"))
    waits = notes_wait(user, seats)
    if not waits:
        raise Http404
    one = seats[0].interview.candidate
    if any(wait.candidate for wait in waits.values()):
        return _closed(request, one.campaign, one)
    if any(wait.campaign for wait in waits.values()):
        before = due(user).filter(interview__candidate__campaign=one.campaign)
        return _closed(request, one.campaign, first=before)
    interviews = [seat.interview for seat in seats if seat.pk in waits and waits[seat.pk].over]
    if interviews:
        look(user, one.campaign, NOTES, digest_of(ratings(one.campaign)), [one])
    kit = one.campaign.kit.read()
    laid = laid_open(interviews, (question for question in kit.questions if question.scored), as_submitted=True)
    waiting = sum(wait.raters for wait in waits.values())
    context = {
        "candidate": one,
        "campaign": one.campaign,
        "interviews": interviews,
        "page": Paginator(laid, _QUESTIONS).get_page(request.GET.get("page")),
        "differing": sum(1 for each in laid if each.apart),
        "questions": sum(1 for each in laid if each.several),
        "marks": marks_of(interviews),
        "awaited": waiting,
        "awaited_seats": waiting,
        "by_name": False,
    }
    return render(request, "panel/notes.html", context)


@needs(Capability.VIEW_SELECTION)
@require_safe
def compare(request: HttpRequest, key: int) -> HttpResponse:
    """Choose candidates, and see them side by side."""
    found = _campaign(request, key, Capability.VIEW_SELECTION)
    if not may_compare(request.user, found):
        return _closed(request, found)
    order = "random" if request.GET.get("order") == "random" else "name"
    stood = standing(found)
    everybody = found.candidates.filter(anchor=False).exclude(state=Candidate.State.WITHDRAWN)
    choices = list(everybody.filter(alternative=False, pk__in=stood.candidates.values()).order_by("name", "pk"))
    asked = {int(value) for value in request.GET.getlist("candidate") if value.isascii() and value.isdigit()}
    chosen = in_order([one for one in choices if one.pk in asked], order)
    fits = FEWEST <= len(chosen) <= MOST
    context: dict[str, Any] = {
        "campaign": found,
        "choices": choices[:_CHOICES],
        "chosen": chosen if fits else [],
        "asked": asked,
        "wrong": bool(asked) and not fits,
        "order": order,
        "fewest": FEWEST,
        "most": MOST,
        "apart": everybody.filter(alternative=True).count(),
        "unrated": everybody.filter(alternative=False).count() - len(choices),
    }
    if fits:
        look(cast("User", request.user), found, "panel_compare", stood.digest, chosen)
        recorded = set(
            Recording.objects.filter(interview__candidate__in=chosen).values_list("interview__candidate", flat=True)
        )
        parts = side_by_side(stood, chosen)
        shown = (level for part in parts for _, level in part.levels if level is not None and level.shown)
        context |= {
            "parts": parts,
            "limits": list(dict.fromkeys(level.reason for level in shown if level.reason)),
            "summaries": [(one, summary_of(one)) for one in chosen if one.pk in recorded],
            "unrecorded": [one for one in chosen if one.pk not in recorded],
            "least_minutes": LEAST_MINUTES,
            "least_occasions": LEAST_OCCASIONS,
        }
    return render(request, "panel/compare.html", context, status=422 if context["wrong"] else 200)


@needs(Capability.VIEW_SELECTION)
@require_safe
def save(request: HttpRequest, key: int) -> HttpResponse:
    """The open ratings as CSV, by code."""
    return _save(request, _campaign(request, key, Capability.VIEW_SELECTION), "panel_ratings")


@needs(Capability.AUDIT_SELECTION)
@require_safe
def audit_save(request: HttpRequest, key: int) -> HttpResponse:
    """The same for auditors."""
    return _save(request, _campaign(request, key, Capability.AUDIT_SELECTION), "panel_audit_ratings")


def _save(request: HttpRequest, found: Campaign, page: str) -> HttpResponse:
    if not may_compare(request.user, found):
        raise Http404
    table = ratings(found)
    look(cast("User", request.user), found, page, digest_of(table), action=Action.EXPORTED)
    return as_csv(table, f"poise-ratings-{found.pk}")
