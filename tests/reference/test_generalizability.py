"""Published figures of generalizability theory."""

import numpy as np
import pytest

from poise.estimation.generalizability import composite, d_study, nested, plan
from poise.estimation.generalizability_unbalanced import components, interaction

# Brennan 2001, Generalizability Theory, synthetic data set 4: ten persons, three tasks, four raters each.
BRENNAN = """
5 6 5 5 5 3 4 5 6 7 3 3  9 3 7 7 7 5 5 5 7 7 5 2  3 4 3 3 5 3 3 5 6 5 1 6  7 5 5 3 3 1 4 3 5 3 3 5
9 2 9 7 7 7 3 7 2 7 5 3  3 4 3 5 3 3 6 3 4 5 1 2  7 3 7 7 7 5 5 7 5 5 5 4  5 8 5 7 7 5 5 4 3 2 1 1
9 9 8 8 6 6 6 5 5 8 1 1  4 4 4 3 3 5 6 5 5 7 1 1
"""
TABLE = np.array(BRENNAN.split(), dtype=float).reshape(10, 3, 4)
EXPECTED = [0.4731, 0.3252, 0.6475, 0.5596, 2.3802]  # p, t, r:t, pt, pr:t (Brennan 2001, p. 116)

# Rajaratnam, Cronbach & Gleser 1965 as in Brennan 2001, p. 270: eight persons by row.
RAJARATNAM = [
    [[4, 5], [2, 1], [2, 4], [1, 3], [3, 3], [1, 2], [3, 5], [0, 1]],
    [
        [3, 3, 5, 4],
        [2, 3, 1, 4],
        [4, 7, 6, 5],
        [5, 4, 5, 5],
        [6, 7, 5, 7],
        [5, 6, 4, 4],
        [6, 8, 6, 7],
        [1, 2, 0, 4],
    ],
    [[5, 7], [4, 6], [8, 7], [4, 5], [8, 9], [5, 6], [7, 8], [7, 8]],
]


def test_brennan_synthetic_data_4() -> None:
    found = nested(TABLE)
    assert list(found.variances.values()) == pytest.approx(EXPECTED, abs=6e-5)
    assert found.negative == ()
    worth = d_study(found, tasks=3, raters=4)
    assert (worth.relative_error, worth.absolute_error) == pytest.approx((0.3849, 0.5472), abs=5e-5)
    assert (worth.generalizability, worth.phi) == pytest.approx((0.5514, 0.4637), abs=5e-5)
    spread = d_study(found, tasks=12, raters=1)
    assert (spread.generalizability, spread.phi) == pytest.approx((0.6589, 0.5920), abs=5e-5)


@pytest.mark.parametrize("method", ["reml", "henderson"])
def test_unbalanced_estimators_agree_with_mean_squares_where_nothing_is_missing(method: str) -> None:
    p, t, r = (code.ravel() for code in np.indices(TABLE.shape))
    effects = {"p": p, "t": t, "r:t": interaction(t, r), "pt": interaction(p, t)}
    found = components(TABLE.ravel(), effects, method=method).components  # type: ignore[arg-type]
    assert list(found.variances.values()) == pytest.approx(EXPECTED, abs=6e-5)
    assert d_study(found, tasks=3, raters=4).phi == pytest.approx(0.4637, abs=5e-5)


def test_composite_of_rajaratnam() -> None:
    found = composite([np.array(part, dtype=float) for part in RAJARATNAM], [0.25, 0.5, 0.25])
    assert np.diag(found.persons) == pytest.approx([1.5714, 2.7857, 1.8571], abs=5e-5)
    assert [found.persons[0, 1], found.persons[0, 2], found.persons[1, 2]] == pytest.approx(
        [1.4821, 0.5, 0.9464], abs=5e-5
    )
    assert found.items == pytest.approx([0.4286, 0.1994, 0.4464], abs=5e-5)
    assert found.residual == pytest.approx([0.5714, 1.0714, 0.4286], abs=5e-5)
    assert [found.universe_variance, found.relative_error, found.absolute_error] == pytest.approx(
        [1.5803, 0.0982, 0.1380], abs=6e-5
    )
    assert (found.generalizability, found.phi) == pytest.approx((0.9415, 0.9197), abs=5e-5)


def test_spreading_raters_beats_adding_conversations() -> None:
    """Science 1.5: planning shares .20 person, .35 conversation, .08 rater, .05 person x rater, .32 residual."""
    designs, best = plan(
        person=0.20, conversation=0.35, rater=0.08, person_rater=0.05, residual=0.32, most_conversations=30
    )
    one = designs[0]
    assert one.raters == 1 and one.phi < 0.2 / 0.33, "one rater caps it at about .60"
    assert best is not None and best.phi >= 0.80 and best.raters > 5
    for n, single, spread in ((12, 0.52, 0.75), (20, 0.55, 0.83), (30, None, 0.88)):
        assert 0.2 / (0.2 + 0.13 / n + 0.67 / n) == pytest.approx(spread, abs=0.006)
        if single:
            assert 0.2 / (0.2 + 0.13 + 0.67 / n) == pytest.approx(single, abs=0.006)
    spread = plan(
        person=0.20, conversation=0.35, rater=0.08, person_rater=0.05, residual=0.32, target=0.83, most_raters=30
    )[1]
    assert spread is not None and spread.conversations == 20 and spread.raters > 15
