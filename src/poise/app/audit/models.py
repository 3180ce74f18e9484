"""The log of what was seen, changed and decided, and what people are owed: notice, consent, an end, being forgotten."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from poise.app.people.models import Person, Purpose

__all__ = ["Action", "Consent", "Entry", "LegalHold", "NoticeGiven", "Retention", "Tombstone"]


class Action(models.TextChoices):
    """What was done. Pages translate these; the log keeps the codes."""

    SIGNED_IN = "signed_in", _("signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("failed to sign in")
    SIGNED_OUT = "signed_out", _("signed out")
    VIEWED = "viewed", _("viewed")
    EXPORTED = "exported", _("exported")
    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    REMOVED = "removed", _("removed")
    MERGED = "merged", _("merged names")
    SEPARATED = "separated", _("separated names")
    IMPORTED = "imported", _("imported")
    UNDID = "undid", _("undid")
    CONTESTED = "contested", _("contested")
    DECIDED = "decided", _("decided")
    CONSENTED = "consented", _("consented")
    WITHDREW = "withdrew", _("withdrew consent")
    NOTIFIED = "notified", _("gave notice")
    ERASED = "erased", _("erased")
    SAVED_COPY = "saved_copy", _("made a backup")
    RESTORED = "restored", _("restored a backup")


class Entry(models.Model):
    """One thing that was done, by whom, to what.

    Rows name people by their keys alone, so that erasing a person leaves the log whole and nameless. A row is written
    in the transaction of what it tells of; once committed it is *sealed* (:func:`poise.app.audit.log.seal`): it gets
    the next number of the chain and a hash over its content and the hash before it. The database refuses to change or
    take away a sealed row.

    Attributes
    ----------
    sequence
        Place in the chain, from 1; null until sealed.
    at
        When (UTC).
    actor
        Key of the user; null for the installation itself (workers, commands).
    action
        What was done (:class:`Action`).
    kind, key
        What it was done to: the name of the model and its key.
    person, candidate
        Key of the person (:class:`poise.app.people.models.Person`) or of the candidate whom it is about, where it is
        about one.
    purpose
        Purpose of the records that were seen or changed, where they have one.
    detail
        What changed, by keys and codes; never people's words or names.
    previous, seal
        SHA-256 (hex) of the row before, and of this one.
    """

    sequence = models.BigIntegerField(unique=True, null=True)
    at = models.DateTimeField(db_default=Now())
    actor = models.BigIntegerField(null=True)
    action = models.CharField(max_length=20, choices=Action.choices)
    kind = models.CharField(max_length=50, blank=True)
    key = models.CharField(max_length=100, blank=True)
    person = models.BigIntegerField(null=True)
    candidate = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=20, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        """Found by whom it is about, by who did it and by time."""

        verbose_name = _("entry of the audit log")
        verbose_name_plural = _("entries of the audit log")
        indexes = (
            models.Index(fields=["person", "-id"], name="entry_about", condition=models.Q(person__isnull=False)),
            models.Index(
                fields=["candidate", "-id"], name="entry_of_candidate", condition=models.Q(candidate__isnull=False)
            ),
            models.Index(fields=["actor", "-id"], name="entry_by"),
            models.Index(fields=["id"], name="entry_unsealed", condition=models.Q(sequence__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action} {self.kind} {self.key}"


class Consent(models.Model):
    """What a person agreed to, and until when. Withdrawing keeps the row and stops what rested on it."""

    class Kind(models.TextChoices):
        """What was agreed to."""

        COACHING = "coaching", _("my conversations are used to coach me")
        RECORDING = "recording", _("my interviews and practice shifts are recorded")
        RESEARCH = "research", _("my results are used, without my name, to check the methods")

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    given_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        """One that holds of each kind."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["person", "kind"], condition=models.Q(withdrawn_at__isnull=True), name="consent_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id}: {self.kind}"


class NoticeGiven(models.Model):
    """That those whose conversations are looked at were told so beforehand, when and how."""

    given_on = models.DateField(_("Given on"))
    how = models.CharField(_("How"), max_length=500)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        """Newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.given_on}: {self.how}"


class Retention(models.Model):
    """For how long conversations of one purpose are kept, counted from when they took place."""

    purpose = models.CharField(max_length=20, choices=Purpose.choices, unique=True)
    months = models.PositiveSmallIntegerField(_("Months"))
    set_at = models.DateTimeField(auto_now=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.purpose}: {self.months}"


class LegalHold(models.Model):
    """What is held on a candidate must be kept, whoever asks and whatever the clock says: the database refuses too."""

    candidate = models.OneToOneField("campaigns.Candidate", models.PROTECT, related_name="legal_hold")
    reason = models.CharField(max_length=500)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.reason}"


class Tombstone(models.Model):
    """What stays of a person who was erased: that it was done, and marks by which their names are refused again.

    Attributes
    ----------
    person, candidate
        Key of the person or of the candidate.
    marks
        HMAC-SHA-256 (hex) of each of their names and ids under the installation's secret key: whoever has only the
        database cannot tell whose they are. Candidates have none: they may apply again.
    counts
        How many rows of what were taken away.
    """

    person = models.BigIntegerField(unique=True, null=True)
    candidate = models.BigIntegerField(unique=True, null=True)
    erased_at = models.DateTimeField(db_default=Now())
    erased_by = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=500)
    marks = models.JSONField()
    counts = models.JSONField()

    class Meta:
        """Newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.person or self.candidate} {self.erased_at}"
