"""Names the Django app."""

from django.apps import AppConfig


class People(AppConfig):
    """The room ``people``."""

    name = "poise.app.people"
    label = "people"
