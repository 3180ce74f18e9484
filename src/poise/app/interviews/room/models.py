"""The rater's journal, and what it comes to when it is submitted."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from poise.app.interviews.campaigns.models import Seat

__all__ = ["Entry", "Mark", "Quote", "Rating"]


class Entry(models.Model):
    """One thing a rater did in the room, as their browser told it. Only ever added to.

    The browser numbers its entries by ``uuid``, so that one sent twice is kept once; what holds now is what the
    entries come to in the order of (``at``, ``uuid``).

    Attributes
    ----------
    kind
        ``asked``, ``quoted``, ``unquoted``, ``marked``, ``unmarked``, ``rated``, ``not_observed``, ``submitted``.
    question
        Id of the kit's question; empty where it is about the whole interview.
    detail
        By kind: the quote's text, the mark's kind, the level.
    at
        When, by the browser's clock; ``received_at`` by the server's.
    """

    uuid = models.UUIDField()
    seat = models.ForeignKey(Seat, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=20)
    question = models.CharField(max_length=100, blank=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Each once."""

        constraints = (models.UniqueConstraint(fields=["seat", "uuid"], name="room_entry_once"),)
        ordering = ("seat", "at", "uuid")


class Rating(models.Model):
    """A rater's level for one answer, 1 to 5 on the kit's anchors; null is "not observed". Set once, on submission.

    ``set_aside_at`` is when a candidate's objection to it was upheld: the row stays, and nothing is computed from it.
    """

    seat = models.ForeignKey(Seat, models.CASCADE, related_name="ratings")
    question = models.CharField(max_length=100)
    trait = models.CharField(max_length=50)
    level = models.PositiveSmallIntegerField(null=True)
    rated_at = models.DateTimeField()
    set_aside_at = models.DateTimeField(null=True)

    class Meta:
        """One a seat and question."""

        constraints = (
            models.UniqueConstraint(fields=["seat", "question"], name="rating_once"),
            models.CheckConstraint(
                condition=models.Q(level__isnull=True) | models.Q(level__gte=1, level__lte=5), name="rating_level"
            ),
        )


class Quote(models.Model):
    """What the candidate said or did, in their words, that a rating rests on."""

    seat = models.ForeignKey(Seat, models.CASCADE, related_name="quotes")
    question = models.CharField(max_length=100)
    text = models.TextField(max_length=2_000)
    at = models.DateTimeField()

    class Meta:
        """In order."""

        ordering = ("seat", "at", "id")


class Mark(models.Model):
    """Something that only a person can see or hear, noted as it happened (:data:`poise.knowledge.interviews.MARKS`).

    Shown beside the ratings, never scored. What has to be seen is never noted on the phone.
    """

    seat = models.ForeignKey(Seat, models.CASCADE, related_name="marks")
    question = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        """In order."""

        ordering = ("seat", "at", "id")
