"""Levels of people on traits from ratings: exact where everything is known, honest where little is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from poise.estimation.rasch import fit
from poise.estimation.rating_levels import PLANNING, RatingLevels, rating_levels

Ints = NDArray[np.int64]


@dataclass
class Drawn:
    values: NDArray[np.float64]
    persons: Ints
    traits: Ints
    raters: Ints
    items: Ints
    true: NDArray[np.float64]
    severity: NDArray[np.float64]

    def fit(self) -> RatingLevels:
        return rating_levels(self.values, self.persons, self.traits, self.raters, self.items)


def draw(
    seed: int, persons: int, raters: int, *, traits: int = 3, questions: int = 3, severe: tuple[float, ...] = ()
) -> Drawn:
    """Ratings from the planning values, rounded to 1..5; true levels are the ratings to be expected."""
    random = np.random.default_rng(seed)
    sd = {name: np.sqrt(value) for name, value in PLANNING.items()}
    level = 3 + random.normal(0, sd["person"] * np.sqrt(0.6), (persons, 1))
    level = level + random.normal(0, sd["person"] * np.sqrt(0.4), (persons, traits))
    rater = -np.array(severe) if severe else random.normal(0, sd["rater"], raters)
    item = random.normal(0, sd["item"], traits * questions)
    liking = random.normal(0, sd["person_rater"], (persons, raters))
    luck = random.normal(0, sd["person_item"], (persons, traits * questions))
    p, r, i = (one.ravel() for one in np.indices((persons, raters, traits * questions)))
    t = i // questions
    y = level[p, t] + rater[r] + item[i] + liking[p, r] + luck[p, i] + random.normal(0, sd["residual"], p.size)
    spread = np.sqrt(sum(value for name, value in PLANNING.items() if name != "person"))
    true = 1 + sum(1 - ndtr((edge - level) / spread) for edge in (1.5, 2.5, 3.5, 4.5))
    return Drawn(np.clip(np.rint(y), 1, 5), p, t, r, i, true, -rater)


@pytest.mark.parametrize(("persons", "raters", "panels"), [(2, 2, 120), (5, 3, 50), (20, 4, 12)])
def test_nine_of_ten_intervals_hold_the_level(persons: int, raters: int, panels: int) -> None:
    held = []
    for seed in range(panels):
        drawn = draw(seed, persons, raters)
        found = drawn.fit()
        for person in range(persons):
            for trait in range(3):
                level = found.level(person, np.eye(3)[trait])
                held.append(level.low <= drawn.true[person, trait] <= level.high)
            whole = found.level(person, np.full(3, 1 / 3))
            held.append(whole.low <= drawn.true[person].mean() <= whole.high)
    assert 0.87 <= np.mean(held) <= 0.96


def test_severity_moves_no_level() -> None:
    drawn = draw(1, 12, 4)
    shifted = drawn.values + np.where(drawn.raters == 2, 0.5, 0.0)
    before = drawn.fit()
    after = rating_levels(shifted, drawn.persons, drawn.traits, drawn.raters, drawn.items)
    # everybody was rated by all: differences stay, the level of all moves by a quarter of it at most
    assert after.means - after.means.mean() == pytest.approx(before.means - before.means.mean(), abs=1e-6)
    kept = ~((drawn.raters == 2) & (drawn.persons < 6))
    some = rating_levels(shifted[kept], drawn.persons[kept], drawn.traits[kept], drawn.raters[kept], drawn.items[kept])
    plain = [shifted[kept & (drawn.persons == n)].mean() for n in range(12)]
    fair = [drawn.values[drawn.persons == n].mean() for n in range(12)]
    unfair = np.mean(plain[6:]) - np.mean(plain[:6]) - (np.mean(fair[6:]) - np.mean(fair[:6]))
    left = some.means[6:].mean() - some.means[:6].mean() - (np.mean(fair[6:]) - np.mean(fair[:6]))
    assert abs(left) < abs(unfair) / 2


def test_complete_panels_have_plain_means() -> None:
    drawn = draw(3, 4, 3)
    found = drawn.fit()
    plain = [drawn.values[(drawn.persons == 2) & (drawn.traits == trait)].mean() for trait in range(3)]
    assert found.means[2] == pytest.approx(plain, abs=1e-9)
    assert found.level(2, [0.5, 0.5, 0]).mean == pytest.approx((plain[0] + plain[1]) / 2)


def test_severity_is_recovered_as_the_rasch_form_recovers_it() -> None:
    drawn = draw(5, 20, 4, severe=(-0.2, 0.6, -0.6, 0.2))
    found = drawn.fit()
    measured = fit(drawn.values, drawn.persons, {"rater": drawn.raters, "item": drawn.items}).facets["rater"].measure
    assert list(np.argsort(measured)) == list(np.argsort(-found.leniency)) == list(np.argsort(drawn.severity))
    assert np.corrcoef(measured, found.leniency)[0, 1] < -0.99
    assert -found.leniency == pytest.approx(drawn.severity, abs=0.2)
    assert found.variances["rater"] > PLANNING["rater"]


def test_more_raters_and_more_questions_narrow_the_interval() -> None:
    widths = []
    for raters, questions in ((1, 2), (2, 2), (2, 6), (6, 6)):
        level = draw(2, 10, raters, questions=questions).fit().level(0, np.full(3, 1 / 3))
        widths.append(level.se)
    assert widths == sorted(widths, reverse=True)


def test_equal_ratings_leave_what_is_planned() -> None:
    p, r, i = (one.ravel() for one in np.indices((2, 2, 4)))
    found = rating_levels(np.full(p.size, 5.0), p, i // 2, r, i)
    level = found.level(0, [1, 0])
    assert level.mean == 5 and level.high == 5 and level.low < 4.5
    assert found.variances["rater"] > PLANNING["rater"] / 2


@pytest.mark.parametrize("persons", [1, 3])
@pytest.mark.parametrize("raters", [1, 2])
@pytest.mark.parametrize("questions", [1, 2])
def test_the_smallest_panels_have_an_answer(persons: int, raters: int, questions: int) -> None:
    drawn = draw(7, persons, raters, traits=1, questions=questions)
    level = drawn.fit().level(0, [1.0])
    assert 1 <= level.low < level.high <= 5 and np.isfinite(level.se) and level.high - level.low > 0.5


def test_raters_in_common_make_a_difference_surer_than_two_levels_apart() -> None:
    drawn = draw(4, 6, 2)
    found = drawn.fit()
    w = np.full(3, 1 / 3)
    one, two = found.level(0, w), found.level(1, w)
    both = found.difference(0, 1, w)
    assert both.gap == pytest.approx(one.mean - two.mean) and both.se < np.hypot(one.se, two.se)
    assert both.above + found.difference(1, 0, w).above == pytest.approx(1)


def test_the_order_of_rows_does_not_matter() -> None:
    drawn = draw(6, 5, 3)
    order = np.random.default_rng(0).permutation(drawn.values.size)
    turned = rating_levels(
        *(one[order] for one in (drawn.values, drawn.persons, drawn.traits, drawn.raters, drawn.items))
    )
    assert np.array_equal(turned.means, drawn.fit().means)
    assert turned.level(1, [1, 0, 0]) == drawn.fit().level(1, [1, 0, 0])


def test_nobody_has_a_level_without_ratings() -> None:
    found = rating_levels([3.0, 4.0], [0, 0], [0, 0], [0, 1], [0, 0], shape=(2, 2))
    assert np.isnan(found.means[1]).all() and np.isnan(found.means[0, 1])
    with pytest.raises(ValueError, match="zero where the person has no ratings"):
        found.level(0, [0.5, 0.5])
    with pytest.raises(ValueError, match="zero where the person has no ratings"):
        found.level(0, [0, 0])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="one trait"):
        rating_levels([3.0, 4.0], [0, 0], [0, 1], [0, 0], [0, 0])
    with pytest.raises(ValueError, match="finite"):
        rating_levels([3.0, np.nan], [0, 0], [0, 0], [0, 1], [0, 0])
    with pytest.raises(ValueError, match="finite"):
        rating_levels([], [], [], [], [])
