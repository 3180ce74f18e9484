"""Combining sources: recovery of shares, shrinkage that helps, comparisons of two people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.estimation.combining import (
    augmented_kelley,
    mosier,
    multitrait_multimethod,
    probability_above,
    variance_shares,
)


def _scores(seed: int, *, people: int = 150, trait: float = 0.3, method: float = 0.2, traits: int = 4) -> np.ndarray:
    random = np.random.default_rng(seed)
    shape = (people, traits, 3)
    return (
        random.normal(size=(people, 1, 1)) * np.sqrt(0.3)
        + random.normal(size=(people, traits, 1)) * np.sqrt(trait)
        + random.normal(size=(people, 1, 3)) * np.sqrt(method)
        + random.normal(size=shape) * np.sqrt(0.2)
        + np.arange(traits)[:, None] * 0.5
    )


def test_traits_that_are_there_converge_beyond_their_method() -> None:
    real = multitrait_multimethod(_scores(1, people=600, trait=0.5, method=0.1))
    assert real.separable.all() and (real.convergent > 0.6).all()
    halo = multitrait_multimethod(_scores(1, people=600, trait=0.02, method=0.5))
    assert not halo.separable.any(), "raters who see one thing only"
    assert real.correlations.shape == (12, 12) and np.allclose(np.diag(real.correlations), 1)


def test_shares_are_recovered_with_scores_missing() -> None:
    found = []
    for seed in range(8):
        scores = _scores(seed, people=80)
        scores[np.random.default_rng(seed).random(scores.shape) < 0.2] = np.nan
        found.append(variance_shares(scores)[:4])
    assert np.mean(found, axis=0) == pytest.approx([0.3, 0.3, 0.2, 0.2], abs=0.05)


def test_too_few_to_correlate_is_not_a_zero() -> None:
    scores = _scores(2, people=12)
    scores[:5, 0, 0] = np.nan
    found = multitrait_multimethod(scores)
    assert np.isnan(found.correlations[0, 1]) and found.people[0, 1] == 7
    with pytest.raises(ValueError, match="people x traits x methods"):
        multitrait_multimethod([[1.0]])
    with pytest.raises(ValueError, match="at least two"):
        variance_shares(np.ones((5, 1, 3)))


def test_composites_are_more_reliable_than_their_parts() -> None:
    covariance = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    assert mosier([0.6] * 4, covariance, [1] * 4) == pytest.approx(1 - 4 * 0.4 / 8.8)
    assert mosier([0.6], [[1.0]], [2]) == pytest.approx(0.6)
    assert np.isnan(mosier([0.5], [[0.0]], [1]))
    with pytest.raises(ValueError, match="as many"):
        mosier([0.5, 0.5], [[1.0]], [1, 1])


def test_kelley_is_the_case_of_one_trait() -> None:
    x = np.random.default_rng(0).normal(3, 1, 200)
    found = augmented_kelley(x[:, None], [0.7])
    assert found.estimates[:, 0] == pytest.approx(x.mean() + 0.7 * (x - x.mean()))
    assert found.reliabilities[0] == pytest.approx(0.7)
    assert found.covariance[0, 0] == pytest.approx(0.3 * 0.7 * x.var(ddof=1))


def test_borrowing_from_other_traits_comes_nearer_the_truth_and_its_covariance_is_right() -> None:
    random = np.random.default_rng(4)
    true = random.multivariate_normal(np.zeros(4), np.full((4, 4), 0.7) + 0.3 * np.eye(4), 4000)
    seen = true + random.normal(size=true.shape)
    found = augmented_kelley(seen, [0.5] * 4)
    alone = seen * 0.5
    assert ((found.estimates - true) ** 2).mean() < 0.8 * ((alone - true) ** 2).mean()
    assert np.cov((found.estimates - true).T) == pytest.approx(found.covariance, abs=0.03)
    assert np.mean(np.abs(found.estimates - true) < 1.645 * np.sqrt(np.diag(found.covariance))) == pytest.approx(
        0.9, abs=0.01
    )
    with pytest.raises(ValueError, match="too few"):
        augmented_kelley(seen[:4], [0.5] * 4)
    with pytest.raises(ValueError, match="complete"):
        augmented_kelley([[np.nan, 1.0]] * 9, [0.5, 0.5])


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0, 2)), min_size=1, max_size=6))
def test_chances_of_two_people_add_up(people) -> None:
    means, ses = zip(*people, strict=True)
    found = probability_above(means, ses)
    assert np.allclose(found + found.T, 1)
    assert np.allclose(np.diag(found), 0.5)


def test_a_bare_rank_hides_a_toss_up() -> None:
    found = probability_above([3.1, 3.0, 1.0], [0.4, 0.4, 0.1])
    assert 0.5 < found[0, 1] < 0.6 and found[0, 2] > 0.999
    assert probability_above([3.1, 3.0], [0.4, 0.4], correlation=0.9)[0, 1] > found[0, 1]
    assert probability_above([2.0, 1.0], [0.0, 0.0])[0, 1] == 1
    with pytest.raises(ValueError, match="not negative"):
        probability_above([1.0], [-1.0])
