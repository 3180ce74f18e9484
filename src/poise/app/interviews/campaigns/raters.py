"""Who can sit in a campaign's panels, and who may not sit with one candidate."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from poise.app.access import TABLE, Capability, Role, scope
from poise.app.accounts.models import Membership, User
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat

__all__ = ["raters_of", "why_not"]

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
    if rater.pk == candidate.user_id or (candidate.email and candidate.email.lower() == rater.email):
        problems.append(_("%(name)s is the candidate.") % {"name": rater})
    if _has_looked(rater, candidate):
        problems.append(_("%(name)s has seen what others found of this candidate.") % {"name": rater})
    return problems


def _has_looked(rater: User, candidate: Candidate) -> bool:
    # the panel's room lies above this one, so its rows are reached by the relations that it adds
    if candidate.looks.filter(user=rater).exists():
        return True
    first = (
        Seat.objects.filter(interview__candidate=candidate, interview__state=Interview.State.PLANNED)
        .exclude(submitted_at=None)
        .order_by("submitted_at")
        .values_list("submitted_at", flat=True)
        .first()
    )
    # pages about the whole campaign show a candidate from their first submitted rating on
    return first is not None and candidate.campaign.looks.filter(user=rater, candidate=None, at__gte=first).exists()
