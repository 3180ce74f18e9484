"""Names the Django app."""

from django.apps import AppConfig


class Audit(AppConfig):
    """The room ``audit``."""

    name = "poise.app.audit"
    label = "audit"
