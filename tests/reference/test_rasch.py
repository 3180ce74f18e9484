"""Guilford's ratings (1954, Psychometric Methods, p. 282), the worked example of many-facet Rasch measurement.

Three judges rate seven scientists on five aspects of creativity, 1 to 9. Expected: exact joint maximum likelihood, two
optimisers agreeing, in the frame of FACETS (scientists and aspects centred, judges floating).
"""

import numpy as np
import pytest

from poise.estimation.rasch import RaschFit, fit, recentred
from poise.estimation.rasch_quality import distinct, residuals

GUILFORD = """
55353 97585 33371 73133 97785 35351 77555
65463 87572 45366 56455 24323 44642 33554
55573 77575 35555 53331 97777 33353 77757
"""
TABLE = np.array([[list(map(int, one)) for one in row.split()] for row in GUILFORD.strip().splitlines()])


@pytest.fixture(scope="module")
def fitted() -> RaschFit:
    judge, person, item = (code.ravel() for code in np.indices(TABLE.shape))
    return recentred(fit(TABLE.ravel(), person, {"judge": judge, "item": item}, method="jmle"), "judge")


def test_totals_are_guilfords() -> None:
    assert TABLE.sum(axis=(1, 2)).tolist() == [171, 156, 181]
    assert TABLE.sum(axis=(0, 2)).tolist() == [70, 94, 64, 57, 87, 54, 82]
    assert TABLE.sum(axis=(0, 1)).tolist() == [114, 108, 92, 115, 79]


def test_measures(fitted: RaschFit) -> None:
    assert fitted.converged
    assert fitted.log_likelihood == pytest.approx(-165.68498, abs=1e-4)
    judges = fitted.facets["judge"]
    assert judges.measure == pytest.approx([0.0397, 0.2454, -0.0960], abs=1e-4)
    assert judges.se == pytest.approx([0.117, 0.118, 0.116], abs=5e-4)
    assert fitted.persons.measure == pytest.approx(
        [-0.0715, 0.6638, -0.2554, -0.4815, 0.4407, -0.5841, 0.2880], abs=1e-4
    )
    assert fitted.facets["item"].measure == pytest.approx([-0.2800, -0.1470, 0.2109, -0.3023, 0.5184], abs=1e-4)
    assert fitted.thresholds[0] == pytest.approx(
        [-0.6905, -2.3520, 0.8093, -1.4837, 1.7186, -0.9789, 2.3926, 0.5846], abs=1e-4
    )


def test_fit_of_judges_and_scientists(fitted: RaschFit) -> None:
    judges = fitted.facets["judge"].fit
    assert judges.infit == pytest.approx([0.85, 1.48, 0.67], abs=0.006)
    assert judges.outfit == pytest.approx([0.88, 1.52, 0.67], abs=0.006)
    assert fitted.persons.fit.infit == pytest.approx([0.24, 0.62, 1.16, 1.35, 1.99, 0.72, 0.88], abs=0.006)
    five = np.argsort(-np.abs(residuals(fitted).standardised))[:5]
    assert set(fitted.design.facets[0][five].tolist()) == {1}, "the five largest surprises are all judge B's"


def test_separation_and_chi_square(fitted: RaschFit) -> None:
    people = distinct(fitted.persons, population=True)
    assert people.separation == pytest.approx(2.25, abs=0.005)
    assert people.reliability == pytest.approx(0.84, abs=0.005)
    assert people.strata == pytest.approx((4 * 2.2532 + 1) / 3, abs=0.001)
    judges = distinct(fitted.facets["judge"])
    assert judges.chi2 == pytest.approx(4.30, abs=0.005) and judges.df == 2 and judges.p > 0.1


def test_observed_totals_equal_expected_totals(fitted: RaschFit) -> None:
    for facet in (fitted.persons, *fitted.facets.values()):
        assert facet.fit.expected == pytest.approx(facet.fit.observed, abs=1e-6)
