"""What a journal comes to: the same in any order, however often each entry comes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as some

from poise.app.interviews.room.journal import KINDS, Level, State, fold, lacking
from poise.knowledge.interviews import Question

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Noted:
    uuid: UUID
    kind: str
    question: str
    detail: Any
    at: datetime


@some.composite
def journals(draw: Any) -> list[Noted]:
    made: list[Noted] = []
    for number in range(draw(some.integers(0, 25))):
        kind = draw(some.sampled_from(KINDS))
        detail: dict[str, Any] = {}
        if kind == "quoted":
            detail = {"text": draw(some.text(min_size=1, max_size=8))}
        elif kind == "marked":
            detail = {"kind": draw(some.sampled_from(["greeted", "nodded"]))}
        elif kind == "rated":
            detail = {"level": draw(some.integers(1, 5))}
        elif kind in {"unquoted", "unmarked"}:
            detail = {"of": str(UUID(int=draw(some.integers(0, 30))))}
        at = START + timedelta(seconds=draw(some.integers(0, 5)))  # few instants: many ties
        made.append(Noted(UUID(int=number), kind, draw(some.sampled_from(["a", "b"])), detail, at))
    return made


def _one(number: int, kind: str, at: int, question: str = "a", **detail: Any) -> Noted:
    return Noted(UUID(int=number), kind, question, detail, START + timedelta(seconds=at))


@settings(max_examples=150)
@given(journals(), some.randoms(use_true_random=False))
def test_any_order_and_any_number_of_times_is_the_same(journal: list[Noted], dice: random.Random) -> None:
    again = [*journal, *dice.choices(journal, k=len(journal))] if journal else []
    dice.shuffle(again)
    assert fold(again) == fold(journal)


@settings(max_examples=100)
@given(journals())
def test_what_is_taken_back_never_holds(journal: list[Noted]) -> None:
    state = fold(journal)
    back = {UUID(one.detail["of"]) for one in journal if one.kind in {"unquoted", "unmarked"}}
    said = {one.uuid for quotes in state.quotes.values() for one in quotes}
    assert said == {one.uuid for one in journal if one.kind == "quoted"} - back
    assert {one.uuid for one in state.marks} == {one.uuid for one in journal if one.kind == "marked"} - back


def test_the_last_level_holds_and_the_first_asking() -> None:
    state = fold(
        [
            _one(1, "asked", 0),
            _one(2, "rated", 5, level=2),
            _one(3, "asked", 9),
            _one(4, "rated", 7, level=4),
            _one(5, "not_observed", 6),
        ]
    )
    assert state.asked == {"a": START}
    assert state.levels == {"a": Level(4, START + timedelta(seconds=7))}
    # at one instant the uuid decides, as in the browser
    assert fold([_one(9, "rated", 1, level=1), _one(8, "rated", 1, level=5)]).levels["a"].level == 1


def test_a_quote_taken_back_before_its_time_is_gone() -> None:
    assert fold([_one(1, "quoted", 5, text="I stayed."), _one(2, "unquoted", 1, of=str(UUID(int=1)))]).quotes == {}


def test_what_is_lacking() -> None:
    levels = {level: {"en": "…"} for level in ("1", "3", "5")}
    asked = [
        Question(id=key, form="past", trait="helpful", text={"en": "?"}, anchors=levels)  # type: ignore[arg-type]
        for key in ("a", "b", "c", "d")
    ]
    last = Question(id="strengths", form="strengths", text={"en": "?"})
    state = fold(
        [
            _one(1, "rated", 1, "a", level=3),
            _one(2, "rated", 1, "b", level=3),
            _one(3, "quoted", 2, "b", text="I went back."),
            _one(4, "not_observed", 2, "c"),
        ]
    )
    assert [(one.question, one.what) for one in lacking(state, [*asked, last])] == [("a", "quote"), ("d", "level")]
    assert lacking(State(), [last]) == []
