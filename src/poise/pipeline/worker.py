"""One chunk from bytes to its part on disk; runs in worker processes."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.model import InputRead, Tables
from poise.pipeline.parts import Part, Parts
from poise.reading.chunks import Chunk
from poise.reading.masking import mask, mask_turns
from poise.reading.parse import parse
from poise.reading.people import PeopleMap
from poise.reading.seen import hashes_of

__all__ = ["Settings", "Worked", "Worker"]


Worked: TypeAlias = tuple[int, int, NDArray[np.uint64]]
"""Number of a chunk, its turns, and hashes of the ids of its conversations."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every chunk is worked with; sent to each process once."""

    out: Path
    fingerprint: str
    detector: Detector
    people: PeopleMap | None
    roles: Mapping[str, str]
    purpose: str
    mask: bool


class Worker:
    """One chunk after the other, with phrases that were compiled once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.detector = settings.detector
        self.parts = Parts(settings.out, settings.fingerprint)

    def work(self, chunk: Chunk) -> Worked:
        """Read and detect one chunk and write its part; return number, turns and hashes of conversation ids."""
        began = time.perf_counter()
        settings = self.settings
        tables = parse(chunk, people=settings.people, default_purpose=settings.purpose, roles=settings.roles)
        read = time.perf_counter()
        found = self.detector.detect(tables)
        detected = time.perf_counter()
        turns, rejects = tables.turns, tables.rejects
        if settings.mask:
            turns = turns.with_columns(text=mask_turns(turns, tables.people))
            rejects = rejects.with_columns(record=mask(rejects["record"]))
        rows = {
            "conversations": tables.conversations,
            "people": tables.people,
            "turns": turns,
            "events": tables.events,
            "hits": found.hits,
            "opportunities": found.opportunities,
            "signals": found.signals,
            "evidence": found.evidence,
            "cases": found.cases,
            "shortfalls": found.shortfalls,
            "promises": found.promises,
            "rejects": rejects,
        }
        self.parts.write(
            _summary(chunk, tables, rows, {"read": read - began, "detect": detected - read}),
            rows,
        )
        return chunk.number, len(turns), hashes_of(tables.conversations["conversation"])


def _counts(values: pl.Series) -> dict[str, int]:
    return {str(row["value"]): int(row["count"]) for row in values.rename("value").value_counts().to_dicts()}


def _summary(chunk: Chunk, tables: Tables, rows: Mapping[str, pl.DataFrame], seconds: dict[str, float]) -> Part:
    conversations = tables.conversations
    turns = tables.turns.group_by("conversation").len("turns")
    refused = tables.rejects.group_by("file").len("rejects")
    by_file = (
        conversations.select("conversation", file="source")
        .join(turns, on="conversation", how="left")
        .group_by("file", maintain_order=True)
        .agg(conversations=pl.len(), turns=pl.col("turns").fill_null(0).sum())
        .join(refused, on="file", how="full", coalesce=True, maintain_order="left_right")
        .with_columns(pl.col("conversations", "turns", "rejects").fill_null(0))
    )
    started = conversations["started_at"].drop_nulls()
    return Part(
        number=chunk.number,
        rows={name: len(table) for name, table in rows.items()},
        inputs=[
            InputRead(
                file=row["file"] or chunk.file,
                format=chunk.format,
                conversations=row["conversations"],
                turns=row["turns"],
                rejects=row["rejects"],
            )
            for row in by_file.to_dicts()
        ],
        languages=_counts(conversations["language"].fill_null("unknown")),
        channels=_counts(conversations["channel"].fill_null("unknown")),
        purposes=_counts(conversations["purpose"].fill_null("unknown")),
        first=str(started.min().isoformat()) if len(started) else None,  # type: ignore[union-attr]
        last=str(started.max().isoformat()) if len(started) else None,  # type: ignore[union-attr]
        seconds=seconds,
        clock=bool(tables.turns["at"].is_not_null().any()),
    )


_worker: Worker | None = None


def start(settings: Settings) -> None:
    """Prepare this process; the parent decides on interruption."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = Worker(settings)


def run(chunk: Chunk) -> Worked:
    """Work one chunk in this process."""
    if _worker is None:
        raise RuntimeError("start(settings) comes first")
    return _worker.work(chunk)
