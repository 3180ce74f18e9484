"""``poise manage work``: one worker process."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from poise.app.audit.retention import expire_when_due
from poise.app.importing.deliveries import ask_again_when_due
from poise.app.importing.folder import look_when_due
from poise.app.interviews.campaigns.expiring import expire_when_due as expire_candidates_when_due
from poise.app.interviews.campaigns.reminding import remind_when_due
from poise.app.work.worker import Worker


class Command(BaseCommand):
    """Take jobs and do them, until SIGTERM or SIGINT."""

    help = "Do background work until told to stop; an import that is under way goes on in the next worker."
    requires_system_checks = ()  # a folder or norms that lack must not stop all other work

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--drain", action="store_true", help="stop when nothing waits")

    def handle(self, *args: Any, drain: bool, **options: Any) -> None:
        """Work."""

        def chores() -> None:
            look_when_due()
            ask_again_when_due()
            expire_when_due()
            expire_candidates_when_due()
            remind_when_due()

        worker = Worker(chores)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        taken = worker.run(drain=drain)
        self.stdout.write(f"{taken} jobs")
