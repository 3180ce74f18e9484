"""What rules look at: the stream, what was said in it, and who answers whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from poise.detection.phrases import Marks, merge_marks, no_marks
from poise.detection.stream import AGENT, CUSTOMER, Stream
from poise.detection.vocabulary import NUMBER, OPENER, STOP

if TYPE_CHECKING:
    from poise.detection.heads import Judgement

__all__ = ["Blocks", "Scene"]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Runs of public turns of one side (length B), in order: who holds the floor."""

    first: NDArray[np.int64]  # row of its first turn
    last: NDArray[np.int64]  # row of its last turn
    side: NDArray[np.int8]
    conversation: NDArray[np.int32]
    words: NDArray[np.int64]


class Scene:
    """A stream with the marks of phrases and signals, and the order of blocks.

    Parameters
    ----------
    stream
        The batch.
    phrases
        Raw marks of every entry's phrases, anyone's words.

    Attributes
    ----------
    written
        Marks of phrases alone: what heads see.
    phrases
        The same with what heads add and veto: what rules see.
    judged
        What heads say of the entries that name them.
    """

    def __init__(self, stream: Stream, phrases: Mapping[str, Marks]) -> None:
        self.stream = stream
        self.written = phrases
        self.phrases = phrases
        self.judged: dict[str, Judgement] = {}
        self.signals: dict[str, Marks] = {}

    def marks(self, name: str) -> Marks:
        """Return the marks of a signal (as its rule found them) or the phrases of a behaviour."""
        found = self.signals.get(name)
        return found if found is not None else self.phrases.get(name, no_marks())

    def said(self, *names: str) -> Marks:
        """Return the marks of several entries, overlaps joined."""
        return merge_marks(*(self.marks(name) for name in names))

    # ------------------------------------------------------------ turns

    def turns_with(self, name: str) -> NDArray[np.bool_]:
        """Return which turns have a mark of ``name``."""
        out = np.zeros(len(self.stream.conversation), bool)
        out[self.marks(name).turn] = True
        return out

    def by_side(self, marks: Marks, side: int, private: str = "no") -> Marks:
        """Keep marks in turns of one side; ``private`` notes not, only, or too."""
        turn = marks.turn
        stay = self.stream.side[turn] == side
        if private != "any":
            stay &= self.stream.private[turn] == (private == "only")
        return marks.take(stay)

    def whole_turns(self, rows: NDArray[np.int64], level: float = 1.0) -> Marks:
        """Return one mark over all the words of each of these turns; turns without words have none."""
        first, after = self.stream.first_word[rows], self.stream.first_word[rows + 1]
        stay = after > first
        rows, first, after = rows[stay], first[stay], after[stay]
        n = len(rows)
        return Marks(first, after - 1, rows.astype(np.int32), np.full(n, level, np.float32), np.full(n, -1, np.int32))

    @cached_property
    def blocks(self) -> Blocks:
        """All blocks of the batch."""
        stream = self.stream
        rows = np.flatnonzero(stream.block >= 0)
        block = stream.block[rows]
        n = int(block[-1]) + 1 if len(block) else 0
        first = rows[np.searchsorted(block, np.arange(n))]
        last = rows[np.searchsorted(block, np.arange(n), side="right") - 1]
        words = np.bincount(block, weights=stream.words_of_turn[rows], minlength=n).astype(np.int64)
        return Blocks(first, last, stream.side[first], stream.conversation[first], words)

    @cached_property
    def agent_blocks(self) -> NDArray[np.int64]:
        """Numbers of the assessed side's blocks."""
        return np.flatnonzero(self.blocks.side == AGENT)

    @cached_property
    def last_row(self) -> NDArray[np.int64]:
        """Last row of turns of each turn's conversation."""
        return self.stream.first_turn[self.stream.conversation + 1] - 1

    def neighbour(self, rows: NDArray[np.integer], step: int) -> NDArray[np.int64]:
        """Return the block ``step`` blocks from each turn's own in the same conversation, or -1.

        ``step`` = -1 is what the other side said before this turn, +1 what it says next.
        """
        blocks = self.blocks
        own = self.stream.block[rows].astype(np.int64)
        at = own + step
        ok = (own >= 0) & (at >= 0) & (at < len(blocks.first))
        ok[ok] &= blocks.conversation[at[ok]] == blocks.conversation[own[ok]]
        return np.where(ok, at, -1)

    def block_has(self, name: str) -> NDArray[np.bool_]:
        """Return which blocks have a mark of ``name``."""
        block = self.stream.block[self.marks(name).turn]
        out = np.zeros(len(self.blocks.first), bool)
        out[block[block >= 0]] = True
        return out

    def first_row_with(self, name: str) -> NDArray[np.int64]:
        """Return, for each conversation, the first turn with a mark of ``name``; the number of turns where none has."""
        conversations = len(self.stream.first_turn) - 1
        out = np.full(conversations, len(self.stream.conversation), np.int64)
        turn = self.marks(name).turn.astype(np.int64)
        np.minimum.at(out, self.stream.conversation[turn], turn)
        return out

    # ------------------------------------------------------------ words

    @cached_property
    def content(self) -> NDArray[np.bool_]:
        """Which words of the stream carry content."""
        vocabulary = self.stream.vocabulary
        word = self.stream.word
        flags = vocabulary.flags[word]
        content: NDArray[np.bool_] = ((flags & STOP) == 0) & ((vocabulary.letters[word] > 1) | ((flags & NUMBER) > 0))
        return content

    @cached_property
    def numbers(self) -> NDArray[np.bool_]:
        """Which words are figures."""
        return np.asarray(self.stream.vocabulary.flags[self.stream.word] & NUMBER, dtype=np.bool_)

    @cached_property
    def sentence_starts(self) -> NDArray[np.int64]:
        """First word of each sentence that has words."""
        sentence = self.stream.sentence
        fresh = np.ones(len(sentence), bool)
        fresh[1:] = sentence[1:] != sentence[:-1]
        return np.flatnonzero(fresh)

    @cached_property
    def asking(self) -> NDArray[np.bool_]:
        """Which sentences end in a question mark (length: sentences, the last one's mark may be missing)."""
        stream = self.stream
        count = int(stream.sentence[-1]) + 1 if len(stream.sentence) else 0
        return np.append(stream.asks, np.zeros(max(count - len(stream.asks), 0), bool))

    def sentences_with(self, *names: str) -> NDArray[np.bool_]:
        """Return which sentences of the batch begin a mark of one of these entries."""
        sentence = self.stream.sentence
        out = np.zeros(int(sentence[-1]) + 1 if len(sentence) else 0, bool)
        for name in names:
            out[self.stream.sentence[self.marks(name).first]] = True
        return out

    @cached_property
    def questions(self) -> Marks:
        """Sentences of anyone that ask: by their mark, or by their first word in turns without such marks."""
        stream = self.stream
        starts = self.sentence_starts
        if not len(starts):
            return no_marks()
        ends = np.append(starts[1:], len(stream.word)) - 1
        number = stream.sentence[starts]
        marked = self.asking[number]
        turn = stream.turn[starts]
        asked = np.zeros(len(stream.conversation), bool)
        asked[turn[marked]] = True
        opens = (stream.vocabulary.flags[stream.word[starts]] & OPENER).astype(bool)
        # an opener asks only where nobody punctuates: the turn's sentence ends with the turn
        last_of_turn = ends + 1 == stream.first_word[turn + 1]
        stay = np.flatnonzero(marked | (opens & last_of_turn & ~stream.marked[turn] & (ends - starts >= 1)))
        n = len(stay)
        return Marks(starts[stay], ends[stay], turn[stay], np.ones(n, np.float32), np.full(n, -1, np.int32))

    @cached_property
    def stems(self) -> NDArray[np.int32]:
        """Stem of each word of the stream."""
        return self.stream.vocabulary.stem[self.stream.word]

    @cached_property
    def rarity(self) -> NDArray[np.float32]:
        """Bits of surprise of each word of the stream."""
        return self.stream.vocabulary.rarity[self.stream.word]

    # ------------------------------------------------------------ answers

    def previous_agent(self, rows: NDArray[np.integer]) -> NDArray[np.int32]:
        """Return the assessed participant who spoke last at or before each turn in its conversation, or -1."""
        stream = self.stream
        spoken = np.flatnonzero((stream.side == AGENT) & ~stream.private)
        if not len(spoken):
            return np.full(len(rows), -1, np.int32)
        at = np.searchsorted(spoken, rows, side="right") - 1
        row = spoken[np.maximum(at, 0)]
        ok = (at >= 0) & (stream.conversation[row] == stream.conversation[rows])
        return np.where(ok, stream.participant[row], -1).astype(np.int32)

    @cached_property
    def customer_turns(self) -> NDArray[np.bool_]:
        """Public turns of the counterpart."""
        customers: NDArray[np.bool_] = (self.stream.side == CUSTOMER) & ~self.stream.private
        return customers
