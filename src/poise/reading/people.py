"""One agent's several names, and the team: the file given as ``--people``."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from poise.reading.problems import InputError

__all__ = ["PeopleMap"]

_COLUMNS: Final = ("name", "person", "team")
_MERGED: Final = frozenset({"agent", "candidate", "colleague", "interviewer"})


@dataclass(frozen=True, slots=True)
class PeopleMap:
    """Who is who among those whose work is looked at.

    Parameters
    ----------
    persons
        Name, id or e-mail address as a source writes it (case and outer blanks do not matter) -> person.
    teams
        Person -> team.
    file
        Where it was read from.
    """

    persons: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    file: str = ""

    @classmethod
    def load(cls, path: str | Path) -> PeopleMap:
        """Read a CSV file with the columns ``name``, ``person``, ``team``, or a TOML file of ``[[person]]`` tables.

        Raises
        ------
        InputError
            Naming file and line, for a file that cannot be read, an unknown column or key, a missing value, or a name
            or team given twice with different meanings.
        """
        file = Path(path)
        try:
            text = file.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError("not UTF-8", file=str(path), remedy="Save it as UTF-8") from error
        except OSError as error:
            raise InputError(error.strerror or "cannot be read", file=str(path), remedy="Check the path") from error
        rows = _toml_rows(text, str(path)) if file.suffix.lower() == ".toml" else _csv_rows(text, str(path))
        return cls._from_rows(rows, str(path))

    @classmethod
    def _from_rows(cls, rows: Iterable[tuple[int, str, str, str | None]], file: str) -> PeopleMap:
        persons: dict[str, str] = {}
        teams: dict[str, str] = {}
        for line, name, person, team in rows:
            place = f"{file}:{line}"
            for alias in (name, person):
                known = persons.setdefault(_folded(alias), person)
                if known != person:
                    raise InputError(
                        f"{alias!r} stands for both {known!r} and {person!r}",
                        file=place,
                        field="name",
                        remedy="Keep one of the two rows",
                    )
            if team and teams.setdefault(person, team) != team:
                raise InputError(
                    f"{person!r} is in both {teams[person]!r} and {team!r}",
                    file=place,
                    field="team",
                    remedy="Give one team a person",
                )
        if not persons:
            raise InputError("no people in it", file=file, remedy="Give a name and a person in every row")
        return cls(persons=persons, teams=teams, file=file)

    def who(
        self, person: str, name: str | None, role: str, *, email: str | None = None
    ) -> tuple[str, str | None] | None:
        """Return the person and team for someone of a conversation, or None where the file does not name them.

        Customers, bots and systems are never merged, whatever they are called.
        """
        if role not in _MERGED:
            return None
        aliases = (_folded(alias) for alias in (person, email, name) if alias)
        found = next((self.persons[alias] for alias in aliases if alias in self.persons), None)
        return None if found is None else (found, self.teams.get(found))

    def knows(self, label: str) -> bool:
        """Return whether a speaker's label is one of the names in the file."""
        return _folded(label) in self.persons


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _csv_rows(text: str, file: str) -> Iterator[tuple[int, str, str, str | None]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        _check_columns(header, file)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                raise InputError(
                    "more values than columns", file=f"{file}:{reader.line_num}", remedy="Quote the commas"
                )
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            yield _row(row, file, reader.line_num)
    except csv.Error as error:
        raise InputError(str(error), file=f"{file}:{reader.line_num}", remedy="Write plain CSV") from error


def _check_columns(header: list[str], file: str) -> None:
    for column in header:
        if column not in _COLUMNS:
            raise InputError(
                "unknown column", file=f"{file}:1", field=repr(column), remedy=f"Known columns: {', '.join(_COLUMNS)}"
            )
        if header.count(column) > 1:
            raise InputError("column given twice", file=f"{file}:1", field=repr(column), remedy="Keep one")
    for column in _COLUMNS[:2]:
        if column not in header:
            raise InputError("column missing", file=f"{file}:1", field=column, remedy="Add it to the first line")


def _row(row: Mapping[str, str], file: str, line: int) -> tuple[int, str, str, str | None]:
    name, person = row.get("name", ""), row.get("person", "")
    if not name or not person:
        missing = "person" if name else "name"
        raise InputError("empty", file=f"{file}:{line}", field=missing, remedy="Fill it in or take the row out")
    return line, name, person, row.get("team") or None


def _toml_rows(text: str, file: str) -> Iterator[tuple[int, str, str, str | None]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(error), file=file, remedy="Write one [[person]] table a person") from error
    lines = [number for number, line in enumerate(text.split("\n"), 1) if line.strip().startswith("[[person]]")]
    for key in document:
        if key != "person":
            raise InputError("unknown key", file=file, field=key, remedy="Write [[person]] tables only")
    tables = document.get("person", [])
    if not isinstance(tables, list):
        raise InputError("expected [[person]] tables", file=file, field="person", remedy="Write double brackets")
    for index, table in enumerate(tables):
        line = lines[index] if index < len(lines) else 1
        place = f"{file}:{line}"
        if not isinstance(table, dict):
            raise InputError("expected a [[person]] table", file=place, remedy="Write double brackets")
        for key in table:
            if key not in ("person", "team", "aliases"):
                raise InputError("unknown key", file=place, field=key, remedy="Known keys: person, team, aliases")
        person, team, aliases = table.get("person"), table.get("team"), table.get("aliases", [])
        if not isinstance(person, str) or not person.strip():
            raise InputError("missing or not text", file=place, field="person", remedy="Give the person's id or name")
        if team is not None and not isinstance(team, str):
            raise InputError("not text", file=place, field="team", remedy="Give the team's name")
        if not isinstance(aliases, list) or not all(isinstance(alias, str) and alias.strip() for alias in aliases):
            raise InputError("not a list of names", file=place, field="aliases", remedy='Write aliases = ["…", "…"]')
        for alias in [person, *aliases]:
            yield line, alias.strip(), person.strip(), team
