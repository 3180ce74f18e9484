"""From evidence rows to sufficient statistics.

Everything later needs only, per person, behaviour, case-mix cell and block of time, how often each pair of hits and
opportunities occurred. The evidence is read lazily, a few behaviours at a time, so that memory depends on people,
cells and distinct pairs and not on the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.estimation.reliability import BLOCKS
from poise.knowledge.schema import Behaviour

__all__ = ["LEVELS", "Counted", "Counts", "Family", "count", "family_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVELS: Final = ("language", "channel", "anger", "queue", "topic")
"""Case-mix from coarse to fine. Anger on arrival comes before queue and topic: it changes what an agent can do
most, and it has three bands where a source may have hundreds of queues and topics."""

Family = Literal["share", "count", "measure"]
Frame: TypeAlias = pl.DataFrame | pl.LazyFrame

_EXPOSURE_STEP: Final = 0.05  # natural log; conversations within 5 % of each other's exposure are counted together
_WEIGHT_STEP: Final = 0.1
_CHUNK: Final = 8  # behaviours counted in one pass


def family_of(behaviour: Behaviour) -> Family:
    """Return which likelihood a behaviour's unit calls for: shares, counts per exposure, or measures."""
    if behaviour.unit == "share":
        return "share"
    return "count" if behaviour.unit == "per_minute" else "measure"


@dataclass(frozen=True, slots=True)
class Counted:
    """One behaviour's evidence, counted. All arrays have one entry per distinct combination."""

    behaviour: str
    family: Family
    person: Ints  # index into Counts.people
    cell: Ints  # index into Counts.cells
    block: Ints  # 0..11, conversations dealt in time order
    hits: Floats  # per conversation
    size: Floats  # opportunities, minutes of exposure or weight, per conversation
    number: Floats  # how many conversations
    total: Floats  # of the (transformed) values, measures only
    squares: Floats  # of the (transformed) values, measures only


@dataclass(frozen=True, slots=True)
class Counts:
    """Who and what there is evidence of; :meth:`behaviours` yields the counted evidence."""

    people: list[str]
    cells: list[tuple[str, ...]]  # values of LEVELS, "" where unknown
    knowledge: list[str]
    conversations: dict[tuple[int, str], int]  # (person, group of behaviours) -> conversations with evidence
    conversation_count: int
    _rows: pl.LazyFrame
    _index: pl.DataFrame
    _known: Mapping[str, Behaviour]

    def behaviours(self) -> Iterator[Counted]:
        """Yield one :class:`Counted` for each behaviour with evidence, in order of id.

        ValueError where hits exceed opportunities, or a count is negative: evidence that cannot be.
        """
        ids = sorted(self._known)
        for start in range(0, len(ids), _CHUNK):
            frame = _grouped(self._rows, self._index, {i: self._known[i] for i in ids[start : start + _CHUNK]})
            for key, part in frame.group_by("behaviour", maintain_order=True):
                yield _counted(self._known[str(key[0])], part)


def count(
    evidence: Frame, cases: Frame, behaviours: Mapping[str, Behaviour], *, groups: Mapping[str, tuple[str, ...]]
) -> Counts:
    """Prepare evidence (EVIDENCE) with its case-mix (CASES) for counting.

    Parameters
    ----------
    behaviours
        What is counted; evidence of any other behaviour is left out.
    groups
        Group (trait or cluster) -> behaviours: distinct conversations are counted per person and group.

    Notes
    -----
    One row of evidence is one person in one conversation with one behaviour. Rows without opportunity, exposure or
    value say nothing and are dropped. A conversation without a case has the case-mix "unknown".
    """
    rows = _informative(evidence.lazy(), behaviours)
    index, people, cells = _index(rows, cases.lazy())
    knowledge = evidence.lazy().select(pl.col("knowledge").drop_nulls().unique().sort()).collect().to_series()
    conversations: dict[tuple[int, str], int] = {}
    membership = [(b, g) for g, members in groups.items() for b in members]
    if people and membership:
        told = pl.LazyFrame(
            {"behaviour": [b for b, _ in membership], "group": [g for _, g in membership]},
            schema={"behaviour": pl.String, "group": pl.Categorical},
        )
        for _, part in _by_cluster(groups):
            found = (
                rows.filter(pl.col("behaviour").is_in(part))
                .join(index.lazy(), on=["person", "conversation"], how="inner")
                .join(told, on="behaviour", how="inner")
                .select("p", "c", "group")
                .group_by("p", "group")
                .agg(pl.col("c").n_unique())
                .collect(engine="streaming")
            )
            for p, g, n in found.with_columns(pl.col("group").cast(pl.String)).iter_rows():
                conversations[p, g] = max(n, conversations.get((p, g), 0))
    return Counts(
        people=people,
        cells=cells,
        knowledge=knowledge.to_list(),
        conversations=conversations,
        conversation_count=index["conversation"].n_unique(),
        _rows=rows,
        _index=index,
        _known=behaviours,
    )


def _by_cluster(groups: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, list[str]]]:
    """Yield sets of behaviours no group of which is divided, so that each can be counted on its own."""
    merged: list[set[str]] = []
    for members in groups.values():
        new = set(members)
        rest = []
        for other in merged:
            if other & new:
                new |= other
            else:
                rest.append(other)
        merged = [*rest, new]
    for part in merged:
        if part:
            yield min(part), sorted(part)


def _informative(rows: pl.LazyFrame, behaviours: Mapping[str, Behaviour]) -> pl.LazyFrame:
    by_family: dict[Family, list[str]] = {"share": [], "count": [], "measure": []}
    for b in behaviours.values():
        by_family[family_of(b)].append(b.id)
    behaviour = pl.col("behaviour")
    return rows.filter(
        (behaviour.is_in(by_family["share"]) & (pl.col("opportunities").fill_null(0) != 0))
        | (behaviour.is_in(by_family["count"]) & (pl.col("exposure_s").fill_nan(None).fill_null(0) > 0))
        | (
            behaviour.is_in(by_family["measure"])
            & pl.col("value").is_finite().fill_null(False)
            & (pl.col("weight").fill_nan(None).fill_null(1) > 0)
        )
    )


def _index(rows: pl.LazyFrame, cases: pl.LazyFrame) -> tuple[pl.DataFrame, list[str], list[tuple[str, ...]]]:
    """Return person x conversation with the person's, conversation's, cell's and block's number."""
    anger = pl.col("arrival_anger")
    path = [
        pl.col("language").fill_null(""),
        pl.col("channel").fill_null(""),
        pl.when(anger.is_null())
        .then(pl.lit(""))
        .when(anger >= 2)
        .then(pl.lit("2+"))
        .otherwise(anger.cast(pl.String))
        .alias("anger"),
        pl.col("queue").fill_null(""),
        pl.col("topic").fill_null(""),
    ]
    pairs = (
        rows.filter(pl.col("person").is_not_null() & pl.col("conversation").is_not_null())
        .group_by("person", "conversation")
        .agg()
        .collect(engine="streaming")
    )
    known = cases.select("conversation", *path, "at", "order").unique("conversation", keep="any").collect()
    index = (
        pairs.join(known, on="conversation", how="left")
        .with_columns(pl.col(name).fill_null("") for name in LEVELS)
        .sort("person", "at", "order", "conversation", nulls_last=True)
        .with_columns(
            (pl.int_range(pl.len()).over("person") % BLOCKS).cast(pl.UInt8).alias("block"),
            (pl.col("person").rank("dense") - 1).cast(pl.UInt32).alias("p"),
            (pl.col("conversation").rank("dense") - 1).cast(pl.UInt32).alias("c"),
        )
    )
    cells = index.select(LEVELS).unique().sort(LEVELS).with_row_index("cell")
    index = index.join(cells, on=LEVELS, how="left").select("person", "conversation", "p", "c", "cell", "block")
    people = index.select(pl.col("person").unique().sort()).to_series().to_list()
    return index, people, list(cells.select(LEVELS).iter_rows())


def _grouped(rows: pl.LazyFrame, index: pl.DataFrame, behaviours: Mapping[str, Behaviour]) -> pl.DataFrame:
    by_family: dict[Family, list[str]] = {"share": [], "count": [], "measure": []}
    logged = []
    for b in behaviours.values():
        by_family[family_of(b)].append(b.id)
        if b.unit in ("seconds", "turns"):
            logged.append(b.id)
    behaviour = pl.col("behaviour")
    counted = behaviour.is_in(by_family["count"])
    measured = behaviour.is_in(by_family["measure"])
    # Durations and numbers of turns are skewed: their logarithm is nearer to normal; 1 is added as 0 occurs.
    value = pl.when(behaviour.is_in(logged)).then(pl.col("value").clip(lower_bound=0).log1p()).otherwise("value")
    weight = pl.col("weight").fill_null(1.0)
    size = (
        pl.when(counted)
        .then(pl.col("exposure_s") / 60)
        .when(measured)
        .then(weight)
        .otherwise(pl.col("opportunities").cast(pl.Float64))
    )
    step = (
        pl.when(counted)
        .then((size.log() / _EXPOSURE_STEP).round())
        .when(measured)
        .then((size.log() / _WEIGHT_STEP).round())
        .otherwise(pl.col("opportunities"))
        .cast(pl.Int32)
    )
    keys = ["behaviour", "p", "cell", "block", "hits", "step"]
    return (
        rows.filter(behaviour.is_in(list(behaviours)))
        .select(
            "person",
            "conversation",
            behaviour.cast(pl.Enum(sorted(behaviours))),
            pl.when(measured).then(0).otherwise(pl.col("hits").fill_null(0)).cast(pl.Int32).alias("hits"),
            size.alias("size"),
            step.alias("step"),
            pl.when(measured).then(value).otherwise(0.0).alias("value"),
        )
        .join(index.lazy(), on=["person", "conversation"], how="inner")
        .group_by(keys)
        .agg(
            pl.len().alias("number"),
            pl.col("size").mean(),
            pl.col("value").sum().alias("total"),
            (pl.col("value") ** 2).sum().alias("squares"),
        )
        .collect(engine="streaming")
        .sort(keys)
    )


def _counted(behaviour: Behaviour, part: pl.DataFrame) -> Counted:
    def floats(name: str) -> Floats:
        return part[name].cast(pl.Float64).to_numpy()

    def ints(name: str) -> Ints:
        return part[name].cast(pl.Int64).to_numpy()

    family = family_of(behaviour)
    hits, size = floats("hits"), floats("size")
    if np.any(hits < 0) or np.any(size < 0) or (family == "share" and np.any(hits > size)):
        raise ValueError(f"evidence of {behaviour.id!r} has hits below 0 or above its opportunities")
    return Counted(
        behaviour=behaviour.id,
        family=family,
        person=ints("p"),
        cell=ints("cell"),
        block=ints("block"),
        hits=hits,
        size=size,
        number=floats("number"),
        total=floats("total"),
        squares=floats("squares"),
    )
