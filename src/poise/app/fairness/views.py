"""Pages of this room: the candidate's own answers, and what auditors see of all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from poise.app.access import Capability, needs
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.fairness import law144
from poise.app.fairness.answering import answer, answer_of, answers_of, withdraw
from poise.app.fairness.auditing import as_csv
from poise.app.fairness.forms import AuditForm, PeriodForm, PolicyForm, VoluntaryForm
from poise.app.fairness.impact import Table
from poise.app.fairness.impact import tables as impact_tables
from poise.app.fairness.models import Policy
from poise.app.fairness.outcomes import Applicants, applicants
from poise.app.fairness.small_cells import FEWEST
from poise.app.fairness.wording import AUTHORITY
from poise.app.interviews import reach
from poise.app.interviews.blinding import closed_campaigns
from poise.app.interviews.campaigns.models import Campaign

__all__ = ["MOST", "campaign", "front", "period", "policy", "tables", "voluntary"]

MOST: Final = 500
"""Campaigns of one page; more need a shorter period."""
_A_PAGE: Final = 50


@needs(Capability.VIEW_CANDIDACY)
@require_http_methods(["GET", "POST"])
def voluntary(request: HttpRequest, key: int) -> HttpResponse:
    """A candidate's own answers: given, changed, withdrawn. Whose they are is not logged (:mod:`.answering`)."""
    candidate = get_object_or_404(reach.candidacies(request.user).select_related("campaign"), pk=key)
    asked = Policy.held().asked
    form = None
    if request.method == "POST" and "withdraw" in request.POST:
        withdraw(candidate)
        messages.success(request, _("Your answers are gone."))
        return redirect("voluntary", key)
    if asked != Policy.Asked.NOTHING:
        given = answer_of(candidate)
        held = (
            {"sex": given.sex, "ethnicity": given.ethnicity, "agreed": True} if given else {"sex": "", "ethnicity": ""}
        )
        form = VoluntaryForm(asked, request.POST if request.method == "POST" else None, initial=held)
        if form.is_valid():
            answer(candidate, sex=form.cleaned_data["sex"], ethnicity=form.cleaned_data.get("ethnicity", ""))
            messages.success(request, _("Saved. You can change or withdraw it at any time."))
            return redirect("voluntary", key)
    context = {"candidate": candidate, "form": form, "given": answer_of(candidate)}
    return render(request, "fairness/voluntary.html", context, status=422 if form is not None and form.errors else 200)


@needs(Capability.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """What this installation asks. Answers that were given are never shown here."""
    form = PolicyForm(request.POST or None, instance=Policy.held())
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            record(Action.CHANGED, saved, purpose="selection", asked=saved.asked)
        messages.success(request, _("Saved."))
        return redirect("fairness_policy")
    return render(request, "fairness/policy.html", {"form": form}, status=422 if form.errors else 200)


def _opened(form: PeriodForm) -> QuerySet[Campaign]:
    found = Campaign.objects.exclude(state=Campaign.State.DRAFT)
    given = form.cleaned_data if form.is_valid() else {}
    if given.get("since"):
        found = found.filter(opened_at__date__gte=given["since"])
    if given.get("until"):
        found = found.filter(opened_at__date__lte=given["until"])
    return found.order_by("-opened_at", "-pk")


def _compared(request: HttpRequest, form: PeriodForm) -> QuerySet[Campaign]:
    """The campaigns of a period but those in which the reader has still to rate: of few people a rate is an outcome."""
    return _opened(form).exclude(pk__in=closed_campaigns(request.user))


def _asked(form: PeriodForm) -> str:
    """Return the period as part of an address."""
    given = form.cleaned_data if form.is_valid() else {}
    return urlencode({name: day.isoformat() for name, day in given.items() if isinstance(day, date)})


@needs(Capability.VIEW_FAIRNESS)
@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """The campaigns, to be looked at one by one or together."""
    form = PeriodForm(request.GET or None)
    found = (
        _opened(form).select_related("team").annotate(people=Count("candidates", filter=Q(candidates__anchor=False)))
    )
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "asked": _asked(form), "policy": Policy.held()}
    return render(request, "fairness/front.html", context, status=422 if form.errors else 200)


@needs(Capability.VIEW_FAIRNESS)
@require_GET
def campaign(request: HttpRequest, key: int) -> HttpResponse:
    """Adverse impact in one campaign."""
    one = get_object_or_404(Campaign.objects.exclude(state=Campaign.State.DRAFT), pk=key)
    if closed_campaigns(request.user).filter(pk=key).exists():
        return render(request, "fairness/closed.html", {"campaign": one})
    record(Action.VIEWED, one, purpose="selection", page="fairness_campaign")
    return _impact(request, [one], {"title": one.title})


@needs(Capability.VIEW_FAIRNESS)
@require_GET
def period(request: HttpRequest) -> HttpResponse:
    """Adverse impact over all campaigns of a period, each a stratum."""
    form = PeriodForm(request.GET or None)
    campaigns = list(_compared(request, form)[: MOST + 1])
    if form.errors or len(campaigns) > MOST:
        return _too_many(request, form)
    record(Action.VIEWED, None, purpose="selection", page="fairness_period", campaigns=len(campaigns))
    return _impact(request, campaigns, {"form": form, "asked": _asked(form)})


def _too_many(request: HttpRequest, form: PeriodForm) -> HttpResponse:
    if not form.errors:
        messages.error(request, _("These are more than %(most)s campaigns: choose a shorter period.") % {"most": MOST})
    return redirect("fairness")


def _impact(request: HttpRequest, campaigns: Sequence[Campaign], context: dict[str, Any]) -> HttpResponse:
    held = Policy.held()
    found = applicants(campaigns)
    answers = answers_of(one.key for one in found.all)
    # what was answered while ethnicity was asked stays to be looked at after that was switched off
    ethnicity = held.asked == Policy.Asked.BOTH or any(one.ethnicity for one in answers.values())
    steps = []
    for number, title in found.steps.items():
        people = found.at(number)
        made: list[Table] = impact_tables(people, number, answers, ethnicity=ethnicity) if people else []
        steps.append({"number": number, "title": title, "people": len(people), "tables": made})
    context |= {
        "steps": steps,
        "campaigns": len(campaigns),
        "people": len(found.all),
        "answered": len(answers),
        "withdrew": found.withdrew,
        "authority": held.authority or AUTHORITY,
        "policy": held,
        "fewest": FEWEST,
        "closed": closed_campaigns(request.user).exists(),
    }
    return render(request, "fairness/impact.html", context)


@needs(Capability.VIEW_FAIRNESS)
@require_http_methods(["GET", "POST"])
def tables(request: HttpRequest) -> HttpResponse:
    """The tables of Local Law 144: as a page may show them, and as a file for the independent auditor."""
    chosen = PeriodForm(request.GET or None)
    campaigns = list(_compared(request, chosen)[: MOST + 1])
    if chosen.errors or len(campaigns) > MOST:
        return _too_many(request, chosen)
    found = applicants(campaigns)
    answers = answers_of(one.key for one in found.all)
    form = AuditForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _file(request, form.cleaned_data, campaigns, found)
    record(Action.VIEWED, None, purpose="selection", page="fairness_tables", campaigns=len(campaigns))
    selected = law144.selection_tables(found, answers)
    scored = law144.scoring_tables(campaigns, answers)
    context = {
        "period": chosen,
        "form": form,
        "selected": [(part, found.steps[int(part.code)], law144.as_seen(part)) for part in selected],
        "scored": [(part, part.code, law144.as_seen(part)) for part in scored],
        "campaigns": len(campaigns),
        "people": len(found.all),
        "fewest": FEWEST,
        "closed": closed_campaigns(request.user).exists(),
        "address": f"{reverse('fairness_tables')}?{_asked(chosen)}",
    }
    return render(request, "fairness/tables.html", context, status=422 if form.errors else 200)


def _file(
    request: HttpRequest, given: dict[str, Any], campaigns: Sequence[Campaign], found: Applicants
) -> HttpResponse:
    """Hand out the counts as they are; that somebody took them is logged."""
    answers = answers_of(one.key for one in found.all)
    small = {"leave_out_small": given["leave_out_small"], "justification": given["justification"]}
    if given["kind"] == "selection":
        parts = law144.selection_tables(found, answers, **small)
    else:
        parts = law144.scoring_tables(campaigns, answers, unknown_in_median=given["unknown_in_median"], **small)
    record(
        Action.EXPORTED,
        None,
        purpose="selection",
        page="fairness_tables",
        tables=given["kind"],
        form=given["form"],
        campaigns=[one.pk for one in campaigns],
        people=len(found.all),
    )
    if given["form"] == "csv":
        answer = HttpResponse(as_csv(given, parts, found), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="local-law-144.csv"'
        return answer
    context = {
        "given": given,
        "parts": [(part, found.steps[int(part.code)] if part.kind == "selection" else "") for part in parts],
        "campaigns": campaigns,
        "people": len(found.all),
    }
    return render(request, "fairness/audit.html", context)
