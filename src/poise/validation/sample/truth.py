"""What was planted in the sample, and how much of it detection finds."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

import msgspec
import polars as pl

from poise.model import Schema

__all__ = [
    "ACTS",
    "AGREEMENT",
    "OCCASIONS",
    "RECALL",
    "acts",
    "agreement_with_truth",
    "occasions",
    "recall_against_truth",
]

ACTS: Final[Schema] = {
    "conversation": pl.String,
    "turn": pl.Int32,
    "person": pl.String,  # "customer", or an agent's id (never the second login)
    "behaviour": pl.String,  # a behaviour's id, or a signal's
    "level": pl.Float32,  # of the customer's anger, 1 elsewhere
    "begin": pl.Int32,
    "end": pl.Int32,
    "text": pl.String,
    "unusual": pl.Boolean,  # deliberately said in a way that few would think of
    "language": pl.String,
    "channel": pl.String,
}
"""Every act said: one row a span."""
OCCASIONS: Final[Schema] = {
    "conversation": pl.String,
    "person": pl.String,
    "behaviour": pl.String,
    "met": pl.Int32,
    "occasions": pl.Int32,
}
"""How often a behaviour was called for and how often it was drawn."""
RECALL: Final[Schema] = {
    "behaviour": pl.String,
    "planted": pl.Int64,  # turns in which it was said
    "found": pl.Int64,
    "recall": pl.Float64,
    "unusual": pl.Int64,  # of those planted, turns in which it was only said in an unusual way
    "unusual_recall": pl.Float64,
    "hits": pl.Int64,  # turns with a hit
    "precision": pl.Float64,
}
AGREEMENT: Final[Schema] = {
    "behaviour": pl.String,
    "people": pl.Int64,  # with an occasion in both
    "drawn_occasions": pl.Int64,
    "drawn_rate": pl.Float64,
    "opportunities": pl.Int64,  # as detected
    "detected_rate": pl.Float64,
    "correlation": pl.Float64,  # of the people's rates, weighted by their drawn occasions
}
_KEY: Final = ("conversation", "turn", "behaviour")


def _load() -> dict[str, Any]:
    packed = files("poise.validation.sample").joinpath("truth.json.gz").read_bytes()
    loaded: dict[str, Any] = msgspec.json.decode(gzip.decompress(packed))
    return loaded


def acts() -> pl.DataFrame:
    """Return :data:`ACTS` of the sample that ships."""
    rows = [
        (c["id"], turn, person, label, begin, end, text, unusual, c["language"], c["channel"])
        for c in _load()["conversations"]
        for turn, person, label, begin, end, text, unusual in c["acts"]
    ]
    columns = [name for name in ACTS if name != "level"]
    table = pl.DataFrame(rows, schema={name: ACTS[name] for name in columns}, orient="row")
    graded = pl.col("behaviour").str.extract(r"^(customer\.anger)\.\d$", 1)
    level = pl.col("behaviour").str.extract(r"^customer\.anger\.(\d)$", 1).cast(pl.Float32)
    return table.with_columns(level=level.fill_null(1.0), behaviour=pl.coalesce(graded, pl.col("behaviour"))).select(
        list(ACTS)
    )


def occasions() -> pl.DataFrame:
    """Return :data:`OCCASIONS` of the sample that ships."""
    rows = [(c["id"], *row) for c in _load()["conversations"] for row in c["occasions"]]
    return pl.DataFrame(rows, schema=dict(OCCASIONS), orient="row")


def recall_against_truth(hits: pl.DataFrame, truth: pl.DataFrame, *, by: Sequence[str] = ()) -> pl.DataFrame:
    """Compare hits with what was planted, turn by turn.

    Parameters
    ----------
    hits
        ``conversation, turn, behaviour`` (:data:`poise.model.HITS`, or signals with that column renamed). Hits
        without a turn, and in conversations that ``truth`` does not have, are left out.
    truth
        :data:`ACTS`.
    by
        Columns of ``truth`` that belong to a whole conversation (``language``, ``channel``) to tell apart.

    Returns
    -------
    :data:`RECALL`, with the columns ``by`` in front, sorted; only behaviours that were planted. ``recall`` and
    ``precision`` are null where nothing was planted, or found.

    Notes
    -----
    A turn is found where it has a hit of the behaviour that was planted in it, wherever in the turn: two ways of
    cutting out "sorry about the wait" are no error. Precision is a lower bound, as a template may say more than its
    author marked.
    """
    groups = [*by, "behaviour"]
    of = truth.select("conversation", *by).unique()
    planted = truth.group_by(*_KEY, *by).agg(pl.col("unusual").all())
    found = hits.filter(pl.col("turn").is_not_null()).select(*_KEY).unique()
    found = found.join(of, on="conversation", how="inner")
    matched = planted.join(found.select(*_KEY, pl.lit(True).alias("hit")), on=_KEY, how="left")
    matched = matched.with_columns(pl.col("hit").fill_null(False))
    said = matched.group_by(groups).agg(
        planted=pl.len().cast(pl.Int64),
        found=pl.col("hit").sum().cast(pl.Int64),
        recall=pl.col("hit").mean(),
        unusual=pl.col("unusual").sum().cast(pl.Int64),
        unusual_recall=pl.col("hit").filter(pl.col("unusual")).mean(),
    )
    counted = found.group_by(groups).agg(hits=pl.len().cast(pl.Int64))
    table = said.join(counted, on=groups, how="left").with_columns(pl.col("hits").fill_null(0))
    precision = pl.when(pl.col("hits") > 0).then(pl.col("found") / pl.col("hits"))
    return table.with_columns(precision=precision).select(*by, *RECALL).sort(groups)


def agreement_with_truth(opportunities: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """Compare people's detected rates with the rates at which they were drawn: are the differences seen?

    Parameters
    ----------
    opportunities
        :data:`poise.model.OPPORTUNITIES`; people by the ids of ``people.csv``.
    drawn
        :data:`OCCASIONS`.

    Returns
    -------
    :data:`AGREEMENT`, sorted; behaviours that both have. ``correlation`` is Pearson's, null with fewer than three
    people or without variation.
    """
    key = ["behaviour", "person"]
    ours = drawn.group_by(key).agg(met=pl.col("met").sum(), n=pl.col("occasions").sum()).filter(pl.col("n") > 0)
    theirs = opportunities.group_by(key).agg(found=pl.col("met").sum(), m=pl.len())
    both = ours.join(theirs, on=key, how="inner").with_columns(
        x=pl.col("met") / pl.col("n"), y=pl.col("found") / pl.col("m"), w=pl.col("n").cast(pl.Float64)
    )
    centred = both.with_columns(
        (pl.col(name) - ((pl.col(name) * pl.col("w")).sum() / pl.col("w").sum()).over("behaviour")).alias(f"d{name}")
        for name in ("x", "y")
    )
    xy, xx, yy = ((pl.col("w") * pl.col(a) * pl.col(b)).sum() for a, b in (("dx", "dy"), ("dx", "dx"), ("dy", "dy")))
    # Rounding of equal rates leaves a trace of variation that is none.
    varied = (pl.len() >= 3) & (xx > 1e-12) & (yy > 1e-12)
    return (
        centred.group_by("behaviour")
        .agg(
            people=pl.len().cast(pl.Int64),
            drawn_occasions=pl.col("n").sum().cast(pl.Int64),
            drawn_rate=pl.col("met").sum() / pl.col("n").sum(),
            opportunities=pl.col("m").sum().cast(pl.Int64),
            detected_rate=pl.col("found").sum() / pl.col("m").sum(),
            correlation=pl.when(varied).then(xy / (xx * yy).sqrt()),
        )
        .select(*AGREEMENT)
        .sort("behaviour")
    )
