"""What ``poise serve`` and ``poise manage`` do: set the installation up, start its processes, keep them, stop them.

The listening socket belongs to the parent and outlives the web process, so requests wait while that one is started
again. Children end with their parent, however it ends. Nothing here holds state that a kill could lose.
"""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import FrameType

__all__ = ["manage", "serve"]

_GRACE_S = 20.0  # what is under way may end within this; then it is killed, which loses nothing that was acknowledged
_LONGEST_PAUSE_S = 30.0
_PR_SET_PDEATHSIG = 1
_OWNER_ALONE = 0o077
"""What is written is for its owner alone, whoever may enter the folder: it may have been there before."""


@contextmanager
def _in_a_line() -> Iterator[None]:
    """End with one line where a setting is wrong or the database does not answer: whoever starts Poise can mend that,
    and where in the code it was noticed helps nobody."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    try:
        yield
    except ImproperlyConfigured as error:
        raise SystemExit(f"Cannot start: {error}") from None
    except OperationalError as error:
        place = "DATABASE_URL" if os.environ.get("DATABASE_URL") else "POISE_HOME"
        raise SystemExit(f"The database that {place} names does not answer as it should: {error}") from None


def manage(arguments: Sequence[str]) -> None:
    """Run a management command of Django."""
    os.umask(_OWNER_ALONE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poise.app.settings")
    from django.core.management import execute_from_command_line

    with _in_a_line():
        execute_from_command_line(["poise manage", *arguments])


def _set_up() -> str | None:
    """Bring database and static files to this version. Returns the set-up address while nobody rules yet."""
    os.umask(_OWNER_ALONE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poise.app.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False, clear=False)
    from poise.app.accounts.joining import setup_address

    return setup_address(lasts=timedelta(days=1))


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(address)
    listening.listen(512)
    listening.set_inheritable(True)
    return listening


def _die_with(parent: int) -> None:
    """In the child, before it runs: end when the parent does, even by kill -9 (Linux)."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended in between
            os._exit(1)


@dataclass(slots=True)
class _Kept:
    """A process that is started again when it ends, after a pause that grows while it keeps failing."""

    title: str
    command: list[str]
    socket_kept: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = field(default=0.0)

    def look(self, now: float) -> None:
        """Start it if it is due; note when it has ended."""
        if self.process is not None:
            status = self.process.poll()
            if status is None:
                return
            self.pause = 0.5 if now - self.started > 60 else min(max(self.pause * 2, 0.5), _LONGEST_PAUSE_S)
            self.due = now + self.pause
            self.process = None
            print(f"{self.title} ended ({status}); starting it again in {self.pause:g} s", file=sys.stderr, flush=True)
        if now >= self.due:
            parent = os.getpid()
            self.process = subprocess.Popen(
                self.command,
                pass_fds=[self.socket_kept.fileno()] if self.socket_kept else [],
                stdin=subprocess.DEVNULL,
                preexec_fn=lambda: _die_with(parent),
            )
            self.started = now


def _end(kept: list[_Kept]) -> None:
    running = [one.process for one in kept if one.process is not None]
    for process in running:
        with suppress(ProcessLookupError):
            process.terminate()
    deadline = time.monotonic() + _GRACE_S
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _announce(listening: socket.socket, stop: threading.Event, lines: Sequence[str]) -> None:
    """Print ``lines`` once the pages answer: whoever follows the address earlier looks at an empty window."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while not stop.is_set():
        asking = http.client.HTTPConnection(host, port, timeout=10)
        try:
            asking.request("GET", "/healthz", headers={"Host": "localhost"})
            if asking.getresponse().status < 500:
                break
        except (OSError, http.client.HTTPException):
            pass  # the process that had taken the connection ended; it is started again
        finally:
            asking.close()
        stop.wait(0.2)
    if not stop.is_set():
        print(*lines, sep="\n", flush=True)


def serve(host: str, port: int, workers: int, web: int) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit status.

    The address that is printed carries the port taken where ``port`` is 0; ``POISE_URL`` names another where people
    reach Poise through a proxy.
    """
    try:
        listening = _listen(host, port)
    except OSError as error:
        print(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --port.", file=sys.stderr)
        return 1
    taken = listening.getsockname()[1]
    shown = {"0.0.0.0": "localhost", "::": "localhost", "127.0.0.1": "localhost"}.get(host, host)
    os.environ.setdefault("POISE_URL", f"http://{f'[{shown}]' if ':' in shown else shown}:{taken}")
    stop = threading.Event()

    def asked_to_stop(number: int, frame: FrameType | None) -> None:
        # an exception here could be lost in whatever is just being done, the start of a process for one
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked_to_stop)
    kept: list[_Kept] = []
    holding = ExitStack()
    try:
        with _in_a_line():
            setup = _set_up()
        holding.enter_context(_held())
        pages = [sys.executable, "-m", "poise.app.asgi", str(listening.fileno())]
        kept += [_Kept(f"web {number}", pages, listening) for number in range(1, web + 1)]
        work = [sys.executable, "-m", "poise", "manage", "work"]
        kept += [_Kept(f"worker {number}", work) for number in range(1, workers + 1)]
        told = [f"Poise: {os.environ['POISE_URL']}", f"Data:  {_home()}"]
        if setup:
            told.append(f"Nobody rules here yet. Make the first administrator (once, within a day):\n  {setup}")
        threading.Thread(target=_announce, args=(listening, stop, told), daemon=True).start()
        while not stop.wait(0.2):
            for one in kept:
                one.look(time.monotonic())
        return 0
    finally:
        _end(kept)
        holding.close()


def _home() -> Path:
    from poise.app import home

    return home.folder()


def _held() -> AbstractContextManager[None]:
    """Return what keeps a restore away while the server runs."""
    from poise.app import home

    return home.held(home.folder())
