"""Words for what a panel says and cannot say, plain enough for whoever it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.app.interviews.decisions.deciding import Hindrance

__all__ = ["HINDRANCES", "LIMITS", "PAGES", "WHY_NOT"]

WHY_NOT: Final[Mapping[str, str | Promise]] = {
    "not_observed": _("No answer about this could be judged."),
    "cluster_instead": _("The ratings cannot tell this apart from what goes with it: it is part of its group."),
}
"""Code of :data:`poise.app.interviews.panel.levels.REASONS` → why no level is said."""

LIMITS: Final[Mapping[str, str | Promise]] = {
    "one_rater": _("One person rated it, so that person's strictness is part of it."),
    "disconnected": _("Not all raters have rated the same people, so raters' strictness may be part of it."),
    "few": _("It rests on few ratings or raters: a first impression."),
    "undependable": _("It rests on too few ratings to be decided on alone."),
}
"""The same → what limits a level that is said."""

HINDRANCES: Final[Mapping[Hindrance, str | Promise]] = {
    Hindrance.OWN_RATINGS: _(
        "Your own ratings come first: you have interviews of this campaign that you have not rated."
    ),
    Hindrance.OTHERS_RATINGS: _("Not everybody who interviewed has handed in their ratings."),
    Hindrance.NOT_LOOKED: _("You have not looked at the panel's page of this candidate."),
    Hindrance.CHANGED: _("Ratings have changed since you looked at the panel's page. Please look again."),
    Hindrance.WITHDRAWN: _("The candidate has withdrawn."),
    Hindrance.AT_WORK: _("The candidate was hired and has started."),
    Hindrance.NO_STAGE: _("The campaign has no stages yet."),
}
"""Why somebody cannot decide yet."""

PAGES: Final[Mapping[str, str | Promise]] = {
    "panel_candidate": _("The panel's page of this candidate"),
    "panel_compare": _("This candidate side by side with others"),
    "panel_campaign": _("The campaign's panel"),
    "panel_audit": _("The campaign's panel by code"),
    "panel_ratings": _("The campaign's ratings as a file"),
    "panel_audit_ratings": _("The campaign's ratings as a file"),
    "recording": _("The transcript of an interview"),
}
"""Name of a page's address → what was looked at."""
