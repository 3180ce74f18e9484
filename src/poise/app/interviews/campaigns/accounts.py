"""The account by which a candidate reaches their own pages: it comes with the first letter, and signs in by link."""

from __future__ import annotations

from poise.app.access import Role
from poise.app.accounts.models import Membership, User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.campaigns.models import Candidate

__all__ = ["account_of"]


def account_of(candidate: Candidate) -> User | None:
    """Return the candidate's account, made where there is none; None without an e-mail address. Needs a transaction.

    Whoever has an account already, at work or from another campaign, keeps it and gains the role.
    """
    if candidate.user is not None or not candidate.email:
        return candidate.user
    team = candidate.campaign.team
    user = User.objects.filter(email=User.objects.normalize_email(candidate.email)).first()
    if user is None:
        user = User.objects.create_user(candidate.email, None, name=candidate.name, language=candidate.language)
        record(Action.ADDED, user, purpose="selection", candidate=candidate.pk)
    held, new = Membership.objects.get_or_create(user=user, role=Role.CANDIDATE, team=team)
    if new:
        record(Action.ADDED, held, purpose="selection", user=user.pk, role=held.role, team=team.pk)
        user.forget_roles()
    candidate.user = user
    candidate.save(update_fields=["user"])
    return user
