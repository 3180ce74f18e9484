"""Proposals: even work, linked raters, times at which everybody is free."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.app.interviews.campaigns.planning import Meeting, Window, assign, design_of, timetable

SIZES = st.tuples(st.integers(1, 25), st.integers(1, 9), st.integers(1, 4))


@given(SIZES)
@settings(max_examples=150)
def test_everybody_gets_their_raters_and_nobody_does_much_more_than_another(sizes: tuple[int, int, int]) -> None:
    candidates, raters, each = sizes
    panel = assign(range(candidates), range(100, 100 + raters), each)
    assert all(len(set(one)) == len(one) == min(each, raters) for one in panel.seats.values())
    assert set(panel.lacking) == (set(range(candidates)) if each > raters else set())
    loads = [sum(rater in one for one in panel.seats.values()) for rater in range(100, 100 + raters)]
    # each interview of k raters joins k parts to one
    if candidates * (min(each, raters) - 1) >= raters - 1 or each == 1:
        assert max(loads) - min(loads) <= 1


@given(SIZES)
@settings(max_examples=150)
def test_the_design_hangs_together_wherever_interviews_have_two_raters(sizes: tuple[int, int, int]) -> None:
    candidates, raters, each = sizes
    panel = assign(range(candidates), range(raters), each)
    assert design_of(panel.seats).connected == (min(each, raters) > 1 or min(candidates, raters) == 1)


@pytest.mark.parametrize(("candidates", "raters"), [(6, 4), (10, 5), (15, 6)])
def test_every_two_raters_meet_where_there_are_interviews_for_it(candidates: int, raters: int) -> None:
    assert candidates >= len(list(combinations(range(raters), 2)))
    assert design_of(assign(range(candidates), range(raters), 2).seats).strangers == ()


@given(st.integers(2, 12), st.integers(2, 6), st.data())
@settings(max_examples=100)
def test_limits_and_bars_are_kept_and_what_is_lacking_is_told(
    candidates: int, raters: int, data: st.DataObject
) -> None:
    most = data.draw(st.dictionaries(st.integers(0, raters - 1), st.integers(0, 4)))
    barred = data.draw(st.sets(st.tuples(st.integers(0, candidates - 1), st.integers(0, raters - 1)), max_size=20))
    panel = assign(range(candidates), range(raters), 2, most=most, barred=barred)
    seats = [(candidate, rater) for candidate, one in panel.seats.items() for rater in one]
    assert not barred.intersection(seats)
    assert all(sum(rater == one for _, one in seats) <= limit for rater, limit in most.items())
    assert sum(panel.lacking.values()) == 2 * candidates - len(seats)


def test_seats_that_there_are_count_as_work_and_as_links() -> None:
    panel = assign([10, 11], [1, 2, 3, 4], 2, held={1: [1, 2], 2: [1, 2]})
    assert {3, 4} <= {rater for one in panel.seats.values() for rater in one}
    assert design_of({1: [1, 2], 2: [1, 2], **panel.seats}).connected


def test_what_falls_apart_is_told_with_the_ratings_that_would_mend_it() -> None:
    design = design_of({1: [7, 8], 2: [7, 8], 3: [9]})
    assert design.parts == ((1, 2), (3,))
    ((candidate, rater),) = design.links
    mended: dict[int, list[int]] = {1: [7, 8], 2: [7, 8], 3: [9]}
    mended[candidate].append(rater)
    assert design_of(mended).connected
    assert set(design.strangers) == {(7, 9), (8, 9)}


def test_the_recorded_interview_links_everybody() -> None:
    apart = {1: [7], 2: [8], 3: [9]}
    assert len(design_of(apart).parts) == 3
    together = design_of({**apart, 0: [7, 8, 9]})
    assert together.connected and together.strangers == ()


def test_nothing_planned_is_no_design() -> None:
    assert design_of({}).parts == () and design_of({1: []}).connected


OSLO = ZoneInfo("Europe/Oslo")
WEEK = Window(date(2026, 11, 2), date(2026, 11, 6), time(9), time(12), OSLO)


@given(st.lists(st.tuples(st.sets(st.integers(0, 5), min_size=1, max_size=3), st.integers(15, 90)), max_size=12))
@settings(max_examples=60)
def test_nobody_is_at_two_places_and_nothing_lies_outside_the_hours(asked: list[tuple[set[int], int]]) -> None:
    meetings = [
        Meeting(number, frozenset(who), minutes, date(2026, 11, 3)) for number, (who, minutes) in enumerate(asked)
    ]
    elsewhere = (datetime(2026, 11, 3, 8, 30, tzinfo=UTC), datetime(2026, 11, 3, 10, 0, tzinfo=UTC))
    found = timetable(meetings, WEEK, {0: [elsewhere]})
    pause = timedelta(minutes=WEEK.pause)
    placed = [(one, found[one.key]) for one in meetings]
    spans = [(one, start, start + timedelta(minutes=one.minutes)) for one, start in placed if start is not None]
    for one, start, end in spans:
        assert start.date() >= one.earliest and time(9) <= start.time() and end.time() <= time(12)
        if 0 in one.people:
            assert end + pause <= elsewhere[0] or start >= elsewhere[1] + pause
    for (one, start, end), (other, begin, close) in combinations(spans, 2):
        if one.people & other.people:
            assert end + pause <= begin or close + pause <= start


def test_who_finds_no_time_is_told() -> None:
    full = [Meeting(number, frozenset({"x"}), 90, date(2026, 11, 2)) for number in range(6)]
    found = timetable(full, Window(date(2026, 11, 2), date(2026, 11, 3), time(9), time(12), OSLO), {})
    # with a pause of a quarter of an hour one interview of 90 minutes fits into three hours
    assert [start is not None for start in found.values()] == [True, True, False, False, False, False]


def test_times_that_the_change_to_summer_time_leaves_out_are_not_proposed() -> None:
    night = Window(date(2026, 3, 29), date(2026, 3, 29), time(1), time(4), OSLO, weekdays=frozenset(range(7)), pause=0)
    hours = {start.hour for start in night.starts()}
    assert hours == {1, 3}
    first, second = timetable(
        [Meeting(1, frozenset({"x"}), 60, date(2026, 3, 1)), Meeting(2, frozenset({"x"}), 60, date(2026, 3, 1))],
        night,
        {},
    ).values()
    assert first is not None and second is not None
    # an hour after one o'clock it is three o'clock
    assert (first.hour, second.hour) == (1, 3)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
