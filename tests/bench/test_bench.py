"""The benchmark itself, on a few turns: what it runs is real, what it prints adds up, what is missing is said."""

from __future__ import annotations

import gzip
import json
import os
import sys
from pathlib import Path

import polars as pl
import pytest

from poise.pipeline import Project, analyze
from poise.validation.bench import main, prepare, run_peer, table
from poise.validation.measured import Run
from poise.validation.sample import paths


def conversation(number: int) -> dict[str, object]:
    said = [("customer", "hello my kettle leaks"), ("agent", "Good morning! I am sorry to hear that.")]
    return {"id": f"c{number}", "channel": "chat", "turns": [{"role": r, "text": t} for r, t in said]}


@pytest.fixture
def few(tmp_path: Path) -> Path:
    path = tmp_path / "few.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(conversation(i)) + "\n" for i in range(40))
    return path


def test_repeated_turns_are_other_conversations_of_named_agents(few: Path, tmp_path: Path) -> None:
    often = tmp_path / "often.jsonl.gz"
    assert prepare([few], often, times=3) == 240
    result = analyze(often, out=tmp_path / "out", workers=1, project=Project())
    assert result.run.counts["turns"] == 240 and result.conversations["conversation"].n_unique() == 120
    assert result.estimates["person"].n_unique() == 40
    assert result.hits.filter(pl.col("behaviour") == "courtesy.greeting").height == 120


def test_repeated_until_there_are_enough(few: Path, tmp_path: Path) -> None:
    assert prepare([few], tmp_path / "many.jsonl.gz", at_least=500) == 560


def test_names_that_are_there_stay(tmp_path: Path) -> None:
    out = tmp_path / "sample.jsonl.gz"
    prepare([paths()[0]], out)
    with gzip.open(paths()[0]) as before, gzip.open(out) as after:
        first, second = json.loads(next(before)), json.loads(next(after))
    assert second["people"] == first["people"] and second["turns"] == first["turns"]


def test_nothing_to_repeat(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(ValueError, match="no turns"):
        prepare([empty], tmp_path / "out.jsonl.gz")


def test_command_measures_and_writes(few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--workers", "1", "--times", "2", "--full-turns", "20"]
    code = main(["--data", str(few), "--out", str(tmp_path / "out"), *sizes])
    assert code == 0
    printed = capsys.readouterr().out
    assert "Poise, one process; 2 times the turns" in printed and "ConvoKit was not run" in printed
    assert "(aim ≥ 100,000: missed)" in printed  # starting up is all that eighty turns take
    written = json.loads((tmp_path / "out/bench.json").read_bytes())
    once, full, twice = written["runs"]
    assert full["what"] == "Poise, one process, full tier" and full["turns"] == 20
    assert (once["turns"], twice["turns"]) == (80, 160)
    assert once["turns_per_s"] == pytest.approx(80 / once["seconds"])
    assert once["whole_s"] > once["seconds"] > sum(once["stages"][s] for s in ("read", "detect"))
    assert 0 < once["cpu_s"] < 4 * once["whole_s"] * max(os.cpu_count() or 1, 1)
    assert once["peak_mb"] > 50  # Python with Polars and numpy is more than that
    assert (tmp_path / "out/bench.md").read_text() + "\n" in printed


def test_failures_are_told(few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = ["--data", str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "out")]
    assert main(missing) == 2 and "none.jsonl" in capsys.readouterr().err
    with pytest.raises(RuntimeError, match="ConvoKit"):
        run_peer(few, python=Path(sys.executable), script=tmp_path / "no_such_script.py", turns=5)


def test_table_reckons_ratio_and_growth() -> None:
    one = Run(what="Poise, 2 processes", turns=300_000, seconds=2.0, whole_s=3.0, peak_mb=400, cpu_s=5.0, load=0.5)
    peer = Run(what="ConvoKit", turns=5_000, seconds=20.0, whole_s=30.0, peak_mb=700, cpu_s=5.0, load=0.5)
    many = Run(
        what="Poise, 2 processes; 10 times",
        turns=3_000_000,
        seconds=20.0,
        whole_s=21.0,
        peak_mb=600,
        cpu_s=5.0,
        load=0.5,
    )
    page = table([one], peer, many)
    assert "150,000.00 (aim ≥ 100,000: met)" in page
    assert "times ConvoKit: 600.00 (aim ≥ 500: met)" in page
    assert "peak memory, 10 times the turns: 1.50 (aim ≤ 1.25: missed)" in page
