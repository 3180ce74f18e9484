"""Where each trait is examined, as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from poise.app.access import Capability, may
from poise.app.accounts.models import User
from poise.knowledge import Knowledge
from poise.knowledge.examined import FRAME, Examined, Part, Sentence
from poise.knowledge.examined import Page as Listed
from poise.knowledge.interviews import ItemBank
from poise.knowledge.kits import STRENGTHS, Question
from poise.reports.titles import Titles

__all__ = ["Act", "Asked", "Cell", "Place", "Row", "Section", "examined"]

_CELLS: Final[Mapping[str, str | Promise]] = {
    "looked_for": gettext_lazy("What the employer looks for"),
    "examined": gettext_lazy("How it must be examined"),
}
_NOT_BUILT: Final[Mapping[str, str | Promise]] = {
    "shift": gettext_lazy("the simulated shift"),
    "coaching": gettext_lazy("coaching"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """A behaviour or signal. ``url`` is empty where these knowledge files have none; ``trait`` names another trait."""

    title: str
    url: str
    off: bool
    trait: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A page; ``url`` is empty where the reader may not open it, or it is one of many."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its anchors by level. ``label`` is what it is called where it is only named."""

    id: str
    label: str
    text: str
    anchors: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence with its places; questions by id and label."""

    text: str
    note: str
    questions: list[tuple[str, str]]
    marks: list[str]
    acts: list[Act]
    signals: list[Act]
    pages: list[Place]
    not_built: list[str | Promise]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the requirement."""

    title: str | Promise
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Section:
    """One trait, or the frame around them (whose title is empty)."""

    id: str
    title: str
    cluster: str
    cells: list[Cell]
    asked: list[Asked]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, in what language, and what there is."""

    asker: User | AnonymousUser
    listed: Mapping[str, Listed]
    known: Knowledge
    bank: ItemBank
    names: Titles
    off: Mapping[str, str]

    def text(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.names.language) or texts.get("en", "")

    def label(self, one: Question) -> str:
        if one.trait is None:
            return _("Strengths and weaknesses, not rated")
        past = [other.id for other in self.bank.of(one.trait) if other.form == "past"]
        if one.id in past:
            return _("Question %(number)d about the past") % {"number": past.index(one.id) + 1}
        return _("Dilemma")

    def question(self, one: Question) -> Asked:
        anchors: list[tuple[str, str]] = [(level, self.text(texts)) for level, texts in sorted(one.anchors.items())]
        return Asked(one.id, self.label(one), self.text(one.text), anchors)

    def asked(self, key: str, part: str) -> tuple[str, str]:
        one = self.bank.strengths if key == STRENGTHS else self.bank.questions[key]
        beside = one.trait is not None and one.trait != part
        return key, f"{self.names.trait(str(one.trait))}: {self.label(one)}" if beside else self.label(one)

    def behaviour(self, key: str, beside: bool) -> Act:
        entry = self.known.behaviours.get(key)
        if entry is None:
            return Act(key, "", False)
        url = reverse("knowledge_entry", args=[key])
        trait = self.names.trait(entry.trait) if beside else ""
        return Act(self.names.behaviour(key), url, key in self.off, trait)

    def signal(self, key: str) -> Act:
        entry = self.known.signals.get(key)
        if entry is None:
            return Act(key, "", False)
        return Act(self.text(entry.title), reverse("knowledge_entry", args=[key]), False)

    def page(self, name: str) -> Place:
        listed = self.listed[name]
        try:
            url = reverse(name)
        except NoReverseMatch:  # one of many: which, only the reader knows
            url = ""
        return Place(self.text(listed.title), url if may(self.asker, Capability(listed.capability)) else "")

    def row(self, one: Sentence, part: str) -> Row:
        return Row(
            text=one.text(self.names.language),
            note=self.text(one.note) if one.note is not None else "",
            questions=[
                self.asked(key, part) for key in one.questions if key == STRENGTHS or key in self.bank.questions
            ],
            marks=[self.text(self.bank.marks[key]) for key in one.marks],
            acts=[self.behaviour(key, False) for key in one.behaviours]
            + [self.behaviour(key, True) for key in one.also],
            signals=[self.signal(key) for key in one.signals],
            pages=[self.page(name) for name in one.pages],
            not_built=[_NOT_BUILT[what] for what in one.not_built],
        )

    def section(self, part: Part) -> Section:
        cells = [Cell(title, [self.row(one, part.id) for one in part.sentences(of)]) for of, title in _CELLS.items()]
        frame = part.id == FRAME
        return Section(
            part.id,
            "" if frame else self.names.trait(part.id),
            "" if frame else self.names.trait(self.known.traits[part.id].cluster),
            [cell for cell in cells if cell.rows],
            [self.question(one) for one in ([self.bank.strengths] if frame else self.bank.of(part.id))],
        )


def examined(
    read: Examined, known: Knowledge, bank: ItemBank, names: Titles, off: Mapping[str, str], asker: User | AnonymousUser
) -> list[Section]:
    """Return every trait that these knowledge files have, and the frame last. No queries but for the asker's roles."""
    reader = _Reader(asker, read.pages(), known, bank, names, off)
    return [reader.section(part) for part in read.part if part.id in known.traits or part.id == FRAME]
