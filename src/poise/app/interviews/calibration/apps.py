"""Names the Django app."""

from django.apps import AppConfig


class Calibration(AppConfig):
    """The room ``interviews/calibration``."""

    name = "poise.app.interviews.calibration"
    label = "calibration"
