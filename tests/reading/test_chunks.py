"""Cutting inputs into chunks: nothing is lost, nothing depends on where the cuts fall, memory is flat."""

import gzip
import json
import pickle
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise.reading import InputError, Seen, chunks, find, parse
from poise.reading.recognise import HEAD
from poise.reading.streams import elements, line_blocks

TABLES = ("conversations", "people", "turns", "events", "words", "rejects")


def record(number, turns=2):
    return {
        "id": f"c{number}",
        "language": "en",
        "people": [{"id": f"a{number % 3}", "role": "agent"}],
        "turns": [
            {"role": "customer", "text": f"question {number} é 😀"},
            *({"person": f"a{number % 3}", "text": f"answer {k}", "start": float(k)} for k in range(turns)),
        ],
        "events": [{"kind": "state", "at": 1772442000 + number}],
    }


def same(left, right):
    for name in TABLES:
        assert getattr(left, name).equals(getattr(right, name)), name


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 3000), breaks=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_where_the_cuts_fall_makes_no_difference(tmp_path_factory, read, size, breaks):
    folder = tmp_path_factory.mktemp("cuts")
    lines = [json.dumps(record(number)) for number in range(12)]
    lines[3] = lines[3][:-5]
    lines[7] = json.dumps({**record(7), "extra": [1]})
    path = folder / "c.jsonl"
    path.write_text(breaks.join(lines))
    whole, cut = read(path), read(path, size=size)
    assert whole.conversations["conversation"].to_list() == [f"c{number}" for number in range(12) if number != 3]
    assert len(whole.rejects) == 1
    same(whole, cut)


@pytest.mark.parametrize(
    "folder", ["csv", "chatwoot", "zendesk", "zendesk-chat", "intercom", "convokit", "zendesk-apart"]
)
def test_vendor_exports_too(read, exports, folder):
    whole, cut = read(exports / folder), read(exports / folder, size=1)
    for name in TABLES:
        key = getattr(whole, name).columns
        assert getattr(whole, name).sort(key).equals(getattr(cut, name).sort(key)), name


@settings(max_examples=60)
@given(
    items=st.lists(
        st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=3)),
        max_size=8,
    ),
    size=st.integers(1, 40),
    wrapped=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_elements_of_a_streamed_document(items, size, wrapped, indent):
    import io

    document = {"count": 3, "meta": {"a": "[{"}, "items": items, "next": None} if wrapped else items
    raw = json.dumps(document, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    found = [
        json.loads(one) for key, one in elements(io.BytesIO(raw), size=size) if key == ("items" if wrapped else "")
    ]
    assert found == items


def test_a_document_that_ends_too_early_gives_what_it_holds_and_a_reject(read, tmp_path, exports):
    whole = (exports / "chatwoot" / "conversations.json").read_bytes()
    path = tmp_path / "cut.json"
    path.write_bytes(whole[: int(len(whole) * 0.8)])
    tables = read(path)
    assert tables.conversations["conversation"].to_list() == ["chatwoot-41"]
    assert tables.rejects["problem"].str.contains("cut off").any()


def test_gzip_and_zstd(read, tmp_path):
    lines = "\n".join(json.dumps(record(number)) for number in range(5)).encode()
    (tmp_path / "plain.jsonl").write_bytes(lines)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines))
    (tmp_path / "b.jsonl.zst").write_bytes(zstandard.ZstdCompressor().compress(lines))
    plain = read(tmp_path / "plain.jsonl").turns
    assert read(tmp_path / "a.jsonl.gz").turns.equals(plain)
    assert read(tmp_path / "b.jsonl.zst").turns.equals(plain)


def test_a_compressed_file_that_ends_too_early(read, tmp_path):
    packed = gzip.compress("\n".join(json.dumps(record(number)) for number in range(3000)).encode())
    (tmp_path / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    tables = read(tmp_path / "a.jsonl.gz", size=10_000)
    assert len(tables.conversations) > 100
    assert tables.rejects["problem"].str.contains("cannot be read to its end").any()


def test_chunks_are_numbered_deterministic_and_picklable(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text("\n".join(json.dumps(record(number)) for number in range(50)))
    first = list(chunks(find([path]), size_bytes=1000))
    assert first == list(chunks(find([path]), size_bytes=1000))
    assert [chunk.number for chunk in first] == list(range(len(first)))
    assert len(first) > 3
    assert pickle.loads(pickle.dumps(first)) == first
    assert all(left.first_line < right.first_line for left, right in pairwise(first))


def test_a_line_over_the_limit_is_refused_without_loading_it(monkeypatch, tmp_path, read):
    monkeypatch.setattr("poise.reading.streams.LINE_LIMIT", 20_000)
    long = json.dumps({"id": "long", "turns": [{"role": "agent", "text": "x" * 60_000}]})
    lines = [json.dumps(record(0)), long, json.dumps(record(1)), json.dumps(record(2))]
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    tables = read(tmp_path / "c.jsonl", size=1000)
    assert tables.conversations["conversation"].to_list() == ["c0", "c1", "c2"]
    assert tables.conversations["line"].to_list() == [1, 3, 4]
    assert tables.rejects.select("line", "problem").rows() == [(2, "a line longer than 64 MB")]


def test_line_blocks_keep_every_byte():
    import io

    raw = b"".join(b"%d\n" % number for number in range(1000))
    for size in (1, 3, 7, 4096):
        blocks = list(line_blocks(io.BytesIO(raw), size))
        assert b"".join(block for _, block, _ in blocks) == raw
        assert all(first == 1 + raw[: raw.index(block)].count(b"\n") for first, block, _ in blocks[:50])


@pytest.mark.parametrize("kind", ["lines", "array", "csv", "csv-mixed"])
def test_memory_does_not_grow_with_the_input(tmp_path, kind):
    def write(path: Path, count: int) -> Path:
        if kind.startswith("csv"):
            rows = [f"c{number},agent,words and more words {number}" for number in range(count)]
            rows = [row for part in (rows, rows) for row in part] if kind == "csv-mixed" else rows
            path.write_text("\n".join(["conversation,role,text", *rows]))
        elif kind == "array":
            path.write_text(json.dumps([record(number) for number in range(count // 4)]))
        else:
            path.write_text("\n".join(json.dumps(record(number)) for number in range(count // 4)))
        return path

    def peak(path: Path) -> int:
        inventory = find([path])
        tracemalloc.start()
        for _ in chunks(inventory, size_bytes=1 << 16):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    suffix = "csv" if kind.startswith("csv") else "json"
    small, large = write(tmp_path / f"s.{suffix}", 20_000), write(tmp_path / f"l.{suffix}", 100_000)
    assert peak(large) < 1.25 * peak(small) + 1_500_000


def test_repeated_conversations_over_chunks_and_files_are_refused(tmp_path, read):
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(record(number)) for number in range(4)))
    seen = Seen()
    kept = [seen.admit(parse(chunk)) for chunk in chunks(find([tmp_path]), size_bytes=300)]
    assert sum(len(tables.conversations) for tables in kept) == 4
    assert sum(len(tables.turns) for tables in kept) == 12
    rejects = pl.concat([tables.rejects for tables in kept])
    assert len(rejects) == 4
    assert rejects["file"].str.ends_with("b.jsonl").all()
    assert rejects["line"].to_list() == [1, 2, 3, 4]


@settings(max_examples=30)
@given(batches=st.lists(st.lists(st.text(max_size=3), max_size=30), max_size=12))
def test_seen_agrees_with_a_set(batches):
    seen, known = Seen(), set()
    for batch in batches:
        expected = []
        for one in batch:
            expected.append(one in known)
            known.add(one)
        assert seen.repeated(pl.Series(batch, dtype=pl.String)).to_list() == expected
    assert len(seen) == len(known)


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [([], "nothing to read"), (["nowhere"], "no such file"), (["*.nothing"], "no such file")],
)
def test_nothing_to_read_is_an_error_that_says_so(inputs, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=problem) as caught:
        find(inputs)
    assert caught.value.remedy
    assert isinstance(caught.value, ValueError)


def test_only_unreadable_files_are_an_error_that_lists_them(tmp_path):
    (tmp_path / "a.txt").write_text("a diary")
    (tmp_path / "b.json").write_text('{"colour": "blue"}')
    (tmp_path / "c.jsonl").write_text("")
    (tmp_path / "d.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(InputError, match="no conversations found") as caught:
        find([tmp_path])
    for name in ("a.txt", "b.json", "c.jsonl: empty", "d.parquet: cannot be read"):
        assert name in str(caught.value)


def test_files_that_are_no_conversations_are_listed(tmp_path):
    (tmp_path / "good.jsonl").write_text(json.dumps(record(1)))
    (tmp_path / "notes.txt").write_text("a diary")
    (tmp_path / ".hidden").write_text("x")
    inventory = find([tmp_path])
    assert [source.path.name for source in inventory.sources] == ["good.jsonl"]
    assert [(one.path.name, bool(one.why)) for one in inventory.skipped] == [("notes.txt", True)]


def test_patterns_and_folders_do_not_read_a_file_twice(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text(json.dumps(record(1)))
    inventory = find([tmp_path, tmp_path / "in" / "a.jsonl", str(tmp_path / "**" / "*.jsonl")])
    assert len(inventory.sources) == 1


def test_forced_formats(tmp_path, read):
    (tmp_path / "odd.txt").write_text(json.dumps(record(1)) + "\n{oops\n")
    tables = read(tmp_path / "odd.txt", form="canonical")
    assert (len(tables.conversations), len(tables.rejects)) == (1, 1)
    with pytest.raises(InputError, match="unknown format"):
        find([tmp_path], format="excel")


def test_two_files_of_one_name_are_two_conversations(tmp_path, read):
    for folder in ("mon", "tue"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "call.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\n<v Agent>Hello\n")
    assert read(tmp_path).conversations["conversation"].to_list() == ["mon/call.vtt", "tue/call.vtt"]


def test_a_broken_first_line_does_not_hide_the_format(tmp_path, read):
    (tmp_path / "c.jsonl").write_text('{"id": "x", "tur\n' + json.dumps(record(1)) + "\n" + json.dumps(record(2)))
    tables = read(tmp_path)
    assert (len(tables.conversations), len(tables.rejects)) == (2, 1)


_GREETING = {"id": "1", "turns": [{"role": "agent", "text": "Blåbær"}]}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", json.dumps(_GREETING, ensure_ascii=False).encode("latin-1"), ("not UTF-8", "save it as UTF-8")),
        (
            "b.csv",
            b"17,agent,Good morning\n17,customer,Hello\n",
            ("headings", "conversation", "ticket_id", "text", "body", "person", "role"),
        ),
        ("c.csv", b"when,what\n9:00,a walk\n", ("headings",)),
        ("d.json", b'{"turns": [{"role": "agent", "text": "' + b"x" * 600_000 + b'"}]}', ("256 KB", "force")),
        ("e.json", b'{"colours": [' + b'{"name": "blue"}, ' * 40_000 + b'{"name": "red"}]}', ("no format",)),
        ("f.txt", b"a diary\nof a day\n", ("no format",)),
    ],
)
def test_why_a_file_is_left_aside_is_what_is_wrong_with_it(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.jsonl").write_text(json.dumps(record(1)))
    (skipped,) = find([tmp_path]).skipped
    assert all(word in skipped.why for word in says), skipped.why


def test_the_head_of_a_file_may_end_within_a_letter(tmp_path):
    (tmp_path / "a.json").write_text(f'{{"colour": "{"å" * HEAD}"}}')
    (tmp_path / "b.json").write_text(f'{{"colours": "{"å" * HEAD}"}}')
    assert not any("UTF-8" in one.why for one in _left_aside(tmp_path))


def test_quotes_without_end_are_looked_through_once(tmp_path):
    (tmp_path / "a.json").write_bytes(b'{"id": "' + b'\\"' * HEAD)
    began = time.process_time()
    assert len(_left_aside(tmp_path)) == 1
    assert time.process_time() - began < 2


def _left_aside(folder):
    (folder / "good.jsonl").write_text(json.dumps(record(1)))
    return find([folder]).skipped
