"""Which practice answers fit a kit, and which of them a round shows.

An answer is practised with a kit where the kit asks its question as the item bank has it: the same trait, words and
anchors in every language of the kit's question. Where an editor changed a question, the experts' levels of its answers
rest on other anchors, so they are left out.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from poise.knowledge.interviews import ItemBank, Kit, PracticeAnswer, Question

__all__ = ["ANSWERS", "draw", "practicable", "unpractised"]

ANSWERS: Final = 12
"""Answers in a round."""


def practicable(kit: Kit, bank: ItemBank) -> dict[str, PracticeAnswer]:
    """The practice answers whose question the kit asks unchanged, by id."""
    asked = {one.id for one in kit.questions if one.scored and _unchanged(one, bank.questions.get(one.id))}
    return {key: answer for key, answer in bank.practice.items() if answer.question in asked}


def unpractised(kit: Kit, bank: ItemBank) -> list[str]:
    """The kit's traits for which no practice answer fits, in the kit's order."""
    fitting = {bank.questions[answer.question].trait for answer in practicable(kit, bank).values()}
    return [trait for trait in kit.traits if trait not in fitting]


def _unchanged(asked: Question, shipped: Question | None) -> bool:
    if shipped is None or asked.trait != shipped.trait:
        return False
    same_text = all(shipped.text.get(code) == words for code, words in asked.text.items())
    return same_text and all(
        shipped.anchors.get(level, {}).get(code) == words
        for level, texts in asked.anchors.items()
        for code, words in texts.items()
    )


def draw(
    fitting: Mapping[str, PracticeAnswer], traits: Mapping[str, str], seen: Mapping[str, int], seed: int
) -> Sequence[str]:
    """Choose the answers of one round, in the order in which they are shown.

    Every trait gets as many as every other, as nearly as can be; within a trait those come first that the rater saw
    least often, then levels and questions that are still rare in the round. What is equal otherwise, and the order,
    is left to chance.

    Parameters
    ----------
    fitting
        The answers that fit the kit, by id; at least :data:`ANSWERS`.
    traits
        The trait of each question, by the question's id.
    seen
        How often the rater was shown an answer before, by its id.
    seed
        The same seed draws the same round.

    Raises
    ------
    ValueError
        Fewer answers fit than a round has.
    """
    if len(fitting) < ANSWERS:
        message = f"{len(fitting)} practice answers fit this kit, and a round has {ANSWERS}"
        raise ValueError(message)
    chance = random.Random(seed)
    left = sorted(fitting)
    chance.shuffle(left)
    by_trait: Counter[str] = Counter()
    by_level: Counter[int] = Counter()
    by_question: Counter[str] = Counter()
    chosen: list[str] = []
    for _ in range(ANSWERS):
        best = min(
            left,
            key=lambda key: (
                by_trait[traits[fitting[key].question]],
                seen.get(key, 0),
                by_level[fitting[key].level],
                by_question[fitting[key].question],
            ),
        )
        left.remove(best)
        chosen.append(best)
        by_trait[traits[fitting[best].question]] += 1
        by_level[fitting[best].level] += 1
        by_question[fitting[best].question] += 1
    chance.shuffle(chosen)
    return chosen
