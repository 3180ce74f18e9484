"""The database itself refuses to change what was decided and answered."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from poise.app.interviews.decisions.models import Decision, Objection

REASON = "All answers about help were concrete and both raters saw it."


def test_a_decision_is_never_changed_but_can_be_forgotten(hiring) -> None:  # type: ignore[no-untyped-def]
    made = Decision.objects.create(
        candidate=hiring.candidates[0], stage=hiring.stage, outcome="wait", reason=REASON, decided_by=hiring.manager
    )
    for change in ({"reason": "Another one."}, {"outcome": "hire"}, {"override": True}, {"seen": [1]}):
        with pytest.raises(DatabaseError, match="stay as they are"), transaction.atomic():
            Decision.objects.filter(pk=made.pk).update(**change)
    made.refresh_from_db()
    assert (made.reason, made.outcome, made.override, made.seen) == (REASON, "wait", False, [])
    hiring.candidates[0].delete()
    assert not Decision.objects.exists()


def test_an_objection_is_answered_once(hiring) -> None:  # type: ignore[no-untyped-def]
    made = Objection.objects.create(candidate=hiring.candidates[0], text="I did say that.")
    Objection.objects.filter(pk=made.pk).update(verdict="upheld", answer="You did.", answered_by=hiring.manager)
    with pytest.raises(DatabaseError, match="stay as they are"), transaction.atomic():
        Objection.objects.filter(pk=made.pk).update(verdict="rejected")
    with pytest.raises(DatabaseError, match="stay as they are"), transaction.atomic():
        Objection.objects.filter(pk=made.pk).update(text="Something else.")
    made.refresh_from_db()
    assert made.verdict == "upheld"
    made.delete()
