"""``poise manage verify_audit``: does the audit log still say what it said?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from poise.app.audit.log import seal
from poise.app.audit.verifying import verify


class Command(BaseCommand):
    """Walk the chain of the audit log; exit with 1 at the first row that does not hold."""

    help = "Walk the hash chain of the audit log and say where it breaks, if it does."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a head that was noted before."""
        parser.add_argument("--head", help="A head that an earlier run printed: it must still be in the chain.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and print the head."""
        seal()
        verdict = verify(options["head"])
        if not verdict.holds:
            raise CommandError(f"row {verdict.broken_at}: {verdict.problem}; {verdict.entries} rows before it hold")
        self.stdout.write(f"{verdict.entries} rows hold; head {verdict.head}")
