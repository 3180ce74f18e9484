"""Evidence and frozen norms in, estimates with intervals out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.estimation.composites import CONVERSATIONS, USUAL_CORRELATION, Composite, combine, compose, correlate, halve
from poise.estimation.counts import Counted, Counts, Frame, count
from poise.estimation.detector_error import DetectorAccuracy
from poise.estimation.deviations import Judged, judge
from poise.estimation.fitting import MANY
from poise.estimation.norms import Norms
from poise.estimation.reliability import SplitHalf
from poise.estimation.subscores import prmse
from poise.estimation.threads import one_thread
from poise.knowledge.schema import Behaviour, Cluster, Trait
from poise.model import CONTRIBUTIONS, ESTIMATES, RATES, Schema, empty

__all__ = ["ACCURACY", "REASONS", "RELIABILITY", "UNMEASURED", "Estimated", "estimate"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

REASONS: Final = {
    "not_observed": "no evidence: nothing called for it, or the input cannot show it",
    "few_opportunities": "fewer opportunities than the gate",
    "few_conversations": f"fewer than {CONVERSATIONS} conversations",
    "no_norm": "the norms do not have this behaviour",
    "one_peer": "the norm is one person: there is nobody to compare with",
    "cluster_instead": "the total predicts this trait better than its own score does: see the cluster",
    "few_peers": "shown; the norm is fewer than five people",
    "one_peer_here": "shown; where most of the evidence comes from, the norm has one person only",
}
"""Codes of the ``reason`` columns. The last two limit what is shown, the others say why it is not."""

RELIABILITY: Final[Schema] = {
    "trait": pl.String,  # trait or cluster id
    "kind": pl.String,  # trait, cluster
    "people": pl.Int64,  # with enough evidence, in this batch
    "odd_even": pl.Float64,  # stepped up; null with fewer than three people
    "split_half": pl.Float64,  # mean over all balanced halves of time-interleaved blocks, stepped up
    "low": pl.Float64,  # 90 % interval of split_half
    "high": pl.Float64,
    "used": pl.Float64,  # the reliability that decides on showing
    "method": pl.String,  # split_half (this batch), norms, or model where the norms do not know the trait
    "by_total": pl.Float64,  # how well the total over traits predicts the true level (PRMSE); traits only
    "shown": pl.Boolean,  # used > by_total
}
ACCURACY: Final[Schema] = {
    "behaviour": pl.String,
    "language": pl.String,
    "channel": pl.String,
    "precision": pl.Float64,
    "recall": pl.Float64,
    "assumed": pl.Boolean,  # nobody has measured it; the documented default stands in
    "widening": pl.Float64,  # standard deviation added, in between-person standard deviations
}

UNMEASURED: Final = DetectorAccuracy(name="unmeasured")
"""No accuracy figures at all: every detector is assumed to be right and complete in 8 of 10 cases."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """What estimation returns. Forms: RATES and ESTIMATES of :mod:`poise.model`, and the tables of this module."""

    rates: pl.DataFrame
    estimates: pl.DataFrame
    reliability: pl.DataFrame
    contributions: pl.DataFrame
    accuracy: pl.DataFrame


@one_thread
def estimate(
    evidence: Frame,
    cases: Frame,
    *,
    behaviours: Mapping[str, Behaviour],
    traits: Mapping[str, Trait],
    clusters: Mapping[str, Cluster],
    norms: Norms,
    detector: DetectorAccuracy | None = None,
    source: str = "conversation",
) -> Estimated:
    """Estimate every person's behaviours, traits and clusters.

    Parameters
    ----------
    evidence, cases
        EVIDENCE and CASES of :mod:`poise.model`; lazy frames are read a few behaviours at a time. Evidence of one
        source and one purpose, of named people only: filtering is the caller's.
    behaviours, traits, clusters
        Knowledge, by id.
    norms
        Frozen norms; nothing is refitted.
    detector
        Accuracy of the detectors; :data:`UNMEASURED` where left out.
    source
        What the evidence comes from: conversation, interview or shift.

    Notes
    -----
    Every person has a row for each trait and cluster; without evidence its numbers are null and the reason says so.
    The result is computed on grids: nothing is drawn at random. ValueError for evidence that cannot be (more hits
    than opportunities).
    """
    detector = UNMEASURED if detector is None else detector
    signed = {b.id: b for b in behaviours.values() if b.sign != "0" and b.trait in traits}
    groups: dict[str, tuple[str, ...]] = {
        t: tuple(sorted(b.id for b in signed.values() if b.trait == t)) for t in traits
    }
    for c in clusters:
        groups["cluster " + c] = tuple(sorted(b.id for b in signed.values() if traits[b.trait].cluster == c))
    counts = count(evidence, cases, behaviours, groups=groups)
    if not counts.people:
        return Estimated(*(empty(s) for s in (RATES, ESTIMATES, RELIABILITY, CONTRIBUTIONS, ACCURACY)))
    judged: dict[str, list[Judged]] = {t: [] for t in traits}
    rates: list[pl.DataFrame] = []
    accuracy: list[pl.DataFrame] = []
    for counted in counts.behaviours():
        behaviour = behaviours[counted.behaviour]
        norm = norms.behaviours.get(behaviour.id)
        if norm is None:
            rates.append(_no_norm(counts, behaviour, counted))
            continue
        if norm.family != counted.family:
            raise ValueError(f"norms {norms.name!r} measure {behaviour.id!r} in {norm.unit!r}, not {behaviour.unit!r}")
        found = judge(counted, counts, behaviour, norm, detector)
        rates.append(_rates(counts, found))
        accuracy.append(_accuracy(found))
        if behaviour.id in signed:
            judged[behaviour.trait].append(found)

    number = len(counts.people)
    composites = {t: compose(j, number) for t, j in judged.items()}
    talked = {g: _conversations(counts, g) for g in groups}
    eligible = {t: c.gated & (talked[t] >= CONVERSATIONS) for t, c in composites.items()}
    members = {c: [t for t in sorted(traits) if traits[t].cluster == c] for c in clusters}
    grouped = {c: combine([composites[t] for t in own], number) for c, own in members.items() if own}
    for c, composite in grouped.items():
        eligible["cluster " + c] = composite.gated & (talked["cluster " + c] >= CONVERSATIONS)
    reliability = _reliability(composites, grouped, eligible, norms)
    hidden = set(reliability.filter((pl.col("kind") == "trait") & ~pl.col("shown"))["trait"].to_list())
    alone = {t for t in traits if sum(bool(judged[o]) and traits[o].cluster == traits[t].cluster for o in traits) < 2}

    rows: list[pl.DataFrame] = []
    for t, composite in composites.items():
        rows.append(_estimates(counts, t, "trait", source, composite, judged[t], talked[t], norms, t in hidden - alone))
    for c, composite in grouped.items():
        parts = [j for t in members[c] for j in judged[t]]
        rows.append(_estimates(counts, c, "cluster", source, composite, parts, talked["cluster " + c], norms, False))
    return Estimated(
        rates=_table(rates, RATES, ["person", "behaviour"]),
        estimates=_table(rows, ESTIMATES, ["person", "kind", "trait"]),
        reliability=reliability,
        contributions=_table(
            [_contributions(counts, t, composites[t], judged[t]) for t in composites],
            CONTRIBUTIONS,
            ["person", "trait", "behaviour"],
        ),
        accuracy=_table(accuracy, ACCURACY, ["behaviour", "language", "channel"]),
    )


def _table(parts: list[pl.DataFrame], schema: Schema, keys: list[str]) -> pl.DataFrame:
    return pl.concat([empty(schema), *parts]).sort(keys)


def _frame(columns: Mapping[str, object], schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(columns, strict=False).select(pl.col(name).cast(kind) for name, kind in schema.items())


def _conversations(counts: Counts, group: str) -> NDArray[np.int64]:
    return np.array([counts.conversations.get((p, group), 0) for p in range(len(counts.people))], dtype=np.int64)


def _no_norm(counts: Counts, behaviour: Behaviour, counted: Counted) -> pl.DataFrame:
    people, row = np.unique(counted.person, return_inverse=True)
    hits, size, number = (
        np.bincount(row, weights=counted.number * x) for x in (counted.hits, counted.size, np.ones_like(counted.size))
    )
    share, rate = behaviour.unit == "share", behaviour.unit == "per_minute"
    nothing = [None] * len(people)
    return _frame(
        {
            "person": [counts.people[p] for p in people],
            "behaviour": [behaviour.id] * len(people),
            **dict.fromkeys(("rate", "low", "high", "norm", "deviation", "deviation_sd"), nothing),
            "hits": hits if share or rate else 0 * hits,
            "opportunities": size if share else 0 * size,
            "exposure_s": size * 60 if rate else 0 * size,
            "conversations": number,
            "shown": [False] * len(people),
            "reason": ["no_norm"] * len(people),
        },
        RATES,
    )


def _rates(counts: Counts, j: Judged) -> pl.DataFrame:
    peerless = j.norm.people <= 1
    few = j.conversations < CONVERSATIONS
    scarce = j.amount < j.behaviour.gate
    reason = np.where(j.one_peer, "one_peer_here", "few_peers" if j.norm.people < 5 else "")
    reason = np.where(few, "few_conversations", "one_peer" if peerless else reason)
    reason = np.where(scarce, "few_opportunities", reason)
    nothing = np.full(len(j.people), np.nan)
    return _frame(
        {
            "person": [counts.people[p] for p in j.people],
            "behaviour": [j.behaviour.id] * len(j.people),
            "rate": j.rate,
            "low": j.low,
            "high": j.high,
            "norm": nothing if peerless else np.full(len(j.people), j.norm.rate),
            "deviation": nothing if peerless else j.deviation,
            "deviation_sd": nothing if peerless else j.deviation_sd,
            "hits": j.hits,
            "opportunities": j.opportunities,
            "exposure_s": j.exposure_s,
            "conversations": j.conversations,
            "shown": ~(few | scarce),
            "reason": reason,
        },
        RATES,
    ).with_columns(
        pl.col("norm", "deviation", "deviation_sd").fill_nan(None),
        pl.when(pl.col("reason") != "").then("reason").alias("reason"),
    )


def _accuracy(j: Judged) -> pl.DataFrame:
    pairs = list(j.accuracy)
    found = list(j.accuracy.values())
    return _frame(
        {
            "behaviour": [j.behaviour.id] * len(pairs),
            "language": [language for language, _ in pairs],
            "channel": [channel for _, channel in pairs],
            "precision": [w.precision for w in found],
            "recall": [w.recall for w in found],
            "assumed": [w.assumed for w in found],
            "widening": [w.compared / j.norm.spread for w in found],
        },
        ACCURACY,
    )


def _contributions(counts: Counts, trait: str, composite: Composite, judged: list[Judged]) -> pl.DataFrame:
    parts = [empty(CONTRIBUTIONS)]
    for weights, j in zip(composite.weights, judged, strict=True):
        weight = weights[j.people]
        part = _frame(
            {
                "person": [counts.people[p] for p in j.people],
                "trait": [trait] * len(j.people),
                "behaviour": [j.behaviour.id] * len(j.people),
                "weight": weight,
                "deviation": j.level.first,
                "contribution": weight * j.level.first,
            },
            CONTRIBUTIONS,
        )
        parts.append(part.filter(pl.col("weight") > 0))
    return pl.concat(parts)


def _estimates(
    counts: Counts,
    name: str,
    kind: str,
    source: str,
    composite: Composite,
    judged: list[Judged],
    talked: NDArray[np.int64],
    norms: Norms,
    hidden: bool,
) -> pl.DataFrame:
    number = len(counts.people)
    opportunities = np.zeros(number)
    alone, sparse, few = (np.zeros(number, dtype=bool) for _ in range(3))
    alone[:] = True
    for j in judged:
        opportunities[j.people] += j.opportunities
        compared = j.norm.people > 1 or j.behaviour.standard is not None
        used = j.people[(j.amount >= j.behaviour.gate) | ~composite.gated[j.people]]
        alone[used] &= not compared
        few[used] |= j.norm.people < 5 and j.behaviour.standard is None
        sparse[j.people] |= j.one_peer
    reason = np.where(few, "few_peers", np.where(sparse, "one_peer_here", ""))
    reason = np.where(hidden, "cluster_instead", reason)
    reason = np.where(alone, "one_peer", reason)
    reason = np.where(talked < CONVERSATIONS, "few_conversations", reason)
    reason = np.where(composite.gated, reason, "few_opportunities")
    reason = np.where(composite.observed, reason, "not_observed")
    numbers = {
        "mean": composite.mean,
        "low": composite.low,
        "high": composite.high,
        "reliability": composite.reliability,
        "below_standard": composite.below(norms.standard),
    }
    # Compared with themselves alone, or never observed: there is no level, and 3 would look like one.
    void = ~composite.observed | alone
    return _frame(
        {
            "person": counts.people,
            "trait": [name] * number,
            "kind": [kind] * number,
            "source": [source] * number,
            **{k: np.where(void, np.nan, v) for k, v in numbers.items()},
            "conversations": talked,
            "opportunities": opportunities,
            "shown": np.isin(reason, ["", "few_peers", "one_peer_here"]),
            "reason": reason,
            "norms": [norms.version] * number,
        },
        ESTIMATES,
    ).with_columns(pl.col(list(numbers)).fill_nan(None), pl.when(pl.col("reason") != "").then("reason").alias("reason"))


def _reliability(
    traits: Mapping[str, Composite], clusters: Mapping[str, Composite], eligible: Mapping[str, Bools], norms: Norms
) -> pl.DataFrame:
    found: dict[str, SplitHalf | None] = {t: halve(c, eligible[t]) for t, c in traits.items()}
    here: dict[str, int] = {t: int(eligible[t].sum()) for t in traits}
    many = [t for t in traits if here[t] >= MANY and found[t] is not None]
    used: dict[str, tuple[float, str]] = {}
    for t in traits:
        split = found[t]
        if t in many and split is not None:
            used[t] = (max(split.mean, 0.0), "split_half")
        elif t in norms.traits and here[t]:
            used[t] = (norms.traits[t].reliability, "norms")
        elif here[t]:
            used[t] = (float(traits[t].reliability[eligible[t]].mean()), "model")
    names = sorted(used)
    by_total: dict[str, float] = {}
    if len(names) > 1:
        if set(many) >= set(names):
            order, r, _ = correlate({t: traits[t].cumulants.first for t in names}, {t: eligible[t] for t in names})
        else:
            order = names
            known = norms.intercorrelations
            r = np.array(
                [[1.0 if a == b else known.get(a, {}).get(b, USUAL_CORRELATION) for b in names] for a in names]
            )
        judged = prmse([used[t][0] for t in order], r)
        by_total = dict(zip(order, judged.total.tolist(), strict=True))
    rows: list[dict[str, object]] = []
    for t in traits:
        value, method = used.get(t, (None, None))
        total = by_total.get(t)
        shown = None if value is None else total is None or value > total
        rows.append(_reliability_row(t, "trait", here[t], found[t], value, method, total, shown))
    for c, composite in clusters.items():
        chosen = eligible["cluster " + c]
        split = halve(composite, chosen)
        value, method = (
            (max(split.mean, 0.0), "split_half") if split is not None and split.people >= MANY else (None, None)
        )
        rows.append(_reliability_row(c, "cluster", int(chosen.sum()), split, value, method, None, None))
    return pl.DataFrame(rows, schema=dict(RELIABILITY)).sort("kind", "trait")


def _reliability_row(
    name: str,
    kind: str,
    people: int,
    split: SplitHalf | None,
    used: float | None,
    method: str | None,
    by_total: float | None,
    shown: bool | None,
) -> dict[str, object]:
    return {
        "trait": name,
        "kind": kind,
        "people": people,
        "odd_even": None if split is None else split.odd_even,
        "split_half": None if split is None else split.mean,
        "low": None if split is None else split.low,
        "high": None if split is None else split.high,
        "used": used,
        "method": method,
        "by_total": by_total,
        "shown": shown,
    }
