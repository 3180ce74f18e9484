"""Names the Django app."""

from django.apps import AppConfig


class Knowledge(AppConfig):
    """The room ``knowledge``."""

    name = "poise.app.knowledge"
    label = "knowledge"
