"""What was done rather than said: asking for help, concessions and refusals with their basis, transfers.

The kinds of events and the fields of their ``data`` are documented for users in ``docs/reference/events.md``. An event
counts for an assessed person only; ``data`` comes from outside and may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from poise.detection.found import TIER, Found, nothing, shaped, together
from poise.knowledge.rules import EventRule
from poise.knowledge.schema import Behaviour
from poise.model import ASSESSED, COUNTERPART, HITS, OPPORTUNITIES, Tables, empty

__all__ = ["ASKING", "BASES", "TRANSFER_OCCASIONS", "Deeds", "deeds_of", "detect_events", "transfer_occasions"]

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


@dataclass(frozen=True, slots=True)
class Deeds:
    """What was done in the conversations with an event or a flagged turn: worked out once, read by every rule.

    Attributes
    ----------
    tables
        Those conversations; most of a batch have neither, and cost nothing from here on.
    flags
        What words tell of turns (:func:`detect_events`).
    assessed
        ``conversation, person`` of everyone assessed.
    acted
        Events with ``said`` (last turn of an assessed person before them), and ``speaker``, who said it.
    handed
        Transfers, and assignments of what was somebody else's, with ``giver``.
    """

    tables: Tables
    flags: pl.DataFrame | None
    assessed: pl.DataFrame
    acted: pl.DataFrame
    handed: pl.DataFrame

    def by(self, *kinds: str) -> pl.DataFrame:
        """Return the events of some kinds by assessed people; where no person is named, of the one who spoke last."""
        some = self.acted.filter(pl.col("kind").is_in(kinds))
        if some.is_empty():
            return some
        named = some.with_columns(person=pl.coalesce("person", "speaker"))
        return named.join(self.assessed, on=["conversation", "person"], how="semi", maintain_order="left")

    def flagged(self, name: str) -> pl.DataFrame:
        """Return the turns that the flags mark with ``name``."""
        turns = self.tables.turns
        if self.flags is None or name not in self.flags.columns or not self.flags[name].any():
            return turns.clear()
        marked = self.flags.filter(pl.col(name).fill_null(False)).select("conversation", "turn").unique()
        return turns.join(marked, on=["conversation", "turn"], how="semi", maintain_order="left")

    def asked_in_notes(self) -> pl.DataFrame:
        """Return the private turns of assessed people that ask a colleague for something."""
        return _ours(self.flagged("asks_colleague"), private=True)


def deeds_of(tables: Tables, flags: pl.DataFrame | None = None) -> Deeds:
    """Return what was done in a batch, as its events and the flags of its turns (:func:`detect_events`) tell it."""
    keys = [tables.events.select("conversation")]
    if flags is not None:
        marks = [pl.col(name).fill_null(False) for name in _FLAGS if name in flags.columns]
        keys.append(flags.filter(pl.any_horizontal(marks)).select("conversation") if marks else keys[0].clear())
    some = pl.concat(keys).unique()
    conversations, people, turns = (
        frame.join(some, on="conversation", how="semi", maintain_order="left")
        for frame in (tables.conversations, tables.people, tables.turns)
    )
    tables = Tables(conversations, people, turns, tables.events)
    key = ["conversation", "person"]
    both = [frame.filter(pl.col("role").is_in(ASSESSED)).select(key) for frame in (people, turns)]
    assessed = pl.concat(both).unique(maintain_order=True)
    speakers = turns.filter(pl.col("role").is_in(ASSESSED)).select(
        "conversation", "turn", "at", pl.col("person").alias("speaker")
    )
    acted = _acted(tables.events, speakers)
    return Deeds(tables, flags, assessed, acted, _handed(acted, assessed, speakers))


def _ours(turns: pl.DataFrame, *, private: bool) -> pl.DataFrame:
    """Keep turns of assessed people that are private, or that are not."""
    if turns.is_empty():
        return turns
    hidden = pl.col("private").fill_null(False)
    return turns.filter(pl.col("role").is_in(ASSESSED) & (hidden if private else ~hidden))


def _acted(events: pl.DataFrame, speakers: pl.DataFrame) -> pl.DataFrame:
    """Return :attr:`Deeds.acted`; ``speakers`` are turns of assessed people, ``conversation, turn, at, speaker``.

    Where the clock is not known, the last assessed turn of the conversation stands in.
    """
    clocked = speakers.filter(pl.col("at").is_not_null()).sort("at", "turn", maintain_order=True)
    events = events.with_row_index("_row")
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


def _handed(acted: pl.DataFrame, assessed: pl.DataFrame, speakers: pl.DataFrame) -> pl.DataFrame:
    """Return :attr:`Deeds.handed`.

    The giver is ``data.from`` where that is an assessed person; else, for a transfer, the event's person if they were
    in the conversation before; else whoever spoke last before it.
    """
    handed = acted.filter(pl.col("kind").is_in(_HANDING)).with_columns(
        origin=pl.col("data").str.json_path_match("$.from")
    )
    if handed.is_empty():
        return handed.drop("origin").with_columns(giver=pl.lit(None, pl.String))
    known = assessed.with_columns(known=pl.lit(True))
    began = speakers.group_by("conversation", pl.col("speaker").alias("person")).agg(pl.col("at").min().alias("began"))
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


def transfer_occasions(done: Deeds) -> pl.DataFrame:
    """Return every transfer and every request to a colleague, for the rules that read how it was done.

    Parameters
    ----------
    done
        Of its flags, ``transfer`` (says that they pass the customer on) and ``asks_colleague`` (a private turn that
        asks for something) are used.

    Returns
    -------
    :data:`TRANSFER_OCCASIONS`, in the order of the batch. A person hands a conversation over once: words of a transfer
    are an occasion of their own only where no event tells of it. ``person`` is who hands over or asks.
    """
    key = ["conversation", "person"]
    handed = done.handed.with_columns(person=pl.col("giver"), kind=pl.lit("transfer"))
    requests = done.by(*ASKING).with_columns(kind=pl.lit("request"))
    words = _ours(done.flagged("transfer"), private=False)
    asks = done.asked_in_notes()
    if handed.is_empty() and requests.is_empty() and words.is_empty() and asks.is_empty():
        return empty(TRANSFER_OCCASIONS)
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
    order = done.tables.conversations.select("conversation").with_row_index("_order")
    return (
        pl.concat([events, *spoken])
        .join(order, on="conversation", how="left", maintain_order="left")
        .sort("_order", "turn", "event", "kind", "person", maintain_order=True)
        .select(columns)
    )


def _told(done: Deeds) -> pl.DataFrame:
    """Return turns of the other side that need a hand; who of the assessed speaks next, or else spoke last, answers."""
    calling = done.flagged("needs_hand").filter(pl.col("role").is_in(COUNTERPART))
    if calling.is_empty():
        return calling.select("conversation", "turn", pl.lit(None, pl.Int32).alias("event"), "person", "at")
    speaker = pl.when(pl.col("role").is_in(ASSESSED)).then(pl.col("person"))
    answered = done.tables.turns.select(
        "conversation",
        "turn",
        pl.coalesce(speaker.backward_fill().over("conversation"), speaker.forward_fill().over("conversation")).alias(
            "who"
        ),
    )
    return calling.join(answered, on=["conversation", "turn"], how="left", maintain_order="left").select(
        "conversation", "turn", pl.lit(None, pl.Int32).alias("event"), pl.col("who").alias("person"), "at"
    )


def _asked(done: Deeds, behaviour: Behaviour) -> Found:
    """Occasions that need a hand, and whether the one who had to answer asked for it from then on."""
    key = ["conversation", "person"]
    told = _told(done)
    stated = done.by("help_needed").select("conversation", pl.col("said").alias("turn"), "event", "person", "at")
    occasions = (
        pl.concat([told, stated])
        .filter(pl.col("person").is_not_null())
        .unique(key, keep="first", maintain_order=True)
        .with_row_index("_occasion")
    )
    notes = done.asked_in_notes().select(
        "conversation", "person", "at", "turn", pl.lit(None, pl.Int32).alias("event"), pl.lit(True).alias("plain")
    )
    requests = done.by(*ASKING).select(
        "conversation", "person", "at", pl.col("said").alias("turn"), "event", pl.lit(True).alias("plain")
    )
    handed = done.handed.select(
        "conversation",
        pl.col("giver").alias("person"),
        "at",
        pl.col("said").alias("turn"),
        "event",
        pl.lit(False).alias("plain"),
    )
    asks = pl.concat([notes, requests, handed]).with_row_index("_ask")
    # by the clock where both have one, else by the order of turns
    by_clock = pl.col("at_ask") >= pl.col("at")
    by_turn = pl.col("turn_ask") > pl.col("turn")
    if occasions.is_empty() and asks.is_empty():
        return nothing()
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


def detect_events(done: Deeds, *, behaviours: Mapping[str, Behaviour]) -> Found:
    """Find what the events of a batch of conversations show.

    Parameters
    ----------
    done
        Of its flags (``conversation, turn`` and booleans), ``needs_hand`` (a counterpart's turn that asks for more
        authority, or tells of danger) and ``asks_colleague`` (a private turn that asks a colleague) are used. A column
        that is not there is false everywhere.
    behaviours
        By id; those with the rules ``event`` of kinds ``help_asked``, ``unrecorded`` and ``wrong_denial`` are used.

    Returns
    -------
    ``help_asked``: one occasion a person and conversation, from the first flagged turn or ``help_needed`` event; met
    where from then on the person asks, or passes the conversation on. ``unrecorded``: each concession whose record
    has ``data``; met (a fault) where none of :data:`BASES` is in it. ``wrong_denial``: each concession or refusal to
    somebody ``entitled``; met (a fault) where it was refused. Without ``data`` nothing is known, and there is no
    occasion.
    """
    rules = {b.rule.kind: b for b in behaviours.values() if isinstance(b.rule, EventRule)}
    parts: list[Found] = []
    if "help_asked" in rules:
        parts.append(_asked(done, rules["help_asked"]))
    decided = done.by("concession", "refusal")
    if decided.is_empty():
        return together(*parts)
    if "unrecorded" in rules:
        granted = decided.filter((pl.col("kind") == "concession") & pl.col("data").is_not_null())
        parts.append(_judged(granted.with_columns(met=~has_basis()), rules["unrecorded"], "event.unrecorded"))
    if "wrong_denial" in rules:
        due = decided.filter(entitled().fill_null(False)).with_columns(met=pl.col("kind") == "refusal")
        parts.append(_judged(due, rules["wrong_denial"], "event.wrong_denial"))
    return together(*parts)
