"""Rules that need what came before or after: paraphrase, answers, contests, resolution.

A block is one side's run of turns; "the customer's last turns" are rows of turns, "the next reply" is a block.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.acts import Acts, acts_of, own_phrases, privacy_of, side_of
from poise.detection.phrases import Marks, merge_marks, no_marks
from poise.detection.scene import Scene
from poise.detection.stream import AGENT
from poise.knowledge.schema import (
    Answered,
    Backchannel,
    Behaviour,
    Confirmed,
    Contest,
    Handover,
    Options,
    Paraphrase,
    RepeatedQuestion,
    Resolved,
    Settles,
    Signal,
    Timely,
    Transfer,
)

__all__ = [
    "find_answered",
    "find_backchannel",
    "find_confirmed",
    "find_contest",
    "find_handover",
    "find_options",
    "find_paraphrase",
    "find_repeated_question",
    "find_resolved",
    "find_settles",
    "find_timely",
    "find_transfer",
    "restated",
]

_SHARED_WORDS = 2  # fewer words in common are chance
_QUIET = 1.0  # anger at or below this is settled
_FALL = 1.0  # levels by which anger must have fallen


def restated(scene: Scene, turns: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how much of each turn's content the counterpart said before, and which words those are.

    The first (length T) is the share of the content words' rarity, in bits, that the counterpart's last ``turns``
    public turns in the conversation contain too (science 3.2); 0 for turns of others than the assessed.
    The second (length N) marks the words in common.
    """
    stream = scene.stream
    customers = scene.customer_turns
    ordinal = np.cumsum(customers)  # of customer turns up to and with each row
    opening = ordinal[stream.first_turn[:-1]] - customers[stream.first_turn[:-1]] if len(ordinal) else ordinal
    floor = opening[stream.conversation] if len(ordinal) else ordinal
    big = np.int64(int(scene.stems.max(initial=0)) + 1)
    content = scene.content
    heard = np.flatnonzero(content & customers[stream.turn])
    # keys come nearly sorted: turn by turn
    said = np.unique(ordinal[stream.turn[heard]] * big + scene.stems[heard])
    mine = np.flatnonzero(content & (stream.side[stream.turn] == AGENT) & ~stream.private[stream.turn])
    row = stream.turn[mine]
    stem = scene.stems[mine]
    shared = np.zeros(len(mine), bool)
    if len(said):
        for back in range(turns):
            source = ordinal[row] - back
            key = source * big + stem
            at = np.minimum(np.searchsorted(said, key), len(said) - 1)
            shared |= (said[at] == key) & (source > floor[row])
    rarity = scene.rarity[mine].astype(np.float64)
    n = len(stream.conversation)
    total = np.bincount(row, weights=rarity, minlength=n)
    common = np.bincount(row, weights=np.where(shared, rarity, 0.0), minlength=n)
    words = np.zeros(len(stream.word), bool)
    words[mine[shared]] = True
    return np.divide(common, total, out=np.zeros(n), where=total > 0), words


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
    share, words = restated(scene, rule.turns)
    count = np.bincount(scene.stream.turn[words], minlength=len(share))
    asks = np.bincount(scene.by_side(scene.questions, AGENT).turn, minlength=len(share)) > 0
    formulated = scene.turns_with(rule.formulation)
    formulations = scene.marks(rule.formulation)
    kept = formulations.take(share[formulations.turn] >= rule.formulation_threshold)
    # words alone count where the turn says more than a question or an echo of one word
    rows = np.flatnonzero((share >= rule.threshold) & (count >= _SHARED_WORDS) & ~formulated & ~asks)
    return acts_of(scene, merge_marks(kept, _span_of(scene, words, rows, share[rows]), own_phrases(scene, entry)))


def find_confirmed(scene: Scene, entry: Behaviour | Signal, rule: Confirmed) -> Acts:
    """Return paraphrases with a check that the other side's next block confirms."""
    marks = scene.marks(rule.paraphrase)
    block = scene.stream.block[marks.turn]
    checks = scene.block_has(rule.check)
    confirms = scene.block_has(rule.confirms)
    following = scene.neighbour(marks.turn, 1)
    ok = (block >= 0) & (following >= 0)
    ok[ok] = checks[block[ok]] & confirms[following[ok]]
    return acts_of(scene, merge_marks(marks.take(ok), own_phrases(scene, entry)))


def find_repeated_question(scene: Scene, entry: Behaviour | Signal, rule: RepeatedQuestion) -> Acts:
    """Return requests for what was asked before, and answered: their content words are nearly the same."""
    stream = scene.stream
    marks = scene.marks(rule.request)
    own = own_phrases(scene, entry)
    if len(marks) < 2:
        return acts_of(scene, own)
    sizes = marks.last - marks.first + 1
    mark = np.repeat(np.arange(len(marks)), sizes)
    word = np.repeat(marks.first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    # the request's own sentence says what is asked for
    sentences = pl.DataFrame({"mark": mark, "sentence": stream.sentence[word]}).unique(maintain_order=True)
    content = np.flatnonzero(scene.content)
    words = pl.DataFrame({"sentence": stream.sentence[content], "stem": scene.stems[content]})
    asked = sentences.join(words, on="sentence").select("mark", "stem").unique()
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
            (pl.col("common") >= _SHARED_WORDS)
            & (pl.col("common") / (pl.col("size") + pl.col("size_then") - pl.col("common")) >= rule.similarity)
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
    """Return replies to a question that take it up: its words, a figure, or own phrases (yes, no, let me see)."""
    stream = scene.stream
    share, words = restated(scene, 3)
    rows = np.flatnonzero((stream.side == AGENT) & ~stream.private)
    before = scene.neighbour(rows, -1)
    asked = np.zeros(len(scene.blocks.first), bool)
    asking = stream.block[scene.by_side(scene.questions, 2).turn]
    asked[asking[asking >= 0]] = True
    ok = before >= 0
    ok[ok] = asked[before[ok]]
    figures = np.bincount(stream.turn[scene.numbers], minlength=len(share)) > 0
    by_words = rows[ok & (share[rows] >= rule.overlap)]
    by_words = by_words[np.bincount(stream.turn[words], minlength=len(share))[by_words] > 0]
    by_figure = rows[ok & figures[rows]]
    own = own_phrases(scene, entry)
    answering = np.zeros(len(share), bool)
    answering[rows[ok]] = True
    return acts_of(
        scene,
        merge_marks(
            _span_of(scene, words, by_words, np.ones(len(by_words))),
            scene.whole_turns(by_figure),
            own.take(answering[own.turn]),
        ),
    )


def find_backchannel(scene: Scene, entry: Behaviour | Signal, rule: Backchannel) -> Acts:
    """Return short tokens of the assessed between two turns of the other side, in calls (times are in timing)."""
    stream = scene.stream
    marks = own_phrases(scene, entry)
    calls = (scene.stream.tables.conversations["channel"] == "call").fill_null(False).to_numpy()
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


def find_options(scene: Scene, entry: Behaviour | Signal, rule: Options) -> Acts:
    """Return turns that offer a choice in blocks that say how the options differ."""
    marks = own_phrases(scene, entry)
    block = scene.stream.block[marks.turn]
    differs = scene.block_has(rule.difference)
    ok = block >= 0
    ok[ok] = differs[block[ok]]
    return acts_of(scene, marks.take(ok))


def find_contest(scene: Scene, entry: Behaviour | Signal, rule: Contest) -> Acts:
    """Return denials in blocks without acknowledgement; with ``chain``, the last of so many such blocks in a row."""
    blocks = scene.blocks
    denies = scene.block_has(rule.denial)
    contests = denies & ~scene.block_has(rule.acknowledgement) & (blocks.side == AGENT)
    marks = scene.marks(rule.denial)
    block = scene.stream.block[marks.turn]
    ok = block >= 0
    ok[ok] = contests[block[ok]]
    if rule.chain > 1:
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
        ok[ok] = run[block[ok]]
    return acts_of(scene, merge_marks(marks.take(ok), own_phrases(scene, entry) if rule.chain == 1 else no_marks()))


def find_handover(scene: Scene, entry: Behaviour | Signal, rule: Handover) -> Acts:
    """Return notes, transfers and requests to colleagues that say enough of problem, tried and asked."""
    stream = scene.stream
    parts = [scene.turns_with(name) for name in rule.parts]
    enough = np.sum(parts, axis=0) >= rule.at_least if parts else np.zeros(len(stream.conversation), bool)
    rows = np.flatnonzero(enough & (stream.side == AGENT))
    marks = merge_marks(scene.whole_turns(rows), own_phrases(scene, entry))
    return acts_of(scene, marks)


def find_timely(scene: Scene, entry: Behaviour | Signal, rule: Timely) -> Acts:
    """Return times in turns that promise something (the entry's own phrases make a promise too)."""
    times = scene.by_side(scene.marks(rule.time), side_of(entry), privacy_of(entry))
    promised = scene.turns_with(rule.promise)
    promised[own_phrases(scene, entry).turn] = True
    return acts_of(scene, times.take(promised[times.turn]))


def find_resolved(scene: Scene, entry: Behaviour | Signal, rule: Resolved) -> Acts:
    """Return where the customer confirms at the end, after the last sign that it is not solved.

    It counts for the agent who spoke last. Where the outcome says resolved, the last assessed turn stands for it.
    """
    stream = scene.stream
    blocks = scene.blocks
    marks = scene.said(rule.confirms, entry.id) if entry.phrases else scene.marks(rule.confirms)
    marks = marks.take(scene.customer_turns[marks.turn])
    conversation = stream.conversation[marks.turn]
    customer = np.flatnonzero(blocks.side != AGENT)
    last_block = np.full(len(stream.first_turn) - 1, -1, np.int64)
    last_block[blocks.conversation[customer]] = customer
    block = stream.block[marks.turn]
    unresolved = scene.marks(rule.unresolved)
    last_bad = np.full(len(last_block), -1, np.int64)
    np.maximum.at(last_bad, stream.conversation[unresolved.turn], unresolved.turn.astype(np.int64))
    ok = (block >= last_block[conversation] - 2) & (marks.turn > last_bad[conversation])
    said = marks.take(ok)
    outcome = scene.stream.tables.conversations["resolved"].fill_null(False).to_numpy()
    agents = scene.agent_blocks
    rows = np.flatnonzero(outcome)
    final = np.full(len(last_block), -1, np.int64)
    final[blocks.conversation[agents]] = blocks.last[agents]
    by_outcome = scene.whole_turns(final[rows][final[rows] >= 0])
    found = merge_marks(said, by_outcome)
    return Acts(found, scene.previous_agent(found.turn))


def find_settles(scene: Scene, entry: Behaviour | Signal, rule: Settles) -> Acts:
    """Return the customer's last words where their anger has fallen since its peak; they count for the agent."""
    stream = scene.stream
    anger = scene.marks(rule.anger)
    level = np.zeros(len(stream.conversation), np.float32)
    np.maximum.at(level, anger.turn, anger.level)
    blocks = scene.blocks
    customer = np.flatnonzero(blocks.side != AGENT)
    in_block = np.zeros(len(blocks.first), np.float32)
    public = np.flatnonzero(stream.block >= 0)
    np.maximum.at(in_block, stream.block[public], level[public])
    n = len(stream.first_turn) - 1
    peak = np.zeros(n, np.float32)
    np.maximum.at(peak, blocks.conversation[customer], in_block[customer])
    last = np.full(n, -1, np.int64)
    last[blocks.conversation[customer]] = customer
    have = np.flatnonzero(last >= 0)
    end = in_block[last[have]]
    # someone must have answered the peak, else nothing was settled by anybody
    at_peak = np.full(n, -1, np.int64)
    highest = customer[in_block[customer] == peak[blocks.conversation[customer]]][::-1]
    at_peak[blocks.conversation[highest]] = highest
    ok = (peak[have] > _QUIET) & (end <= _QUIET) & (peak[have] - end >= _FALL) & (last[have] > at_peak[have])
    rows = blocks.last[last[have[ok]]]
    marks = scene.whole_turns(rows)
    return Acts(marks, scene.previous_agent(marks.turn))
