"""All chunks through the workers, as many at a time as there are processes for."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import forkserver, get_context
from typing import Final

import polars as pl

from poise.pipeline.parts import Parts
from poise.pipeline.worker import Settings, Worked, Worker, run, start
from poise.reading.chunks import Chunk, chunks
from poise.reading.inventory import Inventory
from poise.reading.problems import InputError
from poise.reading.seen import Seen

__all__ = ["Progress", "detect_all", "warm"]

_IN_FLIGHT: Final = 2  # chunks waiting for each worker: enough to keep it busy, few enough to keep memory flat
_SMALL: Final = 1 << 20  # bytes of input under which starting processes costs more than it saves

Progress = Callable[[str, int, int | None], None]
"""Called with what is going on, how much is done, and of how much (None where that is not known)."""


def _processes(inventory: Inventory, workers: int | None) -> int:
    if inventory.size < _SMALL:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return workers or cores


def warm(inventory: Inventory, workers: int | None) -> None:
    """Have the process that workers are forked from import what they need while the phrases are compiled here."""
    if _processes(inventory, workers) > 1:
        # each process has the cores to itself that are its share: Polars would start a thread for every core in each
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        forkserver.set_forkserver_preload(["poise.pipeline.worker"])
        forkserver.ensure_running()


def detect_all(
    inventory: Inventory,
    settings: Settings,
    parts: Parts,
    *,
    workers: int | None,
    strict: bool,
    report: Progress,
) -> None:
    """Work all chunks that have no part yet."""
    cores = _processes(inventory, workers)
    seen = Seen()
    turns = 0

    def received(result: Worked) -> None:
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
    if cores == 1:
        worker: Worker | None = None
        for chunk in waiting:
            worker = worker or Worker(settings)
            received(worker.work(chunk))
        return
    context = get_context("forkserver")
    with ProcessPoolExecutor(cores, mp_context=context, initializer=start, initargs=(settings,)) as pool:
        flying: deque[Future[Worked]] = deque()
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
