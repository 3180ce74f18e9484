"""What an import would read, before anything of it is kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path, PurePath
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from poise import __version__
from poise.app import home
from poise.app.audit.erasing import refuse_erased
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.audit.notices import is_lacking
from poise.app.conversations.storing import known, refuse_ids
from poise.app.importing.files import Unfit, drop, folder_of, unfit
from poise.app.importing.models import Import
from poise.app.people.recognising import known_people
from poise.app.work.jobs import enqueue
from poise.app.work.models import Job
from poise.app.work.running import Running
from poise.model import Tables
from poise.reading.inventory import Inventory, find
from poise.reading.masking import mask
from poise.reading.people import PeopleMap
from poise.reading.problems import InputError
from poise.reading.summary import DryRun, dry_run

__all__ = ["CHUNK", "NotToldError", "ask", "awaits_notice", "confirm", "inventory_of", "look", "people_map_of"]

CHUNK: Final = home.whole_number("POISE_CHUNK_KB", 2048) << 10
"""Bytes of one chunk of an import: some seconds of work, the most that a crash costs."""
_AGENTS: Final = 500
_REJECTS: Final = 50


class NotToldError(Exception):
    """An import of people's work, and nobody has noted yet that they were told."""


def awaits_notice(imported: Import) -> bool:
    """Whether an import may not start before people are told. The invented sample tells of nobody."""
    return imported.way != Import.Way.SAMPLE and is_lacking(imported.purpose)


def ask(imported: Import, *, confirmed: bool = False) -> Job:
    """Have an import looked at; with ``confirmed`` it runs when it can be read and people were told."""
    return enqueue(
        "preview",
        {"import": imported.pk, "confirmed": confirmed},
        key=f"preview:{imported.pk}",
        by=imported.created_by,
    )


def confirm(imported: Import) -> Job | None:
    """Start a previewed import; None where it is not waiting for that. The same call again gives the same job.

    Raises
    ------
    NotToldError
        Where :func:`awaits_notice`.
    """
    with transaction.atomic():
        if awaits_notice(imported):
            raise NotToldError
        started = Import.objects.filter(pk=imported.pk, state=Import.State.PREVIEWED).update(
            state=Import.State.RUNNING, confirmed_at=timezone.now()
        )
        if not started and not Job.objects.filter(key=f"import:{imported.pk}").exists():
            return None
        if started:
            record(Action.IMPORTED, imported, purpose=imported.purpose, way=imported.way)
        return enqueue("import", {"import": imported.pk}, key=f"import:{imported.pk}", by=imported.created_by)


def inventory_of(imported: Import) -> Inventory:
    """Return what there is to read.

    Raises
    ------
    InputError
        Where there is nothing.
    """
    return find([folder_of(imported)], format=imported.format or None)


def people_map_of(imported: Import) -> PeopleMap | None:
    """Return the file that merges names, where one was handed in.

    Raises
    ------
    InputError
        For a file that cannot be used.
    """
    folder = folder_of(imported, "people")
    file = next(iter(sorted(folder.iterdir())), None) if folder.is_dir() else None
    return None if file is None else PeopleMap.load(file)


def look(running: Running) -> dict[str, Any]:
    """Do a job ``preview``: read all files once, keep counts only, and say what would be read."""
    imported = Import.objects.get(pk=running.payload["import"])
    if imported.state != Import.State.PREVIEWING:
        return {"state": imported.state}
    running.progress(message="looking")
    folder = folder_of(imported)
    try:
        for path in sorted(folder.iterdir()):
            for size in unfit(path):
                if size % (256 << 20) == 0:
                    running.progress()
        people = people_map_of(imported)
        inventory = inventory_of(imported)
        here = _Here(imported.origin)
        found = dry_run(inventory, roles=imported.roles or None, default_purpose=imported.purpose, look=here.admit)
        if not found.conversations:
            raise InputError("no conversation could be read", remedy=_first_remedy(found))
    except (InputError, Unfit) as error:
        with running.transaction():
            Import.objects.filter(pk=imported.pk).update(
                state=Import.State.REFUSED, problem=_plain(_said(error), folder.parent), finished_at=timezone.now()
            )
        drop(imported)
        return {"state": Import.State.REFUSED}
    told = _told(found, people) | {"here": here.conversations}
    with running.transaction():
        Import.objects.filter(pk=imported.pk, state=Import.State.PREVIEWING).update(
            state=Import.State.PREVIEWED, preview=told
        )
        if running.payload.get("confirmed") and not awaits_notice(imported):
            confirm(imported)
    return {"state": Import.State.PREVIEWED}


class _Here:
    """Refuses what the import would refuse, and counts the conversations that are here already, by their ids.

    Whether they say the same shows on importing.
    """

    def __init__(self, origin: str) -> None:
        self.conversations = 0
        self._origin = origin

    def admit(self, tables: Tables) -> Tables:
        """Return what is left of a chunk."""
        tables = refuse_erased(refuse_ids(tables))
        self.conversations += len(known(tables.conversations["conversation"].to_list(), self._origin))
        return tables


def _first_remedy(found: DryRun) -> str:
    if not len(found.rejects):
        return "Hand in files that hold conversations"
    first = found.rejects.row(0, named=True)
    place = [PurePath(first["file"]).name, f"line {first['line']}", first["field"]]
    return f"{', '.join(part for part in place if part)}: {first['problem']}. {first['remedy']}"


def _said(error: InputError | Unfit) -> str:
    """Return an error in words for a page, which has no option ``inputs`` and no need of the server's list of files."""
    if isinstance(error, InputError) and error.field == "inputs":
        return f"{error.problem[:1].upper()}{error.problem[1:]}. {error.remedy}"
    return str(error)


def _plain(message: str, folder: Path) -> str:
    """Take the server's folders out of a message."""
    for place in (*sorted(folder.iterdir(), reverse=True), folder):
        message = message.replace(f"{place}/", "").replace(str(place), "")
    return message


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _told(found: DryRun, people: PeopleMap | None) -> dict[str, Any]:
    agents = found.agents
    known = known_people(agents.filter("named").unique("person").select("person", "name", "team"))
    rejects = found.rejects.head(_REJECTS)
    return {
        "poise": __version__,
        "chunk_bytes": CHUNK,
        "joined": sorted({_meant(people, row) for row in agents.iter_rows(named=True)} - {""}),
        "files": dict(found.files),
        "skipped": [{"file": one.path.name, "why": _plain_why(one.why, one.path)} for one in found.skipped],
        "conversations": found.conversations,
        "turns": found.turns,
        "events": found.events,
        "words": found.words,
        "first": _iso(found.first),
        "last": _iso(found.last),
        "people": len(agents),
        "agents": [
            {
                "person": row["person"],
                "name": row["name"] or row["person"],
                "team": row["team"] or "",
                "role": row["role"],
                "named": row["named"],
                "known": known[row["person"]].name if row["person"] in known else "",
                "becomes": _meant(people, row),
                "conversations": row["conversations"],
                "turns": row["turns"],
                "first": _iso(row["first"]),
                "last": _iso(row["last"]),
            }
            for row in agents.head(_AGENTS).to_dicts()
        ],
        "languages": dict(found.languages),
        "channels": dict(found.channels),
        "fields": dict(found.fields),
        "mapping": {PurePath(file).name: dict(columns) for file, columns in found.mapping.items()},
        "rejects": [
            {**row, "file": PurePath(row["file"] or "").name}
            for row in rejects.with_columns(record=mask(rejects["record"].fill_null(""))).to_dicts()
        ],
        "rejected": found.rejected,
    }


def _plain_why(why: str, path: Path) -> str:
    return why.replace(str(path), path.name).replace(f"{path.parent}/", "")


def _meant(people: PeopleMap | None, row: dict[str, Any]) -> str:
    """Return the person that the handed-in file of names makes of somebody; empty where it does not know them."""
    merged = None if people is None else people.who(row["person"], row["name"], row["role"])
    return "" if merged is None else merged[0]
