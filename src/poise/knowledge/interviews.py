"""What a structured interview asks: the item bank, kits made from it, practice answers and the recorded interview.

The item bank is ``interviewing/questions/<trait>.toml``: of each trait two questions about the past and one dilemma,
each with anchors for the levels 1, 3 and 5. ``interviewing/frame.toml`` has what all kits share: the standard probes,
the question about strengths and weaknesses, what raters may mark. ``interviewing/practice/<trait>.toml`` has answers
that experts rated, on which raters train; ``interviewing/recorded/<key>.toml`` a whole interview that every rater of a
campaign rates, so that their severities can be told apart. All of it is in English, Hebrew and Norwegian.

A kit (:mod:`poise.knowledge.kits`) is a choice from it that people may edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final, TypeVar

from msgspec import Meta

from poise.knowledge.kits import (
    LANGUAGES,
    LEVELS,
    STRENGTHS,
    Kit,
    Question,
    Texts,
    kit_from_json,
    kit_to_json,
    question_problems,
)
from poise.knowledge.loader import SHIPPED, KnowledgeError, Problem, decode
from poise.knowledge.schema import TraitFile, Translated
from poise.knowledge.strict import Strict

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

MARKS: Final = ("interrupted", "greeted", "repeated_to_confirm", "nodded", "head_tilt", "eye_contact")
"""What only a person can see or hear; the first three can be heard on the phone too."""
CAN_BE_SEEN_ONLY: Final = frozenset({"nodded", "head_tilt", "eye_contact"})

_File = TypeVar("_File")


class PracticeAnswer(Strict, frozen=True):
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


class RecordedAnswer(Strict, frozen=True):
    """What the recorded candidate answers to one question of the item bank, and the level that experts gave it."""

    question: str
    answer: Texts
    level: Annotated[int, Meta(ge=1, le=5)]


class RecordedInterview(Strict, frozen=True):
    """A whole interview with an invented candidate, for all raters of a campaign to rate."""

    id: str
    name: Translated
    answers: list[RecordedAnswer]


class _QuestionFile(Strict, frozen=True):
    question: list[Question]


class _PracticeFile(Strict, frozen=True):
    answer: list[PracticeAnswer]


class _Frame(Strict, frozen=True):
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
    """A kit for these traits: every question of the bank for each, and the unscored one last.

    Raises
    ------
    ValueError
        Where the bank has no question for a trait.
    """
    lacking = [trait for trait in weights if not bank.of(trait)]
    if lacking:
        raise ValueError(f"the item bank has no question for {', '.join(lacking)}")
    chosen = [question for trait in weights for question in bank.of(trait)]
    return Kit(traits=dict(weights), questions=[*chosen, bank.strengths], probes=list(bank.probes))


@cache
def load_item_bank(folder: Path | None = None) -> ItemBank:
    """Load what ships for interviews (or the same files in another folder of knowledge files).

    Raises
    ------
    KnowledgeError
        Every problem of every file at once: unknown fields, missing languages, levels or questions, ids that repeat,
        questions of a trait that does not exist, quotes that are not in their answer.
    """
    folder = SHIPPED if folder is None else Path(folder)
    root = folder / "interviewing"
    if not (root / "frame.toml").is_file():
        raise KnowledgeError([Problem("interviewing/frame.toml", "", "is missing: there is no item bank here")])
    problems: list[Problem] = []

    def files(name: str, kind: type[_File]) -> Iterator[tuple[str, _File]]:
        for path in sorted((root / name).glob("*.toml")):
            content = decode(path, kind, folder, problems)
            if content is not None:
                yield path.relative_to(folder).as_posix(), content

    traits = decode(folder / "traits.toml", TraitFile, folder, problems)
    frame = decode(root / "frame.toml", _Frame, folder, problems)
    where: dict[str, str] = {}
    questions: dict[str, Question] = {}
    for name, bank_file in files("questions", _QuestionFile):
        for one in bank_file.question:
            if one.id in questions:
                problems.append(Problem(name, one.id, "this id stands twice"))
            questions[one.id], where[one.id] = one, name
            problems += [Problem(name, one.id, problem) for problem in question_problems(one)]
            problems += _languages(name, one.id, {"text": one.text})
    practice: dict[str, PracticeAnswer] = {}
    for name, answers in files("practice", _PracticeFile):
        for answer in answers.answer:
            if answer.id in practice:
                problems.append(Problem(name, answer.id, "this id stands twice"))
            practice[answer.id], where[answer.id] = answer, name
            problems += _practice_problems(name, answer)
    recorded: dict[str, RecordedInterview] = {}
    for name, interview in files("recorded", RecordedInterview):
        if interview.id in recorded:
            problems.append(Problem(name, interview.id, "this id stands twice"))
        recorded[interview.id], where[interview.id] = interview, name
        problems += _recorded_problems(name, interview)
    # what refers to questions and traits is checked only where all files could be read
    if not problems and traits is not None:
        problems += _missing_questions([trait.id for trait in traits.trait], questions, where)
        problems += [
            Problem(where[answer.id], answer.id, f"there is no question {answer.question!r}")
            for answer in practice.values()
            if answer.question not in questions
        ]
        for interview in recorded.values():
            problems += _missing_answers(where[interview.id], interview, questions)
    if frame is not None:
        problems += _frame_problems(frame)
    if problems or frame is None:
        raise KnowledgeError(problems)
    return ItemBank(questions, frame.strengths, tuple(frame.probes), frame.marks, practice, recorded)


def _missing_questions(
    traits: list[str], questions: Mapping[str, Question], where: Mapping[str, str]
) -> Iterator[Problem]:
    for one in questions.values():
        if one.trait not in traits:
            yield Problem(where[one.id], one.id, f"there is no trait {one.trait!r}")
    for trait in traits:
        forms = sorted(one.form for one in questions.values() if one.trait == trait)
        if forms != ["dilemma", "past", "past"]:
            yield Problem(
                f"interviewing/questions/{trait}.toml",
                "",
                f"must ask twice about the past and one dilemma, has {', '.join(forms) or 'none'}",
            )


def _missing_answers(file: str, interview: RecordedInterview, questions: Mapping[str, Question]) -> Iterator[Problem]:
    answered = [answer.question for answer in interview.answers]
    for key in questions:
        if key not in answered:
            yield Problem(file, key, "has no answer")
    for key in answered:
        if key not in questions:
            yield Problem(file, key, "there is no such question")


def _practice_problems(file: str, answer: PracticeAnswer) -> Iterator[Problem]:
    yield from _languages(file, answer.id, {"answer": answer.answer, "quote": answer.quote, "why": answer.why})
    for code, words in answer.quote.items():
        if words not in answer.answer.get(code, ""):
            yield Problem(file, answer.id, f"quote.{code}: these words are not in the answer")


def _recorded_problems(file: str, interview: RecordedInterview) -> Iterator[Problem]:
    yield from _languages(file, interview.id, {"name": interview.name})
    answered = [answer.question for answer in interview.answers]
    for key in sorted({key for key in answered if answered.count(key) > 1}):
        yield Problem(file, key, "answered twice")
    for answer in interview.answers:
        yield from _languages(file, answer.question, {"answer": answer.answer})


def _frame_problems(frame: _Frame) -> Iterator[Problem]:
    file = "interviewing/frame.toml"
    if frame.strengths.id != STRENGTHS:
        yield Problem(file, "strengths", f"its id must be {STRENGTHS!r}")
    for problem in question_problems(frame.strengths):
        yield Problem(file, "strengths", problem)
    yield from _languages(file, "strengths", {"text": frame.strengths.text})
    for number, probe in enumerate(frame.probes, 1):
        yield from _languages(file, f"probe {number}", {"probe": probe})
    for key in MARKS:
        if key not in frame.marks:
            yield Problem(file, f"marks.{key}", "is missing")
    for key, name in frame.marks.items():
        if key not in MARKS:
            yield Problem(file, f"marks.{key}", f"no such mark; there are {', '.join(MARKS)}")
        yield from _languages(file, f"marks.{key}", {"name": name})


def _languages(file: str, entry: str, texts: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    for field, by_language in texts.items():
        for code in LANGUAGES:
            if not by_language.get(code, "").strip():
                yield Problem(file, entry, f"{field}.{code}: is missing")
