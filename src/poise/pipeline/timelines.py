"""What needs all conversations of an agent: put together after the batches, a bucket of agents at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from poise.detection.columns import evidence_parts, evidence_table
from poise.detection.dues import PROMISES
from poise.detection.evenness import detect_evenness
from poise.detection.found import Found, together
from poise.detection.timelines import detect_timelines, usual_of, waits
from poise.knowledge import Knowledge
from poise.knowledge.rules import Timeline, Timely
from poise.knowledge.schema import Behaviour
from poise.model import ASSESSED, CONVERSATIONS, EVENTS, PEOPLE, SIGNALS, TURNS
from poise.pipeline.parts import Part, Parts

__all__ = ["add_timelines"]

_BUCKET_TURNS: Final = 2_000_000
"""Turns on a clock that are looked at together: about 200 MB of instants and ids."""
_COMPARED: Final = ("state", "need", "help_offer", "concession", "refusal")
"""Kinds of events that are compared over the whole run."""
_PART: Final = 99_999_999
"""Number of the part that holds what timelines found: after all chunks."""


def add_timelines(parts: Parts, knowledge: Knowledge, *, clock: bool) -> None:
    """Write a part with what shows only over the whole run: on the clocks of agents, and among their events."""
    if parts.has(_PART):
        return
    found = _on_the_clock(parts, knowledge.behaviours) if clock else []
    kinds = parts.scan("events", EVENTS).filter(pl.col("kind").is_in(_COMPARED)).collect()
    if len(kinds):
        topics = parts.scan("conversations", CONVERSATIONS).select("conversation", "topic").collect()
        found.append(detect_evenness(_of_assessed(parts, kinds), topics, behaviours=knowledge.behaviours))
    joined = together(*found)
    if not len(joined.opportunities) and not len(joined.measures):
        return
    tables = {
        "hits": joined.hits,
        "opportunities": joined.opportunities,
        "evidence": evidence_table(evidence_parts(joined), knowledge.version),
    }
    rows = {name: len(table) for name, table in tables.items()}
    parts.write(Part(number=_PART, rows=rows, inputs=[], languages={}, channels={}, purposes={}), tables)


def _of_assessed(parts: Parts, events: pl.DataFrame) -> pl.DataFrame:
    """Keep events of assessed people, and needs of anybody."""
    assessed = (
        parts.scan("people", PEOPLE)
        .filter(pl.col("role").is_in(list(ASSESSED)) & pl.col("named"))
        .select("person")
        .unique()
        .collect()["person"]
    )
    return events.filter(pl.col("person").is_in(assessed.implode()) | (pl.col("kind") == "need"))


def _on_the_clock(parts: Parts, known_behaviours: Mapping[str, Behaviour]) -> list[Found]:
    behaviours = {
        name: entry
        for name, entry in known_behaviours.items()
        if isinstance(entry.rule, Timeline) or (isinstance(entry.rule, Timely) and entry.rule.kept)
    }
    if not behaviours:
        return []
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
    until = turns.select(pl.col("at").max()).collect().item()

    def of(bucket: int, *, customers_elsewhere: bool) -> tuple[list[str], pl.Expr]:
        """Return the people of a bucket, and the conversations to look at for them."""
        mine = people.filter(pl.col("person").hash(seed=1) % buckets == bucket).collect()
        wanted = pl.col("conversation").is_in(mine["conversation"].unique().implode())
        theirs = known.filter(wanted)["customer"].drop_nulls().unique()
        if customers_elsewhere and len(theirs):  # a promise may be kept in another conversation with the customer
            also = known.filter(pl.col("customer").is_in(theirs.implode()))["conversation"]
            wanted |= pl.col("conversation").is_in(also.implode())
        return mine["person"].unique().to_list(), wanted

    waited = []
    for bucket in range(buckets):
        names, chosen = of(bucket, customers_elsewhere=False)
        here = waits(turns.filter(chosen).collect(), events.filter(chosen).collect(), through_holding=True)
        waited.append(here.filter(pl.col("person").is_in(names)))
    usual = usual_of(pl.concat(waited), known)
    found: list[Found] = []
    for bucket in range(buckets):
        names, chosen = of(bucket, customers_elsewhere=True)
        found.append(
            detect_timelines(
                turns.filter(chosen).collect(),
                known,
                events.filter(chosen).collect(),
                behaviours=behaviours,
                people=names,
                usual=usual,
                promises=parts.scan("promises", PROMISES).filter(chosen).collect(),
                until=until,
            )
        )
    return found


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
