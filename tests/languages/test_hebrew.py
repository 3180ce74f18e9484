"""Hebrew: what is folded, what keeps its prefix, and that its parts fit together."""

from __future__ import annotations

import pytest

from poise.knowledge.phrases import expand, fold_word
from poise.languages import language

HE = language("iw")
assert HE is not None


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("thanks", "תודה"),
        ("pls", "בבקשה"),
        ("sorry", "סליחה"),
        ("אנו", "אנחנו"),
        ("מצטערת", "מצטער"),
        ("שמצטערת", "שמצטער"),
        ("ומתנצלים", "ומתנצל"),
        ("דוא״ל", "מייל"),
        ("נסיתי", "ניסיתי"),
    ],
)
def test_spellings_genders_and_english_words_are_folded(written: str, folded: str) -> None:
    assert HE.variants[fold_word(written)] == folded


@pytest.mark.parametrize("word", ["לכן", "שבת", "מלא", "שקל", "שלב", "הזמנה"])
def test_other_words_are_left_alone(word: str) -> None:
    assert word not in HE.variants


def test_folding_is_done_in_one_step() -> None:
    assert [word for word, plain in HE.variants.items() if plain in HE.variants] == []


def test_a_filler_is_not_an_answer() -> None:
    assert HE.fillers.isdisjoint({"כן", "לא", "אהה", "המ"})
    assert HE.fillers.isdisjoint(HE.negators)


def test_negators_are_found_with_their_prefixes() -> None:
    assert {"לא", "ולא", "שלא", "אין", "שאין"} <= HE.negators


def test_lists_can_be_read_as_phrases() -> None:
    for name in HE.lists:
        assert expand(f"<{name}> כאן", HE), name


def test_vowel_marks_do_not_hide_a_phrase() -> None:
    assert expand("תּוֹדָה רַבָּה", HE) == expand("תודה רבה", HE)
