"""How accounts come about: the first administrator by a link that the server prints, everybody else by invitation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Membership, OneTimeLink, Team, User
from poise.app.accounts.models.links import Kind
from poise.app.audit.log import record
from poise.app.audit.models import Action

__all__ = [
    "INVITATION_LASTS",
    "SIGN_IN_LASTS",
    "LastAdministratorError",
    "accept",
    "invite",
    "keep_an_administrator",
    "may_sign_in_by_link",
    "setup_address",
    "sign_in",
    "sign_in_address",
]

INVITATION_LASTS = timedelta(days=7)
SIGN_IN_LASTS = timedelta(hours=24)
_PAGES = {Kind.SETUP: "join", Kind.INVITATION: "join", Kind.SIGN_IN: "sign_in_by_link"}


def _address(kind: Kind, secret: str) -> str:
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


def sign_in_address(user: User, by: User | None = None, *, lasts: timedelta = SIGN_IN_LASTS) -> str:
    """An address that signs ``user`` in once, for candidates, who have no password.

    Raises:
        ValueError: ``user`` is more than a candidate.
    """
    if not may_sign_in_by_link(user):
        raise ValueError("links sign in candidates only; everybody else has a password")
    _, secret = OneTimeLink.objects.issue(Kind.SIGN_IN, lasts=lasts, user=user, created_by=by)
    return _address(Kind.SIGN_IN, secret)


def may_sign_in_by_link(user: User) -> bool:
    """Whether a link is proof enough: only for an active account that is a candidate's and nothing else."""
    return user.is_active and {role for role, _ in user.roles()} == {Role.CANDIDATE}


def sign_in(secret: str) -> User | None:
    """Use up a sign-in link; its user, or ``None`` when it is used, old or withdrawn."""
    with transaction.atomic():
        link = OneTimeLink.objects.redeem(Kind.SIGN_IN, secret)
        return link.user if link is not None else None


class LastAdministratorError(Exception):
    """A change would have left nobody who can administer accounts."""


@contextmanager
def keep_an_administrator() -> Iterator[None]:
    """A transaction that is undone when it leaves no active administrator.

    Raises:
        LastAdministratorError: it would have.
    """
    with transaction.atomic():
        rulers = User.objects.filter(memberships__role=Role.ADMINISTRATOR, memberships__team=None, is_active=True)
        # held until the end, so that two administrators cannot remove each other at the same moment
        list(User.objects.select_for_update().filter(pk__in=rulers.values("pk")).order_by("pk"))
        yield
        if not rulers.exists():
            raise LastAdministratorError


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
        held, new = Membership.objects.get_or_create(user=user, role=link.role, team=link.team)
        if new:
            record(Action.ADDED, held, actor=user.pk, user=user.pk, role=held.role, team=held.team_id, by=kind.value)
        OneTimeLink.objects.filter(pk=link.pk).update(user=user)
    return user
