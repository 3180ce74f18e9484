"""A results folder as tables: what a run wrote, read back lazily.

A table is ``NAME.parquet`` or a folder ``NAME`` of Parquet parts; one that is absent is empty, because a run without
(say) transfers has nothing to write. Only ``run.json`` is required.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from poise import model
from poise.reports.errors import ReportError, close_matches

__all__ = ["TABLES", "Results", "Shortage", "read"]

TABLES: Final[dict[str, model.Schema]] = {
    "conversations": model.CONVERSATIONS,
    "people": model.PEOPLE,
    "turns": model.TURNS,
    "events": model.EVENTS,
    "hits": model.HITS,
    "opportunities": model.OPPORTUNITIES,
    "signals": model.SIGNALS,
    "evidence": model.EVIDENCE,
    "rates": model.RATES,
    "estimates": model.ESTIMATES,
    "contributions": model.CONTRIBUTIONS,
    "changes": model.CHANGES,
}


@dataclass(frozen=True, slots=True)
class Shortage:
    """Something that conversations did not have, and what could not be seen for want of it."""

    need: str  # ``schema.Need``
    behaviours: tuple[str, ...]
    conversations: int  # without it, at most


@dataclass(frozen=True)
class Results:
    """One run's folder."""

    folder: Path
    run: model.RunInfo

    def scan(self, name: str) -> pl.LazyFrame:
        """Return table ``name`` with all the columns of its schema; missing ones are null.

        Raises
        ------
        ReportError
            If the file is there but is no Parquet.
        """
        schema = TABLES[name]
        file, parts = self.folder / f"{name}.parquet", self.folder / name
        source: Path | Sequence[Path]
        if file.is_file():
            source = file
        elif parts.is_dir() and (found := sorted(parts.glob("*.parquet"))):
            source = found
        else:
            return pl.LazyFrame(schema=dict(schema))
        try:
            frame = pl.scan_parquet(source)
            present = frame.collect_schema()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ReportError(f"{source} cannot be read", remedy=f"run poise analyze again ({error})") from error
        return frame.select(
            pl.col(column).cast(kind) if column in present else pl.lit(None, dtype=kind).alias(column)
            for column, kind in schema.items()
        )

    @cached_property
    def estimates(self) -> pl.DataFrame:
        """All estimates from conversations."""
        return self.scan("estimates").collect()

    @cached_property
    def names(self) -> dict[str, str]:
        """Display name by person: the one they are called most often."""
        table = self.scan("people").filter(pl.col("person").is_not_null(), pl.col("role").is_in(model.ASSESSED))
        called = table.group_by("person", "name").len().sort("len", "name", descending=[True, False], nulls_last=True)
        named = called.group_by("person", maintain_order=True).agg(pl.col("name").drop_nulls().first()).collect()
        return {person: name or person for person, name in named.iter_rows()}

    @cached_property
    def teams(self) -> dict[str, str]:
        """Team by person, where one is known."""
        table = self.scan("people").filter(pl.col("team").is_not_null(), pl.col("role").is_in(model.ASSESSED))
        found = table.group_by("person").agg(pl.col("team").sort().first()).collect()
        return dict(found.iter_rows())

    @cached_property
    def people(self) -> list[str]:
        """Everyone with a page, by id."""
        return sorted(self.estimates["person"].drop_nulls().unique().to_list())

    @cached_property
    def shortages(self) -> list[Shortage]:
        """What the input lacked: first what other exports would have, by conversations; last what none can have."""
        found: dict[str, tuple[set[str], int]] = {}
        for gap in self.run.gaps:
            for need in gap.needs if gap.conversations_without > 0 else ():
                behaviours, most = found.get(need, (set(), 0))
                found[need] = (behaviours | {gap.behaviour}, max(most, gap.conversations_without))
        shortages = [Shortage(need, tuple(sorted(names)), most) for need, (names, most) in found.items()]
        return sorted(
            shortages,
            key=lambda shortage: (shortage.need in ("human", "shift"), -shortage.conversations, shortage.need),
        )

    def name(self, person: str) -> str:
        """Return the display name of ``person``."""
        return self.names.get(person, person)

    def find_person(self, asked: str) -> str:
        """Return the id of the person with the id or name ``asked``, whatever the case.

        Raises
        ------
        ReportError
            If there is none, with the closest names; or if several people have that name.
        """
        if asked in self.people:
            return asked
        wanted = asked.casefold()
        found = [person for person in self.people if wanted in (person.casefold(), self.name(person).casefold())]
        if len(found) == 1:
            return found[0]
        if found:
            raise ReportError(f"several people are called {asked!r}", remedy=f"give the id: {', '.join(found)}")
        close = close_matches(asked, [*self.people, *(self.name(person) for person in self.people)])
        raise ReportError(
            f"nobody in {self.folder} is called {asked!r}",
            remedy=f"did you mean {', '.join(close)}?" if close else "poise analyze prints the people it found",
        )


def read(folder: Path) -> Results:
    """Open the results folder ``folder``.

    Raises
    ------
    ReportError
        If it is not one, or its ``run.json`` is damaged.
    """
    path = Path(folder) / "run.json"
    if not path.is_file():
        raise ReportError(
            f"{folder} holds no run.json", remedy="give the folder that poise analyze --out wrote, after it finished"
        )
    try:
        run = msgspec.json.decode(path.read_bytes(), type=model.RunInfo)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReportError(f"{path} is damaged ({error})", remedy="run poise analyze again") from error
    return Results(Path(folder), run)
