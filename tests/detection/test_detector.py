"""Occasions and hits of whole conversations, through the detector's own interface."""

import polars as pl
import pytest

from poise.detection.detector import Detected, Detector
from poise.knowledge import load
from poise.model import CONVERSATIONS, EVENTS, PEOPLE, TURNS, Tables, empty

DETECTOR = Detector(load())
Said = list[tuple[str, str]]


def tables(*conversations: Said, language: str = "en", channel: str = "chat", customer: str | None = None) -> Tables:
    ids = [f"c{n}" for n in range(len(conversations))]
    turns = [
        {"conversation": name, "turn": n, "person": who, "role": who.rstrip("12"), "text": text, "private": False}
        for name, said in zip(ids, conversations, strict=True)
        for n, (who, text) in enumerate(said)
    ]
    people = [
        {"conversation": name, "person": who, "role": who.rstrip("12"), "named": True}
        | ({"name": customer} if who == "customer" else {})
        for name, said in zip(ids, conversations, strict=True)
        for who in dict.fromkeys(who for who, _ in said)
    ]
    return Tables(
        pl.DataFrame(
            [{"conversation": name, "language": language, "channel": channel} for name in ids],
            schema=dict(CONVERSATIONS),
        ),
        pl.DataFrame(people, schema=dict(PEOPLE)),
        pl.DataFrame(turns, schema=dict(TURNS)),
        empty(EVENTS),
    )


def counts(found: Detected, behaviour: str) -> dict[str, tuple[int, int]]:
    rows = found.evidence.filter(behaviour=behaviour)
    return {person: (hits, n) for person, hits, n in rows.select("person", "hits", "opportunities").iter_rows()}


PROBLEM: Said = [
    ("customer", "hello, my parcel never arrived"),
    ("agent", "Good morning! I'm so sorry about that."),
    ("customer", "ok"),
    ("agent", "Thanks for your patience, have a nice day!"),
]


def test_an_occasion_met_and_one_missed() -> None:
    curt: Said = [
        ("customer", "my parcel never arrived"),
        ("agent", "Order number?"),
        ("customer", "4471"),
        ("agent", "ok"),
    ]
    found = DETECTOR.detect(tables(PROBLEM, curt))
    apology = found.opportunities.filter(behaviour="courtesy.apology").sort("conversation")
    assert apology["met"].to_list() == [True, False]
    assert apology["turn"].to_list() == [0, 0]
    greeted = found.evidence.filter(behaviour="courtesy.greeting").sort("conversation")
    assert greeted["hits"].to_list() == [1, 0]


def test_without_a_problem_there_is_no_occasion_to_apologise() -> None:
    found = DETECTOR.detect(tables([("customer", "what time do you open"), ("agent", "At nine.")]))
    assert counts(found, "courtesy.apology") == {}


def test_nobody_answers_no_occasion() -> None:
    found = DETECTOR.detect(tables([("agent", "Hello!"), ("customer", "my parcel never arrived")]))
    assert counts(found, "courtesy.apology") == {}


def test_whoever_speaks_next_answers_for_it() -> None:
    said: Said = [
        ("customer", "my parcel never arrived"),
        ("agent1", "I'm so sorry about that."),
        ("customer", "and my bill is wrong"),
        ("agent2", "Which bill?"),
        ("customer", "the last"),
        ("agent2", "I see."),
    ]
    found = DETECTOR.detect(tables(said))
    assert counts(found, "courtesy.apology") == {"agent1": (1, 1), "agent2": (0, 1)}


def test_bots_and_systems_are_nobody() -> None:
    said: Said = [
        ("bot", "Hello! How can I help you?"),
        ("customer", "my parcel never arrived"),
        ("agent", "Where to?"),
    ]
    found = DETECTOR.detect(tables(said))
    assert set(found.evidence["person"]) == {"agent"}
    assert set(found.hits["person"]) <= {"agent"}


def test_batches_change_nothing() -> None:
    many = [
        PROBLEM,
        [("customer", "Your ad said free delivery"), ("agent", "That's not true, we never said that.")],
        PROBLEM,
    ]
    whole = DETECTOR.detect(tables(*many))
    alone = [Detector(load()).detect(tables(said)) for said in many]
    columns = ["turn", "person", "behaviour", "begin", "end", "rule"]
    assert whole.hits.select(columns).rows() == [row for one in alone for row in one.hits.select(columns).rows()]
    assert len(whole.opportunities) == sum(len(one.opportunities) for one in alone)


def test_a_name_is_used_but_not_in_every_turn() -> None:
    once: Said = [("customer", "hi"), ("agent", "Hello Ruth!"), ("customer", "my code?"), ("agent", "It is 5.")]
    always: Said = [(who, f"{text}, Ruth" if who == "agent" else text) for who, text in once * 3]
    assert counts(DETECTOR.detect(tables(once, customer="Ruth Cohen")), "courtesy.name") == {"agent": (1, 1)}
    assert counts(DETECTOR.detect(tables(always, customer="Ruth Cohen")), "courtesy.name") == {"agent": (0, 1)}
    assert counts(DETECTOR.detect(tables(once)), "courtesy.name") == {}


def test_anger_grades_and_makes_provocations() -> None:
    said: Said = [
        ("customer", "THIS IS AN ABSOLUTE DISGRACE, you are all useless!!!"),
        ("agent", "Calm down."),
        ("customer", "what did you say to me"),
    ]
    found = DETECTOR.detect(tables(said))
    assert found.signals.filter(signal="customer.anger")["level"].max() >= 3
    assert counts(found, "calm.hostile") == {"agent": (1, 1)}
    assert found.cases["arrival_anger"].to_list()[0] >= 3


def test_backchannels_count_in_calls_only() -> None:
    said: Said = [
        ("customer", "so i rang on monday and the chap told me it would be sorted by tuesday and nobody ever came"),
        ("agent", "mm hm"),
        ("customer", "and then i waited in all day wednesday and thursday as well"),
        ("agent", "right let me look into it"),
    ]
    assert counts(DETECTOR.detect(tables(said, channel="call")), "listening.backchannel")["agent"][0] == 1
    assert counts(DETECTOR.detect(tables(said, channel="chat")), "listening.backchannel") == {}


@pytest.mark.parametrize("language", ["he", "nb"])
def test_other_languages_have_occasions_of_their_own(language: str) -> None:
    said: dict[str, Said] = {
        "he": [("customer", "שלום, החבילה לא הגיעה"), ("agent", "שלום, אני ממש מצטערת על כך"), ("customer", "תודה")],
        "nb": [("customer", "hei, pakken har ikke kommet"), ("agent", "Hei! Beklager så mye."), ("customer", "takk")],
    }
    found = DETECTOR.detect(tables(said[language], language=language))
    assert counts(found, "courtesy.greeting") == {"agent": (1, 1)}
    assert counts(found, "courtesy.apology") == {"agent": (1, 1)}


def test_nothing_from_nothing() -> None:
    nothing = Tables(empty(CONVERSATIONS), empty(PEOPLE), empty(TURNS))
    found = DETECTOR.detect(nothing)
    assert not len(found.hits)
    assert not len(found.evidence)
    silent = DETECTOR.detect(tables([("agent", ""), ("customer", "…")]))
    assert not len(silent.hits)
