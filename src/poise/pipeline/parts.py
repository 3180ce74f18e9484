"""Pieces of a run on disk: written whole or not at all, so that a run can stop anywhere and go on.

A run works in ``OUT/.run``; each chunk's tables stand in a folder of their own that appears under its final name
only when it is complete. The finished tables replace those of an earlier run in one move.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.model import REJECTS, InputRead, Schema, empty
from poise.reading.seen import repeated_rejects

__all__ = ["Part", "Parts", "Unfinished"]

WORK: Final = ".run"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one chunk gave, without its rows."""

    number: int
    rows: dict[str, int]
    inputs: list[InputRead]
    languages: dict[str, int]
    channels: dict[str, int]
    purposes: dict[str, int]
    first: str | None = None
    last: str | None = None
    seconds: dict[str, float] = msgspec.field(default_factory=dict)
    clock: bool = False  # whether any turn has an instant


class Unfinished(Exception):  # noqa: N818 (a state, not a fault)
    """An earlier run into the same folder was interrupted, or was another run."""


class Parts:
    """The working folder of one run.

    Parameters
    ----------
    out
        Folder of the results.
    fingerprint
        Equal for runs that would give the same result.
    """

    def __init__(self, out: Path, fingerprint: str) -> None:
        self.out = out
        self.folder = out / WORK
        self.fingerprint = fingerprint

    def open(self, *, resume: bool | None) -> int:
        """Prepare the folder; return how many parts of an interrupted run are kept.

        Parameters
        ----------
        resume
            True: go on where the same run stopped. False: start clean. None: start, unless one was interrupted.

        Raises
        ------
        Unfinished
            Where an interrupted run is there and nobody said what to do with it, or where it was a different run.
        """
        state = self.folder / "fingerprint"
        there = state.is_file()
        same = there and state.read_text(encoding="utf-8") == self.fingerprint
        if there and resume is None:
            raise Unfinished(
                f"{self.out} holds an interrupted run: go on with --resume, or start clean with --fresh"
                if same
                else f"{self.out} holds an interrupted run of other input or settings: start clean with --fresh"
            )
        if there and resume and not same:
            raise Unfinished(f"the interrupted run in {self.out} had other input or settings: start clean with --fresh")
        if not (there and resume):
            shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "parts").mkdir(parents=True, exist_ok=True)
        for half in (self.folder / "parts").glob("*.half"):
            shutil.rmtree(half)
        state.write_text(self.fingerprint, encoding="utf-8")
        return len(list(self.done()))

    def done(self) -> Iterator[Path]:
        """Yield the folders of complete parts, in order."""
        yield from sorted(path for path in (self.folder / "parts").iterdir() if path.suffix == "")

    def has(self, number: int) -> bool:
        """Tell whether a part is complete."""
        return self._place(number).is_dir()

    def _place(self, number: int) -> Path:
        return self.folder / "parts" / f"{number:08d}"

    def write(self, part: Part, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write one part; it appears only when it is whole."""
        place = self._place(part.number)
        half = place.with_suffix(".half")
        half.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            if len(table):
                table.write_ipc(half / f"{name}.arrow", compression="uncompressed")
        (half / "part.json").write_bytes(msgspec.json.encode(part))
        half.rename(place)

    def summaries(self) -> Iterator[Part]:
        """Yield what each part gave, in order."""
        for place in self.done():
            yield msgspec.json.decode((place / "part.json").read_bytes(), type=Part)

    def scan(self, name: str, schema: Schema) -> pl.LazyFrame:
        """Return one table over all parts, in the order of reading."""
        files = [file for place in self.done() if (file := place / f"{name}.arrow").is_file()]
        if not files:
            return pl.LazyFrame(schema=dict(schema))
        return pl.scan_ipc(files)

    def rejects_of(self, number: int) -> pl.DataFrame:
        """Return what one part refused."""
        file = self._place(number) / "rejects.arrow"
        return pl.read_ipc(file) if file.is_file() else empty(REJECTS)

    def refuse_repeated(self, number: int, repeated: NDArray[np.bool_]) -> None:
        """Take conversations out of a part because their ids came before, and name them among its rejects.

        Parameters
        ----------
        repeated
            For each conversation of the part, in order.
        """
        place = self._place(number)
        conversations = pl.read_ipc(place / "conversations.arrow")
        again = conversations.filter(pl.Series(repeated))
        ids = again["conversation"].implode()
        rows: dict[str, int] = {}
        for file in place.glob("*.arrow"):
            table = pl.read_ipc(file)
            if "conversation" in table.columns:
                table = table.filter(~pl.col("conversation").is_in(ids))
                table.write_ipc(file, compression="uncompressed")
            rows[file.stem] = len(table)
        refused = pl.concat([self.rejects_of(number), repeated_rejects(again)])
        refused.write_ipc(place / "rejects.arrow", compression="uncompressed")
        part = msgspec.json.decode((place / "part.json").read_bytes(), type=Part)
        rows = {**part.rows, **rows, "rejects": len(refused)}
        (place / "part.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(part, rows=rows)))

    def publish(self, names: list[str]) -> None:
        """Move finished files from the working folder into the results, then drop the working folder."""
        finished = self.folder / "finished"
        for name in names:
            (finished / name).replace(self.out / name)
        shutil.rmtree(self.folder)

    @property
    def finished(self) -> Path:
        """Folder for finished files before they are published."""
        folder = self.folder / "finished"
        folder.mkdir(exist_ok=True)
        return folder
