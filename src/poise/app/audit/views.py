"""Pages of the audit log and of people's rights: notice, consent, export, erasure, retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, cast

import msgspec
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from poise.app.access import Capability, Role, may, needs, scope
from poise.app.accounts.models import Membership, User
from poise.app.audit.erasing import erase, extent
from poise.app.audit.exporting import write_archive
from poise.app.audit.forms import EraseForm, FilterForm, NoticeForm, RetentionForm
from poise.app.audit.handing import handed
from poise.app.audit.log import record, seal
from poise.app.audit.models import Action, Consent, Entry, NoticeGiven, Retention, Tombstone
from poise.app.audit.notices import NOTICES
from poise.app.audit.reading import as_csv, shown_to
from poise.app.audit.retention import expired
from poise.app.audit.verifying import verify
from poise.app.interviews.blinding import closed_campaigns
from poise.app.interviews.campaigns.models import Candidate
from poise.app.people.models import Person, Purpose

_A_PAGE: Final = 50


def _chosen(request: HttpRequest, form: FilterForm) -> QuerySet[Entry]:
    rows = shown_to(request.user).order_by("-id")
    if not form.is_valid():
        return rows
    given = form.cleaned_data
    if given["action"]:
        rows = rows.filter(action=given["action"])
    if given["person"]:
        rows = rows.filter(person=given["person"])
    if given["candidate"]:
        rows = rows.filter(candidate=given["candidate"])
    if given["actor"]:
        rows = rows.filter(actor=given["actor"])
    if given["since"]:
        rows = rows.filter(at__gte=datetime.combine(given["since"], datetime.min.time(), UTC))
    if given["until"]:
        rows = rows.filter(at__lt=datetime.combine(given["until"], datetime.min.time(), UTC) + timedelta(days=1))
    return rows


@needs(Capability.VIEW_AUDIT)
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """The log, newest first. Names are looked up for the reader, of candidates their codes alone.

    Whoever has no other role than candidate is not named as the one who acted either.
    """
    form = FilterForm(request.GET)
    page = Paginator(_chosen(request, form), _A_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    actors = {row.actor for row in rows if row.actor}
    users = User.objects.in_bulk(actors)
    elsewhere = Membership.objects.exclude(role=Role.CANDIDATE).filter(user=OuterRef("user"))
    applying = Membership.objects.filter(~Exists(elsewhere), user__in=actors).values_list("user", flat=True)
    people = Person.objects.in_bulk({row.person for row in rows if row.person})
    candidates = Candidate.objects.select_related("campaign").in_bulk({row.candidate for row in rows if row.candidate})
    lines = [
        (
            row,
            users.get(row.actor or 0),
            people.get(row.person or 0),
            candidates.get(row.candidate or 0),
            msgspec.json.encode(row.detail).decode(),
        )
        for row in rows
    ]
    context = {
        "form": form,
        "page": page,
        "lines": lines,
        "applying": set(applying),
        "closed": closed_campaigns(request.user).exists(),
    }
    return render(request, "audit/log.html", context)


@needs(Capability.VIEW_AUDIT)
@require_GET
def log_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The chosen rows as CSV, with their seals."""
    rows = _chosen(request, FilterForm(request.GET)).order_by("id")
    record(Action.EXPORTED, kind="audit log", rows=rows.count())
    headers = {"Content-Disposition": 'attachment; filename="audit-log.csv"'}
    return StreamingHttpResponse(as_csv(rows), content_type="text/csv; charset=utf-8", headers=headers)


@needs(Capability.VIEW_AUDIT)
def check(request: HttpRequest) -> HttpResponse:
    """Walk the chain, against a head that was noted before where one is given."""
    verdict = None
    head = request.POST.get("head", "").strip()[:64] if request.method == "POST" else ""
    if request.method == "POST":
        seal()
        verdict = verify(head or None)
    return render(request, "audit/verify.html", {"verdict": verdict, "head": head})


@needs(Capability.IMPORT)
def notice(request: HttpRequest) -> HttpResponse:
    """The text that tells people what will be looked at, and the note that they were told."""
    form = NoticeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            given = form.save(commit=False)
            given.recorded_by = cast("User", request.user)
            given.save()
            record(Action.NOTIFIED, given, on=given.given_on.isoformat())
        messages.success(request, _("Noted. Conversations may be imported now."))
        return redirect("notice")
    known = NoticeGiven.objects.select_related("recorded_by")[:10]
    context = {"form": form, "given": known, "notices": NOTICES.items()}
    return render(request, "audit/notice.html", context, status=422 if form.is_bound else 200)


@needs(Capability.SET_RETENTION)
def retention(request: HttpRequest) -> HttpResponse:
    """For how long conversations are kept, by purpose, and how many are past it."""
    clocks = {clock.purpose: clock for clock in Retention.objects.all()}
    chosen = request.POST.get("purpose") if request.method == "POST" else None
    rows = []
    status = 200
    for purpose, title in Purpose.choices:
        clock = clocks.get(purpose)
        mine = chosen == purpose
        form = RetentionForm(request.POST if mine else None, instance=clock, prefix=purpose)
        if mine and form.is_valid():
            _set_clock(purpose, form.cleaned_data["months"], cast("User", request.user))
            messages.success(request, _("Saved."))
            return redirect("retention")
        status = 422 if mine else status
        rows.append((purpose, title, form, expired(clock, timezone.now()).count() if clock else None))
    return render(request, "audit/retention.html", {"rows": rows}, status=status)


def _set_clock(purpose: str, months: int | None, by: User) -> None:
    with transaction.atomic():
        if months is None:
            Retention.objects.filter(purpose=purpose).delete()
        else:
            Retention.objects.update_or_create(purpose=purpose, defaults={"months": months, "set_by": by})
        record(Action.CHANGED, purpose=purpose, field="retention", to=months)


@needs(Capability.ERASE_PERSON)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """People by name, with what they may ask for."""
    words = request.GET.get("q", "").strip()[:300]
    found = Person.objects.select_related("team").order_by("name", "pk")
    if words:
        found = found.filter(name__icontains=words) | found.filter(person_id__icontains=words)
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/people.html", {"page": page, "q": words})


def _reached(request: HttpRequest, key: int, capability: Capability) -> Person:
    """Return the person, if the reader may do this for them."""
    person = get_object_or_404(Person.objects.select_related("user", "team"), pk=key)
    user = cast("User", request.user)
    reach = scope(user, capability)
    if reach.everything or (reach.own and person.user_id == user.pk):
        return person
    raise PermissionDenied


@needs(Capability.EXPORT_PERSON)
@require_GET
def export(request: HttpRequest, key: int) -> FileResponse:
    """All that is held on a person, as a ZIP file."""
    person = _reached(request, key, Capability.EXPORT_PERSON)
    answer = handed(partial(write_archive, person), f"person-{person.pk}.zip")
    record(Action.EXPORTED, person, person=person.pk)
    return answer


@needs(Capability.ERASE_PERSON)
def erase_person(request: HttpRequest, key: int) -> HttpResponse:
    """What erasing would take away, and the form that does it."""
    person = _reached(request, key, Capability.ERASE_PERSON)
    form = EraseForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        erase(person, by=cast("User", request.user), reason=form.cleaned_data["reason"])
        messages.success(request, _("Erased. What rests on it is computed again in the background."))
        return redirect("erased")
    context = {"person": person, "form": form, "extent": extent(person)}
    return render(request, "audit/erase.html", context, status=422 if form.is_bound else 200)


@needs(Capability.ERASE_PERSON)
@require_GET
def erased(request: HttpRequest) -> HttpResponse:
    """What stays of people who were erased."""
    page = Paginator(Tombstone.objects.all(), _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "audit/erased.html", {"page": page})


@needs(Capability.ACCOUNT)
def consents(request: HttpRequest, key: int) -> HttpResponse:
    """What a person agreed to; they themselves give and withdraw it, an administrator notes what was given on paper."""
    person = get_object_or_404(Person, pk=key)
    user = cast("User", request.user)
    if person.user_id != user.pk and not may(user, Capability.ERASE_PERSON):
        raise PermissionDenied
    kind = request.POST.get("kind")
    if request.method == "POST" and kind in Consent.Kind.values:
        with transaction.atomic():
            if request.POST.get("withdraw"):
                held = Consent.objects.filter(person=person, kind=kind, withdrawn_at=None)
                if held.update(withdrawn_at=timezone.now()):
                    record(Action.WITHDREW, person, person=person.pk, consent=kind)
            else:
                _given, new = Consent.objects.get_or_create(
                    person=person, kind=kind, withdrawn_at=None, defaults={"recorded_by": user}
                )
                if new:
                    record(Action.CONSENTED, person, person=person.pk, consent=kind)
        return redirect("consents", key)
    holding = {one.kind: one for one in Consent.objects.filter(person=person, withdrawn_at=None)}
    rows = [(code, title, holding.get(code)) for code, title in Consent.Kind.choices]
    past = Consent.objects.filter(person=person).exclude(withdrawn_at=None)
    return render(request, "audit/consents.html", {"person": person, "rows": rows, "past": past})
