"""Submitting: what the journal comes to becomes ratings, quotes and marks, once and for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.campaigns.models import Interview, Seat
from poise.app.interviews.room.asking import questions_of
from poise.app.interviews.room.journal import Lack, fold, lacking
from poise.app.interviews.room.models import Mark, Quote, Rating

__all__ = ["Incomplete", "hold", "submit"]


class Incomplete(ValueError):  # noqa: N818
    """Something is lacking; ``lacks`` says what, question by question."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        super().__init__(", ".join(f"{one.question}: no {one.what}" for one in lacks))
        self.lacks = tuple(lacks)


def hold(key: int) -> Seat:
    """A seat with its interview, kept from everybody else until the transaction ends."""
    Seat.objects.select_for_update().get(pk=key)
    return Seat.objects.select_related("interview__stage", "interview__candidate__campaign__kit").get(pk=key)


def submit(seat: Seat, at: datetime) -> None:
    """Write what a seat's journal comes to, in one transaction. A seat that has submitted stays as it is.

    Raises
    ------
    Incomplete
        Where a scored question has no level and is not "not observed", or a level has no quote.
    ValueError
        Where the interview does not take place.
    """
    with transaction.atomic():
        held = hold(seat.pk)
        if held.submitted_at is None:
            _submit(held, at)
    seat.started_at, seat.submitted_at = held.started_at, held.submitted_at


def _submit(seat: Seat, at: datetime) -> None:
    interview = seat.interview
    if interview.state != Interview.State.PLANNED:
        raise ValueError("this interview does not take place")
    questions = questions_of(interview, interview.candidate.campaign.kit.read())
    state = fold(seat.entries.all())
    lacks = lacking(state, questions)
    if lacks:
        raise Incomplete(lacks)
    rated = [(one, state.levels[one.id]) for one in questions if one.scored]
    Rating.objects.bulk_create(
        Rating(seat=seat, question=one.id, trait=one.trait or "", level=given.level, rated_at=given.at)
        for one, given in rated
    )
    Quote.objects.bulk_create(
        Quote(seat=seat, question=key, text=said.text, at=said.at)
        for key, quotes in state.quotes.items()
        for said in quotes
    )
    Mark.objects.bulk_create(Mark(seat=seat, question=one.question, kind=one.kind, at=one.at) for one in state.marks)
    seat.started_at = seat.started_at or at
    seat.submitted_at = at
    seat.save(update_fields=["started_at", "submitted_at"])
    record(
        Action.ADDED,
        seat,
        purpose="selection",
        what="ratings",
        candidate=interview.candidate_id,
        ratings=len(rated),
        observed=sum(given.level is not None for _, given in rated),
    )
