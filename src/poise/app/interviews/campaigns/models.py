"""Campaigns, stages, candidates, interviews and seats; notices, consents, accommodations and letters."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poise.app.interviews.kits.models import KitVersion

__all__ = ["Accommodation", "Campaign", "Candidate", "Consent", "Interview", "Letter", "Notice", "Seat", "Stage"]


class Campaign(models.Model):
    """One hiring round: a published kit, stages, candidates.

    Attributes
    ----------
    notice_days
        Business days between a candidate's notice and their first interview.
    retention_months
        How long what was said and rated is kept after the campaign is closed.
    needs_calibration
        Whether raters must be calibrated on the kit before they rate.
    raters_each
        How many raters an interview has.
    contact
        Who answers candidates' questions: an e-mail address.
    anchor
        Key of the recorded interview that every rater rates too, which keeps the design connected
        (:mod:`poise.knowledge.interviews`); empty for none.
    """

    class State(models.TextChoices):
        """Where a campaign stands."""

        DRAFT = "draft", pgettext_lazy("a campaign", "in preparation")
        OPEN = "open", pgettext_lazy("a campaign", "open")
        CLOSED = "closed", pgettext_lazy("a campaign", "closed")

    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="campaigns", verbose_name=_("team"))
    kit = models.ForeignKey(KitVersion, models.PROTECT, related_name="campaigns", verbose_name=_("kit"))
    title = models.CharField(pgettext_lazy("of a campaign", "title"), max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    language = models.CharField(_("language"), max_length=10, default="en")
    notice = models.TextField(_("notice to candidates"), blank=True, max_length=10_000)
    contact = models.EmailField(_("address for candidates' questions"), max_length=254, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("business days of notice"), default=10)
    retention_months = models.PositiveSmallIntegerField(_("months kept after closing"), default=12)
    needs_calibration = models.BooleanField(_("raters must be calibrated"), default=True)
    raters_each = models.PositiveSmallIntegerField(_("raters an interview"), default=2)
    anchor = models.CharField(max_length=50, blank=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Newest first."""

        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.title


class Stage(models.Model):
    """One step of a campaign: an interview with some or all of the kit's questions.

    ``questions`` are their ids in the order in which they are asked; empty means all of the kit's.
    """

    class Mode(models.TextChoices):
        """How people meet. On the phone nothing that has to be seen is noted."""

        IN_PERSON = "in_person", _("in person")
        VIDEO = "video", _("by video")
        PHONE = "phone", _("by phone")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="stages")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(pgettext_lazy("of a stage", "title"), max_length=200)
    mode = models.CharField(_("mode"), max_length=20, choices=Mode.choices, default=Mode.VIDEO)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=60)
    questions = models.JSONField(default=list)

    class Meta:
        """In order."""

        ordering = ("campaign", "number")
        constraints = (models.UniqueConstraint(fields=["campaign", "number"], name="stage_once"),)

    def __str__(self) -> str:
        return self.title


class Candidate(models.Model):
    """Somebody who applies. What is held on them is held for selection only.

    Attributes
    ----------
    code
        What stands for them where names do not belong: panel statistics, audits. Random, one a campaign.
    external_id
        Id in the employer's applicant tracking system.
    user
        Their account, once they were invited.
    person
        The agent they became, once they were hired.
    alternative
        Goes through the alternative process: interviewed and decided on without anything computed.
    anchor
        Nobody: the recorded interview that all raters rate (:attr:`Campaign.anchor`). Shown nowhere as a candidate.
    """

    class State(models.TextChoices):
        """Where a candidate stands. Only a decision moves somebody on or out."""

        ACTIVE = "active", pgettext_lazy("a candidate", "in the process")
        WITHDRAWN = "withdrawn", pgettext_lazy("a candidate", "withdrew")
        DECLINED = "declined", pgettext_lazy("a candidate", "declined")
        HIRED = "hired", pgettext_lazy("a candidate", "hired")

    DECIDED: ClassVar[frozenset[str]] = frozenset({State.DECLINED, State.HIRED})
    """States that tell what was decided."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="candidates")
    code = models.CharField(max_length=12)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=200)
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    external_id = models.CharField(_("id in the applicant tracking system"), max_length=200, blank=True)
    stage = models.ForeignKey(Stage, models.SET_NULL, null=True, related_name="candidates")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="candidacies")
    person = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="candidacies")
    alternative = models.BooleanField(_("alternative process"), default=False)
    anchor = models.BooleanField(default=False)
    keep_until = models.DateField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """By name."""

        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=["campaign", "code"], name="candidate_code_once"),
            models.UniqueConstraint(
                fields=["campaign", "external_id"], condition=~models.Q(external_id=""), name="candidate_external_once"
            ),
            models.UniqueConstraint(fields=["campaign"], condition=models.Q(anchor=True), name="candidate_one_anchor"),
        )

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """A candidate was told what is assessed and how; ``text`` is what they were told."""

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="notices")
    text = models.TextField()
    given_at = models.DateTimeField(db_default=Now())
    interviews_from = models.DateField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering = ("-id",)


class Consent(models.Model):
    """What a candidate agreed to. Withdrawing keeps the row and takes away what rested on it."""

    class Kind(models.TextChoices):
        """What was agreed to. Neither is a condition of being considered."""

        RECORDING = "recording", _("my interviews are recorded and written down")
        DETECTION = "detection", _("the transcript is searched for acts of service by a program")

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    given_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        """One that holds of each kind."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["candidate", "kind"], condition=models.Q(withdrawn_at__isnull=True), name="agreed_once"
            ),
        )


class Accommodation(models.Model):
    """What a candidate asked for so that the interview is fair to them, and what was arranged.

    ``no_marks`` switches off everything that has to be seen. Raters are shown what was arranged, not what was asked.
    """

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="accommodations")
    asked = models.TextField(_("what would help"), max_length=4_000)
    asked_at = models.DateTimeField(db_default=Now())
    arranged = models.TextField(_("what is arranged"), blank=True, max_length=4_000)
    extra_minutes = models.PositiveSmallIntegerField(_("extra minutes"), default=0)
    no_marks = models.BooleanField(_("nothing that is seen is noted"), default=False)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        """Newest first."""

        ordering = ("-id",)


class Interview(models.Model):
    """One candidate, one stage, one time; rated from its seats."""

    class State(models.TextChoices):
        """Where an interview stands; that it was held shows in its seats."""

        PLANNED = "planned", pgettext_lazy("an interview", "planned")
        CANCELLED = "cancelled", pgettext_lazy("an interview", "cancelled")
        MISSED = "missed", pgettext_lazy("an interview", "the candidate did not come")

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="interviews")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="interviews")
    starts_at = models.DateTimeField(_("starts at"), null=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=60)
    mode = models.CharField(_("mode"), max_length=20, choices=Stage.Mode.choices)
    place = models.CharField(_("place or link"), max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    moved = models.PositiveSmallIntegerField(default=0)  # how often it got another time

    class Meta:
        """One that holds a stage and candidate."""

        verbose_name = _("interview")
        verbose_name_plural = _("interviews")
        ordering = ("starts_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["candidate", "stage"], condition=models.Q(state="planned"), name="interview_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.stage_id}"


class Seat(models.Model):
    """A rater at an interview. What the rater notes and rates is theirs alone until they submit.

    ``asks`` says who leads; the others listen and rate. ``started_at`` and ``submitted_at`` are the server's clock.
    """

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="seats")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="seats")
    asks = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        """One a rater and interview."""

        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ("interview", "-asks", "id")
        constraints = (models.UniqueConstraint(fields=["interview", "rater"], name="seat_once"),)


class Letter(models.Model):
    """An e-mail to a candidate or rater, with a calendar file where it tells of a time. Sent in the background.

    Attributes
    ----------
    sequence
        :attr:`Interview.moved` when it was asked for.
    again_at
        When it is tried, or tried again; null where nothing more happens by itself.
    begun
        How often a worker began to hand it to the mail server and did not live to write down how that ended. Written
        before each try, so that a letter that may have arrived is never taken for one that did not.
    problem
        Why it was not sent; a code of :mod:`poise.app.interviews.campaigns.posting`, or the mail server's words.
    """

    class Kind(models.TextChoices):
        """What it says."""

        INVITATION = "invitation", _("invitation")
        RESCHEDULED = "rescheduled", _("another time")
        CANCELLED = "cancelled", _("cancellation")
        REMINDER = "reminder", _("reminder")
        NOTICE = "notice", _("notice")
        REPORT = "report", _("the report is there")

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="letters")
    interview = models.ForeignKey(Interview, models.CASCADE, null=True, related_name="letters")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    asked_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    sequence = models.PositiveSmallIntegerField(default=0)
    again_at = models.DateTimeField(null=True, db_default=Now())
    begun = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        """Newest first; one reminder of each time."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["interview", "sequence"],
                condition=models.Q(kind="reminder", rater__isnull=True),
                name="letter_reminds_candidate_once",
            ),
            models.UniqueConstraint(
                fields=["interview", "sequence", "rater"],
                condition=models.Q(kind="reminder", rater__isnull=False),
                name="letter_reminds_rater_once",
            ),
        )
        indexes = (models.Index(fields=["again_at"], name="letter_due", condition=models.Q(sent_at__isnull=True)),)
