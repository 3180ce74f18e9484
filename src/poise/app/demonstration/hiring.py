"""A hiring round in mid-flight, made as the app makes it: by the functions of its rooms, with invented people.

What is made is the same in every demo but for codes and dates: dates are told from today, so that interviews that were
held lie behind and those to come lie ahead. Made once: where the round is there, nothing is made again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from poise.app.accounts.models import Team, User
from poise.app.audit.log import record
from poise.app.audit.models import Action
from poise.app.demonstration.accounts import DOMAIN, TEAM
from poise.app.demonstration.words import HEARD, ROLE_PLAY
from poise.app.fairness import answering
from poise.app.fairness.models import Policy
from poise.app.interviews.calibration import rounds
from poise.app.interviews.campaigns import letters, notices, scheduling
from poise.app.interviews.campaigns.adding import Given, Register
from poise.app.interviews.campaigns.arranging import marks_allowed
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Letter, Seat, Stage
from poise.app.interviews.campaigns.opening import open_up
from poise.app.interviews.candidacy import asking
from poise.app.interviews.decisions import hiring, objecting
from poise.app.interviews.decisions.deciding import decide, found_of
from poise.app.interviews.kits import making
from poise.app.interviews.panel.looking import look
from poise.app.interviews.recordings import keeping, reading
from poise.app.interviews.room.asking import questions_of, recorded
from poise.app.interviews.room.receiving import Told, receive
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import Question

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


@dataclass(frozen=True, slots=True)
class _Applicant:
    """Somebody who applies.

    Attributes
    ----------
    start
        Of the e-mail address.
    able
        What the answers are worth, on the levels 1 to 5, before any rater's severity.
    raters
        Starts of their addresses; the first asks.
    days
        Working days from today to the interview (behind: below zero); None for no time yet.
    told
        Days since the notice.
    submitted
        Which of the raters have submitted.
    """

    start: str
    name: str
    language: str
    able: float
    raters: Sequence[str] = ()
    days: int | None = None
    told: int = 42
    submitted: Sequence[str] = ()
    sex: str = ""
    ethnicity: str = ""


_HELEN, _IVAN, _IDA, _SAMIR = "hiring-manager", "interviewer", "second-interviewer", "third-interviewer"
_MARTA: Final = "second-manager"
#: how many levels a rater gives more than their colleagues on the whole
_LEANS: Final = {_HELEN: 0.1, _IVAN: 0.0, _IDA: 0.2, _SAMIR: -0.7}
_THREE: Final = (_IVAN, _IDA, _SAMIR)

_APPLICANTS: Final = (
    _Applicant("priya", "Priya Raman", "en", 4.4, _THREE, -20, 42, _THREE, "female", "asian"),
    _Applicant("tomasz", "Tomasz Zieliński", "en", 1.8, (_IVAN, _SAMIR), -19, 42, (_IVAN, _SAMIR), "male", "white"),
    _Applicant("noa", "נועה בן־דוד", "he", 3.9, (_IDA, _SAMIR), -17, 41, (_IDA, _SAMIR), "female", "white"),
    _Applicant("kwame", "Kwame Mensah", "en", 3.4, (_IDA, _HELEN), -14, 40, (_IDA, _HELEN), "male", "black"),
    _Applicant("ingrid", "Ingrid Solheim", "nb", 3.1, (_IVAN, _IDA), -12, 38, (_IVAN, _IDA), "female", "white"),
    _Applicant("mateo", "Mateo Álvarez", "en", 3.0, (_IVAN, _IDA), -10, 36, (_IVAN, _IDA), "male", "hispanic"),
    _Applicant("yusuf", "Yusuf Demir", "en", 2.9, (_IDA, _IVAN), -1, 30, (_IDA,), "male", ""),
    _Applicant("candidate", "Clara Lindqvist", "en", 3.0, (_IVAN, _IDA), 2, 20),
    _Applicant("aiko", "Aiko Tanaka", "en", 3.0, (_SAMIR, _IVAN), 4, 20, (), "female", "asian"),
    _Applicant("eitan", "איתן שפירא", "he", 3.0, (_SAMIR, _IDA), None, 3),
)
_REPORTED: Final = "tomasz"

_REASONS: Final = {
    "advance": "All three raters heard her help before she was asked, with quotes for it. The next talk is about the "
    "team.",
    "noa": "Listens to the end and says back what she heard, in both raters' quotes. The second talk asks for more.",
    "hire": "Both talks show the same: she listens, finds the cause and stays calm when shouted at. We offer the job.",
    "decline": "The answers to the angry customer and to the break stay below the anchors of level 3 with both raters, "
    "and the quotes bear that out.",
}


def fill() -> User:
    """Make the round where it is not there yet; return the account of a candidate who has a report to read."""
    with override("en"), transaction.atomic():
        if not Campaign.objects.filter(team__name=TEAM, title=_CAMPAIGN).exists():
            _Round().make()
    return User.objects.get(email=f"{_REPORTED}@{DOMAIN}")


class _Round:
    """The round while it is made."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.team = Team.objects.get(name=TEAM)
        starts = (_HELEN, _MARTA, _IVAN, _IDA, _SAMIR)
        self.people = {start: User.objects.get(email=f"{start}@{DOMAIN}") for start in starts}
        self.helen = self.people[_HELEN]
        self.candidates: dict[str, Candidate] = {}

    def make(self) -> None:
        """Make all of it, in the order in which it happens."""
        self._open()
        self._calibrate()
        self._take_in()
        self._voluntary()
        self._wishes()
        for one in _APPLICANTS:
            self._interview(one, self.first)
        self._rate_recorded()
        self._record()
        self._alternative()
        self._decide()
        self._object()

    def _at(self, days: int, hour: int = 10) -> datetime:
        """Return an hour on the working day that lies so many working days from today."""
        day = timezone.localdate(self.now)
        step = timedelta(days=1 if days > 0 else -1)
        while days:
            day += step
            days -= int(step.days) if day.weekday() < 5 else 0
        return timezone.make_aware(datetime.combine(day, time(hour)))

    def _open(self) -> None:
        kit = making.start(self.team, _KIT, _WEIGHTS, self.helen, job_analysis=_JOB)
        version = making.publish(making.draft_of(kit, self.helen), self.helen, self.now - timedelta(days=50))
        making.start(self.team, "Night desk", {"organised": 2.0, "communicative": 1.0}, self.helen)
        campaign = Campaign.objects.create(
            team=self.team,
            kit=version,
            title=_CAMPAIGN,
            contact=f"jobs@{DOMAIN}",
            anchor=_ANCHOR,
            created_by=self.helen,
            created_at=self.now - timedelta(days=48),
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
        open_up(campaign, "en", self.now - timedelta(days=45))
        next_one = Campaign.objects.create(team=self.team, kit=version, title=_NEXT, created_by=self.helen)
        record(Action.ADDED, next_one, actor=self.helen.pk, purpose="selection", team=self.team.pk)
        Stage.objects.create(campaign=next_one, number=1, title="Talk by phone", mode=Stage.Mode.PHONE)
        self.campaign = Campaign.objects.get(pk=campaign.pk)

    def _calibrate(self) -> None:
        for start in (_HELEN, *_THREE):
            self._practise(self.people[start], _LEANS[start], rounds_of=12)
        # a refresher that is under way
        self._practise(self.people[_IVAN], 0.0, rounds_of=3)

    def _practise(self, rater: User, lean: float, rounds_of: int) -> None:
        kit = self.campaign.kit
        one = rounds.start(rater, kit)
        bank = item_bank()
        for number in range(1, rounds_of + 1):
            answer = bank.practice[one.answers[number - 1][0]]
            off = -1 if lean < -0.5 and number % 2 else int(number in {4, 9})
            level = min(5, max(1, answer.level + off))
            rounds.rate(one, number, level=level, reason=answer.quote["en"], at=self.now - timedelta(days=30))

    def _take_in(self) -> None:
        register = Register(self.campaign)
        for number, one in enumerate(_APPLICANTS, start=1):
            given = Given(one.name, f"{one.start}@{DOMAIN}", "", one.language, f"ats-{number:03}")
            candidate = register.take(given).candidate
            assert candidate is not None
            notices.give(candidate, self.now - timedelta(days=one.told))
            # the letter brings the account; it waits until somebody sets up mail
            letters.ask(Letter.Kind.NOTICE, candidate)
            self.candidates[one.start] = candidate
            if one.days is None or one.days < 0:
                asking.read_notice(candidate)

    def _voluntary(self) -> None:
        Policy.objects.update_or_create(pk=Policy.ONLY, defaults={"asked": Policy.Asked.BOTH})
        for one in _APPLICANTS:
            answering.answer(self.candidates[one.start], sex=one.sex, ethnicity=one.ethnicity)

    def _wishes(self) -> None:
        kwame, ingrid, eitan = (self.candidates[one] for one in ("kwame", "ingrid", "eitan"))
        asking.agree(kwame, "recording")
        asking.agree(kwame, "detection")
        asking.agree(self.candidates["noa"], "recording")
        wish = asking.ask_for(ingrid, "Jeg ser dårlig og trenger litt mer tid til å svare.", no_marks=True)
        wish.arranged = "20 more minutes; questions are read out twice; nothing that is seen is noted."
        wish.extra_minutes = 20
        wish.answered_at, wish.answered_by = self.now - timedelta(days=30), self.helen
        wish.save()
        record(Action.CHANGED, wish, actor=self.helen.pk, purpose="selection", candidate=ingrid.pk, extra_minutes=20)
        asking.ask_for(eitan, "אשמח לקבל את השאלות גם בכתב.", no_marks=False)
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

    def _interview(self, one: _Applicant, stage: Stage) -> Interview:
        starts_at = None if one.days is None else self._at(one.days)
        candidate = Candidate.objects.get(pk=self.candidates[one.start].pk)
        interview = scheduling.plan(
            candidate,
            stage,
            starts_at=starts_at,
            raters=[self.people[rater] for rater in one.raters],
            place="https://meet.demo.example/" + one.start if stage.mode == Stage.Mode.VIDEO else "Pier 3, room 2",
            tell=starts_at is not None and starts_at > self.now,
        )
        for rater in one.submitted:
            self._rate(interview.seats.get(rater=self.people[rater]), one.able, _LEANS[rater])
        return interview

    def _rate(self, seat: Seat, able: float, leans: float) -> None:
        """Keep a rater's journal as their browser would send it, and submit."""
        interview = seat.interview
        candidate = interview.candidate
        begins = interview.starts_at or self.now - timedelta(days=25)
        questions = questions_of(interview, candidate.campaign.kit.read())
        marks = sorted(marks_allowed(interview))
        told: list[Told] = []

        def tell(what: str, minute: float, question: str = "", **detail: object) -> None:
            uuid = uuid5(NAMESPACE_URL, f"{DOMAIN}/{candidate.name}/{interview.stage_id}/{seat.rater.name}/{len(told)}")
            at = begins + timedelta(minutes=minute)
            told.append(Told(uuid=uuid, kind=what, at=at, question=question, detail=dict(detail)))

        if "greeted" in marks:
            tell("marked", 0.5, kind="greeted")
        for number, one in enumerate(questions):
            minute = 2 + 4.5 * number
            tell("asked", minute, one.id)
            if not one.scored:
                tell("quoted", minute + 2, one.id, text="I like the busy hours best, and I write things down late.")
                continue
            # what the answer was worth is the same for all who heard it; how they see it differs
            worth = able + random.Random(f"{candidate.name} {one.id}").gauss(0, 0.5)
            level = min(
                5,
                max(
                    1,
                    round(worth + leans + random.Random(f"{seat.rater.name} {candidate.name} {number}").gauss(0, 0.45)),
                ),
            )
            words = _said(interview, one, round(worth))
            # whoever listens beside the one who asks writes down how the answer ends
            tell("quoted", minute + 2, one.id, text=words if seat.asks else words.split(", ")[-1])
            if number % 4 == 1 and marks:
                tell("marked", minute + 3, one.id, kind=marks[(number + seat.rater.pk) % len(marks)])
            tell("rated", minute + 4, one.id, level=level)
        tell("submitted", 2 + 4.5 * len(questions))
        receipt = receive(seat, told, received_at=begins + timedelta(hours=1, minutes=10))
        if receipt.refused:
            raise RuntimeError(f"the demo's journal was refused: {receipt.refused}")

    def _rate_recorded(self) -> None:
        levels = {one.question: one.level for one in item_bank().recorded[_ANCHOR].answers}
        able = sum(levels.values()) / len(levels)
        seats = Seat.objects.filter(interview__candidate__campaign=self.campaign, interview__candidate__anchor=True)
        for seat in seats.select_related("interview__candidate__campaign__kit", "interview__stage", "rater"):
            start = next(start for start, user in self.people.items() if user.pk == seat.rater_id)
            self._rate(seat, able, _LEANS[start])

    def _record(self) -> None:
        interview = self.candidates["kwame"].interviews.get()
        turns = [
            {"role": who, "text": words, "start": begin, "end": end, "audio_channel": who}
            for who, begin, end, words in ROLE_PLAY
        ]
        data = (json.dumps({"id": "case", "language": "en", "turns": turns}) + "\n").encode()
        keeping.attach(interview, reading.read("case.jsonl", data, "en"), "case.jsonl", self.helen)

    def _alternative(self) -> None:
        asking.take_alternative(self.candidates["mateo"])

    def _decide(self) -> None:
        priya, noa, tomasz = (self.candidates[one] for one in ("priya", "noa", "tomasz"))
        self._looked(priya, noa)
        decide(priya, "advance", _REASONS["advance"], False, self.helen)
        decide(noa, "advance", _REASONS["noa"], False, self.helen)
        again = _Applicant("priya", priya.name, "en", 4.4, (_SAMIR, _IDA), -2, 42, (_SAMIR, _IDA))
        self._interview(again, self.second)
        self._interview(_Applicant("noa", noa.name, "he", 3.9, (_SAMIR, _IDA), 3), self.second)
        self._looked(priya, tomasz)
        decide(priya, "hire", _REASONS["hire"], False, self.helen)
        decide(tomasz, "decline", _REASONS["decline"], False, self.helen)
        hired = Candidate.objects.get(pk=priya.pk)
        hiring.hire(hired, self.helen)
        hired.refresh_from_db()
        assert hired.user is not None
        asking.take_to_work(hired, hired.user)

    def _looked(self, *candidates: Candidate) -> None:
        digest = found_of(candidates[0]).standing.digest
        look(self.helen, self.campaign, "panel_compare", digest, candidates)
        look(self.helen, self.campaign, "panel_campaign", digest)
        for one in candidates:
            look(self.helen, self.campaign, "panel_candidate", digest, [one])

    def _object(self) -> None:
        tomasz = Candidate.objects.select_related("user", "campaign").get(pk=self.candidates[_REPORTED].pk)
        assert tomasz.user is not None
        first = objecting.object_to(
            tomasz, "", "Nobody asked about the two years that I worked on a night train.", tomasz.user
        )
        objecting.answer(
            first,
            False,
            "Everybody is asked the same questions, and none of them asks for years. The raters' quotes bear out what "
            "was found.",
            (),
            self.people[_MARTA],
        )
        objecting.object_to(
            tomasz,
            "helpful.dilemma",
            "I also said that I would write the number down for her. That is missing.",
            tomasz.user,
        )


def _said(interview: Interview, question: Question, worth: int) -> str:
    """Return words for an answer that is worth so much: as recorded, invented in English, or of a practice answer."""
    heard = recorded(interview)
    if heard is not None:
        words = next(one.answer["en"] for one in heard.answers if one.question == question.id)
        return words.split(". ")[0].rstrip(".") + "."
    language = interview.candidate.language
    if language == "en" and question.id in HEARD:
        return HEARD[question.id][0 if worth < 3 else 1 if worth == 3 else 2]
    answers: Iterable[tuple[int, str]] = (
        (abs(one.level - worth), one.quote[language])
        for one in item_bank().practice.values()
        if one.question == question.id
    )
    return min(answers)[1]
