"""Transcripts of interviews."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from poise.app.interviews.campaigns.models import Interview

__all__ = ["Recording"]


class Recording(models.Model):
    """The transcript of one interview. Detection is run when it is opened; nothing of it enters the ratings.

    Attributes
    ----------
    tables
        The library's tables (:class:`poise.model.Tables`) of the one conversation, packed as
        :mod:`poise.app.conversations.keeping` packs them; the candidate's turns have the role ``candidate``.
    speakers_known
        Whether it was said who is the candidate. Until then every turn has the role ``system``, and nothing is found.
    """

    interview = models.OneToOneField(Interview, models.CASCADE, related_name="recording")
    file = models.CharField(max_length=300)
    format = models.CharField(max_length=50)
    turns = models.PositiveIntegerField()
    tables = models.BinaryField()
    speakers_known = models.BooleanField(default=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(db_default=Now())
