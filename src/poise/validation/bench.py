"""How fast, and in how much memory: Poise from file to estimates, and ConvoKit's politeness strategies beside it.

Every measurement is a process of its own, so that nothing is warm and the peak is its own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from poise import __version__
from poise.model import Tier
from poise.validation.measured import Run, measured

__all__ = ["main", "prepare", "run_peer", "run_poise", "table"]

_AGENTS: Final = 200  # the volume data names nobody: conversations are dealt out to so many agents
_AIMS: Final = {"turns_per_s": 100_000.0, "full_turns_per_s": 200.0, "times_the_peer": 500.0, "memory_growth": 1.25}
_SMALL_DATA: Final = 50_000  # turns that the sample is repeated to


# ---------------------------------------------------------------- input


def _open(path: Path) -> Any:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def prepare(sources: Sequence[Path], out: Path, *, times: int = 1, at_least: int = 0, most: int | None = None) -> int:
    """Write the conversations of canonical files ``times`` over, each under an id of its own; return the turns.

    Agents known by their role alone get one of 200 names, so that there is somebody to estimate.

    Parameters
    ----------
    sources
        Canonical JSON Lines files, gzipped or not.
    out
        File to write, gzipped.
    times
        How often.
    at_least
        Go on repeating until there are so many turns.
    most
        Stop at the end of the conversation with which there are so many turns.

    Raises
    ------
    ValueError
        Where the files hold no turns.
    """
    turns = again = 0
    with gzip.open(out, "wb", compresslevel=1) as target:
        while again < times or turns < at_least:
            for source in sources:
                with _open(source) as file:
                    for number, line in enumerate(file):
                        conversation = msgspec.json.decode(line)
                        conversation["id"] = f"{conversation['id']} {again}"
                        _name_agents(conversation, f"agent {number % _AGENTS:03}")
                        turns += len(conversation["turns"])
                        target.write(msgspec.json.encode(conversation) + b"\n")
                        if most is not None and turns >= most:
                            return turns
            again += 1
            if not turns:
                raise ValueError(f"no turns in {', '.join(map(str, sources))}")
    return turns


def _name_agents(conversation: dict[str, Any], name: str) -> None:
    if any(person.get("role") == "agent" for person in conversation.get("people", ())):
        return
    for turn in conversation["turns"]:
        if turn.get("role") == "agent" and not turn.get("person"):
            turn["person"] = name
    conversation.setdefault("people", []).append({"id": name, "role": "agent", "name": name})


# ---------------------------------------------------------------- Poise and its peer


def run_poise(
    data: Path, *, workers: int, knowledge: Path | None = None, norms: Path | None = None, tier: Tier = "fast"
) -> Run:
    """Measure ``poise.analyze`` on a file: read, detect with every behaviour on, mask, estimate, write Parquet.

    Raises
    ------
    RuntimeError
        Where the analysis fails.
    """
    command = [sys.executable, "-m", "poise.validation.bench", "--one", str(data), "--workers", str(workers)]
    command += ["--tier", tier]
    if knowledge is not None:
        command += ["--knowledge", str(knowledge)]
    if norms is not None:
        command += ["--norms", str(norms)]
    what = "Poise, one process" if workers == 1 else f"Poise, {workers} processes"
    return measured(what if tier == "fast" else f"{what}, {tier} tier", command)


def run_peer(data: Path, *, python: Path, script: Path, turns: int) -> Run:
    """Measure ConvoKit's politeness strategies on the first turns of a file.

    Raises
    ------
    RuntimeError
        Where it fails.
    """
    with tempfile.TemporaryDirectory() as home:  # it writes settings into the home folder
        return measured(
            "ConvoKit 5.0.0, politeness strategies",
            [str(python), str(script), str(data), str(turns)],
            environment={"HOME": home},
        )


def _one(data: Path, *, workers: int, knowledge: Path | None, norms: Path | None, tier: Tier) -> None:
    """Analyse in this process (and its workers), and print what it took."""
    from poise.pipeline import Project, analyze

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        result = analyze(
            data,
            out=Path(folder) / "out",
            workers=workers,
            project=Project(),
            knowledge=knowledge,
            norms=norms,
            tier=tier,
        )
        seconds = time.perf_counter() - began
        if not len(result.estimates):
            raise SystemExit("nobody was estimated: the figures would not be those of the whole way")
    turns = result.run.counts["turns"]
    print(json.dumps({"turns": turns, "seconds": seconds, "stages": result.run.timings_s}))


# ---------------------------------------------------------------- the whole comparison


def _against_aims(runs: Sequence[Run], peer: Run | None, many: Run | None, full: Run | None, times: int) -> list[str]:
    best = max(runs, key=lambda run: run.turns_per_s)
    rows = [("turns a second, file to estimates", best.turns_per_s, _AIMS["turns_per_s"], True)]
    if peer is not None:
        rows.append(("times ConvoKit", best.turns_per_s / peer.turns_per_s, _AIMS["times_the_peer"], True))
    if many is not None:
        once = next(run for run in runs if run.what == many.what.partition(";")[0])
        rows.append(
            (f"peak memory, {times} times the turns", many.peak_mb / once.peak_mb, _AIMS["memory_growth"], False)
        )
    if full is not None:
        rows.append(("turns a second, full tier", full.turns_per_s, _AIMS["full_turns_per_s"], True))
    lines = []
    for what, value, aim, more in rows:
        met = value >= aim if more else value <= aim
        lines.append(f"{what}: {value:,.2f} (aim {'≥' if more else '≤'} {aim:,g}: {'met' if met else 'missed'})")
    return lines


def table(
    runs: Sequence[Run],
    peer: Run | None = None,
    many: Run | None = None,
    full: Run | None = None,
    *,
    times: int = 10,
) -> str:
    """Return the measurements as Markdown, with what was aimed at."""
    lines = [
        "| what | turns | seconds | turns/s | whole process, s | CPU s | peak MB | load before |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {run.what} | {run.turns:,} | {run.seconds:.2f} | {run.turns_per_s:,.0f} | {run.whole_s:.2f} | "
        f"{run.cpu_s:.2f} | {run.peak_mb:,.0f} | {run.load:.2f} |"
        for run in (*runs, *(r for r in (full, many, peer) if r is not None))
    ]
    stages = {run.what: run.stages for run in (*runs, *([full] if full is not None else [])) if run.stages}
    if stages:
        names = list(dict.fromkeys(name for of in stages.values() for name in of))
        lines += ["", "| seconds in | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
        for what, of in stages.items():
            lines.append(f"| {what} | " + " | ".join(f"{of[n]:.2f}" if n in of else "–" for n in names) + " |")
    lines += ["", *(f"- {line}" for line in _against_aims(runs, peer, many, full, times))]
    return "\n".join(lines) + "\n"


def _sources(given: Path | None) -> tuple[list[Path], int]:
    """Return the files to repeat and the fewest turns: what was given, else the volume data, else the sample."""
    from poise.validation.sample import paths

    if given is not None:
        return [given], 0
    volume = Path(__file__).resolve().parents[3].parent / "shared/data/volume/sgd.jsonl.gz"
    if volume.is_file():
        return [volume], 0
    return list(paths()), _SMALL_DATA


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, help="canonical JSON Lines file; the volume data or the sample, else")
    parser.add_argument("--out", type=Path, default=Path(".bench/results"), help="folder of bench.md and bench.json")
    parser.add_argument("--workers", type=int, default=2, help="processes of the parallel run")
    parser.add_argument("--full-turns", type=int, default=5000, help="turns that the full tier gets; 0: it is not run")
    parser.add_argument("--times", type=int, default=10, help="how often the turns are repeated for memory; 1: not")
    parser.add_argument("--peer", type=Path, help="Python of ConvoKit's environment")
    parser.add_argument("--peer-script", type=Path, help="script that runs ConvoKit")
    parser.add_argument("--peer-turns", type=int, default=5000, help="turns that ConvoKit gets; 0: it is not run")
    parser.add_argument("--knowledge", type=Path, help="folder of knowledge files instead of those that ship")
    parser.add_argument("--norms", type=Path, help="norms file instead of the one that ships")
    parser.add_argument("--tier", choices=("fast", "full"), default="fast", help=argparse.SUPPRESS)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # a process that is measured
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, print the table, and write it with the figures as JSON; return the exit code."""
    given = _options(arguments)
    if given.one is not None:
        _one(given.one, workers=given.workers, knowledge=given.knowledge, norms=given.norms, tier=given.tier)
        return 0
    sources, at_least = _sources(given.data)
    with tempfile.TemporaryDirectory() as folder:
        once, few, often = (Path(folder) / f"{name}.jsonl.gz" for name in ("once", "few", "often"))
        try:
            turns = prepare(sources, once, at_least=at_least)
            own = {"knowledge": given.knowledge, "norms": given.norms}
            print(f"{turns:,} turns of {', '.join(map(str, sources))}", file=sys.stderr)
            runs = [run_poise(once, workers=n, **own) for n in dict.fromkeys((1, given.workers))]
            full = None
            if given.full_turns:
                prepare([once], few, most=given.full_turns)
                full = run_poise(few, workers=given.workers, tier="full", **own)
            peer = None
            if given.peer is not None and given.peer_turns:
                peer = run_peer(once, python=given.peer, script=given.peer_script, turns=given.peer_turns)
            many = None
            if given.times > 1:
                prepare([once], often, times=given.times)
                many = run_poise(often, workers=given.workers, **own)
                many = msgspec.structs.replace(many, what=f"{many.what}; {given.times} times the turns")
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    page = table(runs, peer, many, full, times=given.times)
    print(page)
    if peer is None:
        print("ConvoKit was not run.")
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "bench.md").write_text(page, encoding="utf-8")
    figures = {
        "poise": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "data": [str(source) for source in sources],
        "runs": [
            {**msgspec.structs.asdict(run), "turns_per_s": run.turns_per_s}
            for run in (*runs, *(r for r in (full, many, peer) if r is not None))
        ],
    }
    (given.out / "bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
