"""Names the Django app."""

from django.apps import AppConfig


class Importing(AppConfig):
    """The room ``importing``."""

    name = "poise.app.importing"
    label = "importing"
