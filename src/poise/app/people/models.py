"""People, their several names, the evidence and the estimates."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

__all__ = [
    "Alias",
    "Change",
    "Contribution",
    "Estimate",
    "Evidence",
    "Person",
    "Purpose",
    "Rate",
    "SelfStatement",
    "folded",
]


class Purpose(models.TextChoices):
    """What a record of a person may be used for (:data:`poise.model.CONVERSATIONS`, ``purpose``)."""

    COACHING = "coaching", _("Coaching")
    SELECTION = "selection", _("Selection")
    TRAINING = "training", _("Training")


def folded(name: str) -> str:
    """Return a name as it is compared: case and blanks do not matter (as in :mod:`poise.reading.people`)."""
    return " ".join(name.casefold().split())


class Person(models.Model):
    """Someone whose work is looked at and who is known by name.

    Attributes
    ----------
    person_id
        The id as the source writes it; one person an id.
    name
        What pages call them.
    first_import
        The import that brought them; undoing it takes them away again where nothing else holds them.
    """

    person_id = models.CharField(max_length=500, unique=True)
    name = models.CharField(max_length=300)
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, blank=True, related_name="people")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="person")
    active = models.BooleanField(default=True, db_default=True)
    first_import = models.ForeignKey(
        "importing.Import", models.SET_NULL, null=True, blank=True, related_name="people_brought"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        """Names and order."""

        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = (models.Index(fields=["team", "name"]),)

    def __str__(self) -> str:
        return self.name


class Alias(models.Model):
    """Another name or id under which sources know a person. Taking it away separates the two again.

    ``folded`` is :func:`folded` of the name: one name means one person.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=500)
    folded = models.CharField(max_length=500, unique=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Evidence(models.Model):
    """What one person did in one conversation of one behaviour (:data:`poise.model.EVIDENCE`), at a knowledge version.

    ``hits`` of ``opportunities``, or counted acts over ``exposure_s`` seconds, or a ``value`` with its ``weight``.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="evidence", db_index=False)
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="evidence", db_index=False
    )
    behaviour = models.CharField(max_length=100)
    hits = models.IntegerField()
    opportunities = models.IntegerField()
    exposure_s = models.FloatField(null=True)
    value = models.FloatField(null=True)
    weight = models.FloatField(null=True)
    knowledge = models.CharField(max_length=64)

    class Meta:
        """One row a person, conversation and behaviour."""

        constraints = (
            models.UniqueConstraint(fields=["conversation", "person", "behaviour"], name="evidence_once"),
            models.CheckConstraint(condition=models.Q(hits__gte=0, opportunities__gte=0), name="evidence_counts"),
        )
        indexes = (
            models.Index(fields=["person", "behaviour"], name="evidence_of_person"),
            models.Index(fields=["behaviour", "conversation"], name="evidence_shown", condition=models.Q(hits__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.conversation_id} {self.behaviour}"


class _Result(models.Model):
    """A frozen row of estimation: of one person, for one purpose. It changes only when it is computed again."""

    person = models.ForeignKey(Person, models.CASCADE, db_index=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)

    class Meta:
        """No table of its own."""

        abstract = True


class Estimate(_Result):
    """A person's level on a trait or cluster (:data:`poise.model.ESTIMATES`): 1 to 5 with its 90 % interval.

    Attributes
    ----------
    period
        Empty for all that is known, or a calendar month, a week or two (:meth:`poise.app.people.trend.Unit.code`; UTC).
    shown, reason
        Whether the level may be shown, and the code (``poise.estimation.estimates.REASONS``) that says why not or
        what limits it; empty where nothing does.
    """

    period = models.CharField(max_length=12, blank=True)
    trait = models.CharField(max_length=100)
    kind = models.CharField(max_length=10)
    source = models.CharField(max_length=20)
    mean = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    conversations = models.IntegerField()
    opportunities = models.IntegerField()
    reliability = models.FloatField(null=True)
    below_standard = models.FloatField(null=True)
    shown = models.BooleanField()
    reason = models.CharField(max_length=40, blank=True)
    norms = models.CharField(max_length=64)
    knowledge = models.CharField(max_length=64)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        """One row a person, purpose, source, period and trait."""

        constraints = (
            models.UniqueConstraint(
                fields=["person", "purpose", "source", "period", "kind", "trait"], name="estimate_once"
            ),
        )
        indexes = (models.Index(fields=["purpose", "source", "period"], name="estimate_of_period"),)


class Rate(_Result):
    """A person's rate of one behaviour at the norm's case-mix (:data:`poise.model.RATES`), over all that is known."""

    behaviour = models.CharField(max_length=100)
    rate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    norm = models.FloatField(null=True)
    deviation = models.FloatField(null=True)
    deviation_sd = models.FloatField(null=True)
    hits = models.IntegerField()
    opportunities = models.IntegerField()
    exposure_s = models.FloatField(null=True)
    conversations = models.IntegerField()
    shown = models.BooleanField()
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        """One row a person, purpose and behaviour."""

        constraints = (models.UniqueConstraint(fields=["person", "purpose", "behaviour"], name="rate_once"),)


class Contribution(_Result):
    """What one behaviour adds to a trait's level (:data:`poise.model.CONTRIBUTIONS`): 3 plus all of them."""

    trait = models.CharField(max_length=100)
    behaviour = models.CharField(max_length=100)
    weight = models.FloatField()
    deviation = models.FloatField()
    contribution = models.FloatField()

    class Meta:
        """One row a person, purpose, trait and behaviour."""

        constraints = (
            models.UniqueConstraint(fields=["person", "purpose", "trait", "behaviour"], name="contribution_once"),
        )


class Change(_Result):
    """What would change a level (:data:`poise.model.CHANGES`)."""

    trait = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    behaviour = models.CharField(max_length=100, blank=True)
    occasions = models.IntegerField(null=True)
    met = models.IntegerField(null=True)
    usual = models.IntegerField(null=True)
    value = models.FloatField(null=True)
    level = models.FloatField(null=True)
    level_then = models.FloatField(null=True)
    conversations = models.IntegerField(null=True)

    class Meta:
        """Found by person."""

        indexes = (models.Index(fields=["person", "purpose", "trait"], name="change_of_person"),)


class SelfStatement(models.Model):
    """How a newcomer sees their own strengths and weaknesses, brought along by them when they started. Never scored.

    Attributes
    ----------
    strong_traits, weak_traits
        Ids of the traits that they named.
    said_at
        When they said it; ``brought_at`` when they chose to bring it along.
    """

    person = models.OneToOneField(Person, models.CASCADE, related_name="self_statement")
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.COACHING)
    strengths = models.TextField(blank=True, max_length=4_000)
    weaknesses = models.TextField(blank=True, max_length=4_000)
    strong_traits = models.JSONField(default=list)
    weak_traits = models.JSONField(default=list)
    said_at = models.DateTimeField()
    brought_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("self-assessment")
        verbose_name_plural = _("self-assessments")

    def __str__(self) -> str:
        return str(self.person_id)
