"""Bytes of plain and compressed files, taken in pieces."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

import numpy as np
import zstandard

from poise.reading.problems import InputError

__all__ = ["LINE_LIMIT", "UNREADABLE", "compression_of", "elements", "line_blocks", "open_stream", "suffix_of"]

LINE_LIMIT: Final = 64 << 20
"""Bytes of one record. What is longer is no conversation and would not fit the memory of many at once."""
UNREADABLE: Final = (OSError, EOFError, zlib.error, zstandard.ZstdError)
_BLOCK: Final = 1 << 20
_COMPRESSED: Final = {".gz": "gz", ".zst": "zst"}


def compression_of(path: Path) -> str:
    """Return ``gz``, ``zst`` or an empty string, by the first bytes."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic[:2] == b"\x1f\x8b":
        return "gz"
    return "zst" if magic == b"\x28\xb5\x2f\xfd" else ""


def suffix_of(path: Path) -> str:
    """Return the file's suffix in lower case, past ``.gz`` and ``.zst``."""
    name = path.name.lower()
    for ending in _COMPRESSED:
        name = name.removesuffix(ending)
    return Path(name).suffix


def open_stream(path: Path) -> IO[bytes]:
    """Open a file for reading, decompressed."""
    kind = compression_of(path)
    if kind == "gz":
        return cast(IO[bytes], gzip.open(path, "rb"))
    if kind == "zst":
        reader = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True)
        return io.BufferedReader(reader, _BLOCK)
    return path.open("rb", buffering=_BLOCK)


def line_blocks(stream: IO[bytes], size: int) -> Iterator[tuple[int, bytes, int]]:
    """Cut a stream into blocks of whole lines of about ``size`` bytes.

    Yields
    ------
    tuple
        Number of the first line (1-based), the block, and 0; or for a line over :data:`LINE_LIMIT` its number, its
        first bytes, and its length so far.
    """
    first, rest = 1, b""
    piece = stream.read(size)
    while piece:
        following = stream.read(size)
        cut = piece.rfind(b"\n") + 1 if following else len(piece)  # the last line need not end
        if cut:
            block = rest + piece[:cut]
            rest = piece[cut:]
            yield first, block, 0
            first += block.count(b"\n")
        else:
            rest += piece
            if len(rest) > LINE_LIMIT:
                yield first, rest[:1000], len(rest)
                first += 1
                rest, following = b"", _after_line(stream, following, size)
        piece = following
    if rest:
        yield first, rest, 0


def _after_line(stream: IO[bytes], piece: bytes, size: int) -> bytes:
    """Skip to the end of the line and return what follows it."""
    while piece:
        cut = piece.find(b"\n")
        if cut >= 0:
            return piece[cut + 1 :] or stream.read(size)
        piece = stream.read(size)
    return b""


_KEY: Final = re.compile(rb'"((?:[^"\\]|\\.){0,200})"\s*:\s*$')


def elements(stream: IO[bytes], *, size: int = _BLOCK) -> Iterator[tuple[str, bytes]]:
    """Cut a JSON document that is an array, or an object of arrays, into the arrays' elements, without parsing them.

    Yields
    ------
    tuple
        The key of the array (empty for an array at the top) and the bytes of one element that is an object or array.
        Members of a top-level object that are objects are yielded with their key as well.

    Raises
    ------
    InputError
        Where the document ends too early or one element is over :data:`LINE_LIMIT`.
    """
    scan = _Scan()
    for block in iter(lambda: stream.read(size), b""):
        yield from scan.feed(block)
    scan.finish()


class _Scan:
    """State of the scan: what is not yet cut off, and how deep it ended."""

    def __init__(self) -> None:
        self.buffer = b""
        self.scanned = 0
        self.depth = 0
        self.in_string = False
        self.escaped = False
        self.key = ""
        self.level = -1  # depth at which elements open: 1 in a top array, 2 in an array of a top object
        self.begin: int | None = None
        self.open_array = False

    def feed(self, block: bytes) -> Iterator[tuple[str, bytes]]:
        self.buffer += block
        codes, places = self._structure(block)
        base = self.scanned
        self.scanned += len(block)
        for code, at in zip(codes.tolist(), (places + base).tolist(), strict=True):
            if code in (0x7B, 0x5B):  # { [
                if self.depth == 0:
                    self.level = 1 if code == 0x5B else 2
                elif self.level == 2 and self.depth == 1:
                    match = _KEY.search(self.buffer[max(0, at - 300) : at])
                    self.key = match[1].decode("utf-8", "replace") if match else ""
                    self.open_array = code == 0x5B
                    if not self.open_array:
                        self.begin = at
                elif self.depth == self.level and self.begin is None:
                    self.begin = at
                self.depth += 1
            else:
                self.depth -= 1
                if self.depth < 0:
                    raise InputError("a bracket is closed that was not opened", remedy="Export the file again")
                whole = self.depth == self.level if self.level == 1 or self.open_array else self.depth == 1
                if self.begin is not None and whole:
                    yield self.key, self.buffer[self.begin : at + 1]
                    self.begin = None
        cut = self.begin if self.begin is not None else max(0, self.scanned - 300)
        self.buffer = self.buffer[cut:]
        self.scanned -= cut
        if self.begin is not None:
            self.begin = 0
        if len(self.buffer) > LINE_LIMIT:
            raise InputError(f"one record is longer than {LINE_LIMIT >> 20} MB", remedy="Split the export")

    def _structure(self, block: bytes) -> tuple[np.ndarray, np.ndarray]:
        """Return codes and places of brackets outside strings; carries string and escape over block ends."""
        data = np.frombuffer(block, dtype=np.uint8)
        quotes = data == 0x22
        slashes = np.flatnonzero(data == 0x5C)
        if self.escaped:
            quotes = quotes.copy()
            quotes[0] = False
            slashes = slashes[slashes != 0]
        self.escaped = False
        if len(slashes):
            starts = np.concatenate([[True], np.diff(slashes) != 1])
            run = np.cumsum(starts) - 1
            within = np.arange(len(slashes)) - np.flatnonzero(starts)[run]
            escaping = slashes[within % 2 == 0] + 1
            if escaping[-1] == len(data):
                self.escaped = True
                escaping = escaping[:-1]
            quotes[escaping] = False
        inside = np.logical_xor(np.cumsum(quotes, dtype=np.int64) & 1, self.in_string)
        self.in_string = bool(inside[-1])
        brackets = ((data | 0x20) == 0x7B) | ((data | 0x20) == 0x7D)  # { [ and } ]
        places = np.flatnonzero(brackets & ~inside)
        return data[places], places

    def finish(self) -> None:
        if self.depth or self.in_string or self.level < 0:
            raise InputError("the JSON document is cut off", remedy="Export the file again")
