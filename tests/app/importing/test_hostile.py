"""Files that mean harm, or are simply wrong: refused with a reason, and harmless."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable

import polars as pl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from poise.app.accounts.models import User
from poise.app.conversations.models import Conversation
from poise.app.importing import files
from poise.app.importing.files import Unfit, folder_of, keep, safe_name
from poise.app.importing.models import Import
from poise.app.people.models import Person
from poise.model import REJECTS

from .conftest import as_lines, conversation

HandIn = Callable[..., Import]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\chats.csv", "chats.csv"),
        ("<script>alert(1)</script>.csv", "script>.csv".replace(">", "_")),
        ("שיחה.vtt", "שיחה.vtt"),
        (".hidden.jsonl", "hidden.jsonl"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("", "file"),
        ("..", "file"),
        ("\u202ecsv.exe", "_csv.exe"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_long_names_keep_their_ending() -> None:
    name = safe_name("ש" * 500 + ".jsonl.gz")
    assert name.endswith(".jsonl.gz") and len(name.encode()) <= 180


def test_archives_and_binaries_are_not_taken(db: str) -> None:
    imported = Import.objects.create(way="upload", name="x")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"0" * 10_000_000)
    for name, data in (("bomb.zip", packed.getvalue()), ("a.csv", b"MZ\x90\x00"), ("b.jsonl", b"%PDF-1.7"), ("c", b"")):
        with pytest.raises(Unfit):
            keep(imported, name, [data] if data else [])
        assert not (folder_of(imported) / name).exists()
    keep(imported, "twice.csv", [b"conversation,text"])
    with pytest.raises(Unfit, match=r"twice\.csv"):
        keep(imported, "twice.csv", [b"conversation,text"])


def test_a_file_over_the_limit_is_not_kept(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILE_LIMIT", 1000)
    imported = Import.objects.create(way="upload", name="x")
    with pytest.raises(files.TooLarge):
        keep(imported, "big.jsonl", [b"x" * 600, b"x" * 600])
    assert list(folder_of(imported).iterdir()) == []


def test_what_swells_beyond_measure_is_refused_before_it_is_read(hand_in: HandIn) -> None:
    bomb = gzip.compress(b"\n" * 80_000_000)
    imported = hand_in(bomb, "chats.jsonl.gz")
    assert imported.state == "refused" and "swells" in imported.problem
    assert not folder_of(imported).exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("noise.bin", bytes(range(256)) * 50),
        ("cut.json", b'[{"id": "a", "turns": [{"text": "half'),
        ("damaged.jsonl.gz", gzip.compress(b"x" * 5000)[:40]),
        ("deep.json", b"[" * 100_000),
        ("notes.txt", b"nothing that anybody said"),
        ("chats.parquet", b"PAR1" + b"\x00" * 100),
    ],
    ids=lambda given: given if isinstance(given, str) else "data",  # bytes of gzip hold the time of day
)
def test_what_is_no_conversation_is_refused_with_a_reason(hand_in: HandIn, name: str, data: bytes) -> None:
    imported = hand_in(data, name)
    assert imported.state == "refused" and imported.problem
    assert "/imports/" not in imported.problem and "inputs:" not in imported.problem
    assert not imported.problem.startswith(":") and ", :" not in imported.problem
    assert not Conversation.objects.exists()


def test_a_line_without_end_does_not_hide_the_good_ones(hand_in: HandIn) -> None:
    endless = b'{"id": "long", "turns": [{"role": "agent", "text": "' + b"a" * 50_000_000 + b'"}]}\n'
    imported = hand_in(as_lines([conversation(0)]) + endless + as_lines([conversation(1)]))
    assert imported.state == "done" and imported.new + imported.rejected == 3
    assert Conversation.objects.filter(source_id__in=["chat-0", "chat-1"]).count() == 2


def test_ids_that_no_database_holds_are_refused_alone(hand_in: HandIn) -> None:
    records = [conversation(0), conversation(1, id="x" * 501), conversation(2), conversation(3)]
    records[2]["people"][0]["id"] = records[2]["turns"][1]["person"] = records[2]["turns"][3]["person"] = "p" * 600
    records[3]["topic"] = "t\x00" * 400
    imported = hand_in(as_lines(records))
    assert (imported.state, imported.new, imported.rejected) == ("done", 2, 2)
    assert len(Conversation.objects.get(source_id="chat-3").topic) == 300


def test_names_and_texts_of_people_are_text_on_every_page(
    hand_in: HandIn, member: Callable[..., User], client: Client
) -> None:
    evil = "<script>alert('x')</script>"
    record = conversation(0)
    record["people"][0] |= {"name": evil, "team": evil}
    broken = conversation(1, purpose=evil)
    imported = hand_in(as_lines([record, broken]), name=f"{evil}.jsonl".replace("/", "_"))
    assert Person.objects.get().name == evil
    client.force_login(member("administrator"))
    for name, args in (("imports", []), ("import", [imported.pk]), ("import_rejects", [imported.pk])):
        page = client.get(reverse(name, args=args))
        assert page.status_code == 200 and b"<script>alert" not in page.content


def test_a_spreadsheet_takes_no_cell_for_a_formula(
    hand_in: HandIn, member: Callable[..., User], client: Client
) -> None:
    formulas = b"=cmd|'/c calc'!A0\n =cmd|'/c calc'!A1\n"  # behind a blank, too
    imported = hand_in(as_lines([conversation(0), conversation(1)]) + formulas)
    client.force_login(member("administrator"))
    said = b"".join(client.get(reverse("import_rejects_csv", args=[imported.pk])).streaming_content)  # type: ignore[attr-defined]
    table = pl.read_csv(said)
    assert table.columns == list(REJECTS) and table["line"].to_list() == [3, 4]
    assert table["record"].str.starts_with("'").all() and table["record"].str.contains("=cmd").all()


def test_uploading_shows_first_what_will_be_read(
    committed_db: str, member: Callable[..., User], client: Client
) -> None:
    from poise.app.work.worker import work_off

    client.force_login(member("administrator"))
    data = as_lines([conversation(0), conversation(1)])
    answer = client.post(
        reverse("imports"), {"uploads": SimpleUploadedFile("chats.jsonl", data), "purpose": "coaching", "roles": ""}
    )
    assert answer.status_code == 302
    imported = Import.objects.get()
    assert b"hx-get" in client.get(answer["Location"]).content
    work_off()
    assert not Conversation.objects.exists()
    assert client.get(reverse("import_progress", args=[imported.pk])).headers["HX-Refresh"] == "true"
    page = client.get(answer["Location"]).content.decode()
    assert "Agent 0" in page and "Harbour" in page and "canonical" in page
    client.post(reverse("import_confirm", args=[imported.pk]))
    client.post(reverse("import_confirm", args=[imported.pk]))
    work_off()
    imported.refresh_from_db()
    assert (imported.state, imported.new) == ("done", 2)
    assert client.get(answer["Location"]).status_code == 200
    client.post(reverse("import_undo", args=[imported.pk]))
    work_off()
    assert not Conversation.objects.exists() and not Person.objects.exists()


def test_uploads_that_cannot_be_taken_are_told_and_leave_nothing(
    committed_db: str, member: Callable[..., User], client: Client
) -> None:
    client.force_login(member("administrator"))
    for data, roles in ((b"PK\x03\x04zip", ""), (b"x", "SPEAKER_00 = boss")):
        answer = client.post(
            reverse("imports"), {"uploads": SimpleUploadedFile("a.jsonl", data), "purpose": "coaching", "roles": roles}
        )
        assert answer.status_code == 422 and b"errorlist" in answer.content
    assert client.post(reverse("imports"), {"purpose": "coaching"}).status_code == 422
    assert not Import.objects.exists()


@pytest.mark.parametrize("role", ["coach", "agent", "auditor", "hiring_manager"])
def test_only_administrators_import(db: str, member: Callable[..., User], client: Client, role: str) -> None:
    client.force_login(member(role))
    assert client.get(reverse("imports")).status_code == 403
