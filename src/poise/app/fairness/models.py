"""Voluntary answers about sex and race or ethnicity, kept apart from everything else.

A row does not say whose it is: ``pseudonym`` is an HMAC of the candidate's key under the installation's secret, so that
nobody who reads the database can put a name to it. No room of the interviews may import this one (the import contract),
and no role that assesses anybody has a capability here.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["Policy", "VoluntaryAnswer"]


class VoluntaryAnswer(models.Model):
    """One candidate's answers; empty where they did not say.

    Its date is a day, and it has no number of its own: neither times nor the order of rows tell whose it is.

    Attributes
    ----------
    wording
        Which explanation they agreed to (:data:`poise.app.fairness.answering.WORDING`): the row is the record of the
        explicit consent.
    """

    class Sex(models.TextChoices):
        """Categories of the EEO-1 report."""

        FEMALE = "female", _("female")
        MALE = "male", _("male")

    class Ethnicity(models.TextChoices):
        """The seven categories of the EEO-1 report (6 RCNY 5-301)."""

        HISPANIC = "hispanic", _("Hispanic or Latino")
        WHITE = "white", pgettext_lazy("ethnicity", "White")
        BLACK = "black", _("Black or African American")
        PACIFIC = "pacific", _("Native Hawaiian or Pacific Islander")
        ASIAN = "asian", _("Asian")
        NATIVE = "native", _("Native American or Alaska Native")
        SEVERAL = "several", _("two or more races")

    pseudonym = models.CharField(max_length=64, primary_key=True)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex.choices, blank=True)
    ethnicity = models.CharField(_("race or ethnicity"), max_length=10, choices=Ethnicity.choices, blank=True)
    wording = models.PositiveSmallIntegerField()
    given_on = models.DateField()


class Policy(models.Model):
    """What this installation asks, and by whose practice it reads the answers. One row; without it nothing is asked."""

    class Asked(models.TextChoices):
        """What candidates may answer."""

        NOTHING = "nothing", _("Nothing: candidates are not asked")
        SEX = "sex", _("Sex only")
        BOTH = "both", _("Sex, and race or ethnicity in the categories of the United States' EEO-1 report")

    ONLY: ClassVar[int] = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY, editable=False)
    asked = models.CharField(_("What candidates may answer"), max_length=10, choices=Asked.choices)
    authority = models.CharField(_("Authority for the four-fifths rule"), max_length=500, blank=True)

    class Meta:
        """One row."""

        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_row_of_fairness_policy"),)

    @classmethod
    def held(cls) -> Policy:
        """Return the policy: as set, else that nothing is asked."""
        return cls.objects.filter(pk=cls.ONLY).first() or cls(pk=cls.ONLY, asked=cls.Asked.NOTHING)
