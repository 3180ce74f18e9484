"""What a process takes: its time, its memory, its processor time, with all its workers.

Memory is the proportional set size of the process and its workers, summed: pages that they share count once. Where the
system does not tell it, the largest process stands for all.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

__all__ = ["Run", "measured"]

_EVERY_S: Final = 0.05
_TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement.

    ``seconds`` is what the work took, ``whole_s`` the process with its start and imports, ``peak_mb`` the highest
    memory of the process and its workers, ``cpu_s`` the processor time they used, imports and all (0 where the system
    does not tell), ``load`` the machine's load average (1 minute) when it began.
    """

    what: str
    turns: int
    seconds: float
    whole_s: float
    peak_mb: float
    cpu_s: float
    load: float
    stages: dict[str, float] = msgspec.field(default_factory=dict)

    @property
    def turns_per_s(self) -> float:
        """Turns a second of the work."""
        return self.turns / self.seconds if self.seconds else 0.0


def _used(root: int) -> tuple[int, dict[int, float]]:
    """Return the memory (proportional set size, kB) of a process and all its descendants, and each one's CPU seconds.

    Processes that end while they are looked at are left out.
    """
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # behind the name: state, parent, …; user and system time in ticks are the 12th and 13th
                told = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(told[1]), []).append(int(entry.name))
            seconds[int(entry.name)] = (int(told[11]) + int(told[12])) / _TICKS
    total, used, waiting = 0, {}, [root]
    while waiting:
        process = waiting.pop()
        waiting += children.get(process, [])
        used[process] = seconds.get(process, 0.0)
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total, used


class _Watch(threading.Thread):
    """Samples memory and processor time of a process and its descendants until it is told to stop."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.peak_kb = 0
        self.cpu_s: dict[int, float] = {}
        self._process = process
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(_EVERY_S):
            memory, used = _used(self._process)
            self.peak_kb = max(self.peak_kb, memory)
            # what a process has used only grows; the last look before it ended stands
            self.cpu_s.update({process: max(s, self.cpu_s.get(process, 0.0)) for process, s in used.items()})

    def stop(self) -> None:
        self._over.set()
        if self.ident is not None:
            self.join()


def measured(what: str, command: Sequence[str], *, environment: dict[str, str] | None = None) -> Run:
    """Run a command that prints a line of JSON with ``turns`` and ``seconds``; watch its memory.

    Raises
    ------
    RuntimeError
        Where it fails, with the end of what it said.
    """
    load = os.getloadavg()[0]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    watch = _Watch(process.pid)
    if Path("/proc/self/smaps_rollup").exists():
        watch.start()
    said, complaints = process.communicate()
    whole = time.perf_counter() - began
    watch.stop()
    peak_kb = watch.peak_kb
    if process.returncode:
        raise RuntimeError(f"{what} failed: {complaints.strip()[-800:]}")
    told = json.loads(said.strip().splitlines()[-1])
    if not peak_kb:
        unit = 1024 if sys.platform == "darwin" else 1
        peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // unit
    return Run(
        what=what,
        turns=told["turns"],
        seconds=told["seconds"],
        whole_s=whole,
        peak_mb=peak_kb / 1024,
        cpu_s=sum(watch.cpu_s.values()),
        load=load,
        stages=told.get("stages", {}),
    )
