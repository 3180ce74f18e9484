"""The app's processes, each by itself, and one who uses its pages over HTTP."""

from __future__ import annotations

import http.client
import re
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from poise.app.accounts.models import User

__all__ = ["Answer", "Server", "Visitor", "links", "start_worker"]

_PATIENCE_S: Final = 90.0


def start_worker() -> subprocess.Popen[bytes]:
    """Start a worker as ``poise serve`` does."""
    return subprocess.Popen([sys.executable, "-m", "poise", "manage", "work"], stdout=subprocess.DEVNULL)


class Server:
    """Web processes on a socket that outlives them, as ``poise serve`` keeps them.

    Attributes
    ----------
    process
        The first; the only one unless more are asked for.
    """

    def __init__(self, processes: int = 1) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.socket.set_inheritable(True)
        self.port: int = self.socket.getsockname()[1]
        self.process = self._run()
        self._others = [self._run() for _ in range(processes - 1)]

    def _run(self) -> subprocess.Popen[bytes]:
        number = self.socket.fileno()
        return subprocess.Popen([sys.executable, "-m", "poise.app.asgi", str(number)], pass_fds=[number])

    def start_again(self) -> None:
        """Start the web process anew; requests wait meanwhile."""
        self.process.wait()
        self.process = self._run()

    def stop(self) -> None:
        """End all and close the socket."""
        running = [self.process, *self._others]
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)
        self.socket.close()

    def await_answer(self) -> None:
        """Wait until it answers.

        Raises
        ------
        TimeoutError
            Where it does not within a minute and a half.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the server does not answer")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many seconds the whole of it was there."""

    status: int
    location: str
    body: bytes
    took_s: float

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode("utf-8", "replace")


@dataclass
class Visitor:
    """A browser without scripts, signed in as ``user``, or a program with a ``token``. One connection a request."""

    port: int
    user: User | None = None
    token: str = ""
    _cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sign in by the door of the session store: the password is not what is measured."""
        self._csrf = secrets.token_hex(16)
        self._cookies["csrftoken"] = self._csrf
        if self.user is not None:
            client = Client()
            client.force_login(self.user)
            self._cookies["sessionid"] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def get(self, path: str) -> Answer:
        """Fetch a page; redirects are not followed."""
        return self._send("GET", path, b"", {})

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, urlencode(fields).encode(), kind)

    def post_json(self, path: str, body: bytes, **headers: str) -> Answer:
        """Call the REST API."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._send("POST", path, body, {"Content-Type": "application/json", **names})

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Answer:
        """Send a form with one file, called ``uploads``."""
        mark = secrets.token_hex(16)
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="uploads"; filename="{name}"\r\n\r\n'.encode()
        body = b"".join([*parts, head, content, f"\r\n--{mark}--\r\n".encode()])
        return self._send("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        given = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if method == "POST":
            given["X-CSRFToken"] = self._csrf
        if self.token:
            given = {"Authorization": f"Bearer {self.token}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        began = time.perf_counter()
        try:
            connection.request(method, path, body or None, {**given, **headers, "Accept-Language": "en"})
            answer = connection.getresponse()
            text = answer.read()
            took = time.perf_counter() - began
            return Answer(answer.status, answer.headers.get("Location", ""), text, took)
        finally:
            connection.close()


def links(page: str) -> list[str]:
    """Return the addresses of a page's links."""
    return [found.replace("&amp;", "&") for found in re.findall(r'href="(/[^"]*)"', page)]
