"""Quotes: the right words, cut where they can be read, chosen the same way every time."""

from __future__ import annotations

from pathlib import Path

import made_up_run
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise import reports
from poise.knowledge import Knowledge
from poise.reports.quotes import Shelf, clean, collect, excerpt
from poise.reports.results import TABLES, read
from poise.reports.titles import titles


@pytest.fixture(scope="module")
def shelf(results: Path, knowledge: Knowledge) -> Shelf:
    return collect(read(results), ["a01", "a04", "a12"], titles("en", knowledge))


def test_the_marked_words_are_the_hit(shelf: Shelf) -> None:
    marked = {
        segment.text
        for quote in shelf.quotes["a04", "courtesy.apology"]
        for passage in quote.passages
        for segment in passage.segments
        if segment.kind == "mark"
    }
    assert marked and marked <= {"I'm so sorry about", "I apologize for", "אני מתנצל על", "Jeg beklager"}


def test_the_turn_before_is_given_and_its_cue_is_told(shelf: Shelf) -> None:
    for quote in shelf.quotes["a04", "courtesy.apology"]:
        before, turn = quote.passages
        assert before.role == "customer" and turn.own
        assert [segment.text for segment in before.segments if segment.kind == "cue"]


def test_missed_and_avoided_occasions_argue_for_the_right_side(shelf: Shelf) -> None:
    kinds = {(quote.behaviour, quote.kind): shelf.side(quote) for pile in shelf.quotes.values() for quote in pile}
    assert kinds["courtesy.thanks", "shown"] == "for"
    assert kinds["courtesy.thanks", "missed"] == "against"
    assert kinds["debate.contest", "shown"] == "against"
    assert kinds["debate.contest", "avoided"] == "for"


def test_the_best_are_of_different_behaviours_conversations_and_words(shelf: Shelf) -> None:
    acts = ["courtesy.greeting", "courtesy.closing", "courtesy.thanks", "courtesy.apology"]
    best = shelf.best("a04", acts, "against", most=3)
    assert len(best) == 3
    assert len({quote.behaviour for quote in best}) == len({quote.conversation for quote in best}) == 3
    assert len({quote.passages[-1].text for quote in best}) == 3
    assert shelf.best("a04", acts, "against", most=3, without=set(best))[0] not in best


def test_nobody_without_evidence_is_quoted(shelf: Shelf) -> None:
    assert shelf.best("nobody", ["courtesy.thanks"], "for") == []
    assert shelf.best("a04", ["no.such"], "for") == []


def test_hostile_turns_are_quoted_in_one_clean_line(shelf: Shelf) -> None:
    texts = [passage.text for quote in shelf.quotes["a12", "courtesy.thanks"] for passage in quote.passages]
    assert any("<script>" in text for text in texts)
    assert all(len(text) < 400 and not set(text) & set("\u202e\u2067\u0000\u0007\n") for text in texts)


@given(text=st.text(max_size=900), begin=st.integers(-5, 950) | st.none(), length=st.integers(-3, 900) | st.none())
def test_an_excerpt_keeps_the_hit_and_stays_short(text: str, begin: int | None, length: int | None) -> None:
    end = None if begin is None or length is None else begin + length
    found = excerpt(text, begin, end)
    assert sum(len(segment.text) for segment in found) <= 600
    marked = [segment.text for segment in found if segment.kind == "mark"]
    if begin is not None and end is not None and 0 <= begin < end <= min(len(text), begin + 150):
        assert "".join(marked) == clean(text[begin:end])


def test_a_span_counts_code_points_of_the_text_as_given() -> None:
    text = "שָׁלוֹם 👋🏽  \u202bthanks\u202c for that"
    place = text.index("thanks")
    assert [s.text for s in excerpt(text, place, place + 6) if s.kind == "mark"] == ["thanks"]


def test_sample_has_the_hostile_turns() -> None:
    assert len(made_up_run.HOSTILE[2]) > 10_000


def test_what_was_done_and_not_said_is_told(knowledge: Knowledge, tmp_path: Path) -> None:
    folder = made_up_run.write_results(tmp_path, people=1, each=12)
    hits = pl.read_parquet(folder / "hits.parquet")
    deed = hits.head(1).with_columns(
        pl.lit("help.deflection").alias("behaviour"),
        pl.lit(0, pl.Int32).alias("event"),
        *(pl.lit(None, pl.Int32).alias(name) for name in ("turn", "begin", "end")),
    )
    hits.filter(pl.col("behaviour") != "help.deflection").vstack(deed).write_parquet(folder / "hits.parquet")
    place = deed["conversation"].item()
    event = {"conversation": place, "event": 0, "kind": "transfer", "person": "a01"}
    pl.DataFrame([event], schema=dict(TABLES["events"])).write_parquet(folder / "events.parquet")
    found = collect(read(folder), ["a01"], titles("en", knowledge)).quotes["a01", "help.deflection"]
    (quote,) = (quote for quote in found if quote.kind == "shown")
    assert quote.event == "transfer" and quote.passages == () and quote.conversation == place
    assert "Done, not said: the customer was transferred." in reports.write(folder, knowledge=knowledge).read_text(
        "utf-8"
    )
