"""Kits and their versions."""

from __future__ import annotations

from typing import Any

import msgspec
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poise.knowledge.interviews import Kit as Content
from poise.knowledge.interviews import kit_from_json

__all__ = ["Kit", "KitVersion", "PublishedError"]


class PublishedError(Exception):
    """A published version was to be changed or taken away. Candidates were, or will be, rated on it as it stands."""


class Kit(models.Model):
    """What a job is interviewed on. Its content is in its versions."""

    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="kits", verbose_name=_("team"))
    title = models.CharField(pgettext_lazy("of a job", "title"), max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """One name a team."""

        verbose_name = _("kit")
        verbose_name_plural = _("kits")
        ordering = ("title", "id")
        constraints = (models.UniqueConstraint(fields=["team", "title"], name="kit_once"),)

    def __str__(self) -> str:
        return self.title


class KitVersion(models.Model):
    """A kit's content at one time. Once published it never changes; a change is the next version.

    Attributes
    ----------
    content
        :class:`poise.knowledge.interviews.Kit` as JSON: traits with weights, questions, probes, anchors.
    job_analysis
        How it was found out what the job asks for: who was asked, when, what they said.
    digest
        SHA-256 of the content, set when it is published.
    """

    kit = models.ForeignKey(Kit, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    job_analysis = models.TextField(_("job analysis"), blank=True, max_length=10_000)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    digest = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Numbered from 1; at most one draft."""

        verbose_name = _("version of a kit")
        verbose_name_plural = _("versions of kits")
        ordering = ("kit", "-number")
        constraints = (
            models.UniqueConstraint(fields=["kit", "number"], name="kit_version_once"),
            models.UniqueConstraint(
                fields=["kit"], condition=models.Q(published_at__isnull=True), name="kit_one_draft"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kit} {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it.

        Raises
        ------
        PublishedError
            Where it is published already. The database refuses that too.
        """
        self._refuse_where_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Take it away; a published one raises :class:`PublishedError`."""
        self._refuse_where_published()
        return super().delete(*args, **kwargs)

    def _refuse_where_published(self) -> None:
        if self.pk is not None and KitVersion.objects.filter(pk=self.pk, published_at__isnull=False).exists():
            raise PublishedError(f"version {self.number} of kit {self.kit_id} is published and stays as it is")

    def read(self) -> Content:
        """The content, checked.

        Raises
        ------
        ValueError
            Where something is lacking, as in a draft it may be.
        """
        return kit_from_json(self.content)

    def draft(self) -> Content:
        """The content as far as it is written: of the right form, whatever is still lacking.

        Raises
        ------
        msgspec.ValidationError
            Where even its form is wrong.
        """
        return msgspec.convert(self.content, Content)
