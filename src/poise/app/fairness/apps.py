"""Names the Django app."""

from django.apps import AppConfig


class Fairness(AppConfig):
    """The room ``fairness``."""

    name = "poise.app.fairness"
    label = "fairness"
