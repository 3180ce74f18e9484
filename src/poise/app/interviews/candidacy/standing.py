"""Where an application stands, in the plainest terms that are true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils import timezone

from poise.app.interviews.blinding import waiting_for
from poise.app.interviews.campaigns.arranging import minutes_for
from poise.app.interviews.campaigns.models import Candidate, Interview, Notice
from poise.app.interviews.candidacy.models import SelfStatement
from poise.app.interviews.decisions.deciding import last_decision
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.decisions.objecting import may_object
from poise.app.interviews.decisions.report import given

__all__ = ["Coming", "Standing", "Status", "standing_of"]

Status = Literal[
    "withdrawn",
    "declined",
    "offered",
    "started",
    "coming",
    "goes_on",
    "passed",
    "rated",
    "decided_soon",
    "waits",
    "begun",
]


@dataclass(frozen=True, slots=True)
class Coming:
    """The next interview, with the minutes that it may last."""

    interview: Interview
    minutes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the candidate's first page says.

    Attributes
    ----------
    status
        ``coming``: an interview has a time; ``passed``: that time is past, and nobody has noted anything; ``rated``:
        held, and not all ratings are in; ``decided_soon``: all are; ``waits``: more evidence is wanted; ``goes_on``: to
        a next stage without a time yet; ``begun``: nothing is planned yet.
    over
        Nothing more is assessed: an end was decided, or the candidate withdrew.
    held
        Whether an interview with them has taken place, or is taking place.
    report
        Whether there is a report to read.
    asked
        Whether they asked for anything that makes the interview fair to them.
    may_object, objected
        Whether they may object now, and whether they did.
    notice
        The last that was given.
    """

    status: Status
    over: bool
    coming: Coming | None
    held: bool
    report: bool
    asked: bool
    may_object: bool
    objected: bool
    notice: Notice | None
    agreed: frozenset[str]
    statement: SelfStatement | None


def standing_of(candidate: Candidate) -> Standing:
    """Return where an application stands. A fixed number of queries."""
    next_ = _coming(candidate, timezone.now())
    return Standing(
        status=_status(candidate, next_),
        over=candidate.state != Candidate.State.ACTIVE,
        coming=next_,
        held=candidate.interviews.filter(state=Interview.State.PLANNED, seats__started_at__isnull=False).exists(),
        report=given(candidate),
        asked=candidate.accommodations.exists(),
        may_object=may_object(candidate),
        objected=candidate.objections.exists(),
        notice=candidate.notices.order_by("-pk").first(),
        agreed=frozenset(candidate.consents.filter(withdrawn_at=None).values_list("kind", flat=True)),
        statement=SelfStatement.objects.filter(candidate=candidate).first(),
    )


def _coming(candidate: Candidate, now: datetime) -> Coming | None:
    if candidate.state != Candidate.State.ACTIVE:
        return None
    planned = candidate.interviews.filter(state=Interview.State.PLANNED, seats__submitted_at=None)
    found = (
        planned.filter(starts_at__isnull=False, seats__started_at=None)
        .select_related("stage", "candidate")
        .order_by("starts_at", "pk")
    )
    for interview in found.distinct():
        minutes = minutes_for(interview)
        if interview.starts_at is not None and interview.starts_at + timedelta(minutes=minutes) > now:
            return Coming(interview, minutes)
    return None


def _status(candidate: Candidate, coming: Coming | None) -> Status:
    match candidate.state:
        case Candidate.State.WITHDRAWN:
            return "withdrawn"
        case Candidate.State.DECLINED:
            return "declined"
        case Candidate.State.HIRED:
            return "offered" if candidate.person_id is None else "started"
    if coming is not None:
        return "coming"
    last = last_decision(candidate)
    if last is not None and last.outcome == Decision.Outcome.WAIT:
        return "waits"
    here = candidate.interviews.filter(stage=candidate.stage_id).exclude(state=Interview.State.CANCELLED)
    if not here.filter(state=Interview.State.PLANNED, seats__started_at__isnull=False).exists():
        if here.filter(starts_at__lt=timezone.now()).exists():
            return "passed"
        return "goes_on" if last is not None and last.outcome == Decision.Outcome.ADVANCE else "begun"
    return (
        "rated" if waiting_for(candidate.campaign).filter(interview__candidate=candidate).exists() else "decided_soon"
    )
