"""Hits and occasions of all behaviours as they are found, then as tables."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.acts import Acts
from poise.detection.found import TIER, Found
from poise.detection.judging import FIRST_HEAD
from poise.detection.opportunities import Occasions
from poise.detection.stream import Stream
from poise.model import EVIDENCE, HITS, OPPORTUNITIES, empty

__all__ = ["Columns", "evidence_parts", "evidence_table"]

_COUNTS = ("hits", "opportunities")


class Columns:
    """What one batch showed, in the numbers of its stream.

    Parameters
    ----------
    heads
        Where the labels of heads begin among those of rules.
    tier
        Of the heads.
    """

    def __init__(self, stream: Stream, *, heads: int = 0, tier: str = TIER) -> None:
        self.stream = stream
        self._heads = heads
        self._tier = tier
        self._hits: list[tuple[int, Acts, int]] = []
        self._occasions: list[tuple[int, Occasions, NDArray[np.bool_]]] = []
        self._measures: list[tuple[str, NDArray[np.integer], NDArray[np.float64], NDArray[np.float64]]] = []
        self._ids = stream.tables.conversations["conversation"]
        self._persons = stream.tables.turns["person"].gather(stream.people)

    def add_hits(self, behaviour: int, acts: Acts, rule: int) -> None:
        """Add the hits of one behaviour; ``rule`` is the label of hits that no phrase made."""
        if len(acts.marks):
            self._hits.append((behaviour, acts, rule))

    def add_occasions(self, behaviour: int, occasions: Occasions, shown: NDArray[np.bool_]) -> None:
        """Add the occasions of one behaviour, and whether each was met."""
        if len(shown):
            self._occasions.append((behaviour, occasions, shown))

    def add_measure(
        self, behaviour: str, who: NDArray[np.integer], value: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> None:
        """Add the measured values of one behaviour."""
        if len(who):
            self._measures.append((behaviour, who, value, weight))

    def hits(self, behaviours: pl.Series, labels: pl.Series) -> pl.DataFrame:
        """Return the hits in order of turn."""
        if not self._hits:
            return empty(HITS)
        stream = self.stream
        number = np.repeat([b for b, _, _ in self._hits], [len(a.marks) for _, a, _ in self._hits])
        turn = np.concatenate([a.marks.turn for _, a, _ in self._hits])
        first = np.concatenate([a.marks.first for _, a, _ in self._hits])
        last = np.concatenate([a.marks.last for _, a, _ in self._hits])
        who = np.concatenate([a.participant for _, a, _ in self._hits])
        source = np.concatenate([a.marks.source for _, a, _ in self._hits])
        rule = np.repeat([r for _, _, r in self._hits], [len(a.marks) for _, a, _ in self._hits])
        by_head = source <= FIRST_HEAD
        rule = np.where(source >= 0, source, np.where(by_head, self._heads + FIRST_HEAD - source, rule))
        score = np.concatenate([a.marks.level for _, a, _ in self._hits])
        order = np.lexsort((first, number, turn))
        turn, first, last, who, rule, number, score, by_head = (
            x[order] for x in (turn, first, last, who, rule, number, score, by_head)
        )
        return pl.DataFrame(
            {
                "conversation": self._ids.gather(stream.conversation[turn]),
                "turn": stream.number[turn],
                "person": self._persons.gather(who),
                "behaviour": behaviours.gather(number),
                "begin": stream.begin[first],
                "end": stream.end[last],
                "score": np.minimum(score, 1).astype(np.float32),
                "rule": labels.gather(rule),
                "tier": pl.Series([TIER, self._tier], dtype=pl.String).gather(by_head.astype(np.uint32)),
                "event": pl.Series([None], dtype=pl.Int32).new_from_index(0, len(turn)),
            },
            schema=dict(HITS),
        )

    def _all_occasions(self) -> tuple[NDArray[np.int64], Occasions, NDArray[np.bool_]]:
        number = np.repeat([b for b, _, _ in self._occasions], [len(m) for _, _, m in self._occasions])
        joined = Occasions(
            *(np.concatenate([getattr(o, name) for _, o, _ in self._occasions]) for name in Occasions.__slots__)
        )
        return number, joined, np.concatenate([m for _, _, m in self._occasions])

    def opportunities(self, behaviours: pl.Series) -> pl.DataFrame:
        """Return the occasions in order of conversation."""
        if not self._occasions:
            return empty(OPPORTUNITIES)
        stream = self.stream
        number, occasions, shown = self._all_occasions()
        conversation = stream.conversation[occasions.last]
        order = np.lexsort((occasions.row, number, conversation))
        row = occasions.row[order]
        turn = pl.Series("turn", np.where(row >= 0, stream.number[row], -1), dtype=pl.Int32)
        return pl.DataFrame(
            {
                "conversation": self._ids.gather(conversation[order]),
                "turn": turn.set(turn < 0, None),
                "event": pl.Series([None], dtype=pl.Int32).new_from_index(0, len(row)),
                "person": self._persons.gather(occasions.participant[order]),
                "behaviour": behaviours.gather(number[order]),
                "met": shown[order],
            },
            schema=dict(OPPORTUNITIES),
        )

    def evidence(self, behaviours: pl.Series, extra: Found, version: str) -> pl.DataFrame:
        """Return hits and occasions of one person, conversation and behaviour, with what else was measured."""
        stream = self.stream
        parts: list[pl.DataFrame] = []
        if self._occasions:
            number, occasions, shown = self._all_occasions()
            key = occasions.participant.astype(np.int64) * len(behaviours) + number
            pair, inverse = np.unique(key, return_inverse=True)
            who = pair // len(behaviours)
            parts.append(
                pl.DataFrame(
                    {
                        "person": self._persons.gather(who),
                        "conversation": self._ids.gather(stream.conversation[stream.people[who]]),
                        "behaviour": behaviours.gather(pair % len(behaviours)),
                        "hits": np.bincount(inverse, weights=shown).astype(np.int32),
                        "opportunities": np.bincount(inverse).astype(np.int32),
                    }
                )
            )
        for name, who_, value, weight in self._measures:
            parts.append(
                pl.DataFrame(
                    {
                        "person": self._persons.gather(who_),
                        "conversation": self._ids.gather(stream.conversation[stream.people[who_]]),
                        "behaviour": pl.Series([name], dtype=pl.String).new_from_index(0, len(who_)),
                        "value": value,
                        "weight": weight,
                    }
                )
            )
        return evidence_table([*parts, *evidence_parts(extra)], version)


def evidence_parts(found: Found) -> list[pl.DataFrame]:
    """Return occasions counted by person, conversation and behaviour, and measures as they are."""
    counted = found.opportunities.group_by("person", "conversation", "behaviour", maintain_order=True).agg(
        hits=pl.col("met").sum().cast(pl.Int32), opportunities=pl.len().cast(pl.Int32)
    )
    return [part for part in (counted, found.measures) if len(part)]


def evidence_table(parts: list[pl.DataFrame], version: str) -> pl.DataFrame:
    """Return parts of evidence as one table (:data:`poise.model.EVIDENCE`), stamped with the knowledge version.

    A behaviour that is found both by words and by times has one row: its counts and its time add up.
    """
    if not parts:
        return empty(EVIDENCE)
    frame = pl.concat(parts, how="diagonal_relaxed").with_columns(knowledge=pl.lit(version))
    counts = [pl.col(name).fill_null(0) if name in frame.columns else pl.lit(0).alias(name) for name in _COUNTS]
    rest = [pl.lit(None).alias(name) for name in EVIDENCE if name not in frame.columns and name not in _COUNTS]
    table = frame.with_columns(*counts, *rest).select(pl.col(name).cast(kind) for name, kind in EVIDENCE.items())
    key = ["person", "conversation", "behaviour"]
    if not table.select(key).is_duplicated().any():
        return table
    added = [pl.col(name).sum() for name in _COUNTS]
    other = [name for name in EVIDENCE if name not in (*key, *_COUNTS, "exposure_s")]
    exposure = pl.when(pl.col("exposure_s").is_not_null().any()).then(pl.col("exposure_s").sum()).alias("exposure_s")
    joined = table.group_by(key, maintain_order=True).agg(*added, exposure, pl.col(other).drop_nulls().first())
    return joined.select(list(EVIDENCE))
