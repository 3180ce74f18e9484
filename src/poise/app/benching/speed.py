"""How fast the app is at a size: pages under people's clicks, queries of each page, and an import."""

from __future__ import annotations

import gzip
import json
import os
import random
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from poise.app.access import Role
from poise.app.benching.filling import fill
from poise.app.benching.pages import Page, pages, somebody
from poise.app.benching.processes import Server, Visitor, start_worker
from poise.app.demonstration.accounts import readers
from poise.app.importing.files import keep
from poise.app.importing.models import Import
from poise.app.importing.preview import ask
from poise.app.work.models import Job
from poise.validation.sample import paths

__all__ = ["measure"]

_WEB: Final = 2
"""Processes that serve pages, as many as ``poise serve`` starts."""
_HIRING: Final = (Role.HIRING_MANAGER, Role.INTERVIEWER, Role.CANDIDATE)
"""Roles whose pages are about the hiring round that the demo makes, with the demo's people in it."""
_OFTEN: Final = ("people", "person", "conversation", "conversations", "contests", "landing")
"""Pages that are clicked five times as often as the others."""


def measure(
    *,
    people: int,
    conversations: int,
    imported: int,
    users: int,
    pause_s: float,
    seconds: float,
    workers: int,
    seed: int = 1,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Fill the database, then measure: yields what has just been done, and all figures so far.

    Times are in milliseconds as a browser on the same machine sees them.
    """
    began = time.monotonic()
    size = fill(people, conversations, turns_each=20.0 if conversations else 0.0, seed=seed)
    filled = time.monotonic()
    known = readers()
    every = pages({role: known[role] for role in _HIRING})
    figures: dict[str, Any] = {
        "database": connection.vendor,
        "cores": os.cpu_count(),
        "rows": size,
        "filling_s": round(filled - began),
        "users": users,
        "pause_s": pause_s,
        "queries": {page.name: _queries(page) for page in every},
    }
    yield "database filled, queries counted", figures
    if seconds:
        figures["pages"] = _clicks(every, users, pause_s, seconds, seed)
        yield "pages clicked", figures
    if imported:
        figures["import"] = _import(imported, workers)
        yield "conversations imported", figures


def _queries(page: Page) -> list[int]:
    """Return how many queries the page takes, for each of three subjects."""
    client = Client()
    client.force_login(page.reader)
    counts = []
    for number in range(3):
        with CaptureQueriesContext(connection) as caught:
            client.get(page.fill(random.Random(number)), headers={"host": "localhost"})
        counts.append(len(caught))
    return counts


def _clicks(every: list[Page], users: int, pause_s: float, seconds: float, seed: int) -> dict[str, dict[str, float]]:
    took: dict[str, list[float]] = defaultdict(list)
    failed: dict[str, int] = defaultdict(int)
    lock = threading.Lock()
    weights = [5 if page.name.split("?")[0] in _OFTEN else 1 for page in every]
    server = Server(_WEB)
    try:
        server.await_answer()
        everybody = {page.reader.pk: page.reader for page in every}
        anybody = {somebody(page.role).pk: page.role for page in every}  # these have as many doubles as users click
        sessions = [
            {
                key: Visitor(server.port, somebody(anybody[key], number) if key in anybody else reader)
                for key, reader in everybody.items()
            }
            for number in range(users)
        ]
        for page in every * (2 * _WEB):  # the first look of each page compiles its templates, once in each process
            sessions[0][page.reader.pk].get(page.fill(random.Random(0)))
        until = time.monotonic() + seconds

        def click(number: int) -> None:
            dice = random.Random(seed * 1_000 + number)
            time.sleep(dice.uniform(0, pause_s))
            while time.monotonic() < until:
                page = dice.choices(every, weights)[0]
                answer = sessions[number][page.reader.pk].get(page.fill(dice))
                with lock:
                    took[page.name].append(answer.took_s * 1000)
                    failed[page.name] += answer.status not in (200, 302)
                time.sleep(dice.uniform(0, 2 * pause_s))

        threads = [threading.Thread(target=click, args=[number]) for number in range(users)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        server.stop()
    figures = {name: _summary(times, failed[name]) for name, times in sorted(took.items())}
    return {"all": _summary([one for times in took.values() for one in times], sum(failed.values())), **figures}


def _summary(times: list[float], failed: int) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "clicks": len(ordered),
        "failed": failed,
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
        "most": round(ordered[-1], 1),
    }


def _packed(number: int) -> Iterator[bytes]:
    """Conversations of the sample with ids of their own, packed: unpacked, 100,000 are more than an upload may hold."""
    with gzip.open(paths()[0], "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    for begin in range(0, number, len(lines)):
        chosen = enumerate(lines[: number - begin], begin)
        text = "".join(json.dumps({**line, "id": f"measured-{place}"}) + "\n" for place, line in chosen)
        yield gzip.compress(text.encode(), compresslevel=6)


def _import(number: int, workers: int) -> dict[str, Any]:
    """Hand in a file and let workers read it: from confirmation to the last row, detection included."""
    imported = Import.objects.create(way=Import.Way.UPLOAD, name="measured")
    keep(imported, "measured.jsonl.gz", _packed(number)).save()
    job = ask(imported, confirmed=True)
    processes = [start_worker() for _ in range(workers)]
    try:
        while imported.state not in (Import.State.DONE, Import.State.REFUSED):
            time.sleep(0.5)
            imported.refresh_from_db()
            if Job.objects.filter(state=Job.State.FAILED).exists():
                raise RuntimeError("the import failed")
    finally:
        for process in processes:
            process.kill()
            process.wait()
        connections.close_all()
    job.refresh_from_db()
    assert imported.finished_at and imported.confirmed_at and job.started_at and job.finished_at
    took = (imported.finished_at - imported.confirmed_at).total_seconds()
    return {
        "conversations": imported.new,
        "turns": imported.turns,
        "looking_s": round((job.finished_at - job.started_at).total_seconds(), 1),
        "importing_s": round(took, 1),
        "turns_per_s": round(imported.turns / took),
    }
