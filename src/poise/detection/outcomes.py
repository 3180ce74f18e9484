"""Rules on how a conversation ends: the problem is solved, the customer has calmed down."""

from __future__ import annotations

import numpy as np

from poise.detection.acts import Acts
from poise.detection.phrases import merge_marks
from poise.detection.scene import Scene
from poise.detection.stream import AGENT
from poise.knowledge.rules import Resolved, Settles
from poise.knowledge.schema import Behaviour, Signal

__all__ = ["find_resolved", "find_settles"]

_QUIET = 1.0  # anger at or below this is settled
_FALL = 1.0  # levels by which anger must have fallen


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
