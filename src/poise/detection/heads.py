"""Trained heads: linear functions of features, calibrated to probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from msgspec import field as default
from numpy.typing import NDArray

from poise.detection.encoding import Encoder, sums_of
from poise.detection.features import Features
from poise.detection.scene import Scene
from poise.detection.units import Side, Unit, Units, units_of
from poise.model import Tier

__all__ = ["Blocks", "Head", "HeadInfo", "Judgement", "Tier", "Trained", "scores"]


class Blocks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which features a head sees.

    vector
        The unit's vector.
    ngrams
        Words and pairs of neighbouring words, hashed into 2 ** ngrams buckets; 0 for none.
    signals
        Entries whose phrases are said in the unit; ``previous:ENTRY`` in what it answers.
    shape, pair
        Names of :data:`poise.detection.features.NAMED` without their kind.
    products, differences
        So many first elements of the product (the absolute difference) of the unit's vector and that of what it
        answers; ``last_`` of that one's last sentence.
    heard
        So many first elements of the vector of what the unit answers.
    opening, closing, high, low
        So many first elements of the vectors of the unit's first and last sentence, and of the highest and lowest of
        each element over its sentences.
    """

    vector: bool = False
    ngrams: int = 0
    signals: list[str] = default(default_factory=list)
    shape: list[str] = default(default_factory=list)
    pair: list[str] = default(default_factory=list)
    products: int = 0
    differences: int = 0
    last_products: int = 0
    last_differences: int = 0
    heard: int = 0
    opening: int = 0
    closing: int = 0
    high: int = 0
    low: int = 0

    def names(self) -> list[str]:
        """Return the names of single figures, in the order of their weights."""
        return [
            *(f"signal:{name}" for name in self.signals),
            *(f"shape:{name}" for name in self.shape),
            *(f"pair:{name}" for name in self.pair),
        ]

    def wide(self) -> list[tuple[str, int]]:
        """Return what is seen or compared element by element, and how many elements of it."""
        sizes = {name: getattr(self, name) for name in _WIDE}
        return [(name, size) for name, size in sizes.items() if size]


_COMPARED: Final = ("products", "differences", "last_products", "last_differences")
_SENTENCES: Final = ("opening", "closing", "high", "low")
_WIDE: Final = (*_COMPARED, "heard", *_SENTENCES)


class HeadInfo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a head's file says of itself beside its weights."""

    name: str
    tier: Tier
    unit: Unit
    task: Literal["label", "value"]
    blocks: Blocks
    recipe: str  # hash of the recipe and the sentences it names
    rows: int  # that it was trained on
    knowledge: str  # version whose phrases its signals are


@dataclass(frozen=True)
class Head:
    """A linear head.

    Attributes
    ----------
    weights
        By block: ``vector`` [width], ``ngrams`` [2 ** bits], ``named`` (single figures, in the order of
        :meth:`Blocks.names`), and each of :meth:`Blocks.wide`.
    intercept
        Added to the sum.
    slope, offset
        Of the calibration (Platt 1999): the probability is the logistic of slope times score plus offset. A head of
        values (task ``value``) gives its score as it is.
    """

    info: HeadInfo
    weights: Mapping[str, NDArray[np.floating]]
    intercept: float
    slope: float = 1.0
    offset: float = 0.0

    def calibrated(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities of scores, or the values that a head of values gives."""
        if self.info.task == "value":
            return score
        return 1.0 / (1.0 + np.exp(-np.clip(self.slope * score + self.offset, -40.0, 40.0)))


def wide_feature(features: Features, name: str, size: int) -> NDArray[np.float32]:
    """Return one of :meth:`Blocks.wide`: [U, size], less where vectors are shorter."""
    if name == "heard":
        return features.heard[:, :size]
    if name in _SENTENCES:
        found: NDArray[np.float32] = getattr(features.passages, name)[:, :size]
        return found
    other = (features.heard_last if name.startswith("last_") else features.heard)[:, :size]
    own = features.vectors[:, :size]
    return own * other if name.endswith("products") else np.abs(own - other)


def scores(features: Features, heads: Iterable[Head]) -> list[NDArray[np.float64]]:
    """Return each head's scores of the units: the vectors meet the weights of all heads in one product."""
    heads = list(heads)
    n = len(features.units)
    out = np.zeros((n, len(heads)))
    out += np.array([head.intercept for head in heads])
    if not n:
        return list(out.T)
    with_vector = [i for i, head in enumerate(heads) if head.info.blocks.vector]
    if with_vector:
        weights = np.column_stack([heads[i].weights["vector"] for i in with_vector])
        out[:, with_vector] += features.vectors @ weights.astype(np.float32)
    for bits in sorted({head.info.blocks.ngrams for head in heads} - {0}):
        chosen = [i for i, head in enumerate(heads) if head.info.blocks.ngrams == bits]
        table = np.column_stack([heads[i].weights["ngrams"] for i in chosen]).astype(np.float32)
        buckets, begin = features.ngrams(bits)
        bounds = np.append(begin, len(buckets))
        out[:, chosen] += sums_of(table, buckets, bounds) / np.sqrt(np.diff(bounds))[:, None]
    for i, head in enumerate(heads):
        names = head.info.blocks.names()
        if names:
            figures = np.column_stack([features.named(name) for name in names])
            out[:, i] += figures @ head.weights["named"].astype(np.float64)
        for name, size in head.info.blocks.wide():
            out[:, i] += wide_feature(features, name, size) @ head.weights[name].astype(np.float32)
    return list(out.T)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one head says of the units of one side."""

    units: Units
    probability: NDArray[np.float64]

    def over(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the highest probability of the units that ranges of words reach into; nan where there is none."""
        low = np.searchsorted(self.units.last, first)
        high = np.searchsorted(self.units.first, last, side="right")
        some = high > low
        out = np.full(len(first), np.nan)
        if some.any():
            bounds = np.column_stack([low[some], high[some]]).ravel()
            out[some] = np.maximum.reduceat(np.append(self.probability, -np.inf), bounds)[::2]
        return out

    def by_turn(self, turns: int) -> NDArray[np.float64]:
        """Return the highest probability in each turn; 0 for turns without units."""
        out = np.full(turns, -np.inf)
        np.maximum.at(out, self.units.turn, self.probability)
        out[np.isneginf(out)] = 0.0
        return out


@dataclass
class Trained:
    """The heads of one tier and the encoder whose vectors they see."""

    tier: Tier
    encoder: Encoder
    heads: dict[str, Head] = field(default_factory=dict)

    def judge(self, scene: Scene, asked: Iterable[tuple[str, Side]]) -> dict[tuple[str, Side], Judgement]:
        """Return what heads say of one side's units each; heads that are not there are left out."""
        groups: dict[tuple[Unit, Side], list[str]] = {}
        for name, side in dict.fromkeys(asked):
            if name in self.heads:
                groups.setdefault((self.heads[name].info.unit, side), []).append(name)
        out: dict[tuple[str, Side], Judgement] = {}
        for (unit, side), names in groups.items():
            units = units_of(scene, unit, side)
            chosen = [self.heads[name] for name in names]
            found = scores(Features(scene, units, unit, self.encoder), chosen)
            for name, head, score in zip(names, chosen, found, strict=True):
                out[name, side] = Judgement(units, head.calibrated(score))
        return out
