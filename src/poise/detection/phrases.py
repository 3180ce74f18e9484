"""All phrases of all entries and languages in one pass, then exceptions and negations taken out.

Phrases are expanded to their forms when they are compiled. Each step of the walk through their trie moves every word
of the batch that is still inside some phrase one word further, so the number of steps is the length of the longest
phrase and the cost per turn does not depend on how many phrases there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from poise.detection.stream import AGENT, CUSTOMER, Stream
from poise.detection.trie import Trie, build_trie, find_forms
from poise.detection.vocabulary import LANGUAGE_CODES, NEGATOR, Vocabulary, frequencies
from poise.knowledge.phrases import Form, expand
from poise.knowledge.rules import Resolved
from poise.knowledge.schema import Behaviour, PhraseSet, Signal
from poise.languages import LANGUAGES

__all__ = ["NEGATION_WORDS", "Marks", "PhraseTable", "compile_phrases", "find_phrases"]

NEGATION_WORDS = 3
"""A negator this many words or fewer before a phrase, in the same clause, negates it."""

_MATCH, _EXCEPT = 1, 2


@dataclass(frozen=True, slots=True)
class Marks:
    """Where one entry was found, sorted by word (length M)."""

    first: NDArray[np.int64]  # word of the stream where it begins
    last: NDArray[np.int64]  # its last word
    turn: NDArray[np.int32]  # row of turns
    level: NDArray[np.float32]
    source: NDArray[np.int32]  # number of the phrase, -1 where a rule found it

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Marks:
        """Return the chosen marks."""
        return Marks(self.first[which], self.last[which], self.turn[which], self.level[which], self.source[which])

    def __len__(self) -> int:
        return len(self.first)


def no_marks() -> Marks:
    """Return no marks."""
    return Marks(
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.float32),
        np.zeros(0, np.int32),
    )


def merge_marks(*found: Marks) -> Marks:
    """Return all marks in order of their first word; of overlapping ones, their union."""
    found = tuple(marks for marks in found if len(marks))
    if not found:
        return no_marks()
    if len(found) == 1:
        return found[0]
    marks = Marks(*(np.concatenate([getattr(m, name) for m in found]) for name in Marks.__slots__))
    return _union(marks, np.zeros(len(marks), np.int64))[1]


def _union(marks: Marks, key: NDArray[np.int64]) -> tuple[NDArray[np.int64], Marks]:
    """Join overlapping marks of equal ``key``; the longest one names the source, the highest level stays."""
    order = np.lexsort((-marks.last, marks.first, key))
    marks, key = marks.take(order), key[order]
    big = np.int64(int(marks.last.max()) + 2)
    reach = np.maximum.accumulate(key * big + marks.last)
    fresh = np.ones(len(marks), bool)
    fresh[1:] = key[1:] * big + marks.first[1:] > reach[:-1]
    groups = np.flatnonzero(fresh)
    last = reach[np.append(groups[1:], len(marks)) - 1] - key[groups] * big
    level = np.maximum.reduceat(marks.level, groups)
    # the longest member stands for the group; the first of several
    size = marks.last - marks.first
    group = np.cumsum(fresh) - 1
    best = np.lexsort((np.arange(len(size)), -size, group))
    best = best[np.searchsorted(group[best], np.arange(len(groups)))]
    return key[groups], Marks(marks.first[groups], last, marks.turn[groups], level, marks.source[best])


@dataclass(slots=True)
class PhraseTable:
    """All phrases, compiled.

    Attributes
    ----------
    entries
        Ids of signals and behaviours, in the order of their numbers.
    phrases
        For each phrase: (entry number, language number, kind, level, text as written).
    """

    entries: list[str] = field(default_factory=list)
    phrases: list[tuple[int, int, int, float, str]] = field(default_factory=list)
    phrase_words: list[dict[str, int]] = field(default_factory=lambda: [{} for _ in LANGUAGE_CODES])
    frequencies: list[dict[str, float]] = field(default_factory=lambda: [{} for _ in LANGUAGE_CODES])
    tries: dict[int, Trie] = field(default_factory=dict)  # by the side whose turns they are for
    skip_negated: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def vocabulary(self) -> Vocabulary:
        """Return an empty vocabulary that knows the words of these phrases."""
        return Vocabulary(self.phrase_words, self.frequencies)


def compile_phrases(entries: Mapping[str, Signal | Behaviour]) -> PhraseTable:
    """Compile the phrase sets of signals and behaviours.

    Raises
    ------
    PhraseError
        Where a phrase cannot be read (:func:`poise.knowledge.load` says in which file).
    """
    table = PhraseTable()
    forms: list[tuple[int, int, Form]] = []  # phrase, language, form
    negated: list[bool] = []
    sides: list[int] = []
    for entry_id, entry in entries.items():
        number = len(table.entries)
        table.entries.append(entry_id)
        sides.append(_side_of(entry))
        skip = getattr(entry.rule, "negated", "skip") == "skip"
        for code, phrases in entry.phrases.items():
            lang = LANGUAGE_CODES.index(code)
            for kind, level, text in _written(phrases):
                phrase = len(table.phrases)
                table.phrases.append((number, lang, kind, level, text))
                negated.append(skip and kind == _MATCH)
                forms.extend((phrase, lang, form) for form in expand(text, LANGUAGES[code]))
    for _, lang, form in forms:
        words = table.phrase_words[lang]
        for part in form.parts:
            for alternative in part:
                for word in alternative:
                    words.setdefault(word, 0)
    number = 0
    for words in table.phrase_words:
        for word in words:
            number += 1
            words[word] = number
    table.frequencies = [frequencies(code) for code in LANGUAGE_CODES]
    for side in (AGENT, CUSTOMER):
        theirs = [form for form in forms if sides[table.phrases[form[0]][0]] == side]
        table.tries[side] = build_trie(theirs, table.phrase_words, table.frequencies)
    table.skip_negated = np.array(negated, bool)
    return table


def _side_of(entry: Signal | Behaviour) -> int:
    """Return whose words can hold the entry's phrases: nobody else's turns are looked at for them."""
    customers = entry.side == "customer" if isinstance(entry, Signal) else isinstance(entry.rule, Resolved)
    return CUSTOMER if customers else AGENT


def _written(phrases: PhraseSet) -> list[tuple[int, float, str]]:
    rows = [(_MATCH, 1.0, text) for text in phrases.match]
    rows += [(_MATCH, float(level), text) for level, texts in phrases.levels.items() for text in texts]
    return rows + [(_EXCEPT, 1.0, text) for text in phrases.except_]


def find_phrases(stream: Stream, table: PhraseTable) -> dict[str, Marks]:
    """Return where each entry's phrases are said, exceptions and negations taken out, overlaps joined."""
    tokens = stream.vocabulary.phrase_word[stream.word].astype(np.int64)
    side = stream.side[stream.turn]
    found = [
        find_forms(trie, np.where(side == whose, tokens, 0), stream.sentence) for whose, trie in table.tries.items()
    ]
    phrase, first, last = (np.concatenate(column) for column in zip(*found, strict=True))
    if not len(phrase):
        return {}
    about = np.array([(entry, kind) for entry, _, kind, _, _ in table.phrases], np.int64)
    levels = np.array([level for _, _, _, level, _ in table.phrases], np.float32)
    entry, kind = about[phrase, 0], about[phrase, 1]

    negator = (stream.vocabulary.flags[stream.word] & NEGATOR).astype(bool)
    negators = np.concatenate([[0], np.cumsum(negator)])
    opens = np.searchsorted(stream.clause, stream.clause[first])
    opens = np.maximum(opens, stream.first_word[stream.turn[first]])
    since = np.maximum(opens, first - NEGATION_WORDS)
    stay = ~(table.skip_negated[phrase] & (negators[first] > negators[since]))
    stay &= ~_cancelled(entry, kind, first, last)
    stay &= kind == _MATCH
    entry, first, last, phrase = entry[stay], first[stay], last[stay], phrase[stay]
    if not len(entry):
        return {}
    marks = Marks(first, last, stream.turn[first], levels[phrase], phrase.astype(np.int32))
    entry, marks = _union(marks, entry)
    bounds = np.searchsorted(entry, np.arange(len(table.entries) + 1))
    return {
        name: marks.take(np.arange(bounds[i], bounds[i + 1]))
        for i, name in enumerate(table.entries)
        if bounds[i + 1] > bounds[i]
    }


def _cancelled(
    entry: NDArray[np.int64], kind: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which matches overlap an exception of their own entry."""
    out = np.zeros(len(entry), bool)
    exceptions = np.flatnonzero(kind == _EXCEPT)
    if not len(exceptions):
        return out
    big = np.int64(int(last.max()) + 2)
    key = entry[exceptions] * big + first[exceptions]
    order = np.argsort(key)
    key = key[order]
    reach = np.maximum.accumulate(entry[exceptions][order] * big + last[exceptions][order])
    at = np.searchsorted(key, entry * big + last, side="right") - 1
    ok = at >= 0
    out[ok] = (key[at[ok]] // big == entry[ok]) & (reach[at[ok]] >= entry[ok] * big + first[ok])
    return out
