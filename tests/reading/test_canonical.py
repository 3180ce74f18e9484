"""The canonical file: what is read, and what is refused with file, line, field, problem and remedy."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.model import CONVERSATIONS, EVENTS, PEOPLE, REJECTS, TURNS, WORDS, Tables
from poise.reading import Chunk, PeopleMap, parse
from poise.reading.assemble import TEXT_LIMIT

GOOD = {"id": "ok", "language": "en", "turns": [{"role": "agent", "text": "Hello"}]}


def turn(**fields):
    return {"role": "agent", "text": "x", **fields}


def one(**fields):
    return {"id": "x", "language": "en", "turns": [turn()], **fields}


def test_the_smallest_record(read_lines):
    tables = read_lines({"id": 7, "turns": [{"role": "customer", "text": "where is my order number please"}]})
    assert tables.conversations["conversation"].to_list() == ["7"]
    assert tables.conversations["language"].to_list() == ["en"]
    assert tables.conversations["purpose"].to_list() == ["coaching"]
    assert tables.people.rows() == [("7", "customer", "customer", None, None, False)]
    assert tables.rejects.is_empty()


def test_tables_have_the_schemas_of_the_model(read, exports):
    tables = read(exports / "canonical")
    for table, schema in (
        (tables.conversations, CONVERSATIONS),
        (tables.people, PEOPLE),
        (tables.turns, TURNS),
        (tables.events, EVENTS),
        (tables.words, WORDS),
        (tables.rejects, REJECTS),
    ):
        assert dict(table.schema) == dict(schema)


def test_every_field(read, exports):
    tables = read(exports / "canonical")
    first = tables.conversations.row(0, named=True)
    assert first["started_at"] == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert (first["channel"], first["language"], first["topic"], first["queue"]) == ("call", "en", "billing", "gold")
    assert (first["customer"], first["csat"], first["resolved"], first["line"]) == ("C-9", 4.0, True, 1)
    assert json.loads(first["meta"]) == {
        "crm": {"tier": 2},
        "turns": {"1": {"tone": "sharp"}},
        "people": {"0": {"desk": 4}},
        "outcome": {"nps": 9},
    }
    turns = tables.turns.filter(conversation="a-1")
    assert turns["person"].to_list() == ["anna", "cust", "anna", "system"]  # the one declared agent spoke turn 2
    assert turns["audio_channel"].to_list() == ["0", "1", None, None]
    assert turns["at"][1] == datetime(2026, 3, 2, 8, 30, 1, tzinfo=UTC)
    assert tables.events.select("kind", "person", "other", "value").rows() == [
        ("assigned", "anna", None, None),
        ("concession", "anna", "a-0", 10.0),
    ]
    words = tables.words
    texts = [turns["text"][0][begin:end] for begin, end in words.select("begin", "end").iter_rows()]
    assert texts == ["Good", "morning."]


@pytest.mark.parametrize(
    ("record", "field", "problem"),
    [
        ({"turns": [turn()]}, "id", "missing"),
        ({"id": "x"}, "turns", "missing"),
        (one(id=""), "id", "empty"),
        (one(id=1.5), "id", "Expected"),
        (one(id="y" * 600), "id", "longer"),
        (one(turns=[]), "turns", "no turns"),
        (one(turns="hello"), "turns", "Expected"),
        (one(turns=[{"role": "agent"}]), "turns[0].text", "missing"),
        (one(turns=[{"role": "agent", "text": None}]), "turns[0].text", "Expected"),
        (one(turns=[{"text": "x"}]), "turns[0].role", "neither person nor role"),
        (one(turns=[turn(role="boss")]), "turns[0].role", "Invalid enum value"),
        (one(turns=[turn(), {"text": "x", "person": "zoe"}]), "turns[1].person", "not declared"),
        (one(turns=[turn(start=-1)]), "turns[0].start", "negative"),
        (one(turns=[turn(start=2, end=1)]), "turns[0].end", "before start"),
        (one(turns=[turn(start="2")]), "turns[0].start", "Expected"),
        (one(turns=[turn(start=1e12)]), "turns[0].start", "too large"),
        (one(turns=[turn(), turn(at="yesterday")]), "turns[1].at", "not an instant"),
        (one(turns=[turn(at=1772442000000)]), "turns[0].at", "not an instant"),
        (one(turns=[turn(at=10**400)]), "turns[0].at", ""),
        (one(started_at="02/03/2026"), "started_at", "not an instant"),
        (one(events=[{"at": "2026-03-02T10:00:00Z"}]), "events[0].kind", "missing"),
        (one(events=[{"kind": "state", "at": "soon"}]), "events.at", "not an instant"),
        (one(purpose="hiring"), "purpose", "Invalid enum value"),
        (one(outcome={"csat": "good"}), "outcome.csat", "Expected"),
        (one(people=[{"id": "a", "role": "agent"}, {"id": "a", "role": "customer"}]), "people", "declared twice"),
        (
            one(people=[{"id": "a", "role": "agent"}], turns=[turn(person="a", role="customer")]),
            "turns[0].role",
            "differs",
        ),
        (one(turns=[turn(person="a"), turn(person="a", role="customer")]), "turns[0].role", "two roles"),
        ([1, 2], "", "expected an object"),
        ("null", "", "expected an object"),
        ("{", "", "cut off"),
        ('{"id": "x", "turns": [{"role": "agent", "text": "x", "start": NaN}]}', "", "NaN"),
        ('{"id": "x", "turns": [{"role": "agent", "text": "x", "start": 1e999}]}', "turns[0].start", ""),
        (b'{"id": "x", "turns": [{"role": "agent", "text": "\xe5"}]}', "", "not UTF-8"),
        ("[" * 100_000, "", ""),
        ('{"id": "x", "turns": ' + "[" * 5000 + "]" * 5000 + "}", "", ""),
    ],
)
def test_wrong_records_are_refused_and_the_rest_goes_on(read_lines, record, field, problem):
    tables = read_lines(record, GOOD)
    assert tables.conversations["conversation"].to_list() == ["ok"]
    assert tables.turns["conversation"].to_list() == ["ok"]
    reject = tables.rejects.row(0, named=True)
    assert len(tables.rejects) == 1
    assert reject["line"] == 1
    assert reject["file"].endswith("conversations.jsonl")
    assert field in reject["field"] if field else True
    assert problem in reject["problem"]
    assert reject["remedy"]
    assert len(reject["record"]) <= 200


def test_the_second_of_two_equal_ids_is_refused(read_lines):
    tables = read_lines(one(turns=[turn(text="first")]), GOOD, one(turns=[turn(text="second")]))
    assert tables.turns["text"].to_list() == ["first", "Hello"]
    assert "line 1" in tables.rejects["problem"][0]


def test_blank_lines_bom_and_carriage_returns(read_lines):
    raw = b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n  \n" + json.dumps(one()).encode() + b"\r"
    tables = read_lines(raw)
    assert tables.conversations["conversation"].to_list() == ["ok", "x"]
    assert tables.conversations["line"].to_list() == [1, 4]
    assert tables.rejects.is_empty()


def test_half_a_surrogate_pair_is_replaced_with_a_note(read_lines):
    tables = read_lines('{"id": "x", "turns": [{"role": "agent", "text": "ok \\ud83d!"}]}')
    assert tables.turns["text"].to_list() == ["ok \N{REPLACEMENT CHARACTER}!"]
    assert "reading" in json.loads(tables.conversations["meta"][0])


def test_control_characters_are_replaced_one_for_one(read_lines):
    text = "a\x00b\x1b[31m\tc\nd"
    tables = read_lines(one(turns=[turn(text=text)]))
    assert tables.turns["text"].to_list() == ["a\ufffdb\ufffd[31m\tc\nd"]
    assert tables.turns["text"].str.len_chars().to_list() == [len(text)]


def test_five_megabytes_in_one_turn_are_bounded_with_a_note(read_lines):
    tables = read_lines(GOOD, one(turns=[turn(), turn(text="é" * 5_000_000)]))
    assert tables.turns["text"].str.len_chars().to_list() == [5, 1, TEXT_LIMIT]
    assert json.loads(tables.conversations["meta"][1])["reading"] == [
        f"turn 1: {TEXT_LIMIT} of 5000000 characters read"
    ]


def test_empty_turns_stay_so_that_turns_keep_their_numbers(read_lines):
    tables = read_lines(one(turns=[turn(text=""), turn(text="  "), turn(text="hi")]))
    assert tables.turns["turn"].to_list() == [0, 1, 2]
    assert tables.rejects.is_empty()


@pytest.mark.parametrize(
    ("at", "hour"),
    [
        ("2026-03-02T10:00:00+02:00", 8),
        ("2026-03-02T10:00:00Z", 10),
        ("2026-03-02 10:00:00", 10),
        ("2026-03-02T10:00", 10),
        ("2026-03-02T10:00:00.123456-05:00", 15),
        ("2026-03-02 10:00:00 UTC", 10),
        ("1772445600", 10),
        (1772445600, 10),
        (1772445600.25, 10),
    ],
)
def test_instants_become_utc_and_without_a_zone_are_utc(read_lines, at, hour):
    tables = read_lines(one(turns=[turn(at=at)]))
    assert tables.rejects.is_empty()
    assert tables.turns["at"][0].hour == hour
    assert tables.conversations["started_at"][0].hour == hour


def test_a_person_who_is_not_declared_but_has_a_role_somewhere(read_lines):
    tables = read_lines(one(turns=[{"person": "zoe", "text": "a"}, {"person": "zoe", "role": "agent", "text": "b"}]))
    assert tables.turns["role"].to_list() == ["agent", "agent"]
    assert tables.people.select("person", "role", "named").rows() == [("zoe", "agent", True)]


def test_two_declared_agents_leave_a_bare_role_unnamed(read_lines):
    people = [{"id": "a", "role": "agent"}, {"id": "b", "role": "agent"}]
    tables = read_lines(one(people=people, turns=[turn(), turn(person="b")]))
    assert tables.turns["person"].to_list() == ["agent", "b"]
    assert tables.people.filter(person="agent")["named"].to_list() == [False]


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en-GB", "hei", "en"),
        ("no", "hello", "nb"),
        ("iw_IL", "hello", "he"),
        ("Norwegian", "x", "nb"),
        ("de", "x", "de"),
        (None, "שלום, אני צריך עזרה עם החשבונית", "he"),
        (None, "Hei, jeg trenger hjelp med fakturaen min", "nb"),
        (None, "my bill is wrong and I want to know why", "en"),
        (None, "Guten Tag, meine Rechnung ist viel zu hoch und ich verstehe nicht warum. " * 3, "de"),
        (None, "😀 123", None),
    ],
)
def test_language_is_declared_or_found(read_lines, declared, text, language):
    tables = read_lines({"id": "x", "language": declared, "turns": [turn(text=text)]})
    assert tables.conversations["language"].to_list() == [language]


def test_people_file_merges_names_and_gives_the_team(read_lines):
    people = PeopleMap({"anna k": "anna", "a.k@shop.example": "anna", "anna": "anna"}, {"anna": "Blue"})
    tables = read_lines(
        one(people=[{"id": "17", "role": "agent", "name": "Anna  K"}], turns=[turn(person="17")]),
        {
            **one(people=[{"id": "18", "role": "agent", "email": "A.K@shop.example"}], turns=[turn(person="18")]),
            "id": "y",
        },
        {**one(people=[{"id": "anna", "role": "customer"}], turns=[{"person": "anna", "text": "hi"}]), "id": "z"},
        people=people,
    )
    assert tables.turns["person"].to_list() == ["anna", "anna", "anna"]
    assert tables.people.select("person", "role", "team").rows() == [
        ("anna", "agent", "Blue"),
        ("anna", "agent", "Blue"),
        ("anna", "customer", None),  # a customer of the same name is nobody of ours
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
turns_like = st.lists(
    st.dictionaries(
        st.sampled_from(["text", "role", "person", "start", "end", "at", "private", "words", "audio_channel", "extra"]),
        json_values | st.sampled_from(["agent", "customer", "hello", 1, 2.5, -1, True]),
    ),
    max_size=4,
)
records = st.fixed_dictionaries(
    {}, optional={"id": json_values, "turns": turns_like | json_values, "people": json_values, "events": json_values,
                  "meta": json_values, "outcome": json_values, "started_at": json_values, "language": json_values}
)  # fmt: skip


@settings(max_examples=120)
@given(record=records | json_values)
def test_any_json_is_read_or_refused_never_a_crash(record):
    try:
        raw = json.dumps(record, allow_nan=False).encode()
    except (ValueError, UnicodeEncodeError):
        return
    for form in ("canonical", "chatwoot", "zendesk", "zendesk-chat", "intercom", "contact-lens", "freshdesk", "abcd"):
        tables = parse(Chunk(0, form, "f", 1, raw))
        assert isinstance(tables, Tables)
        assert len(tables.conversations) + len(tables.rejects) == 1
        assert set(tables.turns["conversation"]) == set(tables.conversations["conversation"])


@settings(max_examples=200)
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw):
    tables = parse(Chunk(0, "canonical", "f", 1, raw))
    assert tables.conversations.is_empty()
