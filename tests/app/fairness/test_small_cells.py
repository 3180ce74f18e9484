"""A page's table singles nobody out, whatever the counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poise.app.fairness.small_cells import FEWEST, Shown, shown

_pairs = st.integers(0, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def _rows(found: Shown) -> list[tuple[tuple[str, ...], int, int]]:
    return [(row.codes, row.people, row.counted) for row in found.rows]


def test_small_categories_stand_together() -> None:
    found = shown({"a": (30, 10), "b": (20, 8), "c": (3, 1), "d": (2, 0)})
    assert _rows(found) == [(("a",), 30, 10), (("b",), 20, 8), (("c", "d"), 5, 1)]


def test_one_small_category_takes_the_next_smallest_along() -> None:
    found = shown({"a": (30, 10), "b": (20, 8), "c": (3, 1)})
    assert found.hidden == "" and _rows(found) == [(("a",), 30, 10), (("b", "c"), 23, 9)]
    assert shown({"a": (30, 10), "c": (3, 1)}).hidden == "people"


def test_few_of_one_outcome_hide_the_table() -> None:
    assert shown({"a": (30, 4), "b": (20, 0)}).hidden == "outcome"
    assert shown({"a": (30, 30), "b": (20, 17)}).hidden == "outcome"
    assert shown({"a": (30, 5), "b": (20, 0)}).hidden == ""
    assert shown({}).hidden == shown({"a": (0, 0)}).hidden == "nobody"


def test_a_crossed_table_is_whole_or_not_there() -> None:
    assert shown({"a": (30, 10), "b": (4, 1)}, crossed=True).hidden == "crossed"
    assert len(shown({"a": (30, 10), "b": (5, 1), "c": (0, 0)}, crossed=True).rows) == 2


@given(st.dictionaries(st.sampled_from("abcdefg"), _pairs, max_size=7), st.booleans())
def test_no_row_is_small_and_everybody_is_in_one(counts: dict[str, tuple[int, int]], crossed: bool) -> None:
    found = shown(counts, crossed=crossed)
    if found.hidden:
        assert not found.rows
        return
    assert len(found.rows) > 1 and all(row.people >= FEWEST for row in found.rows)
    assert sum(row.people for row in found.rows) == sum(n for n, _ in counts.values())
    assert sum(row.counted for row in found.rows) == sum(k for _, k in counts.values())
    assert sorted(code for row in found.rows for code in row.codes) == sorted(c for c, (n, _) in counts.items() if n)
    if crossed:
        assert all(row.single for row in found.rows)
