"""Published values of Jain's fairness index (Jain, Chiu and Hawe 1984)."""

from __future__ import annotations

import math

import pytest

from poise.detection.clocks import jain


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 1, 1, 1], 1.0),
        ([1, 0, 0, 0], 0.25),
        ([10, 20, 30, 40], 0.8333),
        ([30, 30, 30, 120], 0.6447),
        ([7], 1.0),
    ],
)
def test_jain(values: list[float], expected: float) -> None:
    assert jain(values).tolist() == [pytest.approx(expected, abs=5e-5)]
    assert jain([v * 1000 for v in values]).tolist() == [pytest.approx(expected, abs=5e-5)]


def test_jain_by_group() -> None:
    values, groups = [10, 30, 1, 20, 30, 1, 40, 30, 120], [0, 2, 1, 0, 0, 1, 0, 2, 2]
    expected = [0.8333, 1.0, (180**2) / (3 * (900 * 2 + 14400))]
    assert jain(values, groups).tolist() == [pytest.approx(e, abs=5e-5) for e in expected]
    assert jain([], []).tolist() == []
    assert math.isnan(jain([]).item())
    assert jain([0, 0]).tolist() == [1.0]  # nobody waited
