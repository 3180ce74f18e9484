"""Changing what is looked for: each change is logged, and all evidence follows in the background."""

from __future__ import annotations

from django.db import transaction

from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.knowledge.models import Choice
from poise.app.work.jobs import enqueue_soon

__all__ = ["choose", "take_back"]


def choose(choice: Choice, by: User) -> Choice:
    """Store a choice and have evidence and estimates follow; the same choice again changes nothing."""
    with transaction.atomic():
        kept, new = Choice.objects.get_or_create(
            kind=choice.kind,
            language=choice.language,
            value=choice.value,
            defaults={"reason": choice.reason, "chosen_by": by},
        )
        if new:
            record(Action.ADDED, kept, choice=kept.kind, value=kept.value, language=kept.language)
            _follow()
    return kept


def take_back(choice: Choice) -> None:
    """Take a choice back and have evidence and estimates follow."""
    with transaction.atomic():
        record(Action.REMOVED, choice, choice=choice.kind, value=choice.value, language=choice.language)
        choice.delete()
        _follow()


def _follow() -> None:
    enqueue_soon("redetect", {"stale": True}, topic="stale")
