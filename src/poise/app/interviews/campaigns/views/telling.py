"""What a candidate is told, asks for and gets: notices, accommodations, letters."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.mail import is_set_up
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.campaigns import letters as asking
from poise.app.interviews.campaigns import notices
from poise.app.interviews.campaigns.candidate_forms import AnswerForm, AskedForm, ToldForm
from poise.app.interviews.campaigns.models import Accommodation, Interview, Letter
from poise.app.interviews.campaigns.views.candidates import own

__all__ = ["again", "answer", "ask", "invite_again", "letters", "notify", "told"]

_A_PAGE: Final = 50


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def notify(request: HttpRequest, key: int) -> HttpResponse:
    """Send a candidate the notice; its clock starts when the mail server has taken it."""
    candidate = get_object_or_404(own(request), pk=key)
    letter = asking.ask(Letter.Kind.NOTICE, candidate)
    if letter.problem:
        messages.error(request, _("There is no e-mail address. Tell the candidate in another way, and note it below."))
    else:
        messages.success(request, _("The notice is on its way. Its clock starts when it has left."))
    return redirect("candidate", key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def told(request: HttpRequest, key: int) -> HttpResponse:
    """Note that a candidate was told in another way; the words to tell them are here."""
    candidate = get_object_or_404(own(request), pk=key)
    form = ToldForm(request.POST or None, initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        noon = timezone.make_aware(datetime.combine(form.cleaned_data["day"], time(12)))
        notices.give(candidate, noon)
        messages.success(request, _("Noted."))
        return redirect("candidate", key)
    text = notices.text_for(candidate.campaign, candidate.language)
    context = {"form": form, "candidate": candidate, "text": text}
    return render(request, "campaigns/told.html", context, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, key: int) -> HttpResponse:
    """Enter what a candidate asked for."""
    candidate = get_object_or_404(own(request), pk=key)
    form = AskedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            asked = form.save(commit=False)
            asked.candidate = candidate
            asked.save()
            record(Action.ADDED, asked, purpose="selection", candidate=key)
        return redirect("accommodation", asked.pk)
    context = {"form": form, "candidate": candidate, "asked": None}
    return render(request, "campaigns/accommodation.html", context, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, key: int) -> HttpResponse:
    """Say what is arranged for a candidate."""
    mine = Accommodation.objects.filter(candidate__in=own(request)).select_related("candidate__campaign")
    asked = get_object_or_404(mine, pk=key)
    form = AnswerForm(request.POST or None, instance=asked)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            answered = form.save(commit=False)
            answered.answered_at = timezone.now()
            answered.answered_by = cast("User", request.user)
            answered.save()
            record(
                Action.CHANGED,
                answered,
                purpose="selection",
                candidate=asked.candidate_id,
                extra_minutes=answered.extra_minutes,
                no_marks=answered.no_marks,
            )
        messages.success(request, _("Saved. Interviewers see what is arranged."))
        return redirect("candidate", asked.candidate_id)
    context = {"form": form, "candidate": asked.candidate, "asked": asked}
    return render(request, "campaigns/accommodation.html", context, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def letters(request: HttpRequest, key: int) -> HttpResponse:
    """A campaign's letters, those that were not sent first."""
    campaign = get_object_or_404(reach.campaigns(request.user), pk=key)
    found = Letter.objects.filter(candidate__campaign=campaign).select_related("candidate", "rater", "interview__stage")
    waiting = found.filter(sent_at=None).exclude(problem="overtaken").order_by("-pk")
    sent = found.exclude(pk__in=waiting.values("pk")).order_by("-pk")
    which = request.GET.get("which") == "sent"
    page = Paginator(sent if which else waiting, _A_PAGE).get_page(request.GET.get("page"))
    context = {"campaign": campaign, "page": page, "sent": which, "mail": is_set_up()}
    return render(request, "campaigns/letters.html", context)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def again(request: HttpRequest, key: int) -> HttpResponse:
    """Try a letter again that was not sent."""
    mine = Letter.objects.filter(candidate__campaign__in=reach.campaigns(request.user)).select_related("candidate")
    letter = get_object_or_404(mine, pk=key)
    if asking.again(letter):
        messages.success(request, _("It is tried again."))
    else:
        messages.error(request, _("There is nothing to try again: it was sent, or there is no e-mail address."))
    return redirect("campaign_letters", letter.candidate.campaign_id)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def invite_again(request: HttpRequest, key: int) -> HttpResponse:
    """Send a candidate a letter of an interview once more, with a fresh link to their pages."""
    mine = Interview.objects.filter(candidate__in=own(request), state=Interview.State.PLANNED)
    interview = get_object_or_404(mine.exclude(starts_at=None).select_related("candidate__campaign__team"), pk=key)
    letter = asking.ask(Letter.Kind.INVITATION, interview.candidate, interview=interview)
    if letter.problem:
        messages.error(request, _("There is no e-mail address."))
    else:
        messages.success(request, _("The invitation is on its way once more, with a fresh link."))
    return redirect("schedule_interview", key)
