"""What trained heads look at in a unit: its vector, its words, what is marked in it, its shape, and what it answers.

Every feature is a pure function of the scene, so that training, ``validate`` and a run compute it by the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from poise.detection.encoding import Encoder, unit_length
from poise.detection.passages import Passages, likeness
from poise.detection.phrases import no_marks
from poise.detection.replies import Replies
from poise.detection.scene import Scene
from poise.detection.units import Unit, Units, whole_turns
from poise.detection.vocabulary import NEGATOR

__all__ = ["NAMED", "Features", "ngram_buckets"]

_PREVIOUS: Final = "previous:"
_OPENING_WORDS: Final = 10
_SPREAD: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))
_EDGE: Final = (np.uint64(0x27D4EB2F165667C5), np.uint64(0x85EBCA77C2B2AE63))
"""What stands for the word before the first, and behind the last."""


def ngram_buckets(
    hashes: NDArray[np.uint64], sizes: NDArray[np.int64], bits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the buckets of single words and pairs of neighbours, edges included, of texts given as word hashes.

    Parameters
    ----------
    hashes
        Words of all texts, one text after the other.
    sizes
        Words of each text, at least one.
    bits
        Buckets as a power of two.

    Returns
    -------
    tuple
        Buckets, 2 n + 1 of a text of n words; and where each text's begin.
    """
    shift = np.uint64(64 - bits)
    ends = np.cumsum(sizes)
    starts = ends - sizes
    number = np.arange(len(sizes))
    with np.errstate(over="ignore"):
        single = (hashes * _SPREAD[0]) >> shift
        before = np.empty_like(hashes)
        before[1:] = hashes[:-1]
        before[starts] = _EDGE[0]
        pair = _pair(before, hashes) >> shift
        close = _pair(hashes[ends - 1], np.full(len(sizes), _EDGE[1])) >> shift
    begin = 2 * starts + number
    out = np.empty(2 * len(hashes) + len(sizes), np.int64)
    text = np.repeat(number, sizes)
    at = 2 * np.arange(len(hashes)) + text
    out[at], out[at + 1] = single, pair
    out[begin + 2 * sizes] = close
    return out, begin


def _pair(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (left * _SPREAD[1]) ^ (right * _SPREAD[2])
    mixed ^= mixed >> np.uint64(31)
    return mixed * _SPREAD[0]


class Features:
    """The features of the units of one scene, each worked out when it is first asked for.

    Parameters
    ----------
    scene
        The batch, with the phrases of every entry marked.
    units
        Which words are judged (length U).
    unit
        Of which kind they are.
    encoder
        For vectors.
    """

    def __init__(self, scene: Scene, units: Units, unit: Unit, encoder: Encoder | None) -> None:
        self.scene = scene
        self.units = units
        self._unit = unit
        self._encoder = encoder
        self._ngrams: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        self._named: dict[str, NDArray[np.float32]] = {}
        self._vectors: NDArray[np.float32] | None = None
        self._heard: NDArray[np.float32] | None = None
        self._heard_last: NDArray[np.float32] | None = None
        self._replies: Replies | None = None
        self._passages: Passages | None = None
        self._likeness: NDArray[np.float32] | None = None

    # ------------------------------------------------------------ vectors

    def _encode(self, units: Units) -> NDArray[np.float32]:
        if self._encoder is None:
            raise ValueError("there is no encoder for these features")
        return self._encoder.vectors(self.scene.stream, units.first, units.last)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """Vectors of the units: [U, width]."""
        if self._vectors is None:
            self._vectors = self._of_sentences() if self._unit == "text" else self._encode(self.units)
        return self._vectors

    @property
    def passages(self) -> Passages:
        """Sentences of the units."""
        if self._passages is None:
            self._passages = Passages(self.scene, self.units, self._encode)
        return self._passages

    def _of_sentences(self) -> NDArray[np.float32]:
        """Return the mean of the vectors of each unit's sentences."""
        single, sizes = self.passages.vectors, self.passages.sizes
        if not len(sizes):
            return single
        return unit_length(np.add.reduceat(single, np.cumsum(sizes) - sizes, axis=0))

    @property
    def replies(self) -> Replies:
        """What each unit answers."""
        if self._replies is None:
            self._replies = Replies(self.scene, self.units)
        return self._replies

    @property
    def heard(self) -> NDArray[np.float32]:
        """Vectors of what each unit answers, the mean of its turns; 0 where it answers nothing."""
        if self._heard is None:
            turns = whole_turns(self.scene.stream, self.replies.rows)
            self._heard = self.replies.mean_over_blocks(self._encode(turns), turns.turn)
        return self._heard

    @property
    def heard_last(self) -> NDArray[np.float32]:
        """Vectors of the last sentence of what each unit answers; 0 where it answers nothing."""
        if self._heard_last is None:
            ends, which = self.replies.last_sentences()
            out = np.zeros((len(self.units), self.vectors.shape[1]), np.float32)
            vectors = self._encode(ends)
            out[which >= 0] = vectors[which[which >= 0]]
            self._heard_last = out
        return self._heard_last

    @property
    def likeness(self) -> NDArray[np.float32]:
        """How like sentences of the units are to those of what they answer: [U, 2], see :func:`likeness`."""
        if self._likeness is None:
            heard = whole_turns(self.scene.stream, self.replies.rows)
            block = self.scene.stream.block[heard.turn].astype(np.int64)
            known, first = np.unique(block, return_index=True)
            last = np.append(first[1:], len(block)) - 1
            # one side's run of turns, however many, is one range of words
            answered = Passages(
                self.scene, Units(heard.first[first], heard.last[last], heard.turn[first]), self._encode
            )
            place = np.minimum(np.searchsorted(known, self.replies.block), max(len(known) - 1, 0))
            there = (self.replies.block >= 0) & (known[place] == self.replies.block) if len(known) else place < 0
            self._likeness = likeness(self.passages, answered, np.where(there, place, -1))
        return self._likeness

    # ------------------------------------------------------------ words

    def ngrams(self, bits: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the buckets of words and pairs of each unit, and where each unit's begin."""
        if bits not in self._ngrams:
            first, sizes = self.units.first, self.units.last - self.units.first + 1
            at = np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
            stream = self.scene.stream
            self._ngrams[bits] = ngram_buckets(stream.vocabulary.hash[stream.word[at]], sizes, bits)
        return self._ngrams[bits]

    # ------------------------------------------------------------ single figures

    def named(self, name: str) -> NDArray[np.float32]:
        """Return one figure for each unit: ``signal:ENTRY``, ``signal:previous:ENTRY``, or one of :data:`NAMED`."""
        if name not in self._named:
            kind, _, rest = name.partition(":")
            found = self._signal(rest) if kind == "signal" else NAMED[name](self)
            self._named[name] = np.asarray(found, np.float32)
        return self._named[name]

    def _signal(self, name: str) -> NDArray[np.bool_]:
        scene = self.scene
        marks = scene.written.get(name.removeprefix(_PREVIOUS), no_marks())
        if name.startswith(_PREVIOUS):
            said = np.zeros(len(scene.blocks.first) + 1, bool)
            block = scene.stream.block[marks.turn]
            said[block[block >= 0]] = True
            return said[self.replies.block]  # the last place stands for no block
        return _within(marks.first, marks.last, self.units)


def _within(first: NDArray[np.int64], last: NDArray[np.int64], units: Units) -> NDArray[np.bool_]:
    """Return which units have a word of these ranges, which are sorted and do not overlap."""
    at = np.searchsorted(last, units.first)
    inside = at < len(first)
    inside[inside] = first[at[inside]] <= units.last[inside]
    return inside


def _share(words: NDArray[np.bool_], units: Units) -> NDArray[np.float64]:
    sums = np.concatenate([[0], np.cumsum(words)])
    return np.asarray((sums[units.last + 1] - sums[units.first]) / (units.last - units.first + 1), np.float64)


def _capitals(f: Features) -> NDArray[np.float64]:
    stream = f.scene.stream
    return np.asarray(stream.capitals[f.units.turn] / np.maximum(stream.letters[f.units.turn], 1), np.float64)


def _asks(f: Features) -> NDArray[np.bool_]:
    questions = f.scene.questions
    return _within(questions.first, questions.last, f.units)


def _questions(f: Features) -> NDArray[np.int64]:
    first = f.scene.questions.first
    return np.searchsorted(first, f.units.last, side="right") - np.searchsorted(first, f.units.first)


def _rank(f: Features, *, from_end: bool) -> NDArray[np.bool_]:
    """Return which units stand in the first (or last) block of their side in the conversation."""
    blocks, stream = f.scene.blocks, f.scene.stream
    key = blocks.conversation.astype(np.int64) * 4 + blocks.side
    order = np.arange(len(key))[:: -1 if from_end else 1]
    _, at = np.unique(key[order], return_index=True)
    edge = np.zeros(len(key) + 1, bool)
    edge[order[at]] = True
    return edge[stream.block[f.units.turn]]


def _cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.einsum("ij,ij->i", left, right), np.float32)


def _goes_on(f: Features, step: int) -> NDArray[np.bool_]:
    return f.scene.neighbour(f.units.turn, step) >= 0


def _place(f: Features) -> NDArray[np.float64]:
    stream = f.scene.stream
    conversation = stream.conversation[f.units.turn]
    size = np.diff(stream.first_turn)[conversation]
    return np.asarray((f.units.turn - stream.first_turn[conversation]) / np.maximum(size - 1, 1), np.float64)


def _previous_questions(f: Features) -> NDArray[np.bool_]:
    asked = np.zeros(len(f.scene.blocks.first) + 1, bool)
    block = f.scene.stream.block[f.scene.questions.turn]
    asked[block[block >= 0]] = True
    return asked[f.replies.block]


def _calls(f: Features) -> NDArray[np.bool_]:
    stream = f.scene.stream
    calls = (stream.tables.conversations["channel"] == "call").fill_null(False).to_numpy()
    return np.asarray(calls[stream.conversation[f.units.turn]])


NAMED: Final[dict[str, Callable[[Features], NDArray[np.generic]]]] = {
    # the unit by itself
    "shape:words": lambda f: np.log1p(f.units.last - f.units.first + 1),
    "shape:turn_words": lambda f: np.log1p(f.scene.stream.words_of_turn[f.units.turn]),
    "shape:asks": _asks,
    "shape:sentences": lambda f: np.log1p(f.passages.sizes),
    "shape:questions": lambda f: np.log1p(_questions(f)),
    "shape:content": lambda f: _share(f.scene.content, f.units),
    "shape:numbers": lambda f: _share(f.scene.numbers, f.units) > 0,
    "shape:negators": lambda f: _share((f.scene.stream.vocabulary.flags[f.scene.stream.word] & NEGATOR) > 0, f.units),
    "shape:exclaims": lambda f: np.log1p(f.scene.stream.exclamations[f.units.turn]),
    "shape:capitals": _capitals,
    "shape:opens_turn": lambda f: f.units.first == f.scene.stream.first_word[f.units.turn],
    "shape:closes_turn": lambda f: f.units.last + 1 == f.scene.stream.first_word[f.units.turn + 1],
    # where it stands: only for heads that are trained on whole conversations
    "shape:place": _place,
    "shape:first_turn": lambda f: _rank(f, from_end=False),
    "shape:last_turn": lambda f: _rank(f, from_end=True),
    "shape:call": _calls,
    "shape:private": lambda f: f.scene.stream.private[f.units.turn],
    # the unit against what it answers: the block of the other side right before it, and that block's last sentence
    "pair:answers": lambda f: _goes_on(f, -1),
    "pair:answered": lambda f: _goes_on(f, 1),
    "pair:asked": _previous_questions,
    "pair:heard_words": lambda f: np.log1p(f.replies.heard_words),
    "pair:length": lambda f: np.log1p(f.units.last - f.units.first + 1) - np.log1p(f.replies.heard_words),
    "pair:shared_words": lambda f: np.log1p(f.replies.common(last=False).count),
    "pair:shared_of_reply": lambda f: f.replies.common(last=False).of_reply,
    "pair:shared_of_heard": lambda f: f.replies.common(last=False).of_heard,
    "pair:shared_of_smaller": lambda f: f.replies.common(last=False).of_smaller,
    "pair:shared_pairs": lambda f: f.replies.shared_pairs(),
    "pair:shared_of_all": lambda f: f.replies.shared_of_all(),
    "pair:shared_by_opening": lambda f: f.replies.shared_of_all(words=_OPENING_WORDS),
    "pair:shared_run": lambda f: np.log1p(f.replies.longest_run()),
    "pair:best_cosine": lambda f: f.likeness[:, 0],
    "pair:heard_cosine": lambda f: f.likeness[:, 1],
    "pair:cosine": lambda f: _cosine(f.vectors, f.heard),
    "pair:last_shared_words": lambda f: np.log1p(f.replies.common(last=True).count),
    "pair:last_shared_of_reply": lambda f: f.replies.common(last=True).of_reply,
    "pair:last_shared_of_heard": lambda f: f.replies.common(last=True).of_heard,
    "pair:last_shared_of_smaller": lambda f: f.replies.common(last=True).of_smaller,
    "pair:last_cosine": lambda f: _cosine(f.vectors, f.heard_last),
}
"""Figures by name; a head says which it uses."""
