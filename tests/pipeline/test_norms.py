"""Norms and runs of the same tier of detectors."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise.estimation.norms import NormsError
from poise.model import Tier
from poise.pipeline.norms import norms_for, shipped_norms


@pytest.mark.parametrize("tier", ["fast", "full"])
def test_each_tier_has_norms_of_its_own(tier: Tier) -> None:
    assert shipped_norms(tier).tier == tier
    assert norms_for(None, tier) == shipped_norms(tier)


def test_norms_of_another_tier_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "norms.json"
    file.write_bytes(shipped_norms("fast").to_json())
    assert norms_for(file, "fast").version == shipped_norms("fast").version
    with pytest.raises(NormsError, match="fitted with detectors of the tier fast, this run uses full"):
        norms_for(file, "full")
