"""Names the Django app."""

from django.apps import AppConfig


class Conversations(AppConfig):
    """The room ``conversations``."""

    name = "poise.app.conversations"
    label = "conversations"
