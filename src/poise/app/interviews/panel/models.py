"""Who looked at what of a panel, so that a decision can say what was seen and nobody rates after having looked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from poise.app.interviews.campaigns.models import Campaign, Candidate

__all__ = ["Look"]


class Look(models.Model):
    """A page with several raters' ratings was shown to somebody.

    Attributes
    ----------
    page
        Name of the page's address.
    candidate
        Null for pages about the whole campaign.
    digest
        SHA-256 (hex) of the ratings that the page rested on.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="looks")
    candidate = models.ForeignKey(Candidate, models.CASCADE, null=True, related_name="looks")
    page = models.CharField(max_length=50)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        """Newest first."""

        ordering = ("-id",)
        indexes = (models.Index(fields=["campaign", "user", "-id"], name="look_by"),)
