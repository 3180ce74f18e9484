"""Occasions: when a behaviour was called for, whose turn it was to show it, and whether it was shown.

An occasion is a range of rows of turns in which one participant's hits count. Windows are counted in blocks, so
that an utterance cut into many rows by a transcript is still one reply.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.detection.acts import Acts
from poise.detection.scene import Scene
from poise.detection.stream import AGENT
from poise.knowledge.schema import Behaviour, Opportunity

__all__ = ["Occasions", "met", "occasions_of", "within_occasions"]

_STRETCH_WORDS = 15  # words of a counterpart's stretch that call for a sign of listening
_ENDING_BLOCKS = 2


@dataclass(frozen=True, slots=True)
class Occasions:
    """Occasions of one behaviour (length K)."""

    row: NDArray[np.int64]  # row of turns, -1 where the whole conversation is the occasion
    participant: NDArray[np.int32]
    first: NDArray[np.int64]  # rows of turns in which hits of the participant count
    last: NDArray[np.int64]

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Occasions:
        """Return the chosen occasions."""
        return Occasions(self.row[which], self.participant[which], self.first[which], self.last[which])


def met(scene: Scene, occasions: Occasions, acts: Acts) -> NDArray[np.bool_]:
    """Return which occasions have a hit of their participant in their rows."""
    big = np.int64(len(scene.stream.conversation) + 1)
    keys = np.sort(acts.participant.astype(np.int64) * big + acts.marks.turn)
    who = occasions.participant.astype(np.int64) * big
    low = np.searchsorted(keys, who + occasions.first)
    high = np.searchsorted(keys, who + occasions.last, side="right")
    return np.asarray(high > low)


def within_occasions(scene: Scene, entry: Behaviour, occasions: Occasions, acts: Acts) -> Acts:
    """Return the acts that lie in an occasion of their participant.

    What a behaviour called for by a signal shows outside of its occasions is evidence of nothing (principle 2), and so
    no hit. Behaviours whose occasion is the conversation keep all.
    """
    if entry.opportunity.occasion not in ("signal", "first_signal", "stretch") or not len(acts.marks):
        return acts
    if not len(occasions.row):
        return acts.take(np.zeros(len(acts.marks), bool))
    big = np.int64(len(scene.stream.conversation) + 1)
    who = occasions.participant.astype(np.int64) * big
    order = np.argsort(who + occasions.first, kind="stable")
    opens = (who + occasions.first)[order]
    reach = np.maximum.accumulate((who + occasions.last)[order])
    place = acts.participant.astype(np.int64) * big + acts.marks.turn
    at = np.searchsorted(opens, place, side="right") - 1
    return acts.take((at >= 0) & (reach[np.maximum(at, 0)] >= place))


def occasions_of(scene: Scene, entry: Behaviour, acts: Acts) -> Occasions:
    """Return when ``entry`` was called for, in conversations whose language has rules for it.

    ``acts`` are its hits, needed where a hit itself changes what is one stretch (back-channels).
    """
    opportunity = entry.opportunity
    match opportunity.occasion:
        case "conversation" | "ending":
            found = _whole(scene, opportunity)
        case "signal" | "first_signal":
            found = _signalled(scene, opportunity)
        case "stretch":
            found = _stretches(scene, acts)
        case _:
            empty = np.zeros(0, np.int64)
            return Occasions(empty, empty.astype(np.int32), empty, empty)
    conversation = scene.stream.conversation[found.last]
    stay = np.ones(len(conversation), bool)
    if opportunity.min_turns:
        size = np.diff(scene.stream.first_turn)
        stay &= size[conversation] >= opportunity.min_turns
    if opportunity.channels:
        fits = scene.stream.tables.conversations["channel"].is_in(opportunity.channels).fill_null(False).to_numpy()
        stay &= fits[conversation]
    return found.take(stay)


def _whole(scene: Scene, opportunity: Opportunity) -> Occasions:
    """Return one occasion per conversation for who speaks first (or each), or who speaks near its end."""
    stream = scene.stream
    blocks = scene.blocks
    agents = scene.agent_blocks
    if opportunity.occasion == "ending":
        n = len(stream.first_turn) - 1
        last = np.full(n, -1, np.int64)
        last[blocks.conversation] = np.arange(len(blocks.first))
        near = agents[agents > last[blocks.conversation[agents]] - _ENDING_BLOCKS]
        chosen = near[_is_last(blocks.conversation[near])]
        participant = stream.participant[blocks.last[chosen]]
    elif opportunity.people == "first":
        chosen = agents[_is_first(blocks.conversation[agents])]
        participant = stream.participant[blocks.first[chosen]]
    else:
        rows = np.flatnonzero((stream.side == AGENT) & ~stream.private)
        participant, at = np.unique(stream.participant[rows], return_index=True)
        conversation = stream.conversation[rows[at]]
        return _over(scene, participant.astype(np.int32), conversation)
    return _over(scene, participant, blocks.conversation[chosen])


def _over(scene: Scene, participant: NDArray[np.int32], conversation: NDArray[np.int32]) -> Occasions:
    first = scene.stream.first_turn[conversation]
    last = scene.stream.first_turn[conversation + 1] - 1
    return Occasions(np.full(len(first), -1, np.int64), participant, first, last)


def _is_first(values: NDArray[np.int32]) -> NDArray[np.bool_]:
    out = np.ones(len(values), bool)
    out[1:] = values[1:] != values[:-1]
    return out


def _is_last(values: NDArray[np.int32]) -> NDArray[np.bool_]:
    out = np.ones(len(values), bool)
    out[:-1] = values[1:] != values[:-1]
    return out


def _signalled(scene: Scene, opportunity: Opportunity) -> Occasions:
    """Return occasions at turns with a signal: the next assessed block answers, or the speaker's own."""
    stream = scene.stream
    blocks = scene.blocks
    level = np.zeros(len(stream.conversation), np.float32)
    for name in opportunity.signals:
        marks = scene.marks(name)
        np.maximum.at(level, marks.turn, marks.level)
    present = level > 0
    if opportunity.min_level:
        present &= level >= opportunity.min_level
    for name in opportunity.unless:
        present &= ~scene.turns_with(name)
    rows = np.flatnonzero(present)
    if opportunity.occasion == "first_signal":
        rows = rows[_is_first(stream.conversation[rows])]
    block = stream.block[rows].astype(np.int64)
    rows, block = rows[block >= 0], block[block >= 0]
    own = stream.side[rows] == AGENT
    agents = scene.agent_blocks
    if not len(agents) or not len(rows):
        empty = np.zeros(0, np.int64)
        return Occasions(empty, empty.astype(np.int32), empty, empty)
    # the first block that answers: the speaker's own, or the next assessed one of the conversation
    at = np.searchsorted(agents, block, side="left")
    ok = at < len(agents)
    ok[ok] &= blocks.conversation[agents[at[ok]]] == stream.conversation[rows[ok]]
    rows, own, at = rows[ok], own[ok], at[ok]
    answer = agents[at]
    participant = np.where(own, stream.participant[rows], stream.participant[blocks.first[answer]]).astype(np.int32)
    first = blocks.first[answer]
    ends = scene.last_row[rows]
    if opportunity.within < 0:
        last = ends
    else:
        # a window of n blocks; an own signal is answered within its block and the next n ones
        ahead = at + np.where(own, opportunity.within, max(opportunity.within, 1) - 1)
        reach = agents[np.minimum(ahead, len(agents) - 1)]
        inside = (ahead < len(agents)) & (blocks.conversation[reach] == stream.conversation[rows])
        last = np.where(inside, blocks.last[reach], ends)
    # several turns of one block with the signal make one occasion
    _, one = np.unique(participant.astype(np.int64) * (len(stream.conversation) + 1) + first, return_index=True)
    one = np.sort(one)
    return Occasions(rows[one], participant[one], first[one], last[one])


def _stretches(scene: Scene, acts: Acts) -> Occasions:
    """Return long stretches of the counterpart; a back-channel does not end one.

    Turns of the assessed that are hits (back-channels) are taken out before stretches are formed.
    """
    stream = scene.stream
    public = np.flatnonzero(stream.block >= 0)
    signs = np.zeros(len(stream.conversation), bool)
    signs[acts.marks.turn] = True
    rest = public[~signs[public]]
    customer = stream.side[rest] != AGENT
    fresh = np.ones(len(rest), bool)
    fresh[1:] = (customer[1:] != customer[:-1]) | (stream.conversation[rest[1:]] != stream.conversation[rest[:-1]])
    run = np.cumsum(fresh) - 1
    starts = np.flatnonzero(fresh)
    words = np.bincount(run, weights=stream.words_of_turn[rest], minlength=len(starts))
    first = rest[starts]
    last = rest[np.append(starts[1:], len(rest)) - 1] if len(starts) else first
    signed = np.concatenate([[0], np.cumsum(signs)])
    inside = signed[last + 1] - signed[first] > 0
    stretch = np.flatnonzero(customer[starts] & ((words >= _STRETCH_WORDS) | inside))
    first, last = first[stretch], last[stretch]
    # whoever of the assessed speaks in it or next had the chance
    spoken = np.flatnonzero((stream.side == AGENT) & ~stream.private)
    at = np.searchsorted(spoken, first)
    ok = at < len(spoken)
    ok[ok] &= stream.conversation[spoken[at[ok]]] == stream.conversation[first[ok]]
    who = stream.participant[spoken[np.minimum(at, max(len(spoken) - 1, 0))]] if len(spoken) else first.astype(np.int32)
    return Occasions(first, who.astype(np.int32), first, last).take(ok)
