"""Submitting a journal: all or nothing, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from poise.app.audit.models import Entry as LogEntry
from poise.app.interviews.campaigns.models import Interview, Seat
from poise.app.interviews.room import submitting
from poise.app.interviews.room.models import Entry, Mark, Quote, Rating
from poise.app.interviews.room.submitting import Incomplete, submit
from poise.knowledge.interviews import STRENGTHS

Note = Callable[..., Entry]
Fill = Callable[..., None]


def test_a_full_journal_becomes_ratings_quotes_and_marks(hiring: Any, note: Note, fill: Fill) -> None:
    seat = hiring.seat(0, 0)
    fill(seat)
    changed = note(seat, "rated", "helpful.past", level=2, at=timezone.now() + timedelta(seconds=5))
    note(seat, "not_observed", "helpful.dilemma", at=timezone.now() + timedelta(seconds=5))
    gone = note(seat, "quoted", "helpful.past", text="Not so.")
    note(seat, "unquoted", "helpful.past", of=str(gone.uuid))
    note(seat, "marked", "helpful.past", kind="greeted")
    now = timezone.now()
    submit(seat, now)
    assert seat.submitted_at == now and seat.started_at == now
    levels = {one.question: (one.trait, one.level) for one in Rating.objects.filter(seat=seat)}
    assert len(levels) == 6 and levels["helpful.past"] == ("helpful", 2) and levels["helpful.dilemma"][1] is None
    assert Rating.objects.get(seat=seat, question="helpful.past").rated_at == changed.at
    assert Quote.objects.filter(seat=seat).count() == 7 and not Quote.objects.filter(text="Not so.").exists()
    assert Quote.objects.get(seat=seat, question=STRENGTHS).text == f"I did {STRENGTHS}."
    assert list(Mark.objects.values_list("kind", "question")) == [("greeted", "helpful.past")]
    logged = LogEntry.objects.get(kind="seat", action="added")
    assert logged.purpose == "selection" and logged.detail["observed"] == 5 and "I did" not in str(logged.detail)


def test_twice_is_once(hiring: Any, note: Note, fill: Fill) -> None:
    seat = hiring.seat(0, 0)
    fill(seat)
    first = timezone.now()
    submit(seat, first)
    note(seat, "rated", "helpful.past", level=1)
    submit(Seat.objects.get(pk=seat.pk), first + timedelta(hours=1))
    assert Seat.objects.get(pk=seat.pk).submitted_at == first
    assert Rating.objects.get(seat=seat, question="helpful.past").level == 4 and Rating.objects.count() == 6


def test_what_is_lacking_is_said_and_nothing_is_written(hiring: Any, note: Note, fill: Fill) -> None:
    seat = hiring.seat(0, 0)
    fill(seat)
    for quote in list(seat.entries.filter(kind="quoted", question="considerate.past")):
        note(seat, "unquoted", "considerate.past", of=str(quote.uuid))
    Entry.objects.filter(seat=seat, kind="rated", question="helpful.past").delete()
    with pytest.raises(Incomplete) as caught:
        submit(seat, timezone.now())
    assert [(one.question, one.what) for one in caught.value.lacks] == [
        ("helpful.past", "level"),
        ("considerate.past", "quote"),
    ]
    assert not Rating.objects.exists() and Seat.objects.get(pk=seat.pk).submitted_at is None


def test_a_failure_half_way_leaves_nothing(hiring: Any, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import transaction

    seat = hiring.seat(0, 0)
    fill(seat)

    def fail(*_: object, **__: object) -> None:
        raise IntegrityError("the disk is full")

    monkeypatch.setattr(submitting, "record", fail)
    with pytest.raises(IntegrityError), transaction.atomic():
        submit(seat, timezone.now())
    assert not Rating.objects.exists() and Seat.objects.get(pk=seat.pk).submitted_at is None


def test_only_the_stages_questions_are_asked_for(hiring: Any, note: Note) -> None:
    hiring.stage.questions = ["considerate.past", "gone.since"]
    hiring.stage.save()
    seat = hiring.seat(0, 0)
    note(seat, "quoted", "considerate.past", text="I let her finish.")
    note(seat, "rated", "considerate.past", level=5)
    submit(seat, timezone.now())
    assert list(Rating.objects.values_list("question", "level")) == [("considerate.past", 5)]


def test_an_interview_that_does_not_take_place_is_not_rated(hiring: Any, fill: Fill) -> None:
    seat = hiring.seat(0, 0)
    fill(seat)
    Interview.objects.filter(pk=seat.interview_id).update(state=Interview.State.CANCELLED)
    with pytest.raises(ValueError, match="take place"):
        submit(seat, timezone.now())
    assert not Rating.objects.exists()
