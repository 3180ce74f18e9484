"""Rules in context: what came before and after, windows of occasions, blocks, and conversations that lack things."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest

from poise.detection.detector import Detected, Detector
from poise.knowledge import load
from poise.validation.examples import try_text
from poise.validation.heard import tables_of

DETECTOR = Detector(load())
Said = Sequence[tuple[str, str]]
PROBLEM = ("customer", "My router stopped working after the storm.")


def detect(*turns: tuple[str, str], channel: str = "chat", language: str = "en") -> Detected:
    return DETECTOR.detect(tables_of([("talk", turns)], channel=channel, language=language))


def hits(found: Detected, behaviour: str) -> list[int]:
    return sorted(set(found.hits.filter(pl.col("behaviour") == behaviour)["turn"].to_list()))


def chances(found: Detected, behaviour: str) -> list[tuple[int | None, bool]]:
    rows = found.opportunities.filter(pl.col("behaviour") == behaviour).select("turn", "met").rows()
    return sorted(rows, key=str)


# ---------------------------------------------------------------- occasions


def test_what_nothing_called_for_is_no_hit() -> None:
    angry = detect(
        ("customer", "This is an absolute disgrace, I am furious!"), ("agent", "I understand, that is awful.")
    )
    calm = detect(("customer", "Do you ship to Norway?"), ("agent", "I understand, that is awful."))
    assert hits(angry, "calm.acknowledges") == [1]
    assert hits(calm, "calm.acknowledges") == []


def test_a_window_of_two_turns_ends_before_the_third() -> None:
    turns = [PROBLEM, ("agent", "Which router is it?"), ("customer", "The black one."), ("agent", "And since when?")]
    late = [*turns, ("customer", "Friday."), ("agent", "I'm sorry about that.")]
    assert hits(detect(*turns[:3], ("agent", "I'm sorry about that.")), "courtesy.apology") == [3]
    found = detect(*late)
    assert hits(found, "courtesy.apology") == []
    assert chances(found, "courtesy.apology") == [(0, False)]


def test_messages_in_a_row_are_one_turn_of_a_window() -> None:
    found = detect(PROBLEM, ("agent", "Hello."), ("agent", "One moment."), ("agent", "I'm sorry about that."))
    assert chances(found, "courtesy.apology") == [(0, True)]


def test_several_signs_in_one_block_are_one_occasion() -> None:
    found = detect(PROBLEM, ("customer", "It is broken."), ("agent", "I'm so sorry."))
    assert chances(found, "courtesy.apology") == [(0, True)]


def test_hits_and_met_occasions_agree() -> None:
    found = detect(
        ("customer", "I was told delivery is free. This is unacceptable, I am furious!"),
        ("agent", "That's not true. I'm sorry, I can't refund it."),
        ("customer", "You charged me twice as well."),
        ("agent", "We never charge twice. I can send you a new invoice."),
        ("customer", "Fine, thanks."),
        ("agent", "Sorry again. I understand. Goodbye!"),
    )
    signals = [
        name
        for name, entry in DETECTOR.knowledge.behaviours.items()
        if entry.opportunity.occasion in ("signal", "first_signal")
    ]
    met = found.opportunities.filter(pl.col("met") & pl.col("behaviour").is_in(signals))
    hit = found.hits.filter(pl.col("behaviour").is_in(signals))
    assert len(hit)
    assert set(met["behaviour"]) == set(hit["behaviour"])


# ---------------------------------------------------------------- listening


def test_a_long_complaint_restated_in_few_words_is_a_share_of_what_was_heard() -> None:
    long = "My coffee machine leaks, the lid is cracked, the cable is loose and the manual is missing."
    whole = "Your coffee machine leaks, the lid is cracked and the manual is missing."
    assert hits(detect(("customer", long), ("agent", whole)), "listening.paraphrase") == [1]
    assert hits(detect(("customer", long), ("agent", "The machine, noted.")), "listening.paraphrase") == []


def test_a_question_with_the_same_words_restates_nothing() -> None:
    said = ("customer", "My washing machine is broken, it stops in the spin cycle.")
    assert hits(detect(said, ("agent", "Which washing machine stops in the spin cycle?")), "listening.paraphrase") == []
    assert hits(detect(said, ("agent", "The washing machine stops in the spin cycle.")), "listening.paraphrase") == [1]


def test_only_the_last_three_turns_were_heard() -> None:
    start = ("customer", "My washing machine is broken, it stops in the spin cycle.")
    again = ("agent", "The washing machine stops in the spin cycle.")
    filler = [("customer", "Hm.")]
    assert hits(detect(start, *filler * 2, again), "listening.paraphrase") == [3]
    assert hits(detect(start, *filler * 3, again), "listening.paraphrase") == []


@pytest.mark.parametrize(
    ("check", "answer", "confirmed"),
    [
        ("Is that right?", "Yes, exactly.", True),
        ("Warm or cold?", "Yes, that's right.", True),
        ("Is that right?", "No, it's the oven.", False),
        ("I'll check.", "Yes, exactly.", False),
    ],
)
def test_a_paraphrase_is_confirmed_by_a_check_and_a_yes(check: str, answer: str, confirmed: bool) -> None:
    found = detect(
        ("customer", "My washing machine is broken, it stops in the spin cycle."),
        ("agent", f"So your washing machine stops in the spin cycle. {check}"),
        ("customer", answer),
    )
    assert bool(hits(found, "listening.confirmed")) is confirmed


@pytest.mark.parametrize(
    ("first", "answer", "again", "repeated"),
    [
        ("Could you give me your postcode?", "LS6 1HN", "What's your postcode?", True),
        ("Could I have your order number, please?", "It is 33489175.", "Please send your order number.", True),
        ("Could I have your order number, please?", "Why?", "Could I have your order number, please?", False),
        ("Could I have your order number, please?", "It is 33489175.", "Could I have your phone number?", False),
    ],
)
def test_asking_again_for_one_thing(first: str, answer: str, again: str, repeated: bool) -> None:
    found = detect(("agent", first), ("customer", answer), ("agent", again), ("customer", "Hm."))
    assert bool(hits(found, "listening.repeated_question")) is repeated


def test_back_channels_by_text_count_where_there_are_no_times() -> None:
    long = "well I came home on Friday and the parcel was lying in the rain and everything in it was wet"
    talk = [("customer", long), ("agent", "mm hm"), ("customer", "and nobody had rung the bell at all that day")]
    tables = tables_of([("talk", talk)], channel="call")
    assert hits(DETECTOR.detect(tables), "listening.backchannel") == [1]
    clocked = pl.Series([0.0, 6.0, 7.0]), pl.Series([5.8, 6.4, 10.0])
    timed = replace(tables, turns=tables.turns.with_columns(start=clocked[0], end=clocked[1]))
    assert not len(DETECTOR.scene(timed)[1]["listening.backchannel"].marks)


# ---------------------------------------------------------------- courtesy


@pytest.mark.parametrize(
    ("text", "channel", "apology"),
    [
        ("Sorry.", "chat", True),
        ("Sorry?", "chat", False),
        ("I'm sorry?", "chat", True),
        ("sorry", "call", False),
        ("sorry about that", "call", True),
        ("Sorry about that, what is the number?", "chat", True),
    ],
)
def test_sorry_and_pardon(text: str, channel: str, apology: bool) -> None:
    found = try_text(DETECTOR, text, previous=["The plate arrived broken."], channel=channel)
    assert ("courtesy.apology" in {row.id for row in found}) is apology


# ---------------------------------------------------------------- clarity


@pytest.mark.parametrize(
    ("question", "reply", "answered"),
    [
        ("How much is the delivery?", "It costs 12.50.", True),
        ("How long does the update take?", "About four minutes.", True),
        ("Does the warranty cover the battery?", "The warranty covers the battery for two years.", True),
        ("How much is the delivery?", "Could you give me order number 4?", False),
        ("How long does it take?", "Not long!", False),
        ("Does the warranty cover the battery?", "The battery and the warranty?", False),
        ("Do you ship to Norway?", "Thank you for choosing us!", False),
    ],
)
def test_an_answer_states_something_about_the_question(question: str, reply: str, answered: bool) -> None:
    assert bool(hits(detect(("customer", question), ("agent", reply)), "clarity.answered")) is answered


def test_a_question_within_a_problem_asks_for_no_answer_of_its_own() -> None:
    found = detect(("customer", "My parcel never arrived. Can someone help?"), ("agent", "Hello!"))
    assert chances(found, "clarity.answered") == []


def test_options_side_by_side_need_no_or() -> None:
    asked = ("customer", "Which plan is better for me?")
    apart = "Basic is 20 pounds a month with a limit, plus is 30 pounds a month and unlimited."
    assert hits(detect(asked, ("agent", apart)), "clarity.options") == [1]
    assert hits(detect(asked, ("agent", "They are both good.")), "clarity.options") == []
    assert hits(detect(asked, ("agent", "Would mornings or evenings be easier?")), "clarity.options") == []


# ---------------------------------------------------------------- arguing


def test_contests_and_chains() -> None:
    claim = ("customer", "Your ad said free delivery.")
    denial = ("agent", "No it didn't, it says free over 50.")
    again = ("customer", "Yes it did, your ad said free delivery!")
    assert hits(detect(claim, denial), "debate.contest") == [1]
    assert hits(detect(claim, denial), "debate.chain") == []
    found = detect(claim, denial, again, ("agent", "According to our records it does not."))
    assert hits(found, "debate.contest") == [1, 3]
    assert hits(found, "debate.chain") == [3]
    offered = detect(claim, denial, again, ("agent", "We never said that, but I can send you a voucher."))
    assert hits(offered, "debate.chain") == []


def test_an_acknowledged_claim_is_not_contested() -> None:
    claim = ("customer", "Your ad said free delivery.")
    assert hits(detect(claim, ("agent", "I understand. Our records say something else.")), "debate.contest") == []
    assert hits(detect(claim, ("agent", "What does the confirmation say?")), "debate.contest") == []


# ---------------------------------------------------------------- solving and promising


def test_a_question_that_narrows_the_cause_comes_before_the_proposal() -> None:
    narrow = ("agent", "Are both lights on?")
    assert hits(detect(PROBLEM, narrow), "solving.diagnosis") == [1]
    assert hits(detect(PROBLEM, ("agent", "Could you give me your order number?")), "solving.diagnosis") == []
    late = detect(PROBLEM, ("agent", "I can send you a new one."), ("customer", "Hm."), narrow)
    assert hits(late, "solving.diagnosis") == []


@pytest.mark.parametrize(
    ("text", "timed"),
    [
        ("I'll call you back by 5 pm.", True),
        ("I'll call you back. The driver comes at 5 pm.", False),
        ("I'll call you back.", False),
        ("The shop is open until 5 pm.", False),
    ],
)
def test_a_promise_has_its_time_in_its_sentence(text: str, timed: bool) -> None:
    assert bool(hits(detect(("customer", "Can you let me know?"), ("agent", text)), "promise.made")) is timed


# ---------------------------------------------------------------- what is missing


def test_nobody_speaks() -> None:
    found = DETECTOR.detect(tables_of([]))
    assert found.hits.is_empty()
    assert found.opportunities.is_empty()


@pytest.mark.parametrize(
    "turns", [[("agent", "Hello?")], [("customer", "It is broken.")], [("agent", "")], [("agent", "?!")]]
)
def test_one_turn_alone_answers_nothing(turns: Said) -> None:
    found = detect(*turns)
    assert not hits(found, "clarity.answered")
    assert not hits(found, "listening.paraphrase")
    assert not hits(found, "listening.confirmed")


def test_an_unknown_language_has_no_occasion() -> None:
    found = detect(PROBLEM, ("agent", "I'm so sorry."), language="fi")
    assert found.hits.is_empty()
    assert chances(found, "courtesy.apology") == []


def test_conversations_do_not_mix() -> None:
    apart = [("a", [PROBLEM]), ("b", [("agent", "I'm sorry. So your router stopped working after the storm.")])]
    found = DETECTOR.detect(tables_of(apart))
    assert not hits(found, "courtesy.apology")
    assert not hits(found, "listening.paraphrase")
