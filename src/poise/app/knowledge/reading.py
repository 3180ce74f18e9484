"""The knowledge files as the pages show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from poise.app.knowledge.wording import occasion, rule
from poise.knowledge import Knowledge
from poise.knowledge.loader import references
from poise.knowledge.schema import Behaviour, Example, PhraseSet, Signal
from poise.reports.titles import Titles

__all__ = ["Line", "Page", "Section", "Spoken", "Turn", "overview", "page"]

_NAMES: Final = {"en": "English", "he": "עברית", "nb": "Norsk bokmål"}


@dataclass(frozen=True, slots=True)
class Line:
    """A behaviour in the list of its trait."""

    id: str
    title: str
    sign: str
    rule: str | Promise
    off: str | None  # why it is switched off


@dataclass(frozen=True, slots=True)
class Section:
    """A trait with its behaviours."""

    id: str
    cluster: str
    title: str
    definition: str
    examined: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an example; ``asked`` is the one that must be found, or must not."""

    role: str
    text: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is looked for in one language, with the sentences that prove it."""

    code: str
    name: str
    phrases: list[tuple[str, str]]  # level (empty unless graded), phrase
    exceptions: list[str]
    hits: list[list[Turn]]
    misses: list[list[Turn]]


@dataclass(frozen=True, slots=True)
class Page:
    """One behaviour or signal."""

    id: str
    title: str
    trait: str
    trait_id: str
    sign: str
    definition: str
    source: str
    advice: str
    rule: str | Promise
    occasion: str | Promise
    occasions_by: list[tuple[str, str]]  # signals that call for it: id, title
    needs: Sequence[str]
    refers: list[tuple[str, str]]
    used_by: list[tuple[str, str]]
    trained: bool
    spoken: list[Spoken]


def overview(known: Knowledge, names: Titles, off: Mapping[str, str]) -> list[Section]:
    """Return all traits with their behaviours, in the order of the files."""
    return [
        Section(
            trait.id,
            names.trait(trait.cluster),
            names.trait(trait.id),
            names.definition(trait.id),
            trait.examined.get(names.language) or trait.examined["en"],
            [
                Line(entry.id, names.behaviour(entry.id), entry.sign, rule(entry.rule), off.get(entry.id))
                for entry in known.behaviours.values()
                if entry.trait == trait.id
            ],
        )
        for trait in known.traits.values()
    ]


def page(known: Knowledge, names: Titles, entry: Signal | Behaviour) -> Page:
    """Return one behaviour or signal with its rules and examples."""
    language = names.language

    def named(ids: Iterator[str] | Sequence[str]) -> list[tuple[str, str]]:
        entries = known.entries()
        return [(one, _in(entries[one].title, language)) for one in dict.fromkeys(ids) if one in entries]

    users = [other.id for other in known.entries().values() if entry.id in references(other)]
    behaviour = entry if isinstance(entry, Behaviour) else None
    return Page(
        id=entry.id,
        title=_in(entry.title, language),
        trait=names.trait(behaviour.trait) if behaviour else "",
        trait_id=behaviour.trait if behaviour else "",
        sign=behaviour.sign if behaviour else "",
        definition=entry.definition,
        source=behaviour.source if behaviour else "",
        advice=_in(behaviour.advice, language) if behaviour else "",
        rule=rule(entry.rule),
        occasion=occasion(behaviour.opportunity) if behaviour else "",
        occasions_by=named(behaviour.opportunity.signals) if behaviour else [],
        needs=behaviour.needs if behaviour else [],
        refers=named(references(entry)),
        used_by=named(users),
        trained=entry.trained is not None,
        spoken=[_spoken(code, entry, phrases) for code, phrases in sorted(entry.phrases.items(), key=_order)],
    )


def _order(item: tuple[str, PhraseSet]) -> int:
    return list(_NAMES).index(item[0])


def _in(text: Mapping[str, str], language: str) -> str:
    return text.get(language) or text.get("en", "")


def _spoken(code: str, entry: Signal | Behaviour, phrases: PhraseSet) -> Spoken:
    role = entry.side if isinstance(entry, Signal) else "agent"
    written = [("", text) for text in phrases.match]
    written += [(level, text) for level, texts in phrases.levels.items() for text in texts]
    return Spoken(
        code,
        _NAMES[code],
        written,
        phrases.except_,
        [_example(example, role) for example in phrases.hits],
        [_example(example, role) for example in phrases.misses],
    )


def _example(example: str | Example, role: str) -> list[Turn]:
    if isinstance(example, str):
        return [Turn(role, example, True)]
    said = example.role or role
    other = "agent" if said == "customer" else "customer"

    def around(turns: str | list[str]) -> list[Turn]:
        out = []
        for text in [turns] if isinstance(turns, str) else turns:
            who, colon, rest = text.partition(":")
            known = colon and who.strip().lower() in {"agent", "customer", "colleague"}
            out.append(Turn(who.strip().lower() if known else other, rest.strip() if known else text, False))
        return out

    return [*around(example.previous), Turn(said, example.text, True), *around(example.next)]
