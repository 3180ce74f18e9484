"""Sources cut into pieces that workers parse: sequential, cheap, and never a whole file in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import msgspec
import polars as pl

from poise.reading.corpus import corpus_rows
from poise.reading.inventory import Inventory, Source
from poise.reading.problems import InputError, Reject, preview
from poise.reading.recognise import HEAD, delimiter_of, table_columns
from poise.reading.seen import Seen
from poise.reading.streams import LINE_LIMIT, UNREADABLE, elements, line_blocks, open_stream
from poise.reading.tickets import freshdesk_rows, zendesk_rows

__all__ = ["SIZE", "Chunk", "Envelope", "chunks"]

SIZE: Final = 4 << 20
"""Bytes of records in one chunk: small beside a worker's memory, large beside what a table costs."""
_encode: Final = msgspec.json.Encoder().encode


class Envelope(msgspec.Struct, gc=False):
    """One record with where it stands: used where the records of a chunk come from several places."""

    file: str
    line: int
    name: str
    raw: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of work: whole conversations of one format.

    Parameters
    ----------
    number
        0-based, in the order of reading.
    format
        See :data:`poise.reading.recognise.FORMATS`.
    file
        Where it comes from; with ``enveloped`` the first of several.
    first_line
        1-based number of the first line or record.
    payload
        JSON Lines; for ``parquet`` an Arrow stream; for ``csv`` lines of ``[line, cells]``.
    header
        Names of the columns of a CSV file.
    enveloped
        Whether each line is an :class:`Envelope`.
    rejects
        What was refused while cutting.
    """

    number: int
    format: str
    file: str
    first_line: int
    payload: bytes
    header: tuple[str, ...] = ()
    enveloped: bool = False
    rejects: tuple[Reject, ...] = field(default=())


Piece = tuple[str, int, bytes, tuple[str, ...], bool, tuple[Reject, ...]]


def chunks(inventory: Inventory, *, size_bytes: int = SIZE) -> Iterator[Chunk]:
    """Cut the sources of ``inventory`` into chunks of about ``size_bytes``.

    The same files give the same chunks. A file that ends too early gives what it holds and a reject. Where the rows
    of one conversation lie apart (CSV, ConvoKit, ticket comments in a file of their own) they are filed by
    conversation in a temporary folder first.
    """
    numbers = count()
    waiting: list[tuple[Source, bytes, tuple[Reject, ...]]] = []
    done: set[str] = set()

    def made(format_: str, file: str, piece: tuple[int, bytes, tuple[str, ...], bool, tuple[Reject, ...]]) -> Chunk:
        first, payload, header, enveloped, rejects = piece
        return Chunk(next(numbers), format_, file, first, payload, header, enveloped, rejects)

    def flushed() -> Iterator[Chunk]:
        if waiting:
            source = waiting[0][0]
            payload = b"\n".join(raw for _, raw, _ in waiting if raw)
            rejects = tuple(reject for _, _, some in waiting for reject in some)
            yield made(source.format, str(source.path), (1, payload, (), True, rejects))
            waiting.clear()

    for source in inventory.sources:
        if waiting and (
            source.format != waiting[0][0].format
            or source.layout != "document"
            or sum(len(raw) for _, raw, _ in waiting) + source.size > size_bytes
        ):
            yield from flushed()
        if source.layout == "document":
            waiting.append((source, *_document(source)))
            continue
        apart = _apart(source, inventory)
        if apart is not None:
            group, kind = apart
            if kind in done:
                continue
            done.add(kind)
            for piece in _gathered(group, size_bytes):
                yield made(source.format, str(source.path), piece)
            continue
        cut = {"lines": _lines, "elements": _elements, "nested": _nested}.get(source.layout)
        if cut is None:
            cut = _table if source.format == "parquet" else _rows
        rejects: list[Reject] = []
        last = 0
        try:
            for piece in cut(source, size_bytes):
                last = piece[0]
                yield made("canonical" if source.layout == "nested" else source.format, str(source.path), piece)
        except (InputError, *UNREADABLE, pl.exceptions.PolarsError, csv.Error) as error:
            problem, remedy = _told(error)
            rejects.append(Reject(str(source.path), last, "", problem, remedy, ""))
        if rejects:
            yield made(source.format, str(source.path), (last, b"", (), False, tuple(rejects)))
    yield from flushed()


def _told(error: Exception) -> tuple[str, str]:
    if isinstance(error, InputError):
        return error.problem, error.remedy
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"cannot be read to its end: {said}", "Export or copy the file again"


def _lines(source: Source, size: int) -> Iterator[Any]:
    with open_stream(source.path) as stream:
        for first, block, over in line_blocks(stream, size):
            if over:
                problem = f"a line longer than {LINE_LIMIT >> 20} MB"
                reject = Reject(str(source.path), first, "", problem, "Write one conversation a line", preview(block))
                yield first, b"", (), False, (reject,)
            else:
                yield first, block, (), False, ()


def _elements(source: Source, size: int) -> Iterator[Any]:
    waiting: list[bytes] = []
    held, first, number = 0, 1, 0
    with open_stream(source.path) as stream:
        try:
            for key, raw in elements(stream):
                if key != source.key:
                    continue
                number += 1
                waiting.append(raw.replace(b"\n", b" "))
                held += len(raw)
                if held >= size:
                    yield first, b"\n".join(waiting), (), False, ()
                    waiting, held, first = [], 0, number + 1
        except (InputError, *UNREADABLE):
            if waiting:
                yield first, b"\n".join(waiting), (), False, ()
            raise
    if waiting:
        yield first, b"\n".join(waiting), (), False, ()


def _document(source: Source) -> tuple[bytes, tuple[Reject, ...]]:
    """Read a file that is one conversation into one line."""
    try:
        with open_stream(source.path) as stream:
            raw = stream.read(LINE_LIMIT + 1)
    except UNREADABLE as error:
        problem, remedy = _told(error)
        return b"", (Reject(str(source.path), 1, "", problem, remedy, ""),)
    if len(raw) > LINE_LIMIT:
        problem = f"one conversation of more than {LINE_LIMIT >> 20} MB"
        return b"", (Reject(str(source.path), 1, "", problem, "Split the export", ""),)
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    call = source.format == "intercom" and raw.lstrip()[:2] == b"[0"  # [00:00:07] Teammate 1: …
    if source.format in ("vtt", "srt") or call or not raw.lstrip().startswith((b"{", b"[")):
        try:
            body = _encode(raw.decode())
        except UnicodeDecodeError as error:
            problem = f"not UTF-8 at byte {error.start}"
            return b"", (Reject(str(source.path), 1, "", problem, "Save the file as UTF-8", preview(raw)),)
    else:
        body = raw.replace(b"\n", b" ").replace(b"\r", b" ")
        try:
            msgspec.json.decode(body, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return b"", (Reject(str(source.path), 1, "", str(error), "Export the file again", preview(raw)),)
    return _encode(Envelope(str(source.path), 1, source.name, msgspec.Raw(body))), ()


def _apart(source: Source, inventory: Inventory) -> tuple[list[Source], str] | None:
    """Return the files to be read together with ``source``, where rows of one conversation lie apart."""
    if source.layout == "corpus":
        return [source], f"corpus {source.path.parent}"
    if source.format in ("zendesk", "freshdesk"):
        group = [
            one
            for one in inventory.sources
            if one.format == source.format and one.path.parent == source.path.parent and one.layout != "document"
        ]
        if any(one.part != "tickets" for one in group):
            return group, f"{source.format} {source.path.parent}"
    if source.format == "convokit":
        return [source], f"corpus {source.path}"
    return None


def _gathered(group: list[Source], size: int) -> Iterator[Any]:
    rows = {"convokit": corpus_rows, "zendesk": zendesk_rows, "freshdesk": freshdesk_rows}[group[0].format]
    waiting: list[bytes] = []
    held = 0
    for found in rows(group, size):
        if isinstance(found, Reject):
            yield found.line, b"", (), False, (found,)
            continue
        file, line, name, raw = found
        waiting.append(_encode(Envelope(file, line, name, msgspec.Raw(raw))))
        held += len(raw)
        if held >= size:
            yield 1, b"\n".join(waiting), (), True, ()
            waiting, held = [], 0
    if waiting:
        yield 1, b"\n".join(waiting), (), True, ()


def _cells(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file with the line on which each ends, the header first."""
    csv.field_size_limit(LINE_LIMIT)
    with open_stream(source.path) as stream:
        head = stream.read(2)
    encoding = "utf-16" if head in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with open_stream(source.path) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")
        header = text.readline(HEAD)
        reader = csv.reader([header], delimiter=delimiter_of(header))
        yield 1, next(reader, [])
        rows = csv.reader(text, delimiter=delimiter_of(header))
        for cells in rows:
            if cells:
                yield rows.line_num + 1, cells


def _rows(source: Source, size: int) -> Iterator[Any]:
    """Cut a CSV file at the ends of conversations; file its rows by conversation first where they lie apart."""
    from poise.reading.gathering import Gathering

    rows = _cells(source)
    header = tuple(cell.strip() for cell in next(rows)[1])
    column = table_columns(header).get("conversation")
    if column is None:
        raise _unnamed()
    index = header.index(column)
    if _together(source, index):
        yield from _runs(source, ((line, cells) for line, cells in rows), index, header, size)
        return
    with Gathering(size=source.size, part=size) as gathering:
        for line, cells in rows:
            key = cells[index] if index < len(cells) else ""
            gathering.add(key.encode("utf-8", "replace").decode(), line, _safe(cells))
        waiting, held = [], 0
        for _, group in gathering.groups():
            waiting += [b"[%d,%s]" % (line, row) for line, row in group]
            held += sum(len(row) for _, row in group)
            if held >= size:
                yield 2, b"\n".join(waiting), header, False, ()
                waiting, held = [], 0
        if waiting:
            yield 2, b"\n".join(waiting), header, False, ()


def _unnamed() -> InputError:
    problem = "no column that names the conversation"
    return InputError(problem, field="conversation", remedy="Call it conversation or id")


def _together(source: Source, index: int) -> bool:
    """Return whether the rows of each conversation stand together, reading only their ids."""
    seen, changes, before = Seen(), [], None
    for line, cells in _cells(source):
        key = cells[index] if index < len(cells) else ""
        if line == 1 or key == before:
            continue
        changes.append(key.encode("utf-8", "replace").decode())
        before = key
        if len(changes) >= 5_000:
            if seen.repeated(pl.Series(changes)).any():
                return False
            changes = []
    return not seen.repeated(pl.Series(changes, dtype=pl.String)).any()


def _runs(source: Source, rows: Iterator[tuple[int, list[str]]], index: int, header: tuple[str, ...], size: int) -> Any:
    waiting: list[bytes] = []
    held, first, before = 0, 2, None
    for line, cells in rows:
        key = cells[index] if index < len(cells) else ""
        if held >= size and key != before:
            yield first, b"\n".join(waiting), header, False, ()
            waiting, held, first = [], 0, line
        before = key
        waiting.append(b"[%d,%s]" % (line, _safe(cells)))
        held += len(waiting[-1])
    if waiting:
        yield first, b"\n".join(waiting), header, False, ()


def _safe(cells: list[str]) -> bytes:
    try:
        return _encode(cells)
    except UnicodeEncodeError:  # bytes that are no UTF-8: replaced and marked, so that the parser refuses the row
        return _encode(
            [cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace") + NOT_UTF8 for cell in cells]
        )


NOT_UTF8: Final = "\ufffe"
"""Put behind the cells of a row that was not UTF-8 (a code point that is in no text), so that the row is refused."""


def _nested(source: Source, size: int) -> Iterator[Any]:
    """Cut a Parquet file of one conversation a row into canonical lines."""
    scan = pl.scan_parquet(source.path)
    total = scan.select(pl.len()).collect().item()
    step = _step(source, total, size)
    for begin in range(0, total, step):
        buffer = io.BytesIO()
        scan.slice(begin, step).collect().write_ndjson(buffer)
        yield begin + 1, buffer.getvalue(), (), False, ()


def _step(source: Source, total: int, size: int) -> int:
    """Return how many rows of a Parquet file are about ``size`` bytes; compression is taken to be fivefold."""
    return max(1, min(total, size * max(total, 1) // max(source.size * 5, 1), 1_000_000))


def _table(source: Source, size: int) -> Iterator[Any]:
    """Cut a Parquet file of one turn a row at the ends of conversations."""
    scan = pl.scan_parquet(source.path)
    total = scan.select(pl.len()).collect().item()
    step = max(_step(source, total, size), 1000)
    column = table_columns(scan.collect_schema().names()).get("conversation")
    if column is None:
        raise _unnamed()
    seen, before, together = Seen(), None, True
    for begin in range(0, total, step):
        ids = scan.select(pl.col(column).cast(pl.String)).slice(begin, step).collect()[column]
        changes = ids.filter(ids.ne_missing(ids.shift(1, fill_value=before)))
        if begin == 0 and ids[0] is None:
            changes = pl.concat([ids[:1], changes])
        before = ids[-1]
        if seen.repeated(changes).any():
            together = False
            break
    line = pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("\ufdd0line")
    if not together:
        parts = max(1, -(-total // step))
        key = pl.col(column).cast(pl.String).hash(0) % parts
        for number in range(parts):
            table = scan.with_columns(line).filter(key.fill_null(0) == number).collect()
            if len(table):
                first = pl.col("\ufdd0line").min().over(pl.col(column))
                yield 2, _arrow(table.sort(first, "\ufdd0line")), (), False, ()
        return
    rest = pl.DataFrame()
    for begin in range(0, total, step):
        table = scan.slice(begin, step).collect().with_columns(line + begin)
        table = pl.concat([rest, table]) if len(rest) else table
        last = table[column][-1]
        same = table[column].eq_missing(pl.Series([last], dtype=table[column].dtype))
        tail = len(table) if same.all() else int((~same).arg_true()[-1]) + 1
        if begin + step >= total:
            tail = len(table)
        elif same.all():
            tail = 0
        if tail:
            yield int(table["\ufdd0line"][0]), _arrow(table[:tail]), (), False, ()
        rest = table[tail:]


def _arrow(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_ipc_stream(buffer)
    return buffer.getvalue()
