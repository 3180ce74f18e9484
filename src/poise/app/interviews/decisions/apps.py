"""Names the Django app."""

from django.apps import AppConfig


class Decisions(AppConfig):
    """The room ``interviews/decisions``."""

    name = "poise.app.interviews.decisions"
    label = "decisions"
