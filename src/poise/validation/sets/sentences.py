"""Test sentences of service talk that ship with Poise: nothing is trained or tuned on them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np

from poise.model import Tables
from poise.reading.assemble import assemble
from poise.reading.canonical import Conversation, Role, Turn
from poise.reading.columns import columns_of
from poise.validation.sets.labelled import NO, UNJUDGED, YES, Labelled

__all__ = [
    "SENTENCE_SETS",
    "About",
    "Sentence",
    "labelled_sentences",
    "read_sentences",
    "sentence_file",
    "sentence_tables",
]

SENTENCE_SETS: Final = {"sentences/en": "en.jsonl", "sentences/he": "he.jsonl", "sentences/nb": "nb.jsonl"}
"""Names in the table, and files."""
_ANGER: Final = "customer.anger"
_PLACE: Final = Path(str(files("poise.validation"))) / "sentences" / "test"


class About(msgspec.Struct, forbid_unknown_fields=True):
    """The first line of a file: what it is, who wrote it, and for which acts its labels are complete."""

    about: str
    author: str
    date: str
    targets: list[str]


class Sentence(msgspec.Struct, forbid_unknown_fields=True):
    """One text with every act of the file's targets that it performs.

    ``previous`` is what was said before, oldest first, as "role: text". ``near`` names acts that the text looks like
    and does not perform. Sentences of one ``family`` vary one thought. ``anger`` is the level of ``customer.anger``.
    """

    text: str
    role: Role
    channel: Literal["call", "chat", "email"]
    language: Literal["en", "he", "nb"]
    acts: list[str]
    family: int
    previous: list[str] = []
    near: list[str] = []
    private: bool = False
    anger: int = 0


def sentence_file(name: str) -> Path:
    """Return where one of :data:`SENTENCE_SETS` stands."""
    return _PLACE / SENTENCE_SETS[name]


def read_sentences(name: str) -> tuple[About, list[Sentence]]:
    """Return one of :data:`SENTENCE_SETS`."""
    first, *rest = sentence_file(name).read_bytes().splitlines()
    decoder = msgspec.json.Decoder(Sentence)
    return msgspec.json.decode(first, type=About), [decoder.decode(line) for line in rest]


def labelled_sentences(name: str) -> Labelled:
    """Return a set of sentences as labelled turns.

    An act is judged on texts of its own side only.
    """
    about, sentences = read_sentences(name)
    last = np.cumsum([len(sentence.previous) + 1 for sentence in sentences]) - 1
    customers = np.array([sentence.role == "customer" for sentence in sentences])
    labels = {}
    for target in about.targets:
        yes = np.array([target in sentence.acts for sentence in sentences])
        own = customers == target.startswith("customer.")
        labels[target] = np.where(own, np.where(yes, YES, NO), UNJUDGED).astype(np.int8)
    family = np.array([sentence.family for sentence in sentences], np.int64)
    anger = np.array([sentence.anger for sentence in sentences], np.float64)
    return Labelled(sentence_tables(sentences), last, family, labels, {_ANGER: anger})


def sentence_tables(sentences: list[Sentence]) -> Tables:
    """Return each sentence as the last turn of a conversation of its own."""
    found = []
    for number, one in enumerate(sentences):
        before = [said.partition(": ") for said in one.previous]
        turns = [Turn(text=text, role=_role(role)) for role, _, text in before]
        turns.append(Turn(text=one.text, role=one.role, private=one.private))
        found.append(Conversation(id=str(number), turns=turns, channel=one.channel, language=one.language))
    places: dict[str, Any] = {"files": [""] * len(found), "lines": range(len(found)), "raws": [""] * len(found)}
    return assemble(columns_of(found, **places))


def _role(name: str) -> Role:
    return msgspec.convert(name, Role)  # type: ignore[no-any-return]
