"""What would be read: the answer of ``poise analyze --dry-run``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from poise.model import ASSESSED, CONVERSATIONS, PEOPLE, REJECTS, TURNS, Tables
from poise.reading.chunks import SIZE, chunks
from poise.reading.inventory import Inventory, Skipped
from poise.reading.parse import parse
from poise.reading.people import PeopleMap
from poise.reading.recognise import table_columns
from poise.reading.seen import Seen

__all__ = ["DryRun", "dry_run"]

_FIELDS = ("start", "end", "at", "audio_channel", "private")
_ABOUT = ("channel", "language", "started_at", "topic", "queue", "customer", "csat", "resolved", "meta")
_REJECTS = 1000
_SCHEMAS = (dict(PEOPLE), dict(TURNS), dict(CONVERSATIONS))


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an analysis would read.

    Parameters
    ----------
    files
        Number of files by format.
    skipped
        Files left aside, with the reason.
    conversations, turns, events, words
        Counts.
    first, last
        Earliest and latest instant, UTC; None where no clock is known.
    agents
        One row a person whose work would be looked at, most conversations first: ``person, name, team, role, named,
        conversations, turns, first, last``.
    languages, channels
        Number of conversations by language and channel; the empty string counts those where it is not known.
    fields
        How many turns carry ``start, end, at, audio_channel, private``, and how many conversations ``topic`` and so on.
    mapping
        File -> field -> column, for CSV and Parquet files.
    rejects
        The first thousand rows of :data:`poise.model.REJECTS`.
    rejected
        How many records would be refused.
    """

    files: Mapping[str, int]
    skipped: tuple[Skipped, ...]
    conversations: int
    turns: int
    events: int
    words: int
    first: datetime | None
    last: datetime | None
    agents: pl.DataFrame
    languages: Mapping[str, int]
    channels: Mapping[str, int]
    fields: Mapping[str, int]
    mapping: Mapping[str, Mapping[str, str]]
    rejects: pl.DataFrame
    rejected: int


@dataclass(slots=True)
class _Counts:
    conversations: int = 0
    turns: int = 0
    events: int = 0
    words: int = 0
    rejected: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)


def dry_run(
    inventory: Inventory,
    *,
    people: PeopleMap | None = None,
    roles: Mapping[str, str] | None = None,
    default_purpose: str = "coaching",
    size_bytes: int = SIZE,
    look: Callable[[Tables], Tables] | None = None,
) -> DryRun:
    """Read everything once, keep nothing but counts, and say what an analysis would read.

    Parameters
    ----------
    inventory
        What :func:`poise.reading.inventory.find` found.
    people, roles, default_purpose
        As for :func:`poise.reading.parse.parse`.
    size_bytes
        Bytes of one chunk.
    look
        Called with each chunk's tables, for a caller who refuses more than reading does; what it returns is counted.
    """
    seen = Seen()
    counts = _Counts()
    everyone: pl.DataFrame | None = None
    rejects: list[pl.DataFrame] = []
    mapping: dict[str, dict[str, str]] = {}
    for chunk in chunks(inventory, size_bytes=size_bytes):
        if chunk.header:
            mapping.setdefault(chunk.file, table_columns(chunk.header))
        tables = seen.admit(parse(chunk, people=people, roles=roles, default_purpose=default_purpose))
        if look is not None:
            tables = look(tables)
        counts.conversations += len(tables.conversations)
        counts.turns += len(tables.turns)
        counts.events += len(tables.events)
        counts.words += len(tables.words)
        if counts.rejected < _REJECTS:
            rejects.append(tables.rejects.head(_REJECTS - counts.rejected))
        counts.rejected += len(tables.rejects)
        counts.languages.update(tables.conversations["language"].fill_null("").to_list())
        counts.channels.update(tables.conversations["channel"].fill_null("").to_list())
        for table, names in ((tables.turns, _FIELDS), (tables.conversations, _ABOUT)):
            counts.fields.update({name: int(table[name].is_not_null().sum()) for name in names if name != "private"})
        counts.fields["private"] += int(tables.turns["private"].sum())
        some = _agents(tables.people, tables.turns, tables.conversations)
        everyone = some if everyone is None else _together(pl.concat([everyone, some]))
    for source in inventory.sources:
        if source.format == "parquet" and source.layout == "table":
            mapping[str(source.path)] = table_columns(pl.read_parquet_schema(source.path))
    agents = _agents(*(pl.DataFrame(schema=schema) for schema in _SCHEMAS)) if everyone is None else everyone
    return DryRun(
        files=inventory.formats,
        skipped=inventory.skipped,
        conversations=counts.conversations,
        turns=counts.turns,
        events=counts.events,
        words=counts.words,
        first=agents["first"].min() if len(agents) else None,  # type: ignore[arg-type]
        last=agents["last"].max() if len(agents) else None,  # type: ignore[arg-type]
        agents=agents.sort(["conversations", "person"], descending=[True, False]),
        languages=dict(sorted(counts.languages.items())),
        channels=dict(sorted(counts.channels.items())),
        fields=dict(counts.fields),
        mapping=mapping,
        rejects=pl.concat(rejects) if rejects else pl.DataFrame(schema=dict(REJECTS)),
        rejected=counts.rejected,
    )


def _agents(people: pl.DataFrame, turns: pl.DataFrame, conversations: pl.DataFrame) -> pl.DataFrame:
    """Return one row a person and role whose work is looked at."""
    spoken = turns.group_by("conversation", "person").agg(pl.len().alias("turns"), pl.col("at").max().alias("until"))
    return _together(
        people.filter(pl.col("role").is_in(ASSESSED))
        .join(spoken, on=["conversation", "person"], how="left", maintain_order="left")
        .join(conversations.select("conversation", "started_at"), on="conversation", how="left", maintain_order="left")
        .select(
            *("person", "name", "team", "role", "named"),
            pl.lit(1, pl.Int64).alias("conversations"),
            pl.col("turns").fill_null(0).cast(pl.Int64),
            pl.col("started_at").alias("first"),
            pl.coalesce("until", "started_at").alias("last"),
        )
    )


def _together(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("person", "role", "named", maintain_order=True).agg(
        pl.col("name", "team").drop_nulls().first(),
        pl.col("conversations", "turns").sum(),
        pl.col("first").min(),
        pl.col("last").max(),
    )
