"""A finished file is handed to whoever asked for it, and leaves nothing behind on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import IO

from django.http import FileResponse

__all__ = ["handed"]


def handed(write: Callable[[IO[bytes]], None], name: str) -> FileResponse:
    """Return what ``write`` writes as a file to save under that name.

    It is written out whole before anything is sent, so that what fails half way is an error and no broken file; it has
    no name of its own on disk, and is gone once the answer was sent.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    write(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name)
