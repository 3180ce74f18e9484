"""Published figures for reliability and for showing sub-scores."""

import numpy as np
import pytest

from poise.estimation.reliability import BLOCKS, conversations_needed, halves, spearman_brown, split_half
from poise.estimation.subscores import prmse


@pytest.mark.parametrize(("r", "k", "expected"), [(0.44, 2, 0.6111), (0.44, 3, 0.7021), (0.44, 4, 0.7586)])
def test_spearman_brown_of_the_interview_figures(r: float, k: int, expected: float) -> None:
    """Huffcutt et al. 2013: separate interviewers .44; stepped up to 2, 3 and 4."""
    assert spearman_brown(r, k) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("single", "needed"),
    [(0.05, (45, 76, 171)), (0.1, (21, 36, 81)), (0.2, (10, 16, 36)), (0.3, (6, 10, 21)), (0.4, (4, 6, 14))],
)
def test_conversations_needed(single: float, needed: tuple[int, int, int]) -> None:
    assert tuple(conversations_needed(single, r) for r in (0.7, 0.8, 0.9)) == needed


def test_reliabilities_outside_their_range_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        conversations_needed(0.0, 0.8)


@pytest.mark.parametrize(
    ("reliability", "r", "by_total", "of_total", "shown"),
    [(0.6, 0.45, 0.7165, 0.9273, False), (0.6, 0.2, 0.3414, 0.8667, True), (0.8, 0.45, 0.5804, 0.9636, True)],
)
def test_haberman_on_eleven_equal_traits(
    reliability: float, r: float, by_total: float, of_total: float, shown: bool
) -> None:
    """Haberman 2008, J. Educ. Behav. Stat. 33, 204-229, applied to eleven equal traits."""
    correlations = np.full((11, 11), r) + (1 - r) * np.eye(11)
    found = prmse(np.full(11, reliability), correlations)
    assert found.total == pytest.approx(by_total, abs=5e-5)
    assert found.own == pytest.approx(reliability)
    assert found.reliability_of_total == pytest.approx(of_total, abs=5e-5)
    assert found.shown.tolist() == [shown] * 11


def test_haberman_agrees_with_regression_on_simulated_true_scores() -> None:
    """PRMSE is the squared correlation of a true score with its predictor: simulate, unequal traits."""
    rng = np.random.default_rng(3)
    true_cov = np.array([[1.0, 0.5, 0.3], [0.5, 2.0, 0.4], [0.3, 0.4, 0.5]])
    errors = np.array([0.5, 1.5, 0.25])
    true = rng.multivariate_normal(np.zeros(3), true_cov, 200_000)
    seen = true + rng.normal(size=true.shape) * np.sqrt(errors)
    variance = np.diag(true_cov) + errors
    sd = np.sqrt(variance)
    observed = (true_cov + np.diag(errors)) / np.outer(sd, sd)
    found = prmse(np.diag(true_cov) / variance, observed, sd)
    total = seen.sum(axis=1)
    for t in range(3):
        assert found.own[t] == pytest.approx(np.corrcoef(true[:, t], seen[:, t])[0, 1] ** 2, abs=0.01)
        assert found.total[t] == pytest.approx(np.corrcoef(true[:, t], total)[0, 1] ** 2, abs=0.01)


def test_unreliable_trait_is_hidden_and_shapes_are_checked() -> None:
    found = prmse([0.0, 0.8], [[1.0, 0.3], [0.3, 1.0]])
    assert found.shown.tolist() == [False, True]
    assert prmse([0.5], [[1.0]]).shown.tolist() == [True]
    with pytest.raises(ValueError, match="2 x 2"):
        prmse([0.5, 0.5], [[1.0]])


def test_halves_are_all_balanced_divisions_and_start_with_odd_and_even() -> None:
    rows = halves()
    assert rows.shape == (462, BLOCKS)
    assert (rows.sum(axis=1) == BLOCKS / 2).all()
    assert len(np.unique(rows, axis=0)) == 462
    assert rows[0].tolist() == [1, 0] * (BLOCKS // 2)


def test_split_half_recovers_the_reliability_of_simulated_blocks() -> None:
    """Person variance 1, block variance 6 over 12 blocks: the whole has reliability 1 / (1 + 6/12) = .667."""
    rng = np.random.default_rng(11)
    blocks = rng.normal(size=(3000, 1)) + rng.normal(size=(3000, BLOCKS)) * np.sqrt(6)
    first = blocks @ halves().T / 6
    second = blocks @ (1 - halves()).T / 6
    found = split_half(first, second)
    assert found is not None
    assert found.mean == pytest.approx(2 / 3, abs=0.02)
    assert found.odd_even == pytest.approx(2 / 3, abs=0.04)
    assert found.low < 2 / 3 < found.high
    assert split_half(first[:2], second[:2]) is None
    assert split_half(np.ones((5, 3)), np.ones((5, 3))) is None
