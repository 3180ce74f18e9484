"""Rounds of practice."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from poise.app.interviews.kits.models import KitVersion

__all__ = ["PracticeRating", "Round"]


class Round(models.Model):
    """One rater's round of practice on a kit; ``passed`` is null until it is finished.

    Attributes
    ----------
    answers
        What is shown, in order: the ids of each practice answer and of its question.
    """

    rater = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="practice_rounds")
    kit = models.ForeignKey(KitVersion, models.CASCADE, related_name="practice_rounds")
    answers = models.JSONField(default=list)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    passed = models.BooleanField(null=True)

    class Meta:
        """Newest first; one open round."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["rater", "kit"], condition=models.Q(finished_at__isnull=True), name="round_one_open"
            ),
        )


class PracticeRating(models.Model):
    """A rater's level for one practice answer, before they saw the experts'. Set once.

    Attributes
    ----------
    expert
        The experts' level then; what ships may change with a release, a result may not.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="ratings")
    answer = models.CharField(max_length=100)
    level = models.PositiveSmallIntegerField()
    expert = models.PositiveSmallIntegerField()
    reason = models.TextField(max_length=2_000)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        """One a round and answer."""

        ordering = ("round", "id")
        constraints = (
            models.UniqueConstraint(fields=["round", "answer"], name="practice_rating_once"),
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=5, expert__gte=1, expert__lte=5), name="practice_level"
            ),
        )
