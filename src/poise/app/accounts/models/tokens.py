"""Tokens by which programs use the REST API."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poise.app.access import Capability, Scope, scope
from poise.app.accounts.models.links import digest
from poise.app.accounts.models.users import User

PREFIX = "poise_"  # lets secret scanners recognise a token that leaked


class ApiTokens(models.Manager["ApiToken"]):
    """Issues tokens and recognises them."""

    def issue(
        self, user: User, name: str, capabilities: list[Capability], lasts: timedelta | None = None
    ) -> tuple[ApiToken, str]:
        """A new token and its secret, which is shown here and stored nowhere."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = self.create(
            user=user,
            name=name,
            start=secret[: len(PREFIX) + 4],
            digest=digest(secret),
            capabilities=[capability.value for capability in capabilities],
            expires_at=timezone.now() + lasts if lasts else None,
        )
        return token, secret

    def recognise(self, secret: str) -> ApiToken | None:
        """The token with that secret, if it and its owner are in force. Notes the time of use, to the minute."""
        token = self.select_related("user").filter(digest=digest(secret), revoked_at=None, user__is_active=True).first()
        now = timezone.now()
        if token is None or (token.expires_at and token.expires_at <= now):
            return None
        if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
            self.filter(pk=token.pk).update(last_used_at=now)
        return token


class ApiToken(models.Model):
    """A token that may do some of what its owner may do, never more; only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(pgettext_lazy("of a token", "what it is for"), max_length=100)
    start = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    capabilities = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ApiTokens] = ApiTokens()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.start}… {self.name}"

    def scope(self, capability: Capability) -> Scope:
        """What the token reaches with ``capability``: its owner's scope now, if the token was given that capability."""
        if capability.value not in self.capabilities:
            return Scope()
        return scope(self.user, capability)
