"""Transcripts come in as one interview with its speakers apart, and whatever is none is refused in words."""

from __future__ import annotations

import gzip
import json

import polars as pl
import pytest
import recorded_interview as recorded

from poise.app.interviews.recordings import reading
from poise.app.interviews.recordings.reading import UnfitError, assign, read, speakers


@pytest.mark.parametrize(
    ("name", "data", "format_", "known", "labels"),
    [
        ("a.vtt", recorded.webvtt(), "vtt", False, ["Ivan Petrov", "Amal Haddad"]),
        ("a.json", recorded.whisperx(), "whisperx", False, ["SPEAKER_00", "SPEAKER_01"]),
        ("a.jsonl", recorded.canonical(), "canonical", True, ["interviewer", "candidate"]),
        (
            "a.json",
            json.dumps(json.loads(recorded.canonical()), indent=2).encode(),
            "canonical",
            True,
            ["interviewer", "candidate"],
        ),
    ],
)
def test_three_formats_give_the_same_interview(
    name: str, data: bytes, format_: str, known: bool, labels: list[str]
) -> None:
    found = read(name, data, "en")
    assert (found.format, found.turns, found.known) == (format_, len(recorded.SAID), known)
    assert [one.label for one in speakers(found.tables)] == labels
    tables = assign(found.tables, labels[1])
    roles = {"I": "interviewer", "C": "candidate"}
    assert tables.turns["role"].to_list() == [roles[who] for who, *_ in recorded.SAID]
    assert tables.turns["text"].to_list() == [text for *_, text in recorded.SAID]
    conversation = tables.conversations.row(0, named=True)
    assert conversation["channel"] == "interview" and conversation["purpose"] == "selection"
    assert conversation["meta"] is None and conversation["source"] is None
    assert tables.people.select("role", "name").rows() == [("interviewer", None), ("candidate", None)]
    with pytest.raises(KeyError):
        assign(tables, "nobody")


def _one(**turn: object) -> bytes:
    return json.dumps({"id": "1", "turns": [{"role": "candidate", "text": "Hello"} | turn]}).encode()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.vtt", b"  \n", "empty"),
        ("a.vtt", b"WEBVTT\n\n", "no cues"),
        ("a.txt", b"just some words\nand more", "no transcript of an interview"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "no transcript of an interview"),
        ("a.vtt.gz", gzip.compress(recorded.webvtt()), "compressed"),
        ("a.parquet", b"PAR1" + bytes(200), "cannot be read"),
        ("a.json", recorded.whisperx()[:-40], "truncated"),
        ("a.json", b'{"segments": [{"text": "Hi", "start": 0, "end": 1}], "language": "en"}', "no speakers"),
        ("a.jsonl", recorded.canonical() + recorded.canonical(id="x-2"), "2 conversations"),
        ("a.jsonl", recorded.canonical(purpose="coaching"), "coaching"),
        ("a.jsonl", _one(), "one speaker"),
        ("a.jsonl", _one(start=5, end=1), "end"),
        ("a.jsonl", b'{"id": "1", "turns": [{"text": 5}]}', "text"),
        ("a.csv", b"conversation,text,role\n1,Hello,candidate\n", "no transcript of an interview"),
        ("../../etc/passwd", b"root:x:0:0", "no transcript of an interview"),
        ("a.jsonl", b'{"id": "1", "turns": ' + b"[" * 50_000, "JSON"),
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_refused_in_words(name: str, data: bytes, words: str) -> None:
    with pytest.raises(UnfitError) as refused:
        read(name, data, "en")
    assert words in str(refused.value)


def test_a_transcript_of_thousands_of_turns_is_no_interview(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TURNS", 9)
    with pytest.raises(UnfitError, match="more than 9 turns"):
        read("a.vtt", recorded.webvtt(), "en")


def test_marks_that_deceive_stay_words() -> None:
    hostile = recorded.webvtt().replace(b"Good morning and", "‮<script>alert(1)</script>".encode())
    found = read("a.vtt", hostile, "en")
    assert found.turns == len(recorded.SAID)
    assert isinstance(found.tables.turns, pl.DataFrame)
