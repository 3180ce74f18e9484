"""Nothing lost: a small round of the campaign that ``bin/bench lost`` runs with fifty kills."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_kills_of_server_and_worker_lose_nothing(database: str, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    options = ["--database", database, "--kills", "3", "--seed", "7", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "poise.app.benching", "lost", *options],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert out.exists(), done.stderr
    figures = json.loads(out.read_text())
    assert figures["wrong"] == [] and done.returncode == 0, done.stdout
    assert sum(figures["kills"].values()) == 3 and figures["database"] == database
    acknowledged = figures["acknowledged"]
    assert acknowledged["imports handed in"] and acknowledged["calls with conversations"], figures
    assert acknowledged["teams saved"] and acknowledged["names saved"], figures
    assert figures["conversations"] >= 20
