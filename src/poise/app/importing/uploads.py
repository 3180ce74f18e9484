"""The limit on what one request may hand in, kept while it is read."""

from __future__ import annotations

from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from poise.app.importing.files import FILE_LIMIT

__all__ = ["Limited"]


class Limited(FileUploadHandler):
    """Refuses a request larger than :data:`poise.app.importing.files.FILE_LIMIT`, before its files are written."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, Any],  # noqa: N803 (as Django calls it)
        content_length: int,
        boundary: str | bytes,
        encoding: str | None = None,
    ) -> None:
        """Look at the length that the request says."""
        if content_length > FILE_LIMIT:
            raise RequestDataTooBig(f"more than {FILE_LIMIT >> 20} MB in one request")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Let a piece of a file pass."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers after this one."""
