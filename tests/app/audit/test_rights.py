"""Notice, consent, export, erasure and retention, through the pages and by what the database then holds."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client

from poise.app.accounts.models import Membership, User
from poise.app.audit import retention
from poise.app.audit.erasing import erase, extent
from poise.app.audit.log import seal
from poise.app.audit.models import Consent, Entry, NoticeGiven, Retention, Tombstone
from poise.app.audit.retention import before
from poise.app.audit.verifying import verify
from poise.app.conversations.models import Conversation, Turn
from poise.app.importing.models import Import, Reject
from poise.app.people.models import Evidence, Person
from poise.app.work.jobs import enqueue
from poise.app.work.models import Job
from poise.app.work.pace import Pace
from poise.app.work.worker import work_off

Member = Callable[..., User]


def _everything() -> str:
    """Return every text value of every table but the marks of the erased: what a thief of the database would read."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in {"audit_tombstone", "django_migrations"} or table.startswith("sqlite_"):
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [str(value) for row in cursor.fetchall() for value in row if isinstance(value, str | bytes)]
    return "\n".join(found)


def test_what_erasing_takes_away_is_said_first(dana: Person) -> None:
    own = Conversation.objects.get(source_id="own").pk
    shared = Conversation.objects.get(source_id="shared").pk
    found = extent(dana)
    assert (found.alone, found.shared) == ([own], [shared])
    assert found.evidence == Evidence.objects.filter(person=dana).count() > 0


def test_an_erased_person_is_nowhere(dana: Person, member: Member) -> None:
    account = member("agent", email="dana@example.org", name="Dana Levi")
    Person.objects.filter(pk=dana.pk).update(user=account)
    dana.refresh_from_db()
    erase(dana, by=member("administrator"), reason="asked for it")
    work_off()
    left = _everything()
    for word in ("Dana", "dana", "purple secret", "kettle"):
        assert word not in left, word
    assert "Omar Aziz" in left
    assert not User.objects.filter(email="dana@example.org").exists()
    assert not Conversation.objects.filter(source_id="own").exists()
    shared = Conversation.objects.get(source_id="shared")
    assert list(Turn.objects.filter(conversation=shared).order_by("number").values_list("text", flat=True)) == [
        "Still broken",
        "",
        "Good morning, how can I help?",
    ]
    assert Evidence.objects.filter(conversation=shared).values("person").distinct().count() == 1
    assert not Job.objects.filter(state="failed").exists()


def test_the_log_keeps_that_it_was_done_and_still_holds(dana: Person, member: Member) -> None:
    key = dana.pk
    erase(dana, by=member("administrator"), reason="asked for it")
    seal()
    told = Entry.objects.get(action="erased")
    assert (told.person, told.detail["conversations"], told.detail["reason"]) == (key, 1, "asked for it")
    assert verify().holds
    assert Tombstone.objects.get().person == key


def test_a_file_that_speaks_of_the_erased_is_refused_record_by_record(
    dana: Person, bring: Callable[..., Import]
) -> None:
    erase(dana, by=None, reason="asked for it")
    again = bring()
    assert Conversation.objects.filter(imported=again).count() == 0  # other and shared are here already
    refused = Reject.objects.filter(imported=again)
    assert {(one.line, one.field) for one in refused} == {(1, "people"), (2, "people")}
    assert not Person.objects.filter(person_id="dana").exists()


def test_a_coach_keeps_the_account(dana: Person, member: Member) -> None:
    coach = member("coach")
    Membership.objects.create(user=coach, role="agent")
    Person.objects.filter(pk=dana.pk).update(user=coach)
    dana.refresh_from_db()
    erase(dana, by=None, reason="left")
    assert User.objects.filter(pk=coach.pk).exists()


def test_erasing_asks_for_the_name(dana: Person, member: Member, client: Client) -> None:
    client.force_login(member("administrator"))
    page = client.get(f"/audit/people/{dana.pk}/erase/").content.decode()
    assert "1 conversation goes as a whole" in page
    refused = client.post(f"/audit/people/{dana.pk}/erase/", {"name": "Dana", "reason": "r"})
    assert refused.status_code == 422
    assert Person.objects.filter(pk=dana.pk).exists()
    assert client.post(f"/audit/people/{dana.pk}/erase/", {"name": "Dana Levi", "reason": "r"}).status_code == 302
    assert not Person.objects.filter(pk=dana.pk).exists()
    assert "r" in client.get("/audit/erased/").content.decode()


def test_everything_held_is_handed_over(dana: Person, member: Member, client: Client) -> None:
    user = member("agent", email="dana@example.org")
    Person.objects.filter(pk=dana.pk).update(user=user)
    client.force_login(user)
    answer = client.get(f"/audit/people/{dana.pk}/export/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    about = json.loads(archive.read("person.json"))
    assert about["person"]["name"] == "Dana Levi"
    assert about["account"]["email"] == "dana@example.org"
    assert {"estimate", "rate", "evidence", "consent", "audit"} <= set(about)
    assert len(about["evidence"]) == Evidence.objects.filter(person=dana).count()
    said = [json.loads(line) for line in archive.read("conversations.jsonl").splitlines()]
    assert [one["id"] for one in said] == ["own", "shared"]
    assert [turn["own"] for turn in said[1]["turns"]] == [False, True, False]
    assert said[0]["turns"][1]["text"] == "Good morning •••, I am so sorry about the kettle.", (
        "a customer's name is theirs"
    )
    assert "Dana Levi" in archive.read("read-me.html").decode()
    assert Entry.objects.filter(action="exported", person=dana.pk, actor=user.pk).exists()


def test_nobody_exports_somebody_else(dana: Person, member: Member, client: Client) -> None:
    client.force_login(member("agent"))
    assert client.get(f"/audit/people/{dana.pk}/export/").status_code == 403


def test_consent_is_given_and_withdrawn_and_kept(dana: Person, member: Member, client: Client) -> None:
    user = member("agent")
    Person.objects.filter(pk=dana.pk).update(user=user)
    client.force_login(user)
    address = f"/audit/people/{dana.pk}/consents/"
    for _ in range(2):  # twice is once
        client.post(address, {"kind": "recording"})
    assert Consent.objects.filter(withdrawn_at=None).count() == 1
    client.post(address, {"kind": "recording", "withdraw": "1"})
    assert Consent.objects.get().withdrawn_at is not None
    assert list(Entry.objects.order_by("id").values_list("action", flat=True)) == ["consented", "withdrew"]
    client.force_login(member("agent"))
    assert client.post(address, {"kind": "recording"}).status_code == 403


def test_notice_is_noted(committed_db: str, member: Member, client: Client) -> None:
    client.force_login(member("administrator"))
    page = client.get("/audit/notice/").content.decode()
    assert "כיצד נבחנות שיחות" in page
    assert client.post("/audit/notice/", {"given_on": "2999-01-01", "how": "e-mail"}).status_code == 422
    assert client.post("/audit/notice/", {"given_on": "2026-01-01", "how": "e-mail"}).status_code == 302
    assert NoticeGiven.objects.get().how == "e-mail"
    assert Entry.objects.filter(action="notified").exists()


def test_what_is_past_its_time_goes(dana: Person, member: Member, client: Client) -> None:
    client.force_login(member("administrator"))
    Conversation.objects.filter(source_id="other").update(started_at=datetime(2001, 1, 1, tzinfo=UTC))
    client.post("/audit/retention/", {"purpose": "coaching", "coaching-months": "120"})
    assert Retention.objects.get().months == 120
    assert "1 conversation is past it" in client.get("/audit/retention/").content.decode()
    enqueue("expire", {}, key="now")
    work_off()
    assert set(Conversation.objects.values_list("source_id", flat=True)) == {"own", "shared"}
    assert Entry.objects.filter(action="removed", detail__conversations=1).exists()
    client.post("/audit/retention/", {"purpose": "coaching", "coaching-months": ""})
    assert not Retention.objects.exists()


def test_the_clocks_are_asked_for_once_a_day(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_pace", Pace(60.0))
    retention.expire_when_due()
    assert not Job.objects.exists(), "no clock is set"
    Retention.objects.create(purpose="coaching", months=12)
    retention.expire_when_due()
    assert not Job.objects.exists(), "it was just looked"
    for _ in range(2):
        monkeypatch.setattr(retention, "_pace", Pace(60.0))
        retention.expire_when_due()
    assert Job.objects.get().kind == "expire"


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [((2026, 3, 31), 1, (2026, 2, 28)), ((2024, 3, 31), 1, (2024, 2, 29)), ((2026, 1, 15), 13, (2024, 12, 15))],
)
def test_months_are_calendar_months(now: tuple[int, ...], months: int, then: tuple[int, ...]) -> None:
    assert before(datetime(*now, tzinfo=UTC), months) == datetime(*then, tzinfo=UTC)


def test_the_log_page_filters_and_downloads(dana: Person, member: Member, client: Client) -> None:
    administrator = member("administrator")
    erase(dana, by=administrator, reason="<script>alert(1)</script>")
    client.force_login(member("auditor"))
    page = client.get("/audit/?action=erased").content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "There are none." in client.get("/audit/?action=merged").content.decode()
    lines = b"".join(client.get("/audit/log.csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("sequence,at,actor")
    assert len(lines) == 1 + Entry.objects.count()  # the download is in it too
    assert "The chain holds." in client.post("/audit/verify/").content.decode()
    broken = client.post("/audit/verify/", {"head": "f" * 64}).content.decode()
    assert "The chain breaks" in broken
