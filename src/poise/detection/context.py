"""Rules that need what came before or after: paraphrase, answers, contests, promises with a time.

A block is one side's run of turns; "the customer's last turns" are rows of turns, "the next reply" is a block.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.acts import Acts, acts_of, own_phrases, privacy_of, side_of
from poise.detection.phrases import Marks, merge_marks, no_marks
from poise.detection.scene import Scene
from poise.detection.speech import timed
from poise.detection.stream import AGENT, CUSTOMER
from poise.knowledge.rules import (
    Answered,
    Backchannel,
    Confirmed,
    Contest,
    Handover,
    Options,
    Paraphrase,
    RepeatedQuestion,
    Timely,
    Transfer,
)
from poise.knowledge.schema import Behaviour, Signal

__all__ = [
    "find_answered",
    "find_backchannel",
    "find_confirmed",
    "find_contest",
    "find_handover",
    "find_options",
    "find_paraphrase",
    "find_repeated_question",
    "find_timely",
    "find_transfer",
    "restated",
]

_SHARED_WORDS: Final = 2  # fewer words in common are chance
_CHECK_WORDS: Final = 6  # a question so short, behind a paraphrase, asks whether it is right
_DIFFERENCES: Final = 2  # said in one turn, they are options side by side
_OBJECT_WORDS: Final = 6  # behind a request, in which it says what is asked for
_PROMISE_WORDS: Final = 15  # between a promise and its time, in one sentence


def restated(
    scene: Scene,
    turns: int,
    *,
    share_of: Literal["reply", "heard", "smaller"] = "reply",
    stated: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how much of the content of each turn and of what the counterpart said before is common to both.

    Content words are weighted by their rarity in bits, each stem counted once; what was heard are the counterpart's
    last ``turns`` public turns in the conversation (science 3.2).

    Parameters
    ----------
    scene
        The batch.
    turns
        How many turns of the counterpart are looked back at.
    share_of
        What the common words are a share of: the reply's words, those heard, or the smaller of the two.
    stated
        Leave out words of sentences that ask: a question repeats words without saying that they were understood.

    Returns
    -------
    tuple
        The share (length T), 0 for turns of others than the assessed; and the words in common (length N).
    """
    stream = scene.stream
    n = len(stream.conversation)
    words = np.zeros(len(stream.word), bool)
    customers = scene.customer_turns
    ordinal = np.cumsum(customers)  # of customer turns up to and with each row
    opening = ordinal[stream.first_turn[:-1]] - customers[stream.first_turn[:-1]] if n else ordinal
    floor = opening[stream.conversation] if n else ordinal
    big = np.int64(int(scene.stems.max(initial=0)) + 1)
    content = scene.content
    heard = np.flatnonzero(content & customers[stream.turn])
    # keys come nearly sorted: turn by turn
    said, at = np.unique(ordinal[stream.turn[heard]] * big + scene.stems[heard], return_index=True)
    own_words = content & (stream.side[stream.turn] == AGENT) & ~stream.private[stream.turn]
    if stated:
        asking = np.zeros(int(stream.sentence[-1]) + 1 if len(stream.sentence) else 0, bool)
        asking[stream.sentence[scene.questions.first]] = True
        own_words &= ~asking[stream.sentence]
    mine = np.flatnonzero(own_words)
    if not len(said) or not len(mine):
        return np.zeros(n), words
    # a stem counts at the latest of the turns that have it, so that a window of turns counts it once
    bits = scene.rarity[heard[at]].astype(np.float64)
    spoken = said // big
    theirs = np.zeros(n)
    latest = np.ones(len(said), bool)
    for back in range(turns):
        total = np.bincount(spoken, weights=np.where(latest, bits, 0.0), minlength=int(ordinal[-1]) + 1)
        source = ordinal - back
        theirs += np.where(source > floor, total[np.maximum(source, 0)], 0.0)
        latest &= ~_among(said, said + (back + 1) * big)
    row = stream.turn[mine]
    stem = scene.stems[mine]
    shared = np.zeros(len(mine), bool)
    for back in range(turns):
        source = ordinal[row] - back
        shared |= _among(said, source * big + stem) & (source > floor[row])
    words[mine[shared]] = True
    _, once = np.unique(row * big + stem, return_index=True)
    weight = scene.rarity[mine[once]].astype(np.float64)
    own = np.bincount(row[once], weights=weight, minlength=n)
    common = np.bincount(row[once], weights=np.where(shared[once], weight, 0.0), minlength=n)
    below = {"reply": own, "heard": theirs, "smaller": np.minimum(own, theirs)}[share_of]
    return np.divide(common, below, out=np.zeros(n), where=below > 0), words


def _among(keys: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which wanted keys are among the sorted ones."""
    if not len(keys):
        return np.zeros(len(wanted), bool)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.asarray(keys[at] == wanted)


def _span_of(scene: Scene, words: NDArray[np.bool_], rows: NDArray[np.int64], level: NDArray[np.float64]) -> Marks:
    """Return one mark for each turn over its first to its last marked word."""
    at = np.flatnonzero(words)
    turn = scene.stream.turn[at]
    first = at[np.minimum(np.searchsorted(turn, rows), max(len(at) - 1, 0))]
    last = at[np.maximum(np.searchsorted(turn, rows, side="right") - 1, 0)]
    n = len(rows)
    return Marks(first, last, rows.astype(np.int32), level.astype(np.float32), np.full(n, -1, np.int32))


def find_paraphrase(scene: Scene, entry: Behaviour | Signal, rule: Paraphrase) -> Acts:
    """Return turns that restate what the other side said, by a formulation about it or by enough of its words."""
    share, words = restated(scene, rule.turns, share_of=rule.share_of, stated=True)
    about, _ = restated(scene, rule.turns)
    count = np.bincount(scene.stream.turn[words], minlength=len(share))
    formulated = scene.turns_with(rule.formulation)
    formulations = scene.marks(rule.formulation)
    kept = formulations.take(about[formulations.turn] >= rule.formulation_threshold)
    rows = np.flatnonzero((share >= rule.threshold) & (count >= _SHARED_WORDS) & ~formulated)
    return acts_of(scene, merge_marks(kept, _span_of(scene, words, rows, share[rows]), own_phrases(scene, entry)))


def find_confirmed(scene: Scene, entry: Behaviour | Signal, rule: Confirmed) -> Acts:
    """Return paraphrases with a check that the other side's next block confirms.

    The check is one of ``rule.check``, the paraphrase said as a question, or a short question behind it ("warm?").
    """
    stream = scene.stream
    marks = scene.marks(rule.paraphrase)
    block = stream.block[marks.turn]
    following = scene.neighbour(marks.turn, 1)
    questions = scene.by_side(scene.questions, AGENT)
    last = np.full(len(scene.blocks.first) + 1, -1, np.int64)  # the last check of each block
    checks = scene.by_side(scene.marks(rule.check), AGENT)
    short = questions.take(questions.last - questions.first < _CHECK_WORDS)
    for found in (checks, short):
        np.maximum.at(last, stream.block[found.turn], found.last)
    asking = np.zeros(int(stream.sentence[-1]) + 1 if len(stream.sentence) else 0, bool)
    asking[stream.sentence[questions.first]] = True
    confirms = scene.block_has(rule.confirms)
    ok = (block >= 0) & (following >= 0)
    ok[ok] = confirms[following[ok]]
    ok &= (last[block] >= marks.first) | asking[stream.sentence[marks.last]]
    return acts_of(scene, merge_marks(marks.take(ok), own_phrases(scene, entry)))


def find_repeated_question(scene: Scene, entry: Behaviour | Signal, rule: RepeatedQuestion) -> Acts:
    """Return requests for what was asked before, and answered: they ask for the same thing.

    The same thing are two content words or more that make up enough of the shorter request, or the only content word
    of the request ("your postcode?").
    """
    stream = scene.stream
    marks = scene.marks(rule.request)
    own = own_phrases(scene, entry)
    if len(marks) < 2:
        return acts_of(scene, own)
    # what is asked for stands in the request or shortly behind it, in the same sentence
    sizes = np.minimum(marks.last + _OBJECT_WORDS, len(stream.word) - 1) - marks.first + 1
    mark = np.repeat(np.arange(len(marks)), sizes)
    word = np.repeat(marks.first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    stay = scene.content[word] & (stream.sentence[word] == stream.sentence[marks.first[mark]])
    asked = pl.DataFrame({"mark": mark[stay], "stem": scene.stems[word[stay]]}).unique(maintain_order=True)
    turn = pl.DataFrame(
        {
            "mark": np.arange(len(marks)),
            "conversation": stream.conversation[marks.turn],
            "block": stream.block[marks.turn],
        }
    )
    asked = asked.join(turn, on="mark")
    size = asked.group_by("mark").len("size")
    pairs = (
        asked.join(asked, on=["conversation", "stem"], suffix="_then")
        .filter(pl.col("block") > pl.col("block_then"))
        .group_by("mark", "mark_then")
        .len("common")
        .join(size, on="mark")
        .join(size.rename({"mark": "mark_then", "size": "size_then"}), on="mark_then")
        .filter(
            (pl.col("size") == 1)
            | (
                (pl.col("common") >= _SHARED_WORDS)
                & (pl.col("common") / pl.min_horizontal("size", "size_then") >= rule.similarity)
            )
        )
    )
    # the earlier one must have been answered by something that says more than "what?"
    then = pairs["mark_then"].to_numpy()
    answer = scene.neighbour(marks.turn[then], 1)
    questions = np.zeros(len(scene.blocks.first), bool)
    asking = stream.block[scene.questions.turn]
    questions[asking[asking >= 0]] = True
    ok = answer >= 0
    ok[ok] = ~questions[answer[ok]]
    again = np.unique(pairs["mark"].to_numpy()[ok])
    return acts_of(scene, merge_marks(marks.take(again), own))


def find_answered(scene: Scene, entry: Behaviour | Signal, rule: Answered) -> Acts:
    """Return turns that state something which takes up the question before them.

    By enough of the question's words, weighted by rarity, with something new beside them; by a figure; or by own
    phrases (yes, no, let me see). Sentences that ask, or have a mark of ``rule.unless``, answer nothing.
    """
    stream = scene.stream
    n = len(stream.conversation)
    sentence = stream.sentence
    before = scene.neighbour(np.arange(n), -1)
    questions = scene.by_side(scene.questions, CUSTOMER)
    blocks = len(scene.blocks.first)
    asked = np.zeros(blocks, bool)
    asked[stream.block[questions.turn]] = True
    replies = (stream.side == AGENT) & (before >= 0)
    replies[replies] = asked[before[replies]]
    silent = scene.sentences_with(*rule.unless)
    silent[sentence[scene.by_side(scene.questions, AGENT).first]] = True
    stated = replies[stream.turn] & ~silent[sentence]
    asks = np.zeros(len(silent), bool)
    asks[sentence[questions.first]] = True
    big = np.int64(int(scene.stems.max(initial=0)) + 1)
    heard = np.flatnonzero(scene.content & asks[sentence])
    key, at = np.unique(stream.block[stream.turn[heard]] * big + scene.stems[heard], return_index=True)
    bits = scene.rarity[heard[at]].astype(np.float64)
    mine = np.flatnonzero(stated & (scene.content | scene.numbers))
    row = stream.turn[mine]
    taken = _among(key, before[row] * big + scene.stems[mine])
    words = np.zeros(len(stream.word), bool)
    words[mine[taken]] = True
    _, once = np.unique(row * big + scene.stems[mine], return_index=True)
    weight = np.where(taken[once], scene.rarity[mine[once]], 0.0)
    common = np.bincount(row[once], weights=weight, minlength=n)
    whole = np.bincount(key // big, weights=bits, minlength=blocks)
    below = np.where(replies, whole[before], 0.0) if blocks else np.zeros(n)
    new = np.bincount(row[~taken], minlength=n) > 0
    figures = np.bincount(row[~taken & scene.numbers[mine]], minlength=n) > 0
    by_words = np.flatnonzero((common > 0) & (common >= rule.overlap * below) & new)
    own = own_phrases(scene, entry)
    return acts_of(
        scene,
        merge_marks(
            _span_of(scene, words, by_words, np.ones(len(by_words))),
            scene.whole_turns(np.flatnonzero(figures)),
            own.take(stated[own.first]),
        ),
    )


def find_backchannel(scene: Scene, entry: Behaviour | Signal, rule: Backchannel) -> Acts:
    """Return short tokens of the assessed between two turns of the other side, in calls without times.

    Where both sides have times, :mod:`poise.detection.timing` judges them.
    """
    stream = scene.stream
    marks = own_phrases(scene, entry)
    conversations = stream.tables.conversations
    by_times = conversations["conversation"].is_in(timed(stream.tables)["conversation"].implode())
    calls = ((conversations["channel"] == "call").fill_null(False) & ~by_times).to_numpy()
    turn = marks.turn
    covered = np.bincount(turn, weights=(marks.last - marks.first + 1), minlength=len(stream.conversation))
    block = stream.block[turn]
    ok = calls[stream.conversation[turn]] & (stream.words_of_turn[turn] <= rule.max_tokens) & (block >= 0)
    ok &= covered[turn] >= stream.words_of_turn[turn]  # nothing else is said
    ok[ok] &= scene.blocks.words[block[ok]] <= rule.max_tokens
    ok &= (scene.neighbour(turn, -1) >= 0) & (scene.neighbour(turn, 1) >= 0)
    return acts_of(scene, marks.take(ok))


def find_transfer(scene: Scene, entry: Behaviour | Signal, rule: Transfer) -> Acts:
    """Return transfers announced in words, without context and without staying, in the block that announces them."""
    marks = scene.marks(rule.transfer)
    block = scene.stream.block[marks.turn]
    warm = scene.block_has(rule.warm)
    ok = block >= 0
    ok[ok] = ~warm[block[ok]]
    return acts_of(scene, merge_marks(marks.take(ok), own_phrases(scene, entry)))


def _stated(scene: Scene, marks: Marks) -> Marks:
    """Keep marks in sentences that do not ask."""
    sentence = scene.stream.sentence
    asking = np.zeros(int(sentence[-1]) + 1 if len(sentence) else 0, bool)
    asking[sentence[scene.questions.first]] = True
    return marks.take(~asking[sentence[marks.first]])


def find_options(scene: Scene, entry: Behaviour | Signal, rule: Options) -> Acts:
    """Return turns that offer a choice in blocks that say how the options differ, or name two differences at once."""
    stream = scene.stream
    marks = _stated(scene, own_phrases(scene, entry))
    block = stream.block[marks.turn]
    differs = scene.block_has(rule.difference)
    ok = block >= 0
    ok[ok] = differs[block[ok]]
    # "a repair is 110 and takes a week, a new one costs more" needs no word for the choice
    differences = scene.by_side(scene.marks(rule.difference), side_of(entry))
    several = np.bincount(differences.turn, minlength=len(stream.conversation)) >= _DIFFERENCES
    return acts_of(scene, merge_marks(marks.take(ok), differences.take(several[differences.turn])))


def find_contest(scene: Scene, entry: Behaviour | Signal, rule: Contest) -> Acts:
    """Return denials in blocks without acknowledgement; with ``chain``, the last of so many such blocks in a row."""
    blocks = scene.blocks
    denials = _stated(scene, merge_marks(scene.by_side(scene.marks(rule.denial), AGENT), own_phrases(scene, entry)))
    block = scene.stream.block[denials.turn]
    contests = np.zeros(len(blocks.first), bool)
    contests[block[block >= 0]] = True
    contests &= ~scene.block_has(rule.acknowledgement) & (blocks.side == AGENT)
    run = contests.copy()
    offers = scene.block_has(rule.option) if rule.option else np.zeros(len(run), bool)
    for back in range(1, rule.chain):
        # blocks alternate between the sides, so the previous one of this side is two back
        at = np.arange(len(run)) - 2 * back
        there = at >= 0
        there[there] &= blocks.conversation[at[there]] == blocks.conversation[np.flatnonzero(there)]
        earlier = np.zeros(len(run), bool)
        earlier[there] = contests[at[there]]
        run &= earlier & ~offers
    ok = block >= 0
    ok[ok] = run[block[ok]]
    return acts_of(scene, denials.take(ok))


def find_handover(scene: Scene, entry: Behaviour | Signal, rule: Handover) -> Acts:
    """Return notes, transfers and requests to colleagues that say enough of problem, tried and asked."""
    stream = scene.stream
    parts = [scene.turns_with(name) for name in rule.parts]
    enough = np.sum(parts, axis=0) >= rule.at_least if parts else np.zeros(len(stream.conversation), bool)
    rows = np.flatnonzero(enough & (stream.side == AGENT))
    marks = merge_marks(scene.whole_turns(rows), own_phrases(scene, entry))
    return acts_of(scene, marks)


def find_timely(scene: Scene, entry: Behaviour | Signal, rule: Timely) -> Acts:
    """Return times near a promise in the same sentence (the entry's own phrases make a promise too).

    A time elsewhere in the turn says when something else happens.
    """
    times = scene.by_side(scene.marks(rule.time), side_of(entry), privacy_of(entry))
    promises = merge_marks(scene.marks(rule.promise), own_phrases(scene, entry))
    if not len(promises):
        return acts_of(scene, no_marks())
    sentence = scene.stream.sentence
    near = np.zeros(len(times), bool)
    # the promise before the time, and the one behind it
    at = np.searchsorted(promises.first, times.last, side="right")
    for step in (-1, 0):
        which = np.clip(at + step, 0, len(promises) - 1)
        apart = np.maximum(promises.first[which] - times.last, times.first - promises.last[which])
        near |= (apart <= _PROMISE_WORDS) & (sentence[promises.first[which]] == sentence[times.first])
    return acts_of(scene, times.take(near))
