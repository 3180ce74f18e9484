"""Tables of one turn a row (CSV and Parquet) into columns."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import polars as pl

from poise.model import ROLES
from poise.reading.chunks import NOT_UTF8, Chunk
from poise.reading.problems import Reject, preview
from poise.reading.recognise import table_columns
from poise.reading.unchecked import Columns
from poise.reading.where import Where

__all__ = ["LINE", "columns_of_rows"]

LINE: Final = "\ufdd0line"
_BLANK: Final = Columns()
_YES: Final = ("true", "1", "1.0", "yes", "y", "ja", "כן")
_NO: Final = ("false", "0", "0.0", "no", "n", "nei", "לא")
_HERE: Final = ("channel", "language", "topic", "queue", "customer", "purpose")


def columns_of_rows(chunk: Chunk, where: Where) -> Columns:
    """Return the columns of a chunk of CSV or Parquet rows.

    Rows of a conversation are ordered by the column ``turn``, else by ``at`` where every row has one, else as they
    stand. What a row says about the conversation is taken from the first row that says it.
    """
    rejects: list[Reject] = []
    wrong: dict[int, tuple[str, str]] = {}
    if chunk.format == "parquet":
        table = pl.read_ipc_stream(io.BytesIO(chunk.payload))
        mapping = table_columns([name for name in table.columns if name != LINE])
    else:
        table, wrong = _cells(chunk)
        mapping = table_columns(chunk.header)
    for field in ("conversation", "text"):
        if field not in mapping:
            remedy = "Name the columns as documented"
            rejects.append(Reject(chunk.file, 1, field, "no such column", remedy, preview(", ".join(chunk.header))))
            return Columns(rejects=rejects)
    ids = table[mapping["conversation"]].cast(pl.String)
    blank = ids.is_null() | (ids.str.strip_chars() == "")
    for row in blank.arg_true():
        problem, remedy = "empty", "Give every row the id of its conversation"
        rejects.append(Reject(chunk.file, int(table[LINE][row]), "conversation", problem, remedy, ""))
    table = table.filter(~blank)
    ids = ids.filter(~blank)
    if table.is_empty():
        return Columns(rejects=rejects)
    return _Rows(table, mapping, ids, chunk.file, where, rejects, wrong).columns()


def _cells(chunk: Chunk) -> tuple[pl.DataFrame, dict[int, tuple[str, str]]]:
    """Decode the cells, and say which lines are wrong: of another length, or no UTF-8."""
    rows = msgspec.json.decode(b"[" + b",".join(chunk.payload.split(b"\n")) + b"]", type=list[tuple[int, list[str]]])
    width = len(chunk.header)
    good: list[tuple[int, list[str]]] = []
    wrong: dict[int, tuple[str, str]] = {}
    for line, cells in rows:
        if cells and cells[0].endswith(NOT_UTF8):
            wrong[line] = ("not UTF-8", "Save the file as UTF-8")
            cells = [cell.removesuffix(NOT_UTF8) for cell in cells]
        if len(cells) != width:
            remedy = "Put quotes around values that hold the delimiter or line breaks"
            wrong[line] = (f"{len(cells)} values for {width} columns", remedy)
            cells = [*cells[:width], *[""] * (width - len(cells))]
        good.append((line, cells))
    names = [name if chunk.header.index(name) == at else f"{name} ({at + 1})" for at, name in enumerate(chunk.header)]
    columns = zip(*(cells for _, cells in good), strict=True) if good else [()] * width
    data: dict[str, Any] = {
        name: pl.Series(name, column, dtype=pl.String) for name, column in zip(names, columns, strict=True)
    }
    data[LINE] = pl.Series(LINE, [line for line, _ in good], dtype=pl.Int64)
    return pl.DataFrame(data), wrong


class _Rows:
    """One table on its way to columns."""

    def __init__(
        self,
        table: pl.DataFrame,
        mapping: Mapping[str, str],
        ids: pl.Series,
        file: str,
        where: Where,
        rejects: list[Reject],
        wrong: Mapping[int, tuple[str, str]],
    ) -> None:
        self.table, self.mapping, self.file, self.where, self.rejects = table, mapping, file, where, rejects
        self.count = len(table)
        self.c = ids.rle_id().cast(pl.UInt32).alias("c")
        self.ids = ids
        self.refused: dict[int, tuple[str, str, str, int | None]] = {}
        if wrong:  # a conversation that lacks one of its rows would be judged by what is left
            for row, line in enumerate(table[LINE]):
                if line in wrong:
                    self.refused.setdefault(int(self.c[row]), ("", *wrong[line], line))

    def columns(self) -> Columns:
        at, at_s = self._moment("at")
        turns = pl.DataFrame(
            [
                self.c,
                *self._who(),
                self._text("text", keep_blank=True).fill_null(""),
                self._number("start"),
                self._number("end"),
                at.alias("at"),
                at_s.alias("at_s"),
                self._text("audio_channel"),
                self._flag("private"),
            ]
        ).select(_BLANK.turns.columns)
        lines = self.table[LINE]
        order = self._order(turns)
        turns, lines = turns[order], lines[order]
        people = (
            pl.DataFrame([self.c, turns_person := self._person, self._role, self._text("name"), self._text("team")])
            .filter(pl.col("person").is_not_null() & pl.col("role").is_not_null())
            .group_by("c", "person", "role", maintain_order=True)
            .agg(pl.col("name", "team").drop_nulls().first())
            .with_columns(email=pl.lit(None, pl.String))
            .select(_BLANK.people.columns)
        )
        assert turns_person.name == "person"
        return Columns(
            conversations=self._conversations(),
            turns=turns,
            people=people.sort("c", maintain_order=True),
            rejects=self.rejects,
            refused=self.refused,
            turn_lines=lines,
            record=lambda c: str(self.ids[int(self.c.index_of(c) or 0)]),
        )

    def _column(self, field: str) -> pl.Series | None:
        return self.table[self.mapping[field]] if field in self.mapping else None

    def _nothing(self, field: str, kind: type[pl.DataType] = pl.String) -> pl.Series:
        return pl.Series(field, [None], dtype=kind).new_from_index(0, self.count)

    def _text(self, field: str, *, keep_blank: bool = False) -> pl.Series:
        column = self._column(field)
        if column is None:
            return self._nothing(field)
        text = column.cast(pl.String, strict=False).alias(field)
        if keep_blank:
            return text
        stripped = text.str.strip_chars()
        return stripped.replace({"": None}).alias(field)

    def _refuse(self, wrong: pl.Series, field: str, problem: str, remedy: str) -> None:
        for row in wrong.fill_null(False).arg_true():
            line = int(self.table[LINE][row])
            self.refused.setdefault(int(self.c[row]), (self.mapping.get(field, field), problem, remedy, line))

    def _number(self, field: str) -> pl.Series:
        column = self._column(field)
        if column is None:
            return self._nothing(field, pl.Float64)
        if column.dtype.is_numeric():
            return column.cast(pl.Float64).alias(field)
        text = self._text(field)
        number = text.cast(pl.Float64, strict=False)
        self._refuse(text.is_not_null() & number.is_null(), field, "not a number", "Give a number or nothing")
        return number.alias(field)

    def _flag(self, field: str) -> pl.Series:
        column = self._column(field)
        if column is None:
            return self._nothing(field, pl.Boolean)
        if column.dtype == pl.Boolean:
            return column.alias(field)
        text = self._text(field).str.to_lowercase()
        flag = text.replace_strict(
            {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}, default=None, return_dtype=pl.Boolean
        )
        self._refuse(text.is_not_null() & flag.is_null(), field, "neither true nor false", "Write true or false")
        return flag.alias(field)

    def _moment(self, field: str) -> tuple[pl.Series, pl.Series]:
        column = self._column(field)
        nothing = self._nothing(field), self._nothing(field, pl.Float64)
        if column is None:
            return nothing
        if column.dtype.is_numeric():
            return nothing[0], column.cast(pl.Float64)
        if isinstance(column.dtype, pl.Datetime | pl.Date):
            instant = column.cast(pl.Datetime("us", getattr(column.dtype, "time_zone", None)))
            return nothing[0], instant.dt.epoch("us").cast(pl.Float64) / 1e6
        return self._text(field), nothing[1]

    def _who(self) -> tuple[pl.Series, pl.Series]:
        """Return person and role; a speaker called by a role ("Agent") is a role and nobody by name."""
        person, given = self._text("person"), self._text("role")
        labels = {}
        for label in given.unique().drop_nulls():
            folded = label.casefold()
            try:
                labels[label] = folded if folded in ROLES else self.where.role(label)
            except ValueError:
                continue
        role = given.replace_strict(labels, default=None, return_dtype=pl.String)
        remedy = f"Write one of {', '.join(ROLES)}, or say what the label means with the roles option"
        self._refuse(given.is_not_null() & role.is_null(), "role", "unknown role", remedy)
        if "role" not in self.mapping or role.null_count():
            said = {}
            for label in person.filter(role.is_null()).unique().drop_nulls():
                try:
                    said[label] = self.where.role(label)
                except ValueError:
                    continue
            role = role.fill_null(person.replace_strict(said, default=None, return_dtype=pl.String))
            remedy = 'Add a column role, or say it with the roles option, such as {"Dana": "agent", "*": "customer"}'
            self._refuse(
                person.is_not_null() & role.is_null(), "person", "the role of this speaker is not known", remedy
            )
        nobody = [label for label in person.unique().drop_nulls() if not self.where.names_someone(label)]
        if "role" not in self.mapping and nobody:
            person = person.replace(dict.fromkeys(nobody))
        self._person, self._role = person.alias("person"), role.alias("role")
        return self._person, self._role

    def _order(self, turns: pl.DataFrame) -> pl.Series:
        keys = pl.DataFrame(
            [self.c, self._number("turn").alias("turn"), pl.int_range(self.count, eager=True).alias("row")]
        )
        if "turn" not in self.mapping:
            from poise.reading.instants import instants

            at, _ = instants(turns["at"], turns["at_s"])
            keys = keys.with_columns(at.alias("at")).with_columns(
                turn=pl.when(pl.col("at").is_null().any().over("c"))
                .then(None)
                .otherwise(pl.col("at").dt.epoch("us"))
                .cast(pl.Float64)
            )
        return keys.sort("c", "turn", "row", nulls_last=True)["row"]

    def _conversations(self) -> pl.DataFrame:
        started, started_s = self._moment("started_at")
        rows = pl.DataFrame(
            [
                self.c,
                self.ids.alias("conversation"),
                *(self._text(field) for field in _HERE),
                started.alias("started_at"),
                started_s.alias("started_s"),
                self._number("csat"),
                self._flag("resolved"),
                self.table[LINE].alias("line"),
            ]
        )
        purposes = ("selection", "coaching", "training")
        wrong = rows["purpose"].is_not_null() & ~rows["purpose"].is_in(purposes)
        self._refuse(wrong, "purpose", "unknown purpose", f"Write one of {', '.join(purposes)}")
        first = rows.group_by("c", maintain_order=True).agg(pl.all().drop_nulls().first()).sort("c")
        return first.with_columns(
            source=pl.lit(self.file), meta=pl.Series("meta", self._meta(len(first)), dtype=pl.String)
        ).select(_BLANK.conversations.columns)

    def _meta(self, count: int) -> list[str | None]:
        """Keep unknown columns: once where a conversation has one value, else by turn."""
        unknown = [name for name in self.table.columns if name != LINE and name not in self.mapping.values()]
        if not unknown:
            return [None] * count
        kept: list[dict[str, Any]] = [{} for _ in range(count)]
        for name in unknown:
            column = self.table[name]
            values = column.cast(pl.String, strict=False) if not column.dtype.is_nested() else column
            lists = pl.DataFrame([self.c, values.alias("value")]).group_by("c").agg("value").sort("c")["value"]
            for c, found in enumerate(lists):
                some = found.to_list()
                if len({str(value) for value in some}) == 1:
                    if some[0] not in (None, ""):
                        kept[c][name] = some[0]
                    continue
                turns = kept[c].setdefault("turns", {})
                for number, value in enumerate(some):
                    if value not in (None, ""):
                        turns.setdefault(str(number), {})[name] = value
        return [msgspec.json.encode(one, enc_hook=str).decode() if one else None for one in kept]
