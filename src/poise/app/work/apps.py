"""Names the Django app."""

from django.apps import AppConfig


class Work(AppConfig):
    """The room ``work``."""

    name = "poise.app.work"
    label = "work"
