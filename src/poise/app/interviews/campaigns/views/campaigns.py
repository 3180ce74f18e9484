"""Campaigns: what they ask, by which rules, and whether they are open."""

from __future__ import annotations

from typing import Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.mail import is_set_up
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.blinding import may_compare
from poise.app.interviews.campaigns import notices, opening
from poise.app.interviews.campaigns.forms import CampaignForm, StageForm
from poise.app.interviews.campaigns.models import Campaign, Candidate, Letter, Stage
from poise.app.interviews.campaigns.raters import raters_of

__all__ = ["campaigns", "change", "close", "new", "one", "open_up", "stage", "stage_new", "stage_remove"]

_A_PAGE: Final = 30


def own(request: HttpRequest) -> QuerySet[Campaign]:
    """The campaigns that the reader manages."""
    return reach.campaigns(request.user).select_related("team", "kit__kit")


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    """The campaigns of the reader's teams, newest first."""
    people = Q(candidates__anchor=False)
    found = (
        own(request)
        .annotate(
            applied=Count("candidates", filter=people),
            active=Count("candidates", filter=people & Q(candidates__state=Candidate.State.ACTIVE)),
        )
        .order_by("-pk")
    )
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "campaigns/campaigns.html", {"page": page})


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new campaign, with one stage in which the whole kit is asked."""
    form = CampaignForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            campaign = form.save(commit=False)
            campaign.created_by = cast("User", request.user)
            campaign.save()
            Stage.objects.create(campaign=campaign, number=1, title=_("Interview"))
            record(Action.ADDED, campaign, purpose="selection", team=campaign.team_id, kit=campaign.kit_id)
        messages.success(request, _("The campaign is there. Look at its stage, then open it."))
        return redirect("campaign", campaign.pk)
    kits = form.fields["kit"].queryset.exists()  # type: ignore[attr-defined]
    return render(
        request, "campaigns/campaign_new.html", {"form": form, "kits": kits}, status=422 if form.is_bound else 200
    )


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def one(request: HttpRequest, key: int) -> HttpResponse:
    """A campaign: what is to be done, its stages, and how many candidates stand where."""
    campaign = get_object_or_404(own(request), pk=key)
    language = get_language() or "en"
    kit = campaign.kit.read()
    here = Q(candidates__anchor=False, candidates__state=Candidate.State.ACTIVE)
    stages = [
        (stage, stage.people, opening.questions_of(kit, stage.questions))
        for stage in campaign.stages.annotate(people=Count("candidates", filter=here)).order_by("number")
    ]
    states = dict(campaign.candidates.filter(anchor=False).values_list("state").annotate(n=Count("pk")).order_by())
    titles: dict[str, str | Promise] = dict(Candidate.State.choices)
    if not may_compare(request.user, campaign):  # of two candidates a count is as good as a name
        states["decided"] = sum(states.pop(code, 0) for code in Candidate.DECIDED)
        titles = {code: title for code, title in titles.items() if code not in Candidate.DECIDED}
        titles["decided"] = pgettext("a candidate", "decided")
    unsent = Letter.objects.filter(candidate__campaign=campaign, sent_at=None).exclude(problem="overtaken").count()
    is_open = campaign.state == Campaign.State.OPEN
    context = {
        "campaign": campaign,
        "stages": stages,
        "states": [(title, states.get(code, 0)) for code, title in titles.items()],
        "obstacles": opening.why_not_close(campaign) if is_open else opening.why_not_open(campaign, language),
        "notice": notices.text_for(campaign, campaign.language),
        "raters": raters_of(campaign),
        "unsent": unsent,
        "mail": is_set_up(),
    }
    return render(request, "campaigns/campaign.html", context)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, key: int) -> HttpResponse:
    """A campaign's rules."""
    campaign = get_object_or_404(own(request), pk=key)
    form = CampaignForm(request.POST or None, instance=campaign, user=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            record(Action.CHANGED, campaign, purpose="selection", fields=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("campaign", key)
    title = get_object_or_404(own(request), pk=key).title
    context = {"form": form, "key": key, "title": title, "opened": campaign.opened_at is not None}
    return render(request, "campaigns/campaign_change.html", context, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def open_up(request: HttpRequest, key: int) -> HttpResponse:
    """Open a campaign, or say why not."""
    campaign = get_object_or_404(own(request), pk=key)
    try:
        opening.open_up(campaign, get_language() or "en")
    except opening.CampaignError as error:
        for problem in error.problems:
            messages.error(request, problem)
    else:
        messages.success(request, _("The campaign is open. Give candidates their notice; its clock then runs."))
    return redirect("campaign", key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def close(request: HttpRequest, key: int) -> HttpResponse:
    """Close a campaign, or say why not."""
    campaign = get_object_or_404(own(request), pk=key)
    try:
        opening.close(campaign)
    except opening.CampaignError as error:
        for problem in error.problems:
            messages.error(request, problem)
    else:
        messages.success(request, _("The campaign is closed. What is held on its candidates has an end now."))
    return redirect("campaign", key)


def _changeable(request: HttpRequest, key: int) -> Campaign | None:
    campaign = get_object_or_404(own(request), pk=key)
    if campaign.state == Campaign.State.DRAFT:
        return campaign
    messages.error(request, _("What is asked stays as it is once the campaign was opened: all get the same."))
    return None


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def stage_new(request: HttpRequest, key: int) -> HttpResponse:
    """One more stage, the last."""
    campaign = _changeable(request, key)
    if campaign is None:
        return redirect("campaign", key)
    blank = Stage(campaign=campaign)
    form = StageForm(request.POST or None, instance=blank, kit=campaign.kit.read(), language=get_language() or "en")
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            # whoever adds a stage at the same time waits, and gets the next number
            Campaign.objects.select_for_update().get(pk=key)
            last = campaign.stages.order_by("-number").first()
            blank.number = last.number + 1 if last else 1
            form.save()
            record(Action.ADDED, blank, purpose="selection", campaign=key)
        return redirect("campaign", key)
    context = {"form": form, "campaign": campaign, "stage": None}
    return render(request, "campaigns/stage.html", context, status=422 if form.is_bound else 200)


def _stage(request: HttpRequest, key: int) -> Stage:
    return get_object_or_404(Stage.objects.filter(campaign__in=own(request)).select_related("campaign"), pk=key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def stage(request: HttpRequest, key: int) -> HttpResponse:
    """A stage: how people meet, for how long, what is asked."""
    found = _stage(request, key)
    campaign = _changeable(request, found.campaign_id)
    if campaign is None:
        return redirect("campaign", found.campaign_id)
    form = StageForm(request.POST or None, instance=found, kit=campaign.kit.read(), language=get_language() or "en")
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            record(Action.CHANGED, found, purpose="selection", fields=form.changed_data)
        return redirect("campaign", campaign.pk)
    context = {"form": form, "campaign": campaign, "stage": _stage(request, key)}
    return render(request, "campaigns/stage.html", context, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def stage_remove(request: HttpRequest, key: int) -> HttpResponse:
    """Take a stage away; candidates who were at it are at the first one again."""
    found = _stage(request, key)
    campaign = _changeable(request, found.campaign_id)
    if campaign is not None:
        with transaction.atomic():
            Campaign.objects.select_for_update().get(pk=campaign.pk)
            record(Action.REMOVED, found, purpose="selection", campaign=campaign.pk)
            found.delete()
            for number, left in enumerate(campaign.stages.order_by("number"), start=1):
                campaign.stages.filter(pk=left.pk).update(number=number)
            campaign.candidates.filter(stage=None).update(stage=campaign.stages.order_by("number").first())
    return redirect("campaign", found.campaign_id)
