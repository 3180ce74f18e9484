"""Names the Django app."""

from django.apps import AppConfig


class Panel(AppConfig):
    """The room ``interviews/panel``."""

    name = "poise.app.interviews.panel"
    label = "panel"
