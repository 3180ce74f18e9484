"""What people found to be no hit counts for nothing, exactly there and nowhere else."""

import polars as pl

from poise.detection.detector import Detector
from poise.detection.dismissing import DISMISSED
from poise.knowledge import load
from poise.model import CONVERSATIONS, PEOPLE, TURNS, Tables

DETECTOR = Detector(load())
SAID = "Good morning, how can I help?", "Sorry again, I am so sorry.", "Sorry about the kettle."


def tables(*conversations: str) -> Tables:
    people = [{"conversation": c, "person": p, "role": p, "named": True} for c in conversations for p in ("agent",)]
    turns = [
        {"conversation": c, "turn": n, "person": "agent", "role": "agent", "text": text, "private": False}
        for c in conversations
        for n, text in enumerate(SAID)
    ]
    return Tables(
        pl.DataFrame(
            [{"conversation": c, "language": "en", "channel": "chat"} for c in conversations],
            schema=dict(CONVERSATIONS),
        ),
        pl.DataFrame(people, schema=dict(PEOPLE)),
        pl.DataFrame(turns, schema=dict(TURNS)),
    )


def counted(conversation: str, dismissed: list[tuple[str, int, str, int, int]], behaviour: str) -> tuple[int, int, int]:
    found = DETECTOR.detect(
        tables("one", "two"), dismissed=pl.DataFrame(dismissed, schema=dict(DISMISSED), orient="row")
    )
    hits = found.hits.filter(conversation=conversation, behaviour=behaviour)
    evidence = found.evidence.filter(conversation=conversation, behaviour=behaviour)
    return len(hits), int(evidence["hits"].sum()), int(evidence["opportunities"].sum())


def test_an_occasion_is_met_until_its_last_hit_is_dismissed() -> None:
    greeting = "courtesy.greeting"
    first, second = ("one", 0, greeting, 3, 6), ("one", 0, greeting, 14, 29)
    assert counted("one", [], greeting) == (2, 1, 1)
    assert counted("one", [first], greeting) == (1, 1, 1)
    assert counted("one", [first, second], greeting) == (0, 0, 1)
    assert counted("two", [first, second], greeting) == (2, 1, 1)


def test_what_lies_beside_it_or_is_another_behaviour_stays() -> None:
    greeting = "courtesy.greeting"
    for other in (
        ("one", 0, greeting, 12, 14),
        ("one", 1, greeting, 0, 29),
        ("one", 0, "courtesy.apology", 0, 29),
        ("gone", 0, greeting, 0, 29),
    ):
        assert counted("one", [other], greeting) == (2, 1, 1), other
