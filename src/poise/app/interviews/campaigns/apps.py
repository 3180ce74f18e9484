"""Names the Django app."""

from django.apps import AppConfig


class Campaigns(AppConfig):
    """The room ``interviews/campaigns``."""

    name = "poise.app.interviews.campaigns"
    label = "campaigns"
