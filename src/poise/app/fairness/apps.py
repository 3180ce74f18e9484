"""Names the Django app."""

from django.apps import AppConfig


class Fairness(AppConfig):
    """The room ``fairness``."""

    name = "poise.app.fairness"
    label = "fairness"

    def ready(self) -> None:
        """Have an answer go whenever its candidate goes, whichever room took them away."""
        from django.db.models.signals import post_delete

        from poise.app.fairness.answering import forget_with
        from poise.app.interviews.campaigns.models import Candidate

        post_delete.connect(forget_with, sender=Candidate, dispatch_uid="voluntary answer")
