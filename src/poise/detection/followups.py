"""What became of a conversation later: promises with a time, and customers who had to come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from poise.detection.found import TIER, Found, nothing, shaped
from poise.knowledge.schema import Behaviour
from poise.model import ASSESSED, HITS, OPPORTUNITIES

__all__ = ["NO_ACTS", "detect_promises", "detect_recontacts"]

BREATH: Final = timedelta(seconds=10)
"""What follows a promise at once is still part of it."""
SHORT: Final = timedelta(minutes=30)
"""A promise due sooner is for this exchange; a later one is not kept by going on with the exchange."""
PAUSE: Final = timedelta(minutes=5)
"""Silence that ends an exchange."""
NO_ACTS: Final = ("assigned", "state", "priority", "promise", "need", "help_needed")
"""Kinds of events that are nothing done for the customer."""


def detect_promises(
    promises: pl.DataFrame,
    turns: pl.DataFrame,
    conversations: pl.DataFrame,
    events: pl.DataFrame,
    *,
    behaviour: Behaviour,
    until: datetime,
) -> Found:
    """Find which promises with a time were kept.

    Parameters
    ----------
    promises
        ``conversation, turn, person, due`` (UTC instant), optionally ``begin, end`` (span).
    turns
        ``conversation, turn, person, role, at, private`` of the promises' conversations, and of all other
        conversations of their customers.
    conversations
        ``conversation, customer``.
    events
        Of the same conversations.
    behaviour
        The entry with the rule ``timely`` and ``kept``.
    until
        The end of the data; a promise due later gives no opportunity.

    Notes
    -----
    Kept: by then, the person or a colleague writes to the customer (in this or another conversation) or does
    something (an event with a person and a kind not in :data:`NO_ACTS`). Going on with the same exchange keeps only
    a promise that was due within :data:`SHORT`.
    """
    public = (
        turns.filter(~pl.col("private").fill_null(False) & pl.col("at").is_not_null())
        .sort("conversation", "at", "turn")
        .with_columns(
            exchange=(pl.col("at") - pl.col("at").shift(1).over("conversation") >= PAUSE)
            .fill_null(False)
            .cum_sum()
            .over("conversation")
        )
    )
    customer = conversations.select("conversation", pl.coalesce("customer", "conversation").alias("key"))
    wrote = public.filter(pl.col("role").is_in([*ASSESSED, "colleague"])).select(
        "conversation", "at", "exchange", pl.lit(False).alias("done")
    )
    did = events.filter(
        ~pl.col("kind").is_in(NO_ACTS) & pl.col("person").is_not_null() & pl.col("at").is_not_null()
    ).select(
        "conversation", "at", pl.lit(None).cast(wrote.schema["exchange"]).alias("exchange"), pl.lit(True).alias("done")
    )
    contacts = (
        pl.concat([wrote, did])
        .join(customer, on="conversation", how="inner")
        .rename({"conversation": "where", "at": "then", "exchange": "later"})
    )
    made = (
        promises.with_row_index("_promise")
        .join(public.select("conversation", "turn", "at", "exchange"), on=["conversation", "turn"], how="inner")
        .filter((pl.col("due") <= until) & (pl.col("due") > pl.col("at")))
        .join(customer, on="conversation", how="inner")
        .sort("_promise")
    )
    elsewhere = pl.col("where") != pl.col("conversation")
    fresh = (
        pl.col("done") | elsewhere | (pl.col("due") - pl.col("at") <= SHORT) | (pl.col("later") > pl.col("exchange"))
    )
    kept = (
        made.join(contacts, on="key", how="inner")
        .filter((pl.col("then") >= pl.col("at") + BREATH) & (pl.col("then") <= pl.col("due")) & fresh)
        .select("_promise")
        .unique()
        .with_columns(met=pl.lit(True))
    )
    judged = made.join(kept, on="_promise", how="left", maintain_order="left").with_columns(
        pl.col("met").fill_null(False)
    )
    return Found(
        shaped(judged.filter("met"), HITS, behaviour=behaviour.id, rule="timeline.promise_kept", tier=TIER, score=1.0),
        shaped(judged, OPPORTUNITIES, behaviour=behaviour.id),
        nothing().measures,
    )


def detect_recontacts(
    turns: pl.DataFrame, conversations: pl.DataFrame, *, behaviour: Behaviour, window: timedelta, until: datetime
) -> Found:
    """Find customers who came back on the same topic after their conversation was called resolved.

    Parameters
    ----------
    turns
        ``conversation, turn, person, role, at, private`` of the conversations to judge.
    conversations
        ``conversation, customer, topic, started_at, resolved`` of the whole run.
    window
        How soon a new conversation is a recontact.
    until
        The end of the data; where it cuts the window short there is no opportunity.

    Notes
    -----
    The assessed person who spoke last answers for the conversation. Without customer, topic or instant there is no
    occasion. A conversation that ran alongside is not a recontact.
    """
    public = turns.filter(~pl.col("private").fill_null(False)).sort("conversation", "turn")
    last = (
        public.filter(pl.col("role").is_in(ASSESSED))
        .group_by("conversation", maintain_order=True)
        .agg(pl.col("person", "turn").last())
    )
    ended = public.group_by("conversation").agg(pl.col("at").max().alias("ended"), pl.col("at").min().alias("began"))
    known = (
        conversations.join(ended, on="conversation", how="left", maintain_order="left")
        .with_columns(started=pl.coalesce("started_at", "began"), ended=pl.coalesce("ended", "started_at"))
        .filter(pl.all_horizontal(pl.col("customer", "topic", "started", "ended").is_not_null()))
    )
    key = ["customer", "topic"]
    starts = known.select(*key, pl.col("started").alias("next")).sort(*key, "next")
    judged = (
        known.filter(pl.col("resolved").fill_null(False) & (pl.col("ended") + window <= until))
        .join(last, on="conversation", how="inner", maintain_order="left")
        .with_row_index("_row")
        .sort(*key, "ended", "_row")
        .join_asof(
            starts,
            left_on="ended",
            right_on="next",
            by=key,
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .sort("_row")
        .with_columns(met=(pl.col("next") - pl.col("ended") <= window).fill_null(False))
    )
    return Found(
        shaped(judged.filter("met"), HITS, behaviour=behaviour.id, rule="timeline.recontact", tier=TIER, score=1.0),
        shaped(judged.with_columns(turn=pl.lit(None)), OPPORTUNITIES, behaviour=behaviour.id),
        nothing().measures,
    )
