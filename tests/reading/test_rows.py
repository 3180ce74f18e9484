"""CSV and Parquet of one turn a row, and Parquet of one conversation a row."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest


def test_semicolons_quotes_line_breaks_and_mixed_rows(read, exports):
    tables = read(exports / "csv")
    assert tables.turns.filter(conversation="c1")["text"].to_list() == [
        *('Where is "my" order?', "I'm sorry; let me check.\nOne moment.", "Thanks")
    ]
    assert tables.turns.filter(conversation="c2")["at"][1] == datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)
    assert tables.people.filter(person="ola").select("name", "team").row(0) == ("Ola Hansen", "Red")
    assert tables.conversations.select("csat", "language").rows() == [(5.0, "en"), (None, "nb")]
    assert json.loads(tables.conversations["meta"][0])["turns"]["1"] == {"mood": "angry"}
    assert tables.rejects.select("line", "field").rows() == [(8, "role"), (9, ""), (10, "conversation")]


def write(path, *lines, encoding="utf-8"):
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_a_spreadsheet_export_in_utf16(read, tmp_path):
    path = write(tmp_path / "t.csv", "conversation\trole\ttext", "c1\tagent\tHei på deg", encoding="utf-16")
    assert read(path).turns["text"].to_list() == ["Hei på deg"]


def test_speakers_that_are_roles_need_no_column_role(read, tmp_path):
    path = write(tmp_path / "t.csv", "id,speaker,message", "c1,Agent 1,hello", "c1,Customer,hi")
    tables = read(path)
    assert tables.turns.select("person", "role").rows() == [("agent", "agent"), ("customer", "customer")]
    assert not tables.people["named"].any()


def test_speakers_by_name_need_the_roles_option(read, tmp_path):
    path = write(tmp_path / "t.csv", "id,speaker,message", "c1,Dana,hello", "c1,Mr Levi,hi")
    assert read(path).rejects["problem"].to_list() == ["the role of this speaker is not known"]
    tables = read(path, roles={"Dana": "agent", "*": "customer"})
    assert tables.people.select("person", "role", "named").rows() == [
        ("Dana", "agent", True),
        ("Mr Levi", "customer", True),
    ]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("c1,agent,x,abc,", "start"),
        ("c1,agent,x,5,4", "end"),
        ("c1,agent,x,-1,", "start"),
        ("c1,wizard,x,1,2", "role"),
        ("c1,,x,1,2", "role"),
        ("c1,agent,x,1", ""),
    ],
)
def test_a_wrong_row_refuses_its_conversation_by_line(read, tmp_path, row, field):
    path = write(tmp_path / "t.csv", "conversation,role,text,start,end", "c0,agent,fine,0,1", "c1,customer,hi,0,1", row)
    tables = read(path)
    assert tables.conversations["conversation"].to_list() == ["c0"]
    assert tables.rejects.select("line", "field").rows() == [(4, field)]


def test_a_row_that_is_no_utf8_refuses_its_conversation(read, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"conversation,role,text\nc0,agent,fine\nc1,agent,bl\xe5\n")
    tables = read(path)
    assert tables.conversations["conversation"].to_list() == ["c0"]
    assert tables.rejects.select("line", "problem").rows() == [(3, "not UTF-8")]


ROWS = pl.DataFrame(
    {
        "conversation": ["b", "a", "b", "a", "c"],
        "turn": [0, 1, 1, 0, 0],
        "role": ["customer", "agent", "agent", "customer", "agent"],
        "text": ["b0", "a1", "b1", "a0", "c0"],
        "at": pl.Series([datetime(2026, 3, 2, 10, minute, tzinfo=UTC) for minute in range(5)]),
        "csat": [None, 3, None, 3, None],
        "private": [False, True, False, False, None],
        "mood": ["x", "x", "x", "x", "y"],
    }
)


@pytest.mark.parametrize("together", [True, False])
def test_parquet_of_turns(read, tmp_path, together):
    (ROWS.sort("conversation", "turn") if together else ROWS).write_parquet(tmp_path / "t.parquet")
    tables = read(tmp_path / "t.parquet", size=1)
    assert sorted(tables.turns.select("conversation", "turn", "text").rows()) == [
        *(("a", 0, "a0"), ("a", 1, "a1"), ("b", 0, "b0"), ("b", 1, "b1"), ("c", 0, "c0"))
    ]
    assert tables.conversations.filter(conversation="a")["csat"].to_list() == [3.0]
    assert tables.turns.filter(text="a1")["private"].to_list() == [True]
    assert tables.turns.filter(text="b1")["at"].to_list() == [datetime(2026, 3, 2, 10, 2, tzinfo=UTC)]
    assert json.loads(tables.conversations.filter(conversation="c")["meta"][0]) == {"mood": "y"}


def test_long_parquet_is_cut_only_between_conversations(read, tmp_path):
    rows = pl.DataFrame(
        {"conversation": [f"c{n // 7}" for n in range(9000)], "role": "agent", "text": [str(n) for n in range(9000)]}
    )
    rows.write_parquet(tmp_path / "t.parquet")
    tables = read(tmp_path / "t.parquet", size=1)
    assert tables.turns["text"].to_list() == rows["text"].to_list()
    assert tables.conversations["conversation"].is_unique().all()
    assert tables.rejects.is_empty()


def test_parquet_of_conversations(read, tmp_path, exports):
    good = [
        {
            "id": "p1",
            "started_at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
            "turns": [{"role": "agent", "text": "hello there"}],
        }
    ]
    pl.DataFrame(good).write_parquet(tmp_path / "c.parquet")
    tables = read(tmp_path / "c.parquet")
    assert tables.turns["text"].to_list() == ["hello there"]
    assert tables.conversations["started_at"].to_list() == [datetime(2026, 3, 2, 8, 0, tzinfo=UTC)]
    assert tables.rejects.is_empty()


def test_own_turns_can_be_read_again(read, tmp_path, exports):
    first = read(exports / "canonical")
    first.turns.write_parquet(tmp_path / "turns.parquet")
    again = read(tmp_path / "turns.parquet")
    columns = ["conversation", "turn", "person", "role", "text", "start", "end", "at"]
    assert (
        again.turns.select(columns)
        .sort("conversation", "turn")
        .equals(first.turns.select(columns).sort("conversation", "turn"))
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_forced_table_without_the_needed_columns_is_refused(read, tmp_path, form):
    path = tmp_path / f"t.{form}"
    table = pl.DataFrame({"colour": ["blue"], "size": ["2"]})
    table.write_csv(path) if form == "csv" else table.write_parquet(path)
    tables = read(path, form=form)
    assert tables.conversations.is_empty()
    assert "names the conversation" in tables.rejects["problem"][0]
