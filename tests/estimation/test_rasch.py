"""Many-facet Rasch: recovery, invariance, extremes, and designs that cannot be estimated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.estimation.rasch import DisconnectedError, fit
from poise.estimation.rasch_bias import bias, drift, holm, order_contrast, time_blocks
from poise.estimation.rasch_design import subsets
from poise.estimation.rasch_quality import distinct, expected_rating, fair_average, residuals

from . import panels


def _z(found, panel):
    """Distances from the truth in standard errors, in the frame of the fit: facets centred, persons float."""
    ability = panel.ability - panel.severity.mean() - panel.difficulty.mean()
    rater, item = found.facets["rater"], found.facets["item"]
    return {
        "person": (found.persons.measure - ability) / found.persons.se,
        "rater": (rater.measure - panel.severity + panel.severity.mean()) / rater.se,
        "item": (item.measure - panel.difficulty + panel.difficulty.mean()) / item.se,
        "threshold": (found.thresholds[0] - panel.thresholds) / found.threshold_ses[0],
    }


def test_intervals_cover_what_was_put_in() -> None:
    """Sixty persons, six raters, three for each, five items: nine in ten, and two standard errors in 95 of 100."""
    found = []
    for seed in range(250):
        panel = panels.draw(seed)
        found.append(_z(fit(panel.ratings, panel.persons, panel.facets), panel))
    for name in found[0]:
        z = np.abs(np.concatenate([one[name] for one in found]))
        # the last few points are Monte Carlo error: raters of one panel err together
        slack = 0.0 if name == "person" else 0.015
        assert 0.88 - slack <= np.mean(z < 1.6449) <= 0.92 + slack, name
        assert np.mean(z < 2) >= 0.94 - slack, name


def test_jmle_spreads_small_panels_too_far_and_the_penalised_fit_does_not() -> None:
    slopes = []
    for seed in range(30):
        panel = panels.draw(seed, items=2, each=2)
        pair = [fit(panel.ratings, panel.persons, panel.facets, method=method) for method in ("jmle", "penalised")]
        kept = ~pair[0].persons.extreme
        slopes.append([np.polyfit(one.persons.measure[kept], panel.ability[kept], 1)[0] for one in pair])
    jmle, penalised = np.mean(slopes, axis=0)
    assert jmle < 0.75 and penalised == pytest.approx(1, abs=0.1)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from(["penalised", "jmle"]))
def test_order_and_names_do_not_matter(seed, method) -> None:
    panel = panels.draw(seed % 50, persons=20)
    random = np.random.default_rng(seed)
    order, names = random.permutation(panel.ratings.size), random.permutation(20)
    raters = random.permutation(6)
    plain = fit(panel.ratings, panel.persons, panel.facets, method=method)
    mixed = fit(
        panel.ratings[order],
        names[panel.persons[order]],
        {"rater": raters[panel.raters[order]], "item": panel.items[order]},
        method=method,
    )
    assert mixed.persons.measure[names] == pytest.approx(plain.persons.measure, abs=2e-3)
    assert mixed.facets["rater"].measure[raters] == pytest.approx(plain.facets["rater"].measure, abs=2e-3)
    assert mixed.persons.se[names] == pytest.approx(plain.persons.se, rel=1e-2)


@settings(max_examples=15)
@given(st.integers(0, 200))
def test_a_higher_rating_never_lowers_the_person(seed) -> None:
    panel = panels.draw(seed, persons=15, raters=4)
    at = seed % panel.ratings.size
    panel.ratings[at] = min(panel.ratings[at], 4)
    better = panel.ratings.copy()
    better[at] += 1
    if np.unique(better).size != np.unique(panel.ratings).size:
        return
    person = panel.persons[at]
    for method in ("penalised", "jmle"):
        low = fit(panel.ratings, panel.persons, panel.facets, method=method)
        high = fit(better, panel.persons, panel.facets, method=method)
        shift = low.persons.measure.mean() - high.persons.measure.mean()
        assert high.persons.measure[person] + shift > low.persons.measure[person]


def test_a_point_added_to_one_rater_moves_that_rater_only() -> None:
    """With every rater rating everyone, and room above, the others' severities keep their distances."""
    panel = panels.draw(4, persons=80, raters=4, each=4, categories=9, spread=0.7, rater_sd=0.3)
    kept = np.clip(panel.ratings, 2, 8)
    plain = fit(kept, panel.persons, panel.facets, method="jmle").facets["rater"]
    moved = fit(kept + (panel.raters == 2), panel.persons, panel.facets, method="jmle").facets["rater"]
    others = [0, 1, 3]
    gaps = np.diff(plain.measure[others]), np.diff(moved.measure[others])
    assert gaps[1] == pytest.approx(gaps[0], abs=0.05)
    assert moved.measure[2] - moved.measure[others].mean() < plain.measure[2] - plain.measure[others].mean() - 0.3


def test_missing_ratings_are_the_normal_case() -> None:
    panel = panels.draw(8, persons=120)
    kept = np.random.default_rng(1).random(panel.ratings.size) < 0.5
    found = fit(panel.ratings[kept], panel.persons[kept], {name: one[kept] for name, one in panel.facets.items()})
    z = _z(found, panel)
    assert np.mean(np.abs(z["person"]) < 1.645) > 0.8 and np.abs(z["rater"]).max() < 3.5
    assert np.corrcoef(found.persons.measure, panel.ability)[0, 1] > 0.85


def test_disconnected_panels_name_their_subsets_and_the_rating_that_would_connect_them() -> None:
    # two panels on the same items: items alone cannot tell a good person from a lenient rater
    persons = np.repeat([0, 1, 2, 3, 4], 4)
    raters = np.repeat([0, 0, 0, 1, 1], 4)
    items = np.tile([0, 1], 10)
    ratings = np.tile([1.0, 2.0, 3.0, 4.0], 5)
    with pytest.raises(DisconnectedError, match="2 subsets") as raised:
        fit(ratings, persons, {"rater": raters, "item": items})
    first, second = raised.value.subsets
    assert (first.persons, second.persons) == ((0, 1, 2), (3, 4))
    assert (first.levels[0], second.levels[0]) == ((0,), (1,))
    (link,) = raised.value.links
    assert link.person in second.persons and link.levels[0] in first.levels[0]
    assert len(subsets(np.append(persons, link.person), (np.append(raters, 0), np.append(items, 0)))[0]) == 1


@settings(max_examples=40)
@given(st.integers(2, 5), st.integers(0, 1000))
def test_links_always_connect(panels_apart, seed) -> None:
    random = np.random.default_rng(seed)
    persons, raters, items = [], [], []
    for panel in range(panels_apart):
        for person in range(random.integers(1, 4)):
            for rater in range(random.integers(1, 3)):
                for item in range(2):
                    persons.append(panel * 10 + person)
                    raters.append(panel * 10 + rater)
                    items.append(item)
    codes = [np.unique(one, return_inverse=True)[1] for one in (persons, raters, items)]
    found, links = subsets(codes[0], (codes[1], codes[2]))
    assert len(found) == panels_apart and len(links) >= panels_apart - 1
    joined = [np.append(codes[0], [one.person for one in links])]
    joined += [np.append(codes[f + 1], [one.levels[f] for one in links]) for f in range(2)]
    assert len(subsets(joined[0], (joined[1], joined[2]))[0]) == 1


def test_extreme_people_have_finite_measures_and_are_marked() -> None:
    panel = panels.draw(2)
    ratings = panel.ratings.copy()
    ratings[panel.persons == 0], ratings[panel.persons == 1] = 5, 1
    for method in ("penalised", "jmle"):
        found = fit(ratings, panel.persons, panel.facets, method=method)
        assert found.persons.extreme[:2].all() and not found.persons.extreme[5:].all()
        assert found.persons.measure.argmax() == 0 and found.persons.measure.argmin() == 1
        assert np.isfinite(found.persons.measure).all() and np.isfinite(found.persons.se).all()
        assert found.persons.se[0] > np.median(found.persons.se)


def test_partial_credit_finds_thresholds_of_each_item() -> None:
    a, b = panels.draw(1, persons=150, items=1, each=4), panels.draw(1, persons=150, items=1, each=4)
    wide = np.random.default_rng(0)
    # the second item is rated in the middle whatever the person does
    squeezed = np.where(wide.random(b.ratings.size) < 0.6, 3.0, b.ratings)
    ratings, persons = np.concatenate([a.ratings, squeezed]), np.concatenate([a.persons, b.persons])
    raters, items = np.concatenate([a.raters, b.raters]), np.repeat([0, 1], a.ratings.size)
    for method in ("penalised", "jmle"):
        found = fit(ratings, persons, {"rater": raters, "item": items}, partial_credit="item", method=method)
        assert found.thresholds.shape == (2, 4) and found.thresholds.sum(axis=1) == pytest.approx([0, 0], abs=1e-6)
        assert found.thresholds[1, 2] - found.thresholds[1, 1] > found.thresholds[0, 2] - found.thresholds[0, 1] + 1
        together = fit(ratings, persons, {"rater": raters, "item": items}, method=method)
        assert found.log_likelihood > together.log_likelihood + 20
    with pytest.raises(ValueError, match="not rated in every category"):
        gone = ~((items == 1) & (ratings == 1))
        fit(
            ratings[gone],
            persons[gone],
            {"rater": raters[gone], "item": items[gone]},
            partial_credit="item",
            method="jmle",
        )


def test_wrong_input_is_refused() -> None:
    good = {"rater": [0, 1, 0, 1]}
    with pytest.raises(ValueError, match="nothing to measure"):
        fit([3, 3, 3, 3], [0, 0, 1, 1], good)
    with pytest.raises(ValueError, match="codes of rater"):
        fit([1, 2, 3, 4], [0, 0, 1, 1], {"rater": [0, 1]})
    with pytest.raises(ValueError, match="whole numbers"):
        fit([1, 2, 3, 4], [0.5, 0, 1, 1], good)
    with pytest.raises(ValueError, match="finite"):
        fit([1, np.nan, 3, 4], [0, 0, 1, 1], good)
    with pytest.raises(ValueError, match="the facets are rater"):
        fit([1, 2, 3, 4], [0, 0, 1, 1], good, partial_credit="item")


def test_a_rater_who_rates_at_random_misfits() -> None:
    panel = panels.draw(6, persons=100)
    random = np.random.default_rng(6)
    ratings = np.where(panel.raters == 3, random.integers(1, 6, panel.ratings.size), panel.ratings)
    found = fit(ratings, panel.persons, panel.facets)
    rater = found.facets["rater"].fit
    assert rater.infit.argmax() == 3 and rater.infit[3] > 1.5 and rater.infit_z[3] > 2
    assert np.delete(rater.infit, 3).max() < 1.3
    assert residuals(found).standardised.std() == pytest.approx(1, abs=0.15)


def test_chi_square_of_equal_raters_is_no_alarm() -> None:
    p = []
    for seed in range(60):
        panel = panels.draw(seed, rater_sd=0.0)
        p.append(distinct(fit(panel.ratings, panel.persons, panel.facets).facets["rater"]).p)
    assert np.mean(np.array(p) < 0.05) < 0.15
    panel = panels.draw(1, rater_sd=1.0)
    assert distinct(fit(panel.ratings, panel.persons, panel.facets).facets["rater"]).p < 0.001


def test_fair_averages_undo_severity() -> None:
    panel = panels.draw(3, persons=100, rater_sd=1.0)
    found = fit(panel.ratings, panel.persons, panel.facets)
    fair, low, high = fair_average(found, found.persons)
    raw = found.persons.fit.observed / found.persons.fit.count
    assert np.corrcoef(fair, panel.ability)[0, 1] > np.corrcoef(raw, panel.ability)[0, 1] + 0.02
    assert (low < fair).all() and (fair < high).all() and low.min() >= 1 and high.max() <= 5
    mean, under, over = fair_average(found, found.facets["rater"])
    assert np.corrcoef(mean, panel.severity)[0, 1] < -0.9, "a severe rater gives the average person less"
    assert (under < mean).all() and (mean < over).all()
    assert expected_rating(found, np.array([-50.0, 50.0, np.nan])) == pytest.approx([1, 5, np.nan], nan_ok=True)


def test_bias_of_a_rater_against_a_group_is_found_and_corrected_for_looking() -> None:
    rows = 100 * 3 * 5
    plain = panels.draw(12, persons=100)
    group = plain.persons % 2
    against = -1.5 * ((plain.raters == 1) & (group == 1))
    assert against.size == rows
    panel = panels.draw(12, persons=100, extra=against)
    found = fit(panel.ratings, panel.persons, panel.facets)
    terms = bias(found, panel.raters * 2 + group)
    worst = int(terms.cell[terms.p_holm.argmin()])
    assert worst == 3 and terms.p_holm.min() < 0.01
    assert terms.estimate[terms.cell == 3] > 0.4 and terms.excess[terms.cell == 3] < 0
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    with pytest.raises(ValueError, match="cells"):
        bias(found, [0, 1])


def test_drift_is_found_in_the_rater_who_tires() -> None:
    rows = 100 * 3 * 5
    clock = np.arange(rows, dtype=float)
    plain = panels.draw(21, persons=100)
    tires = -2.0 * (plain.raters == 4) * (clock / rows)
    panel = panels.draw(21, persons=100, extra=tires)
    found = fit(panel.ratings, panel.persons, panel.facets)
    terms = drift(found, panel.raters, clock)
    own = terms.rater == 4
    assert own.sum() == 4
    estimate = terms.terms.estimate[own]
    assert estimate[-1] - estimate[0] > 0.8
    assert terms.rater[terms.terms.p_holm < 0.05].tolist().count(4) >= 1
    assert time_blocks([0, 0, 0, 1], [3.0, 1.0, 2.0, np.nan], blocks=3).tolist() == [2, 0, 1, -1]
    assert time_blocks([0, 0, 0, 0], [1.0, 1.0, 1.0, 2.0], blocks=2).tolist() == [0, 0, 0, 1]


def test_order_contrast_is_the_earlier_mean_of_the_day_and_its_effect_is_recovered() -> None:
    contrast = order_contrast([0] * 6, [0] * 6, [1, 1, 2, 2, 3, 3], [7, 7, 8, 8, 9, 9], [5, 5, 1, 1, 3, 3])
    assert contrast.tolist() == pytest.approx([0, 0, 1, 1, -1, -1])
    assert order_contrast([0, 0], [-1, 0], [1, np.nan], [0, 1], [1, 2]).tolist() == [0, 0]
    estimates = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        covariate = random.normal(size=60 * 3 * 5)
        panel = panels.draw(seed, extra=-0.4 * covariate)
        found = fit(panel.ratings, panel.persons, panel.facets, covariates={"contrast": covariate})
        (effect,) = found.covariates
        estimates.append((effect.estimate + 0.4) / effect.se)
    assert np.mean(np.abs(estimates) < 2) > 0.8


def test_one_rater_and_one_item_are_enough_for_measures() -> None:
    panel = panels.draw(5, raters=1, each=1, items=6)
    found = fit(panel.ratings, panel.persons, panel.facets)
    assert found.facets["rater"].measure.tolist() == [0]
    assert np.isnan(distinct(found.facets["rater"]).p)


def test_a_facet_of_rater_and_time_may_stand_beside_raters_with_priors_only() -> None:
    """Blocks lie within raters: priors share out what likelihood alone cannot."""
    rows = 60 * 3 * 5
    plain = panels.draw(3)
    late = np.arange(rows) > rows / 2
    panel = panels.draw(3, extra=-1.5 * ((plain.raters == 2) & late))
    block = panel.raters * 2 + time_blocks(panel.raters, np.arange(rows, dtype=float), blocks=2)
    found = fit(panel.ratings, panel.persons, {**panel.facets, "block": block})
    change = np.diff(found.facets["block"].measure.reshape(6, 2), axis=1)[:, 0]
    assert found.converged and change.argmax() == 2 and change[2] > 0.7
    with pytest.raises(ValueError, match="cannot be told apart"):
        fit(panel.ratings, panel.persons, {**panel.facets, "block": block}, method="jmle")
