"""Pages of imports: handing in, looking before it is kept, watching it run, what was refused, undoing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import polars as pl
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.audit.notices import is_lacking
from poise.app.importing import preview, undo
from poise.app.importing.files import Unfit, drop, keep
from poise.app.importing.forms import UploadForm
from poise.app.importing.models import Import
from poise.app.importing.wording import worded
from poise.app.rows import batches
from poise.app.work.jobs import retry
from poise.app.work.models import Job
from poise.model import REJECTS, empty
from poise.reports.spreadsheet import guarded

__all__ = ["cancel", "confirm", "imports", "one", "progress", "rejects", "rejects_csv", "take_back", "try_again"]

_A_PAGE = 50
_BUSY = (Import.State.PREVIEWING, Import.State.RUNNING, Import.State.UNDOING)


@needs(Capability.IMPORT)
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """All imports, and the form by which files are handed in."""
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return redirect("import", _hand_in(request, form).pk)
            except Unfit as error:
                form.add_error("uploads", str(error))
        status = 422
    found = Import.objects.exclude(state=Import.State.DISCARDED).select_related("created_by")
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "awaits_notice": is_lacking()}
    return render(request, "importing/imports.html", context, status=status)


def _hand_in(request: HttpRequest, form: UploadForm) -> Import:
    """Keep the files and have them looked at: all or nothing."""
    given = form.cleaned_data
    name = ", ".join(file.name for file in given["uploads"])
    imported = None
    try:
        with transaction.atomic():
            imported = Import.objects.create(
                way=Import.Way.UPLOAD,
                name=name[:300],
                purpose=given["purpose"],
                origin=given["origin"],
                format=given["format"],
                roles=given["roles"],
                created_by=cast("User", request.user),
            )
            for file in given["uploads"]:
                keep(imported, file.name, file.chunks()).save()
            if given["people"]:
                keep(imported, given["people"].name, given["people"].chunks(), kind="people").save()
            preview.ask(imported)
    except BaseException:
        if imported is not None:
            drop(imported)
        raise
    return imported


def _about(imported: Import) -> dict[str, Any]:
    keys = {
        Import.State.PREVIEWING: f"preview:{imported.pk}",
        Import.State.RUNNING: f"import:{imported.pk}",
        Import.State.UNDOING: f"undo:{imported.pk}",
    }
    key = keys.get(Import.State(imported.state))
    job = Job.objects.filter(key=key).first() if key else None
    told = imported.preview or {}
    first, last = (parse_datetime(told[end]) if told.get(end) else None for end in ("first", "last"))
    return {
        "import": imported,
        "job": job,
        "busy": imported.state in _BUSY,
        "told": told,
        "awaits_notice": imported.state == Import.State.PREVIEWED and preview.awaits_notice(imported),
        "first": first,
        "last": last,
    }


@needs(Capability.IMPORT)
@require_GET
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One import: what would be read, how far it is, or what came of it."""
    imported = get_object_or_404(Import, pk=number)
    about = _about(imported)
    if imported.state in (Import.State.RUNNING, Import.State.DONE):
        about["contests"], about["decisions"] = undo.contested(imported)
    return render(request, "importing/import.html", about)


@needs(Capability.IMPORT)
@require_GET
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far an import is, for the page that waits; when it is over, the page is asked to load again."""
    about = _about(get_object_or_404(Import, pk=number))
    response = render(request, "importing/progress.html", about)
    job = about["job"]
    if not about["busy"] or (job is not None and job.over):
        response.headers["HX-Refresh"] = "true"
    return response


@needs(Capability.IMPORT)
@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Start an import that was looked at."""
    imported = get_object_or_404(Import, pk=number)
    try:
        if preview.confirm(imported) is None:
            messages.error(request, _("This import does not wait for confirmation."))
    except preview.NotToldError:
        messages.error(request, _("Not started: people must be told first that their conversations are looked at."))
    return redirect("import", number)


@needs(Capability.IMPORT)
@require_POST
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Throw away an import of which nothing was kept."""
    states = (Import.State.PREVIEWED, Import.State.REFUSED)
    gone = Import.objects.filter(pk=number, state__in=states).update(state=Import.State.DISCARDED)
    imported = get_object_or_404(Import, pk=number)
    if not gone:
        messages.error(request, _("Only an import of which nothing was kept can be thrown away."))
        return redirect("import", number)
    drop(imported)
    messages.success(request, _("The files are thrown away; nothing of them was kept."))
    return redirect("imports")


@needs(Capability.IMPORT)
@require_POST
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    """Undo an import."""
    imported = get_object_or_404(Import, pk=number)
    with transaction.atomic():
        if undo.ask(imported) is None:
            messages.error(request, _("There is nothing to undo."))
        else:
            record(Action.UNDID, imported, purpose=imported.purpose)
    return redirect("import", number)


@needs(Capability.IMPORT)
@require_POST
def try_again(request: HttpRequest, number: int) -> HttpResponse:
    """Let the work on an import that failed go on from where it stopped."""
    job = _about(get_object_or_404(Import, pk=number))["job"]
    if job is None or not retry(job):
        messages.error(request, _("There is nothing to try again."))
    return redirect("import", number)


@needs(Capability.IMPORT)
@require_GET
def rejects(request: HttpRequest, number: int) -> HttpResponse:
    """What an import refused, with file, line and remedy."""
    imported = get_object_or_404(Import, pk=number)
    page = Paginator(imported.rejects.order_by("pk"), _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "importing/rejects.html", {"import": imported, "page": page})


@needs(Capability.IMPORT)
@require_GET
def rejects_csv(request: HttpRequest, number: int) -> StreamingHttpResponse:
    """All of it as CSV, in the reader's language where the table is."""
    imported = get_object_or_404(Import, pk=number)
    rows = imported.rejects.order_by("pk").values_list(*REJECTS)
    language = get_language()

    def pieces() -> Iterator[bytes]:
        yield empty(REJECTS).write_csv(include_bom=True).encode()
        for some in batches(rows.iterator(2000), 2000):
            table = pl.DataFrame(some, schema=dict(REJECTS), orient="row")
            with override(language):  # the response is written after the request is over
                said = [pl.Series(name, [*map(worded, table[name])], pl.String) for name in ("problem", "remedy")]
            table = table.with_columns(said)
            yield guarded(table).write_csv(include_header=False).encode()

    response = StreamingHttpResponse(pieces(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="rejects-{imported.pk}.csv"'
    return response
