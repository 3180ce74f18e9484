"""What comparable conversations look like: offsets of case-mix cells, shrunk toward the coarser cell.

A cell is a path language, channel, anger on arrival, queue, topic. Each node of the tree of paths adds its own
offset on the link scale, normal around zero with a variance per level, so that a cell with little evidence takes
its parent's place. People and nodes are fitted together (penalised quasi-likelihood, Breslow and Clayton 1993), so
that one weak agent alone on a queue does not become that queue's norm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from poise.estimation.counts import LEVELS, Counted, Counts, Family
from poise.estimation.likelihood import distinct, inverse_link

__all__ = ["CaseMix", "Node", "apply", "fit_nodes", "quasi_counts"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SPREAD: Final = 0.3
"""Prior guess of a level's standard deviation between siblings, worth two siblings of evidence."""
_SWEEPS: Final = 30
_LEAST: Final = 30.0
"""Finer nodes with less evidence than this (opportunities, minutes or values) are left to their parent."""


class Node(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One node of the case-mix tree, as the norms keep it."""

    path: list[str]
    offset: float  # of this node alone, link scale
    variance: float  # of that offset
    share: float  # of the norm's evidence
    people: int  # of the norm group with evidence here


class CaseMix(NamedTuple):
    """Offsets for the cells of one batch."""

    offset: Floats  # per cell
    membership: sparse.csr_array  # cells x nodes
    variance: Floats  # per node
    share: Floats  # per node
    peers: Ints  # per cell: people of the norm at this language and channel; -1 where the norm has none

    def uncertainty(self, person: Ints, cell: Ints, weight: Floats, people: int) -> Floats:
        """Return, per person, the variance that uncertain offsets add to the person's level.

        An error shared with the norm's own mixture of cells cancels; what a person has more or less of counts.
        """
        mixture = sparse.coo_array((weight, (person, cell)), shape=(people, len(self.offset))).tocsr()
        total = np.maximum(np.asarray(mixture.sum(axis=1)).reshape(-1), 1e-300)
        shares = sparse.csr_array(mixture @ self.membership)
        # sum of v (s - n)^2 = sum of v (s^2 - 2 s n) + sum of v n^2, without filling the matrix
        squares = np.asarray(shares.power(2) @ self.variance).reshape(-1) / total**2
        cross = np.asarray(shares @ (self.variance * self.share)).reshape(-1) / total
        constant = float((self.variance * self.share**2).sum())
        return np.asarray(np.maximum(squares - 2 * cross + constant, 0.0), dtype=np.float64)


def quasi_counts(
    counted: Counted, *, between: float, within: float, centre: float, unit: float
) -> tuple[Floats, Floats]:
    """Return weighted hits and opportunities (or their likes) that allow for variation between conversations.

    The weights use a usual correlation (rho .1, psi .5) instead of the behaviour's own: a wrong guess costs a
    little efficiency in the offsets and no bias.
    """
    if counted.family == "share":
        weight = counted.number / (1 + 0.1 * (counted.size - 1))
        return weight * counted.hits, weight * counted.size
    if counted.family == "count":
        rate = (counted.hits * counted.number).sum() / max((counted.size * counted.number).sum(), 1e-12)
        weight = counted.number / (1 + 0.5 * rate * counted.size)
        return weight * counted.hits, weight * counted.size
    variance = between + within / counted.size
    return (counted.total - counted.number * centre) / unit / variance, counted.number / variance


def _slope(family: Family, mean: Floats) -> Floats:
    if family == "share":
        return mean * (1 - mean)
    return mean if family == "count" else np.ones_like(mean)


def fit_nodes(
    counted: Counted, counts: Counts, hits: Floats, size: Floats, start: float
) -> tuple[list[Node], list[float]]:
    """Fit the tree's offsets; return its nodes and the standard deviation between siblings per level.

    ``hits`` and ``size`` are those of :func:`quasi_counts`; ``start`` is the overall level on the link scale.
    """
    family = counted.family
    cells = len(counts.cells)
    pair, inverse = distinct(counted.person * cells + counted.cell)
    person, cell = pair // cells, pair % cells
    hits = np.bincount(inverse, weights=hits).astype(np.float64)
    amount = np.bincount(inverse, weights=size).astype(np.float64)
    plain = np.bincount(inverse, weights=counted.number * (counted.size if family != "measure" else 1.0))
    _, person = distinct(person)

    paths: list[list[tuple[str, ...]]] = []
    index: list[Ints] = []
    free: list[NDArray[np.bool_]] = []
    present = np.unique(cell).tolist()
    for level in range(len(LEVELS)):
        keys = {c: counts.cells[c][: level + 1] for c in present}
        found = sorted(set(keys.values()))
        number = {k: i for i, k in enumerate(found)}
        of_cell = np.zeros(cells, dtype=np.int64)
        of_cell[present] = [number[keys[c]] for c in present]
        paths.append(found)
        index.append(of_cell[cell])
        siblings: dict[tuple[str, ...], int] = {}
        for k in found:
            siblings[k[:-1]] = siblings.get(k[:-1], 0) + 1
        # An only child cannot be told from its parent.
        free.append(np.array([siblings[k[:-1]] > 1 for k in found], dtype=bool))

    offsets = [np.zeros(len(p)) for p in paths]
    variances = [np.zeros(len(p)) for p in paths]
    spreads = [_SPREAD**2] * len(LEVELS)
    if any(f.any() for f in free):
        mean, effect, person_variance = start, np.zeros(int(person.max()) + 1), 0.25

        def residual() -> tuple[Floats, Floats]:
            eta = mean + effect[person] + sum(o[i] for o, i in zip(offsets, index, strict=True))
            expected = inverse_link(family, eta)
            return hits - amount * expected, amount * _slope(family, expected)

        def summed(group: Ints, x: Floats, size: int) -> Floats:
            return np.bincount(group, weights=x, minlength=size).astype(np.float64)

        for _ in range(_SWEEPS):
            before = np.concatenate([[mean], *offsets])
            error, information = residual()
            mean += float(np.clip(error.sum() / max(information.sum(), 1e-9), -1.5, 1.5))
            error, information = residual()
            precision = summed(person, information, len(effect)) + 1 / person_variance
            step = (summed(person, error, len(effect)) - effect / person_variance) / precision
            effect += np.clip(step, -1.5, 1.5)
            person_variance = (float((effect**2 + 1 / precision).sum()) + 0.5) / (len(effect) + 2)
            for level, (group, loose) in enumerate(zip(index, free, strict=True)):
                if not loose.any():
                    continue
                error, information = residual()
                precision = summed(group, information, len(loose)) + 1 / spreads[level]
                step = (summed(group, error, len(loose)) - offsets[level] / spreads[level]) / precision
                offsets[level] = np.where(loose, offsets[level] + np.clip(step, -1.5, 1.5), 0.0)
                variances[level] = np.where(loose, 1 / precision, 0.0)
                seen = float((offsets[level] ** 2 + variances[level])[loose].sum())
                spreads[level] = (seen + 2 * _SPREAD**2) / (int(loose.sum()) + 2)
            if np.max(np.abs(np.concatenate([[mean], *offsets]) - before)) < 1e-3:
                break

    nodes = []
    for level, found in enumerate(paths):
        evidence = np.bincount(index[level], weights=plain, minlength=len(found))
        shares = evidence / max(evidence.sum(), 1e-300)
        who = distinct(index[level] * (int(person.max()) + 1) + person)[0] // (int(person.max()) + 1)
        people = np.bincount(who, minlength=len(found))
        for i, path in enumerate(found):
            if level < 2 or evidence[i] >= _LEAST:
                offset, variance = float(offsets[level][i]), float(variances[level][i])
                nodes.append(Node(list(path), offset, variance, float(shares[i]), int(people[i])))
    return nodes, [float(np.sqrt(s)) for s in spreads]


def apply(nodes: Sequence[Node], level_sd: Sequence[float], cells: Sequence[tuple[str, ...]]) -> CaseMix:
    """Look up cells in fitted nodes.

    A node that the norms do not have adds no offset but the variance between siblings of its level, unless the norms
    do not divide its parent any further.
    """
    known = {tuple(n.path): n for n in nodes}
    parents = {tuple(n.path[:-1]) for n in nodes}
    number: dict[tuple[str, ...], int] = {}
    variance: list[float] = []
    share: list[float] = []
    offset = np.zeros(len(cells))
    peers = np.full(len(cells), -1, dtype=np.int64)
    rows: list[int] = []
    columns: list[int] = []
    for c, cell in enumerate(cells):
        for level in range(len(LEVELS)):
            path = cell[: level + 1]
            node = known.get(path)
            if node is None and path[:-1] not in parents:
                break
            if path not in number:
                number[path] = len(number)
                variance.append(level_sd[level] ** 2 if node is None else node.variance)
                share.append(0.0 if node is None else node.share)
            rows.append(c)
            columns.append(number[path])
            if node is None:
                break
            offset[c] += node.offset
            if level == 1:
                peers[c] = node.people
    ones = np.ones(len(rows))
    membership = sparse.coo_array((ones, (rows, columns)), shape=(len(cells), max(len(number), 1))).tocsr()
    if not number:
        variance, share = [0.0], [0.0]
    return CaseMix(offset, membership, np.array(variance), np.array(share), peers)
