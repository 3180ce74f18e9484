"""The versions of kits that are practised: those in use, and the newest of each kit."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from poise.app.access import Capability
from poise.app.accounts.models import User
from poise.app.interviews import reach
from poise.app.interviews.campaigns.models import Campaign
from poise.app.interviews.kits.models import KitVersion

__all__ = ["published", "to_practise"]


def published(user: User | AnonymousUser, capability: Capability) -> QuerySet[KitVersion]:
    """Every published version of the kits that ``capability`` reaches, with kit and team."""
    found = KitVersion.objects.filter(kit__in=reach.kits(user, capability), published_at__isnull=False)
    return found.select_related("kit__team")


def to_practise(user: User | AnonymousUser, capability: Capability) -> QuerySet[KitVersion]:
    """Of these the newest of each kit, and those of campaigns that are not closed; by the kit's title."""
    newest = KitVersion.objects.filter(kit=OuterRef("kit"), published_at__isnull=False).order_by("-number")
    used = Campaign.objects.filter(kit=OuterRef("pk")).exclude(state=Campaign.State.CLOSED)
    found = published(user, capability).annotate(newest=Subquery(newest.values("number")[:1]))
    return found.filter(Q(number=F("newest")) | Exists(used)).order_by("kit__title", "kit", "-number")
