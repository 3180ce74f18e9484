"""The names that people go by: several joined to one person, parted again, and whose account and team they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from poise.app.access import Capability, needs
from poise.app.accounts.models import User
from poise.app.audit.log import record, record_views
from poise.app.audit.models import Action
from poise.app.conversations.models import Participant
from poise.app.people import merging
from poise.app.people.forms import PersonForm
from poise.app.people.models import Alias, Person
from poise.app.people.reading import words_asked

__all__ = ["join", "one", "overview", "part"]

_A_PAGE: Final = 50
_CANDIDATES: Final = 20


@dataclass(frozen=True, slots=True)
class _Known:
    """What two names are told apart by; nothing of what was said."""

    person: Person
    conversations: int
    first: datetime | None
    last: datetime | None


@needs(Capability.MERGE_PEOPLE)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Everybody by name, with team, account and other names."""
    asked = words_asked(request)
    found = Person.objects.filter(active=True).select_related("team", "user").prefetch_related("aliases")
    if asked:
        called = Q(name__icontains=asked) | Q(person_id__icontains=asked)
        found = found.filter(called | Exists(Alias.objects.filter(person=OuterRef("pk"), name__icontains=asked)))
    page = Paginator(found.order_by("name", "pk"), _A_PAGE).get_page(request.GET.get("page"))
    record_views((person.pk for person in page.object_list), purpose="", page="names")
    return render(request, "people/names.html", {"page": page, "asked": asked})


@needs(Capability.MERGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: int) -> HttpResponse:
    """One person: what they are called, their team and account, their other names, and who may be the same."""
    person = get_object_or_404(Person.objects.filter(active=True), pk=key)
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            record(
                Action.CHANGED, saved, person=key, fields=form.changed_data, team=saved.team_id, account=saved.user_id
            )
        messages.success(request, _("Saved."))
        return redirect("people_name", key)
    stored = get_object_or_404(Person, pk=key)
    asked = words_asked(request, stored.name.split(" ")[0])
    others = Person.objects.filter(active=True).exclude(pk=key).select_related("team")
    others = others.filter(Q(name__icontains=asked) | Q(person_id__icontains=asked)) if asked else others
    candidates = list(others.order_by("name", "pk")[:_CANDIDATES])
    record_views([key, *(other.pk for other in candidates)], purpose="", page="name")
    return render(
        request,
        "people/name.html",
        {
            "person": stored,
            "form": form,
            "aliases": person.aliases.select_related("added_by").order_by("name"),
            "asked": asked,
            "candidates": candidates,
        },
        status=422 if form.is_bound else 200,
    )


def _known(person: Person) -> _Known:
    spans = person.participations.aggregate(
        n=Count("conversation", distinct=True),
        first=Min("conversation__started_at"),
        last=Max("conversation__started_at"),
    )
    return _Known(person, spans["n"], spans["first"], spans["last"])


@needs(Capability.MERGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, key: int, into: int) -> HttpResponse:
    """What joining two people would do, and doing it."""
    people = Person.objects.filter(active=True).select_related("team", "user")
    person, other = get_object_or_404(people, pk=key), get_object_or_404(people, pk=into)
    if key == into:
        raise Http404
    if request.method == "POST":
        with transaction.atomic():
            alias = merging.join(person, other, by=cast("User", request.user))
            record(Action.MERGED, alias, person=into, joined=key)
        messages.success(request, _("Joined. The estimates follow in the background. It can be undone below."))
        return redirect("people_name", into)
    record_views([key, into], purpose="", page="join")
    together = (
        Participant.objects.filter(person=key)
        .filter(Exists(Participant.objects.filter(conversation=OuterRef("conversation"), person=into)))
        .values("conversation")
        .distinct()
        .count()
    )
    context = {"person": person, "into": other, "known": [_known(person), _known(other)], "together": together}
    return render(request, "people/join.html", context)


@needs(Capability.MERGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def part(request: HttpRequest, key: int) -> HttpResponse:
    """What taking a name away from a person would do, and doing it."""
    alias = get_object_or_404(Alias.objects.select_related("person"), pk=key)
    person = alias.person
    separate = Person.objects.filter(person_id=alias.name, active=False).exclude(pk=person.pk).first()
    if request.method == "POST":
        with transaction.atomic():
            record(Action.SEPARATED, alias, person=person.pk)
            merging.part(alias)
        messages.success(request, _("Separated. The estimates follow in the background."))
        return redirect("people_name", person.pk)
    record_views([person.pk], purpose="", page="part")
    return render(request, "people/part.html", {"alias": alias, "person": person, "separate": separate})
