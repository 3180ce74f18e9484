"""Decisions, and what candidates object to."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from poise.app.interviews.campaigns.models import Candidate, Stage

__all__ = ["ENDS", "Decision", "Objection"]


class Decision(models.Model):
    """What a person decided about a candidate at a stage, why, and what they had seen. Only ever added to.

    Attributes
    ----------
    seen
        The pages and figures that were before the person: names of pages with the digest of what they showed.
    override
        The decision goes against what the evidence says by itself; ``reason`` then says why.
    """

    class Outcome(models.TextChoices):
        """What was decided. Nothing is decided by a number."""

        ADVANCE = "advance", _("goes on to the next stage")
        HIRE = "hire", _("is offered the job")
        DECLINE = "decline", _("is not considered further")
        WAIT = "wait", _("waits: more evidence is wanted")

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="decisions")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("decision"), max_length=10, choices=Outcome.choices)
    reason = models.TextField(_("reason"), max_length=4_000)
    seen = models.JSONField(default=list)
    override = models.BooleanField(_("against the evidence"), default=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Newest first."""

        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("-id",)


ENDS: Final = (Decision.Outcome.HIRE, Decision.Outcome.DECLINE)
"""Outcomes that end an application: the candidate gets a report."""


class Objection(models.Model):
    """What a candidate holds to be wrong in their report, and what a person other than the rater found."""

    class Verdict(models.TextChoices):
        """What was found."""

        UPHELD = "upheld", _("the candidate is right")
        REJECTED = "rejected", _("it stays as it is")

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="objections")
    about = models.CharField(max_length=100, blank=True)  # question or trait; empty: the decision
    text = models.TextField(_("what is wrong"), max_length=4_000)
    made_at = models.DateTimeField(db_default=Now())
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    answer = models.TextField(_("answer"), max_length=4_000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ("-id",)
