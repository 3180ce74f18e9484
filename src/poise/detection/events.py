"""What was done rather than said: asking for help, concessions and refusals with their basis, transfers.

The kinds of events and the fields of their ``data`` are documented for users in ``docs/reference/events.md``. An event
counts for an assessed person only; ``data`` comes from outside and may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from poise.detection.found import TIER, Found, nothing, shaped, together
from poise.knowledge.rules import EventRule
from poise.knowledge.schema import Behaviour
from poise.model import ASSESSED, COUNTERPART, HITS, OPPORTUNITIES, Tables

__all__ = ["ASKING", "BASES", "TRANSFER_OCCASIONS", "detect_events", "transfer_occasions"]

ASKING: Final = ("help_asked", "consult")
"""Kinds with which the person asks a colleague for a hand."""
_FLAGS: Final = ("needs_hand", "asks_colleague", "transfer")
_HANDING: Final = ("transfer", "assigned")
BASES: Final = ("basis", "policy", "approval", "reason")
"""Fields of ``data`` that record why something was granted."""
TRANSFER_OCCASIONS: Final[Mapping[str, type[pl.DataType]]] = {
    "conversation": pl.String,
    "turn": pl.Int32,  # the last turn of the person before it (or with it); null where they said nothing
    "event": pl.Int32,  # null where only words tell
    "person": pl.String,
    "kind": pl.String,  # transfer, request
}

_BEFORE: Final = ["conversation", "at"]


def has_basis() -> pl.Expr:
    """Return whether ``data`` records why."""
    fields = [pl.col("data").str.json_path_match(f"$.{name}").str.strip_chars().str.len_chars() > 0 for name in BASES]
    return pl.any_horizontal([field.fill_null(False) for field in fields])


def entitled() -> pl.Expr:
    """Return what ``data`` says about entitlement: true, false or null."""
    word = pl.col("data").str.json_path_match("$.entitled").str.to_lowercase()
    return word.replace_strict(
        {"true": True, "1": True, "false": False, "0": False}, default=None, return_dtype=pl.Boolean
    )


def _concerned(tables: Tables, flags: pl.DataFrame | None) -> Tables:
    """Return the conversations with an event or a flagged turn; most have neither, and cost nothing from here on."""
    keys = [tables.events.select("conversation")]
    if flags is not None:
        marks = [pl.col(name).fill_null(False) for name in _FLAGS if name in flags.columns]
        keys.append(flags.filter(pl.any_horizontal(marks)).select("conversation") if marks else keys[0].clear())
    some = pl.concat(keys).unique()
    conversations, people, turns = (
        frame.join(some, on="conversation", how="semi", maintain_order="left")
        for frame in (tables.conversations, tables.people, tables.turns)
    )
    return Tables(conversations, people, turns, tables.events)


def _speakers(tables: Tables) -> pl.DataFrame:
    """Turns of assessed people in order, ``conversation, turn, at, speaker``."""
    return tables.turns.filter(pl.col("role").is_in(ASSESSED)).select(
        "conversation", "turn", "at", pl.col("person").alias("speaker")
    )


def _assessed(tables: Tables) -> pl.DataFrame:
    """Return ``conversation, person`` of everyone assessed, from people and turns."""
    key = ["conversation", "person"]
    both = [frame.filter(pl.col("role").is_in(ASSESSED)).select(key) for frame in (tables.people, tables.turns)]
    return pl.concat(both).unique(maintain_order=True)


def _acted(tables: Tables) -> pl.DataFrame:
    """Return events with ``said`` (last turn of an assessed person before them), and ``speaker``, who said it.

    Where the clock is not known, the last assessed turn of the conversation stands in.
    """
    speakers = _speakers(tables)
    clocked = speakers.filter(pl.col("at").is_not_null()).sort("at", "turn", maintain_order=True)
    events = tables.events.with_row_index("_row")
    timed = (
        events.filter(pl.col("at").is_not_null())
        .sort("at", "_row")
        .join_asof(
            clocked.select(*_BEFORE, pl.col("turn").alias("said"), "speaker"),
            on="at",
            by="conversation",
            strategy="backward",
            check_sortedness=False,
        )
    )
    last = speakers.group_by("conversation").agg(pl.col("turn").last().alias("said"), pl.col("speaker").last())
    untimed = events.filter(pl.col("at").is_null()).join(last, on="conversation", how="left")
    return pl.concat([timed, untimed.select(timed.columns)]).sort("_row").drop("_row")


def _by(acted: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Keep events of assessed people; where no person is named, of the one who spoke last."""
    named = acted.with_columns(person=pl.coalesce("person", "speaker"))
    return named.join(_assessed(tables), on=["conversation", "person"], how="semi", maintain_order="left")


def _handed(acted: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Return transfers, and assignments of what was somebody else's, with ``giver``.

    The giver is ``data.from`` where that is an assessed person; else, for a transfer, the event's person if they were
    in the conversation before; else whoever spoke last before it.
    """
    assessed = _assessed(tables)
    handed = acted.filter(pl.col("kind").is_in(_HANDING)).with_columns(
        origin=pl.col("data").str.json_path_match("$.from")
    )
    known = assessed.with_columns(known=pl.lit(True))
    began = (
        _speakers(tables)
        .group_by("conversation", pl.col("speaker").alias("person"))
        .agg(pl.col("at").min().alias("began"))
    )
    return (
        handed.join(
            known.rename({"person": "origin"}), on=["conversation", "origin"], how="left", maintain_order="left"
        )
        .join(began, on=["conversation", "person"], how="left", maintain_order="left")
        .with_columns(
            giver=pl.when(pl.col("known"))
            .then(pl.col("origin"))
            .when((pl.col("kind") == "transfer") & (pl.col("began") <= pl.col("at")))
            .then(pl.col("person"))
            .otherwise(pl.col("speaker"))
        )
        # taking a conversation on is no hand-over, and neither is being given the first one
        .filter(
            pl.col("giver").is_not_null() & ((pl.col("kind") == "transfer") | (pl.col("giver") != pl.col("person")))
        )
        .drop("known", "origin", "began")
    )


def _flagged(tables: Tables, flags: pl.DataFrame | None, name: str) -> pl.DataFrame:
    """Turns that ``flags`` marks with ``name``."""
    if flags is None or name not in flags.columns:
        return tables.turns.clear()
    marked = flags.filter(pl.col(name).fill_null(False)).select("conversation", "turn").unique()
    return tables.turns.join(marked, on=["conversation", "turn"], how="semi", maintain_order="left")


def transfer_occasions(tables: Tables, *, flags: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return every transfer and every request to a colleague, for the rules that read how it was done.

    Parameters
    ----------
    tables
        A batch.
    flags
        ``conversation, turn`` and booleans ``transfer`` (says that they pass the customer on) and ``asks_colleague``
        (a private turn that asks for something).

    Returns
    -------
    :data:`TRANSFER_OCCASIONS`, in the order of the batch. A person hands a conversation over once: words of a transfer
    are an occasion of their own only where no event tells of it. ``person`` is who hands over or asks.
    """
    tables = _concerned(tables, flags)
    key = ["conversation", "person"]
    acted = _acted(tables)
    handed = _handed(acted, tables).with_columns(person=pl.col("giver"), kind=pl.lit("transfer"))
    requests = _by(acted.filter(pl.col("kind").is_in(ASKING)), tables).with_columns(kind=pl.lit("request"))
    ours = pl.col("role").is_in(ASSESSED)
    words = _flagged(tables, flags, "transfer").filter(ours & ~pl.col("private").fill_null(False))
    asks = _flagged(tables, flags, "asks_colleague").filter(ours & pl.col("private").fill_null(False))
    columns = ["conversation", "turn", "event", "person", "kind"]
    handed = handed.unique(key, keep="first", maintain_order=True)
    events = pl.concat(
        [
            frame.select("conversation", pl.col("said").alias("turn"), "event", "person", "kind")
            for frame in (handed, requests)
        ]
    )
    spoken = [
        frame.join(events.filter(pl.col("kind") == kind).select(key), on=key, how="anti", maintain_order="left")
        .unique(key, keep="first", maintain_order=True)
        .select("conversation", "turn", pl.lit(None, pl.Int32).alias("event"), "person", pl.lit(kind).alias("kind"))
        for frame, kind in ((words, "transfer"), (asks, "request"))
    ]
    order = tables.conversations.select("conversation").with_row_index("_order")
    return (
        pl.concat([events, *spoken])
        .join(order, on="conversation", how="left", maintain_order="left")
        .sort("_order", "turn", "event", "kind", "person", maintain_order=True)
        .select(columns)
    )


def _asked(tables: Tables, acted: pl.DataFrame, flags: pl.DataFrame | None, behaviour: Behaviour) -> Found:
    """Occasions that need a hand, and whether the one who had to answer asked for it from then on."""
    key = ["conversation", "person"]
    turns = tables.turns
    # whoever of the assessed speaks next answers for the occasion, or else who spoke last
    speaker = pl.when(pl.col("role").is_in(ASSESSED)).then(pl.col("person"))
    answered = turns.select(
        "conversation",
        "turn",
        pl.coalesce(speaker.backward_fill().over("conversation"), speaker.forward_fill().over("conversation")).alias(
            "who"
        ),
    )
    told = (
        _flagged(tables, flags, "needs_hand")
        .filter(pl.col("role").is_in(COUNTERPART))
        .join(answered, on=["conversation", "turn"], how="left", maintain_order="left")
        .select("conversation", "turn", pl.lit(None, pl.Int32).alias("event"), pl.col("who").alias("person"), "at")
    )
    stated = _by(acted.filter(pl.col("kind") == "help_needed"), tables).select(
        "conversation", pl.col("said").alias("turn"), "event", "person", "at"
    )
    occasions = (
        pl.concat([told, stated])
        .filter(pl.col("person").is_not_null())
        .unique(key, keep="first", maintain_order=True)
        .with_row_index("_occasion")
    )
    notes = (
        _flagged(tables, flags, "asks_colleague")
        .filter(pl.col("role").is_in(ASSESSED) & pl.col("private").fill_null(False))
        .select(
            "conversation", "person", "at", "turn", pl.lit(None, pl.Int32).alias("event"), pl.lit(True).alias("plain")
        )
    )
    done = _by(acted.filter(pl.col("kind").is_in(ASKING)), tables).select(
        "conversation", "person", "at", pl.col("said").alias("turn"), "event", pl.lit(True).alias("plain")
    )
    handed = _handed(acted, tables).select(
        "conversation",
        pl.col("giver").alias("person"),
        "at",
        pl.col("said").alias("turn"),
        "event",
        pl.lit(False).alias("plain"),
    )
    asks = pl.concat([notes, done, handed]).with_row_index("_ask")
    # by the clock where both have one, else by the order of turns
    by_clock = pl.col("at_ask") >= pl.col("at")
    by_turn = pl.col("turn_ask") > pl.col("turn")
    answer = (
        occasions.join(asks, on=key, how="inner", suffix="_ask")
        .filter(pl.coalesce(by_clock, by_turn, pl.lit(True)))
        .select("_occasion", "_ask")
    )
    met = pl.col("_occasion").is_in(answer["_occasion"].unique().implode())
    # a routine transfer is asking for a hand only where one was needed; a plain request always is
    shown = asks.filter(pl.col("plain") | pl.col("_ask").is_in(answer["_ask"].unique().implode()))
    return Found(
        shaped(shown, HITS, behaviour=behaviour.id, rule="event.help_asked", tier=TIER, score=1.0),
        shaped(occasions.with_columns(met=met), OPPORTUNITIES, behaviour=behaviour.id),
        nothing().measures,
    )


def _judged(cases: pl.DataFrame, behaviour: Behaviour, rule: str) -> Found:
    """Return events ``cases`` with ``met`` as opportunities, and those met as hits."""
    cases = cases.with_columns(turn=pl.col("said"))
    return Found(
        shaped(cases.filter("met"), HITS, behaviour=behaviour.id, rule=rule, tier=TIER, score=1.0),
        shaped(cases, OPPORTUNITIES, behaviour=behaviour.id),
        nothing().measures,
    )


def detect_events(tables: Tables, *, behaviours: Mapping[str, Behaviour], flags: pl.DataFrame | None = None) -> Found:
    """Find what the events of a batch of conversations show.

    Parameters
    ----------
    tables
        A batch of conversations.
    behaviours
        By id; those with the rules ``event`` of kinds ``help_asked``, ``unrecorded`` and ``wrong_denial`` are used.
    flags
        What words tell of turns: ``conversation, turn`` and booleans ``needs_hand`` (a counterpart's turn that asks
        for more authority, or tells of danger) and ``asks_colleague`` (a private turn that asks a colleague). A
        column that is not there is false everywhere.

    Returns
    -------
    ``help_asked``: one occasion a person and conversation, from the first flagged turn or ``help_needed`` event; met
    where from then on the person asks, or passes the conversation on. ``unrecorded``: each concession whose record
    has ``data``; met (a fault) where none of :data:`BASES` is in it. ``wrong_denial``: each concession or refusal to
    somebody ``entitled``; met (a fault) where it was refused. Without ``data`` nothing is known, and there is no
    occasion.
    """
    rules = {b.rule.kind: b for b in behaviours.values() if isinstance(b.rule, EventRule)}
    tables = _concerned(tables, flags)
    acted = _acted(tables)
    parts: list[Found] = []
    if "help_asked" in rules:
        parts.append(_asked(tables, acted, flags, rules["help_asked"]))
    decided = _by(acted.filter(pl.col("kind").is_in(["concession", "refusal"])), tables)
    if "unrecorded" in rules:
        granted = decided.filter((pl.col("kind") == "concession") & pl.col("data").is_not_null())
        parts.append(_judged(granted.with_columns(met=~has_basis()), rules["unrecorded"], "event.unrecorded"))
    if "wrong_denial" in rules:
        due = decided.filter(entitled().fill_null(False)).with_columns(met=pl.col("kind") == "refusal")
        parts.append(_judged(due, rules["wrong_denial"], "event.wrong_denial"))
    return together(*parts)
