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

__all__ = ["LEVELS", "Counted", "Counts", "Family", "Frame", "count", "family_of"]

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
_PACK: Final = 2**32


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
        if not self.people:
            return
        cells = len(self.cells)
        for start in range(0, len(ids), _CHUNK):
            some = [self._known[i] for i in ids[start : start + _CHUNK]]
            frame = _grouped(self._rows, self._index, some, cells)
            width = len(self.people) * cells * BLOCKS
            for k, behaviour in enumerate(some):
                own = pl.col("place").is_between(k * width, (k + 1) * width - 1)
                part = frame.filter(own).with_columns(pl.col("place") - k * width)
                if len(part):
                    yield _counted(behaviour, part, cells)


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
    index, people, cells = _index(rows, cases.lazy(), groups)
    knowledge = evidence.lazy().select(pl.col("knowledge").drop_nulls().unique()).collect(engine="streaming")
    conversations: dict[tuple[int, str], int] = {}
    for bit, group in enumerate(groups):
        held = index.filter(pl.col("groups") & (1 << bit) != 0).group_by("p").len()
        conversations |= {(p, group): n for p, n in held.iter_rows()}
    return Counts(
        people=people,
        cells=cells,
        knowledge=sorted(knowledge.to_series().to_list()),
        conversations=conversations,
        conversation_count=index["conversation"].n_unique(),
        _rows=rows,
        _index=index.drop("groups"),
        _known=behaviours,
    )


def _informative(rows: pl.LazyFrame, behaviours: Mapping[str, Behaviour]) -> pl.LazyFrame:
    by_family: dict[Family, list[str]] = {"share": [], "count": [], "measure": []}
    for b in behaviours.values():
        by_family[family_of(b)].append(b.id)
    behaviour = pl.col("behaviour")
    told: dict[Family, pl.Expr] = {
        "share": pl.col("opportunities").fill_null(0) != 0,
        "count": pl.col("exposure_s").fill_nan(None).fill_null(0) > 0,
        "measure": pl.col("value").is_finite().fill_null(False) & (pl.col("weight").fill_nan(None).fill_null(1) > 0),
    }
    # Families without a behaviour are left out, so that their columns are never read.
    terms = [behaviour.is_in(ids) & told[family] for family, ids in by_family.items() if ids]
    return rows.filter(pl.any_horizontal(terms) if terms else pl.lit(False))


def _index(
    rows: pl.LazyFrame, cases: pl.LazyFrame, groups: Mapping[str, tuple[str, ...]]
) -> tuple[pl.DataFrame, list[str], list[tuple[str, ...]]]:
    """Return person x conversation with the numbers of person, cell and block, and the groups as bits."""
    if len(groups) > 63:
        raise ValueError(f"at most 63 traits and clusters can be counted, not {len(groups)}")
    bits: dict[str, int] = {}
    for bit, members in enumerate(groups.values()):
        for b in members:
            bits[b] = bits.get(b, 0) | 1 << bit
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
    mask = pl.col("behaviour").replace_strict(list(bits), list(bits.values()), default=0, return_dtype=pl.UInt64)
    pairs = (
        rows.filter(pl.col("person").is_not_null() & pl.col("conversation").is_not_null())
        .select("person", "conversation", mask.alias("groups"))
        .group_by("person", "conversation")
        .agg(pl.col("groups").bitwise_or())
        .collect(engine="streaming")
    )
    known = cases.select("conversation", *path, "at", "order").unique("conversation", keep="any").collect()
    index = (
        pairs.join(known, on="conversation", how="left")
        .with_columns(pl.col(name).fill_null("") for name in LEVELS)
        .sort("person", "at", "order", "conversation", nulls_last=True)
        .with_columns(
            (pl.int_range(pl.len()).over("person") % BLOCKS).cast(pl.UInt64).alias("block"),
            (pl.col("person").rank("dense") - 1).cast(pl.UInt64).alias("p"),
        )
    )
    cells = index.select(LEVELS).unique().sort(LEVELS).with_row_index("cell")
    index = index.join(cells, on=LEVELS, how="left").select(
        "person", "conversation", "groups", "p", pl.col("cell").cast(pl.UInt64), "block"
    )
    people = index.select(pl.col("person").unique().sort()).to_series().to_list()
    return index, people, list(cells.select(LEVELS).iter_rows())


def _grouped(rows: pl.LazyFrame, index: pl.DataFrame, behaviours: list[Behaviour], cells: int) -> pl.DataFrame:
    """Count a few behaviours. Two packed keys stand for six columns, which groups and sorts much faster."""
    ids = [b.id for b in behaviours]
    by_family: dict[Family, list[str]] = {"share": [], "count": [], "measure": []}
    for b in behaviours:
        by_family[family_of(b)].append(b.id)
    logged = [b.id for b in behaviours if b.unit in ("seconds", "turns")]
    behaviour = pl.col("behaviour")
    counted = behaviour.is_in(by_family["count"])
    measured = behaviour.is_in(by_family["measure"])
    # Durations and numbers of turns are skewed: their logarithm is nearer to normal; 1 is added as 0 occurs.
    value = pl.when(behaviour.is_in(logged)).then(pl.col("value").clip(lower_bound=0).log1p()).otherwise("value")
    size = (
        pl.when(counted)
        .then(pl.col("exposure_s") / 60)
        .when(measured)
        .then(pl.col("weight").fill_null(1.0))
        .otherwise(pl.col("opportunities").cast(pl.Float64))
    )
    step = (
        pl.when(counted)
        .then((size.log() / _EXPOSURE_STEP).round())
        .when(measured)
        .then((size.log() / _WEIGHT_STEP).round())
        .otherwise(pl.col("opportunities"))
        .cast(pl.Int64)
    )
    hits = pl.when(measured).then(0).otherwise(pl.col("hits").fill_null(0)).cast(pl.Int64)
    number = behaviour.replace_strict(ids, list(range(len(ids))), return_dtype=pl.UInt64)
    place = ((number * index.select(pl.col("p").max() + 1).item() + pl.col("p")) * cells + pl.col("cell")) * BLOCKS
    return (
        rows.filter(behaviour.is_in(ids))
        .join(index.lazy(), on=["person", "conversation"], how="inner")
        .select(
            (place + pl.col("block")).alias("place"),
            (hits * _PACK + step).alias("what"),
            size.alias("size"),
            pl.when(measured).then(value).otherwise(0.0).alias("value"),
        )
        .group_by("place", "what")
        .agg(
            pl.len().alias("number"),
            pl.col("size").mean(),
            pl.col("value").sum().alias("total"),
            (pl.col("value") ** 2).sum().alias("squares"),
        )
        .collect(engine="streaming")
        .sort("place", "what")
    )


def _counted(behaviour: Behaviour, part: pl.DataFrame, cells: int) -> Counted:
    def floats(name: str) -> Floats:
        return part[name].cast(pl.Float64).to_numpy()

    family = family_of(behaviour)
    place = part["place"].cast(pl.Int64).to_numpy()
    rest, block = np.divmod(place, BLOCKS)
    person, cell = np.divmod(rest, cells)
    # Steps may be negative: round to the nearest multiple, not down.
    hits = np.floor_divide(part["what"].to_numpy() + _PACK // 2, _PACK).astype(np.float64)
    size = floats("size")
    if np.any(hits < 0) or np.any(size < 0) or (family == "share" and np.any(hits > size)):
        raise ValueError(f"evidence of {behaviour.id!r} has hits below 0 or above its opportunities")
    return Counted(
        behaviour=behaviour.id,
        family=family,
        person=person,
        cell=cell,
        block=block,
        hits=hits,
        size=size,
        number=floats("number"),
        total=floats("total"),
        squares=floats("squares"),
    )
