"""Names the Django app."""

from django.apps import AppConfig


class Recordings(AppConfig):
    """The room ``interviews/recordings``."""

    name = "poise.app.interviews.recordings"
    label = "recordings"
