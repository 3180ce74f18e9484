"""Names the Django app."""

from django.apps import AppConfig


class Kits(AppConfig):
    """The room ``interviews/kits``."""

    name = "poise.app.interviews.kits"
    label = "kits"
