"""Simulated agents whose true rates are known, as the evidence that detection would have written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.knowledge.rules import Phrases
from poise.knowledge.schema import Behaviour, Cluster, Opportunity, Standard, Trait
from poise.model import CASES, EVIDENCE

Floats = NDArray[np.float64]
Population = Callable[[np.random.Generator, int], Floats]

TRAITS = {
    t: Trait(id=t, cluster=c, title={"en": t}, definition={"en": t}, examined={"en": t})
    for t, c in [("helpful", "care"), ("considerate", "care"), ("fair", "even")]
}
CLUSTERS = {c: Cluster(id=c, title={"en": c}) for c in ("care", "even")}


def behaviour(
    name: str,
    trait: str = "helpful",
    *,
    sign: Literal["+", "-", "0"] = "+",
    unit: Literal["share", "per_minute", "seconds", "turns", "index", "grade", "score"] = "share",
    weight: float = 1.0,
    gate: int = 10,
    standard: Standard | None = None,
) -> Behaviour:
    return Behaviour(
        id=name,
        trait=trait,
        sign=sign,
        title={"en": name},
        advice={"en": name},
        definition=name,
        source="simulated",
        needs=["text"],
        opportunity=Opportunity(occasion="signal"),
        rule=Phrases(),
        unit=unit,
        weight=weight,
        gate=gate,
        standard=standard,
    )


def cases(conversations: list[str], **columns: object) -> pl.DataFrame:
    """CASES in the order given, an hour apart, English chat unless told otherwise."""
    n = len(conversations)
    data: dict[str, object] = {
        "conversation": conversations,
        "language": ["en"] * n,
        "channel": ["chat"] * n,
        "queue": [None] * n,
        "topic": [None] * n,
        "arrival_anger": [0] * n,
        "at": pl.Series(np.arange(n) * 3_600_000_000).cast(pl.Datetime("us", "UTC")),
        "order": list(range(n)),
    }
    return pl.DataFrame(data | columns, schema=dict(CASES), strict=False)


def evidence(columns: Mapping[str, object]) -> pl.DataFrame:
    """EVIDENCE; columns that are left out are null or 0."""
    n = len(columns["person"])  # type: ignore[arg-type]
    blank = {
        "hits": [0] * n,
        "opportunities": [0] * n,
        "exposure_s": [None] * n,
        "value": [None] * n,
        "weight": [None] * n,
        "knowledge": ["k1"] * n,
    }
    return pl.DataFrame(blank | dict(columns), schema_overrides=dict(EVIDENCE), strict=False).select(
        pl.col(name).cast(kind) for name, kind in EVIDENCE.items()
    )


def shares(
    rng: np.random.Generator,
    rates: Floats,
    *,
    conversations: int,
    opportunities: float,
    rho: float = 0.0,
    prefix: str = "p",
) -> pl.DataFrame:
    """Evidence of people x behaviours true ``rates``: rows for conversations with at least one opportunity.

    Opportunities are 1 + Poisson(opportunities - 1) a conversation; ``rho`` is the correlation of two occasions
    of one conversation (the conversation's own rate is Beta with mean the person's and that correlation).
    """
    people, kinds = rates.shape
    shape = (people, kinds, conversations)
    n = 1 + rng.poisson(opportunities - 1, shape)
    p = np.broadcast_to(np.clip(rates, 1e-9, 1 - 1e-9)[:, :, None], shape)
    if rho > 0:
        size = (1 - rho) / rho
        p = rng.beta(np.maximum(p * size, 1e-9), np.maximum((1 - p) * size, 1e-9))
    y = rng.binomial(n, p)
    i, b, c = (x.reshape(-1) for x in np.indices(shape))
    return evidence(
        {
            "person": [f"{prefix}{k:05d}" for k in i],
            "conversation": [f"{prefix}{k:05d}-{m:05d}" for k, m in zip(i, c, strict=True)],
            "behaviour": [f"b{k:03d}" for k in b],
            "hits": y.reshape(-1),
            "opportunities": n.reshape(-1),
        }
    )


def logit_normal(mean: float, sd: float) -> Population:
    return lambda rng, n: 1 / (1 + np.exp(-(mean + sd * rng.standard_normal(n))))


def beta(a: float, b: float) -> Population:
    return lambda rng, n: rng.beta(a, b, n)


def cases_of(table: pl.DataFrame) -> pl.DataFrame:
    return cases(table["conversation"].unique().sort().to_list())
