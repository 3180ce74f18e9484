"""A round of the season before, closed, with enough people for the fairness pages to have something to count.

Its rows are those that the app's rooms would have written, and the database's triggers see them all, but they are
written many at once: sixty people told, interviewed, rated and decided on one by one would take a minute. What is
worked out from them (levels, what the interviews say) is worked out by the app. Whoever interviewed then has left, so
that nobody in the demo has these seats in their lists. What groups people belong to is drawn by a plan, never from
their names. Made once: where the round is there, nothing is made again.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from poise.app.accounts.models import Team, User
from poise.app.audit.log import record, record_each
from poise.app.audit.models import Action
from poise.app.demonstration.accounts import DOMAIN, TEAM
from poise.app.demonstration.applicants import HELEN
from poise.app.demonstration.days import Days
from poise.app.demonstration.past_applicants import REASONS, Applicant, applicants
from poise.app.demonstration.past_talks import LEANS, talk
from poise.app.fairness import answering
from poise.app.fairness.models import Policy, VoluntaryAnswer
from poise.app.interviews.calibration import judging, rounds
from poise.app.interviews.calibration.models import PracticeRating
from poise.app.interviews.campaigns import expiring, notices
from poise.app.interviews.campaigns.adding import fresh_code
from poise.app.interviews.campaigns.models import Campaign, Candidate, Notice, Stage
from poise.app.interviews.decisions.deciding import PAGE
from poise.app.interviews.decisions.models import Decision
from poise.app.interviews.decisions.weighing import against, says
from poise.app.interviews.kits import making
from poise.app.interviews.panel.levels import Level, standing
from poise.app.interviews.panel.models import Look
from poise.app.knowledge.bank import item_bank

__all__ = ["CAMPAIGN", "fill"]

CAMPAIGN: Final = "Guest service, winter season"
_KIT: Final = "Guest service at the piers"
_WEIGHTS: Final = {"helpful": 2.0, "considerate": 2.0, "stays_in_control": 1.0}
_JOB: Final = (
    "Two shift leaders and three colleagues of the winter crew were asked what a good day and a bad day look like. All "
    "named travellers who wait in the cold and are not told why. So helping unasked and listening to the end weigh "
    "twice."
)
_LATER: Final = ".past_2"


def fill() -> None:
    """Make the round where it is not there yet. The accounts must be there."""
    with override("en"), transaction.atomic():
        if not Campaign.objects.filter(team__name=TEAM, title=CAMPAIGN).exists():
            _Past().make()


class _Past:
    """The round while it is made."""

    def __init__(self) -> None:
        self.at = Days().at
        self.dice = random.Random("winter")
        self.team = Team.objects.get(name=TEAM)
        self.helen = User.objects.get(email=f"{HELEN}@{DOMAIN}")
        self.people = applicants(self.dice)

    def make(self) -> None:
        """Make all of it, in the order in which it happened."""
        self._open()
        self._calibrate()
        self._take_in()
        talked = [one for one in self.people if not one.withdrew]
        talk(self.first, talked, self.raters, self.helen, self.dice, self._slots(-130))
        self._decide(self.first, talked, -113)
        going_on = [one for one in talked if one.came]
        talk(self.second, going_on, self.raters, self.helen, self.dice, self._slots(-108))
        self._decide(self.second, going_on, -99)
        self._close()

    def _log(self, action: Action, rows: Iterable[Any], **detail: Any) -> None:
        """Log what Helen did to each of some rows about a candidate."""
        about = ((one, one.pk if isinstance(one, Candidate) else one.candidate_id, detail) for one in rows)
        record_each(action, about, actor=self.helen.pk, purpose="selection")

    def _open(self) -> None:
        kit = making.start(self.team, _KIT, _WEIGHTS, self.helen, job_analysis=_JOB)
        version = making.publish(making.draft_of(kit, self.helen), self.helen, self.at(-150, 15, 30))
        self.campaign = Campaign.objects.create(
            team=self.team,
            kit=version,
            title=CAMPAIGN,
            contact=f"jobs@{DOMAIN}",
            state=Campaign.State.OPEN,
            opened_at=self.at(-146, 8, 40),
            created_by=self.helen,
            created_at=self.at(-149, 9, 15),
        )
        self._step(Action.ADDED, team=self.team.pk)
        asked = [one.id for one in version.read().questions if one.scored]
        self.first, self.second = Stage.objects.bulk_create(
            Stage(campaign=self.campaign, number=number, title=title, mode=mode, minutes=minutes, questions=own)
            for number, title, mode, minutes, own in (
                (1, "Talk by phone", Stage.Mode.PHONE, 60, [one for one in asked if not one.endswith(_LATER)]),
                (2, "At the pier", Stage.Mode.IN_PERSON, 45, [one for one in asked if one.endswith(_LATER)]),
            )
        )
        self._step(Action.CHANGED, state=self.campaign.state)

    def _step(self, action: Action, **detail: Any) -> None:
        record(action, self.campaign, actor=self.helen.pk, purpose="selection", **detail)

    def _calibrate(self) -> None:
        self.raters = User.objects.bulk_create(
            User(email=f"{name.split()[0].lower()}@{DOMAIN}", name=name, is_active=False) for name in LEANS
        )
        bank = item_bank()
        for number, rater in enumerate(self.raters):
            one = rounds.start(rater, self.campaign.kit)
            begins = self.at(-142 + number, 14)
            shown = [bank.practice[answer] for answer, _ in one.answers]
            made = [
                PracticeRating(
                    round=one,
                    answer=answer.id,
                    level=answer.level + (place == 4) * (1 if answer.level < 5 else -1),
                    expert=answer.level,
                    reason=answer.quote["en"],
                    at=begins + timedelta(minutes=3 * place),
                )
                for place, answer in enumerate(shown, start=1)
            ]
            PracticeRating.objects.bulk_create(made)
            one.started_at, one.finished_at = begins, made[-1].at
            one.passed = judging.judge([(rated.level, rated.expert) for rated in made]).passed
            one.save()
            record(
                Action.DECIDED, one, actor=rater.pk, purpose="selection", kit=self.campaign.kit_id, passed=one.passed
            )

    def _take_in(self) -> None:
        taken: set[str] = set()
        for number, one in enumerate(self.people, start=1):
            one.candidate = Candidate(
                campaign=self.campaign,
                code=fresh_code(taken),
                name=one.name,
                external_id=f"winter-{number:03}",
                stage=self.second if one.came else self.first,
                state="withdrawn" if one.withdrew else "hired" if one.came == 2 else "declined",
                created_at=self.at(-144, 9, number % 60),
            )
        Candidate.objects.bulk_create(one.candidate for one in self.people)
        self._log(Action.ADDED, (one.candidate for one in self.people), campaign=self.campaign.pk)
        self._log(Action.CHANGED, (one.candidate for one in self.people if one.withdrew), state="withdrawn")
        text, told = notices.text_for(self.campaign, "en"), self.at(-143, 11)
        first = notices.business_days_after(timezone.localdate(told), self.campaign.notice_days)
        made = Notice.objects.bulk_create(
            Notice(
                candidate=one.candidate,
                text=text,
                given_at=told,
                interviews_from=first,
                read_at=self.at(-142 + self.dice.randrange(5), 18, self.dice.randrange(60)),
            )
            for one in self.people
        )
        self._log(Action.NOTIFIED, made, interviews_from=first.isoformat())
        Policy.objects.update_or_create(pk=Policy.ONLY, defaults={"asked": Policy.Asked.BOTH})
        # as in real work nothing of it is logged (poise.app.fairness.answering)
        VoluntaryAnswer.objects.bulk_create(
            VoluntaryAnswer(
                pseudonym=answering.pseudonym_of(one.candidate.pk),
                sex=one.sex,
                ethnicity=one.ethnicity,
                wording=answering.WORDING,
                given_on=self.at(-142 + self.dice.randrange(5)).date(),
            )
            for one in self.people
            if one.sex or one.ethnicity
        )

    def _slots(self, day: int) -> Iterator[datetime]:
        """Return times from a day on, four a day, so that nobody is at two places at once."""
        for number in count():
            yield self.at(day + number // 4, (9, 11, 13, 15)[number % 4])

    def _decide(self, stage: Stage, people: Sequence[Applicant], day: int) -> None:
        """Let Helen look at the panel and decide, once all talks of a stage are rated."""
        stood = standing(self.campaign)
        levels: dict[int, list[Level]] = {}
        for level in stood.levels:
            levels.setdefault(level.candidate, []).append(level)
        looks, made = [], []
        for number, one in enumerate(people):
            at: datetime = self.at(day + number // 20, 9) + timedelta(minutes=23 * (number % 20))
            own = levels.get(one.candidate.pk, [])
            said = says(own, stood.shares)
            outcome = "decline" if one.came < stage.number else "advance" if stage.number == 1 else "hire"
            here = [
                Look(user=self.helen, campaign=self.campaign, candidate=about, page=page, digest=stood.digest, at=then)
                for page, about, then in (
                    ("panel_campaign", None, at - timedelta(minutes=14)),
                    ("panel_candidate", one.candidate, at - timedelta(minutes=8)),
                )
            ]
            looks += here
            pages: list[dict[str, Any]] = [
                {"page": look.page, "at": look.at.isoformat(), "digest": look.digest, "campaign": not look.candidate}
                for look in here
            ]
            made.append(
                Decision(
                    candidate=one.candidate,
                    stage=stage,
                    outcome=outcome,
                    reason=self.dice.choice(REASONS[outcome]),
                    seen=[*pages, {"page": PAGE, "digest": stood.digest, "says": said, "levels": _figures(own)}],
                    override=against(outcome, said),
                    decided_by=self.helen,
                    decided_at=at,
                )
            )
        Look.objects.bulk_create(looks)
        Decision.objects.bulk_create(made)
        for page in ("panel_campaign", "panel_candidate"):
            seen = (
                (one.candidate or self.campaign, one.candidate_id, {"page": page}) for one in looks if one.page == page
            )
            record_each(Action.VIEWED, seen, actor=self.helen.pk, purpose="selection")
        decided = (
            (one, one.candidate_id, {"stage": stage.number, "outcome": one.outcome, "override": one.override})
            for one in made
        )
        record_each(Action.DECIDED, decided, actor=self.helen.pk, purpose="selection")

    def _close(self) -> None:
        self.campaign.state, self.campaign.closed_at = Campaign.State.CLOSED, self.at(-95, 10, 20)
        self.campaign.save(update_fields=["state", "closed_at"])
        expiring.start_clock(self.campaign)
        self._step(Action.CHANGED, state=self.campaign.state)


def _figures(levels: Iterable[Level]) -> list[dict[str, Any]]:
    """Return the figures that stood beside the form, as a decision keeps them."""
    return [
        {
            "code": one.code,
            "kind": one.kind,
            "reason": one.reason,
            **({"mean": one.mean, "low": one.low, "high": one.high} if one.shown else {}),
            "ratings": one.ratings,
            "raters": one.raters,
        }
        for one in levels
    ]
