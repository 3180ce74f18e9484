"""Failed sign-ins, counted in the database so that every process sees the same."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class FailedSignIn(models.Model):
    """One failed try. Addresses are kept as keyed digests: a mistyped address may be a password."""

    account = models.CharField(max_length=64)
    origin = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "at"], name="failed_by_account"),
            models.Index(fields=["origin", "at"], name="failed_by_origin"),
            models.Index(fields=["at"], name="failed_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.account[:8]} {self.at:%F %T}"
