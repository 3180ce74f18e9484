"""A file that is made whole before any of it is sent."""

from __future__ import annotations

from typing import IO

import pytest

from poise.app.audit.handing import handed


def test_what_was_written_is_handed_over_whole_under_its_name() -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"second")
        file.seek(0)
        file.write(b"SEC")

    answer = handed(write, "person-7.zip")
    assert b"".join(answer.streaming_content) == b"SECond"  # type: ignore[arg-type]
    assert answer["Content-Disposition"] == 'attachment; filename="person-7.zip"'
    assert answer["Content-Length"] == "6"


def test_what_fails_half_way_hands_over_nothing() -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        handed(write, "person-7.zip")
