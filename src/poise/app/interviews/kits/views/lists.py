"""All kits, one kit with its versions, beginning one."""

from __future__ import annotations

from typing import Any, Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import Count, Max, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from poise.app.access import Capability, needs, scope
from poise.app.accounts.models import Team, User
from poise.app.interviews import reach
from poise.app.interviews.kits import exchanging, making
from poise.app.interviews.kits.forms import ImportForm, StartForm, TraitsForm
from poise.app.interviews.kits.models import Kit, KitVersion
from poise.reports.titles import Titles, titles

__all__ = ["begin", "bring", "kit", "kits", "new_draft", "throw_away"]

_A_PAGE: Final = 50


def names() -> Titles:
    """What traits are called in the reader's language."""
    return titles(get_language() or "en")


def _teams(request: HttpRequest) -> QuerySet[Team]:
    wide = scope(request.user, Capability.MANAGE_CAMPAIGNS)
    active = Team.objects.filter(active=True)
    return active if wide.everything else active.filter(pk__in=wide.teams)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def kits(request: HttpRequest) -> HttpResponse:
    """The kits of the reader's teams."""
    found = (
        reach.kits(request.user)
        .select_related("team")
        .annotate(
            published=Max("versions__number", filter=Q(versions__published_at__isnull=False)),
            drafts=Count("versions", filter=Q(versions__published_at__isnull=True)),
        )
        .order_by("title", "pk")
    )
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "kits/kits.html", {"page": page})


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a kit for a job: its team, its title, its traits and their weights."""
    known = names()
    form = StartForm(request.POST or None, teams=_teams(request))
    traits = TraitsForm(request.POST or None, names=known)
    if request.method == "POST" and form.is_valid() & traits.is_valid():
        given = form.cleaned_data
        try:
            made = making.start(given["team"], given["title"], traits.weights(), cast("User", request.user))
        except IntegrityError:
            form.add_error("title", _("This team has a kit of that name. Open it and make its next version."))
        else:
            messages.success(request, _("The kit is begun. Write down next how the job was analysed."))
            return redirect("kit_job", made.pk)
    return render(request, "kits/start.html", {"form": form, "traits": traits}, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Begin a kit from a file."""
    form = ImportForm(request.POST or None, request.FILES or None, teams=_teams(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            brought = exchanging.read(given["file"])
            title = given["title"] or brought.title
            made = making.begin(
                given["team"], title, brought.kit, cast("User", request.user), job_analysis=brought.job_analysis
            )
        except exchanging.BrokenFileError as error:
            form.add_error("file", str(error))
        except IntegrityError:
            form.add_error("title", _("This team has a kit of that name. Give another one."))
        else:
            messages.success(request, _("Read. It is a draft until you publish it."))
            return redirect("kit", made.pk)
    return render(request, "kits/import.html", {"form": form}, status=422 if form.is_bound else 200)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def kit(request: HttpRequest, key: int) -> HttpResponse:
    """One kit: its versions, and what rests on them."""
    versions = KitVersion.objects.select_related("published_by").defer("content").annotate(uses=Count("campaigns"))
    found = get_object_or_404(
        reach.kits(request.user).select_related("team").prefetch_related(Prefetch("versions", versions)), pk=key
    )
    return render(request, "kits/kit.html", _context(found))


def _context(found: Kit) -> dict[str, Any]:
    versions = list(found.versions.all())
    published = [one for one in versions if one.published_at is not None]
    draft = next((one for one in versions if one.published_at is None), None)
    return {"kit": found, "draft": draft, "published": published, "pairs": versions[:2] if len(versions) > 1 else None}


@needs(Capability.MANAGE_CAMPAIGNS)
@require_POST
def new_draft(request: HttpRequest, key: int) -> HttpResponse:
    """Begin the next version."""
    found = get_object_or_404(reach.kits(request.user), pk=key)
    making.draft_of(found, cast("User", request.user))
    return redirect("kit_edit", key)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def throw_away(request: HttpRequest, key: int) -> HttpResponse:
    """Take a draft away, once it was asked whether it is meant."""
    found = get_object_or_404(reach.kits(request.user), pk=key)
    draft = get_object_or_404(found.versions, published_at=None)
    if request.method == "POST":
        making.discard(draft)
        messages.success(request, _("The draft is gone."))
        return redirect("kit", key) if draft.number > 1 else redirect("kits")
    return render(request, "kits/discard.html", {"kit": found, "draft": draft})
