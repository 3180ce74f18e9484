"""The team page, groups without names, and two periods of a team beside each other."""

from __future__ import annotations

from typing import Final, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from poise.app.access import Capability, may, needs
from poise.app.accounts.models import Team, User
from poise.app.audit.log import record_views
from poise.app.audit.models import Action
from poise.app.people import spreadsheets, team
from poise.app.people.forms import SpansForm
from poise.app.people.models import Person
from poise.app.people.periods import MOST, compare_groups, levels_in, recent_spans, size_of
from poise.app.people.reading import PURPOSE, compared_with, names, periods_known, within, words_asked
from poise.app.people.team import FEWEST, columns
from poise.reports.profile import Level

__all__ = ["compare", "groups", "people", "save"]

_A_PAGE: Final = 25
_HELPED: Final = 25
_FEW: Final = 200


class _Chosen:
    """What a reader filtered for, from the address; what cannot be is as if it were not there."""

    def __init__(self, request: HttpRequest, capability: Capability) -> None:
        user = cast("User", request.user)
        self.reached = within(user, capability)
        self.teams = list(Team.objects.filter(people__in=self.reached).distinct().order_by("name"))
        asked = request.GET.get("team", "")
        self.team = next((one for one in self.teams if str(one.pk) == asked), None)
        self.words = words_asked(request)
        self.periods = periods_known()
        period = request.GET.get("period", "")
        self.period = period if period in self.periods else ""
        self.names = names()
        show = request.GET.get("show", "")
        self.show = show if show == "traits" or show in self.names.clusters else "clusters"
        self.columns = columns(self.show, self.names)
        self.codes = [code for code, _ in self.columns]

    @property
    def people(self) -> QuerySet[Person]:
        """Everybody of the team chosen."""
        return self.reached.filter(team=self.team) if self.team is not None else self.reached

    @property
    def found(self) -> QuerySet[Person]:
        """Those of them with the words in their name."""
        return self.people.filter(name__icontains=self.words) if self.words else self.people

    @property
    def clusters(self) -> list[tuple[str, str]]:
        return [(code, self.names.trait(code)) for code in self.names.clusters]


@needs(Capability.VIEW_PERSON)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The team: levels of everyone, who needs help with what, and how it moves. Agents go on to their own page."""
    if not may(request.user, Capability.VIEW_TEAM):
        own = within(request.user, Capability.VIEW_PERSON).filter(user=request.user.pk).first()
        return redirect("person", own.pk) if own is not None else render(request, "people/nobody.html")
    chosen = _Chosen(request, Capability.VIEW_TEAM)
    everyone = team.in_order(chosen.found, chosen.period)
    page = Paginator(everyone, _A_PAGE).get_page(request.GET.get("page"))
    keys = list(page.object_list)
    persons = Person.objects.select_related("team").in_bulk(keys)
    levels = team.levels_of(keys, chosen.period)
    helped, many = team.helped(chosen.found, chosen.period, chosen.names, chosen.codes, _HELPED)
    record_views(dict.fromkeys([*keys, *(one.person.pk for one in helped)]), purpose=PURPOSE, page="team")
    means = team.means(chosen.found, chosen.period)
    # of very many, only one team is looked at over time; where there is only one, there is nothing to choose
    few = len(everyone) <= _FEW or chosen.team is not None or len(chosen.teams) <= 1
    moved = team.by_period(everyone, chosen.codes) if few else {}
    return render(
        request,
        "people/team.html",
        {
            "chosen": chosen,
            "page": page,
            "rows": [
                (persons[key], [(code, title, levels[key].get(code)) for code, title in chosen.columns]) for key in keys
            ],
            "means": [(code, title, means.get(code)) for code, title in chosen.columns],
            "helped": helped,
            "more_helped": many - len(helped),
            "few": few,
            "trends": [(title, _as_levels(code, moved[code])) for code, title in chosen.columns if code in moved],
            "fewest": FEWEST,
            "compared_with": compared_with(),
            "may_save": may(request.user, Capability.EXPORT_RESULTS),
        },
    )


def _as_levels(code: str, points: list[tuple[str, team.Mean]]) -> list[tuple[str, Level]]:
    """Return averages in the form of levels, as the drawing wants them."""
    return [
        (period, Level(code, "cluster", one.mean, one.low, one.high, 0, one.people, None, one.mean is not None, None))
        for period, one in points
    ]


@needs(Capability.VIEW_AGGREGATES)
@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """Teams as groups of five or more, with nobody named."""
    chosen = _Chosen(request, Capability.VIEW_AGGREGATES)
    found, total = team.by_group(chosen.reached, chosen.period, chosen.codes)
    return render(
        request,
        "people/groups.html",
        {
            "chosen": chosen,
            "rows": [(name, [(title, own.get(code)) for code, title in chosen.columns]) for name, own in found],
            "total": [(title, total.get(code)) for code, title in chosen.columns],
            "fewest": FEWEST,
            "compared_with": compared_with(),
        },
    )


@needs(Capability.VIEW_TEAM)
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two periods of a team: the averages of those who have a level in both."""
    chosen = _Chosen(request, Capability.VIEW_TEAM)
    given = "from1" in request.GET
    form = SpansForm(request.GET) if given else SpansForm(initial=SpansForm.start(recent_spans(chosen.people)))
    context = {"form": form, "chosen": chosen, "fewest": FEWEST, "most": MOST, "compared_with": compared_with()}
    if form.is_bound and form.is_valid():
        spans = form.spans()
        if size_of(chosen.people, spans) > MOST:
            context["too_much"] = True
        else:
            keys = list(chosen.people.order_by("pk").values_list("pk", flat=True))
            before, after = (levels_in(keys, span) for span in spans)
            moved = compare_groups(before, after, [*chosen.names.clusters, *chosen.names.traits])
            context["told"] = [one for one in moved if one.before is not None or one.after is not None]
            context["untold"] = [one for one in moved if one.before is None and one.after is None]
            context["spans"] = spans
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "people/compare.html", context, status=status)


@needs(Capability.EXPORT_RESULTS)
@require_safe
def save(request: HttpRequest, kind: str) -> HttpResponse:
    """The levels of everyone whom the filters choose, as CSV or Excel."""
    if kind not in spreadsheets.FORMATS:
        raise Http404
    chosen = _Chosen(request, Capability.EXPORT_RESULTS)
    keys = team.in_order(chosen.found, chosen.period)
    persons = {one.pk: one for one in chosen.found.select_related("team")}
    levels = team.levels_of(keys, chosen.period)
    record_views(keys, purpose=PURPOSE, page="team", action=Action.EXPORTED)
    table = spreadsheets.levels({key: persons[key] for key in keys}, levels, chosen.names)
    return spreadsheets.answer({"levels": table}, kind, "poise-team")
