"""Other programs on the same rows: what they answer for, and what is said where they are not there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from sklearn.metrics import roc_auc_score

from poise.cli.validating import validate
from poise.validation.accuracy import PEER
from poise.validation.metrics import Judged
from poise.validation.peers import POLITENESS, ConvoKit, Peers, Vader, find_peers

MADE = Path(__file__).parents[2] / ".bench/convokit/bin/python"
TEXTS = [
    "Could you please help me? Thank you so much!",
    "I am so sorry about that.",
    "hello there",
    "This is terrible and I hate it.",
    "",
    "The shop opens at nine.",
]
ROWS = [
    {"id": "1", "text": TEXTS[0], "emotions": ["gratitude"]},
    {"id": "2", "text": TEXTS[3], "emotions": ["anger"]},
    {"id": "3", "text": TEXTS[1], "emotions": ["remorse"]},
    {"id": "4", "text": TEXTS[5], "emotions": ["disapproval"]},
    {"id": "5", "text": TEXTS[2], "emotions": ["neutral"]},
]


def judged(target: str, texts: list[str], truth: list[bool]) -> Judged:
    n = len(texts)
    return Judged(
        target, "", np.arange(n), np.array(truth), ("f1", "auc"), np.zeros(n, bool), np.zeros(n, float), texts=texts
    )


@pytest.fixture(scope="module")
def convokit() -> Iterator[ConvoKit]:
    if not MADE.is_file():
        pytest.skip("bin/bench has not made ConvoKit's environment here")
    peer = ConvoKit(MADE)
    yield peer
    peer.close()


def test_vader_is_turned_towards_the_label() -> None:
    found, score = Vader().judge("goemotions_dev", "upset", TEXTS)
    assert found.tolist() == [False, True, False, True, False, False]  # to VADER, being sorry is negative too
    polite, compound = Vader().judge("politeness", "polite", TEXTS)
    assert compound.tolist() == (-score).tolist() and polite[0] and not polite[3]


def test_rows_are_the_same_and_only_the_findings_differ() -> None:
    given = judged("upset", TEXTS, [False, False, False, True, False, True])
    ((peer, theirs),) = Peers((Vader(),)).judge("goemotions_dev", given)
    assert peer.name == "VADER" and theirs.truth is given.truth and theirs.cluster is given.cluster
    assert theirs.score is not None and theirs.score.tolist() != given.score.tolist()  # type: ignore[union-attr]
    assert Peers((Vader(),)).judge("norec_sentence_dev", given) == []  # English only
    assert Peers((Vader(),)).judge("goemotions_dev", judged("caring", TEXTS, [False] * 6)) == []


def test_rows_without_words_are_asked_of_nobody() -> None:
    bare = Judged("upset", "", np.arange(2), np.array([True, False]), ("f1",), np.array([True, False]))
    assert Peers((Vader(),)).judge("goemotions_dev", bare) == []


def test_convokit_finds_the_strategies_it_is_known_for(convokit: ConvoKit) -> None:
    for dataset, target, expected in (
        ("goemotions_dev", "gratitude", [0]),
        ("goemotions_dev", "remorse", [1]),
        ("bt_oasis", "greet", [2]),
    ):
        found, _ = convokit.judge(dataset, target, TEXTS)
        assert np.flatnonzero(found).tolist() == expected
    _, polite = convokit.judge("politeness", "polite", TEXTS)
    assert polite[0] > polite[5] > polite[3]
    assert polite[2] == pytest.approx(POLITENESS["Indirect_(greeting)"]) and polite[4] == 0
    again, _ = convokit.judge("goemotions_dev", "gratitude", TEXTS[::-1])
    assert np.flatnonzero(again).tolist() == [5]


def test_interpreter_without_convokit_is_named_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"python.*does not run ConvoKit.*convokit"):
        ConvoKit(Path(sys.executable))
    broken = tmp_path / "python"
    broken.write_text("no program")
    with pytest.raises(ValueError, match="cannot be run"):
        ConvoKit(broken)
    absent = find_peers(made=tmp_path / "nothing")
    assert [line.split(":")[0] for line in absent.left_out] == ["ConvoKit"]
    assert find_peers(made=Path(sys.executable)).left_out[0].startswith("ConvoKit: left out, ")


def test_command_sets_peers_beside_its_own_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no environment of ConvoKit here
    (tmp_path / "data/open").mkdir(parents=True)
    (tmp_path / "data/open/goemotions_dev.jsonl").write_text("\n".join(json.dumps(row) for row in ROWS))
    run = CliRunner().invoke(validate, ["--data", "data", "--out", "out", "--tier", "fast"])
    assert run.exit_code == 0, run.output
    assert "ConvoKit: left out, no interpreter that has it was given" in run.output
    table = pl.read_parquet("out/accuracy.parquet").filter(pl.col("dataset") == "goemotions_dev")
    assert table.schema["peer"] == PEER
    rows = {(row["target"], row["metric"]): row["peer"] for row in table.to_dicts()}
    assert rows["gratitude", "f1"] == []
    ((auc,),) = [rows["upset", "auc"]]
    _, score = Vader().judge("goemotions_dev", "upset", [row["text"] for row in ROWS])
    assert auc["name"] == "VADER" and auc["value"] == pytest.approx(roc_auc_score([0, 1, 0, 1, 0], score))
    assert f"| VADER {auc['value']:.2f}".replace("0.", ".") in Path("out/accuracy.md").read_text()
    assert "VADER" in Path("out/accuracy.html").read_text()
    assert all("peer" not in row for row in json.loads(Path("out/accuracy.json").read_bytes()))
    wrong = CliRunner().invoke(
        validate, ["--data", "data", "--out", "other", "--peer-convokit", str(Path(sys.executable))]
    )
    assert wrong.exit_code == 2 and "does not run ConvoKit" in wrong.output.replace("\n", " ")
