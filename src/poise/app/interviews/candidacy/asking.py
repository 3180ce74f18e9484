"""What candidates may ask for and choose themselves, each at any time and without giving reasons."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews.blinding import open_interviews
from poise.app.interviews.campaigns import scheduling
from poise.app.interviews.campaigns.models import Accommodation, Candidate, Consent, Notice, Seat
from poise.app.interviews.candidacy.models import SelfStatement
from poise.app.interviews.decisions.naming import others_hidden
from poise.app.interviews.recordings.keeping import forget
from poise.app.interviews.room.models import Quote
from poise.app.people.models import SelfStatement as AtWork
from poise.knowledge.interviews import STRENGTHS

__all__ = [
    "ASKED_AT_ONCE",
    "agree",
    "ask_for",
    "leave_alternative",
    "may_leave_alternative",
    "may_state",
    "read_notice",
    "said_of_themselves",
    "state",
    "take_alternative",
    "take_to_work",
    "withdraw_application",
    "withdraw_consent",
]

ASKED_AT_ONCE: Final = 10
"""Accommodations of one candidate that may wait for an answer at the same time."""


def said_of_themselves(candidate: Candidate) -> list[str]:
    """Return what was noted of the answer about strengths and weaknesses, each once, to begin a self-assessment with.

    Of open interviews, without the names of raters and other candidates: what was said is theirs, who wrote it is not.
    """
    mine = open_interviews(candidate.campaign).filter(candidate=candidate)
    noted = Quote.objects.filter(seat__interview__in=mine, question=STRENGTHS).order_by("at", "pk")
    texts = list(dict.fromkeys(noted.values_list("text", flat=True)))
    if not texts:
        return []
    hide = others_hidden(candidate)
    return [hide(one) for one in texts]


def _held(candidate: Candidate) -> Candidate:
    return Candidate.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=candidate.pk)


def read_notice(candidate: Candidate) -> Notice | None:
    """Write down that a candidate read the notice that they were given last, once."""
    with transaction.atomic():
        notice = candidate.notices.select_for_update().order_by("-pk").first()
        if notice is not None and notice.read_at is None:
            notice.read_at = timezone.now()
            notice.save(update_fields=["read_at"])
            record(Action.NOTIFIED, notice, purpose="selection", candidate=candidate.pk, read=True)
    return notice


def agree(candidate: Candidate, kind: str) -> None:
    """Let a candidate agree to something (:class:`Consent.Kind`; ValueError for anything else). Twice is once.

    PermissionError where the application is over: there is nothing left to record.
    """
    kind = Consent.Kind(kind).value
    with transaction.atomic():
        if _held(candidate).state != Candidate.State.ACTIVE:
            raise PermissionError("the application is over")
        given, new = Consent.objects.get_or_create(candidate=candidate, kind=kind, withdrawn_at=None)
        if new:
            record(Action.CONSENTED, given, purpose="selection", candidate=candidate.pk, consent=kind)


def withdraw_consent(candidate: Candidate, kind: str) -> None:
    """Let a candidate take back what they agreed to; what rested on it goes at once."""
    kind = Consent.Kind(kind).value
    with transaction.atomic():
        _held(candidate)
        if Consent.objects.filter(candidate=candidate, kind=kind, withdrawn_at=None).update(
            withdrawn_at=timezone.now()
        ):
            forget(candidate, kind)


def ask_for(candidate: Candidate, text: str, *, no_marks: bool) -> Accommodation:
    """Write down what would make the interview fair to a candidate; whoever arranges interviews answers.

    Raises
    ------
    ValueError
        Where nothing is asked for, or too much waits for an answer already.
    """
    text = text.strip()
    if not text and not no_marks:
        raise ValueError("nothing is asked for")
    with transaction.atomic():
        _held(candidate)
        if candidate.accommodations.filter(answered_at=None).count() >= ASKED_AT_ONCE:
            raise ValueError(f"{ASKED_AT_ONCE} requests wait for an answer already")
        made = Accommodation.objects.create(candidate=candidate, asked=text, no_marks=no_marks)
        record(Action.ADDED, made, purpose="selection", candidate=candidate.pk, no_marks=no_marks)
    return made


def take_alternative(candidate: Candidate) -> None:
    """Let a candidate go through the alternative process: from now on nothing is computed of them."""
    _alternative(candidate, True)


def may_leave_alternative(candidate: Candidate) -> bool:
    """Whether they may change their mind: as long as nobody has begun to interview them."""
    begun = Seat.objects.filter(interview=OuterRef("pk"), started_at__isnull=False)
    return candidate.alternative and not candidate.interviews.filter(Exists(begun)).exists()


def leave_alternative(candidate: Candidate) -> None:
    """Take that back. PermissionError once an interview has begun (:func:`may_leave_alternative`)."""
    if not may_leave_alternative(candidate):
        raise PermissionError("an interview has begun")
    _alternative(candidate, False)


def _alternative(candidate: Candidate, chosen: bool) -> None:
    with transaction.atomic():
        held = _held(candidate)
        if held.state != Candidate.State.ACTIVE:
            raise PermissionError("the application is over")
        if held.alternative != chosen:
            held.alternative = chosen
            held.save(update_fields=["alternative"])
            record(Action.CHANGED, held, purpose="selection", fields=["alternative"], to=chosen)
    candidate.alternative = chosen


def withdraw_application(candidate: Candidate) -> None:
    """Let a candidate withdraw: interviews to come are called off, and whoever would have rated them is told.

    What is held of them stays as long as was said, unless they ask to be forgotten.

    Raises
    ------
    PermissionError
        Where the application is over already, other than by an offer.
    """
    with transaction.atomic():
        # the campaign before the candidate, as everybody who plans: nobody plans with them at the same moment
        scheduling.lock(candidate.campaign_id)
        held = _held(candidate)
        if held.state not in {Candidate.State.ACTIVE, Candidate.State.HIRED} or held.person_id is not None:
            raise PermissionError("the application is over")
        held.state = Candidate.State.WITHDRAWN
        held.save(update_fields=["state"])
        record(Action.CHANGED, held, purpose="selection", fields=["state"], to=held.state)
        scheduling.call_off(held)
    candidate.state = held.state


def may_state(candidate: Candidate) -> bool:
    """Whether the candidate may still change what they say of themselves: not once they took it to work."""
    mine = SelfStatement.objects.filter(candidate=candidate).first()
    return mine is None or mine.taken_to_work_at is None


def state(
    candidate: Candidate, *, strengths: str, weaknesses: str, strong_traits: list[str], weak_traits: list[str]
) -> SelfStatement:
    """Keep what a candidate says of themselves. Never scored, never part of a decision."""
    if not may_state(candidate):
        raise PermissionError("it was taken to work")
    with transaction.atomic():
        _held(candidate)
        mine, _new = SelfStatement.objects.update_or_create(
            candidate=candidate,
            defaults={
                "strengths": strengths.strip(),
                "weaknesses": weaknesses.strip(),
                "strong_traits": strong_traits,
                "weak_traits": weak_traits,
                "said_at": timezone.now(),
            },
        )
        record(Action.CHANGED, mine, purpose="selection", candidate=candidate.pk)
    return mine


def take_to_work(candidate: Candidate, by: User) -> AtWork:
    """Let a newcomer start their self-assessment at work with what they said of themselves: their choice alone.

    A copy for coaching is made, which their coach reads; the candidate's own stays with selection.

    Raises
    ------
    PermissionError
        For anybody but the newcomer.
    ValueError
        Where they have not started, or said nothing.
    """
    if candidate.user_id != by.pk:
        raise PermissionError("only newcomers themselves take it along")
    with transaction.atomic():
        held = _held(candidate)
        mine = SelfStatement.objects.filter(candidate=held).first()
        person = held.person
        if person is None or mine is None:
            raise ValueError("there is no work to take it to, or nothing was said")
        now = timezone.now()
        kept, new = AtWork.objects.get_or_create(
            person=person,
            defaults={
                "strengths": mine.strengths,
                "weaknesses": mine.weaknesses,
                "strong_traits": mine.strong_traits,
                "weak_traits": mine.weak_traits,
                "said_at": mine.said_at,
            },
        )
        if new:
            mine.taken_to_work_at = now
            mine.save(update_fields=["taken_to_work_at"])
            record(Action.ADDED, kept, actor=by.pk, person=person.pk, purpose="coaching", by="newcomer")
    return kept
