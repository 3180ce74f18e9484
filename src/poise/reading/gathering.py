"""Rows of one conversation that lie far apart, brought together on disk."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Final
from zlib import crc32

import msgspec

__all__ = ["Gathering"]

_MOST: Final = 256
_encode: Final = msgspec.json.Encoder().encode


class _Row(msgspec.Struct, array_like=True, gc=False):
    key: str
    line: int
    row: msgspec.Raw


class Gathering:
    """Rows filed by the hash of their conversation in a temporary folder; one part is in memory at a time.

    Parameters
    ----------
    size
        Bytes that are expected in all.
    part
        Bytes that one part should have.
    """

    def __init__(self, *, size: int, part: int) -> None:
        self._parts = max(1, min(_MOST, -(-size // max(part, 1))))
        self._close = contextlib.ExitStack()
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> Gathering:
        folder = Path(self._close.enter_context(tempfile.TemporaryDirectory(prefix="poise-")))
        self._files = [self._close.enter_context((folder / str(number)).open("w+b")) for number in range(self._parts)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close.close()

    def add(self, key: str, line: int, row: bytes) -> None:
        """File one row (JSON without line breaks) under its conversation."""
        file = self._files[crc32(key.encode("utf-8", "surrogatepass")) % self._parts]
        file.write(_encode((key, line, msgspec.Raw(row))))
        file.write(b"\n")

    def groups(self) -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
        """Yield every conversation with its rows (line, row) in the order in which they were added."""
        decode = msgspec.json.Decoder(_Row).decode
        for file in self._files:
            file.seek(0)
            found: dict[str, list[tuple[int, bytes]]] = {}
            for line in file:
                row = decode(line)
                found.setdefault(row.key, []).append((row.line, bytes(row.row)))
            yield from found.items()
