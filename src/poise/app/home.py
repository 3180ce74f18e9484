"""The folder that holds what one installation owns: database, uploads, secret key. See ``POISE_HOME``."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

__all__ = ["folder", "held", "secret_key", "whole_number"]


def folder() -> Path:
    """``POISE_HOME`` (default ``~/.local/share/poise``), made readable for its owner alone at first use.

    Raises
    ------
    django.core.exceptions.ImproperlyConfigured
        Where nothing can be written there.
    """
    home = Path(os.environ.get("POISE_HOME") or "~/.local/share/poise").expanduser().absolute()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"POISE_HOME is {home}, which cannot be made: {error.strerror}. Name a folder that you may write to"
        ) from None
    if not os.access(home, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"POISE_HOME is {home}, where you may not write. Name a folder where you may")
    return home


def whole_number(name: str, default: int) -> int:
    """Return what a variable of the environment says in whole numbers, else ``default``.

    Raises
    ------
    django.core.exceptions.ImproperlyConfigured
        Where it says something else.
    """
    given = os.environ.get(name) or str(default)
    if not (given.isascii() and given.isdigit()):
        raise ImproperlyConfigured(f"{name} is {given!r}; it must be a whole number, such as {default}")
    return int(given)


@contextmanager
def held(home: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold the installation while the block runs: beside others who hold it, or ``alone``.

    Whoever holds it lets go by ending, however that comes about.

    Raises
    ------
    BlockingIOError
        Where it is held so that both cannot be.
    """
    with (home / "held.lock").open("a") as file:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        yield


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
