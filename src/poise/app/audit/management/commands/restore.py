"""``poise manage restore FILE``: a backup in the place of this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from poise.app.audit.copies import CopyError, restore
from poise.app.audit.log import record
from poise.app.audit.models import Action


class Command(BaseCommand):
    """Restore database, uploads and secret key."""

    help = "Put a backup in the place of database, uploads and secret key. Stop the server first."
    requires_migrations_checks = False
    requires_system_checks = ()  # of what lacks, the installation may be put back first

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="replace an installation that has accounts")

    def handle(self, *args: Any, file: Path, replace: bool, **options: Any) -> None:
        """Restore, and bring the database to this version."""
        try:
            manifest = restore(file, replace=replace)
        except CopyError as error:
            raise CommandError(str(error)) from None
        call_command("migrate", interactive=False, verbosity=0)
        record(Action.RESTORED, made_at=manifest.at)
        self.stdout.write(f"Restored what Poise {manifest.poise} saved at {manifest.at}.")
