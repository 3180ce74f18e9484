"""What a structured interview asks: the item bank, kits made from it, practice answers and the recorded interview.

The item bank is ``interviewing/questions/<trait>.toml``: of each trait two questions about the past and one dilemma,
each with anchors for the levels 1, 3 and 5. ``interviewing/frame.toml`` has what all kits share: the standard probes,
the question about strengths and weaknesses, what raters may mark. ``interviewing/practice/<trait>.toml`` has answers
that experts rated, on which raters train; ``interviewing/recorded/<key>.toml`` a whole interview that every rater of a
campaign rates, so that their severities can be told apart. All of it is in English, Hebrew and Norwegian.

A kit is a choice from it that people may edit. Its form here is what the app keeps and what is exported.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from poise.knowledge.loader import SHIPPED, KnowledgeError, Problem
from poise.knowledge.schema import Translated

__all__ = [
    "CAN_BE_SEEN_ONLY",
    "LANGUAGES",
    "LEVELS",
    "MARKS",
    "STRENGTHS",
    "ItemBank",
    "Kit",
    "PracticeAnswer",
    "Question",
    "RecordedAnswer",
    "RecordedInterview",
    "kit_from_json",
    "kit_to_json",
    "load_item_bank",
    "start_kit",
]

LANGUAGES: Final = ("en", "he", "nb")
LEVELS: Final = (1, 2, 3, 4, 5)
ANCHORED: Final = ("1", "3", "5")
MARKS: Final = ("interrupted", "greeted", "repeated_to_confirm", "nodded", "head_tilt", "eye_contact")
"""What only a person can see or hear; the first three can be heard on the phone too."""
CAN_BE_SEEN_ONLY: Final = frozenset({"nodded", "head_tilt", "eye_contact"})
STRENGTHS: Final = "strengths"
"""Id of the question about strengths and weaknesses: in every kit, never scored."""

Form: TypeAlias = Literal["past", "dilemma", "strengths"]
Weight: TypeAlias = Annotated[float, Meta(gt=0, le=100)]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_000)]
Texts: TypeAlias = dict[str, Text]


class _Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Question(_Strict, frozen=True):
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
    anchors: dict[Literal["1", "3", "5"], Texts] = {}

    @property
    def scored(self) -> bool:
        """Whether answers are rated."""
        return self.form != "strengths"


class Kit(_Strict, frozen=True):
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

    def weights(self) -> dict[str, float]:
        """Weights that sum to one."""
        whole = sum(self.traits.values())
        return {trait: weight / whole for trait, weight in self.traits.items()}

    def digest(self) -> str:
        """SHA-256 (hex) of all that it says."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


class PracticeAnswer(_Strict, frozen=True):
    """An answer on which raters train.

    Attributes
    ----------
    level
        What the experts gave it.
    why
        The reason, with the words of the anchor that it meets.
    quote
        The words of the answer that decide it.
    """

    id: str
    question: str
    level: Annotated[int, Meta(ge=1, le=5)]
    answer: Texts
    quote: Texts
    why: Texts


class RecordedAnswer(_Strict, frozen=True):
    """What the recorded candidate answers to one question of the item bank, and the level that experts gave it."""

    question: str
    answer: Texts
    level: Annotated[int, Meta(ge=1, le=5)]


class RecordedInterview(_Strict, frozen=True):
    """A whole interview with an invented candidate, for all raters of a campaign to rate."""

    id: str
    name: Translated
    answers: list[RecordedAnswer]


class _QuestionFile(_Strict, frozen=True):
    question: list[Question]


class _PracticeFile(_Strict, frozen=True):
    answer: list[PracticeAnswer]


class _Frame(_Strict, frozen=True):
    strengths: Question
    probes: list[Texts]
    marks: dict[str, Texts]


@dataclass(frozen=True, slots=True)
class ItemBank:
    """All that ships for interviews.

    Attributes
    ----------
    questions
        By id, three of each trait.
    strengths
        The unscored question that is part of every kit.
    probes
        The standard probes.
    marks
        What raters may mark, by kind: its name by language.
    practice
        By id.
    recorded
        By id.
    """

    questions: dict[str, Question]
    strengths: Question
    probes: tuple[Texts, ...]
    marks: dict[str, Texts]
    practice: dict[str, PracticeAnswer]
    recorded: dict[str, RecordedInterview]

    def of(self, trait: str) -> list[Question]:
        """The questions of one trait, in their order."""
        return [one for one in self.questions.values() if one.trait == trait]


def start_kit(bank: ItemBank, weights: dict[str, float]) -> Kit:
    """A kit for these traits: every question of the bank for each, and the unscored one last."""
    chosen = [question for trait in weights for question in bank.of(trait)]
    return Kit(traits=dict(weights), questions=[*chosen, bank.strengths], probes=list(bank.probes))


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
        lacking, ids repeat, or the question about strengths is missing. The message names the place.
    """
    kit = msgspec.convert(plain, Kit)
    problems = list(_kit_problems(kit))
    if problems:
        raise ValueError("; ".join(problems))
    return kit


def _kit_problems(kit: Kit) -> list[str]:
    found = []
    ids = [one.id for one in kit.questions]
    found += [f"questions: the id {key} stands twice" for key in sorted({key for key in ids if ids.count(key) > 1})]
    if not kit.traits:
        found.append("traits: none is chosen")
    if STRENGTHS not in ids:
        found.append("questions: the question about strengths and weaknesses is missing")
    for one in kit.questions:
        found += [f"{one.id}: {problem}" for problem in _question_problems(one)]
        if one.scored and one.trait not in kit.traits:
            found.append(f"{one.id}: {one.trait} is not a trait of the kit")
    for trait in kit.traits:
        if not any(one.trait == trait for one in kit.questions):
            found.append(f"traits: {trait} has no question")
    return found


def _question_problems(one: Question) -> list[str]:
    found = []
    if not one.text:
        found.append("text: it says nothing")
    if one.scored:
        found += [f"anchors: level {level} is missing" for level in ANCHORED if not one.anchors.get(level)]
        for level, texts in one.anchors.items():
            found += [f"anchors.{level}: {code} is missing" for code in one.text if code not in texts]
    elif one.trait is not None or one.anchors:
        found.append("nothing is scored here, so there is no trait and no anchor")
    return found


@cache
def load_item_bank(folder: Path | None = None) -> ItemBank:
    """Load what ships for interviews (or the same files in another folder).

    Raises
    ------
    KnowledgeError
        Every problem of every file at once: unknown fields, missing languages, levels or questions, ids that repeat.
    """
    root = (SHIPPED if folder is None else folder) / "interviewing"
    problems: list[Problem] = []

    def read(path: Path, kind: type[Any]) -> Any:
        try:
            return msgspec.toml.decode(path.read_bytes(), type=kind)
        except (msgspec.DecodeError, OSError) as error:
            problems.append(Problem(str(path.relative_to(root)), "", str(error)))
            return None

    def files(name: str, kind: type[Any]) -> list[tuple[str, Any]]:
        found = ((str(path.relative_to(root)), read(path, kind)) for path in sorted((root / name).glob("*.toml")))
        return [(name, content) for name, content in found if content is not None]

    frame = read(root / "frame.toml", _Frame)
    questions: dict[str, Question] = {}
    for name, content in files("questions", _QuestionFile):
        for one in content.question:
            if one.id in questions:
                problems.append(Problem(name, one.id, "this id stands twice"))
            questions[one.id] = one
            problems += [Problem(name, one.id, problem) for problem in _question_problems(one)]
            problems += _languages(name, one.id, {"text": one.text})
    practice: dict[str, PracticeAnswer] = {}
    for name, content in files("practice", _PracticeFile):
        for one in content.answer:
            if one.id in practice:
                problems.append(Problem(name, one.id, "this id stands twice"))
            practice[one.id] = one
            if one.question not in questions:
                problems.append(Problem(name, one.id, f"there is no question {one.question}"))
            problems += _languages(name, one.id, {"answer": one.answer, "quote": one.quote, "why": one.why})
            problems += [
                Problem(name, one.id, f"quote.{code}: these words are not in the answer")
                for code, words in one.quote.items()
                if words not in one.answer.get(code, "")
            ]
    recorded: dict[str, RecordedInterview] = {}
    for name, one in files("recorded", RecordedInterview):
        recorded[one.id] = one
        answered = [answer.question for answer in one.answers]
        problems += [Problem(name, key, "answered twice") for key in sorted(set(answered)) if answered.count(key) > 1]
        problems += [Problem(name, key, "has no answer") for key in questions if key not in answered]
        problems += [Problem(name, key, "there is no such question") for key in answered if key not in questions]
        for answer in one.answers:
            problems += _languages(name, answer.question, {"answer": answer.answer})
    if frame is not None:
        problems += _languages("frame.toml", "strengths", {"text": frame.strengths.text})
        problems += [Problem("frame.toml", f"marks.{key}", "is missing") for key in MARKS if key not in frame.marks]
    if problems:
        raise KnowledgeError(problems)
    return ItemBank(questions, frame.strengths, tuple(frame.probes), frame.marks, practice, recorded)


def _languages(file: str, entry: str, texts: dict[str, dict[str, str]]) -> list[Problem]:
    return [
        Problem(file, entry, f"{field}.{code}: is missing")
        for field, by_language in texts.items()
        for code in LANGUAGES
        if not by_language.get(code, "").strip()
    ]
