"""Candidates: a list to find them in, and each one's page."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.mail import is_set_up
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import blinding, reach
from poise.app.interviews.campaigns import letters, scheduling
from poise.app.interviews.campaigns.adding import CandidateError, Register
from poise.app.interviews.campaigns.arranging import extra_minutes
from poise.app.interviews.campaigns.candidate_forms import CandidateForm, FilterForm, KeepForm
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Letter, Notice
from poise.app.interviews.campaigns.notices import earliest_interview
from poise.app.interviews.campaigns.schedule_forms import TimeForm

__all__ = ["alternative", "change", "chosen", "keep", "listing", "new", "notify_all", "one", "own", "withdraw"]

_A_PAGE: Final = 50


def own(request: HttpRequest) -> QuerySet[Candidate]:
    """The candidates whom the reader manages."""
    return reach.candidates(request.user, Capability.MANAGE_CAMPAIGNS).select_related("campaign__team", "stage", "user")


def chosen(campaign: Campaign, form: FilterForm) -> QuerySet[Candidate]:
    """The candidates of a campaign that a filter asks for, by name."""
    found = campaign.candidates.filter(anchor=False).select_related("stage")
    if not form.is_valid():
        return found
    asked = form.cleaned_data
    if asked["words"]:
        fields = ("name", "email", "external_id", "code")
        found = found.filter(Q(*((f"{field}__icontains", asked["words"]) for field in fields), _connector=Q.OR))
    if asked["stage"]:
        found = found.filter(stage=asked["stage"])
    if asked["state"]:
        found = found.filter(state=asked["state"])
    return found


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def listing(request: HttpRequest, key: int) -> HttpResponse:
    """A campaign's candidates, with where they stand; decisions are hidden from who still has ratings to submit."""
    campaign = get_object_or_404(reach.campaigns(request.user), pk=key)
    outcomes = blinding.may_compare(request.user, campaign)
    form = FilterForm(request.GET or None, stages=list(campaign.stages.order_by("number")), outcomes=outcomes)
    planned = Interview.objects.filter(state=Interview.State.PLANNED).order_by("starts_at", "pk")
    found = (
        chosen(campaign, form)
        .annotate(told=Exists(Notice.objects.filter(candidate=OuterRef("pk"))))
        .prefetch_related(Prefetch("interviews", planned), "decisions")
    )
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    record(Action.VIEWED, campaign, purpose="selection", page="candidates", candidates=len(page.object_list))
    lines = [
        (one, next(iter(one.interviews.all()), None), next(iter(one.decisions.all()), None) if outcomes else None)
        for one in page.object_list
    ]
    untold = campaign.candidates.filter(anchor=False, state=Candidate.State.ACTIVE, notices=None).count()
    context = {
        "campaign": campaign,
        "form": form,
        "page": page,
        "lines": lines,
        "outcomes": outcomes,
        "untold": untold,
        "query": request.GET.urlencode(),
    }
    return render(request, "campaigns/candidates.html", context)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, key: int) -> HttpResponse:
    """One more candidate."""
    campaign = get_object_or_404(reach.campaigns(request.user), pk=key)
    if campaign.state == Campaign.State.CLOSED:
        messages.error(request, _("The campaign is closed."))
        return redirect("campaign", key)
    form = CandidateForm(request.POST or None, initial={"language": campaign.language})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                register = Register(Campaign.objects.select_for_update().get(pk=key))
                known = register.look(form.given()).candidate
                if known is None:
                    added = register.take(form.given()).candidate
                    record(Action.ADDED, added, purpose="selection", campaign=key)
        except CandidateError as error:
            form.add_error(error.field, f"{error.problem}. {error.remedy}.")
        else:
            if known is not None:
                messages.warning(request, _("This candidate is here already; nothing was changed."))
                return redirect("candidate", known.pk)
            assert added is not None
            messages.success(request, _("Added."))
            return redirect("candidate", added.pk)
    context = {"form": form, "campaign": campaign}
    return render(request, "campaigns/candidate_new.html", context, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A candidate: how to reach them, what they were told and agreed to, what is arranged, and their interviews."""
    candidate = get_object_or_404(own(request), pk=key)
    record(Action.VIEWED, candidate, purpose="selection", page="candidate")
    interviews = candidate.interviews.select_related("stage").prefetch_related("seats__rater").order_by("-pk")
    asked = list(candidate.accommodations.select_related("answered_by"))
    # the recorded interview is no candidate's, so what is planned here is at this stage
    planned = any(one.state == Interview.State.PLANNED and one.stage_id == candidate.stage_id for one in interviews)
    can_plan = (
        candidate.state == Candidate.State.ACTIVE
        and candidate.campaign.state == Campaign.State.OPEN
        and candidate.stage is not None
        and not planned
    )
    context = {
        "candidate": candidate,
        "outcomes": blinding.may_compare(request.user, candidate.campaign),
        "campaign": candidate.campaign,
        "interviews": interviews,
        "notices": candidate.notices.all(),
        "earliest": earliest_interview(candidate),
        "consents": candidate.consents.all(),
        "accommodations": asked,
        "extra": extra_minutes(candidate),
        "letters": candidate.letters.select_related("interview__stage", "rater")[:50],
        "mail": is_set_up(),
        "plan_form": TimeForm() if can_plan else None,
        "keep_form": KeepForm(instance=candidate) if candidate.keep_until else None,
    }
    return render(request, "campaigns/candidate.html", context)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, key: int) -> HttpResponse:
    """What is said of a candidate."""
    candidate = get_object_or_404(own(request), pk=key)
    form = CandidateForm(request.POST or None, instance=candidate)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            Campaign.objects.select_for_update().get(pk=candidate.campaign_id)
            others = Candidate.objects.filter(campaign=candidate.campaign_id, anchor=False).exclude(pk=key)
            given = form.given()
            if given.email and others.filter(email__iexact=given.email).exists():
                form.add_error("email", _("Another candidate of this campaign has this address."))
            if given.external_id and others.filter(external_id=given.external_id).exists():
                form.add_error("external_id", _("Another candidate of this campaign has this id."))
            if not form.errors:
                if "email" in form.changed_data:
                    # the next letter goes to the new address, with an account of its own
                    candidate.user = None
                form.save()
                record(Action.CHANGED, candidate, purpose="selection", fields=form.changed_data)
                messages.success(request, _("Saved."))
                return redirect("candidate", key)
    stored = get_object_or_404(own(request), pk=key)
    context = {"form": form, "candidate": stored, "campaign": stored.campaign}
    return render(request, "campaigns/candidate_change.html", context, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """The candidate does not go on: interviews that are still to come are called off."""
    candidate = get_object_or_404(own(request), pk=key)
    with transaction.atomic():
        scheduling.lock(candidate.campaign_id)
        done = Candidate.objects.filter(pk=key, state=Candidate.State.ACTIVE).update(state=Candidate.State.WITHDRAWN)
        if done:
            record(Action.CHANGED, candidate, purpose="selection", state=Candidate.State.WITHDRAWN)
            scheduling.call_off(candidate)
    if done:
        messages.success(request, _("Noted that the candidate withdrew. Interviews to come are cancelled."))
    else:
        messages.error(request, _("The candidate is not in the process any more."))
    return redirect("candidate", key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def alternative(request: HttpRequest, key: int) -> HttpResponse:
    """Switch the alternative process on or off for a candidate."""
    candidate = get_object_or_404(own(request), pk=key)
    on = request.POST.get("on") == "1"
    with transaction.atomic():
        Candidate.objects.filter(pk=key).update(alternative=on)
        record(Action.CHANGED, candidate, purpose="selection", alternative=on)
    messages.success(request, _("Saved."))
    return redirect("candidate", key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def keep(request: HttpRequest, key: int) -> HttpResponse:
    """Keep somebody's data longer than the campaign's clock says."""
    candidate = get_object_or_404(own(request).exclude(keep_until=None), pk=key)
    form = KeepForm(request.POST, instance=candidate)
    if form.is_valid():
        with transaction.atomic():
            form.save()
            day = form.cleaned_data["keep_until"].isoformat()
            record(Action.CHANGED, candidate, purpose="selection", keep_until=day)
        messages.success(request, _("Saved."))
    else:
        for problem in form.errors.get("keep_until", []):
            messages.error(request, str(problem))
    return redirect("candidate", key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def notify_all(request: HttpRequest, key: int) -> HttpResponse:
    """Send the notice to all candidates in the process who were not told yet."""
    campaign = get_object_or_404(reach.campaigns(request.user), pk=key)
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=key)
        asked = Letter.objects.filter(candidate=OuterRef("pk"), kind=Letter.Kind.NOTICE)
        untold = campaign.candidates.filter(
            ~Exists(asked), anchor=False, state=Candidate.State.ACTIVE, notices=None
        ).exclude(email="")
        sent = 0
        for candidate in untold.select_related("campaign__team", "user"):
            letters.ask(Letter.Kind.NOTICE, candidate)
            sent += 1
    told = ngettext("%(count)s notice is on its way.", "%(count)s notices are on their way.", sent) % {"count": sent}
    messages.success(request, told)
    by_hand = campaign.candidates.filter(anchor=False, state=Candidate.State.ACTIVE, notices=None, email="").count()
    if by_hand:
        messages.warning(
            request,
            ngettext(
                "%(count)s candidate has no e-mail address: tell them in another way, and note it on their page.",
                "%(count)s candidates have no e-mail address: tell them in another way, and note it on their pages.",
                by_hand,
            )
            % {"count": by_hand},
        )
    return redirect("campaign_candidates", key)
