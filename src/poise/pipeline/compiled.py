"""Knowledge with its phrases compiled, kept between runs in the user's cache folder.

Checking two thousand examples' worth of phrases and building their trie takes seconds; reading what was built takes a
twentieth of one. The key is a hash of every file that has a say in it, so an edit shows at once.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from poise import __version__
from poise.detection.detector import Detector
from poise.knowledge import SHIPPED, load

__all__ = ["compiled"]

_KEPT: Final = 4  # compiled sets that are kept: what ships, and some of one's own
_ROOMS: Final = ("languages", "knowledge", "detection")
"""Rooms of code that what is compiled depends on."""


def compiled(folder: Path | None = None, *, scripted: Mapping[str, list[str]] | None = None) -> Detector:
    """Return a detector for the knowledge files of ``folder`` (those that ship unless given).

    Parameters
    ----------
    scripted
        Phrases that are no evidence; a detector with some is compiled anew each time.

    Raises
    ------
    poise.knowledge.KnowledgeError
        For files that cannot be used; a faulty set is never kept.
    """
    if scripted:
        return Detector(load(folder), scripted=scripted)
    place = _cache() / f"{_key(SHIPPED if folder is None else folder)}.pickle"
    # a file that is gone, cut off or of another version is no fault: it is made again
    with suppress(Exception):
        found = pickle.loads(place.read_bytes())
        if isinstance(found, Detector):
            return found
    made = Detector(load(folder))
    _keep(place, made)
    return made


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "poise"


def _key(folder: Path) -> str:
    said = hashlib.sha256(f"{__version__} {sys.version} {folder.resolve()}".encode())
    code = Path(str(files("poise")))
    for room in (*(code / name for name in _ROOMS), folder):
        for path in sorted(room.rglob("*.py" if room != folder else "*.toml")):
            said.update(f"{path.relative_to(room)}\0".encode())
            said.update(path.read_bytes())
    return said.hexdigest()[:32]


def _keep(place: Path, made: Detector) -> None:
    """Write the set whole or not at all; where nothing can be written, nothing is kept."""
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, suffix=".half", delete=False) as half:
            half.write(pickle.dumps(made, protocol=5))
        Path(half.name).replace(place)
        others = sorted(place.parent.glob("*.pickle"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in others[_KEPT:]:
            old.unlink(missing_ok=True)
