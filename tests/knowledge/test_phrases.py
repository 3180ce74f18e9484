"""The little language of phrases."""

import pytest

from poise.knowledge.phrases import PhraseError, expand
from poise.languages import LANGUAGES

EN = LANGUAGES["en"]


def words(phrase: str) -> set[str]:
    """Every literal form, gaps written as they stand between parts."""
    out = set()
    for form in expand(phrase, EN):
        texts = [""]
        for k, part in enumerate(form.parts):
            gap = "" if k == 0 else (" " if form.gaps[k - 1] == (0, 0) else f" <{form.gaps[k - 1]}> ")
            texts = [text + gap + " ".join(alternative) for text in texts for alternative in part]
        out |= set(texts)
    return out


@pytest.mark.parametrize(
    ("phrase", "forms"),
    [
        ("thank you", {"thank you"}),
        ("(thank you|thanks) [so much]", {"thank you", "thanks", "thank you so much", "thanks so much"}),
        ("good (morning|after(noon|wards))", {"good morning", "good after noon", "good after wards"}),
        ("apolog*", {"apolog*"}),
        ("so you ... right", {"so you <(0, 5)> right"}),
        ("is _ speaking", {"is <(1, 1)> speaking"}),
        ("is [_] speaking", {"is <(0, 1)> speaking"}),
        ("is _ [_] speaking", {"is <(1, 2)> speaking"}),
        ("[_] hello [_]", {"hello"}),
        ("Bye bye", {"bye"}),  # text drops immediate repetitions too
        ("um thank um you", {"thank you"}),  # and fillers
    ],
)
def test_forms(phrase: str, forms: set[str]) -> None:
    assert words(phrase) == forms


def test_alternatives_free_of_each_other_need_no_product() -> None:
    choices = "(" + "|".join(f"word{n}" for n in range(100)) + ")"
    forms = expand(f"{choices} {choices} [really] {choices}", EN)
    assert sum(len(part) for form in forms for part in form.parts) < 2_000
    assert len(words(f"{choices} {choices}")) == 10_000


def test_spelling_variants_are_folded_as_text_is() -> None:
    variant, plain = next((v, p) for v, p in EN.variants.items() if v.isalpha() and p.isalpha())
    assert words(variant) == words(plain)


@pytest.mark.parametrize(
    ("phrase", "complaint"),
    [
        ("thank you!", "can never match"),
        ("thank <you", "character"),
        ("'d like", "can never match"),
        ("(a|b", "missing"),
        ("a|b", "outside"),
        ("a)", "closes nothing"),
        ("(a|)", "empty"),
        ("a ^ b", "at the start only"),
        ("a $ b", "at the end only"),
        ("... a", "both sides"),
        ("a _", "both sides"),
        ("[a] [b]", "matches nothing"),
        ("um", "matches nothing"),
        ("<nosuchlist> a", "does not exist"),
        ("a b c d e f g h i j k l m n", "more than 12 words"),
        ("wo*rd", "can never match"),
    ],
)
def test_a_phrase_that_cannot_match_is_an_error(phrase: str, complaint: str) -> None:
    with pytest.raises(PhraseError, match=complaint):
        expand(phrase, EN)
