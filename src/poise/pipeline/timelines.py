"""What needs all conversations of an agent: put together after the batches, a bucket of agents at a time."""

from __future__ import annotations

from typing import Final

import polars as pl

from poise.detection.columns import evidence_parts, evidence_table
from poise.detection.detector import PROMISES
from poise.detection.found import Found, together
from poise.detection.timelines import detect_timelines, usual_waits
from poise.knowledge import Knowledge
from poise.knowledge.schema import Timeline, Timely
from poise.model import ASSESSED, CONVERSATIONS, EVENTS, PEOPLE, SIGNALS, TURNS
from poise.pipeline.parts import Part, Parts

__all__ = ["add_timelines"]

_BUCKET_TURNS: Final = 2_000_000
"""Turns on a clock that are looked at together: about 200 MB of instants and ids."""
_PART: Final = 99_999_999
"""Number of the part that holds what timelines found: after all chunks."""


def add_timelines(parts: Parts, knowledge: Knowledge, *, clock: bool) -> None:
    """Write a part with what shows only on the clocks of agents; nothing where no turn has an instant."""
    behaviours = {
        name: entry
        for name, entry in knowledge.behaviours.items()
        if isinstance(entry.rule, Timeline) or (isinstance(entry.rule, Timely) and entry.rule.kept)
    }
    if not clock or not behaviours or parts.has(_PART):
        return
    turns = _slim(parts)
    conversations = parts.scan("conversations", CONVERSATIONS).select(
        "conversation", "channel", "queue", "customer", "topic", "started_at", "resolved", "meta"
    )
    people = (
        parts.scan("people", PEOPLE)
        .filter(pl.col("role").is_in(list(ASSESSED)))
        .select("person", "conversation")
        .unique()
    )
    total = int(turns.select(pl.len()).collect().item())
    buckets = total // _BUCKET_TURNS + 1
    events = parts.scan("events", EVENTS)
    known = conversations.collect()
    usual = usual_waits(turns.collect(), known, events.collect()) if buckets == 1 else None
    until = turns.select(pl.col("at").max()).collect().item()
    found: list[Found] = []
    for bucket in range(buckets):
        mine = people.filter(pl.col("person").hash(seed=1) % buckets == bucket).collect()
        if not len(mine):
            continue
        theirs = known.filter(pl.col("conversation").is_in(mine["conversation"].unique().implode()))
        # promises are kept in another conversation with the same customer too
        customers = theirs["customer"].drop_nulls().unique()
        wanted = known.filter(
            pl.col("conversation").is_in(theirs["conversation"].implode())
            | pl.col("customer").is_in(customers.implode())
        )["conversation"]
        chosen = pl.col("conversation").is_in(wanted.implode())
        found.append(
            detect_timelines(
                turns.filter(chosen).collect(),
                known,
                events.filter(chosen).collect(),
                behaviours=behaviours,
                people=mine["person"].unique().to_list(),
                usual=usual,
                promises=parts.scan("promises", PROMISES).filter(chosen).collect(),
                until=until,
            )
        )
    joined = together(*found)
    tables = {
        "hits": joined.hits,
        "opportunities": joined.opportunities,
        "evidence": evidence_table(evidence_parts(joined), knowledge.version),
    }
    parts.write(
        Part(
            number=_PART, rows={n: len(t) for n, t in tables.items()}, inputs=[], languages={}, channels={}, purposes={}
        ),
        tables,
    )


def _slim(parts: Parts) -> pl.LazyFrame:
    """Return turns on a clock with who, when, and whether they are holding messages."""
    holding = (
        parts.scan("signals", SIGNALS)
        .filter(pl.col("signal") == "agent.holding")
        .group_by("conversation", "turn")
        .agg(holding_begin=pl.col("begin").min(), holding_end=pl.col("end").max())
        .with_columns(holding=pl.lit(True))
    )
    return (
        parts.scan("turns", TURNS)
        .filter(pl.col("at").is_not_null())
        .select("conversation", "turn", "person", "role", "at", "private")
        .join(holding, on=["conversation", "turn"], how="left", maintain_order="left")
        .with_columns(pl.col("holding").fill_null(False))
    )
