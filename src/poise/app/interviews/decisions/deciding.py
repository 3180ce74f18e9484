"""Deciding about a candidate: a person, an outcome, a reason, and what they had seen. Nothing is decided by a number.

Decisions are only ever added to; the last one holds. Whoever decides has looked at the panel's pages as the ratings
stand now, has handed in their own, and is told where they go against what the interviews say by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from poise.app.access import Capability
from poise.app.accounts.models import User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.interviews import reach
from poise.app.interviews.blinding import may_compare, open_interviews, waiting_for
from poise.app.interviews.campaigns.letters import ask
from poise.app.interviews.campaigns.models import Candidate, Letter, Stage
from poise.app.interviews.decisions.models import ENDS, Decision
from poise.app.interviews.decisions.weighing import Says, against, says
from poise.app.interviews.panel.gathering import digest_of, ratings
from poise.app.interviews.panel.levels import Level, Standing, standing
from poise.app.interviews.panel.looking import NOTES
from poise.app.interviews.panel.models import Look

__all__ = [
    "PAGE",
    "SHORTEST",
    "AgainstEvidenceError",
    "Found",
    "HinderedError",
    "Hindrance",
    "decide",
    "found_of",
    "hindrances",
    "last_decision",
    "looks_of",
    "next_stage",
    "stage_of",
]

SHORTEST: Final = 40
"""Letters that a reason has at least."""
PAGE: Final = "decision"
"""Name of the page on which it is decided; having seen it is not having looked at the panel."""


class Hindrance(StrEnum):
    """Why somebody cannot decide yet."""

    OWN_RATINGS = "own_ratings"  # they have not handed in all of their own
    OTHERS_RATINGS = "others_ratings"  # the candidate's interviews are not all rated
    NOT_LOOKED = "not_looked"  # they have not looked at the panel's pages
    CHANGED = "changed"  # ratings changed since they looked
    WITHDRAWN = "withdrawn"
    AT_WORK = "at_work"  # the candidate was hired and has started
    NO_STAGE = "no_stage"  # the campaign has no stages


class HinderedError(Exception):
    """A decision that cannot be taken yet; ``hindrances`` says why."""

    def __init__(self, found: Sequence[Hindrance]) -> None:
        super().__init__(", ".join(found))
        self.hindrances = tuple(found)


class AgainstEvidenceError(ValueError):
    """A decision that goes against what the interviews say by themselves, by somebody who was not told so."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to see of a candidate.

    Attributes
    ----------
    levels
        Of this candidate alone; empty for one of the alternative process and before an interview is open.
    says
        What they say by themselves (:mod:`poise.app.interviews.decisions.weighing`).
    standing
        All that the campaign's ratings say; its ``digest`` is what a page rests on.
    """

    levels: tuple[Level, ...]
    says: Says
    standing: Standing


def found_of(candidate: Candidate) -> Found:
    """Return what the interviews of a candidate come to, as the ratings stand now."""
    stood = standing(candidate.campaign)
    own = () if candidate.alternative else tuple(stood.of(candidate.pk).values())
    return Found(own, says(own, stood.shares), stood)


def looks_of(candidate: Candidate, by: User) -> list[Look]:
    """Return the panel's pages about a candidate or the whole campaign that somebody saw: each once, as last seen.

    What a rater read of those beside them is none of them: it is one interview, without what all of them come to.
    """
    mine = Look.objects.filter(user=by, campaign=candidate.campaign_id).exclude(page__in=(PAGE, NOTES))
    about = mine.filter(candidate=candidate) | mine.filter(candidate=None)
    last = about.order_by().values("page", "candidate").annotate(last=Max("pk")).values("last")
    return list(Look.objects.filter(pk__in=last).order_by("pk"))


def stage_of(candidate: Candidate) -> Stage | None:
    """Return the stage at which a candidate stands; the first where none is set."""
    return candidate.stage or candidate.campaign.stages.order_by("number").first()


def next_stage(candidate: Candidate) -> Stage | None:
    """Return the stage after the one at which a candidate stands."""
    here = stage_of(candidate)
    if here is None:
        return None
    return candidate.campaign.stages.filter(number__gt=here.number).order_by("number").first()


def last_decision(candidate: Candidate) -> Decision | None:
    """Return the decision that holds."""
    return candidate.decisions.order_by("-pk").select_related("stage").first()


def hindrances(candidate: Candidate, by: User, digest: str) -> list[Hindrance]:
    """Return why ``by`` cannot decide about ``candidate`` while the ratings have this digest; empty where they can."""
    found = []
    if candidate.state == Candidate.State.WITHDRAWN:
        found.append(Hindrance.WITHDRAWN)
    if candidate.person_id is not None:
        found.append(Hindrance.AT_WORK)
    if stage_of(candidate) is None:
        found.append(Hindrance.NO_STAGE)
    if not may_compare(by, candidate.campaign):
        found.append(Hindrance.OWN_RATINGS)
    elif waiting_for(candidate.campaign).filter(interview__candidate=candidate).exists():
        found.append(Hindrance.OTHERS_RATINGS)
    elif not candidate.alternative and open_interviews(candidate.campaign).filter(candidate=candidate).exists():
        # nothing is computed, so nothing is shown, of who goes through the alternative process
        looks = looks_of(candidate, by)
        if not any(look.digest for look in looks):  # a recording that was read tells of no ratings
            found.append(Hindrance.NOT_LOOKED)
        elif not any(look.digest == digest for look in looks):
            found.append(Hindrance.CHANGED)
    return found


def decide(
    candidate: Candidate, outcome: str, reason: str, override: bool, by: User, *, at: datetime | None = None
) -> Decision:
    """Decide about a candidate at the stage where they stand.

    The candidate is moved on, offered the job, not considered further, or stays; of an end they are told that their
    report is there. A correction is another decision.

    Parameters
    ----------
    outcome
        A :class:`Decision.Outcome`.
    reason
        In one's own words, at least :data:`SHORTEST` letters. It stands in the candidate's report.
    override
        The person knows that they go against what the interviews say by themselves. What is kept is whether they do.
    at
        When it was decided, where that was not now: nobody can change it afterwards. The log has the time of writing.

    Raises
    ------
    PermissionError
        Where the candidate is out of reach, or is the one who decides.
    HinderedError
        Where something has to be done first.
    AgainstEvidenceError
        Where it goes against the interviews and ``override`` does not say so.
    ValueError
        For an outcome that does not exist, a next stage where there is none, or a reason that is too short.
    """
    if not reach.candidates(by, Capability.DECIDE_CANDIDATE).filter(pk=candidate.pk).exists():
        raise PermissionError("the candidate is out of reach")
    if candidate.user_id == by.pk:
        raise PermissionError("nobody decides about themselves")
    if outcome not in Decision.Outcome.values:
        raise ValueError(f"there is no outcome {outcome!r}: choose one of {', '.join(Decision.Outcome.values)}")
    reason = reason.strip()
    if len(reason) < SHORTEST:
        raise ValueError(f"the reason has {len(reason)} letters: say in at least {SHORTEST} why")
    candidate = Candidate.objects.select_related("campaign__kit", "stage").get(pk=candidate.pk)
    found = found_of(candidate)  # takes a while: worked out before anything is locked
    # before anything is said of the interviews: whoever may not see them yet is not told by a refusal either
    hindering = hindrances(candidate, by, found.standing.digest)
    if hindering:
        raise HinderedError(hindering)
    is_against = against(outcome, found.says)
    if is_against and not override:
        raise AgainstEvidenceError("the decision goes against what the interviews say by themselves")
    with transaction.atomic():
        candidate = (
            Candidate.objects.select_for_update(of=("self",)).select_related("campaign", "stage").get(pk=candidate.pk)
        )
        digest = digest_of(ratings(candidate.campaign))
        hindering = hindrances(candidate, by, digest)
        stage = stage_of(candidate)
        if digest != found.standing.digest and Hindrance.CHANGED not in hindering:
            hindering.append(Hindrance.CHANGED)
        if hindering or stage is None:
            raise HinderedError(hindering)
        _move(candidate, outcome)
        made = Decision.objects.create(
            candidate=candidate,
            stage=stage,
            outcome=outcome,
            reason=reason,
            seen=_seen(looks_of(candidate, by), found),
            override=is_against,
            decided_by=by,
            decided_at=at or timezone.now(),
        )
        record(
            Action.DECIDED,
            made,
            actor=by.pk,
            purpose="selection",
            candidate=candidate.pk,
            stage=stage.number,
            outcome=outcome,
            override=is_against,
        )
        if outcome in ENDS:
            ask(Letter.Kind.REPORT, candidate)
    return made


def _move(candidate: Candidate, outcome: str) -> None:
    if outcome == Decision.Outcome.ADVANCE:
        following = next_stage(candidate)
        if following is None:
            raise ValueError("there is no next stage: the candidate is at the last one")
        candidate.stage = following
    candidate.state = {
        Decision.Outcome.HIRE.value: Candidate.State.HIRED,
        Decision.Outcome.DECLINE.value: Candidate.State.DECLINED,
    }.get(outcome, Candidate.State.ACTIVE)
    candidate.save(update_fields=["stage", "state"])


def _seen(looks: Sequence[Look], found: Found) -> list[dict[str, Any]]:
    """Return what was before the person: pages with when and on which ratings, and the figures beside the form."""
    pages: list[dict[str, Any]] = [
        {"page": look.page, "at": look.at.isoformat(), "digest": look.digest, "campaign": look.candidate_id is None}
        for look in looks
    ]
    figures = [
        {
            "code": one.code,
            "kind": one.kind,
            "reason": one.reason,
            **({"mean": one.mean, "low": one.low, "high": one.high} if one.shown else {}),
            "ratings": one.ratings,
            "raters": one.raters,
        }
        for one in found.levels
    ]
    return [*pages, {"page": PAGE, "digest": found.standing.digest, "says": found.says, "levels": figures}]
