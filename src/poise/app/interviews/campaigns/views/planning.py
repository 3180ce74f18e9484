"""Planning a stage's interviews: proposed, looked through and changed by a person, then confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.campaigns import proposing
from poise.app.interviews.campaigns.arranging import extra_minutes
from poise.app.interviews.campaigns.models import Campaign, Candidate, Stage
from poise.app.interviews.campaigns.notices import business_days_after, earliest_interview
from poise.app.interviews.campaigns.planning import Design, Window
from poise.app.interviews.campaigns.proposing import Slot
from poise.app.interviews.campaigns.raters import raters_of
from poise.app.interviews.campaigns.schedule_forms import PlanForm, SlotForm

__all__ = ["plan"]


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, key: int) -> HttpResponse:
    """Ask for a plan, look it through, confirm it. Nothing is planned and nobody is told before that."""
    campaign = get_object_or_404(reach.campaigns(request.user).select_related("team"), pk=key)
    if campaign.state != Campaign.State.OPEN:
        messages.error(request, _("The campaign is not open."))
        return redirect("campaign", key)
    raters = list(raters_of(campaign))
    start = PlanForm.start(campaign, raters, business_days_after(timezone.localdate(), 1))
    form = PlanForm(
        request.POST or None,
        initial=start,
        stages=campaign.stages.order_by("number"),
        raters=raters_of(campaign),
    )
    context: dict[str, Any] = {"campaign": campaign, "form": form, "raters": raters}
    if request.method != "POST" or not form.is_valid():
        return render(request, "campaigns/plan.html", context, status=422 if form.is_bound else 200)
    stage: Stage = form.cleaned_data["stage"]
    candidates = proposing.without_interview(stage)
    record(Action.VIEWED, campaign, purpose="selection", page="plan", candidates=len(candidates))
    if request.POST.get("step") == "confirm":
        return _confirmed(request, campaign, stage, candidates, raters, context)
    chosen = list(form.cleaned_data["raters"])
    slots, panel = proposing.propose(
        stage,
        candidates,
        chosen,
        each=form.cleaned_data["each"],
        most=form.cleaned_data["most"],
        window=_window(form.cleaned_data),
        place=form.cleaned_data["place"],
    )
    context |= _shown(campaign, slots, raters, [_slot_form(slot, raters) for slot in slots])
    context["lacking"] = sum(panel.lacking.values())
    context["timeless"] = sum(slot.starts_at is None for slot in slots)
    return render(request, "campaigns/plan.html", context)


def _window(asked: dict[str, Any]) -> Window:
    return Window(
        asked["first"],
        asked["last"],
        asked["opens"],
        asked["closes"],
        timezone.get_current_timezone(),
        frozenset(asked["weekdays"]),
        asked["pause"],
    )


def _choices(raters: Sequence[User]) -> list[tuple[int, str]]:
    return [(one.pk, str(one)) for one in raters]


def _slot_form(slot: Slot, raters: Sequence[User]) -> SlotForm:
    initial = {
        "candidate": slot.candidate.pk,
        "take": True,
        "starts_at": slot.starts_at,
        "place": slot.place,
        "raters": list(slot.raters),
        "asks": slot.raters[0] if slot.raters else None,
    }
    return SlotForm(initial=initial, prefix=f"slot-{slot.candidate.pk}", raters=_choices(raters))


def _shown(
    campaign: Campaign, slots: Sequence[Slot], raters: Sequence[User], forms: Sequence[SlotForm]
) -> dict[str, Any]:
    design: Design = proposing.design_for(campaign, slots)
    names = dict(campaign.candidates.values_list("pk", "name"))
    people = {one.pk: str(one) for one in raters}
    return {
        "lines": [
            (slot.candidate, form, earliest_interview(slot.candidate), extra_minutes(slot.candidate))
            for slot, form in zip(slots, forms, strict=True)
        ],
        "apart": proposing.design_in_words(design, names, people),
        "strangers": [(people.get(one, "?"), people.get(other, "?")) for one, other in design.strangers],
        "proposed": True,
    }


def _confirmed(
    request: HttpRequest,
    campaign: Campaign,
    stage: Stage,
    candidates: list[Candidate],
    raters: list[User],
    context: dict[str, Any],
) -> HttpResponse:
    """Plan what a person left of a proposal; where something is in the way nothing is planned, and it is said."""
    forms = [SlotForm(request.POST, prefix=f"slot-{one.pk}", raters=_choices(raters)) for one in candidates]
    here = [(one, form) for one, form in zip(candidates, forms, strict=True) if f"{form.prefix}-candidate" in form.data]
    slots = []
    for one, form in here:
        if form.is_valid():
            entered = form.cleaned_data
            chosen = [key for key in entered["raters"] if key != entered["asks"]]
            leads = [entered["asks"]] if entered["asks"] in entered["raters"] else []
            slots.append((form, Slot(one, entered["starts_at"], (*leads, *chosen), entered["place"])))
    if all(form.is_valid() for _one, form in here):
        taken = [(form, slot) for form, slot in slots if form.cleaned_data["take"]]
        if not taken:
            messages.warning(request, _("Nothing was ticked, so nothing was planned."))
            return redirect("campaign_plan", campaign.pk)
        problems = proposing.confirm(stage, [slot for _form, slot in taken], {one.pk: one for one in raters})
        if not problems:
            told = ngettext("%(count)s interview is planned.", "%(count)s interviews are planned.", len(taken))
            messages.success(request, told % {"count": len(taken)})
            for words in _apart(campaign, raters):
                messages.warning(request, words)
            return redirect("campaign_schedule", campaign.pk)
        for form, slot in taken:
            for problem in problems.get(slot.candidate.pk, []):
                form.add_error(None, problem)
    shown = [slot for _form, slot in slots] if len(slots) == len(here) else []
    context |= _shown(campaign, shown, raters, [form for _one, form in here][: len(shown)])
    if not shown:
        context["lines"] = [(one, form, earliest_interview(one), extra_minutes(one)) for one, form in here]
    context["failed"] = True
    return render(request, "campaigns/plan.html", context, status=422)


def _apart(campaign: Campaign, raters: Sequence[User]) -> list[str]:
    names = dict(campaign.candidates.values_list("pk", "name"))
    return proposing.design_in_words(proposing.design_for(campaign, []), names, {one.pk: str(one) for one in raters})
