"""Acts read from events: help asked, concessions, refusals, transfers, idle time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.detection.evenness import detect_evenness
from poise.detection.events import TRANSFER_OCCASIONS, deeds_of, detect_events, transfer_occasions
from poise.detection.found import Found
from poise.knowledge.schema import Behaviour
from poise.model import CONVERSATIONS, EVENTS, HITS, OPPORTUNITIES, PEOPLE, TURNS, Tables, empty

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KINDS = {
    "help_asked": "help_seeking.asked",
    "unrecorded": "favour.unrecorded",
    "wrong_denial": "favour.wrong_denial",
    "discordant": "favour.discordant",
    "idle_offer": "idle.offer",
}
BEHAVIOURS = {
    name: msgspec.convert(
        {
            "id": name,
            "trait": "avoids_favours",
            "sign": "-",
            "title": {"en": name},
            "advice": {"en": name},
            "definition": name,
            "source": "test",
            "needs": ["events"],
            "rule": {"name": "event", "kind": kind},
            "opportunity": {"occasion": "event"},
        },
        Behaviour,
    )
    for kind, name in KINDS.items()
}


def batch(
    turns: list[tuple[str, str, str]] | list[tuple[str, str]],
    *events: dict[str, object],
    name: str = "c",
    clock: bool = True,
    topic: str | None = "bill",
) -> Tables:
    """Turns are (role or role-name, text[, "private"]), a minute apart; events name their minute in ``m``."""
    rows = [
        {
            "conversation": name,
            "turn": i,
            "person": turn[0],
            "role": turn[0].split("-")[0],
            "text": turn[1],
            "at": MONDAY + timedelta(minutes=i) if clock else None,
            "private": len(turn) > 2,
        }
        for i, turn in enumerate(turns)
    ]
    done = []
    for i, event in enumerate(events):
        event = dict(event)
        minute = event.pop("m", None)
        data = event.pop("data", None)
        done.append(
            {
                "conversation": name,
                "event": i,
                "at": MONDAY + timedelta(minutes=minute) if isinstance(minute, int | float) else None,
                "data": data if isinstance(data, str) or data is None else json.dumps(data),
                **event,
            }
        )
    people = [
        {"conversation": name, "person": p, "role": p.split("-")[0]} for p in dict.fromkeys(turn[0] for turn in turns)
    ]
    head = {"conversation": name, "channel": "chat", "language": "en", "topic": topic}
    return Tables(
        pl.DataFrame([head], schema=dict(CONVERSATIONS)),
        pl.DataFrame(people, schema=dict(PEOPLE)),
        pl.DataFrame(rows, schema=dict(TURNS)),
        pl.DataFrame(done, schema=dict(EVENTS)),
    )


def join(*batches: Tables) -> Tables:
    return Tables(
        *(pl.concat([getattr(b, t) for b in batches]) for t in ("conversations", "people", "turns", "events"))
    )


def flags(**turns: list[int]) -> pl.DataFrame:
    numbers = sorted({t for some in turns.values() for t in some})
    return pl.DataFrame(
        {
            "conversation": ["c"] * len(numbers),
            "turn": numbers,
            **{k: [n in v for n in numbers] for k, v in turns.items()},
        },
        schema_overrides={"turn": pl.Int32},
    )


def detect(tables: Tables, marks: pl.DataFrame | None = None) -> Found:
    return detect_events(deeds_of(tables, marks), behaviours=BEHAVIOURS)


def verdicts(found: Found, name: str) -> list[tuple[object, ...]]:
    rows = found.opportunities.filter(pl.col("behaviour") == name)
    return rows.select("person", "turn", "event", "met").rows()


TALK = [
    ("customer", "I want a manager"),
    ("agent", "One moment"),
    ("agent", "Can you take this?", "private"),
    ("customer", "Well?"),
]


@pytest.mark.parametrize("clock", [True, False])
def test_asks_in_a_note(clock: bool) -> None:
    found = detect(batch(TALK, clock=clock), flags(needs_hand=[0], asks_colleague=[2]))
    assert verdicts(found, "help_seeking.asked") == [("agent", 0, None, True)]
    assert found.hits.select("turn", "person", "rule").rows() == [(2, "agent", "event.help_asked")]


def test_asking_before_the_occasion_is_not_asking_for_it() -> None:
    found = detect(batch(TALK), flags(needs_hand=[3], asks_colleague=[2]))
    assert verdicts(found, "help_seeking.asked") == [("agent", 3, None, False)]


def test_needs_a_hand_and_nobody_asks() -> None:
    found = detect(batch(TALK), flags(needs_hand=[0, 3]))
    assert verdicts(found, "help_seeking.asked") == [
        ("agent", 0, None, False)
    ]  # one occasion, however often it is said
    assert found.hits.is_empty()
    assert verdicts(detect(batch(TALK)), "help_seeking.asked") == []
    # an agent's own words are no occasion, and a public turn is no note
    assert verdicts(detect(batch(TALK), flags(needs_hand=[1])), "help_seeking.asked") == []
    assert verdicts(detect(batch(TALK), flags(needs_hand=[0], asks_colleague=[1])), "help_seeking.asked")[0][3] is False


@pytest.mark.parametrize(
    ("event", "met"),
    [
        ({"kind": "help_asked", "person": "agent", "m": 2}, True),
        ({"kind": "consult", "person": "agent", "m": 2}, True),
        ({"kind": "consult", "m": 2}, True),  # nobody named: whoever spoke last
        ({"kind": "transfer", "person": "boss", "m": 2, "data": {"from": "agent"}}, True),
        ({"kind": "transfer", "person": "agent", "m": 2}, True),
        ({"kind": "assigned", "person": "boss", "m": 2}, True),
        ({"kind": "assigned", "person": "agent", "m": 2}, False),  # took it on
        ({"kind": "help_asked", "person": "colleague-1", "m": 2}, False),
        ({"kind": "help_asked", "person": "agent", "m": -5}, False),
        ({"kind": "resolved", "person": "agent", "m": 2}, False),
    ],
)
def test_asks_by_an_event(event: dict[str, object], met: bool) -> None:
    found = detect(batch(TALK, event), flags(needs_hand=[0]))
    assert verdicts(found, "help_seeking.asked") == [("agent", 0, None, met)]


def test_a_stated_need_is_an_occasion() -> None:
    events = ({"kind": "help_needed", "person": "agent", "m": 1}, {"kind": "help_asked", "person": "agent", "m": 3})
    assert verdicts(detect(batch(TALK, *events)), "help_seeking.asked") == [("agent", 1, 0, True)]
    assert verdicts(detect(batch(TALK, events[0])), "help_seeking.asked") == [("agent", 1, 0, False)]


def test_a_routine_transfer_is_no_request() -> None:
    found = detect(batch(TALK, {"kind": "transfer", "person": "boss", "m": 2}))
    assert found.hits.is_empty() and verdicts(found, "help_seeking.asked") == []


def test_the_one_who_answers_is_the_one_who_needs_a_hand() -> None:
    talk = [("agent-1", "Bye"), ("customer", "A manager!"), ("agent-2", "Yes"), ("customer", "Now!")]
    found = detect(batch(talk), flags(needs_hand=[1, 3]))
    assert [v[0] for v in verdicts(found, "help_seeking.asked")] == ["agent-2"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"basis": "late delivery, rule 4"}, [False]),
        ({"policy": 7}, [False]),
        ({"basis": ""}, [True]),
        ({"basis": "  "}, [True]),
        ({"basis": None}, [True]),
        ({}, [True]),
        ("not json", [True]),
        (None, []),  # nothing was recorded about any concession: not known
    ],
)
def test_unrecorded(data: object, expected: list[bool]) -> None:
    found = detect(batch(TALK, {"kind": "concession", "person": "agent", "value": 20.0, "m": 3, "data": data}))
    assert [v[3] for v in verdicts(found, "favour.unrecorded")] == expected
    assert found.hits.select("event", "turn", "begin", "score").rows() == (
        [(0, 2, None, 1.0)] if expected == [True] else []
    )


def test_only_assessed_people_decide() -> None:
    for who in ("customer", "nobody"):
        found = detect(batch(TALK, {"kind": "concession", "person": who, "data": {}, "m": 2}))
        assert found.opportunities.is_empty()


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("refusal", True, [True]),
        ("refusal", "true", [True]),
        ("concession", True, [False]),
        ("refusal", False, []),
        ("refusal", None, []),
        ("refusal", "perhaps", []),
    ],
)
def test_wrong_denial(kind: str, said: object, expected: list[bool]) -> None:
    event = {"kind": kind, "person": "agent", "m": 2, "data": {"entitled": said, "basis": "b"}}
    assert [v[3] for v in verdicts(detect(batch(TALK, event)), "favour.wrong_denial")] == expected


def test_transfer_occasions() -> None:
    talk = [
        ("customer", "Help"),
        ("agent", "I pass you on"),
        ("agent", "Take it", "private"),
        ("customer", "ok"),
        ("agent-2", "Hi"),
    ]
    marks = flags(transfer=[1], asks_colleague=[2])
    spoken = transfer_occasions(deeds_of(batch(talk), marks))
    assert spoken.schema == pl.Schema(dict(TRANSFER_OCCASIONS))
    assert spoken.rows() == [("c", 1, None, "agent", "transfer"), ("c", 2, None, "agent", "request")]
    logged = batch(
        talk,
        {"kind": "transfer", "person": "agent-2", "m": 3.5, "data": {"from": "agent"}},
        {"kind": "help_asked", "person": "agent", "m": 2.5},
    )
    assert transfer_occasions(deeds_of(logged, marks)).rows() == [
        ("c", 2, 0, "agent", "transfer"),
        ("c", 2, 1, "agent", "request"),
    ]
    # without data.from: the one who spoke before the new owner
    bare = batch(talk, {"kind": "transfer", "person": "agent-2", "m": 3.5})
    assert transfer_occasions(deeds_of(bare)).rows() == [("c", 2, 0, "agent", "transfer")]
    first = batch(talk, {"kind": "assigned", "person": "agent", "m": 0})
    assert transfer_occasions(deeds_of(first)).is_empty()


def test_empty_tables() -> None:
    nobody = Tables(empty(CONVERSATIONS), empty(PEOPLE), empty(TURNS))
    for found in (detect(nobody), detect_evenness(nobody.events, nobody.conversations, behaviours=BEHAVIOURS)):
        assert found.hits.is_empty() and found.opportunities.is_empty() and found.measures.is_empty()
        assert found.hits.schema == pl.Schema(dict(HITS)) and found.opportunities.schema == pl.Schema(
            dict(OPPORTUNITIES)
        )
    assert transfer_occasions(deeds_of(nobody)).is_empty()
    assert detect(batch(TALK)).opportunities.is_empty()  # turns without events or flags


# ---------------------------------------------------------------- over a whole run


def idle(*events: dict[str, object]) -> tuple[list[tuple[object, ...]], Found]:
    tables = batch([], *events, name="log")
    found = detect_evenness(tables.events, tables.conversations, behaviours=BEHAVIOURS)
    return found.measures.select("person", "hits", "exposure_s").rows(), found


FREE = {"kind": "state", "person": "ann", "m": 0, "value": 600.0, "data": {"state": "available"}}
NEED = {"kind": "need", "person": "bob", "m": 5, "value": 600.0}


def test_idle_minutes_beside_a_need() -> None:
    offer = {"kind": "help_offer", "person": "ann", "m": 7}
    rows, found = idle(FREE, NEED, offer)
    assert rows == [("ann", 1, 300.0)]
    assert found.hits.select("event", "person", "conversation", "rule").rows() == [
        (2, "ann", "log", "event.idle_offer")
    ]
    assert idle(FREE, NEED)[0] == [("ann", 0, 300.0)]
    early = {"kind": "help_offer", "person": "ann", "m": 2}
    assert idle(FREE, NEED, early)[0] == [("ann", 0, 300.0)]
    # needs at the same time are one exposure, and a state ends with the next
    assert idle(FREE, NEED, {**NEED, "person": "eve"})[0] == [("ann", 0, 300.0)]
    busy = {"kind": "state", "person": "ann", "m": 6, "data": {"state": "busy"}}
    assert idle(FREE, NEED, busy)[0] == [("ann", 0, 60.0)]
    assert idle({**FREE, "value": None}, NEED, busy)[0] == [("ann", 0, 60.0)]


@pytest.mark.parametrize(
    "events",
    [
        (FREE,),
        (FREE, {**NEED, "person": "ann"}),
        (FREE, {**NEED, "data": {"permitted": False}}),
        (FREE, {**NEED, "m": 30}),
        ({**FREE, "data": {"state": "break"}}, NEED),
        ({**FREE, "data": {"state": "available", "protected": True}}, NEED),
        ({**FREE, "value": None}, NEED),
        ({**FREE, "data": "{"}, NEED),
    ],
    ids=["no need", "own need", "not permitted", "later", "break", "protected", "no end", "broken data"],
)
def test_not_idle(events: tuple[dict[str, object], ...]) -> None:
    assert idle(*events)[0] == []


def cases(*some: tuple[str, dict[str, object]], topics: tuple[str | None, ...] = ()) -> list[tuple[str, bool]]:
    tables = join(
        *(
            batch(
                [],
                {"kind": kind, "person": "ann", "m": i, "data": data},
                name=f"c{i}",
                topic=(topics or ("bill",) * 9)[i],
            )
            for i, (kind, data) in enumerate(some)
        )
    )
    found = detect_evenness(tables.events, tables.conversations, behaviours=BEHAVIOURS)
    return found.opportunities.select("conversation", "met").rows()


def test_discordant() -> None:
    vip, plain = {"status": "vip"}, {"status": "standard"}
    assert cases(("concession", vip), ("refusal", plain)) == [("c0", True)]
    assert cases(("refusal", plain), ("concession", {"persistence": 3, **plain})) == [("c1", True)]
    assert cases(("concession", vip), ("concession", plain)) == [("c0", False)]
    assert cases(("refusal", vip), ("concession", plain)) == [("c0", False)]  # unlike, but no favour
    assert cases(("concession", plain), ("refusal", plain)) == []  # nothing irrelevant differs
    assert cases(("concession", vip), ("refusal", {})) == []  # not known
    assert cases(("concession", {**vip, "basis": "bereavement"}), ("refusal", plain)) == []
    assert cases(("concession", {**vip, "entitled": True}), ("refusal", {**plain, "entitled": False})) == []
    assert cases(("concession", vip), ("refusal", plain), topics=("bill", "line")) == []
    assert cases(("concession", vip), ("refusal", plain), topics=(None, None)) == []
    assert cases(("concession", vip), ("concession", vip), ("refusal", plain)) == [("c0", True)]  # each case once


@given(st.permutations(range(6)), st.integers(1, 5))
@settings(max_examples=20)
def test_order_and_batches_change_nothing(order: list[int], cut: int) -> None:
    calls = [
        batch(
            [("customer", "manager!"), (f"agent-{i}", "no")],
            {"kind": "refusal", "person": f"agent-{i}", "m": 1, "data": {"entitled": i % 2 == 0}},
            {"kind": "transfer", "person": "boss", "m": 2},
            name=f"c{i}",
        )
        for i in range(6)
    ]
    marks = pl.DataFrame(
        {"conversation": [f"c{i}" for i in range(6)], "turn": [0] * 6, "needs_hand": [True] * 6},
        schema_overrides={"turn": pl.Int32},
    )
    whole = detect(join(*calls), marks)
    mixed = [calls[i] for i in order]
    parts = [detect(join(*some), marks) for some in (mixed[:cut], mixed[cut:])]
    for name in ("hits", "opportunities"):
        one, both = getattr(whole, name), pl.concat([getattr(part, name) for part in parts])
        assert one.sort(one.columns).equals(both.sort(both.columns))
