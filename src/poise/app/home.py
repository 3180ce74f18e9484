"""The folder that holds what one installation owns: database, uploads, secret key. See ``POISE_HOME``."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["folder", "secret_key"]


def folder() -> Path:
    """``POISE_HOME`` (default ``~/.local/share/poise``), made readable for its owner alone at first use."""
    home = Path(os.environ.get("POISE_HOME") or "~/.local/share/poise").expanduser().absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def secret_key(home: Path) -> str:
    """The key that signs sessions and seals stored secrets: ``POISE_SECRET_KEY``, else the file ``secret.key``.

    The file is made at first start, mode 0600, whole or not at all, and once however many processes start together.
    Whoever loses it must sign in again and enter stored secrets again; nothing else depends on it.
    """
    given = os.environ.get("POISE_SECRET_KEY")
    if given:
        return given
    path = home / "secret.key"
    if not path.exists():
        descriptor, name = tempfile.mkstemp(dir=home, prefix=".secret-")  # mkstemp gives 0600
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(64))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first; its key holds
                os.link(name, path)
        finally:
            Path(name).unlink()
    return path.read_text("ascii").strip()
