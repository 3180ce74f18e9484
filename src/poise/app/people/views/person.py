"""The pages of one person: the argument, the evidence behind it, two periods, one sheet of paper, a spreadsheet."""

from __future__ import annotations

from itertools import chain
from typing import Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from poise.app.access import Capability, may, needs
from poise.app.audit.log import record_views
from poise.app.audit.models import Action
from poise.app.people import drawing, periods, spreadsheets
from poise.app.people import person as reading
from poise.app.people.forms import SpansForm
from poise.app.people.models import Person, SelfStatement
from poise.app.people.reading import PURPOSE, compared_with, names, within, words
from poise.reports.profile import Act, Section

__all__ = ["act", "compare", "person", "save", "sheet", "trait"]

_A_PAGE: Final = 50
_KINDS: Final = ("all", "shown", "missed")
_ON_PAPER: Final = 3
_TELLING: Final = 5
_INSTEAD: Final = "cluster_instead"


def _within(request: HttpRequest, key: int, page: str, capability: Capability = Capability.VIEW_PERSON) -> Person:
    """Return the person with this key, the view logged; somebody out of reach is as if they were not there."""
    found = get_object_or_404(within(request.user, capability).select_related("team"), pk=key)
    record_views([found.pk], purpose=PURPOSE, page=page)
    return found


@needs(Capability.VIEW_PERSON)
@require_safe
def person(request: HttpRequest, key: int) -> HttpResponse:
    """Strengths and weaknesses, what would change them, how they moved, and what is not known."""
    found = _within(request, key, "person")
    titles = names()
    seen = reading.see(found, titles)
    profile = seen.profile
    compared = reading.at_equal_mix(reading.rates_of(found), titles)
    moved = [(code, seen.moved[code]) for code in titles.order(list(seen.moved)) if code in titles.clusters]
    telling = {one.level.trait: _telling(one) for one in profile.sections}
    shown = reading.examples(found, chain.from_iterable(telling.values()), titles)
    told = {
        code: next((shown[one.behaviour] for one in acts if one.behaviour in shown), None)
        for code, acts in telling.items()
    }
    return render(
        request,
        "people/person.html",
        {
            "person": found,
            "own": found.user_id == request.user.pk,
            "seen": seen,
            "profile": profile,
            "lists": [
                (
                    verdict,
                    [
                        (one, seen.others.get(one.level.trait, ()), told[one.level.trait])
                        for one in profile.said(verdict)
                    ],
                )
                for verdict in ("strength", "weakness", "even")
            ],
            "foremost": [one for one in profile.sections if one.level.trait in profile.foremost()],
            "compared": [
                (kind, [one for one in compared if one.verdict == kind]) for kind in ("better", "worse", "even")
            ],
            "trends": [(code, points) for code, points in moved if any(one.mean is not None for _, one in points)],
            "hidden": [one for one in profile.hidden if one.level.reason != _INSTEAD],
            "instead": [one for one in profile.hidden if one.level.reason == _INSTEAD],
            "compared_with": compared_with(),
            "own_view": SelfStatement.objects.filter(person=found, purpose=PURPOSE).first(),
            "may_save": may(request.user, Capability.EXPORT_RESULTS),
        },
    )


def _telling(section: Section) -> list[Act]:
    """Return what speaks most for a level: of a strength what raises it, of a weakness what lowers it."""
    sides = {"strength": 1.0, "weakness": -1.0}
    side = sides.get(section.level.verdict)
    acts = [one for one in section.acts if one.contribution and (side is None or one.contribution * side > 0)]
    return sorted(acts, key=lambda one: -abs(one.contribution or 0.0))[:_TELLING]


@needs(Capability.VIEW_PERSON)
@require_safe
def trait(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One level: how it comes about, behaviour by behaviour, with the conversations behind each."""
    found = _within(request, key, "trait")
    titles = names()
    if code not in titles.traits and code not in titles.clusters:
        raise Http404
    seen = reading.see(found, titles)
    section = next((one for one in chain(seen.profile.sections, seen.profile.hidden) if one.level.trait == code), None)
    level = section.level if section is not None else seen.profile.levels.get(code)
    tallies = {one.behaviour: one for one in reading.evidence_by_behaviour(found, titles.acts(code))}
    acts = section.acts if section is not None else ()
    shown = reading.examples(found, acts, titles)
    points = seen.moved.get(code, [])
    return render(
        request,
        "people/trait.html",
        {
            "person": found,
            "code": code,
            "definition": titles.definition(code),
            "members": titles.members(code) if code in titles.clusters else [],
            "level": level,
            "section": section,
            "waterfall": drawing.waterfall(section, titles, words()) if section is not None else None,
            "acts": [(one, tallies.pop(one.behaviour, None), shown.get(one.behaviour)) for one in acts],
            "further": list(tallies.values()),
            "others": seen.others.get(code, ()),
            "points": points if any(one.mean is not None for _, one in points) else [],
        },
    )


@needs(Capability.VIEW_PERSON)
@require_safe
def act(request: HttpRequest, key: int, code: str) -> HttpResponse:
    """One behaviour: the conversations in which it was shown, or was called for and missed."""
    found = _within(request, key, "behaviour")
    titles = names()
    if code not in titles.behaviours:
        raise Http404
    kind = request.GET.get("kind", "all")
    kind = kind if kind in _KINDS else "all"
    page = Paginator(reading.conversations_with(found, code, kind), _A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "people/act.html",
        {
            "person": found,
            "behaviour": titles.behaviours[code],
            "tally": next(iter(reading.evidence_by_behaviour(found, [code])), None),
            "advice": titles.advice(code),
            "page": page,
            "kind": kind,
            "unit": titles.unit(code),
        },
    )


@needs(Capability.VIEW_PERSON)
@require_safe
def compare(request: HttpRequest, key: int) -> HttpResponse:
    """Two periods of one person."""
    found = _within(request, key, "compare")
    alone = Person.objects.filter(pk=found.pk)
    given = "from1" in request.GET
    form = SpansForm(request.GET) if given else SpansForm(initial=SpansForm.start(periods.recent_spans(alone)))
    context = {"form": form, "person": found, "most": periods.MOST, "compared_with": compared_with()}
    if form.is_bound and form.is_valid():
        spans = form.spans()
        if periods.size_of(alone, spans) > periods.MOST:
            context["too_much"] = True
        else:
            titles = names()
            before, after = (periods.levels_in([found.pk], span).get(found.pk, {}) for span in spans)
            moved = periods.compare(before, after, [*titles.clusters, *titles.traits])
            context["told"] = [one for one in moved if one.before is not None or one.after is not None]
            context["untold"] = [one for one in moved if one.before is None and one.after is None]
            context["spans"] = spans
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "people/compare.html", context, status=status)


@needs(Capability.VIEW_PERSON)
@require_safe
def sheet(request: HttpRequest, key: int) -> HttpResponse:
    """One page of paper for a talk between two people."""
    found = _within(request, key, "print")
    titles = names()
    seen = reading.see(found, titles)
    profile = seen.profile
    weak = [*profile.said("weakness"), *profile.said("even")]
    return render(
        request,
        "people/print.html",
        {
            "person": found,
            "seen": seen,
            "lists": [(verdict, profile.said(verdict)[:_ON_PAPER]) for verdict in ("strength", "weakness")],
            "first": next(iter(weak), None),
            "even": len(profile.said("even")),
            "hidden": [one for one in profile.hidden if one.level.reason != _INSTEAD],
            "today": timezone.now(),
            "compared_with": compared_with(),
        },
    )


@needs(Capability.EXPORT_RESULTS)
@require_safe
def save(request: HttpRequest, key: int, kind: str) -> HttpResponse:
    """A person's levels (CSV), with the behaviours behind them (Excel)."""
    if kind not in spreadsheets.FORMATS:
        raise Http404
    found = get_object_or_404(within(request.user, Capability.EXPORT_RESULTS).select_related("team"), pk=key)
    record_views([found.pk], purpose=PURPOSE, page="person", action=Action.EXPORTED)
    titles = names()
    profile = reading.see(found, titles).profile
    acts = {one.behaviour: one for section in chain(profile.sections, profile.hidden) for one in section.acts}
    tables = {
        "levels": spreadsheets.levels({found.pk: found}, {found.pk: profile.levels}, titles),
        "behaviours": spreadsheets.acts(acts, titles),
    }
    return spreadsheets.answer(tables, kind, f"poise-person-{found.pk}")
