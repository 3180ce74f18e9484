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

_PART, _MATCH, _EXCEPT = 0, 1, 2


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
    # trie
    keys: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    targets: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    first_output: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    outputs: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    # patterns: one literal part each
    phrase_of: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    at_start: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    at_end: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    chain: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))  # pattern before the gap, or -1
    gap: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 2), np.int32))
    final: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
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
    width = n_words + 1
    transitions: dict[int, int] = {}
    states = 1
    outputs: list[set[int]] = [set()]
    patterns: dict[tuple[int, int, int, tuple[tuple[str, ...], ...], bool, bool, tuple[int, int]], int] = {}
    rows: list[tuple[int, bool, bool, int, tuple[int, int], bool]] = []
    for phrase, lang, form in forms:
        before = -1
        for k, part in enumerate(form.parts):
            final = k == len(form.parts) - 1
            gap = form.gaps[k - 1] if k else (0, 0)
            at_start, at_end = form.at_start and k == 0, form.at_end and final
            # a part before a gap is the same part in every phrase that begins so
            key = (phrase if final else -1, lang, before, part, at_start, at_end, gap)
            pattern = patterns.get(key)
            if pattern is None:
                pattern = patterns[key] = len(rows)
                rows.append((phrase, at_start, at_end, before, gap, final))
                for alternative in part:
                    reached = [0]
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
            before = pattern
    keys = np.fromiter(transitions.keys(), np.int64, len(transitions))
    order = np.argsort(keys)
    table.keys = keys[order]
    table.targets = np.fromiter(transitions.values(), np.int32, len(transitions))[order]
    table.first_output = np.concatenate([[0], np.cumsum([len(o) for o in outputs])]).astype(np.int64)
    table.outputs = np.array([p for o in outputs for p in sorted(o)], np.int32)
    table.phrase_of = np.array([r[0] for r in rows], np.int32)
    table.at_start = np.array([r[1] for r in rows], bool)
    table.at_end = np.array([r[2] for r in rows], bool)
    table.chain = np.array([r[3] for r in rows], np.int32)
    table.gap = np.array([r[4] for r in rows], np.int32).reshape(-1, 2)
    table.final = np.array([r[5] for r in rows], bool)


def find_phrases(stream: Stream, table: PhraseTable) -> dict[str, Marks]:
    """Return where each entry's phrases are said, exceptions and negations taken out, overlaps joined."""
    pattern, first, last = _walk(stream, table)
    pattern, first, last = _anchor(stream, table, pattern, first, last)
    phrase, first, last = _join_gaps(stream, table, pattern, first, last)
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


def _walk(stream: Stream, table: PhraseTable) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Walk the trie from every word at once; return pattern, first and last word of every literal part found."""
    tokens = stream.vocabulary.phrase_word[stream.word].astype(np.int64)
    width = sum(len(words) for words in table.phrase_words) + 1
    n = len(tokens)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    begin = np.flatnonzero(tokens > 0)
    state = np.zeros(len(begin), np.int64)
    at = begin
    while len(at) and len(table.keys):
        step = state * width + tokens[at]
        where = np.minimum(np.searchsorted(table.keys, step), len(table.keys) - 1)
        moved = table.keys[where] == step
        begin, at = begin[moved], at[moved]
        state = table.targets[where[moved]].astype(np.int64)
        count = table.first_output[state + 1] - table.first_output[state]
        ending = count > 0
        if ending.any():
            reps = count[ending]
            offset = np.repeat(table.first_output[state[ending]] - np.cumsum(reps) + reps, reps) + np.arange(reps.sum())
            found.append(
                (table.outputs[offset].astype(np.int64), np.repeat(begin[ending], reps), np.repeat(at[ending], reps))
            )
        following = at + 1
        on = following < n
        on[on] = stream.sentence[following[on]] == stream.sentence[at[on]]
        on[on] &= tokens[following[on]] > 0
        begin, state, at = begin[on], state[on], following[on]
    if not found:
        return (np.zeros(0, np.int64),) * 3
    pattern, first, last = (np.concatenate(column) for column in zip(*found, strict=True))
    return pattern, first, last


def _anchor(
    stream: Stream,
    table: PhraseTable,
    pattern: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Keep what stands where its phrase says: at the start or the end of a sentence."""
    if not len(pattern):
        return pattern, first, last
    opens = np.ones(len(stream.sentence), bool)
    opens[1:] = stream.sentence[1:] != stream.sentence[:-1]
    closes = np.append(opens[1:], True)
    stay = (~table.at_start[pattern] | opens[first]) & (~table.at_end[pattern] | closes[last])
    return pattern[stay], first[stay], last[stay]


def _join_gaps(
    stream: Stream,
    table: PhraseTable,
    pattern: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Join the parts of phrases with gaps; return phrase, first and last word of every whole phrase."""
    if not len(pattern):
        return pattern, first, last
    big = np.int64(len(stream.word) + 16)
    whole = table.final[pattern] & (table.chain[pattern] < 0)
    out = [(table.phrase_of[pattern[whole]].astype(np.int64), first[whole], last[whole])]
    # heads: (pattern reached, first word of the phrase, last word so far)
    head = (table.chain[pattern] < 0) & ~table.final[pattern]
    heads = (pattern[head], first[head], last[head])
    tail = table.chain[pattern] >= 0
    tails_pattern, tails_first, tails_last = pattern[tail], first[tail], last[tail]
    while len(heads[0]) and len(tails_pattern):
        key = heads[0] * big + heads[2]
        order = np.argsort(key, kind="stable")
        key = key[order]
        begins, ends = heads[1][order], heads[2][order]
        before = table.chain[tails_pattern].astype(np.int64)
        fewest, most = table.gap[tails_pattern, 0], table.gap[tails_pattern, 1]
        # the nearest head that ends at least ``fewest`` words before
        at = np.searchsorted(key, before * big + tails_first - 1 - fewest, side="right") - 1
        ok = at >= 0
        ok[ok] &= key[at[ok]] >= before[ok] * big + np.maximum(tails_first[ok] - 1 - most[ok], 0)
        ok[ok] &= stream.sentence[ends[at[ok]]] == stream.sentence[tails_first[ok]]
        reached = (tails_pattern[ok], begins[at[ok]], tails_last[ok])
        done = table.final[reached[0]]
        out.append((table.phrase_of[reached[0][done]].astype(np.int64), reached[1][done], reached[2][done]))
        heads = (reached[0][~done], reached[1][~done], reached[2][~done])
    phrase, first, last = (np.concatenate(column) for column in zip(*out, strict=True))
    return phrase, first, last


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
