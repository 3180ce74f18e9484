"""Norwegian Bokmål: what is folded, and that its parts fit together."""

from __future__ import annotations

import pytest

from poise.knowledge.phrases import expand
from poise.languages import language

NB = language("no")
assert NB is not None


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("eg", "jeg"),
        ("ikkje", "ikke"),
        ("hvorfor", None),
        ("korfor", "hvorfor"),
        ("desverre", "dessverre"),
        ("unskyld", "unnskyld"),
        ("thx", "takk"),
        ("funker", "fungerer"),
        ("okei", "ok"),
        ("kl", "klokken"),
    ],
)
def test_dialect_and_chat_spellings_are_folded(written: str, folded: str | None) -> None:
    assert NB.variants.get(written) == folded


def test_folding_is_done_in_one_step() -> None:
    assert [word for word, plain in NB.variants.items() if plain in NB.variants] == []


def test_a_filler_is_not_an_answer() -> None:
    assert NB.fillers.isdisjoint({"mm", "hm", "ja", "nei", "jo"})
    assert NB.fillers.isdisjoint(NB.negators)


def test_word_sets_are_in_folded_form() -> None:
    assert {word for word in NB.negators | NB.question_words | NB.fillers if word in NB.variants} == set()


def test_longer_endings_come_first() -> None:
    lengths = [len(ending) for ending in NB.plural_endings]
    assert lengths == sorted(lengths, reverse=True)


def test_lists_can_be_read_as_phrases() -> None:
    for name in NB.lists:
        assert expand(f"<{name}> her", NB), name
