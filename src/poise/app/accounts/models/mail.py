"""How e-mail leaves: the SMTP server that an administrator entered."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from poise.app.accounts import sealing


class Security(models.TextChoices):
    """How the connection is protected."""

    STARTTLS = "starttls", _("STARTTLS (usual on port 587)")
    TLS = "tls", _("TLS from the start (usual on port 465)")
    NONE = "none", _("not at all (only on this machine)")


class MailSettings(models.Model):
    """One row. The password is sealed with the installation's secret key."""

    ONLY: ClassVar[int] = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY, editable=False)
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(
        _("port"), default=587, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    security = models.CharField(
        _("connection protected by"), max_length=8, choices=Security.choices, default=Security.STARTTLS
    )
    username = models.CharField(_("user name at the server"), max_length=254, blank=True)
    sealed_password = models.TextField(blank=True, editable=False)
    sender = models.EmailField(_("address of the sender"), max_length=254)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_row_of_mail_settings")
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def password(self) -> str:
        """The password as entered.

        Raises:
            sealing.SealError: the secret key is another one than when it was entered.
        """
        return sealing.unseal(self.sealed_password, "mail password") if self.sealed_password else ""

    @password.setter
    def password(self, value: str) -> None:
        self.sealed_password = sealing.seal(value, "mail password") if value else ""
