"""Where in the product each sentence of the requirement is examined (``examined.toml``).

The requirement says of each trait what the employer looks for and how it must be examined, and gives the frame around
the traits. Its words stand here as they are; for each sentence of it the file names the places that examine it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Final, Literal

from msgspec import Meta

from poise.knowledge.interviews import MARKS, load_item_bank
from poise.knowledge.kits import LANGUAGES, STRENGTHS, Texts
from poise.knowledge.loader import SHIPPED, Knowledge, KnowledgeError, Problem, decode, load, references
from poise.knowledge.rules import Human, Shift
from poise.knowledge.schema import Behaviour
from poise.knowledge.strict import Strict

__all__ = ["FRAME", "Examined", "Page", "Part", "Sentence", "load_examined"]

FRAME: Final = "frame"
"""Id of the part that is of no trait: what surrounds them all."""
_FILE: Final = "examined.toml"

_Words = Annotated[str, Meta(min_length=1)]


class Page(Strict, frozen=True):
    """A page of the app, by the name of its address, with the capability that opens it."""

    name: _Words
    capability: _Words
    title: Texts


class Sentence(Strict, frozen=True):
    """A sentence of the requirement, and where it is examined.

    Attributes
    ----------
    of
        Which cell it is of: what is looked for, or how it must be examined.
    words
        The requirement's own words (English).
    questions
        Ids of the item bank, or :data:`poise.knowledge.kits.STRENGTHS`.
    marks
        Of :data:`poise.knowledge.interviews.MARKS`.
    behaviours
        Of this trait; those of the frame may be of any.
    also
        Behaviours of other traits that show it too.
    pages
        Names of :class:`Page`.
    not_built
        What will examine it and is not there yet.
    note
        What these places leave open, by language; None for nothing.
    """

    words: _Words
    he: _Words
    nb: _Words
    of: Literal["looked_for", "examined"] = "looked_for"
    questions: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    behaviours: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    not_built: tuple[Literal["shift", "coaching"], ...] = ()
    note: Texts | None = None

    def text(self, language: str) -> str:
        """The sentence in a language; in its own words where there is no translation."""
        return {"he": self.he, "nb": self.nb}.get(language, self.words)

    @property
    def built(self) -> bool:
        """Whether it is examined anywhere now."""
        return bool(self.questions or self.marks or self.behaviours or self.also or self.pages)


class Part(Strict, frozen=True):
    """A trait (or :data:`FRAME`) with the two cells of its row word for word, and their sentences in order."""

    id: str
    looked_for: str
    sentence: list[Sentence]
    examined: str = ""

    def cell(self, of: str) -> str:
        """What stands in one cell."""
        return self.examined if of == "examined" else self.looked_for

    def sentences(self, of: str) -> list[Sentence]:
        """The sentences of one cell."""
        return [one for one in self.sentence if one.of == of]


class Examined(Strict, frozen=True):
    """The whole list: parts in the order of the requirement, the frame last."""

    page: list[Page]
    part: list[Part]

    def pages(self) -> dict[str, Page]:
        """Pages by name."""
        return {one.name: one for one in self.page}


@cache
def load_examined() -> Examined:
    """Load the list, checked against the knowledge files and the item bank that ship.

    Raises
    ------
    KnowledgeError
        Every problem at once: a place that does not exist or that examines nothing yet, a behaviour of another trait,
        a sentence without a place, words of the requirement that no sentence has.
    """
    problems: list[Problem] = []
    read = decode(SHIPPED / _FILE, Examined, SHIPPED, problems)
    if read is not None:
        problems += check(read, load())
    if problems or read is None:
        raise KnowledgeError(problems)
    return read


def check(read: Examined, known: Knowledge) -> Iterator[Problem]:
    """Yield what is not true of the list."""
    parts = [part.id for part in read.part]
    if parts != [*known.traits, FRAME]:
        yield Problem(_FILE, "", f"the parts must be {', '.join([*known.traits, FRAME])}; they are {', '.join(parts)}")
    for page in read.page:
        yield from (Problem(_FILE, page.name, problem) for problem in _untranslated(page.title))
    for part in read.part:
        for of in ("looked_for", "examined"):
            left = _left_over(part.cell(of), [one.words for one in part.sentences(of)])
            if left is not None:
                yield Problem(_FILE, part.id, f"{of}: no sentence has {left!r}")
        for one in part.sentence:
            for problem in _places(one, part.id, read, known):
                yield Problem(_FILE, f"{part.id}, {one.words!r}", problem)


def _left_over(cell: str, said: list[str]) -> str | None:
    """The words of a cell that its sentences, in their order, do not have; None where nothing is left over.

    Marks between sentences, and the ``and`` that joins two, may be left out; no sentence may say more than the cell.
    """
    rest = cell
    for words in said:
        before, found, rest = rest.partition(words)
        if not found or not re.fullmatch(r"[\s,;:.]*(and\s)?", before):
            return before.strip(" ,;:.") if found else words
    return None if re.fullmatch(r"[\s.]*", rest) else rest.strip()


def _places(one: Sentence, part: str, read: Examined, known: Knowledge) -> Iterator[str]:
    bank = load_item_bank()
    if not one.built and not one.not_built:
        yield "it is examined nowhere"
    for key in one.questions:
        if key == STRENGTHS and part == FRAME:
            continue
        if key not in bank.questions:
            yield f"there is no question {key}"
        elif part not in (FRAME, bank.questions[key].trait):
            yield f"the question {key} is of {bank.questions[key].trait}"
    for key in one.marks:
        if key not in MARKS:
            yield f"there is no mark {key}"
    for key in [*one.behaviours, *one.also]:
        behaviour = known.behaviours.get(key)
        if behaviour is None:
            yield f"there is no behaviour {key}"
        elif isinstance(behaviour.rule, Human | Shift):
            yield f"no program finds {key} in conversations"
        elif part != FRAME and (key in one.behaviours) != (behaviour.trait == part):
            yield f"the behaviour {key} is of {behaviour.trait}"
    for key in one.signals:
        if key not in known.signals:
            yield f"there is no signal {key}"
        elif not any(key in _occasions(known.behaviours[b]) for b in one.behaviours if b in known.behaviours):
            yield f"the signal {key} calls for none of its behaviours"
    for name in one.pages:
        if name not in read.pages():
            yield f"the page {name} is not listed"
    if one.note is not None:
        yield from (f"note: {problem}" for problem in _untranslated(one.note))


def _occasions(behaviour: Behaviour) -> set[str]:
    return {*behaviour.opportunity.signals, *references(behaviour)}


def _untranslated(texts: Mapping[str, str]) -> Iterator[str]:
    for code in LANGUAGES:
        if not texts.get(code, "").strip():
            yield f"{code} is missing"
