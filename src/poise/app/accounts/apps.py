"""Names the Django app."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """The room ``accounts``."""

    name = "poise.app.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Let the audit log hear of sign-ins."""
        from poise.app.accounts.arrivals import connect

        connect()
