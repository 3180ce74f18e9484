"""What events show only over a whole run: idle minutes beside a colleague's need, and like cases treated unlike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from poise.detection.events import entitled, has_basis
from poise.detection.found import MEASURES, TIER, Found, nothing, shaped, together
from poise.knowledge.rules import EventRule
from poise.knowledge.schema import Behaviour
from poise.model import HITS, OPPORTUNITIES

__all__ = ["ATTRIBUTES", "IDLE_STATES", "detect_evenness"]

IDLE_STATES: Final = ("available", "idle", "ready", "waiting", "free")
"""Values of ``data.state`` in which nobody is being served. Breaks, training and the like are not idle."""
ATTRIBUTES: Final = ("status", "charm", "persistence", "loudness")
"""Fields of ``data`` that no policy cares about."""
_WORDS: Final[Mapping[str, float]] = {
    "true": 1, "yes": 1, "high": 1, "vip": 1, "gold": 1, "platinum": 1, "premium": 1, "friend": 1, "family": 1,
    "false": 0, "no": 0, "low": 0, "none": 0, "standard": 0, "basic": 0, "new": 0, "stranger": 0,
}  # fmt: skip


def _field(name: str) -> pl.Expr:
    return pl.col("data").str.json_path_match(f"$.{name}").str.to_lowercase()


def _number(name: str) -> pl.Expr:
    word = _field(name)
    return pl.coalesce(
        word.cast(pl.Float64, strict=False), word.replace_strict(dict(_WORDS), default=None, return_dtype=pl.Float64)
    )


def _intervals(events: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Events of ``kind`` that last: ``value`` seconds, or until the person's next event of the kind."""
    return (
        events.filter((pl.col("kind") == kind) & pl.col("person").is_not_null() & pl.col("at").is_not_null())
        .sort("person", "at", "conversation", "event")
        .with_columns(
            start=pl.col("at").dt.epoch("us") / 1e6,
            next=(pl.col("at").shift(-1).over("person").dt.epoch("us") / 1e6),
        )
        .with_columns(stop=pl.coalesce(pl.col("start") + pl.col("value"), "next"))
        # a state that is said to last longer than until the next one does not
        .with_columns(stop=pl.min_horizontal("stop", "next"))
        .filter(pl.col("stop") > pl.col("start"))
    )


def _idle(events: pl.DataFrame, behaviour: Behaviour) -> Found:
    state = _intervals(events, "state").filter(
        _field("state").is_in(IDLE_STATES) & (_field("protected").fill_null("false") != "true")
    )
    need = _intervals(events, "need").filter(_field("permitted").fill_null("true") != "false")
    pieces = (
        state.with_row_index("_idle")
        .select("_idle", "conversation", "person", "start", "stop")
        .join_where(
            need.select(pl.col("person").alias("other"), pl.col("start").alias("from"), pl.col("stop").alias("upto")),
            pl.col("start") < pl.col("upto"),
            pl.col("from") < pl.col("stop"),
        )
        .filter(pl.col("other") != pl.col("person"))
        .with_columns(opens=pl.max_horizontal("start", "from"), closes=pl.min_horizontal("stop", "upto"))
        .sort("_idle", "opens", "closes", "other")
        # several needs at once make one minute of exposure, not several
        .with_columns(covered=pl.col("closes").cum_max().shift(1).over("_idle").fill_null(0.0))
        .with_columns(seconds=(pl.col("closes") - pl.max_horizontal("opens", "covered")).clip(0))
    )
    key = ["conversation", "person"]
    exposure = pieces.group_by(key, maintain_order=True).agg(pl.col("seconds").sum().alias("exposure_s"))
    offers = (
        events.filter((pl.col("kind") == "help_offer") & pl.col("at").is_not_null())
        .with_columns(instant=pl.col("at").dt.epoch("us") / 1e6)
        .rename({"conversation": "where"})
        .join(pieces.select(*key, "opens", "closes"), on="person", how="inner")
        .filter((pl.col("instant") >= pl.col("opens")) & (pl.col("instant") <= pl.col("closes")))
        .unique(["where", "event", "person"], keep="first", maintain_order=True)
        .sort("person", "instant", "event")
    )
    counts = offers.group_by(key).agg(pl.len().alias("hits"))
    measures = exposure.filter(pl.col("exposure_s") > 0).join(counts, on=key, how="left", maintain_order="left")
    hits = offers.drop("conversation").rename({"where": "conversation"})
    return Found(
        shaped(hits, HITS, behaviour=behaviour.id, rule="event.idle_offer", tier=TIER, score=1.0),
        nothing().opportunities,
        shaped(measures.with_columns(pl.col("hits").fill_null(0)), MEASURES, behaviour=behaviour.id),
    )


def _discordant(events: pl.DataFrame, conversations: pl.DataFrame, behaviour: Behaviour) -> Found:
    group = ["person", "request", "entitlement"]
    cases = (
        events.filter(
            pl.col("kind").is_in(["concession", "refusal"])
            & pl.col("person").is_not_null()
            # recorded discretion (bereavement, accessibility, an approval) is a reason, not a favour
            & ~((pl.col("kind") == "concession") & has_basis())
        )
        .join(conversations.select("conversation", "topic"), on="conversation", how="left")
        .with_columns(
            request=pl.coalesce(pl.col("data").str.json_path_match("$.request"), "topic"),
            entitlement=entitled(),
            advantage=pl.sum_horizontal([_number(name) for name in ATTRIBUTES]),
            known=pl.any_horizontal([_number(name).is_not_null() for name in ATTRIBUTES]),
            granted=pl.col("kind") == "concession",
        )
        .filter(pl.col("known") & pl.col("request").is_not_null())
        .with_columns(favoured=pl.col("advantage") > pl.col("advantage").min().over(group))
        .sort(*group, pl.col("at"), "conversation", "event", nulls_last=True)
        .with_columns(place=pl.int_range(pl.len()).over(*group, "favoured"))
    )
    plain = cases.filter(~pl.col("favoured")).select(*group, "place", pl.col("granted").alias("granted_plain"))
    pairs = (
        cases.filter("favoured")
        .join(plain, on=[*group, "place"], how="inner", nulls_equal=True, maintain_order="left")
        .with_columns(met=pl.col("granted") & ~pl.col("granted_plain"))
    )
    return Found(
        shaped(pairs.filter("met"), HITS, behaviour=behaviour.id, rule="event.discordant", tier=TIER, score=1.0),
        shaped(pairs, OPPORTUNITIES, behaviour=behaviour.id),
        nothing().measures,
    )


def detect_evenness(events: pl.DataFrame, conversations: pl.DataFrame, *, behaviours: Mapping[str, Behaviour]) -> Found:
    """Find offers in idle time and unlike treatment of like cases, over a whole run.

    Parameters
    ----------
    events
        All events of the kinds ``state``, ``need``, ``help_offer``, ``concession`` and ``refusal``
        (:data:`poise.model.EVENTS`) whose person is assessed; ``need`` of anybody.
    conversations
        ``conversation, topic``.
    behaviours
        By id; those with the rules ``event`` of kinds ``idle_offer`` and ``discordant`` are used.

    Returns
    -------
    ``idle_offer``: offers per exposed second, where a second is exposed when the person is in one of
    :data:`IDLE_STATES`, not ``protected``, and a colleague's permitted need is open. ``discordant``: pairs of cases
    of one person, request and entitlement, one with more of the :data:`ATTRIBUTES` than the other, taken in order of
    time, each case once; met (a fault) where the one with more was granted what the other was refused.
    """
    rules = {b.rule.kind: b for b in behaviours.values() if isinstance(b.rule, EventRule)}
    parts: list[Found] = []
    if "idle_offer" in rules:
        parts.append(_idle(events, rules["idle_offer"]))
    if "discordant" in rules:
        parts.append(_discordant(events, conversations, rules["discordant"]))
    return together(*parts)
