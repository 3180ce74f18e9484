"""A small campaign: one kit of three traits, three candidates, two raters, nothing rated yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat, Stage
from poise.app.interviews.kits.models import Kit, KitVersion
from poise.app.interviews.room.models import Quote, Rating
from poise.knowledge.interviews import STRENGTHS, Question, kit_to_json
from poise.knowledge.interviews import Kit as Content

TRAITS = ("helpful", "considerate", "stays_in_control")


def content() -> Content:
    """A kit of three traits with two questions each, weights 2, 1, 1."""
    levels = {"1": {"en": "Poor."}, "3": {"en": "Fair."}, "5": {"en": "Good."}}
    questions = [
        Question(id=f"{trait}.{form}", form=form, trait=trait, text={"en": f"Tell me: {trait}?"}, anchors=levels)  # type: ignore[arg-type]
        for trait in TRAITS
        for form in ("past", "dilemma")
    ]
    last = Question(id=STRENGTHS, form="strengths", text={"en": "What are your strengths and weaknesses?"})
    return Content(
        traits=dict(zip(TRAITS, (2.0, 1.0, 1.0), strict=True)),
        questions=[*questions, last],
        probes=[{"en": "What did you say exactly?"}],
    )


@dataclass
class Round:
    """One hiring round, with everybody in it."""

    team: Team
    manager: User
    raters: list[User]
    kit: KitVersion
    campaign: Campaign
    stage: Stage
    candidates: list[Candidate]

    def seat(self, candidate: int, rater: int) -> Seat:
        """The seat of a rater at a candidate's interview, both by number."""
        return Seat.objects.get(interview__candidate=self.candidates[candidate], rater=self.raters[rater])


@pytest.fixture
def hiring(db: str, member: Callable[..., User]) -> Round:
    """The campaign is open; each candidate has one interview an hour, each with both raters."""
    return start(member)


@pytest.fixture
def committed_hiring(committed_db: str, member: Callable[..., User]) -> Round:
    """The same, committed."""
    return start(member)


def start(member: Callable[..., User]) -> Round:
    now = timezone.now()
    team = Team.objects.create(name="Hiring harbour")
    manager = member(Role.HIRING_MANAGER, team, email="helen@example.org", name="Helen Brook")
    raters = [
        member(Role.INTERVIEWER, team, email="ivan@example.org", name="Ivan Petrov"),
        member(Role.INTERVIEWER, team, email="ida@example.org", name="Ida Moe"),
    ]
    made = content()
    kit = KitVersion.objects.create(
        kit=Kit.objects.create(team=team, title="Guest service", created_by=manager),
        number=1,
        content=kit_to_json(made),
        job_analysis="Three team leads were asked what a good day looks like.",
        published_at=now - timedelta(days=30),
        published_by=manager,
        digest=made.digest(),
    )
    campaign = Campaign.objects.create(
        team=team, kit=kit, title="Spring", state="open", opened_at=now - timedelta(days=20), needs_calibration=False
    )
    stage = Stage.objects.create(campaign=campaign, number=1, title="Interview", mode="video")
    candidates = [
        Candidate.objects.create(
            campaign=campaign, code=f"C{number}", name=name, stage=stage, email=f"{number}@example.net"
        )
        for number, name in enumerate(("Amal Haddad", "Bo Lind", "Chaya Mizrahi"))
    ]
    for hour, candidate in enumerate(candidates):
        interview = Interview.objects.create(
            candidate=candidate, stage=stage, mode="video", starts_at=now + timedelta(hours=hour - 5)
        )
        for number, rater in enumerate(raters):
            Seat.objects.create(interview=interview, rater=rater, asks=number == 0)
    return Round(team, manager, raters, kit, campaign, stage, candidates)


@pytest.fixture
def submit() -> Callable[[Seat, Mapping[str, int | None] | int], None]:
    """Rate all of a seat's questions (one level for all, or by question; None is "not observed") and submit."""

    def rate(seat: Seat, levels: Mapping[str, int | None] | int) -> None:
        version = KitVersion.objects.get(campaigns__stages__interviews__seats=seat)
        now = timezone.now()
        for question in version.read().questions:
            if not question.scored:
                continue
            level = levels if isinstance(levels, int) else levels.get(question.id)
            Rating.objects.create(seat=seat, question=question.id, trait=question.trait, level=level, rated_at=now)
            if level is not None:
                Quote.objects.create(seat=seat, question=question.id, text=f"I did {question.id}.", at=now)
        Seat.objects.filter(pk=seat.pk).update(started_at=now, submitted_at=now)

    return rate
