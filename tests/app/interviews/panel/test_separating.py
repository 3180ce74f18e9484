"""Traits that are alike are rarely shown apart, however few or many candidates; those truly apart are, with enough."""

from __future__ import annotations

import numpy as np
import pytest

from poise.app.interviews.panel.separating import separate
from poise.estimation.rating_levels import PLANNING, RatingLevels, rating_levels
from poise.estimation.subscores import prmse, prmse_of_covariances


def a_panel(
    random: np.random.Generator, people: int, alike: float, *, traits: int = 4, raters: int = 3
) -> RatingLevels:
    """Ratings rounded to 1 to 5 with parts as planned, three questions a trait; ``alike`` correlates true levels."""
    sd = {name: variance**0.5 for name, variance in PLANNING.items()}
    questions = 3
    true = sd["person"] * (
        alike**0.5 * random.normal(size=(people, 1)) + (1 - alike) ** 0.5 * random.normal(size=(people, traits))
    )
    values = (
        3
        + true[:, :, None, None]
        + sd["item"] * random.normal(size=(1, traits, questions, 1))
        + sd["person_item"] * random.normal(size=(people, traits, questions, 1))
        + sd["rater"] * random.normal(size=(1, 1, 1, raters))
        + sd["person_rater"] * random.normal(size=(people, 1, 1, raters))
        + sd["residual"] * random.normal(size=(people, traits, questions, raters))
    )
    p, t, q, r = np.indices(values.shape)
    rated = np.clip(np.rint(values), 1, 5)
    return rating_levels(rated.ravel(), p.ravel(), t.ravel(), r.ravel(), (t * questions + q).ravel())


def shown(people: int, alike: float, runs: int) -> float:
    """Share of traits that are shown."""
    random = np.random.default_rng(2026)
    found = []
    for _ in range(runs):
        panel = a_panel(random, people, alike)
        found += [one.shown for one in separate(panel, list(range(people)), tuple("abcd"))[1].values()]
    return float(np.mean(found))


@pytest.mark.parametrize(("people", "runs"), [(2, 30), (5, 30), (20, 15), (60, 5)])
def test_traits_that_are_alike_are_rarely_shown(people: int, runs: int) -> None:
    assert shown(people, 1.0, runs) <= 0.02


@pytest.mark.parametrize(
    ("people", "runs", "least", "most"), [(2, 30, 0.0, 0.05), (20, 15, 0.3, 1.0), (60, 5, 0.8, 1.0)]
)
def test_traits_that_are_apart_are_shown_with_enough_candidates(
    people: int, runs: int, least: float, most: float
) -> None:
    assert least <= shown(people, 0.0, runs) <= most


def test_two_candidates_of_whom_one_is_better_throughout() -> None:
    """Two raters, four traits, three questions: about 4 everywhere and about 2 everywhere."""
    p, r, q = (one.ravel() for one in np.indices((2, 2, 12)))
    values = np.where(p == 0, 4, 2) + np.where((q + r) % 5 == 0, 1, 0) * np.where(p == 0, -1, 1)
    found = separate(rating_levels(values, p, q // 3, r, q), [0, 1], tuple("abcd"))[1]
    assert all(one.own < one.total - 0.05 for one in found.values()), found


def test_a_trait_that_nobody_was_rated_on_is_not_judged_and_enters_no_total() -> None:
    random = np.random.default_rng(3)
    p, r, q = (one.ravel() for one in np.indices((6, 3, 9)))
    values = random.integers(1, 6, p.size).astype(float)
    three = separate(rating_levels(values, p, q // 3, r, q), list(range(6)), tuple("abc"))[1]
    four = separate(rating_levels(values, p, q // 3, r, q, shape=(6, 4)), list(range(6)), tuple("abcd"))[1]
    assert four.keys() == three.keys() == set("abc")
    assert all(four[one].own == pytest.approx(three[one].own) for one in "abc")
    assert all(four[one].total == pytest.approx(three[one].total) for one in "abc")


def test_equal_candidates_have_nothing_apart() -> None:
    p, r, q = (one.ravel() for one in np.indices((40, 3, 6)))
    covariance, found = separate(rating_levels(np.full(p.size, 3.0), p, q // 3, r, q), list(range(40)), ("a", "b"))
    assert np.linalg.eigvalsh(covariance).min() > -1e-12 and not any(one.shown for one in found.values())


def test_from_covariances_it_is_the_same_test_where_errors_are_independent() -> None:
    reliabilities, sds = np.array([0.6, 0.7, 0.8]), np.array([1.0, 0.5, 2.0])
    r = np.array([[1, 0.45, 0.3], [0.45, 1, 0.2], [0.3, 0.2, 1]])
    true = r * np.outer(sds, sds)
    np.fill_diagonal(true, reliabilities * sds**2)
    one, other = prmse(reliabilities, r, sds), prmse_of_covariances(true, np.diag((1 - reliabilities) * sds**2))
    assert other.own == pytest.approx(one.own) and other.total == pytest.approx(one.total)


def test_errors_that_traits_share_make_the_total_less_reliable() -> None:
    """By simulation: the squared correlations of true scores with the trait's own score and with the total."""
    true = np.array([[0.2, 0.12], [0.12, 0.3]])
    error = np.array([[0.15, 0.06], [0.06, 0.1]])
    random = np.random.default_rng(5)
    t = random.multivariate_normal(np.zeros(2), true, size=400_000)
    x = t + random.multivariate_normal(np.zeros(2), error, size=400_000)
    found = prmse_of_covariances(true, error)
    for k in range(2):
        assert found.own[k] == pytest.approx(np.corrcoef(t[:, k], x[:, k])[0, 1] ** 2, abs=0.01)
        assert found.total[k] == pytest.approx(np.corrcoef(t[:, k], x.sum(axis=1))[0, 1] ** 2, abs=0.01)
