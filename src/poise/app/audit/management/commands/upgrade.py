"""``poise manage upgrade``: after a new version was installed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from poise.app.audit.copies import CopyError, save
from poise.app.conversations.detecting import version
from poise.app.conversations.models import Conversation
from poise.app.work.jobs import enqueue_soon


class Command(BaseCommand):
    """Back up, bring the database to this version, and have evidence follow a new version of the knowledge."""

    help = "After installing a new version: back up, bring the database up to date, compute evidence anew."
    requires_migrations_checks = False
    requires_system_checks = ()  # as for a backup, which it begins with

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where the backup goes."""
        parser.add_argument("--backup", type=Path, help="file of the backup (default: backups/ in POISE_HOME)")

    def handle(self, *args: Any, backup: Path | None, **options: Any) -> None:
        """Upgrade."""
        name = datetime.now(UTC).strftime("before-upgrade-%Y%m%d-%H%M%S.tar.gz")
        target = backup or settings.HOME / "backups" / name
        try:
            save(target)
        except CopyError as error:
            raise CommandError(f"nothing was upgraded: {error}") from None
        self.stdout.write(f"Backup: {target}")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        stale = Conversation.objects.exclude(knowledge=version()).count()
        if stale:
            enqueue_soon("redetect", {"stale": True}, topic="stale")
        self.stdout.write(f"Up to date; evidence of {stale} conversations is computed anew in the background.")
