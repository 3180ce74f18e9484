"""Ratings of a panel from CSV: who rated whom on what, and when.

Columns ``person``, ``rater``, ``item``, ``rating``, and where known ``at``, ``situation`` and ``group``; others are
left alone. Separated by commas, semicolons or tabs, as spreadsheets of different countries write them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, TextIO

import polars as pl

from poise.model import INSTANT, Schema, empty
from poise.reading.instants import REMEDY, instants
from poise.reading.problems import InputError, Reject, preview, rejects_table

__all__ = ["MOST_CATEGORIES", "RATINGS", "RatingsRead", "read_ratings"]

RATINGS: Final[Schema] = {
    "person": pl.String,
    "rater": pl.String,
    "item": pl.String,
    "rating": pl.Float64,
    "at": INSTANT,  # null where unknown
    "situation": pl.String,  # null where there is no such column
    "group": pl.String,  # of the person, for rater x group bias; null where there is no such column
    "line": pl.Int64,  # 1-based line of the file
}
REQUIRED: Final = ("person", "rater", "item", "rating")
OPTIONAL: Final = ("at", "situation", "group")
MOST_CATEGORIES: Final = 15
"""Distinct ratings beyond which a column is no rating scale."""

_NAME_LIMIT = 200
_CHUNK = 100_000


class RatingsRead(NamedTuple):
    """Ratings of :data:`RATINGS`, and refused rows of :data:`poise.model.REJECTS`."""

    table: pl.DataFrame
    rejects: pl.DataFrame


def read_ratings(path: Path) -> RatingsRead:
    """Read ratings from the CSV file ``path``.

    A row is refused, with line, field and remedy, where a name is missing or too long, the rating is no number, the
    time is none, cells are missing or too many, or the same rater rated the same person on the same item (situation,
    time) before. Equal instants and unknown ones count as the same time.

    Raises
    ------
    InputError
        If the file is no UTF-8 text, a required column is missing or doubled, or there are more distinct ratings
        than a scale has.
    """
    source = Path(path)
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows, ragged = _rows(file, source)
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", file=str(source), remedy="Save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise InputError(f"no CSV ({error})", file=str(source), remedy="Save it as CSV again") from error
    return _checked(rows, ragged, source)


def _rows(file: TextIO, source: Path) -> tuple[pl.DataFrame, list[Reject]]:
    first = file.readline()
    file.seek(0)
    separator = max(",;\t", key=first.count)
    reader = csv.reader(file, delimiter=separator, strict=True)
    header = [name.strip().casefold() for name in next(reader, [])]
    for name in REQUIRED:
        if name not in header:
            wanted = f"{', '.join(REQUIRED)} and, where known, {', '.join(OPTIONAL)}"
            remedy = f"The first line names the columns {wanted}"
            raise InputError("column is missing", file=str(source), field=name, remedy=remedy)
    for name in (*REQUIRED, *OPTIONAL):
        if header.count(name) > 1:
            raise InputError("column stands twice", file=str(source), field=name, remedy="Keep one of them")
    ragged: list[Reject] = []
    places = {name: header.index(name) for name in (*REQUIRED, *OPTIONAL) if name in header}
    strings: Schema = {name: pl.Int64 if name == "line" else pl.String for name in RATINGS}
    parts = [empty(strings)]
    for chunk in _chunks(_even(reader, len(header), source, separator, ragged)):
        columns = [pl.Series(name, [row[place] for _, row in chunk], dtype=pl.String) for name, place in places.items()]
        known = pl.DataFrame([*columns, pl.Series("line", [line for line, _ in chunk], dtype=pl.Int64)])
        absent = [pl.lit(None, dtype=pl.String).alias(name) for name in OPTIONAL if name not in places]
        parts.append(known.with_columns(absent).select(parts[0].columns))
    table = pl.concat(parts)
    if separator == ";":  # where semicolons separate, commas are decimal points
        table = table.with_columns(pl.col("rating").str.replace(",", ".", literal=True))
    return table, ragged


def _even(
    reader: Iterator[list[str]], width: int, source: Path, separator: str, ragged: list[Reject]
) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with their lines; blank ones are passed over, uneven ones refused."""
    for row in reader:
        line = reader.line_num  # type: ignore[attr-defined]
        if len(row) == width:
            yield line, row
        elif any(cell.strip() for cell in row):
            problem = f"{len(row)} cells where the first line has {width}"
            remedy = "Put cells that contain the separator between double quotes"
            ragged.append(Reject(str(source), line, "", problem, remedy, preview(separator.join(row))))


def _chunks(rows: Iterator[tuple[int, list[str]]]) -> Iterator[list[tuple[int, list[str]]]]:
    chunk: list[tuple[int, list[str]]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _checked(rows: pl.DataFrame, ragged: list[Reject], source: Path) -> RatingsRead:
    names = [name for name in RATINGS if name not in ("rating", "at", "line")]
    table = rows.with_columns(pl.col(*names, "rating", "at").str.strip_chars().replace("", None))
    number = table["rating"].cast(pl.Float64, strict=False)
    at, no_time = instants(table["at"], pl.Series([None], dtype=pl.Float64).new_from_index(0, table.height))
    problems = [
        *((name, table[name].is_null(), f"no {name}", f"Name the {name}") for name in ("person", "rater", "item")),
        *(
            (name, table[name].str.len_chars() > _NAME_LIMIT, "too long", f"Use up to {_NAME_LIMIT} characters")
            for name in names
        ),
        (
            "rating",
            number.is_null() | ~number.is_finite().fill_null(False),
            "no number",
            "Write the rating as a number, and leave the row out where nothing was rated",
        ),
        ("at", no_time, "no time", REMEDY),
    ]
    refused = pl.Series([False], dtype=pl.Boolean).new_from_index(0, table.height)
    found = list(ragged)

    def refuse(field: str, where: pl.Series, problem: str, remedy: str) -> pl.Series:
        new = (where.fill_null(False) & ~refused).alias("new")
        for row in rows.filter(new).iter_rows(named=True):
            record = ",".join(row[name] or "" for name in (*REQUIRED, *OPTIONAL))
            found.append(Reject(str(source), row["line"], field, problem, remedy, preview(record)))
        return refused | new

    for problem in problems:
        refused = refuse(*problem)
    # a row that was refused is no first rating
    cell = table.with_columns(at=at, refused=refused, twin=pl.when(refused).then(pl.col("line")))
    again = (
        ~cell.select(pl.struct("person", "rater", "item", "situation", "at", "twin")).to_series().is_first_distinct()
    )
    already = "this rater has rated this person on this item already"
    refused = refuse("rating", again, already, "Keep one of the rows, or tell them apart by at or situation")
    kept = table.with_columns(rating=number, at=at).filter(~refused).select(*RATINGS)
    distinct = kept["rating"].n_unique()
    if distinct > MOST_CATEGORIES:
        raise InputError(
            f"{distinct} different ratings",
            file=str(source),
            field="rating",
            remedy=f"A scale has up to {MOST_CATEGORIES} levels: round the ratings to the levels that raters saw",
        )
    return RatingsRead(kept, rejects_table(sorted(found, key=lambda reject: (reject.line, reject.field))))
