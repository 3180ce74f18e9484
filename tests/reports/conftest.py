"""A results folder that every report test reads, written once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import made_up_run

from poise.knowledge import Knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return made_up_run.knowledge()


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_run.write_results(tmp_path_factory.mktemp("results"))
