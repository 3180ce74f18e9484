"""The log as a file: whole, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from poise.app.access import Role
from poise.app.accounts.models import User
from poise.app.audit.models import Action, Entry

Member = Callable[..., User]


def _file(client: Client) -> list[dict[str, str]]:
    answer = client.get(reverse("audit_csv"))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text, newline="")))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1+1", "\t=1+1", "\n@x", "＝1+1"])
def test_no_cell_of_the_file_is_a_formula(db: str, member: Member, client: Client, cell: str) -> None:
    Entry.objects.create(action=Action.ADDED, kind=cell, key=cell, purpose=cell, detail={"page": cell})
    client.force_login(member(Role.AUDITOR))
    row = _file(client)[0]
    assert row["kind"] == row["key"] == row["purpose"] == f"'{cell}"
    assert row["detail"].startswith('{"page":')


def test_a_long_log_has_one_header(db: str, member: Member, client: Client) -> None:
    Entry.objects.bulk_create(Entry(action=Action.VIEWED, person=number) for number in range(2_500))
    client.force_login(member(Role.AUDITOR))
    rows = _file(client)
    assert [row["person"] for row in rows if row["person"]] == [str(number) for number in range(2_500)]
    assert "sequence" not in {row["sequence"] for row in rows} and rows[0]["at"].endswith("+00:00")
