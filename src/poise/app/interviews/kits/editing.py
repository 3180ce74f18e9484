"""Changes of a draft, each as a function of what it says now. Nothing here stores anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from poise.knowledge.interviews import STRENGTHS, ItemBank, Kit, Question

__all__ = [
    "OutrunError",
    "add",
    "drop",
    "expect",
    "in_order",
    "mark_of",
    "move",
    "new_id",
    "rewritten",
    "set_probes",
    "set_traits",
    "spare",
    "with_question",
]


class OutrunError(Exception):
    """Somebody else stored another version of the same part while this one was being written."""


def mark_of(part: Any) -> str:
    """A short mark of what a part of a kit says, by which a form knows whether it still says that."""
    return hashlib.sha256(msgspec.json.encode(part, order="deterministic")).hexdigest()[:16]


def expect(part: Any, mark: str) -> None:
    """Raise :class:`OutrunError` where a part says something else than the form was made from."""
    if mark_of(part) != mark:
        raise OutrunError


def in_order(kit: Kit) -> Kit:
    """The kit with its questions trait by trait, in the order of the traits, and the unscored one last."""
    place = {trait: number for number, trait in enumerate(kit.traits)}
    last = len(place)
    return replace(
        kit, questions=sorted(kit.questions, key=lambda one: last if one.trait is None else place.get(one.trait, last))
    )


def with_question(kit: Kit, changed: Question) -> Kit:
    """The kit with one question replaced by another of the same id; KeyError where there is none."""
    kit.question(changed.id)
    return replace(kit, questions=[changed if one.id == changed.id else one for one in kit.questions])


def add(kit: Kit, question: Question) -> Kit:
    """The kit with one more question at the end of its trait."""
    if any(one.id == question.id for one in kit.questions):
        raise OutrunError
    return in_order(replace(kit, questions=[*kit.questions, question]))


def drop(kit: Kit, key: str) -> Kit:
    """The kit without a question. The one on strengths and weaknesses stays: KeyError, as for one that is not there."""
    if key == STRENGTHS:
        raise KeyError(key)
    gone = kit.question(key)
    return replace(kit, questions=[one for one in kit.questions if one is not gone])


def move(kit: Kit, key: str, direction: Literal["up", "down"]) -> Kit:
    """The kit with a question one place earlier or later within its trait; at the end of it nothing moves."""
    one = kit.question(key)
    places = [place for place, other in enumerate(kit.questions) if other.trait == one.trait]
    here = kit.questions.index(one)
    there = places.index(here) + (-1 if direction == "up" else 1)
    if not 0 <= there < len(places):
        return kit
    questions = list(kit.questions)
    other = places[there]
    questions[here], questions[other] = questions[other], questions[here]
    return replace(kit, questions=questions)


def new_id(kit: Kit, trait: str) -> str:
    """An id for a question of one's own: one that no question of the trait has or, as far as is known, had."""
    used = [int(one.id.rpartition("_")[2]) for one in kit.questions if one.id.startswith(f"{trait}.own_")]
    return f"{trait}.own_{max(used, default=0) + 1}"


def spare(kit: Kit, bank: ItemBank, trait: str) -> list[Question]:
    """Questions of the item bank for a trait that the kit leaves out."""
    there = {one.id for one in kit.questions}
    return [one for one in bank.of(trait) if one.id not in there]


def rewritten(kit: Kit, bank: ItemBank, traits: Iterable[str]) -> list[Question]:
    """Questions of ``traits`` that say something else than the item bank: what would be lost with the trait."""
    wanted = set(traits)
    return [one for one in kit.questions if one.trait in wanted and one != bank.questions.get(one.id)]


def set_traits(kit: Kit, weights: Mapping[str, float], bank: ItemBank) -> Kit:
    """The kit with these traits and weights; a new one brings its questions of the bank, one left out takes its."""
    kept = [one for one in kit.questions if one.trait is None or one.trait in weights]
    fresh = [one for trait in weights if trait not in kit.traits for one in bank.of(trait)]
    return in_order(replace(kit, traits=dict(weights), questions=[*kept, *fresh]))


def set_probes(kit: Kit, probes: Iterable[Mapping[str, str]]) -> Kit:
    """The kit with other probes; one without words is left out."""
    return replace(kit, probes=[dict(one) for one in probes if one])
