"""Rules and occasions in plain words: what the knowledge files say by names and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from poise.knowledge.rules import EventRule as Events
from poise.knowledge.rules import Overlap, Phrases, Rule, Timeline
from poise.knowledge.schema import Opportunity

__all__ = ["occasion", "rule", "rule_name"]

_RULES: Final[Mapping[str, str | Promise]] = {
    "phrases": _("One of its phrases is said."),
    "anger": _("Words of anger, graded from 1 to 4; shouting in writing raises the grade."),
    "question": _("A sentence asks: by its question mark, or by how it begins."),
    "long_turn": _("A turn that is long enough to explain something, or one of its phrases."),
    "information": _("The turn gives what was asked for."),
    "name_use": _("The customer's name is said at least once, and not in most of the turns."),
    "backchannel": _("A short word of listening while the other side keeps the floor."),
    "paraphrase": _("What the other side said is said again: by its words, or by a phrase that introduces it."),
    "confirmed": _("What was understood is said and checked, and the other side confirms it."),
    "repeated_question": _("Something is asked again that was answered before."),
    "transfer": _("The customer is passed on without context and without staying."),
    "options": _("At least two options are named, with how they differ."),
    "answered": _("The next turns answer the question: by its words, a yes or no, a figure, or a promise to find out."),
    "contest": _("A claim is denied or corrected without acknowledging it first."),
    "receptiveness": _(
        "An index of words that show openness to the other side in disagreement (Yeomans and colleagues 2020)."
    ),
    "concreteness": _("The share of words that name something definite."),
    "reading_grade": _("The school grade needed to read the sentences; jargon counts as hard words."),
    "time_to_solution": _("How many turns it takes until a proposal is accepted."),
    "resolved": _("The customer confirms that it is solved, or the outcome says so."),
    "settles": _("The customer's words of anger become milder after the agent's turns."),
    "handover": _("A request to a colleague says what the problem is, what was tried and what is asked."),
    "timely": _("A promise names a time."),
    "human": _("A person in the interview room notes it; no program looks for it."),
    "shift": _("It is scored in the simulated shift only."),
}
_OVERLAPS: Final[Mapping[str, str | Promise]] = {
    "interruption": _("The agent begins while the customer speaks, and the customer stops before the end."),
    "butting_in": _("The agent begins while the customer speaks, and the customer speaks on to the end."),
    "pause_interruption": _("The agent begins in a pause inside the customer's sentence."),
}
_TIMELINES: Final[Mapping[str, str | Promise]] = {
    "fairness": _("How evenly several customers who wait at the same time are served."),
    "neglect": _("A customer waits for long while the agent writes to others."),
    "holding": _("A customer who must wait for long is told so in time."),
    "inversion": _("A customer who came later, with nothing more urgent, is served first."),
    "recontact": _("The customer does not have to come back with the same matter."),
}
_EVENTS: Final[Mapping[str, str | Promise]] = {
    "help_asked": _("A colleague is asked for help where the case called for it."),
    "help_needless": _("A colleague is asked for help where the case did not call for it."),
    "idle_offer": _("Help is offered to a colleague in a quiet spell."),
    "idle_useful": _("A quiet spell is used for useful work."),
    "unrecorded": _("A concession is made and not recorded."),
    "wrong_denial": _("Something is refused that the policy grants."),
    "discordant": _("Of two alike requests one is granted and one refused."),
}
_OCCASIONS: Final[Mapping[str, str | Promise]] = {
    "conversation": _("Once in every conversation."),
    "ending": _("Once, at the end of a conversation."),
    "signal": _("Each time one of the signals below is there."),
    "first_signal": _("Once in a conversation, at the first of the signals below."),
    "stretch": _("Each stretch in which the customer speaks for long."),
    "minute": _("Each minute in which the customer speaks."),
    "measure": _("None: it is measured, not counted."),
    "event": _("Each event that calls for it."),
    "timeline": _("Each time that the agent's day calls for it."),
}


def rule_name(found: Rule) -> str:
    """Return the name of a rule as the knowledge files write it."""
    return str(type(found).__struct_config__.tag)


def rule(found: Rule) -> str | Promise:
    """Return what makes a hit."""
    match found:
        case Overlap():
            return _OVERLAPS[found.kind]
        case Timeline():
            return _TIMELINES[found.kind]
        case Events():
            return _EVENTS[found.kind]
        case Phrases(place="first_turn"):
            return _("One of its phrases is said in the agent's first turn.")
        case Phrases(place="last_turns"):
            return _("One of its phrases is said in the last turns of the conversation.")
    return _RULES[rule_name(found)]


def occasion(found: Opportunity) -> str | Promise:
    """Return when a behaviour is called for."""
    return _OCCASIONS[found.occasion]
