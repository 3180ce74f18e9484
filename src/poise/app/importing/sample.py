"""The invented team that ships, through the same door as everybody's files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from poise.app.importing.files import keep
from poise.app.importing.models import Import, WatchedFile
from poise.app.importing.preview import ask
from poise.validation.sample import paths, people_path

__all__ = ["NAME", "hand_in"]

NAME = "Invented sample"
_CONTENT = "sample"


def hand_in() -> Import:
    """Ask for the sample's import; where it was asked for before, return that one."""
    with transaction.atomic():
        WatchedFile.objects.bulk_create([WatchedFile(content=_CONTENT, name=NAME)], ignore_conflicts=True)
        seen = WatchedFile.objects.select_for_update().get(content=_CONTENT)
        if seen.imported is not None and seen.imported.state != Import.State.UNDONE:
            return seen.imported
        imported = Import.objects.create(way=Import.Way.SAMPLE, name=NAME)
        for path in paths():
            keep(imported, path.name, _pieces(path)).save()
        keep(imported, people_path().name, _pieces(people_path()), kind="people").save()
        seen.imported = imported
        seen.save(update_fields=["imported"])
        ask(imported, confirmed=True)
    return imported


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(1 << 20), b"")
