"""``poise serve`` as people start it: from nothing to a page, through kills, to a clean end."""

from __future__ import annotations

import io
import logging
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path

import pytest

from poise.app import home
from poise.app.serving import _announce

Start = Callable[..., tuple["subprocess.Popen[str]", str, str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server on an empty folder; gives the process, its address, and the set-up address if it prints one."""
    running: list[subprocess.Popen[str]] = []

    def go(**environment: str) -> tuple[subprocess.Popen[str], str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("POISE_", "DATABASE_URL"))}
        process = subprocess.Popen(
            [sys.executable, "-m", "poise", "serve", "--port", "0", "--workers", "1"],
            env=kept | {"POISE_HOME": str(tmp_path / "home")} | environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        said = ""
        while "Data:" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        address = re.search(r"http://\S+", said)
        assert address
        return process, address[0], str(tmp_path / "home")

    yield go
    for process in running:
        process.terminate()
        process.wait(30)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _get(address: str) -> tuple[int, str, dict[str, str]]:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return answer.status, answer.read().decode(), _lower(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), _lower(error.headers)
        except OSError:  # the process that had taken the connection was killed
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _children(parent: int) -> dict[int, str]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see processes")
def test_from_nothing_to_a_page_through_kills_to_a_clean_end(start: Start) -> None:
    process, address, folder = start()
    status, page, headers = _get(f"{address}/")
    assert status == 200 and "Sign in" in page
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"
    sheet = re.search(r'href="(/static/poise\.[0-9a-f]+\.css)"', page)
    assert sheet and _get(address + sheet[1])[0] == 200
    assert _get(f"{address}/nothing")[0] == 404 and _get(f"{address}/healthz")[1] == "ok"
    key = Path(folder) / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and stat.S_IMODE(key.parent.stat().st_mode) == 0o700

    def web() -> set[int]:
        return {pid for pid, command in _children(process.pid).items() if "asgi" in command}

    first = web()
    assert len(first) == 2
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    assert _get(f"{address}/healthz")[1] == "ok", "the socket stays open while the web processes start again"
    deadline = time.monotonic() + 20
    while len(web()) < 2 or web() & first:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    children = _children(process.pid)
    assert any("manage work" in command for command in children.values())

    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]

    again, address, _ = start()
    assert _get(f"{address}/healthz")[1] == "ok", "what is there is taken up again"
    orphans = _children(again.pid)
    again.kill()
    again.wait()
    deadline = time.monotonic() + 25
    while any(Path(f"/proc/{pid}").exists() for pid in orphans):
        assert time.monotonic() < deadline, "children end with their parent"
        time.sleep(0.1)


def test_a_port_in_use_is_said_in_words(start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            [sys.executable, "-m", "poise", "serve", "--port", str(taken.getsockname()[1])],
            env=os.environ | {"POISE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1 and "--port" in done.stderr and "Traceback" not in done.stderr


def _manage(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POISE_")}
    return subprocess.run(
        [sys.executable, "-m", "poise", "manage", *arguments],
        env=kept | {"POISE_HOME": str(tmp_path / "home")} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    done = _manage(
        tmp_path, "check", "--deploy", "--fail-level", "INFO", POISE_URL="https://poise.example.org", POISE_PROXIES="1"
    )
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_what_it_writes_is_its_owners_alone_in_a_folder_that_was_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    done = _manage(tmp_path, "migrate", "--verbosity=0")
    assert done.returncode == 0, done.stderr
    written = list(home.rglob("*"))
    assert home / "poise.sqlite3" in written
    assert [one for one in written if one.stat().st_mode & 0o077] == []


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    done = _manage(tmp_path, "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("POISE_URL", "poise.example.org", "https://poise.example.org"),
        ("POISE_PROXIES", "many", "whole number"),
        ("DATABASE_URL", "mysql://a/b", "postgresql://"),
        ("DATABASE_URL", "postgresql://a@b:port/c", "postgresql://"),
        ("POISE_TIME_ZONE", "Mars/Olympus", "Europe/Oslo"),
        ("POISE_LOG_LEVEL", "loud", "WARNING"),
        ("POISE_UPLOAD_MB", "much", "whole number"),
        ("POISE_HOME", "/dev/null/home", "folder"),
        ("POISE_OIDC_URL", "https://id.example.org", "POISE_OIDC_CLIENT"),
    ],
)
def test_a_wrong_setting_names_itself_and_the_remedy(tmp_path: Path, name: str, value: str, says: str) -> None:
    done = _manage(tmp_path, "check", **{name: value})
    assert done.returncode != 0 and name in done.stderr and says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_said_in_words(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "poise", "serve", "--port", "0"],
        env=os.environ | {"POISE_HOME": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and "DATABASE_URL" in done.stderr and "Traceback" not in done.stderr


def test_a_restore_waits_for_the_server_to_stop(start: Start, tmp_path: Path) -> None:
    server, _, _ = start()
    copy = str(tmp_path / "copy.tar.gz")
    assert _manage(tmp_path, "backup", copy).returncode == 0
    refused = _manage(tmp_path, "restore", copy)
    assert refused.returncode != 0 and "stop it" in refused.stderr
    server.terminate()
    server.wait(30)
    restored = _manage(tmp_path, "restore", copy)
    assert restored.returncode == 0, restored.stderr


def test_what_was_refused_is_logged_in_one_line() -> None:
    from poise.app.settings import LOGGING

    (name,) = LOGGING["handlers"]["stderr"]["filters"]
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.addFilter(LOGGING["filters"][name]["callback"])
    log = logging.Logger("poise.test")
    log.addHandler(handler)
    for status in (403, 500):
        try:
            raise PermissionError
        except PermissionError:
            log.warning("answered %s", status, exc_info=True, extra={"status_code": status})
    first, rest = said.getvalue().split("\n", 1)
    assert first == "answered 403" and "answered 500" in rest.split("\n")[0]
    assert "Traceback" in rest


def test_the_library_and_its_commands_start_without_django() -> None:
    code = "import sys, poise.cli; sys.exit(any(name.split('.')[0] in ('django', 'uvicorn') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_secret_key_is_made_once_however_many_start_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.delenv("POISE_SECRET_KEY", raising=False)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: home.secret_key(tmp_path), range(32)))
    assert len(keys) == 1 and len(keys.pop()) > 60
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    monkeypatch.setenv("POISE_SECRET_KEY", "given")
    assert home.secret_key(tmp_path) == "given"


def test_the_address_is_said_once_the_pages_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        lines = ["Poise: here", "Data:  there"]
        saying = threading.Thread(target=_announce, args=(listening, threading.Event(), lines))
        saying.start()
        first, _ = listening.accept()
        first.close()  # the process that had taken it ended
        second, _ = listening.accept()
        assert b"GET /healthz" in second.recv(4096)
        assert capsys.readouterr().out == ""
        second.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        second.close()
        saying.join(20)
    assert capsys.readouterr().out == "Poise: here\nData:  there\n"
