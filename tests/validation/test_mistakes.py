"""Pages of mistakes: the surest first, escaped, with their context, and never of sets kept back. Runs go on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from poise.cli.validating import validate
from poise.detection.detector import Detector
from poise.knowledge import Knowledge, load
from poise.validation.finished import Finished, SetFigures, fingerprint
from poise.validation.heard import Heard, tables_of
from poise.validation.metrics import Judged
from poise.validation.mistakes import MOST, Shown, find_mistakes, write_mistakes


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def heard(knowledge: Knowledge) -> Heard:
    talks = [
        (str(i), [("customer", f"first {i}"), ("agent", "a"), ("customer", "b"), ("customer", "c"), ("agent", text)])
        for i, text in enumerate(
            [f"Thank you <b>so</b> much! {i}" for i in range(30)] + [f"We open at {i}." for i in range(30)]
        )
    ]
    return Heard(Detector(knowledge), tables_of(talks))


def judged(heard: Heard, truth: np.ndarray, **more: object) -> Judged:  # type: ignore[type-arg]
    rows = np.arange(60) * 5 + 4
    given = {"metrics": ("f1",), "shown": Shown(heard, rows, ("courtesy.thanks",)), **more}
    return Judged("thanks", "courtesy.thanks", np.arange(60), truth, **given)  # type: ignore[arg-type]


def test_the_surest_twenty_of_each_kind(heard: Heard) -> None:
    truth = np.arange(60) % 2 == 0
    found = np.arange(60) < 30
    score = np.linspace(1, 0, 60)
    page = find_mistakes("set", judged(heard, truth, found=found, score=score), tier="fast")
    assert page is not None and (page.false_hits, page.misses) == (15, 15) and len(page.shown) == 30
    false = [one for one in page.shown if one.kind == "false hit"]
    assert [one.score for one in false] == sorted((s for s in score[found & ~truth]), reverse=True)
    missed = [one for one in page.shown if one.kind == "miss"]
    assert [one.score for one in missed] == sorted(score[~found & truth])
    assert false[0].before == [("agent", "a"), ("customer", "b"), ("customer", "c")]
    assert false[0].label == "no" and false[0].why[0].startswith("courtesy.thanks, ")
    (begin, end), *_ = false[0].marked
    assert false[0].text[begin:end] == "Thank you"
    every = find_mistakes("set", judged(heard, np.zeros(60, bool), found=np.ones(60, bool)), tier="fast")
    assert every is not None and every.false_hits == 60 and len(every.shown) == MOST


def test_of_graded_targets_those_that_are_ranked_wrongest(heard: Heard) -> None:
    truth, score = np.arange(60.0), np.arange(60.0)
    score[7], score[50] = 100, -100
    page = find_mistakes("set", judged(heard, truth, score=score, metrics=("spearman",)), tier="fast")
    assert page is not None
    high, low = ([one for one in page.shown if one.kind == kind] for kind in ("too high", "too low"))
    assert high[0].label == "7.00" and low[0].label == "50.00"


def test_no_page_without_words_or_without_a_yes(heard: Heard) -> None:
    truth = np.ones(60, bool)
    assert find_mistakes("set", judged(heard, truth, found=truth, shown=None), tier="fast") is None
    assert find_mistakes("set", judged(heard, truth, score=np.ones(60), metrics=("auc",)), tier="fast") is None


def test_pages_escape_what_people_wrote(heard: Heard, tmp_path: Path) -> None:
    page = find_mistakes("a/b", judged(heard, np.zeros(60, bool), found=np.arange(60) < 2), tier="fast")
    assert page is not None
    index = write_mistakes([page], tmp_path / "errors", knowledge="v1")
    html = (index.parent / "a-b-thanks.html").read_text()
    assert "<b>so</b>" not in html and "&lt;b&gt;so&lt;/b&gt;" in html and "<mark>Thank you</mark>" in html
    assert html.count('<blockquote dir="auto" lang="en">') == 2 and 'class="before" dir="auto"' in html
    assert 'href="a-b-thanks.html"' in index.read_text() and "http" not in html


ROW = {"id": "chat<TURN>1", "text": "the cable plan of the other company", "intent": "thankyou"}
KEPT_BACK = {
    "id": "7",
    "turns": [{"role": "agent", "text": "words that nobody may read while rules are made", "act": "thank"}],
}


def test_pages_are_of_open_sets_only(tmp_path: Path) -> None:
    for folder, name, row in (("open", "multidogo_dev", ROW), ("evaluation", "bt_oasis", KEPT_BACK)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.jsonl").write_text(json.dumps(row))
    out, pages = tmp_path / "out", tmp_path / "pages"
    run = CliRunner().invoke(
        validate, ["--data", str(tmp_path), "--out", str(out), "--errors", str(pages), "--tier", "fast"]
    )
    assert run.exit_code == 0, run.output
    assert ROW["text"] in (pages / "multidogo_dev-thankyou.html").read_text().replace("<mark>", "").replace(
        "</mark>", ""
    )
    assert not list(pages.glob("bt_oasis*")) and not (out / "errors").exists()
    said = b"".join(path.read_bytes() for path in [*out.rglob("*"), *pages.rglob("*")] if path.is_file())
    assert b"words that nobody may read" not in said


# ---------------------------------------------------------------- finished sets


LABELS = "conversation,turn,role,language,text,courtesy.thanks\nA,1,agent,en,Thank you!,yes\n"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "mine.csv").write_text(LABELS)
    return folder


def test_a_run_goes_on_where_another_stopped(labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["--labels", str(labels), "--out", str(out), "--tier", "fast"]

    def run(*more: str) -> int:
        done = CliRunner().invoke(validate, [*command, *more])
        assert done.exit_code == 0, done.output
        return json.loads((out / "accuracy.json").read_bytes())[0]["n"]  # type: ignore[no-any-return]

    assert run() == 1
    first = (out / "accuracy.json").read_bytes()
    kept = out / ".finished" / "labels-mine.json"
    changed = msgspec.json.decode(kept.read_bytes())
    changed["measured"]["figures"][0]["n"] = 4711
    kept.write_bytes(msgspec.json.encode(changed))
    assert run() == 4711  # taken as it was kept
    assert run("--fresh") == 1 and (out / "accuracy.json").read_bytes() == first
    kept.write_bytes(msgspec.json.encode(changed))
    (labels / "mine.csv").write_text(LABELS + "B,1,agent,en,Hello.,no\n")
    assert run() == 2  # other data


def test_a_run_that_is_stopped_keeps_what_it_has_finished(labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["poise", "validate", "--labels", str(labels), "--out", str(out), "--tier", "fast"]
    with subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if "sentences/en" in line:
                run.send_signal(signal.SIGINT)
                break
        said = run.stderr.read()
    assert run.returncode == 130 and "stopped; run it again" in said
    assert (out / ".finished" / "labels-mine.json").is_file() and not (out / "accuracy.json").exists()


def test_what_is_cut_off_or_of_another_version_is_measured_again(tmp_path: Path) -> None:
    finished = Finished(tmp_path)
    finished.put("a/b", "key", SetFigures([{"dataset": "a/b"}], []))
    found = finished.get("a/b", "key")
    assert found is not None and found.figures == [{"dataset": "a/b"}]
    assert finished.get("a/b", "other") is None and finished.get("c", "key") is None
    path = next((tmp_path / ".finished").iterdir())
    path.write_bytes(path.read_bytes()[:-5])
    assert finished.get("a/b", "key") is None


def test_fingerprints_tell_data_and_versions_apart(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    prints = [
        fingerprint("k", "fast"),
        fingerprint("k", "full"),
        fingerprint("k", data=[one]),
        fingerprint("k", data=[two]),
    ]
    assert len(set(prints)) == 4 and prints[2] == fingerprint("k", data=[one])
