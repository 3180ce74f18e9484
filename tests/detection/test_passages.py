"""Sentences within units, and words in a row that a unit takes up from what it answers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from poise.detection.detector import Detector
from poise.detection.passages import Passages, likeness
from poise.detection.replies import LONGEST_RUN, Replies
from poise.detection.scene import Scene
from poise.detection.units import Units, texts_of, units_of
from poise.knowledge import load
from poise.validation.heard import tables_of

_HEARD = "The card works in shops. Online it is refused every single time I try."
_AXES = ("card", "refused", "weather")


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(load())


def _scene(detector: Detector, *replies: str) -> Scene:
    return detector.marked(
        tables_of((str(i), [("customer", _HEARD), ("agent", reply)]) for i, reply in enumerate(replies))
    )


def _by_words(scene: Scene, units: Units) -> NDArray[np.float32]:
    """Give each range of words one axis for each of three words, so that what is like what can be seen."""
    texts = texts_of(scene.stream, units.first, units.last)
    return np.array([[axis in text.lower() for axis in _AXES] for text in texts], np.float32)


def test_words_in_a_row_are_counted_up_to_the_longest(detector: Detector) -> None:
    scene = _scene(
        detector, "Sunny today.", "So the card works in shops.", "Refused every single time I try, you say.", "I"
    )
    replies = Replies(scene, units_of(scene, "turn", "agent"))
    assert replies.longest_run().tolist() == [0, 5, LONGEST_RUN, 1]


def test_shares_of_all_that_was_heard(detector: Detector) -> None:
    scene = _scene(
        detector,
        "Sunny today.",
        _HEARD,
        "In shops, yes, and you want us to look into why elsewhere nobody took it: refused online.",
    )
    replies = Replies(scene, units_of(scene, "turn", "agent"))
    whole, opening = replies.shared_of_all(), replies.shared_of_all(words=10)
    assert whole[0] == 0
    assert whole[1] == pytest.approx(1)
    assert 0 < opening[2] < whole[2] < 1  # what the first ten words say again is less


def test_a_reply_that_opens_a_conversation_shares_nothing(detector: Detector) -> None:
    scene = detector.marked(tables_of([("a", [("agent", "The card works."), ("customer", "The card works.")])]))
    replies = Replies(scene, units_of(scene, "turn", "agent"))
    assert replies.shared_of_all().tolist() == [0]
    assert replies.longest_run().tolist() == [0]


def test_first_and_last_sentence_and_the_extremes_between(detector: Detector) -> None:
    scene = _scene(detector, "Your card. Nice weather! It is refused.")
    passages = Passages(scene, units_of(scene, "turn", "agent"), lambda units: _by_words(scene, units))
    assert passages.sizes.tolist() == [3]
    assert passages.opening.tolist() == [[1, 0, 0]]
    assert passages.closing.tolist() == [[0, 1, 0]]
    assert passages.high.tolist() == [[1, 1, 1]]
    assert passages.low.tolist() == [[0, 0, 0]]


def test_likeness_is_of_the_best_sentences(detector: Detector) -> None:
    scene = _scene(detector, "Nice weather! Your card.", "Nice weather!", "Card. Refused.")
    own = Passages(scene, units_of(scene, "turn", "agent"), lambda units: _by_words(scene, units))
    heard = Passages(scene, units_of(scene, "turn", "customer"), lambda units: _by_words(scene, units))
    found = likeness(own, heard, np.array([0, 1, 2]))
    assert found.tolist() == [[1, 0.5], [0, 0], [1, 1]]
    assert likeness(own, heard, np.full(3, -1)).tolist() == [[0, 0]] * 3
