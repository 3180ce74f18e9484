"""The watched folder: every file that is put there is imported once, told by its content."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction

from poise.app.importing.files import Unfit, digest_of, drop, keep
from poise.app.importing.models import Import, WatchedFile
from poise.app.importing.preview import ask
from poise.app.work.pace import Pace

__all__ = ["look", "look_when_due", "watched"]

_SETTLED_S: Final = 5.0
"""Seconds for which a file must not have changed: who copies it may not be done."""

log = logging.getLogger(__name__)
_pace: Final = Pace(10.0)
_digests: dict[tuple[str, int, int], str] = {}


def watched() -> Path | None:
    """Return the folder that is watched (``POISE_WATCH``); None where none is."""
    given = os.environ.get("POISE_WATCH")
    return Path(given) if given else None


def look_when_due() -> None:
    """Look at the watched folder, every ten seconds at most."""
    folder = watched()
    if folder is not None and _pace.due():
        look(folder)


def look(folder: Path, *, settled_s: float = _SETTLED_S) -> list[Import]:
    """Import the files of ``folder`` that were not imported before; files stay where they are."""
    taken = []
    for path, size, changed in _files(folder):
        if time.time() - changed / 1e9 < settled_s:
            continue
        place = (str(path), size, changed)
        try:
            content = _digests.get(place) or digest_of(path)
        except OSError as error:
            log.warning("the watched file %s cannot be read: %s", path.name, error)
            continue
        _digests[place] = content
        if not WatchedFile.objects.filter(content=content).exists():
            imported = _take(path, content)
            if imported is not None:
                taken.append(imported)
    return taken


def _files(folder: Path) -> Iterator[tuple[Path, int, int]]:
    if not folder.is_dir():
        log.warning("the watched folder %s is not there", folder)
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        status = path.stat()
        if status.st_size:
            yield path, status.st_size, status.st_mtime_ns


def _take(path: Path, content: str) -> Import | None:
    """Note the content and ask for its import, both or neither; None where another worker was first."""
    imported = None
    try:
        with transaction.atomic():
            imported = Import.objects.create(
                way=Import.Way.FOLDER,
                name=path.name[:300],
                purpose=os.environ.get("POISE_WATCH_PURPOSE", "coaching"),
                origin=os.environ.get("POISE_WATCH_ORIGIN", "")[:100],
            )
            WatchedFile.objects.create(content=content, name=path.name[:300], imported=imported)
            try:
                with path.open("rb") as file:
                    keep(imported, path.name, iter(lambda: file.read(1 << 20), b"")).save()
            except (Unfit, OSError) as error:
                Import.objects.filter(pk=imported.pk).update(state=Import.State.REFUSED, problem=str(error))
                drop(imported)
            else:
                ask(imported, confirmed=True)
    except IntegrityError:
        if imported is not None:
            drop(imported)
        return None
    return imported
