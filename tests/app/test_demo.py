"""``bin/demo``: from nothing to a server in which each role signs in and finds its own page; refused anywhere real."""

from __future__ import annotations

import gzip
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.accounts.models.users import ROLE_NAMES
from poise.app.audit.models import Entry
from poise.app.conversations.contests.precision import precision
from poise.app.conversations.models import Contest
from poise.app.demonstration import contesting
from poise.app.demonstration.accounts import DOMAIN, MARK, TEAM, NotADemoError, check, open_accounts
from poise.app.demonstration.hiring import fill
from poise.app.importing.batch import prepare, write
from poise.app.importing.models import Import
from poise.app.interviews.blinding import may_compare
from poise.app.interviews.calibration.models import Round
from poise.app.interviews.calibration.passing import may_rate
from poise.app.interviews.campaigns.models import Accommodation, Campaign, Candidate, Letter, Seat
from poise.app.interviews.candidacy.standing import standing_of
from poise.app.interviews.decisions.models import Decision, Objection
from poise.app.interviews.recordings.evidence import found_in
from poise.app.interviews.recordings.models import Recording
from poise.app.interviews.room.models import Quote, Rating
from poise.app.people.models import Evidence
from poise.app.work.models import Job
from poise.reading.chunks import Chunk
from poise.reading.parse import parse
from poise.validation.sample import paths

ROOT = Path(__file__).resolve().parents[2]

#: role → what their first page says, and a page that each may open (status)
LANDS = {
    "administrator": ("You look after accounts", "/import/", 200),
    "coach": ("who needs help with what", "/people/", 200),
    "agent": ("You see your own profile", "/people/", 200),
    "auditor": ("who looked at what", "/audit/", 200),
    "hiring-manager": ("You hire", "/people/", 403),
    "second-manager": ("You hire", "/hiring/", 200),
    "interviewer": ("You interview", "/people/", 403),
    "second-interviewer": ("You interview", "/hiring/", 403),
    "third-interviewer": ("You interview", "/hiring/interviews/", 200),
}


class _Browser:
    """Enough of a browser to sign in."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())).open

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, text, and the address it ended at."""
        try:
            with self._open(urllib.parse.urljoin(self.base, path), timeout=60) as answer:
                return answer.status, answer.read().decode(), answer.url
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.url

    def post(self, path: str, **fields: str) -> tuple[int, str, str]:
        """Send a page's form as its button would."""
        page = self.get(path)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, page
        address = urllib.parse.urljoin(self.base, path)
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        request = urllib.request.Request(address, data, {"Origin": self.base, "Referer": address})
        with self._open(request, timeout=60) as answer:
            return answer.status, answer.read().decode(), answer.url


@pytest.fixture(scope="module")
def demo(
    tmp_path_factory: pytest.TempPathFactory, demo_folder: Callable[[], AbstractContextManager[None]]
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """bin/demo on a folder of its own, and all that it printed until its server answered."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with demo_folder():
        process = subprocess.Popen(
            ["bin/demo", "--port", str(port), "--home", str(tmp_path_factory.mktemp("demo") / "home")],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": "postgresql://nobody@192.0.2.1/real", "POISE_HOME": "/nonexistent/real"},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        said = ""
        while not re.search(r"^Poise: http", said, re.M):
            line = process.stdout.readline()
            assert line, said
            said += line
    yield process, said
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_each_role_signs_in_and_lands_where_it_belongs_and_ctrl_c_stops_all(
    demo: tuple[subprocess.Popen[str], str],
) -> None:
    process, said = demo
    base = re.search(r"^Poise: (http\S+)$", said, re.M)
    password = re.search(r"with the password (\S+)", said)
    links = re.findall(r"(http\S+/enter/\S+/)", said)
    assert base and password and len(links) == 2 and "report.html" in said
    emails = re.findall(rf"([a-z-]+)@{re.escape(DOMAIN)}", said)
    assert sorted(emails) == sorted(LANDS)
    for role in Role:
        assert str(ROLE_NAMES[role]) in said
    for email, (says, path, status) in LANDS.items():
        browser = _Browser(base[1])
        _, page, address = browser.post("/account/sign-in/", login=f"{email}@{DOMAIN}", password=password[1])
        assert urllib.parse.urlsplit(address).path == "/" and says in page, email
        assert browser.get(path)[0] == status, email

    coach = _Browser(base[1])
    coach.post("/account/sign-in/", login=f"coach@{DOMAIN}", password=password[1])
    assert coach.get("/conversations/contests/")[1].count("yours to decide") == 2
    assert "7 of 7; range" in coach.get("/conversations/precision/")[1]
    team = coach.get("/people/")[1]
    assert "Jonas Weber" in team and "Fatima Zahrani" in team and "Harbour" in team
    agent = _Browser(base[1])
    agent.post("/account/sign-in/", login=f"agent@{DOMAIN}", password=password[1])
    own = agent.get("/people/")
    assert re.fullmatch(r"/people/\d+/", urllib.parse.urlsplit(own[2]).path) and "Jonas Weber" in own[1]
    candidate = _Browser(base[1])
    _, page, address = candidate.post(urllib.parse.urlsplit(links[0]).path)
    assert urllib.parse.urlsplit(address).path == "/" and "your own application" in page
    assert candidate.get("/people/")[0] == 403
    _hiring(base[1], password[1], candidate, links[1])

    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
    assert process.wait(60) == 0
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", urllib.parse.urlsplit(base[1]).port or 0), 5):
        pass


def _hiring(base: str, password: str, candidate: _Browser, link: str) -> None:
    """Those who hire, interview, apply and audit find a round in mid-flight."""

    def come_in(who: str) -> _Browser:
        browser = _Browser(base)
        browser.post("/account/sign-in/", login=f"{who}@{DOMAIN}", password=password)
        return browser

    manager = come_in("hiring-manager")
    assert "Guest service, spring season" in manager.get("/hiring/")[1]
    panel = re.search(r"/hiring/panel/campaigns/\d+/", manager.get("/hiring/panel/")[1])
    assert panel and "Kwame Mensah" in manager.get(panel[0])[1]
    rater = come_in("interviewer")
    listed = rater.get("/hiring/interviews/")[1]
    assert "Yusuf Demir" in listed and "Clara Lindqvist" in listed
    room = re.search(r"/hiring/interviews/\d+/", listed)
    assert room and 'value="5"' in rater.get(room[0])[1]  # calibrated: levels can be given
    own = candidate.get("/candidacy/")[1]
    assert "Guest service, spring season" in own
    declined = _Browser(base)
    declined.post(urllib.parse.urlsplit(link).path)
    mine = re.search(r"/candidacy/\d+/", declined.get("/candidacy/")[2] + declined.get("/candidacy/")[1])
    assert mine and declined.get(f"{mine[0]}report/")[0] == 200
    assert "I would write the number down" in declined.get(f"{mine[0]}objections/")[1]
    audited = re.search(r"/hiring/panel/audit/\d+/", come_in("auditor").get("/hiring/panel/audit/")[1])
    assert audited
    page = come_in("auditor").get(audited[0])
    assert page[0] == 200 and not re.search("Kwame|Ivan Petrov|Tomasz", page[1])


def test_a_home_without_the_mark_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("POISE_", "DATABASE_URL"))}
    done = subprocess.run(
        [sys.executable, "-m", "poise", "manage", "load_demo"],
        env=kept | {"POISE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode != 0 and MARK in done.stderr and "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"secret.key", "poise.sqlite3"}
    database = tmp_path / "poise.sqlite3"
    assert not database.exists() or not database.stat().st_size


def test_a_database_with_real_accounts_is_refused(db: str, member: object, tmp_path: Path) -> None:
    (tmp_path / MARK).touch()
    check(tmp_path)
    member("coach", email="dana@example.org")  # type: ignore[operator]
    with pytest.raises(NotADemoError, match="DATABASE_URL"):
        check(tmp_path)


def test_the_hiring_round_is_made_once_and_is_in_mid_flight(db: str, tmp_path: Path) -> None:
    Team.objects.create(name=TEAM)
    cast = {sign.email.split("@")[0]: sign for sign in open_accounts()}
    declined = fill()
    held = {model: model.objects.count() for model in (Candidate, Seat, Rating, Quote, Letter, Decision, Round)}
    assert fill() == declined and held == {model: model.objects.count() for model in held}
    (tmp_path / MARK).touch()
    check(tmp_path)  # whoever applies has an address of the demo too, so that it can be filled again
    assert {"hiring-manager", "interviewer", "auditor"} <= cast.keys()

    campaign = Campaign.objects.get(state="open")
    ivan, helen = (User.objects.get(email=f"{start}@{DOMAIN}") for start in ("interviewer", "hiring-manager"))
    assert may_rate(ivan, campaign) and may_compare(helen, campaign) and not may_compare(ivan, campaign)
    waits = Seat.objects.get(rater=ivan, submitted_at=None, interview__starts_at__lt=timezone.now())
    assert waits.interview.seats.exclude(submitted_at=None).count() == 1
    clara = Candidate.objects.get(user__email=f"candidate@{DOMAIN}")
    assert standing_of(clara).status == "coming" and not clara.decisions.exists()
    assert standing_of(Candidate.objects.get(user=declined)).report
    assert set(Candidate.objects.filter(anchor=False).values_list("state", flat=True)) == {
        "active",
        "declined",
        "hired",
    }
    acts = {one.behaviour: one.hits for one in found_in(Recording.objects.get()).acts}
    for heard in ("courtesy.greeting", "listening.paraphrase", "listening.confirmed"):
        assert acts[heard], f"{heard} is in what was said, and has to be found"
    assert all(one.reason for one in Decision.objects.all()) and not Letter.objects.exclude(sent_at=None).exists()


def test_each_step_of_the_round_has_its_own_day_in_the_order_in_which_such_things_happen(db: str) -> None:
    Team.objects.create(name=TEAM)
    open_accounts()
    fill()
    decisions = list(Decision.objects.order_by("pk"))
    assert len({timezone.localdate(one.decided_at) for one in decisions}) == 3
    assert decisions == sorted(decisions, key=lambda one: one.decided_at)
    for one in decisions:
        day = timezone.localdate(one.decided_at)
        assert day.weekday() < 5 and day < timezone.localdate(), one
        held = Seat.objects.filter(interview__candidate=one.candidate, interview__stage=one.stage)
        assert all(seat.submitted_at < one.decided_at for seat in held), one
        own = Seat.objects.filter(rater=one.decided_by, interview__candidate__anchor=False)
        assert all(seat.submitted_at < one.decided_at for seat in own), "who rates decides after they submitted"
        looks = [datetime.fromisoformat(seen["at"]) for seen in one.seen if "at" in seen]
        assert looks and all(timedelta() < one.decided_at - at < timedelta(hours=1) for at in looks), one
        letters = Letter.objects.filter(candidate=one.candidate, kind=Letter.Kind.REPORT)
        assert all(letter.asked_at >= one.decided_at for letter in letters)
    for candidate in Candidate.objects.filter(anchor=False):
        notice = candidate.notices.get()
        assert candidate.created_at < notice.given_at and (notice.read_at is None or notice.given_at < notice.read_at)
        first = candidate.interviews.order_by("starts_at").values_list("starts_at", flat=True).first()
        assert first is None or timezone.localdate(first) >= notice.interviews_from
        steps = [one.given_at for one in candidate.consents.all()] + [
            one.asked_at for one in candidate.accommodations.all()
        ]
        assert all(notice.given_at < at < (first or timezone.now()) for at in steps), candidate
    for wish in Accommodation.objects.exclude(answered_at=None):
        assert wish.answered_at is not None and wish.asked_at < wish.answered_at
    declined = next(one for one in decisions if one.outcome == "decline")
    answered, waiting = Objection.objects.order_by("pk")
    assert answered.answered_at is not None
    assert declined.decided_at < answered.made_at < answered.answered_at < waiting.made_at < timezone.now()
    recorded = Recording.objects.get()
    assert recorded.interview.starts_at is not None and recorded.interview.starts_at < recorded.added_at
    assert recorded.added_at < timezone.now() - timedelta(days=1)
    for practice in Round.objects.filter(finished_at__isnull=False):
        rated = [one.at for one in practice.ratings.order_by("pk")]
        assert rated == sorted(rated) and len(set(rated)) == len(rated) and practice.started_at < rated[0]
        first_seat = Seat.objects.filter(rater=practice.rater, started_at__isnull=False).order_by("started_at").first()
        assert first_seat is not None and first_seat.started_at is not None and practice.finished_at is not None
        assert practice.finished_at < first_seat.started_at, "who rates was calibrated before"


def _bring_in_of_the_sample(person: str) -> None:
    """Import those conversations of the sample in which somebody takes part."""
    file = next(path for path in paths() if path.name == "team.jsonl.gz")
    lines = [line for line in gzip.decompress(file.read_bytes()).splitlines() if f'"id":"{person}"'.encode() in line]
    imported = Import.objects.create(way=Import.Way.SAMPLE, name="test", state=Import.State.DONE)
    batch = prepare(parse(Chunk(0, "canonical", "test", 1, b"\n".join(lines)), default_purpose="coaching"), "")
    with transaction.atomic():
        write(batch, imported, chunk=0)


def test_findings_are_contested_decided_and_looked_at_once(db: str) -> None:
    _bring_in_of_the_sample("jonas")
    open_accounts()
    jonas, kari = (User.objects.get(email=f"{start}@{DOMAIN}") for start in ("agent", "coach"))
    Job.objects.all().delete()
    contesting.fill()
    said = Contest.objects.exclude(kind=Contest.Kind.CHECK)
    assert sorted(said.values_list("state", flat=True)) == ["open", "open", "stands", "upheld", "upheld"]
    assert all(one.by == jonas and one.reason and one.person.user == jonas for one in said)
    for one in said:
        for decision in one.decisions.all():
            assert decision.by == kari and decision.reason and one.at < decision.at < timezone.now()
        assert one.decisions.count() == (one.state != "open")
    gone = said.get(behaviour="help.deflection")
    assert Evidence.objects.get(conversation=gone.conversation, behaviour=gone.behaviour, person=gone.person).hits == 0
    assert Job.objects.get(kind="estimates").state == Job.State.WAITING, "estimates come after the decisions"
    logged = set(Entry.objects.filter(kind="contest").values_list("action", "actor"))
    assert logged == {("contested", jonas.pk), ("decided", kari.pk)}

    looked_at = Contest.objects.filter(kind=Contest.Kind.CHECK)
    assert all(one.by == kari and one.at < timezone.now() for one in looked_at)
    assert len(set(looked_at.values_list("behaviour", flat=True))) >= 3
    assert all(one.low < one.right / one.looked_at for one in precision().values() if one.right)
    held = Contest.objects.count()
    contesting.fill()
    assert Contest.objects.count() == held
    client = Client()
    client.force_login(kari)
    assert client.get("/conversations/contests/").content.decode().count("yours to decide") == 2
