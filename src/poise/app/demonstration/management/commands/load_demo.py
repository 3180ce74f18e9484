"""``poise manage load_demo``: the invented team, two hiring rounds, and an account for each role."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from poise.app.accounts.models.users import ROLE_NAMES
from poise.app.demonstration import contesting, past_round
from poise.app.demonstration.accounts import NotADemoError, check, come_in_once, open_accounts
from poise.app.demonstration.hiring import fill


class Command(BaseCommand):
    """Fill a home that is marked as a demo, and print how to sign in as each role."""

    help = "Fill a home that is marked as a demo: an invented team, two hiring rounds, an account for each role."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        codes = [code for code, _ in settings.LANGUAGES]
        parser.add_argument("--language", choices=codes, default="", help="language of the accounts")

    def handle(self, *args: Any, language: str, **options: Any) -> None:
        """Fill it."""
        try:
            check(settings.HOME)
        except NotADemoError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        call_command("load_sample", stdout=self.stdout)
        signs = open_accounts(language)
        contesting.fill()  # estimates follow as soon as the server runs
        past_round.fill()  # first, so that the round in mid-flight is the newest
        signs.append(come_in_once(fill()))
        password = next(sign.password for sign in signs if sign.password)
        self.stdout.write(f"\nSign in at {settings.PUBLIC_URL} with the password {password}")
        for sign in signs:
            come_in = sign.email or f"{sign.link} (once)"
            self.stdout.write(f"  {ROLE_NAMES[sign.role]:<16}{sign.name:<20}{come_in}")
        self.stdout.write("Everybody in the sample is invented. The accounts are for this demo alone.")
