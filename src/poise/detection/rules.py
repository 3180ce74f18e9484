"""Which function answers which rule of the knowledge."""

from __future__ import annotations

from typing import Final

from poise.detection.acts import (
    Acts,
    acts_of,
    find_anger,
    find_information,
    find_long_turn,
    find_name,
    find_phrase,
    find_question,
    own_phrases,
)
from poise.detection.context import (
    find_answered,
    find_backchannel,
    find_confirmed,
    find_contest,
    find_handover,
    find_options,
    find_paraphrase,
    find_repeated_question,
    find_timely,
    find_transfer,
)
from poise.detection.outcomes import find_resolved, find_settles
from poise.detection.phrases import no_marks
from poise.detection.scene import Scene
from poise.knowledge.rules import (
    Anger,
    Answered,
    Backchannel,
    Concreteness,
    Confirmed,
    Contest,
    EventRule,
    Handover,
    Human,
    Information,
    LongTurn,
    NameUse,
    Options,
    Overlap,
    Paraphrase,
    Phrases,
    Question,
    ReadingGrade,
    Receptiveness,
    RepeatedQuestion,
    Resolved,
    Settles,
    Shift,
    Timeline,
    Timely,
    TimeToSolution,
    Transfer,
)
from poise.knowledge.schema import Behaviour, Signal

__all__ = ["ELSEWHERE", "acts_by_rule"]

ELSEWHERE: Final = (Overlap, Timeline, EventRule, Human, Shift)
"""Rules that other modules (or people) answer."""


def acts_by_rule(scene: Scene, entry: Signal | Behaviour) -> Acts:
    """Return what an entry's rule finds in a scene whose earlier signals are marked."""
    rule = entry.rule
    match rule:
        case Phrases():
            return acts_of(scene, find_phrase(scene, entry, rule))
        case Anger():
            return acts_of(scene, find_anger(scene, entry, rule))
        case Question():
            return acts_of(scene, find_question(scene, entry, rule))
        case LongTurn():
            return acts_of(scene, find_long_turn(scene, entry, rule))
        case Information():
            return acts_of(scene, find_information(scene, entry, rule))
        case NameUse():
            return acts_of(scene, find_name(scene, entry, rule))
        case Backchannel():
            return find_backchannel(scene, entry, rule)
        case Paraphrase():
            return find_paraphrase(scene, entry, rule)
        case Confirmed():
            return find_confirmed(scene, entry, rule)
        case RepeatedQuestion():
            return find_repeated_question(scene, entry, rule)
        case Transfer():
            return find_transfer(scene, entry, rule)
        case Options():
            return find_options(scene, entry, rule)
        case Answered():
            return find_answered(scene, entry, rule)
        case Contest():
            return find_contest(scene, entry, rule)
        case Resolved():
            return find_resolved(scene, entry, rule)
        case Settles():
            return find_settles(scene, entry, rule)
        case Handover():
            return find_handover(scene, entry, rule)
        case Timely():
            return find_timely(scene, entry, rule)
        case Receptiveness() | Concreteness() | ReadingGrade() | TimeToSolution():
            return acts_of(scene, no_marks())
        case _:
            return acts_of(scene, own_phrases(scene, entry))
