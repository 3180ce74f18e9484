"""A campaign with many candidates, decided on at two stages, who told their sex and ethnicity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from poise.app.access import Role
from poise.app.accounts.models import Team, User
from poise.app.fairness.answering import answer
from poise.app.fairness.models import Policy
from poise.app.interviews.campaigns.models import Campaign, Candidate, Stage
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.kits.models import Kit, KitVersion
from poise.knowledge.interviews import STRENGTHS, Question, kit_to_json
from poise.knowledge.interviews import Kit as Content

Groups = list[tuple[str, str, int, int]]  # sex, ethnicity, people, of whom moved forward


@pytest.fixture
def asked(db: str) -> Policy:
    """Both questions are asked."""
    return Policy.objects.create(asked=Policy.Asked.BOTH)


@pytest.fixture
def decided(asked: Policy, member: Callable[..., User]) -> Callable[..., Campaign]:
    """Make a campaign: ``decided([("female", "white", 20, 4), …])``; who moves forward is offered the job too."""
    made = Content(
        traits={"helpful": 1.0},
        questions=[
            Question(
                id="helpful.past_1",
                form="past",
                trait="helpful",
                text={"en": "When?"},
                anchors={"1": {"en": "Poor."}, "3": {"en": "Fair."}, "5": {"en": "Good."}},
            ),
            Question(id=STRENGTHS, form="strengths", text={"en": "What are your strengths and weaknesses?"}),
        ],
        probes=[],
    )

    def make(groups: Groups, title: str = "Spring") -> Campaign:
        now = timezone.now()
        team = Team.objects.get_or_create(name="Hiring harbour")[0]
        manager = User.objects.filter(email="helen@example.org").first() or member(
            Role.HIRING_MANAGER, team, email="helen@example.org", name="Helen Brook"
        )
        kit = Kit.objects.create(team=team, title=f"Guest service {title}")
        version = KitVersion.objects.create(
            kit=kit, number=1, content=kit_to_json(made), published_at=now, digest=made.digest()
        )
        campaign = Campaign.objects.create(
            team=team, kit=version, title=title, state="open", opened_at=now - timedelta(days=20)
        )
        first = Stage.objects.create(campaign=campaign, number=1, title="Interview")
        last = Stage.objects.create(campaign=campaign, number=2, title="Second interview")
        for sex, ethnicity, people, forward in groups:
            for number in range(people):
                at = Candidate.objects.filter(campaign=campaign).count()
                one = Candidate.objects.create(
                    campaign=campaign, code=f"C{at}", name=f"Somebody {title} {at}", stage=first, user=None
                )
                answer(one, sex=sex, ethnicity=ethnicity)
                if number < forward:
                    Decision.objects.create(
                        candidate=one, stage=first, outcome="advance", reason="r", decided_by=manager
                    )
                    Decision.objects.create(candidate=one, stage=last, outcome="hire", reason="r", decided_by=manager)
                else:
                    Decision.objects.create(
                        candidate=one, stage=first, outcome="decline", reason="r", decided_by=manager
                    )
        return campaign

    return make
