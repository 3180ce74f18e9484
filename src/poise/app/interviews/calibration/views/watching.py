"""Who of a team's raters is calibrated, for whoever manages its campaigns; never a single answer of theirs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from poise.app.access import TABLE, Capability, Role, needs
from poise.app.accounts.models import Membership, User
from poise.app.interviews.calibration import drifting
from poise.app.interviews.calibration.choosing import published, to_practise
from poise.app.interviews.calibration.passing import Standing, State, can_be_practised, standings
from poise.app.interviews.calibration.views.rule import rule
from poise.app.interviews.kits.models import KitVersion

__all__ = ["raters", "team"]

_A_PAGE: Final = 10
_RATERS: Final = 50
_ROLES: Final = [role.value for role in Role if role in TABLE[Capability.INTERVIEW]]


@dataclass(frozen=True, slots=True)
class _Kit:
    """One version, in figures."""

    version: KitVersion
    possible: bool
    raters: int
    calibrated: int
    due: int


@dataclass(frozen=True, slots=True)
class _Rater:
    """One rater with one version."""

    user: User
    standing: Standing
    refresher: drifting.Refresher | None


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Each kit in use, with how many of its team's raters are calibrated."""
    page = Paginator(to_practise(request.user, Capability.MANAGE_CAMPAIGNS), _A_PAGE).get_page(request.GET.get("page"))
    versions = list(page.object_list)
    by_team = _raters(versions)
    everybody = {rater for found in by_team.values() for rater in found}
    found = standings(sorted(everybody), versions)
    refreshers = drifting.refreshers(found, timezone.now())
    kits = []
    for one in versions:
        mine = by_team[one.kit.team_id]
        calibrated = [rater for rater in mine if found[rater, one.pk].state is State.PASSED]
        due = sum(refreshers[rater, one.pk].due for rater in calibrated)
        kits.append(_Kit(one, can_be_practised(one.read()), len(mine), len(calibrated), due))
    return render(request, "calibration/team.html", {"page": page, "kits": kits})


def _raters(versions: list[KitVersion]) -> dict[int, set[int]]:
    teams = {one.kit.team_id for one in versions}
    rows = Membership.objects.filter(Q(team=None) | Q(team__in=teams), role__in=_ROLES, user__is_active=True)
    found: dict[int, set[int]] = defaultdict(set)
    for user, where in rows.values_list("user_id", "team_id"):
        for one in teams if where is None else [where]:
            found[one].add(user)
    return found


@needs(Capability.MANAGE_CAMPAIGNS)
@require_safe
def raters(request: HttpRequest, key: int) -> HttpResponse:
    """The raters of one kit's team by name: calibrated or not, since when, and whether a refresher is due."""
    version = get_object_or_404(published(request.user, Capability.MANAGE_CAMPAIGNS), pk=key)
    people = User.objects.filter(pk__in=_raters([version])[version.kit.team_id]).order_by("name", "email")
    page = Paginator(people, _RATERS).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    found = standings([one.pk for one in shown], [version])
    refreshers = drifting.refreshers(found, timezone.now())
    content = version.read()
    context = {
        "version": version,
        "page": page,
        "lines": [_Rater(one, found[one.pk, version.pk], refreshers.get((one.pk, version.pk))) for one in shown],
        "possible": can_be_practised(content),
        "rule": rule(),
    }
    return render(request, "calibration/raters.html", context)
