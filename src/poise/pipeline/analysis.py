"""read → detect → weigh → estimate, over any number of conversations."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import numpy as np
import polars as pl

from poise import __version__
from poise.detection.readiness import SHORTFALLS
from poise.estimation.counterfactuals import what_would_change
from poise.estimation.estimates import estimate
from poise.estimation.fitting import fit_norms
from poise.estimation.norms import Norms
from poise.knowledge import SHIPPED, Knowledge, load
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
)
from poise.pipeline.parts import Part, Parts
from poise.pipeline.project import Project, read_project
from poise.pipeline.timelines import add_timelines
from poise.pipeline.worker import Settings, Worker, run, start
from poise.reading.chunks import Chunk, chunks
from poise.reading.inventory import Inventory, find
from poise.reading.people import PeopleMap
from poise.reading.problems import InputError
from poise.reading.seen import Seen

__all__ = ["Interrupted", "Progress", "Result", "analyze", "fit"]

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
_IN_FLIGHT: Final = 2  # chunks waiting for each worker: enough to keep it busy, few enough to keep memory flat
_SMALL: Final = 1 << 20  # bytes of input under which starting processes costs more than it saves

Progress = Callable[[str, int, int | None], None]
"""Called with what is going on, how much is done, and of how much (None where that is not known)."""


class Interrupted(KeyboardInterrupt):
    """The run was stopped; what is done so far is kept in the results folder."""


@dataclass(frozen=True)
class Result:
    """Tables of one run, read from its folder as they are asked for."""

    folder: Path
    run: RunInfo
    _keep: object = field(default=None, repr=False)

    def table(self, name: str) -> pl.DataFrame:
        """Return one table: hits, opportunities, evidence, estimates, rates, conversations, turns, people, …

        Raises
        ------
        FileNotFoundError
            For a table that this run does not have.
        """
        return pl.read_parquet(self.folder / f"{name}.parquet")

    @property
    def hits(self) -> pl.DataFrame:
        """Behaviours found, with the span each rests on."""
        return self.table("hits")

    @property
    def opportunities(self) -> pl.DataFrame:
        """Occasions, and whether they were met."""
        return self.table("opportunities")

    @property
    def evidence(self) -> pl.DataFrame:
        """Hits and opportunities of one person, conversation and behaviour."""
        return self.table("evidence")

    @property
    def estimates(self) -> pl.DataFrame:
        """Levels of traits and clusters with their intervals."""
        return self.table("estimates")

    @property
    def rates(self) -> pl.DataFrame:
        """Rates of single behaviours with their intervals."""
        return self.table("rates")

    @property
    def conversations(self) -> pl.DataFrame:
        """What was read."""
        return self.table("conversations")

    @property
    def turns(self) -> pl.DataFrame:
        """Who said what, with personal data of customers masked unless that was switched off."""
        return self.table("turns")


def analyze(
    inputs: str | Path | Sequence[str | Path],
    *,
    out: str | Path | None = None,
    format: str | None = None,  # noqa: A002 (the option's name)
    people: str | Path | None = None,
    roles: Mapping[str, str] | None = None,
    norms: str | Path | Norms | None = None,
    knowledge: str | Path | None = None,
    project: str | Path | Project | None = None,
    strict: bool = False,
    mask: bool = True,
    workers: int | None = None,
    resume: bool | None = None,
    progress: Progress | None = None,
    sample: bool = False,
) -> Result:
    """Turn conversations into hits, evidence and estimates.

    Parameters
    ----------
    inputs
        Files, folders and globs in any format of ``docs/reference/formats.md``.
    out
        Folder of the results; a temporary one, kept as long as the result is, unless given.
    format, people, roles, norms, knowledge
        Override what the project file says: the source format, the file that merges names, the roles of speaker
        labels, the norms, the folder of knowledge files.
    project
        Project file, or its content; ``poise.toml`` of the working folder unless given.
    strict
        Stop at the first record that cannot be read.
    mask
        Hide names, numbers and addresses of customers in the turns that are written.
    workers
        Processes; as many as cores unless given. Small inputs are worked in this process.
    resume
        What to do where an interrupted run is in ``out``: go on (True), start clean (False), or raise (None).
    progress
        Called as the work goes on.
    sample
        The people are those of the invented sample; the report says so.

    Raises
    ------
    InputError
        Nothing could be read, or with ``strict`` the first bad record.
    poise.knowledge.KnowledgeError, ProjectError, NormsError
        For files that cannot be used.
    Unfinished
        An interrupted run is in ``out`` and ``resume`` does not say what to do.
    Interrupted
        The run was stopped by the keyboard; the same call with ``resume=True`` goes on.
    """
    began = time.perf_counter()
    started_at = datetime.now(UTC)
    work = prepare(
        inputs,
        out=out,
        format=format,
        people=people,
        roles=roles,
        knowledge=knowledge,
        project=project,
        mask=mask,
    )
    chosen = _norms(norms if norms is not None else work.project.path(work.project.norms))
    report = progress or (lambda *_: None)
    parts = work.parts
    try:
        summaries = work.detect(workers=workers, strict=strict, resume=resume, report=report)
        detected = time.perf_counter()
        report("estimates", 0, None)
        names = _write_tables(parts)
        names += _write_estimates(parts, work.knowledge, chosen)
        finished = time.perf_counter()
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped; what is done is kept in {parts.out}: the same command with --resume goes on"
        ) from None
    timings = {
        "read": sum(part.seconds.get("read", 0.0) for part in summaries),
        "detect": sum(part.seconds.get("detect", 0.0) for part in summaries),
        "batches": detected - began,
        "estimate_and_write": finished - detected,
        "total": time.perf_counter() - began,
    }
    info = _run_info(parts, summaries, work, chosen, started_at, timings, sample=sample)
    (parts.finished / "run.json").write_bytes(msgspec.json.format(msgspec.json.encode(info), indent=1))
    parts.publish([*names, "run.json"])
    return Result(parts.out, info, work.keep)


def fit(
    inputs: str | Path | Sequence[str | Path],
    *,
    name: str,
    invented: bool = False,
    format: str | None = None,  # noqa: A002 (the option's name)
    people: str | Path | None = None,
    roles: Mapping[str, str] | None = None,
    knowledge: str | Path | None = None,
    project: str | Path | Project | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Norms:
    """Fit norms to the people of these conversations; an explicit act, for nobody's number moves by itself.

    Parameters
    ----------
    name
        What to call the norms, for example the team and the months.
    invented
        Whether the people are invented.
    inputs, format, people, roles, knowledge, project, workers, progress
        As for :func:`analyze`.

    Raises
    ------
    ValueError
        Where nobody is known by name, or there is no evidence.
    """
    work = prepare(
        inputs, out=None, format=format, people=people, roles=roles, knowledge=knowledge, project=project, mask=False
    )
    work.detect(workers=workers, strict=False, resume=False, report=progress or (lambda *_: None))
    evidence, cases = _judged(work.parts)
    return fit_norms(evidence, cases, work.knowledge.behaviours, name=name, invented=invented)


@dataclass(frozen=True)
class Work:
    """A run that is ready to start: what to read, with what, and where to work."""

    inventory: Inventory
    project: Project
    knowledge: Knowledge
    settings: Settings
    parts: Parts
    mask: bool
    keep: object = None

    def detect(self, *, workers: int | None, strict: bool, resume: bool | None, report: Progress) -> list[Part]:
        """Read and detect everything; return what each part gave."""
        self.parts.open(resume=resume)
        _detect_all(self.inventory, self.settings, self.parts, workers=workers, strict=strict, report=report)
        summaries = list(self.parts.summaries())
        if not any(part.rows.get("conversations") for part in summaries):
            raise _nothing_read(self.inventory, self.parts)
        report("timelines", 0, None)
        add_timelines(self.parts, self.knowledge, clock=any(part.clock for part in summaries))
        return list(self.parts.summaries())


def prepare(
    inputs: str | Path | Sequence[str | Path],
    *,
    out: str | Path | None,
    format: str | None,  # noqa: A002 (the option's name)
    people: str | Path | None,
    roles: Mapping[str, str] | None,
    knowledge: str | Path | None,
    project: str | Path | Project | None,
    mask: bool,
) -> Work:
    """Settle everything that can fail before the first conversation is read."""
    settled = project if isinstance(project, Project) else read_project(None if project is None else Path(project))
    folder = Path(knowledge) if knowledge is not None else settled.path(settled.knowledge)
    known = load(folder)
    off = frozenset(settled.off)
    used = known.without(set(off)) if off else known
    people_file = Path(people) if people is not None else settled.path(settled.people)
    inventory = find([inputs] if isinstance(inputs, str | Path) else list(inputs), format=format)
    keep: TemporaryDirectory[str] | None = None
    if out is None:
        keep = TemporaryDirectory(prefix="poise-")
        out = keep.name
    out = Path(out)
    settings = Settings(
        out=out,
        fingerprint="",
        version=known.version,
        knowledge=folder,
        off=off,
        scripted=settled.scripted,
        people=PeopleMap.load(people_file) if people_file is not None else None,
        roles={**settled.roles, **(roles or {})},
        purpose=settled.purpose,
        mask=mask,
    )
    settings = replace(settings, fingerprint=_fingerprint(inventory, settings, used, people_file))
    out.mkdir(parents=True, exist_ok=True)
    return Work(inventory, settled, used, settings, Parts(out, settings.fingerprint), mask, keep)


def _norms(given: str | Path | Norms | None) -> Norms:
    if given is None:
        return Norms.from_json((SHIPPED / "norms" / "sample.json").read_bytes())
    return given if isinstance(given, Norms) else Norms.from_json(Path(given).read_bytes())


def _fingerprint(inventory: Inventory, settings: Settings, known: Knowledge, people: Path | None) -> str:
    """Hash what a run's result depends on: files by size and time of change, versions, settings."""
    said: list[object] = [__version__, known.version, sorted(settings.off), settings.scripted, dict(settings.roles)]
    said += [settings.purpose, settings.mask, people.read_text(encoding="utf-8", errors="replace") if people else ""]
    for source in inventory.sources:
        status = source.path.stat()
        said.append((str(source.path.resolve()), source.format, status.st_size, status.st_mtime_ns))
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _detect_all(
    inventory: Inventory,
    settings: Settings,
    parts: Parts,
    *,
    workers: int | None,
    strict: bool,
    report: Progress,
) -> None:
    """Work all chunks that have no part yet."""
    cores = (
        workers or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else workers or os.cpu_count() or 1
    )
    seen = Seen()
    turns = 0

    def received(result: tuple[int, int, np.ndarray]) -> None:
        nonlocal turns
        number, count, hashes = result
        turns += count
        again = seen.repeated_hashes(hashes)
        if again.any():
            parts.refuse_repeated(number, again)
        if strict:
            _stop_at_rejects(parts, number)
        report("turns", turns, None)

    waiting = (chunk for chunk in chunks(inventory) if not _kept(parts, chunk, seen))
    if cores == 1 or inventory.size < _SMALL:
        worker: Worker | None = None
        for chunk in waiting:
            worker = worker or Worker(settings)
            received(worker.work(chunk))
        return
    # each process has the cores to itself that are its share: Polars would start a thread for every core in each
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    context = get_context("forkserver")
    context.set_forkserver_preload(["poise.pipeline.worker"])
    with ProcessPoolExecutor(cores, mp_context=context, initializer=start, initargs=(settings,)) as pool:
        flying: deque[Future[tuple[int, int, np.ndarray]]] = deque()
        try:
            for chunk in waiting:
                flying.append(pool.submit(run, chunk))
                if len(flying) >= cores * _IN_FLIGHT:
                    received(flying.popleft().result())
            while flying:
                received(flying.popleft().result())
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _kept(parts: Parts, chunk: Chunk, seen: Seen) -> bool:
    """Tell whether a chunk's part is there from an interrupted run; its conversations count as seen."""
    if not parts.has(chunk.number):
        return False
    table = parts.folder / "parts" / f"{chunk.number:08d}" / "conversations.arrow"
    if table.is_file():
        seen.repeated(pl.read_ipc(table, columns=["conversation"])["conversation"])
    return True


def _stop_at_rejects(parts: Parts, number: int) -> None:
    rejects = parts.rejects_of(number)
    if len(rejects):
        first = rejects.row(0, named=True)
        raise InputError(
            f"{first['file']}, line {first['line']}, {first['field']}: {first['problem']}", remedy=first["remedy"]
        )


def _nothing_read(inventory: Inventory, parts: Parts) -> InputError:
    rejects = parts.scan("rejects", REJECTS).head(1).collect()
    files = ", ".join(str(source.path) for source in inventory.sources[:3])
    if len(rejects):
        first = rejects.row(0, named=True)
        return InputError(
            f"no conversation could be read from {files}; the first problem: {first['file']}, line {first['line']}, "
            f"{first['field']}: {first['problem']}",
            remedy=first["remedy"],
        )
    return InputError(f"no conversation is in {files}", remedy="name files that hold conversations")


def _write_tables(parts: Parts) -> list[str]:
    """Write each table as one Parquet file, streamed."""
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
    rejects = parts.scan("rejects", REJECTS).collect()
    rejects.write_ndjson(parts.finished / "rejects.jsonl")
    names.append("rejects.jsonl")
    return names


def _judged(parts: Parts) -> tuple[pl.LazyFrame, pl.LazyFrame]:
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


def _write_estimates(parts: Parts, known: Knowledge, norms: Norms) -> list[str]:
    """Estimate everyone who is known by name, and write what the numbers rest on."""
    evidence, cases = _judged(parts)
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


def _run_info(
    parts: Parts,
    summaries: list[Part],
    work: Work,
    norms: Norms,
    started_at: datetime,
    timings: dict[str, float],
    *,
    sample: bool,
) -> RunInfo:
    def total(name: str) -> dict[str, int]:
        count: Counter[str] = Counter()
        for part in summaries:
            count.update(getattr(part, name))
        return dict(sorted(count.items()))

    rows: Counter[str] = Counter()
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
        knowledge=work.knowledge.version,
        tier="fast",
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
            behaviours=sorted(work.project.off),
            phrases=[text for texts in work.project.scripted.values() for text in texts],
        ),
        masked=work.mask,
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
