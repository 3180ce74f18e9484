"""The invented team: the same on every machine, readable, and with the differences that its table promises."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from poise.knowledge.loader import Knowledge
from poise.knowledge.rules import Phrases
from poise.knowledge.schema import Behaviour, Opportunity, PhraseSet
from poise.reading.canonical import decode_lines
from poise.reading.people import PeopleMap
from poise.validation import sample
from poise.validation.sample.dice import Dice
from poise.validation.sample.marks import extract, mark
from poise.validation.sample.team import load_team
from poise.validation.sample.wording import load, render

FOLDER = sample.paths()[0].parent


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(sample.paths()[0].read_bytes()).splitlines()]


@pytest.fixture(scope="module")
def acts() -> pl.DataFrame:
    return sample.acts()


# ---------------------------------------------------------------- files


def test_rebuilt_files_are_those_that_ship(tmp_path: Path) -> None:
    written = sample.rebuild(tmp_path)
    assert [path.name for path in written] == list(sample.BUILT)
    for path in written:
        shipped = (FOLDER / path.name).read_bytes()
        if path.suffix == ".gz":
            # Another zlib may pack the same content into other bytes.
            assert gzip.decompress(path.read_bytes()) == gzip.decompress(shipped)
        else:
            assert path.read_bytes() == shipped


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, second, other = sample.build(1), sample.build(1), sample.build(2)
    assert first == second
    assert first["team.jsonl.gz"] != other["team.jsonl.gz"]
    assert first["people.csv"] == other["people.csv"]


def test_the_file_is_small() -> None:
    assert sample.paths()[0].stat().st_size < 600_000


def test_everything_says_that_it_is_invented(records: list[dict[str, Any]]) -> None:
    assert all(record["meta"] == {"invented": True} for record in records)
    assert json.loads(gzip.decompress((FOLDER / "truth.json.gz").read_bytes()))["invented"] is True
    assert "invented" in sample.people_path().read_text(encoding="utf-8").splitlines()[1]
    assert load_team().invented


def test_reading_takes_every_record() -> None:
    for path, count in zip(sample.paths(), (400, 3), strict=True):
        packed = path.read_bytes()
        content = gzip.decompress(packed) if path.suffix == ".gz" else packed
        found, _, _, rejects = decode_lines(content, file=path.name, first_line=1)
        assert rejects == []
        assert len(found) == count


def test_people_file_joins_two_logins_of_one_agent(records: list[dict[str, Any]]) -> None:
    people = PeopleMap.load(sample.people_path())
    assert people.who("fzahrani2", "Fatima Z.", "agent") == people.who("fatima", "Fatima Zahrani", "agent")
    logins = Counter(p["id"] for r in records for p in r["people"] if p["role"] == "agent")
    assert logins["fatima"] > 5
    assert logins["fzahrani2"] > 5
    unknown = [login for login in logins if people.who(login, None, "agent") is None]
    assert unknown == []


def test_abcd_chats_are_the_original_words(shared: Path) -> None:
    source = json.loads((shared / "data/open/abcd/abcd_sample.json").read_text(encoding="utf-8"))
    shipped = [json.loads(line) for line in sample.paths()[1].read_text(encoding="utf-8").splitlines()]
    for original, record in zip(source, shipped, strict=True):
        said = [[{"system": "action"}.get(t["role"], t["role"]), t["text"]] for t in record["turns"]]
        assert said == original["original"]
    assert (FOLDER / "abcd" / "LICENSE").read_text() == (shared / "data/open/abcd/LICENSE").read_text()


def test_abcd_names_nobody() -> None:
    shipped = [json.loads(line) for line in sample.paths()[1].read_text(encoding="utf-8").splitlines()]
    assert all("people" not in record for record in shipped)
    assert all("person" not in turn for record in shipped for turn in record["turns"])


# ---------------------------------------------------------------- what is in it


def test_how_many_of_what(records: list[dict[str, Any]]) -> None:
    languages = Counter(record["language"] for record in records)
    channels = Counter(record["channel"] for record in records)
    agents = {p["id"] for r in records for p in r["people"] if p["role"] == "agent"} - {"fzahrani2"}
    assert languages == {"en": 320, "he": 45, "nb": 35}
    assert 60 <= channels["call"] <= 80
    assert 20 <= channels["email"] <= 30
    assert len(agents) == 12
    assert len({p["team"] for r in records for p in r["people"] if p["role"] == "agent"}) == 2
    assert {r["topic"] for r in records} == {"refund", "delivery", "billing", "login", "device", "booking"}


def test_no_two_conversations_are_alike(records: list[dict[str, Any]]) -> None:
    texts = {tuple(turn["text"] for turn in record["turns"]) for record in records}
    assert len(texts) == len(records)
    # a long turn of an agent said word for word by two people would look like a script
    long = Counter(t["text"] for r in records if r["language"] == "en" for t in r["turns"] if len(t["text"]) > 150)
    assert sum(count > 3 for count in long.values()) <= 5


def test_nothing_of_a_template_is_left(records: list[dict[str, Any]]) -> None:
    for record in records:
        for turn in record["turns"]:
            text = turn["text"]
            assert text == text.strip() != ""
            assert not set(text) & set("{}<>|[]~"), text
            assert "  " not in text, text
            assert not any("\ue000" <= character <= "\uf8ff" for character in text)


def test_spans_of_the_truth_are_in_the_texts(records: list[dict[str, Any]], acts: pl.DataFrame) -> None:
    texts = {(r["id"], turn): t["text"] for r in records for turn, t in enumerate(r["turns"])}
    for row in acts.iter_rows(named=True):
        assert texts[row["conversation"], row["turn"]][row["begin"] : row["end"]] == row["text"] != ""


def test_agents_act_as_their_table_says() -> None:
    planted = sample.planted()
    counts = sample.occasions().group_by("person", "behaviour").agg(pl.col("met", "occasions").sum())
    compared = 0
    for person, behaviour, met, occasions in counts.iter_rows():
        # what is decided by more than one draw: use of the name, offers and the bending of rules
        if behaviour in ("courtesy.name", "calm.customer_settles", "favour.given") or behaviour.startswith("together."):
            continue
        if behaviour in ("calm.acknowledges", "favour.unrecorded", "help.offer"):
            continue
        p = planted[person][behaviour]
        spread = math.sqrt(occasions * p * (1 - p))
        assert abs(met - occasions * p) <= 4.2 * spread + 1, (person, behaviour, met, occasions, p)
        compared += 1
    assert compared > 300


def test_planted_differences_show() -> None:
    counts = sample.occasions().group_by("person", "behaviour").agg(pl.col("met", "occasions").sum())
    rate = {(p, b): m / n for p, b, m, n in counts.iter_rows() if n >= 5}

    def extreme(behaviour: str) -> str:
        return max((value, person) for (person, of), value in rate.items() if of == behaviour)[1]

    assert extreme("debate.contest") == "noam"
    assert extreme("calm.hostile") == "eirik"
    assert extreme("listening.interruption") == "mateo"
    assert extreme("favour.given") == "weiling"
    assert extreme("help.cold_transfer") in ("jonas", "priya", "noam", "eirik")
    assert rate["priya", "solving.solution"] > 0.85 > 0.6 > rate["priya", "courtesy.greeting"]
    assert rate["liam", "promise.kept"] < rate["zofia", "promise.kept"]


def test_one_in_eight_is_unusual(acts: pl.DataFrame) -> None:
    styled = acts.filter(pl.col("behaviour").is_in(["courtesy.apology", "help.ownership", "courtesy.closing"]))
    share = styled["unusual"].mean()
    assert isinstance(share, float)
    assert 0.08 < share < 0.17


def test_queues_differ_in_anger_on_arrival() -> None:
    truth = json.loads(gzip.decompress((FOLDER / "truth.json.gz").read_bytes()))["conversations"]
    queue = {r["id"]: r["queue"] for r in map(json.loads, gzip.decompress(sample.paths()[0].read_bytes()).splitlines())}
    anger = defaultdict(list)
    for conversation in truth:
        anger[queue[conversation["id"]]].append(conversation["arrival_anger"] >= 2)
    share = {name: sum(values) / len(values) for name, values in anger.items()}
    assert share["orders"] > share["accounts"] > share["technical"]


# ---------------------------------------------------------------- times


def test_calls_have_two_channels_and_timed_words(records: list[dict[str, Any]]) -> None:
    for record in records:
        if record["channel"] != "call":
            assert all("words" not in turn for turn in record["turns"])
            continue
        starts = [turn["start"] for turn in record["turns"]]
        assert starts == sorted(starts)
        for turn in record["turns"]:
            if turn.get("private"):
                continue
            assert turn["audio_channel"] == ("1" if turn["person"] == "customer" else "2")
            assert [word["word"] for word in turn["words"]] == turn["text"].split()
            ends = [(word["start"], word["end"]) for word in turn["words"]]
            assert turn["start"] == ends[0][0]
            assert turn["end"] == ends[-1][1]
            assert all(begin < end for begin, end in ends)
            assert all(before[1] <= after[0] + 1e-9 for before, after in pairwise(ends))


def test_interruptions_and_back_channels_are_where_the_truth_says(
    records: list[dict[str, Any]], acts: pl.DataFrame
) -> None:
    turns = {record["id"]: record["turns"] for record in records}
    seen: Counter[str] = Counter()
    for row in acts.filter(pl.col("behaviour").str.starts_with("listening.")).iter_rows(named=True):
        kind = row["behaviour"].removeprefix("listening.")
        if kind not in ("interruption", "pause_interruption", "backchannel", "butting_in"):
            continue
        seen[kind] += 1
        said = turns[row["conversation"]]
        own = said[row["turn"]]
        other = max((t for t in said[: row["turn"]] if t["person"] == "customer"), key=lambda t: t["start"])
        if kind == "interruption":
            assert other["start"] < own["start"] < other["end"] < own["end"]
        elif kind == "pause_interruption":
            assert 0 < own["start"] - other["end"] < 1
        else:
            assert other["start"] < own["start"] < own["end"] < other["end"]
    assert min(seen[kind] for kind in ("interruption", "pause_interruption", "backchannel", "butting_in")) >= 5


def test_turns_of_a_conversation_are_in_time(records: list[dict[str, Any]]) -> None:
    for record in records:
        instants = [datetime.fromisoformat(turn["at"]) for turn in record["turns"]]
        assert instants == sorted(instants)


def test_agents_serve_several_chats_at_once(records: list[dict[str, Any]]) -> None:
    open_: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for record in records:
        if record["channel"] == "chat":
            agent = next(p["id"] for p in record["people"] if p["role"] == "agent")
            open_[agent.replace("fzahrani2", "fatima")].append((record["turns"][0]["at"], record["turns"][-1]["at"]))
    for spans in open_.values():
        alongside = [sum(a < d and c < b for c, d in spans) for a, b in spans]
        assert sum(alongside) / len(alongside) > 2


# ---------------------------------------------------------------- wording


@pytest.mark.parametrize("code", ["he", "nb"])
def test_languages_have_the_same_pools(code: str) -> None:
    english, other = load("en"), load(code)
    assert set(other.pools) == set(english.pools)
    assert set(other.topics) == set(english.topics)
    for topic, kinds in english.topics.items():
        assert set(other.topics[topic]) == set(kinds)
        for kind, rows in kinds.items():
            assert {len(row) for row in rows} == {len(row) for row in other.topics[topic][kind]} or kind == "hand"


def test_grammar() -> None:
    text = render(
        "(a|a) <courtesy.thanks thanks{name}> [he/she] [@him/her] {Item}",
        dice=Dice(1),
        slots={"name": " Dana", "item": "lamp"},
        speaker="f",
        addressee="m",
        unusual=True,
    )
    plain, found = extract(text)
    assert plain == "a thanks Dana she him Lamp"
    assert [(act.label, plain[act.begin : act.end], act.unusual) for act in found] == [
        ("courtesy.thanks", "thanks Dana", True)
    ]


def test_grammar_refuses_what_it_cannot_read() -> None:
    with pytest.raises(KeyError, match="nobody"):
        render("{nobody}", dice=Dice(1), slots={})
    with pytest.raises((ValueError, IndexError)):
        render("(a|b", dice=Dice(1), slots={})
    with pytest.raises(ValueError, match="substring"):
        render("{item", dice=Dice(1), slots={})


def test_a_mark_cut_off_ends_with_the_text() -> None:
    text = mark("so sorry about that", "courtesy.apology")
    plain, found = extract(text[:9])
    assert plain == "so sorry"
    assert (found[0].begin, found[0].end) == (0, 8)


# ---------------------------------------------------------------- measuring


def _hits(*rows: tuple[str, int | None, str]) -> pl.DataFrame:
    schema = {"conversation": pl.String, "turn": pl.Int32, "behaviour": pl.String}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _truth(*rows: tuple[str, int, str, bool]) -> pl.DataFrame:
    full = [(c, t, "ann", b, 1.0, 0, 2, "hi", unusual, "en", "chat") for c, t, b, unusual in rows]
    return pl.DataFrame(full, schema=dict(sample.ACTS), orient="row")


def test_recall_against_truth_by_hand() -> None:
    truth = _truth(("a", 0, "x", False), ("a", 0, "x", True), ("a", 2, "x", True), ("b", 1, "x", False))
    hits = _hits(("a", 0, "x"), ("a", 0, "x"), ("b", 5, "x"), ("b", None, "x"), ("elsewhere", 0, "x"))
    row = sample.recall_against_truth(hits, truth).row(0, named=True)
    assert row == {
        "behaviour": "x",
        "planted": 3,
        "found": 1,
        "recall": pytest.approx(1 / 3),
        "unusual": 1,
        "unusual_recall": 0.0,
        "hits": 2,
        "precision": 0.5,
    }


def test_recall_against_truth_without_hits_or_truth() -> None:
    table = sample.recall_against_truth(_hits(), _truth(("a", 0, "x", False)))
    assert table.row(0, named=True)["recall"] == 0.0
    assert table.row(0, named=True)["precision"] is None
    assert sample.recall_against_truth(_hits(("a", 0, "x")), _truth()).is_empty()


def test_recall_against_truth_of_itself_is_one(acts: pl.DataFrame) -> None:
    table = sample.recall_against_truth(acts, acts, by=("language", "channel"))
    assert table["recall"].min() == table["precision"].min() == 1.0
    assert set(table["language"]) == {"en", "he", "nb"}


def test_agreement_with_truth_by_hand() -> None:
    drawn = pl.DataFrame(
        [("a", "ann", "x", 1, 2), ("b", "bob", "x", 3, 4), ("c", "cid", "x", 0, 2), ("c", "cid", "y", 1, 1)],
        schema=dict(sample.OCCASIONS),
        orient="row",
    )
    rows = [("ann", "x", True), ("ann", "x", False), ("bob", "x", True), ("cid", "x", False), ("dee", "x", True)]
    opportunities = pl.DataFrame(rows, schema=["person", "behaviour", "met"], orient="row")
    table = sample.agreement_with_truth(opportunities, drawn)
    assert table.height == 1
    row = table.row(0, named=True)
    # rates drawn .5, .75, 0 and detected .5, 1, 0 with weights 2, 4, 2: weighted means .5 and .625
    sxy = 2 * 0 * -0.125 + 4 * 0.25 * 0.375 + 2 * -0.5 * -0.625
    sxx, syy = 4 * 0.0625 + 2 * 0.25, 2 * 0.015625 + 4 * 0.140625 + 2 * 0.390625
    assert (row["people"], row["drawn_occasions"], row["opportunities"]) == (3, 8, 4)
    assert row["drawn_rate"] == 0.5
    assert row["correlation"] == pytest.approx(sxy / math.sqrt(sxx * syy))


def test_agreement_with_truth_of_equal_rates_is_not_known() -> None:
    drawn = pl.DataFrame(
        [(p, p, "x", 1, 3) for p in ("ann", "bob", "cid")], schema=dict(sample.OCCASIONS), orient="row"
    )
    rows = [("ann", "x", True), ("bob", "x", False), ("cid", "x", True)]
    opportunities = pl.DataFrame(rows, schema=["person", "behaviour", "met"], orient="row")
    assert sample.agreement_with_truth(opportunities, drawn)["correlation"].to_list() == [None]
    assert sample.agreement_with_truth(opportunities.clear(), drawn).is_empty()


def test_measure_runs_detection_over_the_sample(acts: pl.DataFrame) -> None:
    name = "courtesy.apology"
    apology = Behaviour(
        id=name,
        trait="considerate",
        sign="+",
        title={"en": "Apologizes"},
        advice={"en": ""},
        definition="",
        source="",
        needs=["text"],
        opportunity=Opportunity(occasion="conversation"),
        rule=Phrases(),
        phrases={"en": PhraseSet(match=["sorry (about|for)"])},
    )
    knowledge = Knowledge(
        clusters={}, traits={}, signals={}, behaviours={name: apology}, version="", files={}, folder=FOLDER
    )
    recall, agreement = sample.measure(knowledge)
    assert recall["behaviour"].unique().to_list() == [name]
    english = recall.filter(pl.col("language") == "en").row(0, named=True)
    planted = acts.filter((pl.col("behaviour") == name) & (pl.col("language") == "en"))
    said = planted.filter(pl.col("text").str.to_lowercase().str.contains(r"\bsorry (about|for)\b"))
    assert english["planted"] == planted.select("conversation", "turn").n_unique()
    # fillers and words said twice stand between, and are read past
    assert said.select("conversation", "turn").n_unique() <= english["found"] < english["planted"]
    assert english["precision"] > 0.95
    assert recall.filter(pl.col("language") == "nb")["recall"].to_list() == [0.0]
    assert agreement["people"].to_list() == [12]
    assert agreement["correlation"][0] > 0.3


def test_as_markdown() -> None:
    table = pl.DataFrame({"behaviour": ["x"], "planted": [3], "recall": [2 / 3], "precision": [None]})
    assert sample.as_markdown(table) == (
        "| behaviour | planted | recall | precision |\n|---|---|---|---|\n| x | 3 | 0.67 | – |"
    )
