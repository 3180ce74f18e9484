"""Ratings from CSV: what is read, and what is refused by line and field."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.reading.problems import InputError
from poise.reading.ratings import read_ratings

HEAD = "person,rater,item,rating\n"


def _file(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "ratings.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_columns_in_any_order_with_times_situations_and_groups(tmp_path: Path) -> None:
    text = "\ufeffRating, item,person,rater,at,situation,group,note\n4,Q1,דנה,Bo,2026-03-02T09:00:00+01:00,s1,x,hm\n"
    read = read_ratings(_file(tmp_path, text))
    (row,) = read.table.to_dicts()
    assert (row["person"], row["rater"], row["item"], row["rating"]) == ("דנה", "Bo", "Q1", 4.0)
    assert row["at"].isoformat() == "2026-03-02T08:00:00+00:00"
    assert (row["situation"], row["group"], row["line"]) == ("s1", "x", 2)
    assert read.rejects.is_empty()


def test_spreadsheets_of_other_countries(tmp_path: Path) -> None:
    semicolons = read_ratings(_file(tmp_path, "person;rater;item;rating\nA;B;Q;3,5\n"))
    tabs = read_ratings(_file(tmp_path, "person\trater\titem\trating\nA\tB\tQ\t3.5\n"))
    assert semicolons.table["rating"].to_list() == tabs.table["rating"].to_list() == [3.5]


@pytest.mark.parametrize(
    ("row", "field", "problem"),
    [
        (",B,Q,3", "person", "no person"),
        ("A, ,Q,3", "rater", "no rater"),
        ("A,B,,3", "item", "no item"),
        ("A,B,Q,good", "rating", "no number"),
        ("A,B,Q,", "rating", "no number"),
        ("A,B,Q,nan", "rating", "no number"),
        ("A,B,Q,inf", "rating", "no number"),
        ("A,B,Q", "", "3 cells"),
        ("A,B,Q,3,4", "", "5 cells"),
        (f"{'x' * 300},B,Q,3", "person", "too long"),
        ("Z,B,Q,4", "rating", "already"),
    ],
)
def test_bad_rows_are_named_and_the_rest_is_read(tmp_path: Path, row: str, field: str, problem: str) -> None:
    read = read_ratings(_file(tmp_path, f'{HEAD}Z,B,Q,3\n"two\nlines",B,Q,3\n\n{row}\nY,B,Q,5\n'))
    assert read.table["person"].to_list() == ["Z", "two\nlines", "Y"]
    (reject,) = read.rejects.to_dicts()
    assert (reject["line"], reject["field"]) == (6, field), (
        "the line of the file, whatever quotes and blanks came before"
    )
    assert problem in reject["problem"] and reject["remedy"]
    assert len(reject["record"]) <= 200


def test_times_that_are_none_are_refused(tmp_path: Path) -> None:
    read = read_ratings(_file(tmp_path, "person,rater,item,rating,at\nA,B,Q,3,yesterday\nA,B,Q,3,\n"))
    assert read.rejects["field"].to_list() == ["at"] and read.table.height == 1


def test_the_same_rater_may_rate_again_at_another_time(tmp_path: Path) -> None:
    text = "person,rater,item,rating,at\nA,B,Q,3,2026-01-01\nA,B,Q,4,2026-02-01\nA,B,Q,5,2026-02-01\n"
    read = read_ratings(_file(tmp_path, text))
    assert read.table["rating"].to_list() == [3, 4] and read.rejects["line"].to_list() == [4]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "person: column is missing"),
        ("person,rater,rating\nA,B,3\n", "item: column is missing"),
        ("person,person,rater,item,rating\n", "person: column stands twice"),
        (HEAD + "".join(f"A,B,Q{n},{n}\n" for n in range(40)), "40 different ratings"),
        ("person,rater,item,rating\nJos\xe9,B,Q,3\n".encode("latin-1"), "not UTF-8"),
        (HEAD + 'A,"B,Q,3\n', "no CSV"),
    ],
)
def test_files_that_are_no_ratings_say_what_to_do(tmp_path: Path, text: str | bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as raised:
        read_ratings(_file(tmp_path, text))
    assert raised.value.remedy


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_fall_over(tmp_path_factory, noise: bytes) -> None:
    path = tmp_path_factory.mktemp("noise") / "r.csv"
    path.write_bytes(HEAD.encode() + noise)
    try:
        read = read_ratings(path)
    except InputError:
        return
    assert read.table["rating"].is_finite().all()
