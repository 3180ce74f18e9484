"""A seat as its rater sees it: the questions with what they noted; nothing of anybody else's, no other candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.contrib.auth.models import AnonymousUser
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy

from poise.app.accounts.models import User
from poise.app.interviews import reach
from poise.app.interviews.calibration.passing import may_rate
from poise.app.interviews.campaigns.arranging import marks_allowed, minutes_for
from poise.app.interviews.campaigns.models import Campaign, Candidate, Interview, Seat
from poise.app.interviews.kits.laying import FORMS, Said, levels_of
from poise.app.interviews.kits.laying import Level as Anchor
from poise.app.interviews.room.asking import in_language, questions_of, recorded
from poise.app.interviews.room.journal import Lack, State, fold, lacking
from poise.app.interviews.room.journal import Said as Quote
from poise.app.interviews.room.models import Entry
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import MARKS, Question
from poise.reports.titles import Titles, titles

__all__ = ["STANDING", "Asked", "Mark", "Room", "as_told", "open_room", "open_seats", "questions_for"]

Standing = Literal["open", "asked", "lacks", "rated", "unobserved", "noted"]
STANDING: Final[dict[Standing, tuple[str, str | Promise]]] = {
    "open": ("", pgettext_lazy("a question", "not asked yet")),
    "asked": ("…", pgettext_lazy("a question", "asked, not rated yet")),
    "lacks": ("!", pgettext_lazy("a question", "rated without a quote")),
    "rated": ("✓", pgettext_lazy("a question", "rated")),
    "unobserved": ("–", pgettext_lazy("a question", "not observed")),
    "noted": ("✎", pgettext_lazy("a question", "noted")),
}
"""Where a question stands: a sign and its words."""
_EARLY: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is shown.

    Attributes
    ----------
    title
        Of its trait; empty for the unscored one.
    said, answer
        The question; what the recorded candidate answers, if this is the recorded interview.
    anchors
        Levels 1 to 5 with their words, if it is scored.
    level
        1..5, None for none; ``observed`` is False where the rater said "not observed".
    """

    number: int
    key: str
    form: str
    title: str
    scored: bool
    said: Said
    answer: Said | None
    anchors: Sequence[Anchor]
    quotes: Sequence[Quote]
    level: int | None
    observed: bool
    asked_at: datetime | None
    standing: Standing

    @property
    def sign(self) -> str:
        """Where it stands, as a sign."""
        return STANDING[self.standing][0]

    @property
    def says(self) -> str | Promise:
        """Where it stands, in words."""
        return STANDING[self.standing][1]

    @property
    def about(self) -> str | Promise:
        """What kind of question it is."""
        return FORMS[self.form]


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind of mark that may be noted here: its name, and how often it was."""

    kind: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Room:
    """All that one seat's page shows."""

    seat: Seat
    interview: Interview
    candidate: Candidate
    campaign: Campaign
    questions: Sequence[Asked]
    probes: Sequence[Said]
    marks: Sequence[Mark]
    arranged: Sequence[str]
    minutes: int
    may_rate: bool
    entries: Sequence[Entry]
    state: State
    lacks: Sequence[Lack]

    @property
    def planned(self) -> bool:
        """Whether the interview takes place."""
        return self.interview.state == Interview.State.PLANNED

    @property
    def open(self) -> bool:
        """Whether anything can still be noted."""
        return self.planned and self.seat.submitted_at is None

    @property
    def early(self) -> bool:
        """Whether beginning now would be long before the planned time: by mistake, or moved by word of mouth."""
        planned = self.interview.starts_at
        return not self.state.asked and planned is not None and planned - timezone.now() > _EARLY

    @property
    def seconds_each(self) -> int:
        """A question's share of the time."""
        return self.minutes * 60 // max(len(self.questions), 1)


def open_seats(user: User | AnonymousUser) -> Any:
    """The user's own seats with all that is asked about them."""
    return (
        reach.seats(user)
        .select_related("rater", "interview__stage", "interview__candidate__campaign__kit")
        .prefetch_related("interview__candidate__accommodations")
    )


def open_room(user: User | AnonymousUser, key: int) -> Room:
    """The user's seat with this key; 404 for everybody else's."""
    seat: Seat = get_object_or_404(open_seats(user), pk=key)
    interview, candidate = seat.interview, seat.interview.candidate
    kit = candidate.campaign.kit.read()
    asked = questions_of(interview, kit)
    entries = list(seat.entries.all())
    state = fold(entries)
    allowed = marks_allowed(interview)
    reader = get_language() or "en"
    noted = [one.kind for one in state.marks]
    spoken = (reader,) if candidate.anchor else (candidate.language, candidate.campaign.language)
    return Room(
        seat=seat,
        interview=interview,
        candidate=candidate,
        campaign=candidate.campaign,
        questions=_asked(asked, interview, state, reader),
        probes=() if candidate.anchor else [in_language(probe, *spoken) for probe in kit.probes],
        marks=[
            Mark(kind, in_language(item_bank().marks[kind], reader).text, noted.count(kind))
            for kind in MARKS
            if kind in allowed
        ],
        arranged=arranged(candidate),
        minutes=minutes_for(interview),
        may_rate=may_rate(seat.rater, candidate.campaign),
        entries=entries,
        state=state,
        lacks=lacking(state, asked),
    )


def arranged(candidate: Candidate) -> list[str]:
    """What was arranged for a candidate, never what they asked for."""
    return [one.arranged for one in candidate.accommodations.all() if one.answered_at is not None and one.arranged]


def questions_for(interview: Interview) -> Sequence[Asked]:
    """The questions of an interview to read beforehand."""
    asked = questions_of(interview, interview.candidate.campaign.kit.read())
    return _asked(asked, interview, State(), get_language() or "en")


def _asked(questions: Sequence[Question], interview: Interview, state: State, reader: str) -> list[Asked]:
    names = titles(reader)
    heard = recorded(interview)
    answers = {one.question: one.answer for one in heard.answers} if heard else {}
    candidate = interview.candidate
    # the question is read out in the candidate's language, the anchors are the rater's; a recording is only read
    spoken = (reader,) if candidate.anchor else (candidate.language, candidate.campaign.language, reader)
    return [
        _one(number, one, state, names, spoken, reader, answers.get(one.id))
        for number, one in enumerate(questions, start=1)
    ]


def _one(
    number: int,
    one: Question,
    state: State,
    names: Titles,
    spoken: Sequence[str],
    reader: str,
    answer: dict[str, str] | None,
) -> Asked:
    given = state.levels.get(one.id)
    return Asked(
        number=number,
        key=one.id,
        form=one.form,
        title=names.trait(one.trait) if one.trait else "",
        scored=one.scored,
        said=in_language(one.text, *spoken),
        answer=in_language(answer, reader) if answer else None,
        anchors=levels_of(one, reader),
        quotes=state.quotes.get(one.id, ()),
        level=given.level if given else None,
        observed=given is None or given.level is not None,
        asked_at=state.asked.get(one.id),
        standing=_standing(one, state),
    )


def _standing(one: Question, state: State) -> Standing:
    given = state.levels.get(one.id)
    if given is not None:
        return "unobserved" if given.level is None else "rated" if state.quotes.get(one.id) else "lacks"
    if not one.scored and state.quotes.get(one.id):
        return "noted"
    return "asked" if one.id in state.asked else "open"


def as_told(entry: Entry) -> dict[str, Any]:
    """An entry as the page's script reads it; instants have one width, so that they compare as text."""
    return {
        "uuid": str(entry.uuid),
        "kind": entry.kind,
        "question": entry.question,
        "detail": entry.detail,
        "at": entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
