"""Names the Django app."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """The room ``accounts``."""

    name = "poise.app.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Let the audit log hear of sign-ins, and ``poise manage check`` look at the environment."""
        from poise.app.accounts import checks  # noqa: F401 (it registers itself)
        from poise.app.accounts.arrivals import connect

        connect()
