"""What this installation looks for beside its knowledge files: behaviours switched off, and what a script dictates."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

__all__ = ["Choice"]


class Choice(models.Model):
    """One behaviour that is switched off, or one phrase that is no evidence because a script dictates it.

    Taking a choice back deletes its row; the audit log keeps what was chosen, by whom and why.

    Attributes
    ----------
    value
        The behaviour's id, or the phrase in the grammar of the knowledge files.
    language
        Of the phrase: ``en``, ``he``, ``nb``; empty for behaviours.
    reason
        Why, for everybody to read.
    """

    class Kind(models.TextChoices):
        """What is chosen."""

        OFF = "off", _("Switched off")
        SCRIPTED = "scripted", _("Scripted")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=200)
    language = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    chosen_at = models.DateTimeField(db_default=Now())

    class Meta:
        """One row a choice."""

        ordering = ("kind", "language", "value")
        constraints = (models.UniqueConstraint(fields=["kind", "language", "value"], name="choice_once"),)

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"
