"""``poise panel`` from a CSV file to its tables and its page."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result

from poise.cli.panel import panel
from poise.estimation.rasch_panel import ADVICE, PanelError, judge_panel
from poise.reports.panel import ADVICE_WORDS


def _ratings(seed: int = 1, *, people: int = 40, raters: int = 5, severity: float = 1.0) -> pl.DataFrame:
    """A panel in which R0 is strict, R1 rates at random, and R2 rates everything alike."""
    random = np.random.default_rng(seed)
    ability = random.normal(size=people)
    strict = np.zeros(raters)
    strict[0] = severity
    rows = []
    for person in range(people):
        for rater in random.permutation(raters)[:3]:
            for item in range(4):
                true = 3 + ability[person] - strict[rater] + 0.3 * (item - 1.5)
                score = random.integers(1, 6) if rater == 1 else round(true + random.normal(0, 0.7))
                score = round(3 + 0.3 * (true - 3)) if rater == 2 else score
                at = f"2026-03-{1 + person // 8:02}T{8 + person % 8:02}:00:00Z"
                rows.append((f"P{person:02}", f"R{rater}", f"Q{item}", min(max(score, 1), 5), at, "ab"[person % 2]))
    return pl.DataFrame(rows, schema=["person", "rater", "item", "rating", "at", "group"], orient="row")


def _run(tmp_path: Path, table: pl.DataFrame | str, *more: str) -> Result:
    path = tmp_path / "ratings.csv"
    path.write_text(table if isinstance(table, str) else table.write_csv(), encoding="utf-8")
    return CliRunner().invoke(panel, [str(path), "--out", str(tmp_path / "out"), *more])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("panel")
    return folder / "out", _run(folder, _ratings())


def test_tables_and_page_are_written(done: tuple[Path, Result]) -> None:
    out, result = done
    assert result.exit_code == 0, result.output
    raters = pl.read_parquet(out / "raters.parquet")
    assert {"rater", "severity", "se", "infit", "outfit"} <= set(raters.columns)
    by_name = {row["rater"]: row for row in raters.to_dicts()}
    assert by_name["R0"]["severity"] == raters["severity"].max() and by_name["R0"]["advice"] == ["severe"]
    assert "noisy" in by_name["R1"]["advice"] and "muted" in by_name["R2"]["advice"]
    persons = pl.read_parquet(out / "persons.parquet")
    assert persons.height == 40 and persons["raters"].to_list() == [3] * 40
    assert ((persons["fair_low"] < persons["fair_average"]) & (persons["fair_average"] < persons["fair_high"])).all()
    assert pl.read_parquet(out / "items.parquet")["item"].to_list() == ["Q0", "Q1", "Q2", "Q3"]
    assert pl.read_parquet(out / "rejects.parquet").is_empty()
    assert "R1" in result.output and "alpha" in result.output


def test_the_page_says_what_to_do_and_needs_no_network(done: tuple[Path, Result]) -> None:
    page = (done[0] / "panel.html").read_text("utf-8")
    assert "Stricter than the panel" in page and "Ratings scatter more" in page
    assert "P00" in page and "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


@pytest.mark.parametrize(("language", "direction", "word"), [("he", "rtl", "מדרגים"), ("nb", "ltr", "Vurderere")])
def test_the_page_in_other_languages(tmp_path: Path, language: str, direction: str, word: str) -> None:
    assert _run(tmp_path, _ratings(people=20), "--language", language).exit_code == 0
    page = (tmp_path / "out/panel.html").read_text("utf-8")
    assert f'lang="{language}" dir="{direction}"' in page and word in page


def test_names_are_hostile(tmp_path: Path) -> None:
    table = _ratings(people=20).with_columns(rater=pl.col("rater").replace("R0", "[bold]<script>alert(1)</script>"))
    result = _run(tmp_path, table)
    page = (tmp_path / "out/panel.html").read_text("utf-8")
    assert result.exit_code == 0 and "<script" not in page and "&lt;script&gt;" in page


def test_bad_rows_are_named_and_strict_stops(tmp_path: Path) -> None:
    text = _ratings(people=20).write_csv() + "P00,R0,Q0,excellent,,\n"
    result = _run(tmp_path, text)
    assert result.exit_code == 0 and re.search(r"line 242, rating: no number", result.output)
    assert pl.read_parquet(tmp_path / "out/rejects.parquet")["field"].to_list() == ["rating"]
    assert "could not be read" in (tmp_path / "out/panel.html").read_text("utf-8")
    assert _run(tmp_path, text, "--strict").exit_code == 2


def test_a_panel_apart_says_who_must_rate_whom(tmp_path: Path) -> None:
    table = _ratings(people=20).with_columns(
        rater=pl.when(pl.col("person") < "P10").then(pl.lit("Ann")).otherwise(pl.lit("Bo"))
    )
    result = _run(tmp_path, table.unique(["person", "rater", "item"], maintain_order=True))
    assert result.exit_code == 2
    assert re.search(r"(Ann must rate P1\d|Bo must rate P0\d)", result.output)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person,rater,item,rating\n", "no ratings"),
        ("person,rater,item,rating\nA,B,Q,3\nC,B,Q,3\n", "all ratings are equal"),
        ("person,rater,rating\nA,B,3\n", "item: column is missing"),
    ],
)
def test_nothing_to_judge_is_said(tmp_path: Path, text: str, said: str) -> None:
    result = _run(tmp_path, text)
    assert result.exit_code == 2 and said in result.output


def test_an_unknown_language_is_refused_before_anything_is_fitted(tmp_path: Path) -> None:
    result = _run(tmp_path, _ratings(people=20), "--language", "xx")
    assert result.exit_code == 2 and "en, he, nb" in result.output


def test_partial_credit_has_steps_for_every_item(tmp_path: Path) -> None:
    assert _run(tmp_path, _ratings(), "--partial-credit").exit_code == 0
    assert pl.read_parquet(tmp_path / "out/thresholds.parquet")["item"].n_unique() == 4


def test_few_ratings_are_judged_without_falling_over() -> None:
    table = pl.DataFrame(
        {
            "person": ["A", "A", "B", "B"],
            "rater": ["X", "Y", "X", "Y"],
            "item": ["Q"] * 4,
            "rating": [1.0, 2.0, 4.0, 5.0],
        }
    ).with_columns(
        at=pl.lit(None, dtype=pl.Datetime("us", "UTC")),
        situation=pl.Series(["s", "s", "t", "t"]),
        group=pl.lit(None, dtype=pl.String),
    )
    with pytest.raises(PanelError, match="must rate"):
        judge_panel(table)  # each person in a situation of their own
    judged = judge_panel(table.with_columns(situation=pl.lit(None, dtype=pl.String)))
    assert judged.raters["advice"].to_list() == [["few"], ["few"]]
    assert judged.drift.is_empty() and judged.bias.is_empty() and judged.order is None
    assert judged.persons["measure"][1] > judged.persons["measure"][0]


def test_every_advice_has_words() -> None:
    assert set(ADVICE_WORDS) == set(ADVICE)


def test_the_same_ratings_make_the_same_page(tmp_path: Path) -> None:
    pages = []
    for place, table in enumerate((_ratings(people=20), _ratings(people=20).sample(fraction=1, shuffle=True, seed=3))):
        folder = tmp_path / str(place)
        folder.mkdir()
        _run(folder, table)
        pages.append(pl.read_parquet(folder / "out/persons.parquet"))
    assert np.allclose(pages[0]["measure"], pages[1]["measure"], atol=2e-3)
