"""Figures against other programs' and by hand; the command on small sets of its own; the table in the docs."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from poise.cli.validating import validate
from poise.detection.detector import Detector
from poise.knowledge import load
from poise.validation.accuracy import ACCURACY, measure_accuracy
from poise.validation.accuracy_page import BEGIN, END, embed, to_html, to_markdown
from poise.validation.compared import COMPARED
from poise.validation.heard import Heard, tables_of
from poise.validation.metrics import Judged, figures
from poise.validation.peers import Peers, Vader
from poise.validation.sets import SETS
from poise.validation.sets.rows import read_rows

pytestmark = pytest.mark.longest
DOCS = Path(__file__).parents[2] / "docs/method/accuracy.md"

# ---------------------------------------------------------------- figures


def judged(**more: object) -> Judged:
    given: dict[str, object] = {"target": "t", "ours": "", "metrics": ("precision", "recall", "f1", "accuracy")}
    return Judged(**{**given, **more})  # type: ignore[arg-type]


def test_counts_by_hand() -> None:
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 0], bool)
    found = np.array([1, 1, 0, 1, 0, 0, 0, 0], bool)
    values = [f.value for f in figures(judged(cluster=np.arange(8), truth=truth, found=found))]
    assert values == pytest.approx([2 / 3, 2 / 3, 2 / 3, 6 / 8])


@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.booleans()), min_size=4, max_size=40),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40)
def test_resamples_are_what_repeating_the_rows_gives(rows: list[tuple[int, int, bool]], seed: int) -> None:
    """Each resample's AUC and Spearman equal those of the rows, repeated as often as their conversation was drawn."""
    score, cluster, label = (np.array(column) for column in zip(*rows, strict=True))
    _, code = np.unique(cluster, return_inverse=True)
    n = code.max() + 1
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=20)
    aucs, rhos = [], []
    for times in draws:
        again = np.repeat(np.arange(len(rows)), times[code])
        x, y = score[again].astype(float), label[again].astype(float)
        up, down = x[y == 1], x[y == 0]
        if len(up) and len(down):
            wins = (up[:, None] > down).mean() + (up[:, None] == down).mean() / 2
            aucs.append(wins)
        if len(again) and np.ptp(x) and np.ptp(y):
            rhos.append(spearmanr(x, y).statistic)
    given = judged(cluster=cluster, truth=label.astype(bool), score=score.astype(float), metrics=("auc", "spearman"))
    auc, rho = figures(given, resamples=20, seed=seed)
    for got, expected in ((auc, aucs), (rho, rhos)):
        if n > 1 and len(expected) >= 10 and got.value is not None:
            assert [got.low, got.high] == pytest.approx(list(np.quantile(expected, [0.025, 0.975])))


def test_interval_knows_that_turns_of_one_conversation_are_alike() -> None:
    # 20 conversations of 50 turns: all found or none
    truth = np.ones(1000, bool)
    found = np.repeat(np.arange(20) % 2 == 0, 50)
    whole, single = (
        figures(judged(cluster=c, truth=truth, found=found, metrics=("recall",)))[0]
        for c in (np.repeat(np.arange(20), 50), np.arange(1000))
    )
    assert whole.value == single.value == 0.5
    assert whole.high - whole.low > 5 * (single.high - single.low)  # type: ignore[operator]
    # the mean of 20 draws: a standard error of .5 / sqrt(20)
    assert whole.high - whole.low == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(20), abs=0.06)  # type: ignore[operator]


def test_undefined_is_no_zero() -> None:
    nothing = np.zeros(5, bool)
    for figure in figures(judged(cluster=np.arange(5), truth=nothing, found=nothing, metrics=("precision", "f1"))):
        assert (figure.value, figure.low, figure.high) == (None, None, None)
    empty = judged(cluster=np.zeros(0, np.int64), truth=np.zeros(0, bool), score=np.zeros(0), metrics=("auc",))
    assert figures(empty)[0].value is None
    one = figures(judged(cluster=np.zeros(4, np.int64), truth=np.array([1, 0, 1, 0], bool), found=~nothing[:4]))
    assert one[0].value == 0.5 and one[0].low is None  # one conversation has no spread


def test_same_seed_same_figures_and_order_of_rows_does_not_matter() -> None:
    random = np.random.default_rng(3)
    cluster, truth, score = random.integers(0, 9, 60), random.random(60) < 0.4, random.random(60)
    order = random.permutation(60)
    first, second = (
        figures(judged(cluster=cluster[o], truth=truth[o], score=score[o], metrics=("auc", "spearman")))
        for o in (np.arange(60), order)
    )
    for a, b in zip(first, second, strict=True):
        assert [a.value, a.low, a.high] == pytest.approx([b.value, b.low, b.high])


# ---------------------------------------------------------------- what is heard


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(load())


def test_acts_count_wherever_they_stand(detector: Detector) -> None:
    heard = Heard(
        detector,
        tables_of(
            [
                (
                    "a",
                    [("customer", "it broke"), ("agent", "one moment"), ("customer", "ok"), ("agent", "hello there")],
                ),
                ("b", [("agent", "what is your name"), ("customer", "hello")]),
            ]
        ),
    )
    assert heard.has("courtesy.greeting").tolist() == [False, False, False, True, False, False]
    assert heard.has("courtesy.greeting", begins=frozenset({"good"})).sum() == 0
    assert heard.has("courtesy.greeting", never_begins=frozenset({"hello"})).sum() == 0
    assert heard.has("courtesy.greeting", besides=["courtesy.greeting"]).sum() == 0
    assert not heard.has("courtesy.greeting")[5]  # the customer's own


def test_receptiveness_is_the_published_sum(detector: Detector) -> None:
    texts = ["We sell lamps.", "I understand your point, and I agree.", "No, you are wrong, it does not."]
    heard = Heard(detector, tables_of((str(i), [("agent", text)]) for i, text in enumerate(texts)))
    score = heard.receptiveness("debate.receptive")
    assert score[0] == pytest.approx(-0.2503)
    assert score[1] > score[0] > score[2]


# ---------------------------------------------------------------- the command

GIVEN = [
    {"id": "1", "text": "Thank you so much for this!", "emotions": ["gratitude"]},
    {"id": "2", "text": "thanks for nothing, this is terrible", "emotions": ["annoyance"]},
    {"id": "3", "text": "I am so sorry, my mistake.", "emotions": ["remorse"]},
    {"id": "4", "text": "The shop opens at nine.", "emotions": ["neutral"]},
]


@pytest.fixture
def small(tmp_path: Path) -> Callable[[list[object]], Path]:
    def write(rows: list[object]) -> Path:
        (tmp_path / "data/open").mkdir(parents=True, exist_ok=True)
        with gzip.open(tmp_path / "data/open/goemotions_dev.jsonl.gz", "wt") as file:
            file.write("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
        return tmp_path / "data"

    return write


def test_command_writes_the_promised_files(small: Callable[[list[object]], Path], tmp_path: Path) -> None:
    docs = tmp_path / "page.md"
    docs.write_text(f"# Title\n{BEGIN}\nold\n{END}\nafter\n")
    out = tmp_path / "out"
    run = CliRunner().invoke(
        validate, ["--data", str(small(GIVEN)), "--out", str(out), "--docs", str(docs), "--tier", "fast"]
    )
    assert run.exit_code == 0, run.output
    assert "bt_oasis: left out" in run.output
    figures = json.loads((out / "accuracy.json").read_bytes())
    keys = {"dataset", "target", "metric", "value", "low", "high", "n", "base_rate", "tier"}
    assert all(set(row) == keys for row in figures)
    found = {(row["target"], row["metric"]): row for row in figures if row["dataset"] == "goemotions_dev"}
    assert found["gratitude", "f1"]["value"] == 1.0 and found["gratitude", "f1"]["n"] == 4
    assert found["gratitude", "f1"]["base_rate"] == 0.25 and found["remorse", "recall"]["value"] == 1.0
    assert found["caring", "recall"]["value"] is None  # nobody cared: undefined, not zero
    assert found["upset", "auc"]["tier"] == "fast"
    table = pl.read_parquet(out / "accuracy.parquet")
    assert dict(table.schema) == dict(ACCURACY) and table["knowledge"].unique().to_list() == [load().version]
    markdown = (out / "accuracy.md").read_text()
    assert "| goemotions_dev | gratitude | 4 | 25.0% | F1 | **1.00** |" in markdown and "casino" in markdown
    assert docs.read_text() == f"# Title\n{BEGIN}\n{markdown}{END}\nafter\n"
    page = (out / "accuracy.html").read_text()
    assert "<td>gratitude</td>" in page and "http" not in page.replace("http-equiv", "")


def test_a_full_run_says_what_the_fast_tier_reaches_on_the_same_rows() -> None:
    fast, full = (measure_accuracy(knowledge=load(), tier=tier) for tier in ("fast", "full"))  # on the test sentences
    key = ["dataset", "target", "metric"]
    both = full.table.select(*key, "value", "fast", "loss").join(fast.table.select(*key, reached="value"), on=key)
    assert len(both) == len(full.table) == len(fast.table)
    assert both["fast"].is_null().equals(both["reached"].is_null())
    assert both["fast"].drop_nulls().to_list() == pytest.approx(both["reached"].drop_nulls().to_list())
    assert fast.table["fast"].null_count() == len(fast.table)
    told = both.drop_nulls(["value", "fast"])
    assert told["loss"].to_list() == pytest.approx((told["value"] - told["fast"]).to_list())
    assert "| fast tier |" in to_markdown(full) and "| fast tier |" not in to_markdown(fast)
    assert '<th scope="col">fast tier</th>' in to_html(full) and b"loss" not in full.to_json()
    assert ", fast ." in to_markdown(full) and ", fast ." not in to_markdown(fast)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*GIVEN, "{broken"], "goemotions_dev.jsonl.gz, line 5"),
        ([{"id": "1", "emotions": []}], "'text'"),
        ([{"id": "1", "text": "hi", "emotions": None}], "goemotions_dev.jsonl.gz"),
    ],
)
def test_sets_that_cannot_be_read_are_named(
    small: Callable[[list[object]], Path], tmp_path: Path, rows: list[object], said: str
) -> None:
    run = CliRunner().invoke(validate, ["--data", str(small(rows)), "--out", str(tmp_path / "out"), "--tier", "fast"])
    assert run.exit_code == 2 and said in run.output.replace("\n", "")
    assert not (tmp_path / "out").exists()


def test_no_set_at_all_is_an_error(tmp_path: Path) -> None:
    run = CliRunner().invoke(validate, ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--tier", "fast"])
    assert run.exit_code == 2 and "no labelled set" in run.output


def test_a_document_without_markers_is_refused_first(small: Callable[[list[object]], Path], tmp_path: Path) -> None:
    docs = tmp_path / "page.md"
    docs.write_text("# Title\n")
    run = CliRunner().invoke(
        validate, ["--data", str(small(GIVEN)), "--out", str(tmp_path / "o"), "--docs", str(docs), "--tier", "fast"]
    )
    assert run.exit_code == 2 and "to put the table between" in run.output and not (tmp_path / "o").exists()


def test_every_aim_names_a_figure_that_some_set_gives() -> None:
    sets = {dataset.split("/")[0] for dataset, _, _ in COMPARED}
    assert sets <= set(SETS)


# ---------------------------------------------------------------- real sets


_FIGURE = r"(?<![\w.])-?\.\d\d(?!\d)"


@pytest.fixture(scope="module")
def measured(shared: Path) -> object:
    return measure_accuracy(shared / "data", knowledge=load(), tier="full", peers=Peers((Vader(),)))


def test_docs_carry_the_table_that_the_command_writes(measured, shared: Path) -> None:  # type: ignore[no-untyped-def]
    document = DOCS.read_text(encoding="utf-8")
    assert measured.absent == []

    def apart(text: str) -> tuple[list[str], list[float]]:
        """Return what a table says, and its figures."""
        # versions say only when they were measured last; ConvoKit has an environment of its own, and takes minutes
        lines = [line for line in text.splitlines() if not line.startswith(("Knowledge ", "Peers, "))]
        plain = [re.sub(r"(?:; )?ConvoKit -?[.\d]+ \([^)]*\)|(?<=\| )–(?= \|)", "", line) for line in lines]
        table = "\n".join(re.sub(r"\bmet\b|\*\*missed\*\*", "", line) for line in plain)
        return re.split(_FIGURE, table), [float(figure) for figure in re.findall(_FIGURE, table)]

    words, figures = apart(document)
    words_now, figures_now = apart(embed(document, to_markdown(measured)))
    advice = "run: poise validate --data ../shared/data --out out --docs docs/method/accuracy.md, and read what changed"
    assert words_now == words, advice
    # int8 products differ between processors in their last bits, and a figure may round to the next hundredth
    assert np.allclose(figures_now, figures, rtol=0, atol=0.0151), advice


def test_docs_say_something_about_every_row(measured) -> None:  # type: ignore[no-untyped-def]
    document = DOCS.read_text(encoding="utf-8")
    said = document.partition(END)[2]
    for dataset, target in measured.table.select("dataset", "target").unique().rows():
        assert f"**{dataset}, {target}**" in said or f"**{dataset}**" in said, (dataset, target)


def test_every_aim_is_in_the_table(measured) -> None:  # type: ignore[no-untyped-def]
    keys = set(measured.table.select("dataset", "target", "metric").rows())
    assert set(COMPARED) <= keys
    page = to_html(measured)
    assert all(f"<td>{target}</td>" in page for _, target, _ in COMPARED)


def test_rows_of_evaluation_are_never_shown(measured, shared: Path) -> None:  # type: ignore[no-untyped-def]
    written = to_markdown(measured) + to_html(measured) + msgspec.json.encode(measured.table.to_dicts()).decode()
    for name, (folder, _) in SETS.items():
        if folder != "evaluation":
            continue
        rows = read_rows(shared / f"data/evaluation/{name}.jsonl.gz")
        texts = {t["text"] for r in rows for t in r.get("turns", r.get("segments", [r]))}
        assert not [text for text in texts if len(text) > 25 and text in written]
