"""Cut off by another or stopped by oneself: small dialogues, one for each thing that tells the two apart."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.detection.timing import cut_offs, detect_timing, entries
from poise.knowledge import load
from poise.model import CONVERSATIONS, PEOPLE, TURNS, Tables, empty

Line = tuple[str, float, float, str]

BEHAVIOURS = {name: b for name, b in load().behaviours.items() if name.startswith("listening.")}


def call(lines: list[Line], *, language: str | None = "en", channels: bool = True) -> Tables:
    """A call of two sides, each with a channel of its own."""
    rows = [
        {
            "conversation": "c1",
            "turn": i,
            "person": who,
            "role": who,
            "text": text,
            "start": start,
            "end": end,
            "audio_channel": who if channels else None,
            "private": False,
        }
        for i, (who, start, end, text) in enumerate(sorted(lines, key=lambda line: line[1]))
    ]
    head = [{"conversation": "c1", "channel": "call", "language": language}]
    turns = pl.DataFrame(rows, schema=dict(TURNS))
    return Tables(pl.DataFrame(head, schema=dict(CONVERSATIONS)), empty(PEOPLE), turns)


ASKS: Line = ("customer", 0.0, 3.0, "i wanted to ask about the")


def cut_off(*lines: Line, turn: int = 0) -> float:
    """How surely the customer's turn was cut off."""
    found = cut_offs(call(list(lines)), behaviours=BEHAVIOURS)
    return float(found.filter(pl.col("turn") == turn)["cut_off"].item())


def test_the_other_takes_the_floor_or_nobody_does() -> None:
    assert cut_off(ASKS, ("agent", 2.6, 5.0, "what is your order number")) > 0.95
    assert cut_off(ASKS, ("agent", 20.0, 25.0, "what is your order number")) < 0.05
    alone = [ASKS, ("agent", -5.0, -3.0, "good morning to you")]
    moved: list[Line] = [(who, begin + 10, end + 10, text) for who, begin, end, text in alone]
    assert cut_off(*moved, turn=1) == pytest.approx(0.0, abs=1e-6)


def test_longer_hold_is_surer() -> None:
    short, middle, long = (cut_off(ASKS, ("agent", 2.6, 3.0 + hold, "what is your number")) for hold in (0.1, 0.5, 2.0))
    assert short < middle < long


def test_a_start_across_the_end_is_surer_than_one_after_it() -> None:
    across, soon, late = (cut_off(ASKS, ("agent", at, at + 3, "what is your number")) for at in (2.8, 3.2, 3.9))
    assert across > 1.5 * soon > 1.5 * late


def test_one_who_goes_on_at_once_mends_a_slip() -> None:
    other: Line = ("agent", 2.8, 4.5, "what is your order number")
    slip = cut_off(ASKS, ("customer", 3.05, 5.0, "i wanted to know the price"), other)
    later = cut_off(ASKS, other, ("customer", 5.0, 7.0, "as i said the price"))
    assert slip < 0.5 < later


def test_turns_of_one_speaker_belong_together() -> None:
    """Only the last of three pieces of one stretch of talk was cut off."""
    lines: list[Line] = [
        ("customer", 0.0, 1.0, "i wanted"),
        ("customer", 1.02, 2.0, "i thought i could"),
        ("customer", 2.05, 3.0, "ask about the"),
        ("agent", 2.7, 5.0, "what is your order number"),
    ]
    first, second, third = (cut_off(*lines, turn=turn) for turn in (0, 1, 2))
    assert max(first, second) < 0.3 and third > 0.9


@pytest.mark.parametrize("said", ["mm-hm", "right", "um", "[laughs]"])
def test_listening_hesitating_and_laughing_take_no_floor(said: str) -> None:
    assert cut_off(ASKS, ("agent", 2.8, 3.3, said)) < 0.01


def test_a_token_that_begins_a_turn_takes_the_floor() -> None:
    token: Line = ("agent", 2.8, 3.3, "yeah")
    assert cut_off(ASKS, token, ("agent", 3.4, 6.0, "i need your order number")) > 0.9


def test_the_other_was_speaking_already() -> None:
    """Who comes in and drops out again is cut off too, though nobody started into it."""
    lines: list[Line] = [
        ("agent", 0.0, 6.0, "so i can send you a new one today"),
        ("customer", 2.0, 2.8, "but i need the"),
    ]
    assert cut_off(*lines, turn=1) > 0.95
    assert entries(call(lines), behaviours=BEHAVIOURS).is_empty()  # and yet the agent interrupts nobody


@pytest.mark.parametrize("last", ["so", "but", "you know", "um", "or something"])
def test_words_that_trail_off_into_a_silence(last: str) -> None:
    after: Line = ("agent", 3.6, 6.0, "what is your order number")
    trailed = cut_off(("customer", 0.0, 3.0, f"i thought it was free {last}"), after)
    assert trailed < cut_off(("customer", 0.0, 3.0, "i thought it was free because"), after)
    # talked across, the same word is only where they were stopped
    across: Line = ("agent", 2.7, 6.0, "what is your order number")
    assert cut_off(("customer", 0.0, 3.0, f"i thought it was free {last}"), across) > trailed


def test_words_that_break_off_against_words_that_look_finished() -> None:
    across: Line = ("agent", 2.7, 6.0, "what is your order number")
    broken, finished = (cut_off(("customer", 0.0, 3.0, text), across) for text in ("it was the bl-", "it was the blue"))
    assert finished < broken


@pytest.mark.parametrize(("language", "ends"), [("he", "חשבתי שזה בחינם אבל"), ("nb", "jeg trodde det var gratis så")])
def test_other_languages_trail_off_too(language: str, ends: str) -> None:
    def one(text: str) -> float:
        lines: list[Line] = [("customer", 0.0, 3.0, text), ("agent", 3.6, 6.0, "1 2 3 4")]
        return float(cut_offs(call(lines, language=language), behaviours=BEHAVIOURS)["cut_off"][0])

    assert one(ends) < one("bl-")


def test_interruptions_are_scored_by_it() -> None:
    clear: list[Line] = [ASKS, ("agent", 2.2, 6.0, "what is your order number")]
    faint: list[Line] = [
        ASKS,
        ("agent", 2.2, 3.3, "what is your number"),
        ("customer", 4.1, 6.0, "i was saying that the price is wrong"),
    ]
    hits = [detect_timing(call(lines), behaviours=BEHAVIOURS).hits for lines in (clear, faint)]
    assert [h["behaviour"].to_list() for h in hits] == [["listening.interruption"]] * 2
    assert hits[0]["score"][0] > 0.95 > 0.6 > hits[1]["score"][0] > 0
    pause = detect_timing(call([ASKS, ("agent", 3.5, 6, "what is your number")]), behaviours=BEHAVIOURS).hits
    assert pause["behaviour"].to_list() == ["listening.pause_interruption"] and pause["score"][0] < 0.5


def test_not_where_overlap_cannot_be_seen() -> None:
    lines: list[Line] = [ASKS, ("agent", 2.6, 5.0, "what is your order number")]
    for tables in (call(lines, channels=False), call(lines, language="fr"), call(lines, language=None)):
        assert cut_offs(tables, behaviours=BEHAVIOURS).is_empty()


@given(
    start=st.floats(0.5, 8), hold=st.floats(0.1, 4), pause=st.floats(0.05, 5), text=st.sampled_from(["so", "the", "x."])
)
@settings(max_examples=40)
def test_always_a_share(start: float, hold: float, pause: float, text: str) -> None:
    lines: list[Line] = [
        ("customer", 0.0, 3.0, f"it was {text}"),
        ("agent", start, start + hold, "what is your number"),
        ("customer", 3.0 + pause, 12.0, "it was red"),
    ]
    found = cut_offs(call(lines), behaviours=BEHAVIOURS)["cut_off"]
    assert found.len() == 2 and found.is_between(0, 1).all() and found.null_count() == 0
