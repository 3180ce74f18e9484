"""Voluntary answers about sex and race or ethnicity, kept apart from everything else.

A row does not say whose it is: ``pseudonym`` is an HMAC of the candidate's key under the installation's secret, so that
nobody who reads the database can put a name to it. No room of the interviews may import this one (the import contract),
and no role that assesses anybody has a capability here.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["VoluntaryAnswer"]


class VoluntaryAnswer(models.Model):
    """One candidate's answers; empty where they did not say. Its date is a day, so that times tell nothing."""

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

    pseudonym = models.CharField(max_length=64, unique=True)
    sex = models.CharField(_("sex"), max_length=10, choices=Sex.choices, blank=True)
    ethnicity = models.CharField(_("race or ethnicity"), max_length=10, choices=Ethnicity.choices, blank=True)
    given_on = models.DateField()
