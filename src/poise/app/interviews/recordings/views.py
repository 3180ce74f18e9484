"""Pages of recorded interviews: which there are, handing one in, who is who, reading it with what was found."""

from __future__ import annotations

from typing import Any, Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.conversations.detecting import knowledge
from poise.app.interviews.blinding import may_read
from poise.app.interviews.campaigns.models import Consent, Interview
from poise.app.interviews.recordings import keeping
from poise.app.interviews.recordings.evidence import found_in, why_not
from poise.app.interviews.recordings.forms import SpeakersForm, TranscriptForm
from poise.app.interviews.recordings.models import Recording
from poise.app.interviews.recordings.reading import FORMATS, UnfitError, read, speakers
from poise.app.interviews.recordings.seeing import attachable, readable
from poise.app.interviews.recordings.showing import figure, findings, lay_out
from poise.app.people.models import Purpose
from poise.reports.titles import titles

__all__ = ["add", "name_speakers", "recording", "recordings", "take_away"]

_A_PAGE: Final = 50
_TURNS_A_PAGE: Final = 400


@needs(Capability.INTERVIEW)
@require_safe
def recordings(request: HttpRequest) -> HttpResponse:
    """The interviews whose transcripts the reader reaches, those with one and those without."""
    there = Recording.objects.filter(interview=OuterRef("pk"))
    agreed = Consent.objects.filter(candidate=OuterRef("candidate"), kind=Consent.Kind.RECORDING, withdrawn_at=None)
    found = (
        readable(request.user)
        .annotate(
            recorded=Exists(there),
            agreed=Exists(agreed),
            mine=Exists(attachable(request.user).filter(pk=OuterRef("pk"))),
        )
        .order_by("-starts_at", "-pk")
    )
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "recordings/recordings.html", {"page": page})


def _attachable(request: HttpRequest, key: int) -> Interview:
    return get_object_or_404(attachable(request.user), pk=key)


@needs(Capability.INTERVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, key: int) -> HttpResponse:
    """Hand in the transcript of an interview; refused while the candidate has not agreed to be recorded."""
    interview = _attachable(request, key)
    candidate = interview.candidate
    agreed = keeping.consents(candidate)
    form = TranscriptForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and Consent.Kind.RECORDING in agreed and form.is_valid():
        name, data = form.cleaned_data["file"]
        try:
            transcript = read(name, data, candidate.campaign.language)
            keeping.attach(interview, transcript, name, cast("User", request.user))
        except UnfitError as error:
            form.add_error("file", str(error))
        except keeping.NoConsentError:
            agreed = frozenset()
        else:
            if not transcript.known:
                messages.info(request, _("Kept. Say who is who now, so that it can be read."))
                return redirect("recording_speakers", key)
            messages.success(request, _("Kept."))
            return redirect("recording", key)
    context = {
        "interview": interview,
        "candidate": candidate,
        "form": form,
        "recorded": Consent.Kind.RECORDING in agreed,
        "searched": Consent.Kind.DETECTION in agreed,
        "replaces": Recording.objects.filter(interview=interview).exists(),
    }
    return render(request, "recordings/add.html", context, status=422 if request.method == "POST" else 200)


@needs(Capability.INTERVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def name_speakers(request: HttpRequest, key: int) -> HttpResponse:
    """Say which speaker is the candidate. Shows who speaks how much, and nothing of what they say."""
    interview = _attachable(request, key)
    kept = get_object_or_404(Recording, interview=interview)
    form = SpeakersForm(request.POST or None, speakers=speakers(keeping.tables_of(kept)), name=interview.candidate.name)
    if request.method == "POST" and form.is_valid():
        keeping.name_candidate(kept, form.label())
        messages.success(request, _("Saved."))
        return redirect("recording", key)
    context = {"interview": interview, "candidate": interview.candidate, "form": form}
    return render(request, "recordings/speakers.html", context, status=422 if form.is_bound else 200)


@needs(Capability.INTERVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def take_away(request: HttpRequest, key: int) -> HttpResponse:
    """Take a transcript away, once it was asked whether it is meant."""
    interview = _attachable(request, key)
    kept = get_object_or_404(Recording.objects.defer("tables"), interview=interview)
    if request.method == "POST":
        keeping.remove(kept)
        messages.success(request, _("The transcript is gone."))
        return redirect("recordings")
    return render(request, "recordings/remove.html", {"interview": interview, "candidate": interview.candidate})


@needs(Capability.INTERVIEW)
@require_safe
def recording(request: HttpRequest, key: int) -> HttpResponse:
    """The transcript with what was found in it; closed to whoever has still to rate what it would be compared with."""
    interview = get_object_or_404(readable(request.user), pk=key)
    candidate = interview.candidate
    context: dict[str, Any] = {
        "interview": interview,
        "candidate": candidate,
        "may_attach": attachable(request.user).filter(pk=key).exists(),
    }
    if not may_read(request.user, interview):
        return render(request, "recordings/closed.html", context, status=403)
    kept = get_object_or_404(Recording.objects.select_related("added_by"), interview=interview)
    agreed = keeping.consents(candidate)
    if Consent.Kind.RECORDING not in agreed:
        raise Http404
    record(
        Action.VIEWED,
        kept,
        purpose=Purpose.SELECTION,
        page="recording",
        interview=interview.pk,
        candidate=candidate.pk,
    )
    if not interview.seats.filter(rater=request.user.pk).exists():
        # whoever read what somebody said in an interview that they did not sit in does not rate that person any more
        candidate.looks.create(
            user=cast("User", request.user), campaign=candidate.campaign, page="recording", digest=""
        )
    lacking = why_not(kept, candidate, agreed)
    evidence = found_in(kept) if not lacking else None
    found = findings(evidence, knowledge(), titles(get_language() or "en")) if evidence else []
    tables = keeping.tables_of(kept)
    turns, whole = lay_out(tables, found)
    page = Paginator(turns, _TURNS_A_PAGE).get_page(request.GET.get("page"))
    context |= {
        "recording": kept,
        "format": FORMATS.get(kept.format, kept.format),
        "lacking": lacking,
        "evidence": evidence,
        "page": page,
        "whole": whole if page.number == 1 else [],
    }
    if kept.speakers_known:
        context |= figure(tables, mirrored=get_language_bidi())
    return render(request, "recordings/recording.html", context)
