"""Rules on what one turn says: phrases and where they stand, questions, names, information given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.detection.phrases import Marks, merge_marks, no_marks
from poise.detection.scene import Scene
from poise.detection.stream import AGENT, CUSTOMER
from poise.knowledge.rules import Anger, Information, LongTurn, NameUse, Phrases, Question
from poise.knowledge.schema import Behaviour, Signal

__all__ = [
    "Acts",
    "acts_of",
    "find_anger",
    "find_information",
    "find_long_turn",
    "find_name",
    "find_phrase",
    "find_question",
]

_CAPITAL_SHARE = 0.7  # of at least this many letters, in capitals: shouting
_CAPITAL_LETTERS = 8
_EXCLAMATIONS = 3


@dataclass(frozen=True, slots=True)
class Acts:
    """Marks and the participant they count for (length M); -1 counts for nobody."""

    marks: Marks
    participant: NDArray[np.int32]

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Acts:
        """Return the chosen acts."""
        return Acts(self.marks.take(which), self.participant[which])


def acts_of(scene: Scene, marks: Marks) -> Acts:
    """Return acts that count for whoever said them."""
    return Acts(marks, scene.stream.participant[marks.turn])


def side_of(entry: Signal | Behaviour) -> int:
    """Return whose words the entry looks at."""
    return CUSTOMER if isinstance(entry, Signal) and entry.side == "customer" else AGENT


def privacy_of(entry: Signal | Behaviour) -> str:
    """Return whether private notes count: no, only, any."""
    if isinstance(entry, Signal) and entry.private != "no":
        return entry.private
    return entry.rule.private if isinstance(entry.rule, Phrases) else "no"


def own_phrases(scene: Scene, entry: Signal | Behaviour) -> Marks:
    """Return the entry's own phrases in turns of its side."""
    return scene.by_side(scene.phrases.get(entry.id, no_marks()), side_of(entry), privacy_of(entry))


def ordered(scene: Scene, marks: Marks, before: str | None, after: str | None) -> Marks:
    """Keep marks before the first turn with one signal, and after the first turn with another."""
    conversation = scene.stream.conversation[marks.turn]
    stay = np.ones(len(marks), bool)
    if before is not None:
        stay &= marks.turn < scene.first_row_with(before)[conversation]
    if after is not None:
        stay &= marks.turn > scene.first_row_with(after)[conversation]
    return marks.take(stay)


def find_phrase(scene: Scene, entry: Signal | Behaviour, rule: Phrases) -> Marks:
    """Return the entry's phrases (and those of signals it counts too) where the rule allows them."""
    stream = scene.stream
    marks = own_phrases(scene, entry)
    if rule.also:
        marks = merge_marks(marks, scene.by_side(scene.said(*rule.also), side_of(entry), privacy_of(entry)))
    if rule.place != "anywhere" and len(marks):
        rank = _block_rank(scene, from_end=rule.place == "last_turns")
        block = stream.block[marks.turn]
        most = 1 if rule.place == "first_turn" else rule.turns
        marks = marks.take((block >= 0) & (rank[np.maximum(block, 0)] < most))
    if rule.asked == "skip":
        marks = marks.take(~_asked(scene, marks))
    if rule.min_words:
        marks = marks.take(stream.words_of_turn[marks.turn] >= rule.min_words)
    return ordered(scene, marks, rule.before, rule.after)


def _asked(scene: Scene, marks: Marks) -> NDArray[np.bool_]:
    """Return which marks are all of a sentence that asks, or all of a turn of a call without sentence marks.

    Whoever asks to hear it again waits for the answer: where the same side says the next turn too, nothing was asked.
    """
    stream = scene.stream
    n = len(stream.word)
    opens = (marks.first == 0) | (stream.sentence[marks.first - 1] != stream.sentence[marks.first])
    closes = (marks.last + 1 == n) | (stream.sentence[np.minimum(marks.last + 1, n - 1)] != stream.sentence[marks.last])
    turn = marks.turn
    asks = scene.asking[stream.sentence[marks.first]]
    calls = (stream.tables.conversations["channel"] == "call").fill_null(False).to_numpy()
    all_of_turn = marks.last - marks.first + 1 >= stream.words_of_turn[turn]
    after = np.minimum(turn + 1, len(stream.side) - 1)
    goes_on = (after > turn) & (stream.block[after] == stream.block[turn]) & (stream.block[turn] >= 0)
    unmarked = calls[stream.conversation[turn]] & ~stream.marked[turn] & all_of_turn & ~goes_on
    return np.asarray((opens & closes & asks) | unmarked)


def _block_rank(scene: Scene, *, from_end: bool) -> NDArray[np.int64]:
    """Return each block's number among the blocks of the same side in its conversation, from the start or the end."""
    blocks = scene.blocks
    n = len(blocks.first)
    side_key = blocks.conversation.astype(np.int64) * 4 + blocks.side
    order = np.argsort(side_key, kind="stable")
    key = side_key[order]
    fresh = np.ones(n, bool)
    fresh[1:] = key[1:] != key[:-1]
    starts = np.flatnonzero(fresh)
    sizes = np.diff(np.append(starts, n))
    position = np.arange(n) - np.repeat(starts, sizes)
    rank = np.empty(n, np.int64)
    rank[order] = np.repeat(sizes, sizes) - 1 - position if from_end else position
    return rank


def find_question(scene: Scene, entry: Signal | Behaviour, rule: Question) -> Marks:
    """Return the questions of the entry's side: sentences that ask, and its own phrases."""
    questions = scene.by_side(scene.questions, side_of(entry))
    if rule.unless:
        questions = questions.take(~scene.sentences_with(*rule.unless)[scene.stream.sentence[questions.first]])
    marks = merge_marks(questions, own_phrases(scene, entry))
    return ordered(scene, marks, rule.before, rule.after)


def find_long_turn(scene: Scene, entry: Signal | Behaviour, rule: LongTurn) -> Marks:
    """Return turns of the entry's side with at least so many words, and its own phrases."""
    stream = scene.stream
    long = (stream.words_of_turn >= rule.min_words) & (stream.side == side_of(entry)) & ~stream.private
    return merge_marks(scene.whole_turns(np.flatnonzero(long)), own_phrases(scene, entry))


def find_information(scene: Scene, entry: Signal | Behaviour, rule: Information) -> Marks:
    """Return turns that answer a request for information or a question: they state something and do not only ask.

    An answer to a mere question counts where it has none of ``rule.unless`` (a yes, thanks, a complaint).
    """
    stream = scene.stream
    rows = np.flatnonzero(stream.side == side_of(entry))
    rows = rows[~stream.private[rows]]
    before = scene.neighbour(rows, -1)
    if not len(scene.blocks.first):
        return own_phrases(scene, entry)
    questioned = np.zeros(len(scene.blocks.first), bool)
    questioned[stream.block[scene.by_side(scene.questions, AGENT + CUSTOMER - side_of(entry)).turn]] = True
    answers = questioned[before]
    for name in rule.unless:
        answers &= ~scene.turns_with(name)[rows]
    ok = (before >= 0) & (scene.block_has(rule.request)[before] | answers)
    content = np.concatenate([[0], np.cumsum(scene.content)])
    bounds = stream.first_word
    ok &= content[bounds[rows + 1]] > content[bounds[rows]]
    asks = np.bincount(scene.questions.turn, minlength=len(stream.conversation)) > 0
    ok &= ~asks[rows]
    return merge_marks(scene.whole_turns(rows[ok]), own_phrases(scene, entry))


def find_anger(scene: Scene, entry: Signal | Behaviour, rule: Anger) -> Marks:
    """Return graded words of anger; shouting raises the turn's level, to 4 at most."""
    stream = scene.stream
    marks = own_phrases(scene, entry)
    turn = marks.turn
    shouts = (stream.exclamations[turn] >= _EXCLAMATIONS) | (
        (stream.letters[turn] >= _CAPITAL_LETTERS) & (stream.capitals[turn] >= _CAPITAL_SHARE * stream.letters[turn])
    )
    level = np.minimum(marks.level + np.where(shouts, np.float32(rule.shout), np.float32(0)), np.float32(4))
    return Marks(marks.first, marks.last, turn, level.astype(np.float32), marks.source)


def find_name(scene: Scene, entry: Signal | Behaviour, rule: NameUse) -> Marks:
    """Return where the counterpart's name is said, unless it is said in too many of the person's turns."""
    stream = scene.stream
    big = np.int64(stream.vocabulary.size + 1)
    wanted = np.unique(stream.named * big + stream.name_word)
    if not len(wanted):
        return no_marks()
    mine = np.flatnonzero((stream.side[stream.turn] == AGENT) & ~stream.private[stream.turn])
    key = stream.conversation[stream.turn[mine]] * big + stream.word[mine]
    at = np.minimum(np.searchsorted(wanted, key), len(wanted) - 1)
    words = mine[wanted[at] == key]
    turn = stream.turn[words]
    n = len(words)
    marks = Marks(words, words, turn, np.ones(n, np.float32), np.full(n, -1, np.int32))
    people = len(stream.people)
    rows = np.unique(turn)
    used = np.bincount(stream.participant[rows], minlength=people)
    spoken = np.bincount(stream.participant[(stream.side == AGENT) & ~stream.private], minlength=people)
    fine = (used <= 1) | (used <= rule.most * spoken)
    return marks.take(fine[stream.participant[turn]])
