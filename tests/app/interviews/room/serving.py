"""A real server on the database of the test, as its own process, to be killed and started again on the same address."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.test import Client

from poise.app.accounts.models import User

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_PATIENCE_S = 60.0
# the test's own settings in another process: its database, and static names as they are in the folder
_RUN = """
import os, sys
from django.conf import settings
import poise.app.settings as own
own.STORAGES = own.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
own.WHITENOISE_USE_FINDERS = True
own.WHITENOISE_AUTOREFRESH = True
name = os.environ.get("POISE_TEST_SQLITE")
if name:
    own.DATABASES["default"]["NAME"] = name
from poise.app.asgi import main
main(int(sys.argv[1]))
"""


class Served:
    """``python -m poise.app.asgi`` on a port that stays the same through kills."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port: int = taken.getsockname()[1]
        self.base = f"http://localhost:{self.port}"
        self.kills = 0
        self.environment = self._environment()
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(128)
        listening.set_inheritable(True)
        number = listening.fileno()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN, str(number)], pass_fds=[number], env=self.environment
        )
        # nobody else holds it: once the process is gone, connections are refused
        listening.close()
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(f"{self.base}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        described = connections["default"].settings_dict
        more = {"POISE_HOME": str(settings.HOME), "POISE_LOG_LEVEL": "ERROR"}
        if connections["default"].vendor == "sqlite":
            more["POISE_TEST_SQLITE"] = str(described["NAME"])
        else:
            more["DATABASE_URL"] = f"postgresql://{described['USER']}@/{described['NAME']}?host={described['HOST']}"
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return kept | {"DJANGO_SETTINGS_MODULE": "poise.app.settings"} | more

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL: whatever it was doing stays undone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def hang(self) -> None:
        """SIGSTOP: connections are taken and nothing is answered."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it."""
        if self.process is not None and self.alive:
            self.go_on()
            self.process.terminate()
            self.process.wait(30)


def cookies(base: str, user: User, language: str = "en") -> list[Any]:
    """What a browser has of somebody who is signed in."""
    client = Client()
    client.force_login(user)
    return [
        {"name": "language", "value": language, "url": base},
        {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base},
    ]


def kill_browser(profile: Path) -> int:
    """SIGKILL all of the Chromium that runs on this profile; return how many processes there were."""
    mark = f"--user-data-dir={profile}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "cmdline").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return len(found)
