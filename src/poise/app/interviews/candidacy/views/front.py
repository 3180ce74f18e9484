"""Where an application stands, the notice, consents, and what a candidate asks for or says of themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.mail import server
from poise.app.accounts.models import User
from poise.app.interviews import reach
from poise.app.interviews.campaigns.arranging import minutes_for
from poise.app.interviews.campaigns.calendars import file_of
from poise.app.interviews.campaigns.models import Candidate, Consent, Interview
from poise.app.interviews.candidacy import asking
from poise.app.interviews.candidacy.forms import AccommodationForm, StatementForm
from poise.app.interviews.candidacy.models import SelfStatement
from poise.app.interviews.candidacy.standing import standing_of
from poise.reports.titles import titles

__all__ = [
    "alternative",
    "ask",
    "calendar",
    "candidacies",
    "candidacy",
    "consents",
    "mine",
    "notice",
    "statement",
    "to_work",
    "withdraw",
]


def mine(request: HttpRequest, key: int) -> Candidate:
    """Return the reader's own candidacy; anybody else's is as if it were not there."""
    found = reach.candidacies(request.user).select_related("campaign__kit__kit", "campaign__team", "stage", "person")
    return get_object_or_404(found, pk=key)


@needs(Capability.VIEW_CANDIDACY)
@require_safe
def candidacies(request: HttpRequest) -> HttpResponse:
    """The reader's applications, or the only one."""
    found = list(reach.candidacies(request.user).select_related("campaign__kit__kit").order_by("-pk")[:50])
    if len(found) == 1:
        return redirect("candidacy", found[0].pk)
    return render(request, "candidacy/candidacies.html", {"candidates": found})


@needs(Capability.VIEW_CANDIDACY)
@require_safe
def candidacy(request: HttpRequest, key: int) -> HttpResponse:
    """Where one application stands, what is assessed and how, and what its candidate may do."""
    candidate = mine(request, key)
    names = titles(get_language() or "en")
    kit = candidate.campaign.kit.read()
    context = {
        "candidate": candidate,
        "standing": standing_of(candidate),
        "traits": [(names.trait(code), names.definition(code)) for code in names.order(list(kit.traits))],
        "questions": sum(one.scored for one in kit.questions),
        "consents": Consent.Kind.choices,
        "several": reach.candidacies(request.user).count() > 1,
    }
    return render(request, "candidacy/candidacy.html", context)


@needs(Capability.VIEW_CANDIDACY)
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, key: int) -> HttpResponse:
    """What the candidate was told, to read and to confirm."""
    candidate = mine(request, key)
    if request.method == "POST":
        asking.read_notice(candidate)
        messages.success(request, _("Noted that you have read it."))
        return redirect("candidacy", key)
    given = candidate.notices.order_by("-pk").first()
    context = {"candidate": candidate, "notice": given, "open": candidate.state == Candidate.State.ACTIVE}
    return render(request, "candidacy/notice.html", context)


@needs(Capability.VIEW_CANDIDACY)
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest, key: int) -> HttpResponse:
    """Agree to being recorded and searched, or take it back: neither is asked for, neither changes one's chances."""
    candidate = mine(request, key)
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        if kind not in Consent.Kind.values:
            raise Http404
        if request.POST.get("withdraw"):
            asking.withdraw_consent(candidate, kind)
            messages.success(request, _("Taken back. What rested on it is gone."))
        else:
            _allowed(lambda one: asking.agree(one, kind), candidate)
            messages.success(request, _("Noted that you agree. You can take it back at any time."))
        return redirect("candidacy_consents", key)
    held = {one.kind: one for one in candidate.consents.filter(withdrawn_at=None)}
    rows = [(code, title, held.get(code)) for code, title in Consent.Kind.choices]
    past = candidate.consents.exclude(withdrawn_at=None)[:20]
    context = {"candidate": candidate, "rows": rows, "past": past, "open": candidate.state == Candidate.State.ACTIVE}
    return render(request, "candidacy/consents.html", context)


@needs(Capability.VIEW_CANDIDACY)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, key: int) -> HttpResponse:
    """Ask for what makes the interview fair, with the answers so far; or for the alternative process."""
    candidate = mine(request, key)
    form = AccommodationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asking.ask_for(candidate, form.cleaned_data["asked"], no_marks=form.cleaned_data["no_marks"])
        except ValueError:
            form.add_error(None, _("You have asked for a lot that is not answered yet. Please wait for the answers."))
        else:
            messages.success(request, _("Sent. You find the answer here."))
            return redirect("candidacy_ask", key)
    context = {
        "candidate": candidate,
        "form": form,
        "asked": candidate.accommodations.all()[:50],
        "may_leave": asking.may_leave_alternative(candidate),
        "open": candidate.state == Candidate.State.ACTIVE,
    }
    return render(request, "candidacy/ask.html", context, status=422 if form.is_bound else 200)


@needs(Capability.VIEW_CANDIDACY)
@require_POST
def alternative(request: HttpRequest, key: int) -> HttpResponse:
    """Choose the alternative process, or take that back."""
    candidate = mine(request, key)
    if request.POST.get("leave"):
        _allowed(asking.leave_alternative, candidate)
        messages.success(request, _("You go through the same process as everybody again."))
    else:
        _allowed(asking.take_alternative, candidate)
        messages.success(request, _("You go through the alternative process: nothing is computed of you."))
    return redirect("candidacy_ask", key)


def _allowed(do: Callable[[Candidate], Any], candidate: Candidate) -> None:
    try:
        do(candidate)
    except PermissionError as error:
        raise PermissionDenied from error


@needs(Capability.VIEW_CANDIDACY)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Withdraw the application."""
    candidate = mine(request, key)
    if request.method == "POST":
        _allowed(asking.withdraw_application, candidate)
        messages.success(request, _("You have withdrawn."))
        return redirect("candidacy", key)
    over = candidate.state not in {Candidate.State.ACTIVE, Candidate.State.HIRED} or candidate.person_id is not None
    return render(request, "candidacy/withdraw.html", {"candidate": candidate, "over": over})


@needs(Capability.VIEW_CANDIDACY)
@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, key: int) -> HttpResponse:
    """What the candidate says of themselves: unscored, unseen by those who decide, and theirs to take to work."""
    candidate = mine(request, key)
    said = SelfStatement.objects.filter(candidate=candidate).first()
    language = get_language() or "en"
    start = (
        {
            "strengths": said.strengths,
            "weaknesses": said.weaknesses,
            "strong_traits": said.strong_traits,
            "weak_traits": said.weak_traits,
        }
        if said
        else {}
    )
    form = StatementForm(
        request.POST or None,
        initial=start,
        traits=list(candidate.campaign.kit.read().traits),
        names=titles(language),
    )
    if request.method == "POST" and form.is_valid():
        try:
            asking.state(candidate, **form.cleaned_data)
        except PermissionError as error:
            raise PermissionDenied from error
        messages.success(request, _("Saved."))
        return redirect("candidacy_statement", key)
    context = {
        "candidate": candidate,
        "said": said,
        "heard": asking.said_of_themselves(candidate),
        "form": form if said is None or said.taken_to_work_at is None else None,
        "named": _named(said, language),
        "hopes": candidate.state in {Candidate.State.ACTIVE, Candidate.State.HIRED} and candidate.person_id is None,
    }
    return render(request, "candidacy/statement.html", context, status=422 if form.is_bound else 200)


def _named(said: SelfStatement | None, language: str) -> dict[str, list[str]]:
    names = titles(language)
    if said is None:
        return {"strong": [], "weak": []}
    return {
        "strong": [names.trait(code) for code in said.strong_traits],
        "weak": [names.trait(code) for code in said.weak_traits],
    }


@needs(Capability.VIEW_CANDIDACY)
@require_POST
def to_work(request: HttpRequest, key: int) -> HttpResponse:
    """Start the self-assessment at work with it."""
    candidate = mine(request, key)
    try:
        asking.take_to_work(candidate, cast("User", request.user))
    except ValueError as error:
        raise Http404 from error
    messages.success(request, _("It stands on your page at work now, where your coach can read it."))
    return redirect("candidacy_statement", key)


@needs(Capability.VIEW_CANDIDACY)
@require_safe
def calendar(request: HttpRequest, key: int, interview: int) -> HttpResponse:
    """One's interview as a file for one's own calendar."""
    candidate = mine(request, key)
    found = get_object_or_404(
        candidate.interviews.filter(state=Interview.State.PLANNED, starts_at__isnull=False), pk=interview
    )
    assert found.starts_at is not None
    mail = server()
    file = file_of(
        interview=found.pk,
        sequence=found.moved,
        starts_at=found.starts_at,
        minutes=minutes_for(found),
        title=_("Interview: %(campaign)s") % {"campaign": candidate.campaign},
        text=request.build_absolute_uri("/candidacy/"),
        place=found.place,
        organiser=(mail.sender if mail is not None else "") or candidate.campaign.contact or "noreply@invalid",
        attendee=candidate.email or cast("User", request.user).email,
        name=candidate.name,
        language=get_language() or "en",
        cancelled=False,
        stamp=timezone.now(),
    )
    headers = {"Content-Disposition": 'attachment; filename="interview.ics"'}
    return HttpResponse(file, content_type="text/calendar; charset=utf-8; method=REQUEST", headers=headers)
