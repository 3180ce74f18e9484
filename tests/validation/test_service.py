"""What a turn of a call is for, on calls made up here: the head and the phrases together, and texts that run on."""

from __future__ import annotations

import numpy as np
import pytest

from poise.detection.detector import Detector
from poise.knowledge import load
from poise.validation.metrics import Judged
from poise.validation.sets.running_on import own_texts
from poise.validation.sets.service import bt_oasis, multidogo

CALL = [
    ("agent", "good morning", "greet"),
    ("customer", "hello could you try a number for me it's always engaged", "reqDirect"),
    ("agent", "what number are you trying", "reqInfo"),
    ("customer", "oh one two seven three", "answ"),
    ("agent", "oh one two seven three", "echo"),
    ("customer", "that's the one and i've been trying all morning and", "inform"),
    ("agent", "mhm", "backch"),
    ("agent", "would you like me to try it for you", "offer"),
    ("customer", "yes please", "accept"),
    ("agent", "right", "init"),
    ("agent", "hold the line please", "hold"),
    ("agent", "i'm sorry about the wait", "expressRegret"),
    ("agent", "thank you and can i take your name please", "reqInfo"),
    ("customer", "brown", "answ"),
    ("agent", "thank you very much", "thank"),
    ("customer", "he said sorry and bye", "inform"),
    ("agent", "bye bye", "bye"),
]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(load())


@pytest.fixture(scope="module")
def judged(detector: Detector) -> dict[str, Judged]:
    row = {"id": "a", "turns": [{"role": role, "text": text, "act": act} for role, text, act in CALL]}
    return {one.target: one for _, one in bt_oasis("bt_oasis", [row], detector)}


@pytest.mark.parametrize("act", ["greet", "thank", "bye", "expressRegret", "hold", "offer", "echo", "backch"])
def test_each_act_is_found_where_the_turn_is_for_it_and_nowhere_else(judged: dict[str, Judged], act: str) -> None:
    one = judged[act]
    assert one.found is not None
    texts = [text for role, text, _ in CALL if role == "agent"]
    said = [text for text, found in zip(texts, one.found, strict=True) if found]
    assert said == [text for role, text, label in CALL if role == "agent" and label == act]
    assert np.asarray(one.truth).sum() == 1


def test_a_statement_that_says_again_what_was_said_confirms(detector: Detector) -> None:
    turns = [
        ("customer", "so the engineer comes on friday", "reqInfo"),
        ("agent", "the engineer comes on friday about lunch time", "confirm"),
        ("customer", "is there a charge", "reqInfo"),
        ("agent", "not if the fault is ours", "answ"),
    ]
    row = {"id": "a", "turns": [{"role": role, "text": text, "act": act} for role, text, act in turns]}
    one = {j.target: j for _, j in bt_oasis("bt_oasis", [row], detector)}["confirm"]
    assert one.found is not None and one.found.tolist() == [True, False]


def test_what_a_customers_turn_is_for(detector: Detector) -> None:
    said = [
        ("hi there", "openinggreeting"),
        ("hello i lost my card", "reportlostcard"),
        ("thank you so much", "thankyou"),
        ("no thanks", "rejection"),
        ("bye have a nice day", "closinggreeting"),
    ]
    rows = [{"id": f"a<TURN>{i}", "text": text, "intent": intent} for i, (text, intent) in enumerate(said)]
    for _, one in multidogo("multidogo_dev", rows, detector):
        assert one.found is not None
        assert one.found.tolist() == np.asarray(one.truth).tolist(), one.target


# ---------------------------------------------------------------- texts that run on


def test_words_of_the_following_turns_are_theirs() -> None:
    turns = [
        ("agent", "thank you i'll try it for you now hold the line"),
        ("agent", "i'll try it for you now"),
        ("agent", "hold the line"),
    ]
    assert own_texts(turns) == ["thank you", "i'll try it for you now", "hold the line"]


def test_other_speakers_and_repeated_words_stay() -> None:
    turns = [
        ("agent", "is it four five six"),
        ("customer", "four five six"),
        ("agent", "four five six"),
        ("agent", "yes"),
        ("agent", "yes yes"),
        ("agent", "right"),
    ]
    assert own_texts(turns) == [text for _, text in turns]


def test_one_word_in_common_is_no_repetition() -> None:
    assert own_texts([("agent", "okay bye"), ("agent", "bye")]) == ["okay bye", "bye"]
    assert own_texts([("agent", "bye bye"), ("agent", "bye bye")]) == ["bye bye", "bye bye"]
    assert own_texts([]) == []
