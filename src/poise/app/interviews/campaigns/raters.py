"""Who can sit in a campaign's panels, and who may not sit with one candidate."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from poise.app.access import TABLE, Capability, Role, scope
from poise.app.accounts.models import Membership, User
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat

__all__ = ["barred", "raters_of", "why_not"]

_ROLES = [role.value for role in Role if role in TABLE[Capability.INTERVIEW]]


def raters_of(campaign: Campaign) -> QuerySet[User]:
    """Return everybody who may interview for the campaign's team, by name."""
    roles = Membership.objects.filter(user=OuterRef("pk"), role__in=_ROLES)
    mine = roles.filter(Q(team=None) | Q(team=campaign.team_id))
    return User.objects.filter(Exists(mine), is_active=True).order_by("name", "email")


def why_not(rater: User, candidate: Candidate) -> list[str]:
    """Say in words why somebody may not rate a candidate; empty where they may.

    Whoever has seen what others found of a candidate would rate that, and not the interview.
    """
    problems = []
    if not scope(rater, Capability.INTERVIEW).covers(candidate.campaign.team_id):
        problems.append(_("%(name)s does not interview for this team.") % {"name": rater})
    if candidate.anchor:
        return problems
    if _is(rater, candidate):
        problems.append(_("%(name)s is the candidate.") % {"name": rater})
    elif barred([rater], [candidate]):
        problems.append(_("%(name)s has seen what others found of this candidate.") % {"name": rater})
    return problems


def barred(raters: Collection[User], candidates: Collection[Candidate]) -> set[tuple[int, int]]:
    """Return the pairs (candidate, rater) that must not meet, of one campaign; asked for all of them at once.

    Pages about one candidate count from the first look; pages about the whole campaign show a candidate from their
    first submitted rating on.
    """
    found = {(one.pk, rater.pk) for one in candidates for rater in raters if _is(rater, one)}
    first = dict(
        Seat.objects.filter(
            interview__candidate__in=candidates,
            interview__state=Interview.State.PLANNED,
            submitted_at__isnull=False,
        )
        .values_list("interview__candidate")
        .annotate(at=Min("submitted_at"))
        .order_by()
    )
    for campaign in {one.campaign for one in candidates}:
        # the panel's room lies above this one, so its rows are reached by the relation that it adds
        for user, candidate, at in campaign.looks.filter(user__in=raters).values_list("user", "candidate", "at"):
            if candidate is not None:
                found.add((candidate, user))
            else:
                found |= {(one.pk, user) for one in candidates if one.pk in first and first[one.pk] <= at}
    return found


def _is(rater: User, candidate: Candidate) -> bool:
    return rater.pk == candidate.user_id or bool(candidate.email and candidate.email.lower() == rater.email)
