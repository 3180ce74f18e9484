"""Candidates to decide on, the page of one decision, and the hire."""

from __future__ import annotations

from typing import Any, Final, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.blinding import may_compare, open_interviews
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat
from poise.app.interviews.decisions.counterfactuals import ANSWERS, RATED, changes
from poise.app.interviews.decisions.deciding import (
    PAGE,
    AgainstEvidenceError,
    Found,
    HinderedError,
    Hindrance,
    decide,
    found_of,
    hindrances,
    last_decision,
    looks_of,
    next_stage,
    stage_of,
)
from poise.app.interviews.decisions.forms import DecisionForm
from poise.app.interviews.decisions.hiring import hire
from poise.app.interviews.decisions.models import Decision, Objection
from poise.app.interviews.decisions.objecting import to_be_reviewed
from poise.app.interviews.decisions.printing import pdf
from poise.app.interviews.decisions.report import NotGivenError, Report, given, parts_of, report_of
from poise.app.interviews.decisions.wording import HINDRANCES
from poise.app.interviews.panel.looking import look
from poise.app.interviews.recordings.evidence import LEAST_MINUTES, LEAST_OCCASIONS, summary_of

__all__ = ["decision", "decisions", "reached", "report", "report_pdf", "start_work"]

_A_PAGE: Final = 50
_CLOSED: Final = {Hindrance.OWN_RATINGS, Hindrance.OTHERS_RATINGS, Hindrance.NOT_LOOKED}
"""What keeps levels from being shown; the rest keeps only from deciding."""


def reached(request: HttpRequest, key: int) -> Candidate:
    """Return the candidate, if the reader decides about them; somebody out of reach is as if they were not there."""
    found = reach.candidates(request.user, Capability.DECIDE_CANDIDATE)
    return get_object_or_404(found.select_related("campaign__kit__kit", "campaign__team", "stage"), pk=key)


@needs(Capability.DECIDE_CANDIDATE)
@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """Candidates with where they stand: those who wait for a decision, or all."""
    user = cast("User", request.user)
    rounds = reach.campaigns(user, Capability.DECIDE_CANDIDATE)
    chosen = request.GET.get("campaign", "")
    everybody = request.GET.get("show") == "all"
    found = _with_standing(reach.candidates(user, Capability.DECIDE_CANDIDATE))
    if chosen.isdigit():
        found = found.filter(campaign=int(chosen[:18]))
    if not everybody:
        found = found.filter(Q(state=Candidate.State.ACTIVE) | Q(review=True) | Q(objections_open__gt=0))
    page = Paginator(found.order_by("-campaign", "name", "pk"), _A_PAGE).get_page(request.GET.get("page"))
    owed = set(
        Seat.objects.filter(rater=user, submitted_at=None, interview__state=Interview.State.PLANNED).values_list(
            "interview__candidate__campaign", flat=True
        )
    )
    outcomes = dict(Decision.Outcome.choices)
    rows = [
        (
            one,
            None if one.campaign_id in owed else outcomes.get(getattr(one, "outcome", None) or ""),
            one.campaign_id in owed,
        )
        for one in page.object_list
    ]
    context = {
        "page": page,
        "rows": rows,
        "rounds": rounds.exclude(state=Campaign.State.DRAFT).order_by("-pk")[:100],
        "chosen": chosen,
        "everybody": everybody,
    }
    return render(request, "decisions/decisions.html", context)


def _with_standing(found: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Add ``waiting`` (ratings are to come), ``rated`` (some are there), ``outcome``, ``review``, open objections."""
    planned = Seat.objects.filter(interview__candidate=OuterRef("pk"), interview__state=Interview.State.PLANNED)
    last = Decision.objects.filter(candidate=OuterRef("pk")).order_by("-pk")
    return found.select_related("campaign", "stage").annotate(
        waiting=Exists(planned.filter(submitted_at=None)),
        rated=Exists(planned.exclude(submitted_at=None)),
        outcome=Subquery(last.values("outcome")[:1]),
        review=Exists(to_be_reviewed(Decision.objects.filter(candidate=OuterRef("pk")))),
        objections_open=Count("objections", filter=Q(objections__verdict="")),
    )


@needs(Capability.DECIDE_CANDIDATE)
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, key: int) -> HttpResponse:
    """What there is to see of a candidate, the decisions so far, and the form for another."""
    candidate = reached(request, key)
    user = cast("User", request.user)
    if candidate.user_id == user.pk:
        raise PermissionDenied
    goes_on = next_stage(candidate) is not None
    is_against = False
    if request.method == "POST":
        form = DecisionForm(request.POST, goes_on=goes_on, against="override" in request.POST)
        if form.is_valid():
            given_ = form.cleaned_data
            try:
                decide(candidate, given_["outcome"], given_["reason"], bool(given_["override"]), user)
            except HinderedError:
                pass  # the page says what hinders
            except AgainstEvidenceError:
                is_against = True
                form = DecisionForm(request.POST, goes_on=goes_on, against=True)
                form.is_valid()
            else:
                messages.success(request, _("Decided. The decision is kept as it is; a correction is another one."))
                return redirect("decision", key)
        candidate = reached(request, key)
    else:
        form = DecisionForm(goes_on=goes_on)
    found = found_of(candidate)
    hindering = hindrances(candidate, user, found.standing.digest)
    if Hindrance.OWN_RATINGS in hindering:
        hindering = [Hindrance.OWN_RATINGS]  # that somebody has started says what was decided
    context = _seen(request, candidate, user, found, hindering)
    context |= {
        "form": None if hindering else form,
        "against": is_against or "override" in request.POST,
        "goes_on": goes_on,
    }
    return render(request, "decisions/decision.html", context, status=422 if request.method == "POST" else 200)


def _seen(
    request: HttpRequest, candidate: Candidate, user: User, found: Found, hindering: list[Hindrance]
) -> dict[str, Any]:
    digest = found.standing.digest
    shows = not _CLOSED & set(hindering)
    if shows and found.levels:
        look(user, candidate.campaign, PAGE, digest, [candidate])  # who saw this is no rater of the candidate any more
    else:
        record(Action.VIEWED, candidate, purpose="selection", candidate=candidate.pk, page=PAGE)
    mine_first = not may_compare(user, candidate.campaign)
    past = list(candidate.decisions.select_related("stage", "decided_by"))
    levels = found.levels if shows else ()
    then = {(one.code, one.rated): one for one in changes(candidate, found.standing)} if levels else {}
    return {
        "candidate": candidate,
        "stage": stage_of(candidate),
        "hindrances": [(code, HINDRANCES[code]) for code in hindering],
        "look_first": {Hindrance.NOT_LOOKED, Hindrance.CHANGED} & set(hindering),
        "looks": [(one, one.digest == digest) for one in looks_of(candidate, user)],
        "levels": [(one, [then.get((one.code, rated)) for rated in RATED]) for one in levels if one.shown],
        "limits": list(dict.fromkeys(one.reason for one in levels if one.shown and one.reason)),
        "hidden": [one for one in levels if not one.shown],
        "rated": RATED,
        "answers": ANSWERS,
        "interviews": [] if mine_first else list(open_interviews(candidate.campaign).filter(candidate=candidate)),
        "recorded": summary_of(candidate) if shows else None,
        "least_occasions": LEAST_OCCASIONS,
        "least_minutes": LEAST_MINUTES,
        "parts": parts_of(candidate, get_language() or "en") if candidate.alternative and shows else (),
        "decisions": [] if mine_first else past,
        "review": not mine_first and to_be_reviewed(candidate.decisions.all()).exists(),
        "objections": () if mine_first else Objection.objects.filter(candidate=candidate).select_related("answered_by"),
        "reported": not mine_first and given(candidate),
        "offered": not mine_first and candidate.state == Candidate.State.HIRED and candidate.person_id is None,
    }


@needs(Capability.DECIDE_CANDIDATE)
@require_http_methods(["GET", "HEAD", "POST"])
def start_work(request: HttpRequest, key: int) -> HttpResponse:
    """Let somebody who was offered the job start."""
    candidate = reached(request, key)
    if not may_compare(request.user, candidate.campaign):  # whether there is such a page says what was decided
        raise PermissionDenied
    last = last_decision(candidate)
    if candidate.state != Candidate.State.HIRED or last is None or last.outcome != Decision.Outcome.HIRE:
        raise Http404
    if request.method == "POST":
        hire(candidate, cast("User", request.user))
        messages.success(request, _("They have started. What was said in interviews stays with selection."))
        return redirect("decision", key)
    return render(request, "decisions/start_work.html", {"candidate": candidate})


def _report(request: HttpRequest, key: int) -> Report:
    candidate = reached(request, key)
    if not may_compare(request.user, candidate.campaign):
        raise PermissionDenied
    try:
        return report_of(candidate, get_language() or "en")
    except NotGivenError as error:
        raise Http404 from error


@needs(Capability.DECIDE_CANDIDATE)
@require_safe
def report(request: HttpRequest, key: int) -> HttpResponse:
    """The report as the candidate reads it."""
    told = _report(request, key)
    record(Action.VIEWED, told.candidate, purpose="selection", page="decision_report")
    return render(request, "decisions/report.html", {"report": told, "own": False})


@needs(Capability.DECIDE_CANDIDATE)
@require_safe
def report_pdf(request: HttpRequest, key: int) -> HttpResponse:
    """The same on paper, for candidates who are handed it."""
    told = _report(request, key)
    record(Action.EXPORTED, told.candidate, purpose="selection", page="decision_report")
    return pdf(told)
