"""How a conversation was passed on: with its matter, or cold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.acts import Acts
from poise.detection.events import Deeds, transfer_occasions
from poise.detection.found import TIER, Found, nothing, shaped, together
from poise.detection.scene import Scene
from poise.knowledge.rules import Handover, Transfer
from poise.knowledge.schema import Behaviour
from poise.model import HITS, OPPORTUNITIES

__all__ = ["find_transfers", "turn_flags"]


def turn_flags(scene: Scene) -> pl.DataFrame:
    """Return turns whose words matter to rules on events: ``transfer``, ``asks_colleague``, ``needs_hand``."""
    stream = scene.stream
    flags = {
        "transfer": scene.turns_with("agent.transfer"),
        "asks_colleague": scene.turns_with("agent.asks_colleague"),
        "needs_hand": scene.turns_with("customer.authority") | scene.turns_with("customer.safety"),
    }
    rows = np.flatnonzero(np.any(list(flags.values()), axis=0))
    turns = stream.tables.turns
    return pl.DataFrame(
        {
            "conversation": turns["conversation"].gather(rows),
            "turn": turns["turn"].gather(rows),
            **{name: flag[rows] for name, flag in flags.items()},
        }
    )


def find_transfers(scene: Scene, behaviours: Mapping[str, Behaviour], acts: Mapping[str, Acts], done: Deeds) -> Found:
    """Judge every transfer and request to a colleague.

    Parameters
    ----------
    scene
        A batch.
    behaviours
        By id; those with the rules ``transfer`` and ``handover`` are used.
    acts
        What the rules of those behaviours found in words.
    done
        What was done in the batch, with the flags of :func:`turn_flags`.

    Returns
    -------
    A cold transfer has neither warm words in the block of the transfer or the person's next one, nor a hand-over note
    by the person. A hand-over is met where the person's note or words say enough from that block on.
    """
    cold = [b for b in behaviours.values() if isinstance(b.rule, Transfer)]
    handed = [b for b in behaviours.values() if isinstance(b.rule, Handover)]
    if not cold and not handed:
        return nothing()
    stream = scene.stream
    occasions = transfer_occasions(done)
    if not len(occasions):
        return nothing()
    rows = (
        occasions.join(
            stream.tables.turns.select("conversation", "turn").with_row_index("row"),
            on=["conversation", "turn"],
            how="left",
            maintain_order="left",
        )
        .get_column("row")
        .cast(pl.Int64)
        .fill_null(-1)
        .to_numpy()
    )
    first, last = _window(scene, rows)
    noted = np.zeros(len(rows), bool)
    for behaviour in handed:
        noted |= _by_person(scene, rows, acts[behaviour.id], first, np.where(rows >= 0, scene.last_row[rows], -1))
    parts = []
    for behaviour in handed:
        judged = occasions.with_columns(met=noted)
        parts.append(Found(nothing().hits, shaped(judged, OPPORTUNITIES, behaviour=behaviour.id), nothing().measures))
    for behaviour in cold:
        rule = behaviour.rule
        warm = scene.marks(rule.warm).turn if isinstance(rule, Transfer) else np.zeros(0, np.int32)
        count = np.concatenate([[0], np.cumsum(np.bincount(warm, minlength=len(stream.conversation)))])
        heard = np.where(rows >= 0, count[last + 1] - count[first], 0) > 0
        judged = occasions.with_columns(met=~heard & ~noted).filter(pl.col("kind") == "transfer")
        said = set(acts[behaviour.id].marks.turn.tolist())
        silent = np.array([row not in said for row in rows.tolist()], bool)
        unsaid = occasions.with_columns(met=~heard & ~noted, silent=silent).filter(
            (pl.col("kind") == "transfer") & pl.col("met") & pl.col("silent")
        )
        parts.append(
            Found(
                shaped(unsaid, HITS, behaviour=behaviour.id, rule="event.transfer", tier=TIER, score=1.0),
                shaped(judged, OPPORTUNITIES, behaviour=behaviour.id),
                nothing().measures,
            )
        )
    return together(*parts)


def _window(scene: Scene, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows from the start of each turn's block to the end of the assessed side's next one."""
    if not len(scene.stream.conversation):
        return rows, rows
    blocks = scene.blocks
    safe = np.maximum(rows, 0)
    block = scene.stream.block[safe].astype(np.int64)
    following = scene.neighbour(safe, 2)
    first = np.where(block >= 0, blocks.first[np.maximum(block, 0)], safe)
    last = np.where(following >= 0, blocks.last[np.maximum(following, 0)], scene.last_row[safe])
    return first, np.where(block >= 0, last, safe)


def _by_person(
    scene: Scene, rows: NDArray[np.int64], acts: Acts, first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which occasions have an act of the same participant between two rows."""
    big = np.int64(len(scene.stream.conversation) + 1)
    keys = np.sort(acts.participant.astype(np.int64) * big + acts.marks.turn)
    who = scene.stream.participant[np.maximum(rows, 0)].astype(np.int64) * big
    found = np.searchsorted(keys, who + last, side="right") > np.searchsorted(keys, who + first)
    return np.asarray(found & (rows >= 0))
