"""The campaign against loss: people import, review and save while server and worker are killed under their hands."""

from __future__ import annotations

import gzip
import json
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from typing import Any, Final

from django.db import connection, connections

from poise.app.access import Capability, Role
from poise.app.accounts.models import ApiToken, Membership, User
from poise.app.benching.processes import Server, Visitor, links, start_worker
from poise.app.benching.promised import Promised
from poise.app.conversations.models import Conversation
from poise.app.importing.models import Delivery, Import
from poise.app.work.models import Job
from poise.validation.sample import paths

__all__ = ["campaign"]

_OF_A_FILE: Final = 150
_OF_A_CALL: Final = 20
_AT_LAST_S: Final = 300.0
_SOON_S: Final = 12.0


def campaign(kills: int, seed: int) -> dict[str, Any]:
    """Kill server or worker ``kills`` times at random moments; return the figures, with all that is wrong.

    After each kill what was acknowledged is looked for, while the other process and the next one go on. At the end all
    work is done to its end, and looked through again: then evidence must be what detection finds afresh.
    """
    dice = random.Random(seed)
    began = time.monotonic()
    promised = Promised()
    users = {role: _user(role) for role in (Role.ADMINISTRATOR, Role.COACH, Role.HIRING_MANAGER)}
    decider = _user(Role.COACH, "second-")
    _, token = ApiToken.objects.issue(users[Role.ADMINISTRATOR], "campaign", [Capability.IMPORT])
    server, worker = Server(), start_worker()
    server.await_answer()
    actors = [
        _Importer(Visitor(server.port, users[Role.ADMINISTRATOR]), promised),
        _Deliverer(Visitor(server.port, token=token), promised),
        _Reviewer(Visitor(server.port, users[Role.COACH]), Visitor(server.port, decider), promised, seed),
        _Saver(Visitor(server.port, users[Role.HIRING_MANAGER]), promised, users[Role.HIRING_MANAGER].pk),
        _Organiser(Visitor(server.port, users[Role.ADMINISTRATOR]), promised),
    ]
    killed: Counter[str] = Counter()
    under_way: Counter[str] = Counter()
    wrong: list[str] = []
    for actor in actors:
        actor.start()
    try:
        for number in range(kills):
            # both are up and at work; the moment is anywhere in what they do next
            server.await_answer()
            time.sleep(dice.uniform(0.2, 4.0))
            if dice.random() < 0.5:
                killed["server"] += 1
                under_way.update(one.doing for one in actors if one.doing)
                server.process.send_signal(signal.SIGKILL)
                server.process.wait()
                wrong += [f"after kill {number + 1} (server): {one}" for one in promised.wrong()]
                server.start_again()
            else:
                killed["worker"] += 1
                if dice.random() < 0.5:
                    _await_import(dice)
                under_way.update(f"job {kind}" for kind in _running())
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                wrong += [f"after kill {number + 1} (worker): {one}" for one in promised.wrong()]
                worker = start_worker()
        for actor in actors:
            actor.stop()
        server.await_answer()
        again = _to_the_end(Visitor(server.port, users[Role.ADMINISTRATOR]), worker)
        wrong += [f"at the end: {one}" for one in promised.wrong_at_the_end()]
    finally:
        for actor in actors:
            actor.stop()
        worker.kill()
        worker.wait()
        server.stop()
    wrong += [f"{type(one).__name__}: {one}" for actor in actors for one in actor.broken]
    return {
        "database": connection.vendor,
        "kills": dict(killed),
        "under way when killed": dict(under_way),
        "acknowledged": promised.count(),
        "conversations": Conversation.objects.count(),
        "calls cut off": sum(actor.cut for actor in actors),
        "jobs tried again by hand": again,
        "jobs given up after five kills": Job.objects.filter(state=Job.State.FAILED).count(),
        "seconds": round(time.monotonic() - began),
        "wrong": wrong,
    }


def _user(role: Role, start: str = "") -> User:
    user = User.objects.create_user(f"{start}{role.value}@bench.example", None, name=f"{role.value} 0")
    Membership.objects.create(user=user, role=role, team=None)
    return user


def _await_import(dice: random.Random) -> None:
    """Return at a moment in the midst of an import, where one begins soon."""
    deadline = time.monotonic() + _SOON_S
    while time.monotonic() < deadline:
        if "import" in _running():
            time.sleep(dice.uniform(0.0, 0.7))
            return
        time.sleep(0.02)


def _running() -> list[str]:
    return list(Job.objects.filter(state=Job.State.RUNNING).values_list("kind", flat=True))


def _to_the_end(visitor: Visitor, worker: subprocess.Popen[bytes]) -> int:
    """Wait until nothing waits; jobs that were given up are tried again by the button that pages have for that."""
    deadline = time.monotonic() + _AT_LAST_S
    again = 0
    while time.monotonic() < deadline and worker.poll() is None:
        for job in Job.objects.filter(state=Job.State.FAILED, kind__in=("import", "preview")):
            again += visitor.post(f"/import/{job.payload['import']}/again/").status == 302
        for imported in Import.objects.filter(state=Import.State.PREVIEWED):
            visitor.post(f"/import/{imported.pk}/confirm/")
        busy = Job.objects.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).exists()
        if not busy and not Delivery.objects.filter(imported=None).exists():
            break
        time.sleep(0.5)
    return again


def _sample() -> list[dict[str, Any]]:
    with gzip.open(paths()[0], "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class _Actor(threading.Thread):
    """Somebody who does the same kind of thing again and again; a connection that breaks is tried no second time."""

    def __init__(self, visitor: Visitor, promised: Promised) -> None:
        super().__init__(daemon=True)
        self.visitor, self.promised = visitor, promised
        self.doing = ""
        self.cut = 0
        self.number = 0
        self.broken: list[Exception] = []
        self._over = threading.Event()

    def run(self) -> None:
        """Do it until stopped."""
        try:
            while not self._over.wait(0.05):
                self.number += 1
                try:
                    self.once()
                except OSError:  # the server was killed before it answered: nothing was acknowledged
                    self.cut += 1
                except Exception as error:  # told at the end; one that is stuck must not hide the others
                    self.broken.append(error)
                    self._over.wait(1)
                self.doing = ""
        finally:
            connections.close_all()

    def stop(self) -> None:
        """Let it end after what it does now."""
        self._over.set()
        if self.is_alive():
            self.join(120)

    def once(self) -> None:
        raise NotImplementedError

    def pause(self, seconds: float) -> None:
        self._over.wait(seconds)


class _Importer(_Actor):
    """Hands in a file, waits for the look at it, confirms, waits for the end."""

    def once(self) -> None:
        lines = _sample()
        some = [lines[(self.number * _OF_A_FILE + place) % len(lines)] for place in range(_OF_A_FILE)]
        data = b"".join(
            json.dumps({**one, "id": f"file-{self.number}-{place}"}).encode() + b"\n" for place, one in enumerate(some)
        )
        self.doing = "handing a file in"
        answer = self.visitor.upload("/import/", f"chats-{self.number}.jsonl", data, purpose="coaching")
        key = int(_redirected(answer.status, answer.location, r"/import/(\d+)/"))
        with self.promised.lock:
            self.promised.imports.add(key)
        if not self._await(key, Import.State.PREVIEWED):
            return
        self.doing = "confirming an import"
        answer = self.visitor.post(f"/import/{key}/confirm/")
        _redirected(answer.status, answer.location, r"/import/(\d+)/")
        with self.promised.lock:
            self.promised.confirmed.add(key)
        self._await(key, Import.State.DONE)

    def _await(self, key: int, state: str) -> bool:
        self.doing = ""
        for _ in range(900):
            if self._over.is_set() or Import.objects.filter(pk=key, state=state).exists():
                return not self._over.is_set()
            self.pause(0.1)
        return False


class _Deliverer(_Actor):
    """Hands conversations in by the REST API; a call that broke is sent again under the same key, as it should be."""

    def once(self) -> None:
        lines = _sample()
        some = [
            {**lines[(self.number * _OF_A_CALL + place) % len(lines)], "id": f"call-{self.number}-{place}"}
            for place in range(_OF_A_CALL)
        ]
        key = f"call-{self.number}"
        while not self._over.is_set():
            self.doing = "handing conversations in"
            try:
                answer = self.visitor.post_json(
                    "/api/conversations", json.dumps({"conversations": some}).encode(), Idempotency_Key=key
                )
            except OSError:
                self.cut += 1
                self.pause(0.2)
                continue
            if answer.status != 202:
                raise RuntimeError(f"handing in answered {answer.status}: {answer.text[:200]}")
            token = ApiToken.objects.get(name="campaign").pk
            with self.promised.lock:
                self.promised.deliveries[f"{key}"] = [one["id"] for one in some]
            assert Delivery.objects.filter(key__startswith=f"{token}:{key}:0:").exists()
            break
        self.doing = ""
        self.pause(8)


class _Reviewer(_Actor):
    """Contests a finding on a conversation's page; a second coach decides it."""

    def __init__(self, visitor: Visitor, second: Visitor, promised: Promised, seed: int) -> None:
        super().__init__(visitor, promised)
        self.second = second
        self.dice = random.Random(seed)

    def once(self) -> None:
        keys = list(Conversation.objects.values_list("pk", flat=True)[:500])
        if not keys:
            self.pause(1)
            return
        key = self.dice.choice(keys)
        page = self.visitor.get(f"/conversations/{key}/")
        if page.status == 404:  # nobody known by name takes part
            return
        ways = [link for link in links(page.text) if link.startswith(f"/conversations/{key}/contest/?")]
        if not ways:
            return
        place = re.sub(r".*[?&]place=([^&]*).*", r"\1", self.dice.choice(ways))
        form = self.visitor.get(f"/conversations/{key}/contest/?place={place}")
        kind = "hit" if 'value="hit"' in form.text else "done"
        self.doing = "contesting"
        answer = self.visitor.post(f"/conversations/{key}/contest/", place=_plain(place), kind=kind, reason="not so")
        contest = int(_redirected(answer.status, answer.location, r"/conversations/contests/(\d+)/"))
        with self.promised.lock:
            self.promised.contests.add(contest)
        self.doing = "deciding"
        upheld = self.dice.choice(["yes", "no"])
        answer = self.second.post(f"/conversations/contests/{contest}/", upheld=upheld, reason="looked at")
        _redirected(answer.status, answer.location, r"/conversations/contests/(\d+)/")
        with self.promised.lock:
            self.promised.decisions[contest] += 1
        self.doing = ""
        self.pause(0.3)


class _Saver(_Actor):
    """Changes the name of the own account, again and again: the last one acknowledged holds."""

    def __init__(self, visitor: Visitor, promised: Promised, user: int) -> None:
        super().__init__(visitor, promised)
        self.user = user

    def once(self) -> None:
        name = f"Helen {self.number}"
        self.doing = "saving a name"
        answer = self.visitor.post("/account/", name=name, language="")
        _redirected(answer.status, answer.location, r"/account/")
        with self.promised.lock:
            self.promised.names.append((self.user, name))
        self.pause(0.2)


class _Organiser(_Actor):
    """Makes teams."""

    def once(self) -> None:
        name = f"Team {self.number}"
        self.doing = "saving a team"
        answer = self.visitor.post("/administration/teams/", name=name, active="on")
        _redirected(answer.status, answer.location, r"/administration/teams/.*")
        with self.promised.lock:
            self.promised.teams.add(name)
        self.pause(0.5)


def _plain(place: str) -> str:
    from urllib.parse import unquote_plus

    return unquote_plus(place)


def _redirected(status: int, location: str, wanted: str) -> str:
    found = re.fullmatch(wanted, location)
    if status != 302 or found is None:
        raise RuntimeError(f"answered {status} {location!r}")
    return found[1] if found.groups() else location
