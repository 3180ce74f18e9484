"""The benchmark of panels on a small one: what it runs is real, and what does not finish is said."""

import json
import sys
from pathlib import Path

import pytest

from poise.validation.panel_bench import Fitted, draw, growth, main, measure


def test_a_panel_is_fitted_in_a_process_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--ratings", "2000", "--raters", "8", "--json", str(tmp_path / "found.json")]) == 0
    (found,) = json.loads((tmp_path / "found.json").read_text())
    assert found["ratings"] == 2000 and found["converged"] and found["severity_r"] > 0.9
    assert 0 < found["seconds"] < 60 and found["peak_mib"] > 20
    assert "2,000" in capsys.readouterr().out


def test_a_peer_that_fails_or_takes_too_long_is_said(tmp_path: Path) -> None:
    path = tmp_path / "panel.npz"
    assert draw(20, 4, path) == 20 * 4 * 10
    broken = measure("peer", [sys.executable, "-c", "raise SystemExit('no')"], path, persons=20, raters=4, limit=30)
    assert broken.seconds is None and broken.problem == "no"
    slow = measure("peer", [sys.executable, "-c", "import time; time.sleep(9)"], path, persons=20, raters=4, limit=0.2)
    assert slow.seconds is None and "stopped" in slow.problem


def test_growth_is_the_exponent() -> None:
    fits = [Fitted("poise", n, 1, 1, n / 1000, 1.0, 1.0, 0.0, True) for n in (1000, 10_000, 100_000)]
    assert growth(fits) == pytest.approx(1)
    assert growth(fits[:1]) != growth(fits[:1]), "one size says nothing"


@pytest.mark.slow
def test_a_million_ratings_within_the_promise(tmp_path: Path) -> None:
    """20,000 people, 200 raters, 10 items: under 30 s and 2 GiB; linear growth from ten thousand."""
    assert main(["--ratings", "10000", "100000", "1000000", "--json", str(tmp_path / "found.json")]) == 0
    found = [Fitted(**one) for one in json.loads((tmp_path / "found.json").read_text())]
    assert found[-1].persons == 20_000 and found[-1].seconds is not None and found[-1].peak_mib is not None
    assert found[-1].seconds < 30 and found[-1].peak_mib < 2048
    assert growth(found) < 1.15
