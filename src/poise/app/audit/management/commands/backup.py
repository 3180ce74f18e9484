"""``poise manage backup FILE``: everything in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from poise.app.audit.copies import CopyError, save
from poise.app.audit.log import record
from poise.app.audit.models import Action


class Command(BaseCommand):
    """Save database, uploads and secret key."""

    help = "Save database, uploads and secret key in one file, while people go on working."
    requires_system_checks = ()  # what is there is saved, whatever else lacks

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=Path, help="file to write, such as poise-2026-01-31.tar.gz")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Save."""
        record(Action.SAVED_COPY)
        try:
            manifest = save(file)
        except CopyError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{file}: Poise {manifest.poise}, {manifest.at}, {file.stat().st_size:,} bytes")
        self.stdout.write("It holds the secret key and people's data: keep it as safe as the installation itself.")
