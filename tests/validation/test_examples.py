"""Every rule's examples are its tests: a new rule needs no new test code."""

from collections import defaultdict

import pytest

from poise.detection.detector import Detector
from poise.knowledge import load
from poise.validation.examples import check_examples, try_text

KNOWN = load()
DETECTOR = Detector(KNOWN)
FAILING = defaultdict(list)
for problem in check_examples(KNOWN, DETECTOR):
    FAILING[problem.entry].append(str(problem))


@pytest.mark.parametrize("entry", list(KNOWN.entries()))
def test_examples(entry: str) -> None:
    assert not FAILING[entry], "\n".join(FAILING[entry])


def test_there_are_eleven_traits_in_five_clusters() -> None:
    assert len(KNOWN.traits) == 11
    assert {trait.cluster for trait in KNOWN.traits.values()} == set(KNOWN.clusters)
    assert len(KNOWN.clusters) == 5


@pytest.mark.parametrize(
    "entry",
    [
        *("courtesy.greeting", "courtesy.closing", "courtesy.thanks", "courtesy.please", "courtesy.apology"),
        *("help.offer", "help.ownership", "help.deflection", "together.acknowledge", "agent.refusal"),
        *("clarity.reason", "clarity.next_step", "agent.promise", "agent.denial", "calm.hostile"),
        *("customer.anger", "customer.need", "customer.thanks", "customer.confirms"),
    ],
)
@pytest.mark.parametrize("code", ["en", "he", "nb"])
def test_what_must_speak_three_languages(entry: str, code: str) -> None:
    phrases = KNOWN.entries()[entry].phrases[code]
    assert phrases.match or phrases.levels
    assert len(phrases.hits) >= 4
    assert len(phrases.misses) >= 4


def test_a_turn_can_be_tried() -> None:
    text = "I'm so sorry about that, thank you for waiting."
    rows = try_text(DETECTOR, text, previous=["My parcel never arrived!"])
    assert "courtesy.apology" in {row.id for row in rows}
    assert all(text[row.begin : row.end] == row.text for row in rows)
