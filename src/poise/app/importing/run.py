"""An import at work: chunk by chunk, each in one transaction that also notes its number."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

import polars as pl
from django.db import connection
from django.utils import timezone

from poise import __version__
from poise.app.importing.batch import Batch, prepare, put_rejects, write
from poise.app.importing.files import drop
from poise.app.importing.models import Chunk, Import, Reject
from poise.app.importing.preview import CHUNK, inventory_of, people_map_of
from poise.app.people.estimating import ask_for_estimates
from poise.app.people.merging import take_in_map
from poise.app.work.running import Running
from poise.model import REJECTS
from poise.reading.chunks import Chunk as Piece
from poise.reading.chunks import chunks
from poise.reading.inventory import Inventory
from poise.reading.parse import parse

__all__ = ["run"]

_LATER: Final = timedelta(minutes=2)
_FIRST: Final = -1
"""Number under which what precedes the chunks is noted."""


def run(running: Running) -> dict[str, Any]:
    """Do a job ``import``. Chunks that are written are passed over, so it goes on where it was killed."""
    imported = Import.objects.get(pk=running.payload["import"])
    if imported.state != Import.State.RUNNING:
        return {"state": imported.state}
    total = (imported.preview or {}).get("conversations")
    running.progress(total=total, message="importing")
    inventory = inventory_of(imported)
    _begin(running, imported, inventory)
    told = imported.preview or {}
    # what was cut otherwise is not what these numbers mean: then all is read again, and found to be here already
    alike = told.get("poise") == __version__
    written = set(Chunk.objects.filter(imported=imported).values_list("number", flat=True)) if alike else set()
    cut = chunks(inventory, size_bytes=told.get("chunk_bytes", CHUNK))
    pieces = (piece for piece in cut if piece.number not in written)
    for number, batch in _ahead(imported, pieces):
        _write(running, imported, number, batch)
        running.progress(done=_done(imported))
    with running.transaction():
        Import.objects.filter(pk=imported.pk, state=Import.State.RUNNING).update(
            state=Import.State.DONE, finished_at=timezone.now()
        )
        ask_for_estimates(_purposes(imported))
    drop(imported)
    imported.refresh_from_db()
    return {name: getattr(imported, name) for name in ("new", "unchanged", "changed", "turns", "rejected")}


def _begin(running: Running, imported: Import, inventory: Inventory) -> None:
    """Note once the files that are left aside, and take in the names that the handed-in file joins."""
    people = people_map_of(imported)
    with running.transaction():
        if Chunk.objects.filter(imported=imported, number=_FIRST).exists():
            return
        Chunk.objects.create(imported=imported, number=_FIRST, conversations=0, turns=0)
        aside = [
            {
                "file": str(one.path),
                "problem": one.why,
                "remedy": "Leave it out, or export it again, if it should hold conversations",
            }
            for one in inventory.skipped
        ]
        refused = put_rejects(pl.DataFrame(aside, schema=dict(REJECTS)), imported, _FIRST)
        Import.objects.filter(pk=imported.pk).update(rejected=refused)
        if people is not None:
            take_in_map(people, set((imported.preview or {}).get("joined", [])), imported)


def _ahead(imported: Import, pieces: Iterator[Piece]) -> Iterator[tuple[int, Batch]]:
    """Yield chunks ready to be written; the next is read and looked through while the caller writes this one."""

    def ready() -> tuple[int, Batch] | None:
        try:
            piece = next(pieces, None)
            if piece is None:
                return None
            tables = parse(piece, roles=imported.roles or None, default_purpose=imported.purpose)
            return piece.number, prepare(tables, imported.origin)
        finally:
            connection.close()

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        following = thread.submit(ready)
        while (made := following.result()) is not None:
            following = thread.submit(ready)
            yield made


def _write(running: Running, imported: Import, number: int, batch: Batch) -> None:
    with running.transaction():
        held = Import.objects.select_for_update().get(pk=imported.pk)
        if held.state != Import.State.RUNNING:
            return
        Chunk.objects.update_or_create(
            imported=imported,
            number=number,
            defaults={
                "conversations": len(batch.tables.conversations) + batch.same,
                "turns": len(batch.tables.turns),
            },
        )
        Reject.objects.filter(imported=imported, chunk=number).delete()
        write(batch, imported, chunk=number, once=True)
        ask_for_estimates({imported.purpose}, after=_LATER)


def _done(imported: Import) -> int:
    counts = Import.objects.filter(pk=imported.pk).values_list("new", "unchanged", "changed").get()
    return sum(counts)


def _purposes(imported: Import) -> set[str]:
    """Return the purposes of what was brought: a file may say another than the import's."""
    return {imported.purpose} | set(imported.conversations.values_list("purpose", flat=True).distinct())
