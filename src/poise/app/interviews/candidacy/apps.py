"""Names the Django app."""

from django.apps import AppConfig


class Candidacy(AppConfig):
    """The room ``interviews/candidacy``."""

    name = "poise.app.interviews.candidacy"
    label = "candidacy"
