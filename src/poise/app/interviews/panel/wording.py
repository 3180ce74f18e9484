"""What pages of the panel say of levels, raters, agreement and structure, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from poise.app.interviews.panel.levels import DEPENDABLE, ENOUGH_RATINGS, FEW_RATERS, FEW_RATINGS
from poise.app.interviews.panel.quality import Figure
from poise.app.interviews.panel.separating import Separability
from poise.app.interviews.panel.structure import Component
from poise.estimation.agreement import Kappa
from poise.reports.language import Locale, locale
from poise.reports.panel import ADVICE_WORDS
from poise.reports.profile import SURE

__all__ = [
    "COMPONENTS",
    "METHODS",
    "advice",
    "alpha",
    "chance",
    "coefficient",
    "contrast",
    "fact",
    "fit",
    "misfits",
    "reason",
    "separability",
    "short_reason",
    "words",
]

_MISLEADING, _PREDICTABLE = 1.5, 0.5
_SURE_OF_FIT = 2.0  # deviates

METHODS: Final[Mapping[str, str | Promise]] = {
    "past": gettext_lazy("about the past"),
    "dilemma": gettext_lazy("dilemma"),
}

_REASONS: Final[Mapping[str, str | Promise]] = {
    "not_observed": gettext_lazy("Nobody observed anything of it."),
    "cluster_instead": gettext_lazy(
        "It cannot be told apart from the other traits by these ratings, so only the cluster is shown."
    ),
    "one_rater": gettext_lazy("Rated by one rater alone: whether that rater is strict or mild is part of the level."),
    "disconnected": gettext_lazy(
        "Some candidates have no raters in common: how strict their raters are is part of the difference."
    ),
    "few": gettext_lazy("A first impression only: fewer than %(ratings)s ratings or %(raters)s raters."),
    "undependable": gettext_lazy(
        "Not dependable enough to be decided on alone: fewer than %(ratings)s ratings, or dependability below %(phi)s."
    ),
}
_SHORT: Final[Mapping[str, str | Promise]] = {
    "not_observed": gettext_lazy("not observed"),
    "cluster_instead": gettext_lazy("see the cluster"),
    "one_rater": gettext_lazy("one rater"),
    "disconnected": gettext_lazy("no raters in common"),
    "few": gettext_lazy("first impression"),
    "undependable": gettext_lazy("not for a decision alone"),
}

COMPONENTS: Final[Mapping[str, str | Promise]] = {
    "job_analysis": gettext_lazy("Questions come from a job analysis"),
    "same_questions": gettext_lazy("All candidates are asked the same questions"),
    "limited_prompting": gettext_lazy("Probes are limited and the same for all"),
    "question_types": gettext_lazy("Questions about the past and dilemmas"),
    "number_of_questions": gettext_lazy("Enough questions"),
    "ancillary_information": gettext_lazy("Raters know nothing else of the candidate"),
    "candidates_questions": gettext_lazy("The candidate's own part comes last"),
    "each_answer_rated": gettext_lazy("Each answer is rated"),
    "anchors": gettext_lazy("Levels are anchored in behaviour"),
    "notes": gettext_lazy("Each rating rests on quotes"),
    "several_raters": gettext_lazy("Several raters at each interview"),
    "same_raters": gettext_lazy("The same raters for all candidates"),
    "no_discussion": gettext_lazy("No discussion before rating"),
    "training": gettext_lazy("Raters are trained"),
    "statistical_combination": gettext_lazy("Ratings are combined by formula"),
}


def words() -> Locale:
    """The numbers and names of the reader's language."""
    return locale((get_language() or "en").split("-")[0])


def reason(code: str) -> str:
    """Why a level is not shown, or what limits it; empty where nothing does."""
    said = words()
    ratings = FEW_RATINGS if code == "few" else ENOUGH_RATINGS
    numbers = {
        "ratings": said.whole(ratings),
        "raters": said.whole(FEW_RATERS),
        "phi": said.number(DEPENDABLE, 2),
    }
    return str(_REASONS[code]) % numbers if code in _REASONS else ""


def short_reason(code: str) -> str:
    """The same in two or three words."""
    return str(_SHORT.get(code, ""))


def separability(found: Separability | None) -> str:
    """Why a trait is shown by itself or not."""
    if found is None:
        return _("no ratings")
    said = words()
    numbers = {"own": said.number(found.own, 2), "total": said.number(found.total, 2)}
    if found.shown:
        return _("shown: its own ratings predict it better (%(own)s) than the total does (%(total)s)") % numbers
    return _("hidden: the total predicts it as well or better (%(total)s) than its own ratings do (%(own)s)") % numbers


def chance(probability: float, first: str, second: str) -> str:
    """What P(first above second), one half or more, says. Names are the caller's, already made safe for one line."""
    said = words()
    # never as sure as 100 per cent; a Hebrew name turns what follows it around, in an English sentence too
    isolated = {"first": f"\u2068{first}\u2069", "second": f"\u2068{second}\u2069"}
    numbers = isolated | {"p": said.percent(min(probability, 0.99))}
    if probability >= SURE:
        return _("%(first)s is above %(second)s: %(p)s sure") % numbers
    return _("%(first)s and %(second)s cannot be told apart: %(p)s that %(first)s is above") % numbers


def fit(mean_square: float | None) -> str:
    """What infit or outfit says."""
    if mean_square is None or mean_square != mean_square:
        return _("not known")
    if mean_square > _MISLEADING:
        return _("scatters more than the model expects")
    if mean_square < _PREDICTABLE:
        return _("varies less than the model expects")
    return _("as expected")


def misfits(row: Mapping[str, float]) -> bool:
    """Whether ratings scatter so much more than expected that their mean misleads."""
    return row["infit"] > _MISLEADING and row["infit_z"] > _SURE_OF_FIT


def advice(code: str) -> str:
    """What to do about a rater."""
    return words().gettext(ADVICE_WORDS[code])


def alpha(found: Figure | None) -> str:
    """How firm Krippendorff's alpha is."""
    if found is None:
        return _("No two raters rated the same answer, or all ratings are equal: nothing can be said.")
    if found.low >= 0.8:
        return _("Firm: raters mean the same by the levels.")
    if found.low >= 0.667:
        return _("Tentative: fit for careful conclusions.")
    if found.high < 0.667:
        return _("Low: raters do not yet mean the same by the levels. Go through the anchors together.")
    if found.value < 0.667:
        return _("Perhaps low: the range leaves it open. Go through the anchors together.")
    return _("Perhaps fit for careful conclusions: the range leaves it open.")


def coefficient(found: Figure | Kappa) -> str:
    """What is reached elsewhere by an agreement of this size, as far as its range says; planning figures."""
    if found.low >= 0.6:
        return _("as calibrated raters on anchored scales reach")
    if found.high < 0.4:
        return _("below what usual checklists reach")
    if found.low >= 0.4:
        return _("as usual checklists reach, or more")
    if found.high < 0.6:
        return _("as usual checklists reach, or less")
    return _("the range is too wide to say what it compares with")


def contrast(found: Figure | None) -> str:
    """What the order effect says."""
    if found is None:
        return _("Not known: too few interviews came after others of the same rater and day.")
    said = words()
    numbers = {
        "points": said.signed(found.value, 2),
        "range": said.isolated(f"{said.signed(found.low, 2)} … {said.signed(found.high, 2)}"),
    }
    size = _(
        "One point more in what a rater gave earlier that day goes with %(points)s points (%(range)s) for the next."
    )
    if found.high < 0:
        reading = _("Raters contrast: after a good interview the next one is rated lower.")
    elif found.low > 0:
        reading = _("Raters carry over: after a good interview the next one is rated higher.")
    else:
        reading = _("It cannot be told from none.")
    return f"{size % numbers} {reading}"


def fact(component: Component) -> str:
    """The fact behind a component of the structure index."""
    own = component.facts
    said = words()
    n = own.get("n", 0)
    numbers = {name: said.whole(value) for name, value in own.items()}
    match component.code:
        case "job_analysis":
            if not n:
                return _("The kit has no note on the job analysis.")
            many = ngettext(
                "The kit's note on the job analysis has %(n)s word.",
                "The kit's note on the job analysis has %(n)s words.",
                n,
            )
            return many % numbers
        case "limited_prompting":
            return _("The kit fixes %(n)s probes; up to %(most)s count as limited.") % numbers
        case "number_of_questions":
            return _("%(n)s questions are rated; from %(least)s on it is enough.") % numbers
        case "candidates_questions":
            if not own["last"]:
                return _("The unscored question is not the last of the kit.")
            if not own["of"]:
                return _("The unscored question is the last of the kit.")
            return _("Last in the kit, and last in %(n)s of %(of)s journals that noted it.") % numbers
        case "notes":
            return _("%(n)s of %(of)s ratings have a quote; %(quotes)s quotes in all.") % numbers
        case code if own.get("of", 0):
            return str(_SHARES[code]) % numbers
        case code:
            return str(_NOTHING.get(code, _("There is no open interview yet.")))


_SHARES: Final[Mapping[str, str | Promise]] = {
    "same_questions": gettext_lazy("All questions of the stage were asked in %(n)s of %(of)s interviews."),
    "question_types": gettext_lazy("%(n)s of %(of)s traits have both kinds."),
    "ancillary_information": gettext_lazy(
        "There is no place for a CV or test results. %(n)s of %(of)s seats were taken by raters who had not rated the "
        "candidate before."
    ),
    "each_answer_rated": gettext_lazy("%(n)s of %(of)s answers were rated, or noted as not observed, by themselves."),
    "anchors": gettext_lazy("%(n)s of %(of)s questions have all anchors in the campaign's language."),
    "several_raters": gettext_lazy("%(n)s of %(of)s interviews had two raters or more."),
    "same_raters": gettext_lazy("%(n)s of %(of)s interviews had their stage's usual raters."),
    "no_discussion": gettext_lazy("At %(n)s of %(of)s seats the rater submitted before seeing anybody else's ratings."),
    "training": gettext_lazy("%(n)s of %(of)s raters were calibrated on the kit before they rated."),
    "statistical_combination": gettext_lazy(
        "Levels are worked out by the fit. %(n)s of %(of)s decisions were not against the evidence."
    ),
}
_NOTHING: Final[Mapping[str, str | Promise]] = {
    "same_raters": gettext_lazy("No stage has two open interviews yet."),
    "statistical_combination": gettext_lazy("Levels are worked out by the fit; nothing has been decided yet."),
}
