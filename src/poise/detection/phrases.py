"""All phrases of all entries and languages in one pass: a trie over word numbers, walked by whole columns.

A phrase is expanded to its literal forms when it is compiled. Each step of the walk moves every word of the batch
that is still inside some phrase one word further, so the number of steps is the length of the longest phrase and
the cost per turn does not depend on how many phrases there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from poise.detection.stream import Stream
from poise.detection.vocabulary import LANGUAGE_CODES, NEGATOR, Vocabulary
from poise.knowledge.phrases import Form, expand
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
    languages_of: dict[str, set[int]] = field(default_factory=dict)
    # trie: state * width + word -> state
    width: int = 1
    keys: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    targets: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    first_output: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    outputs: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    # patterns: one part of a phrase each
    phrase_of: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    at_start: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    at_end: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    final: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    # where a part goes on behind a gap: rows of (fewest words, most words, state of the trie to go on from)
    first_gap: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    gaps: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 3), np.int32))
    skip_negated: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def vocabulary(self) -> Vocabulary:
        """Return an empty vocabulary that knows the words of these phrases."""
        return Vocabulary(self.phrase_words)


_NO_RULE_NEGATION = "skip"


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
    for entry_id, entry in entries.items():
        number = len(table.entries)
        table.entries.append(entry_id)
        skip = getattr(entry.rule, "negated", _NO_RULE_NEGATION) == "skip"
        for code, phrases in entry.phrases.items():
            lang = LANGUAGE_CODES.index(code)
            table.languages_of.setdefault(entry_id, set()).add(lang)
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
    _build_trie(table, forms, number)
    table.skip_negated = np.array(negated, bool)
    return table


def _written(phrases: PhraseSet) -> list[tuple[int, float, str]]:
    rows = [(_MATCH, 1.0, text) for text in phrases.match]
    rows += [(_MATCH, float(level), text) for level, texts in phrases.levels.items() for text in texts]
    return rows + [(_EXCEPT, 1.0, text) for text in phrases.except_]


def _build_trie(table: PhraseTable, forms: list[tuple[int, int, Form]], n_words: int) -> None:
    """Build the trie over word numbers; parts of one phrase that are separated by gaps are patterns of their own."""
    # a word with * stands for every phrase word that begins so, since text is mapped to the exact word first
    stands_for: list[dict[str, tuple[int, ...]]] = [
        {
            word: tuple(sorted({i for other, i in words.items() if other.rstrip("*").startswith(word[:-1])}))
            if word.endswith("*")
            else (number,)
            for word, number in words.items()
        }
        for words in table.phrase_words
    ]
    width = table.width = n_words + 1
    transitions: dict[int, int] = {}
    states = 1
    outputs: list[set[int]] = [set()]
    patterns: dict[tuple[int, int, tuple[tuple[str, ...], ...], bool, bool], int] = {}
    rows: list[tuple[int, bool, bool, bool]] = []
    roots: dict[tuple[int, tuple[int, int]], int] = {}
    for phrase, lang, form in forms:
        root = 0
        for k, part in enumerate(form.parts):
            final = k == len(form.parts) - 1
            at_start, at_end = form.at_start and k == 0, form.at_end and final
            # a part before a gap is the same part in every phrase that begins so
            key = (phrase if final else -1 - lang, root, part, at_start, at_end)
            pattern = patterns.get(key)
            if pattern is None:
                pattern = patterns[key] = len(rows)
                rows.append((phrase, at_start, at_end, final))
                for alternative in part:
                    reached = [root]
                    for word in alternative:
                        moved = []
                        for state in reached:
                            for token in stands_for[lang][word]:
                                step = state * width + token
                                target = transitions.get(step)
                                if target is None:
                                    target = transitions[step] = states
                                    states += 1
                                    outputs.append(set())
                                moved.append(target)
                        reached = moved
                    for state in reached:
                        outputs[state].add(pattern)
            if not final:
                onward = (pattern, form.gaps[k])
                if onward not in roots:
                    roots[onward] = states
                    states += 1
                    outputs.append(set())
                root = roots[onward]
    keys = np.fromiter(transitions.keys(), np.int64, len(transitions))
    order = np.argsort(keys)
    table.keys = keys[order]
    table.targets = np.fromiter(transitions.values(), np.int32, len(transitions))[order]
    table.first_output = np.concatenate([[0], np.cumsum([len(o) for o in outputs])]).astype(np.int64)
    table.outputs = np.array([p for o in outputs for p in sorted(o)], np.int32)
    table.phrase_of = np.array([r[0] for r in rows], np.int32)
    table.at_start = np.array([r[1] for r in rows], bool)
    table.at_end = np.array([r[2] for r in rows], bool)
    table.final = np.array([r[3] for r in rows], bool)
    onwards = sorted((pattern, fewest, most, root) for (pattern, (fewest, most)), root in roots.items())
    table.gaps = np.array([o[1:] for o in onwards], np.int32).reshape(-1, 3)
    table.first_gap = np.searchsorted([o[0] for o in onwards], np.arange(len(rows) + 1))


def find_phrases(stream: Stream, table: PhraseTable) -> dict[str, Marks]:
    """Return where each entry's phrases are said, exceptions and negations taken out, overlaps joined."""
    phrase, first, last = _phrases(stream, table)
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


_Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _phrases(stream: Stream, table: PhraseTable) -> _Found:
    """Return phrase, first and last word of every whole phrase: parts first, then what follows behind their gaps."""
    tokens = stream.vocabulary.phrase_word[stream.word].astype(np.int64)
    opens = np.ones(len(tokens), bool)
    opens[1:] = stream.sentence[1:] != stream.sentence[:-1]
    closes = np.append(opens[1:], True)
    begin = np.flatnonzero(tokens > 0)
    state = np.zeros(len(begin), np.int64)
    at = begin
    out: list[_Found] = []
    while len(begin):
        pattern, first, last = _walk(stream, table, tokens, begin, at, state)
        stay = (~table.at_start[pattern] | opens[first]) & (~table.at_end[pattern] | closes[last])
        pattern, first, last = pattern[stay], first[stay], last[stay]
        final = table.final[pattern]
        out.append((table.phrase_of[pattern[final]].astype(np.int64), first[final], last[final]))
        # every way on from a part: each of its gaps, each width of the gap
        pattern, first, last = pattern[~final], first[~final], last[~final]
        count = table.first_gap[pattern + 1] - table.first_gap[pattern]
        onward = _ranges(table.first_gap[pattern], count)
        first, last = np.repeat(first, count), np.repeat(last, count)
        fewest, most, root = table.gaps[onward].T.astype(np.int64)
        widths = most - fewest + 1
        begin, last, state = np.repeat(first, widths), np.repeat(last, widths), np.repeat(root, widths)
        at = last + 1 + _ranges(fewest, widths)
        inside = at < len(tokens)
        inside[inside] = (tokens[at[inside]] > 0) & (stream.sentence[at[inside]] == stream.sentence[last[inside]])
        begin, at, state = begin[inside], at[inside], state[inside]
    if not out:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    phrase, first, last = (np.concatenate(column) for column in zip(*out, strict=True))
    return phrase, first, last


def _ranges(starts: NDArray[np.integer], counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return ``start, start + 1, …`` for each start, as many as its count, one behind the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)


def _walk(
    stream: Stream,
    table: PhraseTable,
    tokens: NDArray[np.int64],
    begin: NDArray[np.int64],
    at: NDArray[np.int64],
    state: NDArray[np.int64],
) -> _Found:
    """Walk the trie from many words at once, each in a state of its own.

    Returns pattern, first word of the phrase (``begin``) and last word of every part found.
    """
    width = table.width
    found: list[_Found] = []
    while len(at) and len(table.keys):
        step = state * width + tokens[at]
        where = np.minimum(np.searchsorted(table.keys, step), len(table.keys) - 1)
        moved = table.keys[where] == step
        begin, at = begin[moved], at[moved]
        state = table.targets[where[moved]].astype(np.int64)
        count = table.first_output[state + 1] - table.first_output[state]
        ending = np.flatnonzero(count)
        if len(ending):
            patterns = table.outputs[_ranges(table.first_output[state[ending]], count[ending])].astype(np.int64)
            found.append((patterns, np.repeat(begin[ending], count[ending]), np.repeat(at[ending], count[ending])))
        following = at + 1
        on = following < len(tokens)
        on[on] = (tokens[following[on]] > 0) & (stream.sentence[following[on]] == stream.sentence[at[on]])
        begin, state, at = begin[on], state[on], following[on]
    if not found:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    pattern, first, last = (np.concatenate(column) for column in zip(*found, strict=True))
    return pattern, first, last


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
