"""Interview kits: what one job is interviewed on. Their form here is what the app keeps and what is exported."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, field

from poise.knowledge.strict import Strict

__all__ = [
    "LANGUAGES",
    "LEVELS",
    "STRENGTHS",
    "Kit",
    "Question",
    "Texts",
    "kit_from_json",
    "kit_to_json",
    "question_problems",
]

LANGUAGES: Final = ("en", "he", "nb")
LEVELS: Final = (1, 2, 3, 4, 5)
ANCHORED: Final = ("1", "3", "5")
STRENGTHS: Final = "strengths"
"""Id of the question about strengths and weaknesses: in every kit, never scored."""

Form: TypeAlias = Literal["past", "dilemma", "strengths"]
Weight: TypeAlias = Annotated[float, Meta(gt=0, le=100)]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_000)]
Texts: TypeAlias = dict[str, Text]


class Question(Strict, frozen=True):
    """One question.

    Attributes
    ----------
    id
        ``<trait>.past_1``, ``<trait>.past_2``, ``<trait>.dilemma``, :data:`STRENGTHS`, or one that a kit's editor gave.
    trait
        None for the unscored question.
    anchors
        What an answer at level 1, 3 and 5 is like, by language; 2 and 4 lie between. Empty where nothing is scored.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z0-9_.-]{1,100}$")]
    form: Form
    text: Texts
    trait: str | None = None
    anchors: dict[Literal["1", "3", "5"], Texts] = field(default_factory=dict)

    @property
    def scored(self) -> bool:
        """Whether answers are rated."""
        return self.form != "strengths"

    def anchor(self, level: int) -> Texts:
        """What an answer at this level is like, by language; empty where it lies between two anchors."""
        return next((texts for key, texts in self.anchors.items() if int(key) == level), {})


class Kit(Strict, frozen=True):
    """What one job is interviewed on: traits with their weights, questions in the order asked, probes.

    Weights are relative; they are fixed when the kit is published, before there are any ratings.
    """

    traits: dict[str, Weight]
    questions: list[Question]
    probes: list[Texts]

    def question(self, key: str) -> Question:
        """The question with this id; KeyError where there is none."""
        for one in self.questions:
            if one.id == key:
                return one
        raise KeyError(key)

    def languages(self) -> list[str]:
        """The languages in which every question and every probe is written."""
        texts = [*(one.text for one in self.questions), *self.probes]
        return [code for code in LANGUAGES if all(code in text for text in texts)]

    def weights(self) -> dict[str, float]:
        """Weights that sum to one."""
        whole = sum(self.traits.values())
        return {trait: weight / whole for trait, weight in self.traits.items()}

    def digest(self) -> str:
        """SHA-256 (hex) of all that it says."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


def kit_to_json(kit: Kit) -> dict[str, Any]:
    """A kit as plain values."""
    plain: dict[str, Any] = msgspec.to_builtins(kit)
    return plain


def kit_from_json(plain: Any) -> Kit:
    """Read a kit.

    Raises
    ------
    ValueError
        Where its form is wrong, a question belongs to no trait of the kit, a trait has no question, an anchor is
        lacking, ids repeat, the question about strengths is missing, a language is unknown, or there is none in which
        all of it is written. The message names the place.
    """
    kit = msgspec.convert(plain, Kit)
    problems = list(_kit_problems(kit))
    if problems:
        raise ValueError("; ".join(problems))
    return kit


def _kit_problems(kit: Kit) -> Iterator[str]:
    ids = [one.id for one in kit.questions]
    for key in sorted({key for key in ids if ids.count(key) > 1}):
        yield f"questions: the id {key} stands twice"
    if not kit.traits:
        yield "traits: none is chosen"
    if STRENGTHS not in ids:
        yield "questions: the question about strengths and weaknesses is missing"
    for one in kit.questions:
        for problem in question_problems(one):
            yield f"{one.id}: {problem}"
        if one.scored and one.trait not in kit.traits:
            yield f"{one.id}: {one.trait} is not a trait of the kit"
    for trait in kit.traits:
        if not any(one.trait == trait for one in kit.questions):
            yield f"traits: {trait} has no question"
    for number, probe in enumerate(kit.probes, 1):
        for problem in _text_problems(probe):
            yield f"probe {number}: {problem}"
    if not kit.languages():
        yield "there is no language in which every question and probe is written"


def question_problems(one: Question) -> Iterator[str]:
    """What is wrong with one question, whatever the rest of its kit says."""
    if (one.id == STRENGTHS) == one.scored:
        yield f"form: {STRENGTHS!r} is the id of the one question that is not rated, and it has no other"
    for problem in _text_problems(one.text):
        yield f"text: {problem}"
    if one.scored:
        for level in ANCHORED:
            if not one.anchors.get(level):
                yield f"anchors: level {level} is missing"
        for level, texts in one.anchors.items():
            for problem in _text_problems(texts):
                yield f"anchors.{level}: {problem}"
            for code in one.text:
                if code not in texts:
                    yield f"anchors.{level}: {code} is missing"
    elif one.trait is not None or one.anchors:
        yield "nothing is scored here, so there is no trait and no anchor"


def _text_problems(texts: Texts) -> Iterator[str]:
    if not texts:
        yield "it says nothing"
    for code, text in texts.items():
        if code not in LANGUAGES:
            yield f"the language {code!r} is unknown; there are {', '.join(LANGUAGES)}"
        elif not text.strip():
            yield f"{code} is empty"
