"""Published figures of agreement."""

import numpy as np
import pytest

from poise.estimation.agreement import Level, krippendorff_alpha, weighted_kappa
from poise.estimation.agreement_icc import icc
from poise.estimation.generalizability_unbalanced import components

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
_ = np.nan
KRIPPENDORFF_2011 = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
KRIPPENDORFF_3X15 = [
    [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
    [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
    [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
]


def test_intraclass_correlations_of_shrout_and_fleiss() -> None:
    """Shrout & Fleiss 1979, Psychological Bulletin 86, 420-428, table 4; 95 % intervals of ICC(2,1) and (2,k)."""
    found = icc(SHROUT_FLEISS, confidence=0.95)
    assert [found.between, found.within, found.raters, found.error] == pytest.approx(
        [11.2417, 6.2639, 32.4861, 1.0194], abs=5e-5
    )
    values = [c.value for c in (found.icc1, found.icc2, found.icc3, found.icc1k, found.icc2k, found.icc3k)]
    assert values == pytest.approx([0.1657, 0.2898, 0.7148, 0.4428, 0.6201, 0.9093], abs=6e-5)
    assert [found.icc2.low, found.icc2.high] == pytest.approx([0.02, 0.76], abs=0.005)
    assert [found.icc2k.low, found.icc2k.high] == pytest.approx([0.07, 0.93], abs=0.005)


@pytest.mark.parametrize(
    ("table", "level", "expected"),
    [
        (KRIPPENDORFF_2011, "nominal", 0.7434),
        (KRIPPENDORFF_2011, "ordinal", 0.8154),
        (KRIPPENDORFF_2011, "interval", 0.8491),
        (KRIPPENDORFF_2011, "ratio", 0.7974),
        (KRIPPENDORFF_3X15, "nominal", 0.6914),
        (KRIPPENDORFF_3X15, "ordinal", 0.8067),
        (KRIPPENDORFF_3X15, "interval", 0.8108),
        (KRIPPENDORFF_3X15, "ratio", 0.8089),
    ],
)
def test_alpha_of_krippendorff(table: list[list[float]], level: Level, expected: float) -> None:
    """Krippendorff 2011, Computing Krippendorff's alpha-reliability, and the 3 x 15 example that circulates widely."""
    found = krippendorff_alpha(np.array(table).T, level=level)
    assert found.alpha == pytest.approx(expected, abs=5e-5)
    assert found.low < found.alpha < found.high


def test_kappa_of_fleiss_cohen_and_everitt() -> None:
    """Cohen 1960's psychiatric table as worked by Fleiss, Cohen & Everitt 1969 without weights: kappa .429."""
    shares = np.array([[53, 5, 2], [11, 14, 5], [1, 6, 3]])
    first, second = (np.repeat(codes.ravel(), shares.ravel()) for codes in np.indices(shares.shape))
    assert weighted_kappa(first, second, weights="none").kappa == pytest.approx(0.429, abs=5e-4)


def _sparse_panel() -> np.ndarray:
    """Fifty units, six raters, two ratings in five missing."""
    random = np.random.default_rng(3)
    table = np.clip(np.round(3 + random.normal(size=(50, 1)) + random.normal(size=(50, 6))), 1, 7)
    table[random.random(table.shape) < 0.4] = np.nan
    return table


@pytest.mark.parametrize(
    ("level", "expected"),
    [("nominal", 0.1601050854), ("ordinal", 0.5095823917), ("interval", 0.5348288705), ("ratio", 0.4662610544)],
)
def test_alpha_of_the_krippendorff_package(level: Level, expected: float) -> None:
    """PyPI krippendorff 0.9.0 on the same ratings."""
    assert krippendorff_alpha(_sparse_panel(), level=level, resamples=0).alpha == pytest.approx(expected, abs=1e-9)


def test_components_of_statsmodels() -> None:
    """MixedLM of statsmodels 0.15.0, REML, on the same ratings: persons 1.34276, raters .01124, error 1.06538."""
    table = _sparse_panel()
    person, rater = (code.ravel() for code in np.indices(table.shape))
    there = np.isfinite(table.ravel())
    found = components(table.ravel()[there], {"p": person[there], "r": rater[there]}, method="reml")
    assert list(found.components.variances.values()) == pytest.approx([1.34276, 0.01124, 1.06538], abs=3e-5)
    assert found.mean == pytest.approx(3.20973, abs=1e-5)
