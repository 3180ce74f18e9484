"""What a record can show: which needs it meets, and in which languages there are rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.stream import Stream
from poise.detection.vocabulary import LANGUAGE_CODES
from poise.knowledge.rules import (
    Anger,
    Backchannel,
    Concreteness,
    Confirmed,
    Contest,
    Handover,
    Information,
    Options,
    Phrases,
    Receptiveness,
    RepeatedQuestion,
    Resolved,
    Settles,
    Timely,
    TimeToSolution,
    Transfer,
)
from poise.knowledge.schema import Behaviour, Signal
from poise.model import COUNTERPART, Tables

__all__ = ["SHORTFALLS", "capabilities", "lacking", "language_of", "languages_with_rules"]

SHORTFALLS: dict[str, type[pl.DataType]] = {"behaviour": pl.String, "need": pl.String, "conversations": pl.Int64}
"""For each behaviour, what conversations lacked so that it had no opportunity there."""


def capabilities(tables: Tables) -> pl.DataFrame:
    """Return for each conversation which needs of :data:`poise.knowledge.schema.Need` its record meets."""
    conversations = tables.conversations
    turns = tables.turns.group_by("conversation", maintain_order=True).agg(
        times=(pl.col("start").is_not_null() & pl.col("end").is_not_null()).any(),
        clock=pl.col("at").is_not_null().all(),
        channels=pl.col("audio_channel").n_unique() - pl.col("audio_channel").has_nulls().cast(pl.UInt32) >= 2,
    )
    names = (
        tables.people.filter(pl.col("role").is_in(list(COUNTERPART)) & pl.col("name").is_not_null())
        .select("conversation")
        .unique()
        .with_columns(people=True)
    )
    events = tables.events.group_by("conversation").agg(events=pl.lit(True), states=(pl.col("kind") == "state").any())
    words = tables.words.select("conversation").unique().with_columns(timed_words=True)
    joined = conversations.select("conversation", "resolved", "csat", "topic", "customer")
    for other in (turns, names, events, words):
        joined = joined.join(other, on="conversation", how="left", maintain_order="left")
    flags = {name: pl.col(name).fill_null(False) for name in ("times", "clock", "people", "events", "states")}
    return joined.select(
        "conversation",
        text=pl.lit(True),
        **flags,
        channels=pl.col("channels").fill_null(False) | pl.col("timed_words").fill_null(False),
        outcome=pl.col("resolved").is_not_null() | pl.col("csat").is_not_null(),
        topic=pl.col("topic").is_not_null(),
        customer=pl.col("customer").is_not_null(),
        human=pl.lit(False),
        shift=pl.lit(False),
    )


def languages_with_rules(entries: Mapping[str, Signal | Behaviour], order: Iterable[str]) -> dict[str, set[int]]:
    """Return the languages (by number) in which each entry has what its rule needs."""
    every = set(range(len(LANGUAGE_CODES)))
    out: dict[str, set[int]] = {}
    for name in order:
        entry = entries[name]
        own = {LANGUAGE_CODES.index(code) for code in entry.phrases}
        rule = entry.rule
        match rule:
            case Phrases():
                out[name] = own.union(*(out.get(other, set()) for other in rule.also))
            case Anger() | Options() | Backchannel():
                out[name] = own
            case Contest():
                out[name] = own | out.get(rule.denial, set())
            case Confirmed():
                needed = (out.get(r, set()) for r in (rule.paraphrase, rule.check, rule.confirms))
                out[name] = every.intersection(*needed)
            case Transfer():
                out[name] = own | out.get(rule.transfer, set())
            case RepeatedQuestion() | Information():
                out[name] = own | out.get(rule.request, set())
            case Resolved():
                out[name] = own | out.get(rule.confirms, set())
            case Settles():
                out[name] = out.get(rule.anger, set())
            case Handover():
                out[name] = own.union(*(out.get(part, set()) for part in rule.parts))
            case Timely():
                out[name] = out.get(rule.time, set())
            case TimeToSolution():
                out[name] = out.get(rule.proposal, set()) & out.get(rule.accepts, set())
            case Receptiveness():
                out[name] = (
                    set.intersection(*(out.get(part, set()) for part in rule.weights)) if rule.weights else set()
                )
            case Concreteness():
                out[name] = own
            case _:
                out[name] = set(every)
    return out


def language_of(stream: Stream) -> NDArray[np.int8]:
    """Return each conversation's language number, -1 where it has no turns or another language."""
    size = np.diff(stream.first_turn)
    out = np.full(len(size), -1, np.int8)
    have = np.flatnonzero(size)
    out[have] = stream.language[stream.first_turn[have]]
    return out


def lacking(
    name: str, entry: Behaviour, able: pl.DataFrame, languages: set[int] | None, stream: Stream
) -> Iterable[tuple[str, str, int]]:
    """Yield rows of :data:`SHORTFALLS` for one behaviour; ``languages`` None asks for no rules of a language."""
    for need in entry.needs:
        without = int((~able[need]).sum())
        if without:
            yield name, need, without
    if languages is None:
        return
    codes, counts = np.unique(language_of(stream), return_counts=True)
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        if code not in languages:
            yield name, f"language:{LANGUAGE_CODES[code] if code >= 0 else 'other'}", count
