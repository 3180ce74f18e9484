"""Published figures of adverse impact, of Local Law 144's own examples, and of differential prediction."""

import numpy as np
import pytest

from poise.estimation.fairness import Stratum, across_strata, adverse_impact
from poise.estimation.fairness_ll144 import category_table, scoring
from poise.estimation.fairness_prediction import d_mod

# 6 RCNY 5-301(b), example: applicants and those selected. The race table's total differs from the others', as printed.
SEX = {"Male": (1390, 667, 1.0), "Female": (1181, 555, 0.979)}
RACE = {
    "Hispanic or Latino": (408, 204, 0.97),
    "White": (797, 412, 1.0),
    "Black or African American": (390, 170, 0.84),
    "Native Hawaiian or Pacific Islander": (119, 52, 0.85),
    "Asian": (616, 302, 0.95),
    "Native American or Alaska Native": (41, 18, 0.85),
    "Two or More Races": (213, 96, 0.87),
}
INTERSECTIONAL = {
    "Hispanic Male": (205, 90, 0.841),
    "Hispanic Female": (190, 82, 0.827),
    "White Male": (412, 215, 1.0),
    "Black Male": (226, 95, 0.806),
    "NHPI Male": (87, 37, 0.815),
    "Asian Male": (321, 167, 0.997),
    "AIAN Male": (24, 11, 0.878),
    "Two+ Male": (115, 52, 0.866),
    "White Female": (385, 197, 0.981),
    "Black Female": (164, 75, 0.876),
    "NHPI Female": (32, 15, 0.898),
    "Asian Female": (295, 135, 0.877),
    "AIAN Female": (17, 7, 0.789),
    "Two+ Female": (98, 44, 0.86),
}
# 6 RCNY 5-301(c)-(d), example: people assessed, share above the sample's median, ratio. The rule prints 64.2 % for
# 18 of 28 (64.29 %), cut off rather than rounded.
SCORED_SEX = {"Male": (92, 50, 0.543, 1.0), "Female": (76, 34, 0.447, 0.82)}
SCORED_RACE = {
    "Hispanic": (28, 18, 0.642, 1.0),
    "White": (40, 15, 0.375, 0.58),
    "Black": (32, 16, 0.5, 0.78),
    "NHPI": (8, 5, 0.625, 0.97),
    "Asian": (24, 10, 0.417, 0.65),
    "AIAN": (16, 10, 0.625, 0.97),
    "Two+": (20, 10, 0.5, 0.78),
}


@pytest.mark.parametrize(("example", "digits"), [(SEX, 3), (RACE, 2), (INTERSECTIONAL, 3)])
def test_selection_tables_of_the_rule(example: dict[str, tuple[int, int, float]], digits: int) -> None:
    n, selected, ratios = zip(*example.values(), strict=True)
    table = category_table(list(example), n, selected, unknown=250)
    for row, expected in zip(table.categories, ratios, strict=True):
        # the rule rounds some of its figures and cuts off others: 52/119 over 412/797 is .8453, printed .85
        assert row.ratio == pytest.approx(expected, abs=0.0105 if digits == 2 else 0.0011), row.name
    assert table.unknown == 250
    assert table.people == sum(n) == (2584 if digits == 2 else 2571), "each table has its own total"


@pytest.mark.parametrize("example", [SCORED_SEX, SCORED_RACE])
def test_scoring_tables_of_the_rule(example: dict[str, tuple[int, int, float, float]]) -> None:
    n, above, rates, ratios = zip(*example.values(), strict=True)
    table = category_table(list(example), n, above, kind="scoring", unknown=15)
    assert [row.rate for row in table.categories] == pytest.approx(rates, abs=1e-3)
    assert [row.ratio for row in table.categories] == pytest.approx(ratios, abs=0.006)


def test_scores_become_the_rules_table_of_sexes() -> None:
    # 50 of 92 men and 34 of 76 women above the median of the 168
    scores = np.concatenate([np.repeat([80.0, 20.0], [50, 42]), np.repeat([80.0, 20.0], [34, 42])])
    sex: list[str | None] = ["Male"] * 92 + ["Female"] * 76
    found = scoring(sex, ["White"] * 168, scores)
    assert found.median == 50
    ratios = {row.name: round(row.ratio, 2) for row in found.sex.categories}
    assert ratios == {"Male": 1.0, "Female": 0.82}


def test_small_categories_of_the_rules_example() -> None:
    """2 % would let the auditor leave out 41 of 2,584; counts and rates are printed all the same."""
    n, selected, _ = zip(*RACE.values(), strict=True)
    table = category_table(list(RACE), n, selected, leave_out_small=True, justification="Too few to compare.")
    assert table.small_left_out == ("Native American or Alaska Native",)
    small = next(row for row in table.categories if row.left_out)
    assert (small.people, small.counted) == (41, 18) and small.rate == pytest.approx(18 / 41) and np.isnan(small.ratio)
    n, selected, _ = zip(*INTERSECTIONAL.values(), strict=True)
    table = category_table(list(INTERSECTIONAL), n, selected, leave_out_small=True, justification="Too few.")
    assert set(table.small_left_out) == {"AIAN Male", "AIAN Female", "NHPI Female"}


@pytest.mark.parametrize(
    ("counts", "ratio", "z", "p_z", "fisher", "mid", "interval", "h"),
    [
        ((170, 390, 412, 797), 0.8432, -2.6233, 0.00871, 0.00943, 0.00864, (0.739, 0.962), 0.162),
        ((4, 20, 10, 25), 0.5, -1.4400, 0.14985, 0.20196, 0.15451, (0.184, 1.358), 0.442),
        ((3, 10, 6, 10), 0.5, -1.3484, None, 0.36985, 0.21981, None, None),
    ],
)
def test_adverse_impact(counts, ratio, z, p_z, fisher, mid, interval, h) -> None:
    found = adverse_impact(*counts)
    assert found.ratio == pytest.approx(ratio, abs=5e-5)
    assert found.z == pytest.approx(z, abs=1e-4)
    assert (found.p_fisher, found.p_mid) == pytest.approx((fisher, mid), abs=1e-5)
    if interval:
        assert (found.low, found.high) == pytest.approx(interval, abs=1e-3)
        assert found.p_z == pytest.approx(p_z, abs=1e-5) and found.h == pytest.approx(h, abs=6e-4)
    assert found.below == (ratio < 0.8)


def test_berkeley_admissions() -> None:
    """Bickel, Hammel & O'Connell 1975, six departments; figures of R 4 (mantelhaen.test) and statsmodels 0.15.0."""
    men = [(512, 825), (353, 560), (120, 325), (138, 417), (53, 191), (22, 373)]
    women = [(89, 108), (17, 25), (202, 593), (131, 375), (94, 393), (24, 341)]
    found = across_strata([Stratum(*a, *b) for a, b in zip(men, women, strict=True)])
    assert (found.odds_ratio, found.low, found.high) == pytest.approx((0.9046968, 0.7719074, 1.0603298), abs=1e-6)
    assert (found.chi2, found.p) == pytest.approx((1.4269, 0.2323), abs=1e-4)
    assert (found.homogeneity, found.homogeneity_p) == pytest.approx((18.8255, 0.0020712), abs=2e-4)
    assert found.strata == 6


def test_d_mod_of_nye_and_sackett() -> None:
    """Nye & Sackett 2017, closed form: reference 0 + .5 X, focal -.2 + .3 X with mean -.3 and SD 1."""
    assert d_mod(0.2, 0.2, -0.3, 1.0, 1.0) == pytest.approx(0.2441, abs=5e-5)
