"""Labelled rows as what a head sees of them, by the code that a run uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.detection.encoding import Encoder
from poise.detection.features import Features
from poise.detection.heads import Blocks, wide_feature
from poise.detection.units import Unit, whole_turns
from poise.validation.heard import tables_of
from poise.validation.training.labelled import Labelled

__all__ = ["Matrix", "Scales", "Seen", "see"]

_BATCH = 4_000
_DIGITS = 5  # decimals of weights
_NGRAM_NORM = 2.0
_VECTOR_NORM = 4.0
_WIDE_NORM = 2.0
"""Length that a block's features are brought to, so that one penalty fits all blocks."""
_CONSTANT = 1e-9  # a figure that varies less does not vary

Matrix: TypeAlias = "sparse.csr_array | NDArray[np.float64]"
Scales: TypeAlias = dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Mean and factor of each dense block, by which it was brought to its length."""


@dataclass(frozen=True)
class Seen:
    """Features of rows, by block, before they are brought to one scale.

    Attributes
    ----------
    rows
        Which of the rows have words, so that there is something to see.
    dense
        Block -> [n, width].
    ngrams
        Sparse [n, 2 ** bits], None where the head sees none.
    """

    rows: NDArray[np.int64]
    dense: dict[str, NDArray[np.float32]]
    ngrams: sparse.csr_array | None

    def take(self, which: NDArray[np.int64]) -> Seen:
        """Return the chosen rows."""
        return Seen(
            self.rows[which],
            {name: block[which] for name, block in self.dense.items()},
            None if self.ngrams is None else sparse.csr_array(self.ngrams[which]),
        )

    def scaled(self) -> tuple[Matrix, Scales]:
        """Return one matrix of all blocks, and of each dense block the mean and the factor that made it so."""
        parts: list[NDArray[np.float64]] = []
        scales: Scales = {}
        for name, block in self.dense.items():
            values = block.astype(np.float64)
            mean = values.mean(axis=0)
            values -= mean
            if name == "named":
                spread = values.std(axis=0)
                factor = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > _CONSTANT)
            else:
                norm = float(np.sqrt(np.mean(np.einsum("ij,ij->i", values, values))))
                wanted = _VECTOR_NORM if name == "vector" else _WIDE_NORM
                factor = np.full(len(mean), wanted / norm if norm > 0 else 0.0)
            parts.append(values * factor)
            scales[name] = (mean, factor)
        dense = np.hstack(parts) if parts else np.zeros((len(self.rows), 0))
        if self.ngrams is None:
            return dense, scales
        both = sparse.hstack([sparse.csr_array(dense), self.ngrams * _NGRAM_NORM], format="csr")
        return sparse.csr_array(both), scales

    def weights(
        self,
        coefficients: NDArray[np.float64],
        scales: Scales,
    ) -> tuple[dict[str, NDArray[np.floating]], float]:
        """Return a head's weights by block from coefficients of the scaled matrix, and what to add to its intercept."""
        out: dict[str, NDArray[np.floating]] = {}
        shift = 0.0
        at = 0
        for name, (mean, factor) in scales.items():
            own = coefficients[at : at + len(mean)] * factor
            at += len(mean)
            shift -= float(own @ mean)
            # rounded, so that the last bits of sums, which depend on where terms lie in memory, change no file
            out[name] = own.round(_DIGITS).astype(np.float32)
        if self.ngrams is not None:
            out["ngrams"] = (coefficients[at:] * _NGRAM_NORM).round(_DIGITS).astype(np.float16)
        return out, shift


def see(rows: Sequence[Labelled], unit: Unit, blocks: Blocks, detector: Detector, encoder: Encoder) -> Seen:
    """Return the features of rows, each row's text one unit."""
    kept: list[NDArray[np.int64]] = []
    dense: dict[str, list[NDArray[np.float32]]] = {}
    grams: list[sparse.csr_array] = []
    for which in _batches(rows):
        talks = [(str(i), [*rows[i].previous, (rows[i].role, rows[i].text)]) for i in which]
        tables = tables_of(talks, channel=rows[which[0]].channel, language=rows[which[0]].language)
        scene = detector.marked(tables)
        units = whole_turns(scene.stream, scene.stream.first_turn[1:] - 1)
        features = Features(scene, units, "text" if unit == "text" else "turn", encoder)
        kept.append(np.array(which, np.int64)[scene.stream.conversation[units.turn]])
        for name, block in _dense(features, blocks):
            dense.setdefault(name, []).append(block)
        if blocks.ngrams:
            grams.append(_sparse(features, blocks.ngrams))
    return Seen(
        np.concatenate(kept),
        {name: np.concatenate(parts) for name, parts in dense.items()},
        sparse.csr_array(sparse.vstack(grams, format="csr")) if grams else None,
    )


def _batches(rows: Sequence[Labelled]) -> Iterator[list[int]]:
    """Yield numbers of rows of one channel and language, so many at a time."""
    kinds: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        kinds.setdefault((row.channel, row.language), []).append(i)
    for numbers in kinds.values():
        for k in range(0, len(numbers), _BATCH):
            yield numbers[k : k + _BATCH]


def _dense(features: Features, blocks: Blocks) -> Iterator[tuple[str, NDArray[np.float32]]]:
    if blocks.vector:
        yield "vector", features.vectors
    if blocks.names():
        yield "named", np.column_stack([features.named(name) for name in blocks.names()])
    for name, size in blocks.wide():
        yield name, wide_feature(features, name, size)


def _sparse(features: Features, bits: int) -> sparse.csr_array:
    buckets, begin = features.ngrams(bits)
    bounds = np.append(begin, len(buckets))
    values = np.repeat(1.0 / np.sqrt(np.diff(bounds)), np.diff(bounds))
    found = sparse.csr_array((values, buckets, bounds), shape=(len(begin), 1 << bits))
    found.sum_duplicates()
    return found
