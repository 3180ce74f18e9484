"""The page ``docs/reference/examined.md``: where each sentence of the requirement is examined.

``poise knowledge examined > docs/reference/examined.md`` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from poise.knowledge import Knowledge, load
from poise.knowledge.examined import FRAME, Examined, Part, Sentence, load_examined
from poise.knowledge.interviews import ItemBank, load_item_bank
from poise.knowledge.kits import STRENGTHS, Question

__all__ = ["markdown"]

_HEADINGS: Final = {"looked_for": "What the employer looks for", "examined": "How it must be examined"}
_NOT_BUILT: Final = {"shift": "the simulated shift", "coaching": "coaching"}
_INTRODUCTION: Final = """\
# Where each trait is examined

<!-- Written by `poise knowledge examined`; change src/poise/knowledge/examined.toml instead. -->

What an employer looks for in people who serve customers, sentence by sentence, and where Poise examines it: by
questions of an interview, by what an interviewer may note, by acts found in conversations and in recorded interviews.
What is **not built** says so. A test keeps the list true: every sentence of the requirement is here, every place
exists, and an act that no program finds is not named as one. The app has the same list under *What is looked for*.
"""


def markdown() -> str:
    """Return the whole page (English)."""
    read, known, bank = load_examined(), load(), load_item_bank()
    blocks = [_INTRODUCTION]
    for part in read.part:
        title = known.traits[part.id].title["en"] if part.id != FRAME else "The frame around the traits"
        blocks += [f"## {title}\n", *_tables(part, read, known, bank), _asked(part, bank)]
    return "\n".join(block for block in blocks if block).rstrip() + "\n"


def _tables(part: Part, read: Examined, known: Knowledge, bank: ItemBank) -> Iterator[str]:
    for of, heading in _HEADINGS.items():
        rows = part.sentences(of)
        if rows:
            lines = [f"| {heading} | in the interview | in conversations | elsewhere |", "|---|---|---|---|"]
            lines += [_row(one, read, known, bank) for one in rows]
            yield "\n".join(lines) + "\n"


def _row(one: Sentence, read: Examined, known: Knowledge, bank: ItemBank) -> str:
    interview = [f"`{key}`" for key in one.questions]
    interview += [f"mark: {bank.marks[key]['en'].lower()}" for key in one.marks]
    conversations = [_act(key, known) for key in one.behaviours]
    conversations += [f"{_act(key, known)} (counts for {_trait(key, known)})" for key in one.also]
    conversations += [f"called for by {known.signals[key].title['en']} (`{key}`)" for key in one.signals]
    elsewhere = [f"page: {read.pages()[name].title['en']}" for name in one.pages]
    elsewhere += [f"**not built**: {_NOT_BUILT[what]}" for what in one.not_built]
    words = one.words + (f"<br>*{one.note['en']}*" if one.note is not None else "")
    return f"| {words} | {_cell(interview)} | {_cell(conversations)} | {_cell(elsewhere)} |"


def _act(key: str, known: Knowledge) -> str:
    return f"{known.behaviours[key].title['en']} (`{key}`)"


def _trait(key: str, known: Knowledge) -> str:
    return known.traits[known.behaviours[key].trait].title["en"].lower()


def _cell(said: Iterable[str]) -> str:
    return "<br>".join(said) or "–"


def _asked(part: Part, bank: ItemBank) -> str:
    """The questions with their anchors."""
    questions: Mapping[str, Question] = {one.id: one for one in bank.of(part.id)}
    if part.id == FRAME:
        questions = {STRENGTHS: bank.strengths}
    lines = []
    for key, question in questions.items():
        lines.append(f"- `{key}`: {question.text['en']}")
        lines += [f"  - {level}: {texts['en']}" for level, texts in question.anchors.items()]
    return "\n".join(lines) + "\n"
