"""Which questions an interview asks, and in which language."""

from __future__ import annotations

from collections.abc import Mapping

from poise.app.interviews.campaigns.models import Interview
from poise.app.interviews.kits.laying import Said, said
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import Kit, Question, RecordedInterview

__all__ = ["in_language", "questions_of", "recorded"]


def recorded(interview: Interview) -> RecordedInterview | None:
    """The recorded interview that this one is, if it is one and it is known."""
    candidate = interview.candidate
    return item_bank().recorded.get(candidate.campaign.anchor) if candidate.anchor else None


def questions_of(interview: Interview, kit: Kit) -> list[Question]:
    """The stage's questions in its order, all of the kit's where it names none.

    The recorded interview has those that its candidate was asked.
    """
    known = {one.id: one for one in kit.questions}
    chosen = [known[key] for key in interview.stage.questions or known if key in known]
    if not interview.candidate.anchor:
        return chosen
    heard = recorded(interview)
    answered = {one.question for one in heard.answers} if heard else set()
    return [one for one in chosen if one.id in answered]


def in_language(texts: Mapping[str, str], *languages: str) -> Said:
    """A text that is there, in the first of these languages that it is written in, else in any.

    Raises
    ------
    ValueError
        Where it is written in none.
    """
    found = said(texts, *languages)
    if found is None:
        raise ValueError("a text without words")
    return found
