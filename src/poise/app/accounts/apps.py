"""Names the Django app."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """The room ``accounts``."""

    name = "poise.app.accounts"
    label = "accounts"
