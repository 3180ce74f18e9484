"""How accounts come about: the first administrator by a link that the server prints, everybody else by invitation."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Membership, OneTimeLink, Team, User
from poise.app.accounts.models.links import Kind

__all__ = ["INVITATION_LASTS", "SIGN_IN_LASTS", "accept", "invite", "setup_address", "sign_in_address"]

INVITATION_LASTS = timedelta(days=7)
SIGN_IN_LASTS = timedelta(hours=24)
_PAGES = {Kind.SETUP: "join", Kind.INVITATION: "join", Kind.SIGN_IN: "sign_in_by_link"}


def _address(kind: Kind, secret: str) -> str:
    # the secret stands behind #-free path segments; Referrer-Policy keeps it from leaking to other sites
    return OneTimeLink.address(reverse(_PAGES[kind], args=[secret]))


def setup_address(lasts: timedelta) -> str | None:
    """A fresh address for making the first administrator, earlier ones withdrawn; ``None`` when there is one."""
    with transaction.atomic():
        rulers = Membership.objects.filter(role=Role.ADMINISTRATOR, team=None, user__is_active=True)
        if rulers.exists():
            return None
        OneTimeLink.objects.filter(kind=Kind.SETUP, used_at=None).update(withdrawn_at=timezone.now())
        _, secret = OneTimeLink.objects.issue(Kind.SETUP, lasts=lasts, role=Role.ADMINISTRATOR)
    return _address(Kind.SETUP, secret)


def invite(email: str, role: Role, team: Team | None, name: str, by: User) -> tuple[OneTimeLink, str]:
    """An invitation and its address; earlier open ones to the same e-mail address are withdrawn."""
    with transaction.atomic():
        email = User.objects.normalize_email(email)
        open_ones = OneTimeLink.objects.filter(kind=Kind.INVITATION, email=email, used_at=None, withdrawn_at=None)
        open_ones.update(withdrawn_at=timezone.now())
        link, secret = OneTimeLink.objects.issue(
            Kind.INVITATION, lasts=INVITATION_LASTS, email=email, name=name, role=role, team=team, created_by=by
        )
    return link, _address(Kind.INVITATION, secret)


def sign_in_address(user: User, by: User | None = None) -> str:
    """An address that signs ``user`` in once, for candidates, who have no password."""
    _, secret = OneTimeLink.objects.issue(Kind.SIGN_IN, lasts=SIGN_IN_LASTS, user=user, created_by=by)
    return _address(Kind.SIGN_IN, secret)


def accept(kind: Kind, secret: str, *, email: str, name: str, password: str | None, language: str) -> User | None:
    """Use up a set-up link or an invitation and make the account; ``None`` when the link is used, old or withdrawn.

    Whoever already has an account gains the role and keeps their password.
    """
    with transaction.atomic():
        link = OneTimeLink.objects.redeem(kind, secret)
        if link is None:
            return None
        address = link.email or email
        user = User.objects.filter(email=User.objects.normalize_email(address)).first()
        if user is None:
            user = User.objects.create_user(address, password, name=name, language=language)
        Membership.objects.get_or_create(user=user, role=link.role, team=link.team)
        OneTimeLink.objects.filter(pk=link.pk).update(user=user)
    return user
