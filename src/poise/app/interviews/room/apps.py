"""Names the Django app."""

from django.apps import AppConfig


class Room(AppConfig):
    """The room ``interviews/room``."""

    name = "poise.app.interviews.room"
    label = "room"
