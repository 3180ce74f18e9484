"""Findings that somebody contests or confirms, and the decisions on them; rows are added, never rewritten."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from poise.app.people.models import Person

__all__ = ["Contest", "Decision"]


class Contest(models.Model):
    """One finding in one conversation that somebody contests, or that a reviewer looked at and confirms.

    Attributes
    ----------
    person, speaker
        Whose work the finding is about, and the id by which the conversation calls them: who is meant by it changes
        when names are joined or parted, and the contest goes with it.
    turn, event, begin, end
        Where: number of the turn or event, and the span in code points of the turn's text. All null for what a whole
        conversation calls for.
    said
        SHA-256 of the turn's text. A turn that says something else now is not what was contested.
    rule, score, knowledge
        What had found it, and with which version of the knowledge.
    state
        What the last decision says; ``decisions`` keeps them all.
    """

    class Kind(models.TextChoices):
        """What is said of the finding."""

        HIT = "hit", _("This was not shown here")
        DONE = "done", _("It was done, in other words")
        UNCALLED = "uncalled", _("Nothing called for it")
        CHECK = "check", _("A reviewer confirms it")

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("Waits for a decision")
        UPHELD = "upheld", _("Upheld: the finding does not count")
        STANDS = "stands", _("The finding stands")

    conversation = models.ForeignKey("conversations.Conversation", models.CASCADE, related_name="contests")
    person = models.ForeignKey(Person, models.CASCADE, related_name="contests")
    speaker = models.CharField(max_length=500)
    behaviour = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    turn = models.IntegerField(null=True)
    event = models.IntegerField(null=True)
    begin = models.IntegerField(null=True)
    end = models.IntegerField(null=True)
    said = models.CharField(max_length=64, blank=True)
    rule = models.CharField(max_length=300, blank=True)
    score = models.FloatField(null=True)
    knowledge = models.CharField(max_length=64)
    reason = models.CharField(max_length=1000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        """Found by state and by behaviour."""

        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        indexes = (
            models.Index(fields=["state", "id"], name="contest_by_state"),
            models.Index(fields=["behaviour", "state"], name="contest_of_behaviour"),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id}:{self.behaviour}"


class Decision(models.Model):
    """What a reviewer decided on a contest, and why. A later decision stands beside it and holds instead."""

    contest = models.ForeignKey(Contest, models.CASCADE, related_name="decisions")
    upheld = models.BooleanField()
    reason = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.contest_id}: {'upheld' if self.upheld else 'stands'}"
