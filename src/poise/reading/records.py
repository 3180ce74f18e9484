"""Records of one JSON source, raw, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from poise.reading.inventory import Source
from poise.reading.problems import InputError, Reject
from poise.reading.streams import UNREADABLE, elements, line_blocks, open_stream

__all__ = ["records"]

_BLOCK = 1 << 20


def records(source: Source) -> Iterator[tuple[int, bytes] | Reject]:
    """Yield (line or record number, JSON on one line); where the file ends too early, a reject at the end."""
    number = 0
    try:
        with open_stream(source.path) as stream:
            if source.layout == "elements":
                for key, raw in elements(stream):
                    if key == source.key:
                        number += 1
                        yield number, raw.replace(b"\n", b" ")
                return
            for first, block, over in line_blocks(stream, _BLOCK):
                if over:
                    yield Reject(str(source.path), first, "", "a line too long for one record", "Split the export", "")
                    continue
                for number, line in enumerate(block.split(b"\n"), first):
                    if line.strip():
                        yield number, line.removeprefix(b"\xef\xbb\xbf").strip()
    except InputError as error:
        yield Reject(str(source.path), number + 1, "", error.problem, error.remedy, "")
    except UNREADABLE as error:
        yield Reject(str(source.path), number + 1, "", f"cannot be read to its end: {error}", "Copy the file again", "")
