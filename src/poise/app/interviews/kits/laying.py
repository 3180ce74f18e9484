"""A kit laid out to be read in one language: traits in their order, each with its questions and anchors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.knowledge.interviews import LANGUAGES, LEVELS, STRENGTHS, Kit, Question
from poise.languages import LANGUAGES as TONGUES
from poise.reports.titles import titles

__all__ = [
    "FORMS",
    "LANGUAGE_NAMES",
    "Asked",
    "Laid",
    "Level",
    "Said",
    "Section",
    "complete",
    "lay_out",
    "levels_of",
    "said",
    "written",
]

FORMS: Final[Mapping[str, str | Promise]] = {
    "past": _("about the past"),
    "dilemma": _("a dilemma"),
    "strengths": _("not scored"),
}
LANGUAGE_NAMES: Final[Mapping[str, str]] = {"en": "English", "he": "עברית", "nb": "Norsk bokmål"}


@dataclass(frozen=True, slots=True)
class Said:
    """A text and the language that it is in: another than asked for where it is not translated."""

    text: str
    code: str

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return str(TONGUES[self.code].direction)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of an answer, 1 to 5. ``said`` is None for what lies between two anchors, or is not written."""

    number: int
    said: Said | None

    @property
    def between(self) -> tuple[int, int] | None:
        """The anchored levels around it, where it has no anchor of its own."""
        return (self.number - 1, self.number + 1) if self.number in (2, 4) else None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. ``said`` is None where it is not written in any language."""

    id: str
    form: str
    name: str | Promise
    said: Said | None
    levels: list[Level]
    own: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A trait of the kit; ``share`` is its weight among the others', 0 to 1."""

    trait: str
    title: str
    definition: str
    weight: float
    share: float
    asked: list[Asked]


@dataclass(frozen=True, slots=True)
class Laid:
    """A whole kit. ``last`` is the unscored question."""

    language: str
    direction: str
    sections: list[Section]
    last: Asked | None
    probes: list[Said]


def said(texts: Mapping[str, str], *languages: str) -> Said | None:
    """Return a text in the first of ``languages`` that it is written in, else in any; None where it is in none."""
    for code in (*languages, *LANGUAGES):
        if texts.get(code):
            return Said(texts[code], code)
    return None


def levels_of(one: Question, language: str) -> list[Level]:
    """Return the five levels of a question with its anchors; none where nothing is scored."""
    return [Level(number, said(one.anchor(number), language)) for number in LEVELS] if one.scored else []


def _asked(one: Question, language: str) -> Asked:
    return Asked(
        one.id, one.form, FORMS[one.form], said(one.text, language), levels_of(one, language), ".own_" in one.id
    )


def lay_out(kit: Kit, language: str) -> Laid:
    """Lay out a kit, a draft too, in ``language``; texts that it lacks stand in another."""
    names = titles(language)
    shares = kit.weights() if kit.traits else {}
    return Laid(
        language,
        str(TONGUES[language].direction),
        [
            Section(
                trait,
                names.trait(trait),
                names.definition(trait),
                weight,
                shares[trait],
                [_asked(one, language) for one in kit.questions if one.trait == trait],
            )
            for trait, weight in kit.traits.items()
        ],
        next((_asked(one, language) for one in kit.questions if one.id == STRENGTHS), None),
        [found for texts in kit.probes if (found := said(texts, language)) is not None],
    )


def complete(one: Question, language: str) -> bool:
    """Whether a question has its words, and where it is scored its three anchors, in a language."""
    texts = [one.text, *(one.anchors.get(level, {}) for level in ("1", "3", "5"))] if one.scored else [one.text]
    return all(text.get(language) for text in texts)


def written(kit: Kit) -> list[str]:
    """Languages in which anything of a kit is written, in their order."""
    codes = {code for one in kit.questions for code in one.text}
    return [code for code in LANGUAGES if code in codes]
