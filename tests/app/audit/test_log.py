"""The audit log: whole, in order, and nobody changes it behind its back."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from poise.app.accounts.models import Team
from poise.app.audit.log import START, record, record_views, seal, seal_of
from poise.app.audit.models import Action, Entry
from poise.app.audit.verifying import verify


def _some(count: int = 3) -> None:
    for number in range(count):
        record(Action.CHANGED, actor=number, person=7, purpose="coaching", field="team", to=number)


def _behind_its_back(statement: str) -> None:
    """Do what an intruder with the database's own password could: take the guard away first."""
    drop = (
        "ALTER TABLE audit_entry DISABLE TRIGGER USER"
        if connection.vendor == "postgresql"
        else "DROP TRIGGER audit_entry_update"
    )
    again = (
        "ALTER TABLE audit_entry ENABLE TRIGGER USER"
        if connection.vendor == "postgresql"
        else "CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry BEGIN SELECT 1; END"
    )
    if statement.startswith("DELETE") and connection.vendor == "sqlite":
        drop, again = (
            drop.replace("_update", "_delete"),
            again.replace("_update BEFORE UPDATE", "_delete BEFORE DELETE"),
        )
    with connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(statement)
        cursor.execute(again)


def test_rows_are_chained_once_committed(committed_db: str) -> None:
    _some()
    first, second, third = Entry.objects.order_by("sequence")
    assert [first.sequence, second.sequence, third.sequence] == [1, 2, 3]
    assert first.previous == START
    assert second.previous == first.seal
    assert third.detail == {"field": "team", "to": 2}
    verdict = verify()
    assert verdict.holds
    assert (verdict.entries, verdict.unsealed, verdict.head) == (3, 0, third.seal)


def test_what_is_rolled_back_leaves_no_row(committed_db: str) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        team = Team.objects.create(name="Harbour")
        record(Action.ADDED, team)
        raise RuntimeError
    assert not Entry.objects.exists()


def test_each_person_seen_is_a_row(committed_db: str) -> None:
    record_views([4, 5], purpose="coaching", page="team")
    assert list(Entry.objects.order_by("sequence").values_list("person", "action")) == [(4, "viewed"), (5, "viewed")]


def test_rows_sealed_before_there_were_candidates_keep_their_seals() -> None:
    row = Entry(
        sequence=1,
        previous=START,
        at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        actor=4,
        action="viewed",
        person=7,
        purpose="coaching",
        detail={"page": "team"},
    )
    # as sealed by Poise 0.1.0
    assert seal_of(row) == "81f3e947d7128af8db8a2295abe382b69736b61db3334152a90dd5191574c102"
    row.candidate = 8
    about_eight = seal_of(row)
    row.candidate = 9
    assert len({"81f3e947d7128af8db8a2295abe382b69736b61db3334152a90dd5191574c102", about_eight, seal_of(row)}) == 3


def test_entries_say_which_candidate_they_are_about(committed_db: str) -> None:
    record(Action.DECIDED, candidate=31, purpose="selection", outcome="advance")
    told = Entry.objects.get()
    assert (told.candidate, told.person, told.detail) == (31, None, {"outcome": "advance"})
    assert verify().holds
    _behind_its_back("UPDATE audit_entry SET candidate = NULL")
    assert "something else" in verify().problem


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 99", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_a_sealed_row(committed_db: str, statement: str) -> None:
    _some()
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify().entries == 3


@pytest.mark.parametrize(
    ("statement", "at", "problem"),
    [
        ("UPDATE audit_entry SET actor = 99 WHERE sequence = 2", 2, "something else"),
        ("UPDATE audit_entry SET detail = '{}' WHERE sequence = 3", 3, "something else"),
        ("DELETE FROM audit_entry WHERE sequence = 2", 2, "missing"),
        ("UPDATE audit_entry SET previous = seal WHERE sequence = 1", 1, "does not follow"),
    ],
)
def test_what_is_changed_behind_its_back_is_found(committed_db: str, statement: str, at: int, problem: str) -> None:
    _some(4)
    _behind_its_back(statement)
    verdict = verify()
    assert verdict.broken_at == at
    assert problem in verdict.problem
    with pytest.raises(CommandError, match=f"row {at}: "):
        call_command("verify_audit", stdout=StringIO())


def test_rows_cut_off_at_the_end_show_against_a_noted_head(committed_db: str) -> None:
    _some(4)
    noted = verify().head
    _behind_its_back("DELETE FROM audit_entry WHERE sequence = 4")
    assert verify().holds
    assert "cut off" in verify(noted).problem


def test_many_at_once_make_one_chain(committed_db: str) -> None:
    def write() -> None:
        _some(5)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal()
    verdict = verify()
    assert verdict.holds
    assert (verdict.entries, verdict.unsealed) == (30, 0)


def test_the_command_prints_the_head(committed_db: str) -> None:
    _some()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert out.getvalue() == f"3 rows hold; head {Entry.objects.get(sequence=3).seal}\n"
