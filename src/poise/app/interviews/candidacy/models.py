"""What candidates say about themselves."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from poise.app.interviews.campaigns.models import Candidate

__all__ = ["SelfStatement"]


class SelfStatement(models.Model):
    """A candidate's own strengths and weaknesses, in their words. Never scored, never part of a decision.

    Attributes
    ----------
    strengths, weaknesses
        What they said.
    strong_traits, weak_traits
        The traits they named.
    taken_to_work_at
        When the newcomer, by then an agent, chose to start their self-assessment with it.
    """

    candidate = models.OneToOneField(Candidate, models.CASCADE, related_name="self_statement")
    strengths = models.TextField(max_length=4_000, blank=True)
    weaknesses = models.TextField(max_length=4_000, blank=True)
    strong_traits = models.JSONField(default=list)
    weak_traits = models.JSONField(default=list)
    said_at = models.DateTimeField(db_default=Now())
    taken_to_work_at = models.DateTimeField(null=True)
