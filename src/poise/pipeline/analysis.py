"""read → detect → weigh → estimate, over any number of conversations."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import polars as pl

from poise import __version__
from poise.estimation.fitting import fit_norms
from poise.estimation.norms import Norms
from poise.knowledge import Knowledge
from poise.model import (
    REJECTS,
    RunInfo,
    Tier,
)
from poise.pipeline.compiled import compiled
from poise.pipeline.detecting import Progress, detect_all, warm
from poise.pipeline.norms import norms_for
from poise.pipeline.parts import Part, Parts
from poise.pipeline.project import Project, read_project
from poise.pipeline.timelines import add_timelines
from poise.pipeline.weights import armed
from poise.pipeline.worker import Settings
from poise.pipeline.writing import judged, run_info, write_estimates, write_tables
from poise.reading.inventory import Inventory, find
from poise.reading.people import PeopleMap
from poise.reading.problems import InputError

__all__ = ["Interrupted", "Progress", "Result", "analyze", "fit"]


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
    tier: Tier | None = None,
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
    tier
        Which detectors run: ``fast`` (phrases, rules, heads on a static student of the encoder) or ``full`` (heads on
        the encoder itself); as the project file says unless given.
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
    poise.pipeline.weights.WeightsError
        For trained weights that cannot be used.
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
        tier=tier,
        mask=mask,
        workers=workers,
    )
    chosen = norms_for(
        norms if norms is not None else work.project.path(work.project.norms), work.settings.detector.tier
    )
    report = progress or (lambda *_: None)
    parts = work.parts
    try:
        summaries = work.detect(workers=workers, strict=strict, resume=resume, report=report)
        detected = time.perf_counter()
        report("estimates", 0, None)
        names = write_tables(parts, work.inventory.skipped)
        names += write_estimates(parts, work.knowledge, chosen)
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
    info = run_info(
        parts,
        summaries,
        work.knowledge,
        work.project,
        chosen,
        started_at,
        timings,
        tier=work.settings.detector.tier,
        masked=mask,
        sample=sample,
        skipped=len(work.inventory.skipped),
    )
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
    tier: Tier | None = None,
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
    inputs, format, people, roles, knowledge, project, tier, workers, progress
        As for :func:`analyze`.

    Raises
    ------
    ValueError
        Where nobody is known by name, or there is no evidence.
    """
    work = prepare(
        inputs,
        out=None,
        format=format,
        people=people,
        roles=roles,
        knowledge=knowledge,
        project=project,
        tier=tier,
        mask=False,
        workers=workers,
    )
    work.detect(workers=workers, strict=False, resume=False, report=progress or (lambda *_: None))
    evidence, cases = judged(work.parts)
    tier = work.settings.detector.tier
    return fit_norms(evidence, cases, work.knowledge.behaviours, name=name, invented=invented, tier=tier)


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
        detect_all(self.inventory, self.settings, self.parts, workers=workers, strict=strict, report=report)
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
    tier: Tier | None,
    mask: bool,
    workers: int | None,
) -> Work:
    """Settle everything that can fail before the first conversation is read."""
    settled = project if isinstance(project, Project) else read_project(None if project is None else Path(project))
    folder = Path(knowledge) if knowledge is not None else settled.path(settled.knowledge)
    inventory = find([inputs] if isinstance(inputs, str | Path) else list(inputs), format=format)
    warm(inventory, workers)
    detector = compiled(folder, scripted=settled.scripted)
    off = frozenset(settled.off)
    if off:
        detector = detector.without(off)
    detector = armed(detector, tier or settled.tier)
    used = detector.knowledge
    people_file = Path(people) if people is not None else settled.path(settled.people)
    keep: TemporaryDirectory[str] | None = None
    if out is None:
        keep = TemporaryDirectory(prefix="poise-")
        out = keep.name
    out = Path(out)
    merged = PeopleMap.load(people_file) if people_file is not None else None
    labels = {**settled.roles, **(roles or {})}
    said: list[object] = [used.version, sorted(off), settled.scripted, labels, settled.purpose, mask]
    said += [detector.tier, detector.weights]
    said.append(people_file.read_text(encoding="utf-8", errors="replace") if people_file else "")
    fingerprint = _fingerprint(inventory, said)
    settings = Settings(out, fingerprint, detector, merged, labels, settled.purpose, mask)
    out.mkdir(parents=True, exist_ok=True)
    return Work(inventory, settled, used, settings, Parts(out, fingerprint), mask, keep)


def _fingerprint(inventory: Inventory, settings: list[object]) -> str:
    """Hash what a run's result depends on: version, settings, and files by size and time of change."""
    said = [__version__, *settings]
    for source in inventory.sources:
        status = source.path.stat()
        said.append((str(source.path.resolve()), source.format, status.st_size, status.st_mtime_ns))
    return hashlib.sha256(repr(said).encode()).hexdigest()


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
