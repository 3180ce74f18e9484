"""Which practice answers fit a kit, and what a round draws from them."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from poise.app.interviews.calibration.material import ANSWERS, draw, practicable, unpractised
from poise.knowledge.interviews import Kit, Question, load_item_bank

from .conftest import TRAITS, content, other_anchor, other_words

BANK = load_item_bank()
TRAIT_OF = {key: str(one.trait) for key, one in BANK.questions.items()}


def of(kit: Kit) -> set[str]:
    return {str(BANK.questions[one.question].trait) for one in practicable(kit, BANK).values()}


def test_only_the_kits_own_questions_are_practised() -> None:
    assert of(content()) == set(TRAITS)
    assert len(practicable(content(), BANK)) == 18


@pytest.mark.parametrize("change", [other_anchor, other_words])
def test_an_edited_question_is_not_practised(change: object) -> None:
    kit = content(helpful=change)  # type: ignore[arg-type]
    assert of(kit) == {"considerate", "stays_in_control"}
    assert unpractised(kit, BANK) == ["helpful"]


def in_hebrew(one: Question) -> Question:
    anchors = {level: {"he": texts["he"]} for level, texts in one.anchors.items()}
    return msgspec.structs.replace(one, text={"he": one.text["he"]}, anchors=anchors)


def test_a_kit_in_one_language_is_practised_like_any() -> None:
    assert len(practicable(content(**dict.fromkeys(TRAITS, in_hebrew)), BANK)) == 18


@pytest.mark.parametrize("traits", [("helpful", "organised"), TRAITS, tuple(dict.fromkeys(TRAIT_OF.values()))])
def test_a_round_is_spread_over_traits_and_levels(traits: tuple[str, ...]) -> None:
    fitting = practicable(content(traits), BANK)
    for seed in range(20):
        chosen = draw(fitting, TRAIT_OF, {}, seed)
        assert len(set(chosen)) == ANSWERS
        by_trait = Counter(TRAIT_OF[fitting[key].question] for key in chosen)
        assert set(by_trait) == set(traits)
        assert max(by_trait.values()) - min(by_trait.values()) <= 1
        levels = Counter(fitting[key].level for key in chosen)
        assert set(levels) == {1, 2, 3, 4, 5}
        assert max(levels.values()) <= 4


def test_the_next_round_shows_what_was_not_seen() -> None:
    fitting = practicable(content(("helpful", "organised", "considerate", "team_player")), BANK)
    first = draw(fitting, TRAIT_OF, {}, 1)
    second = draw(fitting, TRAIT_OF, Counter(first), 2)
    assert not set(first) & set(second)


def test_the_order_tells_nothing_of_levels_and_a_seed_draws_the_same() -> None:
    fitting = practicable(content(), BANK)
    drawn = [draw(fitting, TRAIT_OF, {}, seed) for seed in range(10)]
    assert drawn == [draw(fitting, TRAIT_OF, {}, seed) for seed in range(10)]
    assert len({fitting[one[0]].level for one in drawn}) > 1


def test_too_few_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="6 practice answers fit this kit"):
        draw(practicable(content(("helpful",)), BANK), TRAIT_OF, {}, 1)
