"""What a draft still lacks, in words: what stands in the way of publishing, and what publishing it so would mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from poise.app.interviews.kits.laying import LANGUAGE_NAMES, complete, written
from poise.app.interviews.kits.models import KitVersion
from poise.knowledge.interviews import STRENGTHS, Kit
from poise.reports.titles import Titles

__all__ = ["PAST", "Check", "checks"]

PAST: Final = 2
"""Questions about the past that a trait should have, besides one dilemma."""
_MINUTES: Final = 4
_ONE_SITTING: Final = 15


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list. ``lacking`` stands in the way, ``weak`` does not. ``url`` is where it is mended."""

    state: Literal["lacking", "weak", "fine"]
    text: str
    url: str = ""


def checks(version: KitVersion, names: Titles) -> list[Check]:
    """Check a draft: first what stands in the way, then what is weak, then what is in order."""
    kit = version.draft()
    found = [*_about_job(version), *_about_traits(version.kit_id, kit, names), *_about_words(version.kit_id, kit)]
    order = ("lacking", "weak", "fine")
    return sorted(found, key=lambda one: order.index(one.state))


def _about_job(version: KitVersion) -> Iterator[Check]:
    if version.job_analysis.strip():
        yield Check("fine", _("The job analysis is written."))
    else:
        url = reverse("kit_job", args=[version.kit_id])
        yield Check("lacking", _("There is no job analysis: nobody can tell why these traits were chosen."), url)


def _about_traits(key: int, kit: Kit, names: Titles) -> Iterator[Check]:
    draft = reverse("kit_edit", args=[key])
    if not kit.traits:
        yield Check("lacking", _("No trait is chosen."), reverse("kit_traits", args=[key]))
    full = 0
    for trait in kit.traits:
        forms = Counter(one.form for one in kit.questions if one.trait == trait)
        title = names.trait(trait)
        if not forms:
            text = _("“%(trait)s” has no question: add one, or leave the trait out.") % {"trait": title}
            yield Check("lacking", text, f"{draft}#{trait}")
        elif forms["past"] < PAST or not forms["dilemma"]:
            text = _(
                "“%(trait)s” has fewer than two questions about the past and one dilemma (%(past)d and %(dilemma)d). "
                "It then rests on fewer situations: its range is wider, and it may be shown only with its cluster."
            ) % {"trait": title, "past": forms["past"], "dilemma": forms["dilemma"]}
            yield Check("weak", text, f"{draft}#{trait}")
        else:
            full += 1
    if full:
        text = ngettext(
            "%(n)d trait has at least two questions about the past and one dilemma.",
            "%(n)d traits have at least two questions about the past and one dilemma.",
            full,
        )
        yield Check("fine", text % {"n": full})
    scored = sum(one.scored for one in kit.questions)
    if scored > _ONE_SITTING:
        text = _(
            "%(n)d questions take about %(minutes)d minutes at four minutes each: more than one sitting. "
            "Share them out over the stages of the campaign."
        ) % {"n": scored, "minutes": scored * _MINUTES}
        yield Check("weak", text)


def _about_words(key: int, kit: Kit) -> Iterator[Check]:
    if not any(one.id == STRENGTHS for one in kit.questions):
        yield Check("lacking", _("The question about strengths and weaknesses is missing."))
    whole = []
    started = written(kit)
    for number, one in enumerate(kit.questions, start=1):
        url = reverse("kit_question", args=[key, one.id])
        if not one.text:
            yield Check("lacking", _("Question %(number)d has no words.") % {"number": number}, url)
        for code in one.text:
            if not complete(one, code):
                said = {"number": number, "language": LANGUAGE_NAMES[code]}
                yield Check("lacking", _("Question %(number)d lacks an anchor in %(language)s.") % said, url)
    for code in started:
        lacking = [number for number, one in enumerate(kit.questions, start=1) if not one.text.get(code)]
        lacking_probes = sum(not texts.get(code) for texts in kit.probes)
        if not lacking and not lacking_probes:
            whole.append(code)
            continue
        text = _(
            "%(language)s is not complete (questions without words: %(lacking)d, probes: %(probes)d). "
            "An interview in it would show them in another language."
        ) % {"language": LANGUAGE_NAMES[code], "lacking": len(lacking), "probes": lacking_probes}
        yield Check("weak", text, reverse("kit_edit", args=[key]))
    if whole:
        languages = ", ".join(LANGUAGE_NAMES[code] for code in whole)
        yield Check("fine", _("Complete in: %(languages)s.") % {"languages": languages})
    elif kit.questions:
        yield Check("lacking", _("No language is complete: nobody could be asked all questions in one language."))
