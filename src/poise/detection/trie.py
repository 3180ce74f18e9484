"""The trie of all phrases: built once, then walked by whole columns of word numbers.

A phrase with gaps has several parts. Its rarest part is looked for everywhere; from where that stands, the parts
before it are walked backwards and the parts behind it forwards. So a phrase that opens with a common word costs
nothing where its rare word is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poise.knowledge.phrases import Form

__all__ = ["Trie", "build_trie", "find_forms", "ranges"]

_FREE: Final = np.int64(-1)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_AT_AN_END: Final = 0.2  # share of words that stand at an end of their sentence, roughly
_ANY_ENDING: Final = 1e-3  # frequency of a word with any ending, for want of a better guess
_UNKNOWN: Final = 1e-6

Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Phrase (or pattern), first word, last word."""


@dataclass(slots=True)
class Trie:
    """Transitions as a hash table from ``state * width + word`` to state, and what is reached.

    A *pattern* is one part of a form. When it is found, either the whole form is (``final``), or one further part is
    to be looked for: the rows of ``onward`` are direction (1 or -1), fewest and most words of the gap, and the state
    to go on from.
    """

    width: int = 1
    keys: NDArray[np.int64] = field(default_factory=lambda: np.full(4, _FREE))
    targets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(4, np.int64))
    root: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))  # state after the first word
    first_output: NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, np.int64))
    outputs: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    phrase_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    at_start: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    at_end: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    final: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    first_onward: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    onward: NDArray[np.int64] = field(default_factory=lambda: np.zeros((4, 0), np.int64))
    # one of 64 bits for each word; for each way on the bits of the words that it may begin with
    signature: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(1, np.uint64))
    opens_with: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))

    def step(self, state: NDArray[np.int64], word: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the state after ``word``, or -1."""
        key = state * self.width + word
        mask = len(self.keys) - 1
        slot = _slot(key, mask)
        there = self.keys[slot]
        out = np.where(there == key, self.targets[slot], -1)
        pending = np.flatnonzero((there != key) & (there != _FREE))
        while len(pending):
            slot[pending] = (slot[pending] + 1) & mask
            there = self.keys[slot[pending]]
            hit = there == key[pending]
            out[pending[hit]] = self.targets[slot[pending[hit]]]
            pending = pending[~hit & (there != _FREE)]
        return out


def _slot(key: NDArray[np.int64], mask: int) -> NDArray[np.int64]:
    with np.errstate(over="ignore"):
        spread = key.astype(np.uint64) * _SPREAD
    return ((spread >> np.uint64(32)) & np.uint64(mask)).astype(np.int64)


class _Builder:
    def __init__(self, width: int) -> None:
        self.width = width
        self.transitions: dict[int, int] = {}
        self.outputs: list[set[int]] = [set()]
        self.patterns: dict[tuple[object, ...], int] = {}
        self.rows: list[tuple[int, bool, bool, bool]] = []
        self.onward: dict[tuple[int, int, tuple[int, int]], int] = {}

    def state(self) -> int:
        self.outputs.append(set())
        return len(self.outputs) - 1

    def add(self, root: int, words: Iterable[tuple[int, ...]], pattern: int) -> None:
        """Add one run of words, each any of several numbers, from a state."""
        reached = [root]
        for choices in words:
            moved = []
            for state in reached:
                for word in choices:
                    step = state * self.width + word
                    target = self.transitions.get(step)
                    if target is None:
                        target = self.transitions[step] = self.state()
                    moved.append(target)
            reached = moved
        for state in reached:
            self.outputs[state].add(pattern)


def build_trie(
    forms: Sequence[tuple[int, int, Form]],
    words: Sequence[Mapping[str, int]],
    frequencies: Sequence[Mapping[str, float]],
) -> Trie:
    """Build the trie.

    Parameters
    ----------
    forms
        Phrase number, language number, form.
    words
        For each language: word (or ``prefix*``) -> its number, from 1, over all languages.
    frequencies
        For each language: relative frequency of words, to tell which part of a form is rare.
    """
    # a word with * stands for every phrase word that begins so, since text is mapped to the exact word first
    stands_for: list[dict[str, tuple[int, ...]]] = [
        {
            word: tuple(sorted({i for other, i in known.items() if other.rstrip("*").startswith(word[:-1])}))
            if word.endswith("*")
            else (number,)
            for word, number in known.items()
        }
        for known in words
    ]
    builder = _Builder(sum(len(known) for known in words) + 1)
    for phrase, lang, form in forms:
        anchor = _rarest(form, frequencies[lang])
        # (part, direction, gap): the anchor, then what stands before it from near to far, then what stands behind
        walk = [(anchor, 1, (0, 0))]
        walk += [(k, -1, form.gaps[k]) for k in range(anchor - 1, -1, -1)]
        walk += [(k, 1, form.gaps[k - 1]) for k in range(anchor + 1, len(form.parts))]
        root = 0
        for n, (k, direction, _) in enumerate(walk):
            final = n == len(walk) - 1
            at_start = form.at_start and (k == 0 or final)
            at_end = form.at_end and (k == len(form.parts) - 1 or final)
            # a part that is not the last to be looked for is the same part in every phrase that shares it
            key = (phrase if final else -1 - lang, root, direction, form.parts[k], at_start, at_end)
            pattern = builder.patterns.get(key)
            if pattern is None:
                pattern = builder.patterns[key] = len(builder.rows)
                builder.rows.append((phrase, at_start, at_end, final))
                for alternative in form.parts[k]:
                    builder.add(root, (stands_for[lang][word] for word in alternative[::direction]), pattern)
            if not final:
                _, turn, gap = walk[n + 1]
                onward = (pattern, turn, gap)
                if onward not in builder.onward:
                    builder.onward[onward] = builder.state()
                root = builder.onward[onward]
    return _frozen(builder)


def _rarest(form: Form, frequency: Mapping[str, float]) -> int:
    """Return the part of a form that text has least often."""
    if len(form.parts) == 1:
        return 0
    expected = [
        sum(
            min(_ANY_ENDING if word.endswith("*") else frequency.get(word, _UNKNOWN) for word in alternative)
            for alternative in part
        )
        for part in form.parts
    ]
    expected[0] *= _AT_AN_END if form.at_start else 1
    expected[-1] *= _AT_AN_END if form.at_end else 1
    return int(np.argmin(expected))


def _frozen(builder: _Builder) -> Trie:
    size = 1 << max(2, (len(builder.transitions) * 3).bit_length())
    keys = np.fromiter(builder.transitions.keys(), np.int64, len(builder.transitions))
    targets = np.fromiter(builder.transitions.values(), np.int64, len(builder.transitions))
    table, values = np.full(size, _FREE), np.zeros(size, np.int64)
    slot = _slot(keys, size - 1)
    pending = np.arange(len(keys))
    while len(pending):
        # of several keys that want one free slot the first gets it
        free = table[slot[pending]] == _FREE
        wanted, first = np.unique(slot[pending[free]], return_index=True)
        placed = pending[free][first]
        table[wanted], values[wanted] = keys[placed], targets[placed]
        pending = np.setdiff1d(pending, placed, assume_unique=True)
        slot[pending] = (slot[pending] + 1) & (size - 1)
    root = np.full(builder.width, -1, np.int64)
    at_root = keys < builder.width
    root[keys[at_root]] = targets[at_root]
    onward = sorted((p, d, low, high, root_) for (p, d, (low, high)), root_ in builder.onward.items())
    rows = builder.rows
    signature = np.left_shift(np.uint64(1), (np.arange(builder.width) * 37 % 64).astype(np.uint64))
    signature[0] = 0
    bits = np.zeros(len(builder.outputs), np.uint64)
    np.bitwise_or.at(bits, keys // builder.width, signature[keys % builder.width])
    return Trie(
        width=builder.width,
        keys=table,
        targets=values,
        root=root,
        first_output=np.concatenate([[0], np.cumsum([len(o) for o in builder.outputs])]).astype(np.int64),
        outputs=np.array([p for o in builder.outputs for p in sorted(o)], np.int64),
        phrase_of=np.array([r[0] for r in rows], np.int64),
        at_start=np.array([r[1] for r in rows], bool),
        at_end=np.array([r[2] for r in rows], bool),
        final=np.array([r[3] for r in rows], bool),
        first_onward=np.searchsorted([o[0] for o in onward], np.arange(len(rows) + 1)).astype(np.int64),
        onward=np.ascontiguousarray(np.array([o[1:] for o in onward], np.int64).reshape(-1, 4).T),
        signature=signature,
        opens_with=bits[[o[4] for o in onward]] if onward else np.zeros(0, np.uint64),
    )


def find_forms(trie: Trie, tokens: NDArray[np.int64], sentence: NDArray[np.int32]) -> Found:
    """Return phrase, first and last word of every form found.

    Parameters
    ----------
    trie
        All phrases.
    tokens
        Number of the phrase word that each word of the text stands for, 0 for none.
    sentence
        Sentence of each word, ascending; no form crosses sentences.
    """
    n = len(tokens)
    opens = np.ones(n, bool)
    opens[1:] = sentence[1:] != sentence[:-1]
    closes = np.append(opens[1:], True)
    at = np.flatnonzero(tokens)
    state = trie.root[tokens[at]]
    at, state = at[state >= 0], state[state >= 0]
    # first and last word so far, the word to look at, the way to go
    first, last, step = at, at, np.ones(len(at), np.int64)
    out: list[Found] = []
    while len(at):
        pattern, first, last = _walk(trie, tokens, sentence, state, first, last, at, step)
        stay = (~trie.at_start[pattern] | opens[first]) & (~trie.at_end[pattern] | closes[last])
        pattern, first, last = pattern[stay], first[stay], last[stay]
        final = trie.final[pattern]
        out.append((trie.phrase_of[pattern[final]], first[final], last[final]))
        pattern, first, last = pattern[~final], first[~final], last[~final]
        first, last, at, state, step = _onward(trie, tokens, sentence, pattern, first, last)
    if not out:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    phrase, first, last = (np.concatenate(column) for column in zip(*out, strict=True))
    return phrase, first, last


def _onward(
    trie: Trie,
    tokens: NDArray[np.int64],
    sentence: NDArray[np.int32],
    pattern: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> tuple[NDArray[np.int64], ...]:
    """Take the first word of every part that may come next, over each width of its gap.

    Returns first and last word so far, the word taken, the state after it, and the way to go.
    """
    count = trie.first_onward[pattern + 1] - trie.first_onward[pattern]
    way = ranges(trie.first_onward[pattern], count)
    first, last = np.repeat(first, count), np.repeat(last, count)
    direction, fewest, most, root = trie.onward
    reached: list[tuple[NDArray[np.int64], ...]] = []
    for width in range(int(most.max(initial=-1)) + 1):
        if width:
            wide = np.flatnonzero(most[way] >= width)
            way, first, last = way[wide], first[wide], last[wide]
        begun = np.flatnonzero(fewest[way] <= width) if width < int(fewest.max()) else np.arange(len(way))
        step = direction[way[begun]]
        at = np.where(step > 0, last[begun] + 1 + width, first[begun] - 1 - width)
        np.clip(at, 0, len(tokens) - 1, out=at)
        # most words cannot open the part: a signature says so without a look into the table
        stay = np.flatnonzero(trie.signature[tokens[at]] & trie.opens_with[way[begun]])
        rows, step, at = begun[stay], step[stay], at[stay]
        # (a place that was clipped lies within the part that is already found)
        stay = np.flatnonzero((sentence[at] == sentence[first[rows]]) & ((at < first[rows]) | (at > last[rows])))
        rows, step, at = rows[stay], step[stay], at[stay]
        state = trie.step(root[way[rows]], tokens[at])
        stay = np.flatnonzero(state >= 0)
        rows, step, at, state = rows[stay], step[stay], at[stay], state[stay]
        reached.append((np.minimum(first[rows], at), np.maximum(last[rows], at), at, state, step))
    if not reached:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing, nothing, nothing
    return tuple(np.concatenate(column) for column in zip(*reached, strict=True))


def _walk(
    trie: Trie,
    tokens: NDArray[np.int64],
    sentence: NDArray[np.int32],
    state: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    at: NDArray[np.int64],
    step: NDArray[np.int64],
) -> Found:
    """Walk from many words at once, each in a state that has taken its word already, forwards or backwards."""
    found: list[Found] = []
    n = len(tokens)
    while len(at):
        count = trie.first_output[state + 1] - trie.first_output[state]
        ending = np.flatnonzero(count)
        if len(ending):
            reps = count[ending]
            patterns = trie.outputs[ranges(trie.first_output[state[ending]], reps)]
            found.append((patterns, np.repeat(first[ending], reps), np.repeat(last[ending], reps)))
        following = at + step
        on = np.flatnonzero((following >= 0) & (following < n))
        on = on[(tokens[following[on]] > 0) & (sentence[following[on]] == sentence[at[on]])]
        at = following[on]
        state = trie.step(state[on], tokens[at])
        moved = state >= 0
        on, at, state = on[moved], at[moved], state[moved]
        step = step[on]
        first, last = np.minimum(first[on], at), np.maximum(last[on], at)
    if not found:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    pattern, first, last = (np.concatenate(column) for column in zip(*found, strict=True))
    return pattern, first, last


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``start, start + 1, …`` for each start, as many as its count, one behind the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)
