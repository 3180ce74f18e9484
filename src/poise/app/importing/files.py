"""Files that were handed in: where they lie, what may lie there, and how large it may be."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from poise.app import home
from poise.app.importing.models import Import, Upload
from poise.reading.streams import UNREADABLE, compression_of, open_stream

__all__ = ["FILE_LIMIT", "TooLarge", "Unfit", "digest_of", "drop", "folder_of", "keep", "safe_name", "unfit"]

FILE_LIMIT: Final = home.whole_number("POISE_UPLOAD_MB", 512) << 20
"""Bytes of one file as it is handed in."""
UNPACKED_LIMIT: Final = home.whole_number("POISE_UNPACKED_MB", 8192) << 20
"""Bytes of one file after decompression."""
_RATIO: Final = 250
"""Times that decompression may swell a file: text packs ten- to thirtyfold."""
_FREE: Final = 64 << 20
"""Bytes up to which any swelling is harmless."""
_NAME_BYTES: Final = 180

_CONTAINERS: Final = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"%PDF", "pdf"),
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ", "xz"),
)


class Unfit(ValueError):  # noqa: N818 (a state of the file, not a fault)
    """A file that is not taken; the message says why and what to do."""


class TooLarge(Unfit):
    """A file over a limit."""


def folder_of(imported: Import, kind: str = "conversations") -> Path:
    """Return where an import's files of a kind lie."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(imported.folder) / kind


def safe_name(given: str) -> str:
    """Return a file's name without path, control characters or a leading dot; its ending is kept.

    The name matters: where a file is one conversation, it is the conversation's id.
    """
    name = given.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join("_" if unicodedata.category(one)[0] == "C" or one in '<>:"|?*' else one for one in name)
    name = unicodedata.normalize("NFC", name).strip().lstrip(".")
    if not name:
        return "file"
    stem, dot, ending = name.partition(".")
    room = _NAME_BYTES - len((dot + ending).encode())
    if room < 20:
        return name.encode()[:_NAME_BYTES].decode("utf-8", "ignore")
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + ending


def keep(imported: Import, name: str, pieces: Iterable[bytes], *, kind: str = "conversations") -> Upload:
    """Write a file into the import's folder, surely on disk when this returns; the row is the caller's to save.

    Raises
    ------
    Unfit
        For a file that is too large, of a kind that is no text of conversations, or of a name that is there.
    """
    folder = folder_of(imported, kind)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / safe_name(name)
    size, said = 0, sha256()
    try:
        with open(place, "xb", opener=_private) as file:
            for piece in pieces:
                if not size:
                    _refuse_container(piece, name)
                size += len(piece)
                if size > FILE_LIMIT:
                    raise TooLarge(
                        _("%(file)s is larger than %(limit)d MB. Split the export, or compress it with gzip.")
                        % {"file": name, "limit": FILE_LIMIT >> 20}
                    )
                said.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise Unfit(_("Two files are called %(file)s. Give each a name of its own.") % {"file": name}) from None
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    if not size:
        place.unlink()
        raise Unfit(_("%(file)s is empty.") % {"file": name})
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return Upload(imported=imported, name=name[:300], path=place.name, kind=kind, size=size, content=said.hexdigest())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _refuse_container(head: bytes, name: str) -> None:
    found = next((kind for magic, kind in _CONTAINERS if head.startswith(magic)), None)
    if found in ("zip", "7z", "rar", "bz2", "xz"):
        raise Unfit(
            _("%(file)s is an archive (%(kind)s). Unpack it and hand in its files; .gz and .zst are read as they are.")
            % {"file": name, "kind": found}
        )
    if found is not None:
        raise Unfit(
            _("%(file)s is no text of conversations (%(kind)s). Hand in an export or transcripts.")
            % {"file": name, "kind": found}
        )


def unfit(path: Path) -> Iterator[int]:
    """Read a compressed file to its end, yielding the bytes so far, to see that it does not swell beyond measure.

    Raises
    ------
    TooLarge
        For a file that would fill memory or disk.
    """
    if not compression_of(path):
        return
    packed = path.stat().st_size
    size = 0
    try:
        with open_stream(path) as stream:
            while piece := stream.read(1 << 20):
                size += len(piece)
                if size > UNPACKED_LIMIT or (size > _FREE and size > packed * _RATIO):
                    raise TooLarge(
                        _("%(file)s swells to more than %(limit)d MB when it is decompressed, which no export does.")
                        % {"file": path.name, "limit": size >> 20}
                    )
                yield size
    except UNREADABLE:
        return  # cut off or damaged: reading says so, with what could be read


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    said = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            said.update(piece)
    return said.hexdigest()


def drop(imported: Import) -> None:
    """Take an import's files away; what was read from them is in the database."""
    shutil.rmtree(folder_of(imported).parent, ignore_errors=True)
