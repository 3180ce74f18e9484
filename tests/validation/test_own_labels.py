"""A user's own labels: the worked example of the documentation, and what is said about files that are wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from poise.cli.validating import validate
from poise.detection.detector import Detector
from poise.knowledge import Knowledge, load
from poise.validation.metrics import figures
from poise.validation.sets.labelled import judge_turns
from poise.validation.sets.own import read_own_labels

GUIDE = Path(__file__).parents[2] / "docs/how-to/measure-on-your-own-labels.md"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


def written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_worked_example_gives_the_rows_that_the_guide_shows(tmp_path: Path) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    files = dict(re.findall(r"```(?:csv|json) (\S+)\n(.*?)```", guide, re.S))
    assert set(files) == {"may.csv", "june.jsonl", "july-conversations.jsonl", "july.csv"}
    labels = written(tmp_path / "labels", files)
    out = tmp_path / "measured"
    run = CliRunner().invoke(validate, ["--labels", str(labels), "--out", str(out), "--tier", "fast"])
    assert run.exit_code == 0, run.output
    rows = {
        (row["dataset"], row["target"], row["metric"]): row for row in json.loads((out / "accuracy.json").read_bytes())
    }
    metrics = {"F1": "f1", "macro F1": "macro_f1"}
    shown = re.findall(r"^\| (labels/\S+) \| (\S+) \| (\d+) \| ([\d.]+)% \| ([^|]+) \| ([\d.]+) \|", guide, re.M)
    assert len(shown) == 4
    for dataset, target, n, base, measure, value in shown:
        row = rows[dataset, target, metrics[measure]]
        assert (row["n"], f"{row['base_rate']:.1%}") == (int(n), f"{base}%")
        assert row["value"] == pytest.approx(float(value)), (target, "the guide shows another figure")
    assert rows["labels/june", "courtesy.thanks", "recall"]["value"] is None  # nobody thanked: undefined, no zero
    assert rows["labels/june", "customer.greeting", "f1"]["n"] == 1
    assert rows["labels/july", "courtesy.apology", "f1"]["value"] == 1.0
    assert (out / "errors" / "index.html").is_file()


def test_turns_are_judged_in_their_order_whatever_the_order_of_rows(knowledge: Knowledge, tmp_path: Path) -> None:
    head = "conversation,turn,role,language,text,debate.contest\n"
    claim, contest = "A,1,customer,en,You charged me twice.,\n", 'A,2,agent,en,"No, that is not true.",yes\n'
    detector = Detector(knowledge)
    for number, rows in enumerate((claim + contest, contest + claim)):
        one = read_own_labels(written(tmp_path / str(number), {"a.csv": head + rows}), knowledge)["labels/a"]
        judged = {judged.target: judged for _, judged in judge_turns("a", one, detector)}["debate.contest"]
        assert judged.found is not None and judged.found.tolist() == [True]


def test_what_nobody_judged_does_not_count(knowledge: Knowledge, tmp_path: Path) -> None:
    rows = "conversation;turn;role;language;text;courtesy.thanks;courtesy.apology\n" + "".join(
        f"{talk};{turn};agent;en;{text};{thanks};{sorry}\n"
        for talk, turn, text, thanks, sorry in (
            ("a", 1, "Thank you!", "yes", ""),
            ("b", 1, "Thank you!", "", "no"),
            ("c", 1, "I am sorry.", "no", ""),
            ("d", 1, "I am sorry.", "ja", "כן"),
        )
    )
    one = read_own_labels(written(tmp_path, {"a.csv": rows}), knowledge)["labels/a"]
    found = {judged.target: judged for _, judged in judge_turns("labels/a", one, Detector(knowledge))}
    assert len(found["courtesy.thanks"].truth) == 3 and len(found["courtesy.apology"].truth) == 2
    precision, recall, _ = figures(found["courtesy.thanks"])
    assert (precision.value, recall.value) == (1.0, 0.5)
    # the mean: 2/3 for thanks, 1 for apologies; the thanks and the apology that nobody judged are no false hits
    assert figures(found["all"])[0].value == pytest.approx((2 / 3 + 1) / 2)


def test_languages_get_rows_of_their_own(knowledge: Knowledge, tmp_path: Path) -> None:
    rows = "conversation,turn,role,language,text,courtesy.thanks\na,1,agent,he,תודה רבה,yes\nb,1,agent,no,Takk,yes\n"
    assert list(read_own_labels(written(tmp_path, {"mixed.csv": rows}), knowledge)) == [
        "labels/mixed/he",
        "labels/mixed/nb",
    ]


TURNS = '{"id": "A", "turns": [{"role": "customer", "text": "hi"}, {"role": "agent", "text": "thanks"}]}\n'
HEAD = "conversation,turn,role,language,text,courtesy.thanks\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, ["no file of labels", "measure-on-your-own-labels"]),
        ({"a.csv": ""}, ["a.csv, line 1: conversation: no such column"]),
        ({"a.csv": HEAD}, ["a.csv, line 1: no rows"]),
        ({"a.csv": HEAD + "A,one,agent,en,hi,yes\n"}, ["a.csv, line 2: turn: ", "whole number"]),
        ({"a.csv": HEAD + "A,1,boss,en,hi,yes\n"}, ["line 2: role: 'boss' is no role", "Write one of agent"]),
        ({"a.csv": HEAD + "A,1,agent,en,hi,maybe\n"}, ["line 2: courtesy.thanks: 'maybe' is neither yes nor no"]),
        ({"a.csv": HEAD + "A,1,customer,en,hi,yes\n"}, ["line 2: courtesy.thanks: yes on a turn of the role customer"]),
        ({"a.csv": HEAD + "A,1,agent,en,hi\n"}, ["line 2: 5 cells where the first line has 6", "double quotes"]),
        (
            {"a.csv": HEAD + "A,1,agent,en,hi,yes\nA,1,agent,en,ho,no\n"},
            ["line 3: turn: turn 1 of 'A' stands on line 2"],
        ),
        ({"a.csv": HEAD + "A,1,agent,,hi,yes\n"}, ["line 2: language: missing", "Write en, he, nb"]),
        ({"a.csv": HEAD + "A,1,agent,de,hi,yes\n"}, ["line 2: language: 'de' has no rules"]),
        ({"a.csv": HEAD + "A,1,agent,en,hi,\n"}, ["no turn is labelled"]),
        (
            {"a.csv": HEAD.replace("thanks", "thank") + "A,1,agent,en,hi,yes\n"},
            ["line 2: courtesy.thank: no such behaviour or signal", "poise knowledge show"],
        ),
        (
            {"a.csv": HEAD.replace("courtesy.thanks", "clarity.plain") + "A,1,agent,en,hi,yes\n"},
            ["clarity.plain: is not said in a turn"],
        ),
        ({"a.csv": HEAD.replace("role", "turn") + "A,1,1,en,hi,yes\n"}, ["line 1: turn: column stands twice"]),
        ({"a.jsonl": '{"conversation": "A"}\n'}, ["a.jsonl, line 1: turn: missing"]),
        ({"a.jsonl": '{"conversation": "A", "turn": 1, "txt": "x"}\n'}, ["line 1: ", "txt"]),
        ({"a.jsonl": '\n{"conversation":\n'}, ["a.jsonl, line 2: "]),
        (
            {"a.jsonl": '{"conversation": "A", "turn": 5, "labels": {"courtesy.thanks": true}}', "c.jsonl": TURNS},
            ["no turn 5"],
        ),
        (
            {"a.jsonl": '{"conversation": "B", "turn": 1, "labels": {"courtesy.thanks": true}}', "c.jsonl": TURNS},
            ["'B' is in no"],
        ),
        (
            {
                "a.jsonl": '{"conversation": "A", "turn": 1, "labels": {"courtesy.thanks": true}}\n' * 2,
                "c.jsonl": TURNS,
            },
            ["line 2: turn: labelled on line 1 already"],
        ),
        (
            {
                "a.jsonl": '{"conversation": "A", "turn": 1, "labels": {"courtesy.thanks": true}}',
                "c.jsonl": TURNS,
                "d.jsonl": TURNS,
            },
            ["'A' stands in two files"],
        ),
        ({"a.jsonl": "{}", "c.jsonl": TURNS + '{"id": "B", "turns": 3}\n'}, ["c.jsonl, line 2: turns: "]),
    ],
)
def test_what_is_wrong_is_said_with_file_line_field_and_remedy(
    knowledge: Knowledge, tmp_path: Path, files: dict[str, str], said: list[str]
) -> None:
    with pytest.raises(ValueError) as caught:
        read_own_labels(written(tmp_path, files), knowledge)
    for part in said:
        assert part in str(caught.value)


def test_text_that_is_no_utf8_is_named(knowledge: Knowledge, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("conversation,turn,text\nA,1,på\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"a\.csv: not UTF-8"):
        read_own_labels(tmp_path, knowledge)


def test_problems_are_said_at_once_and_bounded(knowledge: Knowledge, tmp_path: Path) -> None:
    rows = HEAD + "".join(f"A,{i},boss,en,hi,yes\n" for i in range(30))
    with pytest.raises(ValueError, match="… and 10 more") as caught:
        read_own_labels(written(tmp_path, {"a.csv": rows}), knowledge)
    assert str(caught.value).count("is no role") == 20


def test_labels_within_the_folder_of_data_are_found(tmp_path: Path) -> None:
    written(tmp_path / "labels", {"mine.csv": HEAD + "A,1,agent,en,Thank you!,yes\nB,1,agent,en,Hello.,no\n"})
    run = CliRunner().invoke(validate, ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--tier", "fast"])
    assert run.exit_code == 0, run.output
    rows = json.loads((tmp_path / "out/accuracy.json").read_bytes())
    assert [row["value"] for row in rows if row["dataset"] == "labels/mine" and row["metric"] == "f1"] == [1.0]
    assert np.all([row["tier"] for row in rows])
