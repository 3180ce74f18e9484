"""What would change a number: the answer a person is owed about an estimate of them.

Every row is computed with the same likelihood and the same frozen norms as the estimate itself, on evidence to
which some further occasions are added; nothing is extrapolated but the number of conversations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.estimation.composites import CONVERSATIONS, Composite, compose
from poise.estimation.counts import Counted, Counts, Frame, count
from poise.estimation.detector_error import DetectorAccuracy
from poise.estimation.deviations import Judged, judge
from poise.estimation.estimates import UNMEASURED
from poise.estimation.norms import BehaviourNorm, Norms
from poise.estimation.posterior import PRIOR_VARIANCE
from poise.estimation.threads import one_thread
from poise.knowledge.schema import Behaviour, Trait
from poise.model import CHANGES, empty

__all__ = ["what_would_change"]

Floats = NDArray[np.float64]

_MOST: Final = 1000.0
"""Times the present evidence; what takes more is said to be out of reach."""


@one_thread
def what_would_change(
    evidence: Frame,
    cases: Frame,
    *,
    behaviours: Mapping[str, Behaviour],
    traits: Mapping[str, Trait],
    norms: Norms,
    detector: DetectorAccuracy | None = None,
    people: Sequence[str] | None = None,
    occasions: int = 10,
    more: int = 5,
) -> pl.DataFrame:
    """Return what would move each person's level on each trait (form CHANGES).

    Parameters
    ----------
    people
        Only these people; everyone where left out.
    occasions, more
        Kind ``behaviour``: in the next ``occasions`` occasions, ``more`` go better than at the present rate (fewer
        of a behaviour that counts against). A measure lies one between-person standard deviation better in each.

    Notes
    -----
    Kind ``gate``: conversations until the trait may be shown, at the present rate of occasions (0 where it may).
    Kind ``half_interval``: conversations until the interval is half as wide. Detector error and the norm's own
    uncertainty do not shrink with a person's evidence, so there may be no such number: null.
    ValueError where ``occasions`` is not positive or ``more`` is negative.
    """
    if occasions < 1 or more < 0:
        raise ValueError(f"{more} more of {occasions} occasions")
    detector = UNMEASURED if detector is None else detector
    known = {b.id: b for b in behaviours.values() if b.sign != "0" and b.trait in traits and b.id in norms.behaviours}
    groups = {t: tuple(sorted(b.id for b in known.values() if b.trait == t)) for t in traits}
    rows = evidence.lazy()
    if people is not None:
        rows = rows.filter(pl.col("person").is_in(list(people)))
    counts = count(rows, cases, known, groups=groups)
    number = len(counts.people)
    now: dict[str, list[Judged]] = {t: [] for t in traits}
    then: dict[str, list[tuple[Judged, Floats, Floats, Floats]]] = {t: [] for t in traits}
    for counted in counts.behaviours():
        behaviour, norm = known[counted.behaviour], norms.behaviours[counted.behaviour]
        before = judge(counted, counts, behaviour, norm, detector)
        grown, met, usual, value = _grown(counted, before, norm, occasions, more)
        now[behaviour.trait].append(before)
        then[behaviour.trait].append((judge(grown, counts, behaviour, norm, detector), met, usual, value))
    out = [empty(CHANGES)]
    for t in traits:
        if not now[t]:
            continue
        composite = compose(now[t], number)
        for weights, before, (after, met, usual, value) in zip(composite.weights, now[t], then[t], strict=True):
            moved = weights[before.people] * (after.level.first - before.level.first)
            level = 3 + composite.cumulants.first[before.people]
            out.append(
                _frame(
                    counts,
                    before.people,
                    trait=t,
                    kind="behaviour",
                    behaviour=before.behaviour.id,
                    occasions=np.full(len(moved), float(occasions)),
                    met=met,
                    usual=usual,
                    value=value,
                    level=np.clip(level, 1, 5),
                    level_then=np.clip(level + moved, 1, 5),
                ).filter(pl.Series(weights[before.people] > 0))
            )
        who = np.flatnonzero(composite.observed)
        talked = np.array([counts.conversations.get((p, t), 0) for p in range(number)], dtype=np.float64)
        level = composite.mean[who]
        for kind, needed in (
            ("gate", _to_gate(now[t], talked)),
            ("half_interval", _to_half(now[t], composite, talked)),
        ):
            out.append(_frame(counts, who, trait=t, kind=kind, level=level, conversations=needed[who]))
    return pl.concat(out).sort("person", "trait", "kind", "behaviour")


def _frame(
    counts: Counts, people: NDArray[np.int64], *, trait: str, kind: str, behaviour: str | None = None, **columns: Floats
) -> pl.DataFrame:
    n = len(people)
    given = [pl.Series(name, values, dtype=pl.Float64).fill_nan(None) for name, values in columns.items()]
    told = {"trait": [trait] * n, "kind": [kind] * n, "behaviour": [behaviour] * n}
    frame = pl.DataFrame({"person": [counts.people[p] for p in people], **told}).with_columns(given)
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(form).alias(name)
        for name, form in CHANGES.items()
    )


def _grown(
    counted: Counted, before: Judged, norm: BehaviourNorm, occasions: int, more: int
) -> tuple[Counted, Floats, Floats, Floats]:
    """Return the evidence with the further occasions, and per person how many are met, usually are, and the value."""
    people = before.people
    n = len(people)
    sign = -1.0 if norm.sign == "-" else 1.0
    row = np.searchsorted(people, counted.person)
    # The occasions are like the person's commonest: the cell with most conversations, the first of equals.
    cells = int(counted.cell.max()) + 1
    crowd = np.bincount(row * cells + counted.cell, weights=counted.number, minlength=n * cells).reshape(n, cells)
    cell = np.argmax(crowd, axis=1)
    nothing, one, many = np.zeros(n), np.ones(n), np.full(n, float(occasions))
    void = np.full(n, np.nan)
    if norm.family == "measure":
        level = norm.mean + norm.spread * (sign * before.deviation + 1) * sign
        size = np.bincount(row, weights=counted.number * counted.size, minlength=n) / before.conversations
        value = norm.centre + norm.scale * level
        added = _append(counted, people, cell, nothing, size, many, many * value, many * value**2)
        told = np.maximum(np.expm1(value), 0) if norm.unit in ("seconds", "turns") else value
        return added, void, void, told
    usual = np.round(before.rate * occasions)
    met = np.maximum(usual + sign * more, 0)
    if norm.family == "share":
        usual = np.minimum(usual, occasions)
        met = np.minimum(met, occasions)
        added = _append(counted, people, cell, one, one, met, nothing, nothing)
        return _append(added, people, cell, nothing, one, occasions - met, nothing, nothing), met, usual, void
    return _append(counted, people, cell, met, many, one, nothing, nothing), met, usual, void


def _append(
    counted: Counted,
    person: NDArray[np.int64],
    cell: NDArray[np.int64],
    hits: Floats,
    size: Floats,
    number: Floats,
    total: Floats,
    squares: Floats,
) -> Counted:
    kept = number > 0
    return replace(
        counted,
        person=np.concatenate([counted.person, person[kept]]),
        cell=np.concatenate([counted.cell, cell[kept]]),
        block=np.concatenate([counted.block, np.zeros(int(kept.sum()), dtype=np.int64)]),
        hits=np.concatenate([counted.hits, hits[kept]]),
        size=np.concatenate([counted.size, size[kept]]),
        number=np.concatenate([counted.number, number[kept]]),
        total=np.concatenate([counted.total, total[kept]]),
        squares=np.concatenate([counted.squares, squares[kept]]),
    )


def _to_gate(judged: Sequence[Judged], talked: Floats) -> Floats:
    needed = np.full(len(talked), np.inf)
    for j in judged:
        missing = np.maximum(j.behaviour.gate - j.amount, 0)
        needed[j.people] = np.minimum(
            needed[j.people], np.ceil(missing * talked[j.people] / np.maximum(j.amount, 1e-9))
        )
    out = np.maximum(needed, np.maximum(CONVERSATIONS - talked, 0))
    return np.where(np.isfinite(out), out, np.nan)


def _to_half(judged: Sequence[Judged], composite: Composite, talked: Floats) -> Floats:
    """Find how many times the present evidence gives a quarter of the variance, by bisection."""
    people = len(talked)
    information, fixed, prior = (np.zeros((len(judged), people)) for _ in range(3))
    prior[:] = PRIOR_VARIANCE
    for b, j in enumerate(judged):
        information[b, j.people] = np.maximum(1 / np.maximum(j.own_variance, 1e-9) - 1 / j.prior_variance, 0)
        fixed[b, j.people] = j.fixed_variance
        prior[b] = j.prior_variance
    squared = composite.weights**2

    def variance(times: Floats) -> Floats:
        return np.asarray((squared * (1 / (1 / prior + information * times) + fixed)).sum(axis=0), dtype=np.float64)

    target = composite.cumulants.second / 4
    low, high = np.ones(people), np.full(people, _MOST)
    reachable = variance(high) <= target
    for _ in range(40):
        middle = np.sqrt(low * high)
        under = variance(middle) <= target
        high, low = np.where(under, middle, high), np.where(under, low, middle)
    return np.where(reachable, np.ceil((high - 1) * talked - 1e-6), np.nan)
