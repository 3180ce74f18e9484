"""Masking: what must not be seen is hidden, what a conversation is about is not, and no span moves."""

import re
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.reading.masking import DOT, mask, mask_turns
from poise.reading.private import introduced, private_spans

MARK = re.compile(r"\[\[(\w+):(.*?)\]\]")


def labelled():
    """Return (language, text, spans, names) of every labelled sentence."""
    found = []
    for line in (Path(__file__).parent / "masking.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        language, marked, *rest = line.split("\t")
        text, last, spans = "", 0, []
        for match in MARK.finditer(marked):
            text += marked[last : match.start()]
            spans.append((len(text), len(text) + len(match[2]), match[1]))
            text += match[2]
            last = match.end()
        names = [one.removeprefix("names=") for one in rest]
        found.append((language, text + marked[last:], spans, names))
    return found


ROWS = labelled()


def measured(language):
    """Return the share of spans hidden whole, and the share of hidden code points that had to be."""
    whole = all_spans = right = hidden = 0
    for its, text, spans, names in ROWS:
        if its != language:
            continue
        got = {at for begin, end in private_spans(text, names) for at in range(begin, end) if not text[at].isspace()}
        gold = {at for begin, end, _ in spans for at in range(begin, end) if not text[at].isspace()}
        whole += sum(all(at in got for at in range(b, e) if text[at].isalnum()) for b, e, _ in spans)
        all_spans += len(spans)
        right, hidden = right + len(got & gold), hidden + len(got)
    return whole / all_spans, right / hidden


@pytest.mark.parametrize("language", ["en", "he", "nb"])
def test_recall_and_precision_on_labelled_sentences(language):
    recall, precision = measured(language)
    assert recall >= 0.95
    assert precision >= 0.97


def test_the_labelled_sentences_cover_what_they_should():
    assert len(ROWS) >= 150
    assert {kind for _, _, spans, _ in ROWS for _, _, kind in spans} == {
        *("name", "phone", "number", "mail", "born", "iban", "card", "code", "postcode")
    }
    assert sum(not spans for _, _, spans, _ in ROWS) >= 40


def test_over_a_column_as_one_by_one():
    texts = pl.Series([text for _, text, _, _ in ROWS])
    names = pl.Series([names or None for _, _, _, names in ROWS], dtype=pl.List(pl.String))
    for (_, text, _, own), masked in zip(ROWS, mask(texts, names=names), strict=True):
        expected = {at for begin, end in private_spans(text, own) for at in range(begin, end) if not text[at].isspace()}
        assert {at for at, letter in enumerate(masked) if letter == DOT and text[at] != DOT} == expected, text


@given(text=st.text(max_size=60) | st.sampled_from([text for _, text, _, _ in ROWS]), more=st.text(max_size=10))
def test_no_code_point_moves(text, more):
    masked = mask(pl.Series([text + more]))[0]
    assert len(masked) == len(text + more)
    assert all(new in (old, DOT) for old, new in zip(text + more, masked, strict=True))
    assert mask(pl.Series([masked]))[0] == masked


@pytest.mark.parametrize(
    "hostile",
    [
        "1 " * 50_000,
        "12345 " * 15_000,
        "a" * 100_000 + "@",
        "a." * 50_000,
        "regards" + " " * 90_000 + ".",
        "one " * 25_000,
        "my name is " * 9_000,
        "this is a " * 9_000,
        "mr " * 30_000,
        "1-" * 50_000,
        "@a." * 30_000,
        "GB29 " * 20_000,
    ],
)
def test_hostile_texts_take_no_time(hostile):
    begin = time.process_time()
    assert len(mask(pl.Series([hostile]))[0]) == len(hostile)
    assert time.process_time() - begin < 3


def turns_of(*rows):
    return pl.DataFrame(rows, schema=["conversation", "role", "text"], orient="row")


PEOPLE = pl.DataFrame(
    {"conversation": ["a", "a"], "role": ["customer", "agent"], "name": ["Crystal Minh", "Anna Kowalski"]}
)


def test_names_of_customers_are_hidden_in_their_conversation_only():
    turns = turns_of(("a", "agent", "Hi Crystal, Anna here."), ("b", "agent", "Crystal glass is in stock."))
    assert mask_turns(turns, PEOPLE).to_list() == ["Hi •••••••, Anna here.", "Crystal glass is in stock."]


def test_a_name_once_introduced_is_hidden_everywhere():
    turns = turns_of(
        ("a", "agent", "Welcome, my name is Anna."),
        ("a", "customer", "my name is joe tran"),
        ("a", "agent", "Thanks Joe! I have your order here, Mr Tran."),
        ("b", "agent", "Joe who?"),
    )
    assert mask_turns(turns, PEOPLE.head(0)).to_list() == [
        "Welcome, my name is Anna.",  # the agent's own greeting is evidence
        "my name is ••• ••••",
        "Thanks •••! I have your order here, Mr ••••.",
        "Joe who?",
    ]


def test_introductions():
    assert introduced("Hi, this is Robert Hale calling") == ["Robert Hale"]
    assert introduced("The restaurant's name is Angel Fish.") == []


def test_empty_and_null():
    assert mask(pl.Series([], dtype=pl.String)).is_empty()
    assert mask(pl.Series(["", None, "ring 91234567"])).to_list() == ["", None, "ring ••••••••"]
    assert mask_turns(turns_of().cast(pl.String), PEOPLE.head(0)).is_empty()


def test_chats_of_the_open_sample(read, shared):
    tables = read(shared / "data" / "open" / "abcd" / "abcd_sample.json")
    masked = " ".join(mask_turns(tables.turns, tables.people)).casefold()
    for secret in ("crystal", "minh ", "cminh730@", "3348917502", "625-2661", "alessandro", "phoenix ", "7916676427"):
        assert secret not in masked, secret
    assert "90 days" in masked
