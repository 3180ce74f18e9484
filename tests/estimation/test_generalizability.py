"""Generalizability with missing ratings, negative estimates and refused designs."""

import numpy as np
import pytest

from poise.estimation.generalizability import Components, composite, crossed, d_study, nested, plan
from poise.estimation.generalizability_unbalanced import components, interaction


def _simulated(seed: int, people: int = 60, raters: int = 20, keep: float = 0.4):
    random = np.random.default_rng(seed)
    p, r = (code.ravel() for code in np.indices((people, raters)))
    y = 3 + random.normal(size=people)[p] * 1.0 + random.normal(size=raters)[r] * 0.7 + random.normal(size=p.size) * 0.8
    kept = random.random(p.size) < keep
    return y[kept], p[kept], r[kept]


@pytest.mark.parametrize("method", ["reml", "henderson"])
def test_components_are_recovered_with_most_ratings_missing(method) -> None:
    found = [
        list(components(y, {"p": p, "r": r}, method=method).components.variances.values())
        for y, p, r in (_simulated(seed) for seed in range(40))
    ]
    assert np.mean(found, axis=0) == pytest.approx([1.0, 0.49, 0.64], abs=0.09)


def test_reml_is_invariant_to_order_and_names() -> None:
    y, p, r = _simulated(3)
    order = np.random.default_rng(0).permutation(y.size)
    plain = components(y, {"p": p, "r": r}, method="reml").components.variances
    mixed = components(
        y[order], {"p": 100 - p[order], "r": np.array(list("abcdefghijklmnopqrst"))[r[order]]}, method="reml"
    )
    assert list(mixed.components.variances.values()) == pytest.approx(list(plain.values()), rel=1e-4)


def test_an_effect_that_is_not_there_is_zero_and_named() -> None:
    table = np.array([[1.0, 5.0], [5.0, 1.0], [1.0, 5.0], [5.0, 1.0]])
    found = crossed(table)
    assert "p" in found.negative and found.variances["p"] == 0
    p, r = (code.ravel() for code in np.indices(table.shape))
    reml = components(table.ravel(), {"p": p, "r": r}, method="reml").components
    assert reml.variances["p"] == 0 and "p" in reml.negative
    assert d_study(found, raters=5).phi == 0


def test_no_spread_at_all_is_not_a_coefficient() -> None:
    found = crossed(np.full((3, 3), 4.0))
    assert found.negative == () and np.isnan(found.share("p")) and np.isnan(d_study(found).phi)
    flat = components(np.full(6, 2.0), {"p": [0, 0, 1, 1, 2, 2]})
    assert flat.components.variances == {"p": 0, "error": 0} and flat.mean == 2


def test_designs_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="level of its own"):
        components([1.0, 2.0, 3.0], {"p": [0, 1, 2]})
    with pytest.raises(ValueError, match="1 level"):
        components([1.0, 2.0, 3.0], {"p": [0, 0, 0]})
    with pytest.raises(ValueError, match="every rating"):
        components([1.0, np.nan], {"p": [0, 1]})
    with pytest.raises(ValueError, match="for missing ratings"):
        nested([[[1.0, np.nan]]])
    with pytest.raises(ValueError, match="two of each"):
        crossed([[1.0, 2.0]])
    with pytest.raises(ValueError, match="one weight"):
        composite([np.ones((2, 2)), np.ones((3, 2))], [1, 1])
    with pytest.raises(ValueError, match="at least one"):
        d_study(crossed([[1.0, 2.0], [2.0, 4.0]]), raters=0)
    with pytest.raises(ValueError, match="D-study needs"):
        d_study(Components({"p": 1.0, "a": 1.0, "b": 1.0}, (), 3))


def test_more_raters_never_hurt_and_a_target_out_of_reach_is_said() -> None:
    designs, best = plan(person=0.2, conversation=0.3, rater=0.1, person_rater=0.1, residual=0.3, most_raters=3)
    assert best is None
    assert [d.raters for d in designs] == [1, 2, 3]
    assert [d.phi for d in designs] == sorted(d.phi for d in designs)


def test_large_designs_take_hendersons_way() -> None:
    y, p, r = _simulated(9, people=1600, raters=12, keep=0.3)
    found = components(
        y,
        {
            "p": p,
            "r": r,
        },
    )
    assert found.method == "henderson"
    assert found.components.variances["p"] == pytest.approx(1.0, abs=0.15)
    assert interaction([0, 0, 1], ["a", "b", "a"]).tolist() == [0, 1, 2]
