"""Reading a version, in each language; on paper; as a file; beside another."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from poise.app.access import Capability, needs
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.kits import exchanging, printing
from poise.app.interviews.kits.comparing import changes
from poise.app.interviews.kits.laying import LANGUAGE_NAMES, lay_out, written
from poise.app.interviews.kits.models import KitVersion
from poise.app.interviews.kits.views.lists import names
from poise.app.people.models import Purpose

__all__ = ["compare", "paper", "print_", "save", "version"]


def _version(request: HttpRequest, key: int) -> KitVersion:
    kits = reach.kits(request.user)
    found = KitVersion.objects.select_related("kit__team", "published_by").filter(kit__in=kits)
    return get_object_or_404(found, pk=key)


def _language(request: HttpRequest, found: KitVersion) -> tuple[str, list[tuple[str, str]]]:
    """The language asked for, else the reader's, else the first that there is; and those that there are."""
    there = written(found.draft()) or ["en"]
    own = names().language
    asked = request.GET.get("language", own)
    chosen = asked if asked in there else own if own in there else there[0]
    return chosen, [(code, LANGUAGE_NAMES[code]) for code in there]


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def version(request: HttpRequest, key: int) -> HttpResponse:
    """A version as interviewers see it."""
    found = _version(request, key)
    language, there = _language(request, found)
    context = {"version": found, "kit": found.kit, "laid": lay_out(found.draft(), language), "languages": there}
    return render(request, "kits/version.html", context | {"language": language})


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def print_(request: HttpRequest, key: int) -> HttpResponse:
    """The interviewer's booklet, for the browser to print."""
    found = _version(request, key)
    language, there = _language(request, found)
    body = mark_safe(printing.booklet(found, language))  # escaped where it was made
    context = {"version": found, "kit": found.kit, "language": language, "languages": there, "body": body}
    return render(request, "kits/print.html", context)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def paper(request: HttpRequest, key: int) -> HttpResponse:
    """The booklet as PDF."""
    found = _version(request, key)
    language, _ = _language(request, found)
    name = f"poise-kit-{found.kit_id}-{found.number}-{language}.pdf"
    return _file(printing.pdf(found, language), "application/pdf", name)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def save(request: HttpRequest, key: int) -> HttpResponse:
    """The version as a JSON file."""
    found = _version(request, key)
    record(Action.EXPORTED, found, purpose=Purpose.SELECTION, kit=found.kit_id, number=found.number)
    name = f"poise-kit-{found.kit_id}-{found.number}.json"
    return _file(exchanging.write(found), "application/json", name)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def compare(request: HttpRequest, key: int) -> HttpResponse:
    """Two versions of a kit: what changed, in words. By default the last two."""
    kit = get_object_or_404(reach.kits(request.user), pk=key)
    versions = list(kit.versions.order_by("number"))
    by_number = {str(one.number): one for one in versions}
    after = by_number.get(request.GET.get("after", ""), versions[-1])
    earlier = versions[versions.index(after) - 1] if after is not versions[0] else versions[0]
    before = by_number.get(request.GET.get("before", ""), earlier)
    found = changes(
        before.draft(),
        after.draft(),
        names(),
        job_before=before.job_analysis,
        job_after=after.job_analysis,
    )
    context = {"kit": kit, "versions": versions, "before": before, "after": after, "changes": found}
    return render(request, "kits/compare.html", context)
