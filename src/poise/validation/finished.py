"""Sets that a run has measured, kept beside its results: an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from poise.validation.mistakes import Mistakes

__all__ = ["Finished", "SetFigures", "fingerprint"]

_FOLDER: Final = ".finished"
_CODE: Final = ("*.py", "weights/**/*")
"""Files of the package that figures depend on, beside the knowledge and the data."""


class SetFigures(msgspec.Struct):
    """What was measured on one set.

    ``figures`` are rows of :data:`poise.validation.accuracy.ACCURACY` without versions; ``denominators`` those of
    :func:`poise.validation.restating.measure_denominators`, for the set that has them.
    """

    figures: list[dict[str, Any]]
    mistakes: list[Mistakes]
    denominators: list[dict[str, Any]] | None = None


class _Kept(msgspec.Struct):
    key: str
    measured: SetFigures


def fingerprint(*parts: str, data: Iterable[Path] = ()) -> str:
    """Return a hash of ``parts``, of the bytes of files, and of the code and weights that measure them."""
    return _digest(repr(parts) + _package(), data)


@cache
def _package() -> str:
    package = Path(str(files("poise")))
    return _digest("", sorted({path for pattern in _CODE for path in package.rglob(pattern) if path.is_file()}))


def _digest(begins: str, paths: Iterable[Path]) -> str:
    said = hashlib.sha256(begins.encode())
    for path in paths:
        said.update(f"{path.name}\0".encode())
        with path.open("rb") as file:
            said.update(hashlib.file_digest(file, "sha256").digest())
    return said.hexdigest()


class Finished:
    """Figures of sets in a folder, each with the fingerprint of what it was measured from.

    Parameters
    ----------
    out
        Folder of the results.
    """

    def __init__(self, out: Path) -> None:
        self.folder = out / _FOLDER

    def _path(self, name: str) -> Path:
        return self.folder / (re.sub(r"[^\w.-]+", "-", name) + ".json")

    def get(self, name: str, key: str) -> SetFigures | None:
        """Return what is kept of a set; None where it is not there, cut off, or was measured from something else."""
        try:
            kept = msgspec.json.decode(self._path(name).read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):
            return None
        return kept.measured if kept.key == key else None

    def forget(self) -> None:
        """Drop everything that is kept."""
        for path in self.folder.glob("*.json"):
            path.unlink()

    def put(self, name: str, key: str, measured: SetFigures) -> None:
        """Keep what was measured on a set, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        half = self._path(name).with_suffix(".half")
        half.write_bytes(msgspec.json.encode(_Kept(key, measured)))
        half.replace(self._path(name))
