"""Links that prove who follows them: once, and for a time."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from poise.app.accounts.models.users import ROLE_NAMES, Team, User


def digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256 in hex. The secrets have 256 random bits, so no salt or stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Kind(models.TextChoices):
    """What following a link does."""

    SETUP = "setup", _("sets up the first administrator")
    INVITATION = "invitation", _("makes an account")
    SIGN_IN = "sign_in", _("signs in")


class OneTimeLinks(models.Manager["OneTimeLink"]):
    """Issues links and redeems them."""

    def issue(
        self,
        kind: Kind,
        *,
        lasts: timedelta,
        user: User | None = None,
        email: str = "",
        name: str = "",
        role: str = "",
        team: Team | None = None,
        created_by: User | None = None,
    ) -> tuple[OneTimeLink, str]:
        """A new link and its secret, which is shown here and stored nowhere."""
        secret = secrets.token_urlsafe(32)
        link = self.create(
            kind=kind,
            digest=digest(secret),
            expires_at=timezone.now() + lasts,
            user=user,
            email=User.objects.normalize_email(email),
            name=name,
            role=role,
            team=team,
            created_by=created_by,
        )
        return link, secret

    def open(self, kind: Kind, secret: str) -> OneTimeLink | None:
        """The link with that secret if it can still be used."""
        found = self.filter(kind=kind, digest=digest(secret), used_at=None, withdrawn_at=None)
        return found.filter(expires_at__gt=timezone.now()).select_related("user", "team", "created_by").first()

    def redeem(self, kind: Kind, secret: str) -> OneTimeLink | None:
        """Use the link up. Of two that try at the same moment one gets it, the other ``None``. Needs a transaction."""
        if not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError("a link is redeemed together with what it does")
        link = self.open(kind, secret)
        if link is None:
            return None
        now = timezone.now()
        won = self.filter(pk=link.pk, used_at=None, withdrawn_at=None, expires_at__gt=now).update(used_at=now)
        return link if won else None


class OneTimeLink(models.Model):
    """A link with a secret; only the secret's digest is kept."""

    kind = models.CharField(max_length=12, choices=Kind.choices)
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="links")
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(
        _("role"), max_length=20, blank=True, choices=[(role.value, title) for role, title in ROLE_NAMES.items()]
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("team"))
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="links_made")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[OneTimeLinks] = OneTimeLinks()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.email}"

    @staticmethod
    def address(path: str) -> str:
        """The whole address of a path of this installation."""
        return f"{settings.PUBLIC_URL}{path}"

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and self.withdrawn_at is None and self.expires_at > (now or timezone.now())
