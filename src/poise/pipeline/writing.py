"""Parts and estimates as the files of a results folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl

from poise import __version__
from poise.detection.readiness import SHORTFALLS
from poise.estimation.counterfactuals import what_would_change
from poise.estimation.estimates import estimate
from poise.estimation.norms import Norms
from poise.knowledge import Knowledge
from poise.model import (
    ASSESSED,
    CASES,
    CONVERSATIONS,
    EVENTS,
    EVIDENCE,
    HITS,
    OPPORTUNITIES,
    PEOPLE,
    REJECTS,
    SIGNALS,
    TURNS,
    Excluded,
    Gap,
    InputRead,
    NormsUsed,
    RunInfo,
    Schema,
    Tier,
)
from poise.pipeline.parts import Part, Parts
from poise.pipeline.project import Project
from poise.reading.inventory import Skipped

__all__ = ["judged", "run_info", "write_estimates", "write_tables"]

_NO_CONVERSATIONS: Final = "Leave it out, or export it again, if it should hold conversations"
_MERGED: Final[dict[str, Schema]] = {
    "conversations": CONVERSATIONS,
    "people": PEOPLE,
    "turns": TURNS,
    "events": EVENTS,
    "hits": HITS,
    "opportunities": OPPORTUNITIES,
    "signals": SIGNALS,
    "evidence": EVIDENCE,
    "cases": CASES,
}


def write_tables(parts: Parts, skipped: Sequence[Skipped]) -> list[str]:
    """Write each table as one Parquet file, streamed; files that were left aside stand among the rejects."""
    names = []
    for name, schema in _MERGED.items():
        if name == "cases":
            continue
        file = f"{name}.parquet"
        table = parts.scan(name, schema)
        if name == "conversations":
            cases = parts.scan("cases", CASES).select("conversation", "arrival_anger")
            table = table.join(cases, on="conversation", how="left", maintain_order="left")
        table.sink_parquet(parts.finished / file, compression="zstd", compression_level=1)
        names.append(file)
    aside = [{"file": str(one.path), "problem": one.why, "remedy": _NO_CONVERSATIONS} for one in skipped]
    rejects = pl.concat([parts.scan("rejects", REJECTS).collect(), pl.DataFrame(aside, schema=dict(REJECTS))])
    rejects.write_ndjson(parts.finished / "rejects.jsonl")
    names.append("rejects.jsonl")
    return names


def judged(parts: Parts) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return evidence and case-mix of everyone who is assessed and known by name."""
    people = (
        parts.scan("people", PEOPLE)
        .filter(pl.col("named") & pl.col("role").is_in(list(ASSESSED)))
        .select("person")
        .unique()
        .collect()["person"]
    )
    evidence = parts.scan("evidence", EVIDENCE).filter(pl.col("person").is_in(people.implode()))
    return evidence, parts.scan("cases", CASES)


def write_estimates(parts: Parts, known: Knowledge, norms: Norms) -> list[str]:
    """Estimate everyone who is known by name, and write what the numbers rest on."""
    evidence, cases = judged(parts)
    estimated = estimate(
        evidence, cases, behaviours=known.behaviours, traits=known.traits, clusters=known.clusters, norms=norms
    )
    changes = what_would_change(evidence, cases, behaviours=known.behaviours, traits=known.traits, norms=norms)
    names = []
    for name, table in (
        ("estimates", estimated.estimates),
        ("rates", estimated.rates),
        ("reliability", estimated.reliability),
        ("contributions", estimated.contributions),
        ("changes", changes),
    ):
        table.write_parquet(parts.finished / f"{name}.parquet")
        names.append(f"{name}.parquet")
    return names


def run_info(
    parts: Parts,
    summaries: list[Part],
    known: Knowledge,
    project: Project,
    norms: Norms,
    started_at: datetime,
    timings: dict[str, float],
    *,
    tier: Tier,
    masked: bool,
    sample: bool,
    skipped: int,
) -> RunInfo:
    """Return what ``run.json`` says of a run: versions, files, counts, timings, and what could not be judged."""

    def total(name: str) -> dict[str, int]:
        count: Counter[str] = Counter()
        for part in summaries:
            count.update(getattr(part, name))
        return dict(sorted(count.items()))

    rows: Counter[str] = Counter(rejects=skipped)
    for part in summaries:
        rows.update(part.rows)
    people = (
        parts.scan("people", PEOPLE)
        .filter(pl.col("role").is_in(list(ASSESSED)))
        .group_by("person")
        .agg(pl.col("named").any())
        .collect()
    )
    shortfalls = (
        parts.scan("shortfalls", SHORTFALLS)
        .group_by("behaviour", "need")
        .agg(pl.col("conversations").sum())
        .collect()
        .sort("behaviour", "need")
    )
    firsts = [part.first for part in summaries if part.first]
    lasts = [part.last for part in summaries if part.last]
    return RunInfo(
        poise=__version__,
        knowledge=known.version,
        tier=tier,
        started_at=started_at,
        norms=NormsUsed(
            name=norms.name,
            version=norms.version,
            people=norms.people,
            conversations=norms.conversations,
            invented=norms.invented,
        ),
        inputs=_inputs(summaries),
        counts={
            **dict(rows),
            "people_named": int(people["named"].sum()),
            "people_unnamed": int((~people["named"]).sum()),
        },
        languages=total("languages"),
        channels=total("channels"),
        purposes=total("purposes"),
        first=datetime.fromisoformat(min(firsts)) if firsts else None,
        last=datetime.fromisoformat(max(lasts)) if lasts else None,
        timings_s={name: round(seconds, 3) for name, seconds in timings.items()},
        gaps=[
            Gap(behaviour=row["behaviour"], needs=[row["need"]], conversations_without=row["conversations"])
            for row in shortfalls.to_dicts()
        ],
        excluded=Excluded(
            behaviours=sorted(project.off),
            phrases=[text for texts in project.scripted.values() for text in texts],
        ),
        masked=masked,
        sample=sample,
    )


def _inputs(summaries: list[Part]) -> list[InputRead]:
    by_file: dict[tuple[str, str], InputRead] = {}
    for part in summaries:
        for read in part.inputs:
            known = by_file.get((read.file, read.format))
            by_file[read.file, read.format] = (
                read
                if known is None
                else InputRead(
                    file=read.file,
                    format=read.format,
                    conversations=known.conversations + read.conversations,
                    turns=known.turns + read.turns,
                    rejects=known.rejects + read.rejects,
                )
            )
    return list(by_file.values())
