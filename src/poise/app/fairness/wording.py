"""What codes of this room are called on its pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from poise.app.fairness.impact import Reading
from poise.app.fairness.models import VoluntaryAnswer
from poise.app.people.reading import words

__all__ = ["AUTHORITY", "HIDDEN", "QUESTIONS", "READINGS", "category"]

AUTHORITY: str | Promise = gettext_lazy("29 CFR 1607.4 D (Uniform Guidelines on Employee Selection Procedures)")

QUESTIONS: dict[str, str | Promise] = {
    "sex": gettext_lazy("By sex"),
    "ethnicity": gettext_lazy("By race or ethnicity"),
    "both": gettext_lazy("By sex and race or ethnicity together"),
}

HIDDEN: dict[str, str | Promise] = {
    "nobody": gettext_lazy("Nobody answered."),
    "outcome": gettext_lazy(
        "Not shown: fewer than five of those who answered have one of the two outcomes. A table would tell what these "
        "few answered."
    ),
    "people": gettext_lazy("Not shown: beside one category there are fewer than five people who answered."),
    "crossed": gettext_lazy(
        "Not shown: a group has fewer than five people. The tables above would give it away by subtraction."
    ),
}

READINGS: dict[str, str | Promise] = {
    Reading.FEW: gettext_lazy("Not enough evidence: too few people to tell a difference from chance."),
    Reading.BELOW_BEYOND_CHANCE: gettext_lazy(
        "Below four fifths, and by more than chance would make likely. Look at how this step was decided."
    ),
    Reading.BELOW: gettext_lazy("Below four fifths, but chance could have made it so."),
    Reading.BEYOND_CHANCE: gettext_lazy(
        "Not below four fifths, yet further apart than chance would make likely. Look at how this step was decided."
    ),
    Reading.NOTHING: gettext_lazy("Not below four fifths, and no further apart than chance could make it."),
}


def category(code: str) -> str:
    """Return what a category is called: of one question, or of both, as ``black female``."""
    first, _space, second = code.partition(" ")
    if second:
        return _("%(ethnicity)s, %(sex)s") % {"ethnicity": category(first), "sex": category(second)}
    for choices in (VoluntaryAnswer.Sex, VoluntaryAnswer.Ethnicity):
        if code in choices.values:
            return words().apart(str(choices(code).label))
    return code
