"""A hiring round in mid-flight, made as the app makes it: by the functions of its rooms, with invented people.

What is made is the same in every demo but for codes and dates: dates are told from today, so that interviews that were
held lie behind and those to come lie ahead, and each step has the day on which it would have been taken. The audit log
alone has today throughout: what it says of a time is when a row was written. Made once: where the round is there,
nothing is made again.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import override

from poise.app.accounts.models import Team, User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.demonstration.accounts import DOMAIN, TEAM
from poise.app.demonstration.applicants import (
    APPLICANTS,
    HELEN,
    IDA,
    IVAN,
    LEANS,
    MARTA,
    SAMIR,
    Applicant,
)
from poise.app.demonstration.days import Days
from poise.app.demonstration.rating import rate
from poise.app.demonstration.words import ROLE_PLAY
from poise.app.fairness import answering
from poise.app.fairness.models import Policy, VoluntaryAnswer
from poise.app.interviews.calibration import rounds
from poise.app.interviews.calibration.models import Round
from poise.app.interviews.campaigns import letters, notices, scheduling
from poise.app.interviews.campaigns.adding import Given, Register
from poise.app.interviews.campaigns.models import Campaign, Candidate, Consent, Interview, Letter, Seat, Stage
from poise.app.interviews.campaigns.opening import open_up
from poise.app.interviews.candidacy import asking
from poise.app.interviews.candidacy.models import SelfStatement
from poise.app.interviews.decisions import hiring, objecting
from poise.app.interviews.decisions.deciding import decide, found_of
from poise.app.interviews.decisions.models import Objection
from poise.app.interviews.kits import making
from poise.app.interviews.panel.looking import look
from poise.app.interviews.panel.models import Look
from poise.app.interviews.recordings import keeping, reading
from poise.app.interviews.recordings.models import Recording
from poise.app.knowledge.bank import item_bank

__all__ = ["fill"]

_KIT: Final = "Guest service on the ferries"
_CAMPAIGN: Final = "Guest service, spring season"
_NEXT: Final = "Guest service, autumn season"
_ANCHOR: Final = "robin_dahl"
_WEIGHTS: Final = {
    "helpful": 2.0,
    "considerate": 2.0,
    "communicative": 1.0,
    "problem_solver": 1.0,
    "stays_in_control": 2.0,
}
_LATER: Final = ".past_2"
"""End of the ids of the questions that the second talk asks; the first asks all others."""
_JOB: Final = (
    "Three shift leaders and four colleagues at the desk were asked what a good day and a bad day look like. All seven "
    "named travellers who are lost or late and do not say so, and four named people who shout when a ferry is "
    "cancelled. So helping unasked, listening to the end and staying calm weigh twice."
)


_REPORTED: Final = "tomasz"

#: who, and what is decided about them → why
_REASONS: Final = {
    ("priya", "advance"): "All three raters heard her help before she was asked, with quotes for it. The next talk is "
    "about the team.",
    ("noa", "advance"): "Listens to the end and says back what she heard, in both raters' quotes. The second talk asks "
    "for more.",
    ("priya", "hire"): "Both talks show the same: she listens, finds the cause and stays calm when shouted at. We "
    "offer the job.",
    ("tomasz", "decline"): "The answers to the angry customer and to the break stay below the anchors of level 3 with "
    "both raters, and the quotes bear that out.",
}


def fill() -> User:
    """Make the round where it is not there yet; return the account of a candidate who has a report to read."""
    with override("en"), transaction.atomic():
        if not Campaign.objects.filter(team__name=TEAM, title=_CAMPAIGN).exists():
            _Hiring().make()
    return User.objects.get(email=f"{_REPORTED}@{DOMAIN}")


class _Hiring:
    """The round while it is made."""

    def __init__(self) -> None:
        self.days = Days()
        self.at = self.days.at
        self.team = Team.objects.get(name=TEAM)
        starts = (HELEN, MARTA, IVAN, IDA, SAMIR)
        self.people = {start: User.objects.get(email=f"{start}@{DOMAIN}") for start in starts}
        self.helen = self.people[HELEN]
        self.candidates: dict[str, Candidate] = {}

    def make(self) -> None:
        """Make all of it, in the order in which it happens."""
        self._open()
        self._calibrate()
        self._take_in()
        self._voluntary()
        self._wishes()
        for one in APPLICANTS:
            self._interview(one, self.first)
        self._rate_recorded()
        self._record()
        self._alternative()
        self._decide()
        self._object()

    def _open(self) -> None:
        kit = making.start(self.team, _KIT, _WEIGHTS, self.helen, job_analysis=_JOB)
        version = making.publish(making.draft_of(kit, self.helen), self.helen, self.at(-36, 15, 30))
        making.start(self.team, "Night desk", {"organised": 2.0, "communicative": 1.0}, self.helen)
        campaign = Campaign.objects.create(
            team=self.team,
            kit=version,
            title=_CAMPAIGN,
            contact=f"jobs@{DOMAIN}",
            anchor=_ANCHOR,
            created_by=self.helen,
            created_at=self.at(-35, 9, 15),
        )
        record(Action.ADDED, campaign, actor=self.helen.pk, purpose="selection", team=self.team.pk)
        content = version.read()
        asked = [one.id for one in content.questions if not one.id.endswith(_LATER)]
        self.first = Stage.objects.create(campaign=campaign, number=1, title="First talk", questions=asked)
        self.second = Stage.objects.create(
            campaign=campaign,
            number=2,
            title="Second talk, with the team",
            mode=Stage.Mode.IN_PERSON,
            minutes=45,
            questions=[one.id for one in content.questions if one.id.endswith(_LATER)],
        )
        open_up(campaign, "en", self.at(-33, 8, 40))
        next_one = Campaign.objects.create(
            team=self.team, kit=version, title=_NEXT, created_by=self.helen, created_at=self.at(-3, 16, 20)
        )
        record(Action.ADDED, next_one, actor=self.helen.pk, purpose="selection", team=self.team.pk)
        Stage.objects.create(campaign=next_one, number=1, title="Talk by phone", mode=Stage.Mode.PHONE)
        self.campaign = Campaign.objects.get(pk=campaign.pk)

    def _calibrate(self) -> None:
        days = {HELEN: self.at(-31, 14), IVAN: self.at(-32, 9, 10), IDA: self.at(-32, 11, 25), SAMIR: self.at(-30, 16)}
        for start, begins in days.items():
            self._practise(self.people[start], LEANS[start], rounds_of=12, begins=begins)
        # a refresher that is under way
        self._practise(self.people[IVAN], 0.0, rounds_of=3, begins=self.at(-3, 13, 5))

    def _practise(self, rater: User, lean: float, rounds_of: int, begins: datetime) -> None:
        one = rounds.start(rater, self.campaign.kit)
        Round.objects.filter(pk=one.pk).update(started_at=begins)
        bank = item_bank()
        for number in range(1, rounds_of + 1):
            answer = bank.practice[one.answers[number - 1][0]]
            off = -1 if lean < -0.5 and number % 2 else int(number in {4, 9})
            level = min(5, max(1, answer.level + off))
            at = begins + timedelta(minutes=3 * number)
            rounds.rate(one, number, level=level, reason=answer.quote["en"], at=at)
            one.ratings.filter(answer=answer.id).update(at=at)

    def _take_in(self) -> None:
        register = Register(self.campaign)
        for number, one in enumerate(APPLICANTS, start=1):
            given = Given(one.name, f"{one.start}@{DOMAIN}", "", one.language, f"ats-{number:03}")
            candidate = register.take(given).candidate
            assert candidate is not None
            told = self.at(-one.told, 9, 30 + number)
            Candidate.objects.filter(pk=candidate.pk).update(created_at=told - timedelta(minutes=20))
            notices.give(candidate, told)
            # the letter brings the account; it waits until somebody sets up mail
            letter = letters.ask(Letter.Kind.NOTICE, candidate)
            Letter.objects.filter(pk=letter.pk).update(asked_at=told)
            self.candidates[one.start] = candidate
            if one.days is None or one.days < 0:
                asking.read_notice(candidate)
                candidate.notices.update(read_at=self._later(one, 1, 18))

    def _later(self, one: Applicant, days: int, hour: int) -> datetime:
        """Return an hour so many working days after somebody was told, with minutes of their own."""
        return self.at(days - one.told, hour, 7 * len(one.name) % 60)

    def _voluntary(self) -> None:
        Policy.objects.update_or_create(pk=Policy.ONLY, defaults={"asked": Policy.Asked.BOTH})
        for one in APPLICANTS:
            candidate = self.candidates[one.start]
            answering.answer(candidate, sex=one.sex, ethnicity=one.ethnicity)
            given = VoluntaryAnswer.objects.filter(pk=answering.pseudonym_of(candidate.pk))
            given.update(given_on=self._later(one, 1, 18).date())

    def _wishes(self) -> None:
        kwame, noa, ingrid, eitan = (self.candidates[one] for one in ("kwame", "noa", "ingrid", "eitan"))
        for candidate, kinds, at in (
            (kwame, ("recording", "detection"), self.at(-28, 20, 12)),
            (noa, ("recording",), self.at(-29, 12, 40)),
        ):
            for kind in kinds:
                asking.agree(candidate, kind)
            Consent.objects.filter(candidate=candidate).update(given_at=at)
        wish = asking.ask_for(ingrid, "Jeg ser dårlig og trenger litt mer tid til å svare.", no_marks=True)
        wish.arranged = "20 more minutes; questions are read out twice; nothing that is seen is noted."
        wish.extra_minutes = 20
        wish.asked_at, wish.answered_at, wish.answered_by = self.at(-26, 19, 5), self.at(-25, 8, 50), self.helen
        wish.save()
        record(Action.CHANGED, wish, actor=self.helen.pk, purpose="selection", candidate=ingrid.pk, extra_minutes=20)
        wish = asking.ask_for(eitan, "אשמח לקבל את השאלות גם בכתב.", no_marks=False)
        wish.asked_at = self.at(-1, 17, 45)
        wish.save()
        said = {
            "priya": (
                "I let people finish.",
                "I plan too late.",
                "considerate",
                "organised",
            ),
            "kwame": ("I find out what broke.", "I talk before I have thought.", "problem_solver", "communicative"),
            "candidate": ("I stay calm at a full desk.", "Explaining numbers.", "stays_in_control", "communicative"),
        }
        for start, (strengths, weaknesses, strong, weak) in said.items():
            asking.state(
                self.candidates[start],
                strengths=strengths,
                weaknesses=weaknesses,
                strong_traits=[strong],
                weak_traits=[weak],
            )
            told = next(one for one in APPLICANTS if one.start == start)
            SelfStatement.objects.filter(candidate=self.candidates[start]).update(said_at=self._later(told, 2, 19))

    def _interview(self, one: Applicant, stage: Stage) -> Interview:
        starts_at = None if one.days is None else self.at(one.days, 9 + len(one.name) % 6)
        candidate = Candidate.objects.get(pk=self.candidates[one.start].pk)
        interview = scheduling.plan(
            candidate,
            stage,
            starts_at=starts_at,
            raters=[self.people[rater] for rater in one.raters],
            place="https://meet.demo.example/" + one.start if stage.mode == Stage.Mode.VIDEO else "Pier 3, room 2",
            tell=starts_at is not None and starts_at > self.days.now,
        )
        Letter.objects.filter(interview=interview).update(asked_at=self.at(-6, 11, 20))
        for rater in one.submitted:
            assert starts_at is not None
            rate(interview.seats.get(rater=self.people[rater]), one.able, LEANS[rater], starts_at)
        return interview

    def _rate_recorded(self) -> None:
        levels = {one.question: one.level for one in item_bank().recorded[_ANCHOR].answers}
        able = sum(levels.values()) / len(levels)
        seats = Seat.objects.filter(interview__candidate__campaign=self.campaign, interview__candidate__anchor=True)
        for seat in seats.select_related("interview__candidate__campaign__kit", "interview__stage", "rater"):
            start = next(start for start, user in self.people.items() if user.pk == seat.rater_id)
            # each on a day of their own, before they had rated anybody who applied
            rate(seat, able, LEANS[start], self.at(-22 - len(start) % 5, 13, 15))

    def _record(self) -> None:
        interview = self.candidates["kwame"].interviews.get()
        turns = [
            {"role": who, "text": words, "start": begin, "end": end, "audio_channel": who}
            for who, begin, end, words in ROLE_PLAY
        ]
        data = (json.dumps({"id": "case", "language": "en", "turns": turns}) + "\n").encode()
        made = keeping.attach(interview, reading.read("case.jsonl", data, "en"), "case.jsonl", self.helen)
        Recording.objects.filter(pk=made.pk).update(added_at=self.at(-14, 16, 30))

    def _alternative(self) -> None:
        asking.take_alternative(self.candidates["mateo"])

    def _decide(self) -> None:
        # Helen rates one of them herself on the fourteenth day before today, and decides about nobody before that
        self._decided("priya", "advance", self.at(-13, 11, 20), beside="noa")
        self._decided("noa", "advance", self.at(-13, 11, 45), beside="priya")
        self._decided("tomasz", "decline", self.at(-12, 14, 10), beside="priya")
        priya, noa = self.candidates["priya"], self.candidates["noa"]
        again = Applicant("priya", priya.name, "en", 4.4, (SAMIR, IDA), -2, 32, (SAMIR, IDA))
        self._interview(again, self.second)
        self._interview(Applicant("noa", noa.name, "he", 3.9, (SAMIR, IDA), 3), self.second)
        self._decided("priya", "hire", self.at(-1, 9, 35), beside="noa")
        hired = Candidate.objects.get(pk=priya.pk)
        hiring.hire(hired, self.helen)
        hired.refresh_from_db()
        assert hired.user is not None
        asking.take_to_work(hired, hired.user)
        SelfStatement.objects.filter(candidate=hired).update(taken_to_work_at=self.at(-1, 18, 5))

    def _decided(self, start: str, outcome: str, at: datetime, *, beside: str) -> None:
        """Let Helen look at the panel, at the candidate beside another, and decide."""
        candidate = self.candidates[start]
        digest = found_of(candidate).standing.digest
        last = Look.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        look(self.helen, self.campaign, "panel_campaign", digest)
        look(self.helen, self.campaign, "panel_compare", digest, (candidate, self.candidates[beside]))
        look(self.helen, self.campaign, "panel_candidate", digest, [candidate])
        for number, one in enumerate(Look.objects.filter(pk__gt=last).order_by("pk")):
            Look.objects.filter(pk=one.pk).update(at=at - timedelta(minutes=20 - 4 * number))
        decide(candidate, outcome, _REASONS[start, outcome], False, self.helen, at=at)
        Letter.objects.filter(candidate=candidate, kind=Letter.Kind.REPORT).update(asked_at=at)

    def _object(self) -> None:
        tomasz = Candidate.objects.select_related("user", "campaign").get(pk=self.candidates[_REPORTED].pk)
        assert tomasz.user is not None
        first = objecting.object_to(
            tomasz, "", "Nobody asked about the two years that I worked on a night train.", tomasz.user
        )
        # before it is answered: then it stays as it is
        Objection.objects.filter(pk=first.pk).update(made_at=self.at(-9, 19, 5))
        objecting.answer(
            first,
            False,
            "Everybody is asked the same questions, and none of them asks for years. The raters' quotes bear out what "
            "was found.",
            (),
            self.people[MARTA],
            at=self.at(-7, 10, 30),
        )
        second = objecting.object_to(
            tomasz,
            "helpful.dilemma",
            "I also said that I would write the number down for her. That is missing.",
            tomasz.user,
        )
        Objection.objects.filter(pk=second.pk).update(made_at=self.at(-3, 20, 15))
