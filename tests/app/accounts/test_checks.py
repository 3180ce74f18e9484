"""``poise manage check`` on an environment that names what is not there, or cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from poise.app.audit.management.commands.backup import Command as Backup
from poise.app.work.management.commands.work import Command as Work
from poise.knowledge import SHIPPED


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("POISE_NORMS", "{tmp}/gone.json", "No such file"),
        ("POISE_NORMS", "{tmp}", "Is a directory"),
        ("POISE_NORMS", "{tmp}/broken.json", "cannot be used"),
        ("POISE_NORMS", str(SHIPPED / "norms" / "sample-full.json"), "tier"),
        ("POISE_WATCH", "{tmp}/gone", "no folder"),
        ("POISE_WATCH", "{tmp}/broken.json", "no folder"),
        ("POISE_SMTP_URL", "mail.example.org", "must look like"),
        ("POISE_SMTP_URL", "smtp://mail.example.org:many?from=poise@example.org", "must look like"),
        ("POISE_SMTP_URL", "smtp://mail.example.org", "must look like"),
    ],
)
def test_what_cannot_be_used_is_named(
    name: str, value: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.json").write_text("{")
    monkeypatch.setenv(name, value.replace("{tmp}", str(tmp_path)))
    with pytest.raises(SystemCheckError) as caught:
        call_command("check")
    assert name in str(caught.value) and says in str(caught.value)


def test_what_can_be_used_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_NORMS", str(SHIPPED / "norms" / "sample.json"))
    monkeypatch.setenv("POISE_WATCH", str(tmp_path))
    monkeypatch.setenv("POISE_SMTP_URL", "smtp://user:word@mail.example.org?from=poise@example.org")
    assert run_checks() == []


def test_neither_workers_nor_backups_wait_for_it() -> None:
    assert Work.requires_system_checks == Backup.requires_system_checks == ()
