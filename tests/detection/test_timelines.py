"""Juggling, promises and recontacts on timelines whose truth is planted."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from poise.detection.clocks import area, overlapping, shared
from poise.detection.found import Found
from poise.detection.timelines import detect_timelines, usual_waits, waits
from poise.knowledge.schema import Behaviour
from poise.model import CONVERSATIONS, EVENTS, empty

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TURN = {
    "conversation": pl.String,
    "turn": pl.Int32,
    "person": pl.String,
    "role": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "private": pl.Boolean,
    "holding": pl.Boolean,
}


def behaviour(name: str, rule: dict[str, object]) -> Behaviour:
    return msgspec.convert(
        {
            "id": name,
            "trait": "organised",
            "sign": "+",
            "title": {"en": name},
            "advice": {"en": name},
            "definition": name,
            "source": "test",
            "needs": ["clock"],
            "rule": rule,
            "opportunity": {"occasion": "timeline"},
        },
        Behaviour,
    )


BEHAVIOURS = {
    b.id: b
    for b in (
        *(
            behaviour(f"juggling.{k}", {"name": "timeline", "kind": k})
            for k in ("fairness", "neglect", "holding", "inversion")
        ),
        behaviour("solving.recontact", {"name": "timeline", "kind": "recontact"}),
        behaviour("promise.kept", {"name": "timely", "time": "agent.time", "kept": True}),
    )
}
# conversation, seconds after MONDAY, who (c: customer, h: holding message, anything else: an agent)
Row = tuple[str, float, str]


def timeline(rows: list[Row], shift: timedelta = timedelta(0)) -> pl.DataFrame:
    numbers: dict[str, int] = {}
    out = []
    for conversation, seconds, who in sorted(rows, key=lambda r: (r[0], r[1])):
        turn = numbers[conversation] = numbers.get(conversation, -1) + 1
        role = "customer" if who == "c" else "agent"
        person = f"customer {conversation}" if who == "c" else who.removeprefix("h:").removeprefix("p:")
        at = MONDAY + shift + timedelta(seconds=seconds)
        out.append((conversation, turn, person, role, at, who.startswith("p:"), who.startswith("h:")))
    return pl.DataFrame(out, schema=TURN, orient="row")


def heads(turns: pl.DataFrame, **columns: dict[str, object]) -> pl.DataFrame:
    names = turns["conversation"].unique(maintain_order=True).to_list()
    rows = [
        {"conversation": n, "channel": "chat", "queue": "q", **{c: v.get(n) for c, v in columns.items()}} for n in names
    ]
    return pl.DataFrame(rows, schema=dict(CONVERSATIONS))


def event(conversation: str, seconds: float, kind: str, person: str | None = None, **more: object) -> dict[str, object]:
    return {
        "conversation": conversation,
        "event": 0,
        "at": MONDAY + timedelta(seconds=seconds),
        "kind": kind,
        "person": person,
        **more,
    }


def logged(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(EVENTS))


def detect(
    turns: pl.DataFrame, conversations: pl.DataFrame | None = None, events: pl.DataFrame | None = None, **more: object
) -> Found:
    return detect_timelines(
        turns,
        heads(turns) if conversations is None else conversations,
        empty(EVENTS) if events is None else events,
        behaviours=BEHAVIOURS,
        **more,  # type: ignore[arg-type]
    )


def values(found: Found, name: str) -> dict[str, float]:
    rows = found.measures.filter(pl.col("behaviour") == name)
    return dict(zip(rows["conversation"], rows["value"], strict=True))


def verdicts(found: Found, name: str) -> list[tuple[str, str, bool]]:
    rows = found.opportunities.filter(pl.col("behaviour") == name)
    return sorted(rows.select("conversation", "person", "met").rows())


def turns_in_turn(agent: str = "ann", names: str = "AB", rounds: int = 10) -> list[Row]:
    """Every customer asks again five seconds after the answer; the agent answers them in turn."""
    rows: list[Row] = [(agent + n, k, "c") for k, n in enumerate(names)] + [
        (agent + n, 5 + k, agent) for k, n in enumerate(names)
    ]
    step = 20
    for r in range(rounds):
        for k, n in enumerate(names):
            answer = 20 + (r * len(names) + k) * step
            rows += [(agent + n, answer - step + 6, "c")] if r == 0 else []
            rows += [(agent + n, answer, agent), (agent + n, answer + 5, "c")]
    return rows


def favourite(agent: str = "bob", rounds: int = 20) -> list[Row]:
    """The customer of A is answered at once every time; the customer of B waits until the end."""
    rows: list[Row] = [(agent + "A", 0, "c"), (agent + "A", 2, agent), (agent + "B", 1, "c"), (agent + "B", 3, agent)]
    rows += [(agent + "B", 8, "c"), (agent + "B", 15 * (rounds + 1), agent)]
    for r in range(rounds):
        rows += [(agent + "A", 10 + 15 * r, "c"), (agent + "A", 20 + 15 * r, agent)]
    return rows


def test_equal_sharing_is_fair() -> None:
    for names in ("AB", "ABC", "ABCD"):
        found = detect(timeline(turns_in_turn(names=names)))
        fairness, neglect = values(found, "juggling.fairness"), values(found, "juggling.neglect")
        assert set(fairness) == {"ann" + n for n in names}
        assert min(fairness.values()) > 0.97
        assert max(neglect.values()) < 2
    assert found.hits.is_empty()


def test_four_star_service_to_one_table() -> None:
    found = detect(timeline(favourite()))
    # A: each wait holds one answer with two waiting: 1/2. B: 21 answers with 1 + 20 * 10 / 307 waiting on average.
    slow_b = 21 / (1 + 200 / 307)
    fair = (0.5 + slow_b) ** 2 / (2 * (0.5**2 + slow_b**2))
    assert values(found, "juggling.fairness") == {n: pytest.approx(fair, abs=1e-6) for n in ("bobA", "bobB")}
    assert values(found, "juggling.neglect") == {"bobA": pytest.approx(0.5), "bobB": pytest.approx(slow_b)}
    rows = found.hits.select("conversation", "person", "behaviour", "turn", "begin").rows()
    assert rows == [("bobB", "bob", "juggling.neglect", 3, None)]
    assert found.measures.filter(pl.col("conversation") == "bobA")["weight"].to_list() == [20.0, 20.0]


def test_one_at_a_time_is_no_occasion() -> None:
    rows: list[Row] = []
    for k in range(4):
        rows += [
            (f"x{k}", 1000 * k, "c"),
            (f"x{k}", 1000 * k + 5, "ann"),
            (f"x{k}", 1000 * k + 10, "c"),
            (f"x{k}", 1000 * k + 90, "ann"),
        ]
    found = detect(timeline(rows))
    assert found.measures.is_empty()
    # two agents at once do not juggle
    two = detect(timeline([(c, t, w if w == "c" else w + c) for c, t, w in turns_in_turn()]))
    assert two.measures.is_empty()
    mail = timeline(favourite())
    assert detect(mail, heads(mail).with_columns(channel=pl.lit("email"))).measures.is_empty()


def test_queue_time_is_not_the_agents() -> None:
    rows: list[Row] = [("x", 0, "c"), ("x", 600, "ann"), ("x", 610, "c"), ("x", 640, "ann")]
    turns = timeline(rows)
    assert waits(turns, empty(EVENTS)).select("turn", (pl.col("to_ms") - pl.col("from_ms")) / 1000).rows() == [
        (2, 30.0)
    ]
    taken = logged(event("x", 500, "assigned", "ann"))
    assert waits(turns, taken).select("turn", (pl.col("to_ms") - pl.col("from_ms")) / 1000).rows() == [
        (0, 100.0),
        (2, 30.0),
    ]
    other = logged(event("x", 500, "assigned", "eve"))
    assert waits(turns, other).height == 1


def test_private_notes_answer_nobody() -> None:
    rows: list[Row] = [("x", 0, "c"), ("x", 5, "ann"), ("x", 10, "c"), ("x", 20, "p:ann"), ("x", 40, "ann")]
    assert waits(timeline(rows), empty(EVENTS)).select("turn", "answer").rows() == [(2, 4)]


def test_holding_message_in_a_long_wait() -> None:
    rows: list[Row] = [(f"usual{k}", t, w) for k in range(5) for t, w in ((0, "c"), (1, "ann"), (5, "c"), (65, "ann"))]
    rows += [("kept", t, w) for t, w in ((0, "c"), (1, "bob"), (5, "c"), (30, "h:bob"), (40, "c"), (300, "bob"))]
    rows += [("left", t, w) for t, w in ((0, "c"), (1, "eve"), (5, "c"), (300, "eve"))]
    rows += [("back", t, w) for t, w in ((0, "c"), (1, "dan"), (8, "h:dan"), (300, "dan"))]
    rows += [("soon", t, w) for t, w in ((0, "c"), (1, "dan"), (5, "c"), (90, "dan"))]
    turns = timeline(rows)
    found = detect(turns)
    expected = [("back", "dan", True), ("kept", "bob", True), ("left", "eve", False)]
    assert verdicts(found, "juggling.holding") == expected
    held = found.hits.filter(pl.col("behaviour") == "juggling.holding")
    assert sorted(held.select("conversation", "turn", "person").rows()) == [("back", 2, "dan"), ("kept", 3, "bob")]
    # with a norm of its own nothing depends on who else is in the table
    norm = usual_waits(turns, heads(turns), empty(EVENTS))
    assert norm.rows() == [("chat", "q", 60.0)]
    alone = turns.filter(pl.col("conversation") == "left")
    assert verdicts(detect(alone), "juggling.holding") == []
    assert verdicts(detect(alone, usual=norm), "juggling.holding") == [("left", "eve", False)]
    spans = turns.with_columns(holding_begin=pl.lit(3, pl.Int32), holding_end=pl.lit(9, pl.Int32))
    hits = detect(spans).hits.filter(pl.col("behaviour") == "juggling.holding")
    assert set(hits.select("begin", "end").rows()) == {(3, 9)}


INVERSION: list[Row] = [
    *(("urgent", t, w) for t, w in ((0, "c"), (1, "ann"), (10, "c"), (200, "ann"))),
    *(("easy", t, w) for t, w in ((0, "c"), (2, "ann"), (20, "c"), (100, "ann"))),
]


@pytest.mark.parametrize(
    ("urgent", "easy", "expected"),
    [
        ("urgent", "low", [("urgent", "ann", True)]),
        ("low", "urgent", [("easy", "ann", False)]),
        ("high", "normal", []),  # too near to call
        ("odd", "low", []),
    ],
)
def test_inversion(urgent: str, easy: str, expected: list[tuple[str, str, bool]]) -> None:
    turns = timeline(INVERSION)
    meta = {"urgent": f'{{"priority": "{urgent}"}}', "easy": f'{{"priority": "{easy}"}}'}
    found = detect(turns, heads(turns, meta=meta))
    assert verdicts(found, "juggling.inversion") == expected
    events = logged(
        event("urgent", 0, "priority", data=f'{{"priority": "{urgent}"}}'),
        event("easy", 0, "priority", data=f'{{"priority": "{easy}"}}'),
    )
    assert verdicts(detect(turns, events=events), "juggling.inversion") == expected


def test_no_inversion_without_priorities() -> None:
    assert verdicts(detect(timeline(INVERSION)), "juggling.inversion") == []
    turns = timeline(INVERSION)
    assert verdicts(detect(turns, heads(turns, meta={"easy": "no json"})), "juggling.inversion") == []


DAY = 86_400


def visits(
    *days: float, resolved: tuple[bool | None, ...] = (), topics: tuple[str | None, ...] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows: list[Row] = [(f"v{k}", DAY * d + t, w) for k, d in enumerate(days) for t, w in ((0, "c"), (60, f"agent{k}"))]
    turns = timeline(rows)
    names = [f"v{k}" for k in range(len(days))]
    conversations = heads(
        turns,
        customer=dict.fromkeys(names, "cust"),
        topic=dict(zip(names, topics or ("bill",) * len(days), strict=True)),
        resolved=dict(zip(names, resolved or (True,) * len(days), strict=True)),
        started_at={n: MONDAY + timedelta(days=d) for n, d in zip(names, days, strict=True)},
    )
    return turns, conversations


UNTIL = MONDAY + timedelta(days=60)


def test_recontact() -> None:
    assert verdicts(detect(*visits(0, 3, 20), until=UNTIL), "solving.recontact") == [
        ("v0", "agent0", True),
        ("v1", "agent1", False),
        ("v2", "agent2", False),
    ]
    assert verdicts(detect(*visits(0, 3, topics=("bill", "line")), until=UNTIL), "solving.recontact") == [
        ("v0", "agent0", False),
        ("v1", "agent1", False),
    ]
    assert verdicts(detect(*visits(0, 3, resolved=(None, False)), until=UNTIL), "solving.recontact") == []
    assert verdicts(detect(*visits(0, 3, topics=(None, None)), until=UNTIL), "solving.recontact") == []


def test_a_window_cut_short_gives_no_opportunity() -> None:
    # the data end with the second visit: even a recontact seen in time must not count, or only failures would
    assert verdicts(detect(*visits(0, 3)), "solving.recontact") == []
    assert verdicts(detect(*visits(0, 7.5)), "solving.recontact") == [("v0", "agent0", False)]


def promised(
    due_s: float, *rows: Row, until_s: float = 30 * DAY, events: pl.DataFrame | None = None, role: str | None = None
) -> list[bool]:
    turns = timeline([("p", 0, "c"), ("p", 10, "ann"), *rows])
    if role:
        turns = turns.with_columns(role=pl.when(pl.col("person") == "eve").then(pl.lit(role)).otherwise(pl.col("role")))
    due = pl.DataFrame(
        [("p", 1, "ann", MONDAY + timedelta(seconds=due_s))],
        schema={"conversation": pl.String, "turn": pl.Int32, "person": pl.String, "due": TURN["at"]},
        orient="row",
    )
    conversations = heads(turns, customer={"p": "cust", "other": "cust", "strange": "else"})
    found = detect(turns, conversations, events, promises=due, until=MONDAY + timedelta(seconds=until_s))
    return [met for _, _, met in verdicts(found, "promise.kept")]


def test_promise() -> None:
    hour = 3600.0
    assert promised(7 * hour, ("p", 6 * hour, "ann")) == [True]
    assert promised(7 * hour, ("p", 8 * hour, "ann")) == [False]
    assert promised(7 * hour) == [False]
    assert promised(7 * hour, ("p", 6 * hour, "eve"), role="colleague") == [True]
    assert promised(7 * hour, ("p", 6 * hour, "c")) == [False]  # the customer had to ask
    assert promised(7 * hour, ("p", 6 * hour, "p:ann")) == [False]  # a note is not word to the customer
    assert promised(7 * hour, ("other", 6 * hour, "ann")) == [True]
    assert promised(7 * hour, ("strange", 6 * hour, "ann")) == [False]
    assert promised(7 * hour, until_s=6 * hour) == []  # not decided yet


def test_going_on_talking_keeps_only_a_short_promise() -> None:
    on: list[Row] = [("p", 30, "c"), ("p", 60, "ann")]
    assert promised(7 * 3600, *on) == [False]
    assert promised(120, *on) == [True]
    assert promised(120, ("p", 14, "ann")) == [False]  # still the same breath
    assert promised(120, ("p", 400, "ann")) == [False]


def test_doing_it_keeps_a_promise() -> None:
    assert promised(7 * 3600, events=logged(event("p", 600, "refund", "ann"))) == [True]
    assert promised(7 * 3600, events=logged(event("p", 600, "assigned", "eve"))) == [False]
    assert promised(7 * 3600, events=logged(event("p", 600, "refund"))) == [False]


def test_empty_and_clockless() -> None:
    nothing = timeline([])
    found = detect(nothing, empty(CONVERSATIONS))
    assert found.hits.is_empty() and found.opportunities.is_empty() and found.measures.is_empty()
    still = timeline(favourite()).with_columns(at=pl.lit(None, TURN["at"]))
    found = detect(still)
    assert found.hits.is_empty() and found.opportunities.is_empty() and found.measures.is_empty()


# ---------------------------------------------------------------- arithmetic and invariance


intervals = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), min_size=1, max_size=25)


@given(intervals)
def test_arithmetic_of_intervals(spans: list[tuple[int, int]]) -> None:
    a = np.array([s for s, _ in spans], np.int64)
    b = a + np.array([d for _, d in spans], np.int64)
    points = np.arange(100, dtype=np.int64)
    depth = ((a[:, None] <= points) & (points < b[:, None])).sum(0)  # open in [t, t + 1)
    assert (np.diff(area(a, b, points)) == depth[:-1]).all()
    assert (np.diff(shared(a, b, points)) == (depth[:-1] >= 2)).all()
    i, j = overlapping(a, b)
    pairs = {frozenset(p) for p in zip(i.tolist(), j.tolist(), strict=True)}
    assert len(pairs) == len(i)
    n = len(spans)
    assert pairs == {frozenset((x, y)) for x in range(n) for y in range(x) if a[x] < b[y] and a[y] < b[x]}


def crowd(seed: int, agents: int = 6) -> pl.DataFrame:
    rng = random.Random(seed)
    rows: list[Row] = []
    for k in range(agents):
        name = f"agent{k}"
        for c in range(rng.randint(2, 6)):
            at = rng.uniform(0, 600)
            for _ in range(rng.randint(2, 12)):
                at += rng.expovariate(1 / 30)
                rows.append((f"{name}/{c}", at, rng.choice(["c", "c", name, name, f"h:{name}"])))
    return timeline(rows)


def same(a: Found, b: Found) -> None:
    for name in ("hits", "opportunities", "measures"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.sort(x.columns).equals(y.sort(y.columns))


@given(st.integers(0, 200), st.integers(1, 5))
@example(27, 4)  # someone whose every conversation was over when they opened it
@settings(max_examples=25)
def test_buckets_of_people_change_nothing(seed: int, cut: int) -> None:
    turns = crowd(seed)
    norm = usual_waits(turns, heads(turns), empty(EVENTS))
    whole = detect(turns, usual=norm)
    parts = []
    for people in ([f"agent{k}" for k in range(cut)], [f"agent{k}" for k in range(cut, 6)]):
        some = turns.filter(pl.col("conversation").str.split("/").list.first().is_in(people))
        parts.append(detect(some, heads(turns), usual=norm, people=people))
    both = Found(*(pl.concat([getattr(p, n) for p in parts]) for n in ("hits", "opportunities", "measures")))
    same(whole, both)


@given(st.integers(0, 200), st.integers(1, 3_000_000))
@settings(max_examples=15)
def test_shifting_all_times_changes_nothing(seed: int, seconds: int) -> None:
    turns = crowd(seed)
    later = turns.with_columns(pl.col("at") + timedelta(seconds=seconds))
    same(detect(turns), detect(later))
    same(detect(turns), detect(turns.sample(fraction=1, shuffle=True, seed=seed)))


@given(st.integers(0, 200))
@settings(max_examples=25)
def test_bounds(seed: int) -> None:
    found = detect(crowd(seed))
    fairness, neglect = values(found, "juggling.fairness"), values(found, "juggling.neglect")
    assert all(0 < v <= 1 + 1e-12 for v in fairness.values()) and all(v > 0 for v in neglect.values())
    assert set(fairness) <= set(neglect)
    assert found.measures.select(pl.struct("person", "conversation", "behaviour").is_unique().all()).item()
