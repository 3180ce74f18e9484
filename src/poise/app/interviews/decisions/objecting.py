"""Objections: a candidate says what is wrong, and somebody who neither rated nor decided answers.

Where the candidate is right about an answer or a trait, the ratings in question are set aside: they stay where they
are, and nothing is computed from them any more. The decision itself is not changed; it waits to be looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from poise.app.access import Capability
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.blinding import may_compare, open_interviews
from poise.app.interviews.campaigns.models import Candidate, Seat
from poise.app.interviews.decisions.deciding import last_decision
from poise.app.interviews.decisions.models import Decision, Objection
from poise.app.interviews.decisions.report import given, object_until
from poise.app.interviews.room.models import Rating

__all__ = [
    "OPEN_AT_ONCE",
    "SHORTEST_ANSWER",
    "answer",
    "can_be_about",
    "may_answer",
    "may_object",
    "object_to",
    "ratings_about",
    "to_be_reviewed",
]

OPEN_AT_ONCE: Final = 20
"""Objections of one candidate that may wait for an answer at the same time."""
SHORTEST_ANSWER: Final = 20


def can_be_about(candidate: Candidate) -> list[str]:
    """Return what an objection may be about besides the decision: traits, and questions, that were rated."""
    rated = Rating.objects.filter(seat__interview__in=open_interviews(candidate.campaign).filter(candidate=candidate))
    pairs = list(rated.order_by().values_list("trait", "question").distinct())
    return sorted({trait for trait, _ in pairs} | {question for _, question in pairs})


def may_object(candidate: Candidate) -> bool:
    """Whether the candidate may object now: they have their report, and the days are not over."""
    decision = last_decision(candidate)
    return decision is not None and given(candidate) and timezone.localdate() <= object_until(decision)


def object_to(candidate: Candidate, about: str, text: str, by: User) -> Objection:
    """Write down an objection.

    Parameters
    ----------
    about
        Id of a question or trait; empty: the decision.

    Raises
    ------
    PermissionError
        For anybody but the candidate, or after the last day.
    ValueError
        For something that was not rated, an empty text, or too many that wait for an answer.
    """
    if candidate.user_id != by.pk:
        raise PermissionError("only candidates themselves object to what was found of them")
    if not may_object(candidate):
        raise PermissionError("there is no report to object to, or the time for it is over")
    if about and about not in can_be_about(candidate):
        raise ValueError(f"nothing was rated that is called {about!r}")
    if not text.strip():
        raise ValueError("an objection says what is wrong")
    with transaction.atomic():
        Candidate.objects.select_for_update().get(pk=candidate.pk)
        if candidate.objections.filter(verdict="").count() >= OPEN_AT_ONCE:
            raise ValueError(f"{OPEN_AT_ONCE} objections wait for an answer already")
        made = Objection.objects.create(candidate=candidate, about=about, text=text.strip())
        record(
            Action.CONTESTED, made, actor=by.pk, purpose="selection", candidate=candidate.pk, about=about or "decision"
        )
    return made


def may_answer(objection: Objection, by: User) -> bool:
    """Whether somebody may answer: they decide in that team, and neither rated this candidate nor decided on them."""
    candidate = objection.candidate
    if candidate.user_id == by.pk or not may_compare(by, candidate.campaign):
        return False
    if not reach.candidates(by, Capability.DECIDE_CANDIDATE).filter(pk=candidate.pk).exists():
        return False
    if Seat.objects.filter(interview__candidate=candidate, rater=by).exists():
        return False
    return not candidate.decisions.filter(decided_by=by).exists()


def ratings_about(objection: Objection) -> QuerySet[Rating]:
    """Return the ratings that an objection is about, those that count; none for one about the decision."""
    candidate = objection.candidate
    rated = Rating.objects.filter(
        seat__interview__in=open_interviews(candidate.campaign).filter(candidate=candidate),
        level__isnull=False,
        set_aside_at=None,
    )
    about = rated.filter(question=objection.about) | rated.filter(trait=objection.about)
    return about.select_related("seat__rater").order_by("question", "pk") if objection.about else rated.none()


def answer(
    objection: Objection, upheld: bool, text: str, aside: Iterable[int], by: User, *, at: datetime | None = None
) -> None:
    """Answer an objection, once and for all.

    Parameters
    ----------
    text
        What the candidate is answered, at least :data:`SHORTEST_ANSWER` letters.
    aside
        Keys of the ratings that are set aside, of those that the objection is about.
    at
        When it was answered, where that was not now: nobody can change it afterwards. The log has the time of writing.

    Raises
    ------
    PermissionError
        For somebody who rated or decided (:func:`may_answer`).
    ValueError
        Where it has an answer, the text is too short, one that is upheld about an answer sets nothing aside, or one
        that is not upheld, or is about the decision, does.
    """
    if not may_answer(objection, by):
        raise PermissionError("an objection is answered by somebody who neither rated nor decided")
    text, chosen = text.strip(), set(aside)
    if len(text) < SHORTEST_ANSWER:
        raise ValueError(f"the answer has {len(text)} letters: say in at least {SHORTEST_ANSWER} what was found")
    with transaction.atomic():
        held = (
            Objection.objects.select_for_update(of=("self",)).select_related("candidate__campaign").get(pk=objection.pk)
        )
        if held.verdict:
            raise ValueError("it has an answer already")
        possible = set(ratings_about(held).values_list("pk", flat=True))
        if not chosen <= possible or (chosen and not upheld):
            raise ValueError("only ratings that a right objection is about are set aside")
        if upheld and possible and not chosen:
            raise ValueError("the candidate is right: say which ratings are set aside")
        now = at or timezone.now()
        Rating.objects.filter(pk__in=chosen).update(set_aside_at=now)
        held.verdict = Objection.Verdict.UPHELD if upheld else Objection.Verdict.REJECTED
        held.answer, held.answered_by, held.answered_at = text, by, now
        held.save(update_fields=["verdict", "answer", "answered_by", "answered_at"])
        record(
            Action.DECIDED,
            held,
            actor=by.pk,
            purpose="selection",
            candidate=held.candidate_id,
            upheld=upheld,
            set_aside=sorted(chosen),
        )


def to_be_reviewed(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """Return those that hold although an objection was upheld after them: somebody has to look again."""
    upheld = Objection.objects.filter(
        candidate=OuterRef("candidate"), verdict=Objection.Verdict.UPHELD, answered_at__gt=OuterRef("decided_at")
    )
    later = Decision.objects.filter(candidate=OuterRef("candidate"), pk__gt=OuterRef("pk"))
    return decisions.filter(Exists(upheld), ~Exists(later))
