"""``poise manage load_sample``: the invented team."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from poise.app.importing.models import Import
from poise.app.importing.sample import hand_in
from poise.app.work.worker import work_off


class Command(BaseCommand):
    """Import the invented sample as an upload would be imported; again does nothing."""

    help = "Import the invented team that ships, so that there is something to look at."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--later", action="store_true", help="leave the work to the workers that run")

    def handle(self, *args: Any, later: bool, **options: Any) -> None:
        """Import."""
        imported = hand_in()
        if later:
            self.stdout.write("the sample will be imported by the workers")
            return
        work_off()
        imported.refresh_from_db()
        if imported.state != Import.State.DONE:
            raise CommandError(f"the sample is not imported: {imported.get_state_display()} {imported.problem}")
        self.stdout.write(
            f"{imported.new + imported.unchanged + imported.changed} conversations, {imported.turns} turns"
        )
