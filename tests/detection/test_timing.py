"""Timing on two-channel calls whose truth is planted, and on real meetings as evaluation only."""

from __future__ import annotations

import random
import re
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.detection.clauses import with_completeness
from poise.detection.detector import Detector
from poise.detection.timing import COUNTED, detect_timing, entries, timed
from poise.knowledge import load
from poise.knowledge.schema import Behaviour
from poise.model import CONVERSATIONS, HITS, OPPORTUNITIES, PEOPLE, TURNS, WORDS, Tables, empty
from poise.validation.metrics import figures
from poise.validation.sets.meetings import mrda
from poise.validation.sets.rows import read_rows

Line = tuple[str, float, float, str]


def _behaviour(name: str, rule: dict[str, object], occasion: str, **more: object) -> Behaviour:
    return msgspec.convert(
        {
            "id": f"listening.{name}",
            "trait": "considerate",
            "sign": "-",
            "title": {"en": name},
            "advice": {"en": name},
            "definition": name,
            "source": "test",
            "needs": ["times"],
            "rule": rule,
            "opportunity": {"occasion": occasion, "channels": ["call"]},
            **more,
        },
        Behaviour,
    )


TOKENS = {"match": ["^ (mhm|okay|right|yeah|i see|sure|oh dear)"]}
ALL = [
    _behaviour("backchannel", {"name": "backchannel"}, "stretch", phrases={"en": TOKENS}),
    *(_behaviour(kind, {"name": "overlap", "kind": kind}, "minute") for kind in COUNTED),
]
BEHAVIOURS = {b.id: b for b in ALL}


def call(
    lines: list[Line],
    *,
    name: str = "c1",
    channels: bool = True,
    language: str | None = "en",
    channel: str = "call",
    words: bool = False,
) -> Tables:
    turns = pl.DataFrame(
        [
            {
                "conversation": name,
                "turn": i,
                "person": who,
                "role": who.split("-")[0],
                "text": text,
                "start": start,
                "end": end,
                "audio_channel": who.split("-")[0] if channels else None,
                "private": False,
            }
            for i, (who, start, end, text) in enumerate(sorted(lines, key=lambda line: line[1]))
        ],
        schema=dict(TURNS),
    )
    rows = []
    if words:
        for turn in turns.iter_rows(named=True):
            spans = [m.span() for m in re.finditer(r"[\w'-]+", turn["text"])]
            step = (turn["end"] - turn["start"]) / len(spans)
            rows += [
                {
                    "conversation": name,
                    "turn": turn["turn"],
                    "begin": b,
                    "end": e,
                    "from_s": turn["start"] + k * step,
                    "to_s": turn["start"] + (k + 1) * step,
                }
                for k, (b, e) in enumerate(spans)
            ]
    conversation = {"conversation": name, "channel": channel, "language": language}
    return Tables(
        pl.DataFrame([conversation], schema=dict(CONVERSATIONS)),
        empty(PEOPLE),
        turns,
        words=pl.DataFrame(rows, schema=dict(WORDS)),
    )


def join(*batches: Tables) -> Tables:
    return Tables(
        pl.concat([b.conversations for b in batches]),
        empty(PEOPLE),
        pl.concat([b.turns for b in batches]),
        words=pl.concat([b.words for b in batches]),
    )


def labels(tables: Tables) -> list[str]:
    return entries(tables, behaviours=BEHAVIOURS)["label"].to_list()


# One scene of at most 10 s each, with what the agent did in it.
SCENES: dict[str, list[Line]] = {
    "interruption": [
        ("customer", 0, 3, "I wanted to ask about the delivery of my"),
        ("agent", 2.2, 5, "What is your order number?"),
    ],
    "butting_in": [
        ("customer", 0, 7, "The parcel came on Monday and the box was open at one side."),
        ("agent", 3, 4.2, "Was it the brown one?"),
    ],
    "pause_interruption": [("customer", 0, 3, "So I went to the shop and"), ("agent", 3.5, 5, "Which shop was that?")],
    "terminal_overlap": [
        ("customer", 0, 3, "It was delivered on Monday."),
        ("agent", 2.7, 5, "Then I can help you with that."),
    ],
    "overlap": [
        ("customer", 0, 3, "I paid for it with my card and it worked."),
        ("agent", 1.5, 5, "Let me look at the payment."),
    ],
    "simultaneous_start": [
        ("customer", 0, 3, "And what about the"),
        ("agent", 0.1, 4.5, "Let me also check the address."),
    ],
    "accepted_completion": [
        ("customer", 0, 3, "I have lost the number of the"),
        ("agent", 3.4, 4, "The invoice?"),
        ("customer", 4.3, 6, "Yes, exactly, the invoice."),
    ],
    "protective_stop": [
        ("customer", 0, 3, "My card number is four nine two and the"),
        ("agent", 2.2, 5, "Please don't read me the card number."),
    ],
    "turn": [("customer", 0, 3, "It does not work."), ("agent", 3.4, 5, "I am sorry to hear that.")],
    "backchannel": [
        ("customer", 0, 4, "First I tried the blue one at home and"),
        ("agent", 4.1, 4.5, "mm-hm"),
        ("customer", 4.7, 8, "then I tried the red one."),
    ],
    "long_pause": [("customer", 0, 3, "So I went to the shop and"), ("agent", 4.5, 6, "Which shop was that?")],
    "short_hold": [("customer", 0, 3, "I wanted to ask about the"), ("agent", 2.6, 3.3, "Pardon me?")],
}
EXPECTED = {"backchannel": [], "long_pause": [], "short_hold": ["overlap"]}


def planted(seed: int, scenes: int = 40) -> tuple[Tables, list[str]]:
    """A call of random scenes, 13 s apart, and what the agent did in them."""
    rng = random.Random(seed)
    lines: list[Line] = []
    truth: list[str] = []
    for i in range(scenes):
        name = rng.choice(sorted(SCENES))
        at, stretch = i * 13.0, rng.uniform(0.97, 1.03)
        lines += [(who, at + a * stretch, at + b * stretch, text) for who, a, b, text in SCENES[name]]
        truth += EXPECTED.get(name, [name])
    return call(lines, name=f"seed{seed}"), truth


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_scene(scene: str) -> None:
    assert labels(call(SCENES[scene])) == EXPECTED.get(scene, [scene])


@pytest.mark.parametrize("seed", range(6))
def test_planted_calls_are_recovered(seed: int) -> None:
    tables, truth = planted(seed)
    assert labels(tables) == truth
    found = detect_timing(tables, behaviours=BEHAVIOURS)
    measures = dict(zip(found.measures["behaviour"], found.measures["hits"], strict=True))
    assert measures == {f"listening.{kind}": truth.count(kind) for kind in COUNTED}
    speech = tables.turns.filter(pl.col("role") == "customer").select(pl.col("end") - pl.col("start")).sum().item()
    assert found.measures["exposure_s"].to_list() == pytest.approx([speech] * 3)


def test_words_place_the_cut_inside_a_turn() -> None:
    # at 3.0 the first sentence has just ended: a place to come in, seen only with the times of words
    lines: list[Line] = [
        ("customer", 0, 8, "It came on Monday. The box was wet on one side."),
        ("agent", 2.75, 3.9, "Oh that is bad"),
    ]
    assert labels(call(lines)) == ["butting_in"]
    assert labels(call(lines, words=True)) == ["terminal_overlap"]
    middle: list[Line] = [lines[0], ("agent", 5.2, 6.3, "Oh that is bad")]
    assert labels(call(middle, words=True)) == ["butting_in"]


def test_spans_are_the_agents_words() -> None:
    lines: list[Line] = [
        ("customer", 0, 3, "I wanted to ask about my"),
        ("agent", 2.2, 6.2, "Wait. 🙂 What is your order number?  "),
    ]
    for words in (False, True):
        hits = detect_timing(call(lines, words=words), behaviours=BEHAVIOURS).hits
        assert hits.schema == pl.Schema(dict(HITS))
        assert hits.select("turn", "person", "behaviour", "begin", "end", "rule", "tier").rows() == [
            (1, "agent", "listening.interruption", 0, 34, "timing.interruption", "fast")
        ]


def test_not_without_two_channels_or_words() -> None:
    lines = SCENES["interruption"]
    one = call(lines, channels=False)
    assert labels(one) == []
    assert detect_timing(one, behaviours=BEHAVIOURS).measures.is_empty()
    assert labels(call(lines, channels=False, words=True)) == ["interruption"]
    mono = Tables(one.conversations, one.people, one.turns.with_columns(audio_channel=pl.lit("0")))
    assert labels(mono) == []
    partly = call(lines).turns.with_columns(
        audio_channel=pl.when(pl.col("turn") == 0).then(None).otherwise(pl.col("audio_channel"))
    )
    assert labels(Tables(one.conversations, one.people, partly)) == []


def test_no_opportunity_where_nothing_can_be_judged() -> None:
    lines = SCENES["interruption"] + [("customer", 20.0, 30.0, "it was a long story that I told them.")]
    untimed = call(lines)
    untimed = Tables(untimed.conversations, untimed.people, untimed.turns.with_columns(start=None, end=None))
    others = (call(lines, language="fr"), call(lines, language=None), call(lines, channel="chat"), untimed)
    for tables in others:
        found = detect_timing(tables, behaviours=BEHAVIOURS)
        assert found.hits.is_empty() and found.opportunities.is_empty() and found.measures.is_empty()
    alone = call([line for line in lines if line[0] == "customer"])
    assert detect_timing(alone, behaviours=BEHAVIOURS).measures.is_empty()


def test_empty_tables() -> None:
    nobody = Tables(empty(CONVERSATIONS), empty(PEOPLE), empty(TURNS))
    found = detect_timing(nobody, behaviours=BEHAVIOURS)
    assert found.hits.is_empty() and found.opportunities.schema == pl.Schema(dict(OPPORTUNITIES))
    assert timed(nobody).is_empty() and entries(nobody, behaviours=BEHAVIOURS).is_empty()


def test_only_assessed_people_earn_hits() -> None:
    lines = [("customer" if who == "agent" else "agent", a, b, text) for who, a, b, text in SCENES["interruption"]]
    assert detect_timing(call(lines), behaviours=BEHAVIOURS).hits.is_empty()
    bot = [("bot" if who == "agent" else who, a, b, text) for who, a, b, text in SCENES["interruption"]]
    assert detect_timing(call(bot), behaviours=BEHAVIOURS).hits.is_empty()


def test_agent_who_is_talked_over_does_not_interrupt() -> None:
    lines: list[Line] = [
        ("agent", 0, 4, "I can send you a new one today."),
        ("customer", 3.5, 6, "But I do not want a new one and the"),
        ("agent", 4.3, 6.5, "And you may keep the old one."),
    ]
    assert labels(call(lines)) == []


def test_speech_is_heard_by_the_agent_who_speaks_next() -> None:
    lines: list[Line] = [
        ("customer", 0, 5, "My phone is broken."),
        ("agent-1", 6, 8, "I pass you on."),
        ("customer", 9, 12, "Thanks."),
        ("agent-2", 13, 14, "Hello there."),
        ("customer", 15, 16, "Hello to you."),
    ]
    found = detect_timing(call(lines), behaviours=BEHAVIOURS).measures.filter(
        pl.col("behaviour") == "listening.interruption"
    )
    assert found.select("person", "exposure_s", "hits").rows() == [("agent-1", 5.0, 0), ("agent-2", 4.0, 0)]


def test_backchannel_is_met_where_the_customer_goes_on() -> None:
    story: list[Line] = [
        ("customer", 0, 6, "First I tried the blue one at home and"),
        ("agent", 6.1, 6.5, "Right."),
        ("customer", 6.8, 12, "then I tried the red one at work."),
        ("agent", 13, 15, "What happened then?"),
        ("customer", 16, 24, "Then it broke and I called you at once."),
    ]
    for channels in (True, False):  # times are enough
        found = detect_timing(call(story, channels=channels), behaviours=BEHAVIOURS)
        assert found.hits.filter(pl.col("behaviour") == "listening.backchannel")["turn"].to_list() == [1]
        assert found.opportunities.select("turn", "person", "met").rows() == [(0, "agent", True), (4, "agent", False)]


@pytest.mark.parametrize(
    "lines",
    [
        [("customer", 0, 6, "Is it the blue one?"), ("agent", 6.3, 6.7, "Right."), ("customer", 7, 9, "Thanks then.")],
        [("customer", 0, 6, "It was blue and"), ("agent", 6.3, 7.6, "Right."), ("customer", 7.8, 9, "it broke.")],
        [("customer", 0, 6, "It was blue and"), ("agent", 6.3, 6.7, "Right."), ("customer", 8, 9, "it broke.")],
        [("customer", 0, 6, "It was blue and"), ("agent", 6.3, 6.7, "Blue?"), ("customer", 7, 9, "it broke.")],
        [
            ("customer", 0, 6, "It was blue."),
            ("agent", 6.3, 8.5, "I will send one."),
            ("agent", 8.8, 9.2, "Okay."),
            ("customer", 9.4, 11, "Fine by me."),
        ],
    ],
    ids=["answers a question", "too long", "customer does not go on", "not in the lexicon", "agent has the floor"],
)
def test_no_backchannel(lines: list[Line]) -> None:
    hits = detect_timing(call(lines), behaviours=BEHAVIOURS).hits
    assert "listening.backchannel" not in hits["behaviour"].to_list()


SPOKEN: dict[str, tuple[list[Line], list[int]]] = {
    # "mm-hm" hands the floor back, however long the customer thinks
    "continuer": (
        [("customer", 0, 6, "It was blue and"), ("agent", 6.3, 6.7, "mm-hm"), ("customer", 8.2, 9, "it broke.")],
        [1],
    ),
    "continuer, then a turn of one's own": (
        [
            ("customer", 0, 6, "It was blue and"),
            ("agent", 6.3, 6.7, "mm-hm"),
            ("agent", 7.6, 9, "I will send one."),
            ("customer", 9.4, 11, "Fine by me."),
        ],
        [],
    ),
    "yes that begins a turn": (
        [
            ("customer", 0, 6, "It was blue and it broke."),
            ("agent", 5.8, 6.1, "yeah"),
            ("agent", 6.4, 8, "I will send one."),
            ("customer", 6.2, 7, "And the red one"),
        ],
        [],
    ),
    "one token after another": (
        [
            ("customer", 0, 6, "It was blue and then I saw that it broke at the back."),
            ("agent", 2.0, 2.3, "right"),
            ("agent", 2.4, 2.6, "yeah"),
        ],
        [1, 2],
    ),
    "spelt with dots": (
        [("customer", 0, 6, "It was blue and it broke at the back."), ("agent", 3, 3.4, "O.K.")],
        [1],
    ),
    "a laugh": (
        [("customer", 0, 6, "It was blue and it broke at the back."), ("agent", 3, 3.4, "[laughs]")],
        [],
    ),
}


@pytest.mark.parametrize("scene", sorted(SPOKEN))
def test_tokens_of_listening(scene: str) -> None:
    lines, turns = SPOKEN[scene]
    hits = detect_timing(call(lines), behaviours=BEHAVIOURS).hits
    assert hits.filter(pl.col("behaviour") == "listening.backchannel")["turn"].to_list() == turns


def test_a_laugh_cuts_nobody_off() -> None:
    lines: list[Line] = [("customer", 0, 3, "I wanted to ask about the"), ("agent", 2.2, 3.1, "[laughs]")]
    assert labels(call(lines)) == []


def test_own_exemptions_of_the_knowledge_files() -> None:
    lines: list[Line] = [
        ("customer", 0, 3, "I wanted to ask about my"),
        ("agent", 2.2, 5, "Before all else this is our recorded line"),
    ]
    assert labels(call(lines)) == ["interruption"]
    own = _behaviour(
        "interruption",
        {"name": "overlap", "kind": "interruption"},
        "minute",
        phrases={"en": {"except": ["our recorded line"]}},
    )
    told = {**BEHAVIOURS, own.id: own}
    assert entries(call(lines), behaviours=told)["label"].to_list() == ["protective_stop"]


COMPLETE = [
    ("I would like to return it", False, True),
    ("I would like to return the", False, False),
    ("i would like to return the.", True, False),
    ("I would like to return", True, False),
    ("I would like to return it.", True, True),
    ("what is it for?", True, True),
    ("because I w-", False, False),
    ("the one I, um", False, False),
    ("yes I did", False, True),
    ("the man in the shop that I spoke to yesterday did", False, False),
    ("I can't log in", False, True),
    ("I live in", False, False),
    ("I don't know…", True, False),
    ('he said "no."', True, True),
]


@pytest.mark.parametrize(("text", "punctuated", "complete"), COMPLETE)
def test_completeness(text: str, punctuated: bool, complete: bool) -> None:
    units = pl.DataFrame(
        {"text": [text], "language": ["en"], "tokens": [len(text.split())], "punctuated": [punctuated]}
    )
    assert with_completeness(units)["complete"].to_list() == [complete]


@pytest.mark.parametrize(
    ("language", "unfinished", "finished"),
    [("he", "רציתי לשאול על", "רציתי לשאול על ההזמנה"), ("nb", "jeg ville spørre om en", "jeg ville spørre om pakken")],
)
def test_other_languages(language: str, unfinished: str, finished: str) -> None:
    for text, expected in ((unfinished, ["interruption"]), (finished, ["overlap"])):
        lines: list[Line] = [("customer", 0, 3, text), ("agent", 2.2, 5, "1 2 3 4")]
        assert labels(call(lines, language=language)) == expected


@given(shift=st.floats(0.5, 5_000), seed=st.integers(0, 30))
@settings(max_examples=15)
def test_shifting_all_times_changes_nothing(shift: float, seed: int) -> None:
    tables, _ = planted(seed, 12)
    later = Tables(tables.conversations, tables.people, tables.turns.with_columns(pl.col("start", "end") + shift))
    first, second = (detect_timing(t, behaviours=BEHAVIOURS) for t in (tables, later))
    assert first.hits.equals(second.hits) and first.opportunities.equals(second.opportunities)
    assert first.measures["hits"].equals(second.measures["hits"])


@given(seeds=st.lists(st.integers(0, 50), min_size=2, max_size=5, unique=True), data=st.data())
@settings(max_examples=15)
def test_splitting_a_batch_changes_nothing(seeds: list[int], data: st.DataObject) -> None:
    calls = [planted(seed, 6)[0] for seed in seeds]
    cut = data.draw(st.integers(1, len(calls) - 1))
    whole = detect_timing(join(*calls), behaviours=BEHAVIOURS)
    parts = [detect_timing(join(*some), behaviours=BEHAVIOURS) for some in (calls[:cut], calls[cut:])]
    for name in ("hits", "opportunities", "measures"):
        together = pl.concat([getattr(part, name) for part in parts])
        one = getattr(whole, name)
        assert one.sort(one.columns).equals(together.sort(one.columns))


# ---------------------------------------------------------------- real meetings: evaluation only


def test_real_meetings(shared: Path) -> None:
    """A guard against getting worse than docs/method/timing.md reports, not an aim."""
    rows = read_rows(shared / "data/evaluation/mrda.jsonl.gz")
    values = {
        (judged.target, figure.metric): figure.value
        for _, judged in mrda("mrda", rows, Detector(load()))
        for figure in figures(judged, resamples=20)
    }
    assert values["interrupted", "auc"] > 0.88  # type: ignore[operator]
    assert values["backchannel", "f1"] > 0.70  # type: ignore[operator]
