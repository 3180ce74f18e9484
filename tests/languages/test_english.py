"""English: what is folded, and that its parts fit together."""

from __future__ import annotations

import pytest

from poise.knowledge.phrases import expand
from poise.languages import language

EN = language("en-GB")
assert EN is not None


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("apologise", "apologize"),
        ("apologised", "apologized"),
        ("favour", "favor"),
        ("neighbours", "neighbors"),
        ("cancelled", "canceled"),
        ("travelling", "traveling"),
        ("dont", "don't"),
        ("couldnt", "couldn't"),
        ("im", "i'm"),
        ("ill", "i'll"),
        ("thx", "thanks"),
        ("pls", "please"),
        ("u", "you"),
        ("ok", "okay"),
        ("recieved", "received"),
    ],
)
def test_spellings_are_folded(written: str, folded: str) -> None:
    assert EN.variants[written] == folded


@pytest.mark.parametrize(
    "word", ["were", "well", "wed", "shell", "hell", "shed", "our", "four", "hour", "promise", "raise"]
)
def test_other_words_are_left_alone(word: str) -> None:
    assert word not in EN.variants


def test_folding_is_done_in_one_step() -> None:
    assert [word for word, plain in EN.variants.items() if plain in EN.variants] == []


def test_word_sets_are_in_folded_form() -> None:
    unfolded = {word for word in EN.negators | EN.question_words | EN.fillers if word in EN.variants}
    assert unfolded == set()


def test_a_filler_is_not_an_answer() -> None:
    assert EN.fillers.isdisjoint({"mm", "hm", "hmm", "oh", "ah", "no", "yes"})
    assert EN.fillers.isdisjoint(EN.negators)


def test_longer_endings_come_first() -> None:
    lengths = [len(ending) for ending in EN.plural_endings]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize("name", sorted(EN.lists))
def test_every_list_can_stand_in_a_phrase(name: str) -> None:
    forms = expand(f"<{name}> customer", EN)
    assert len(forms) == len(set(forms))
    assert sum(len(part) for form in forms for part in form.parts) >= 2
