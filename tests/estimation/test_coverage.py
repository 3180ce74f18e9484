"""Do 90 % intervals hold 90 % of the truth?

Agents are simulated whose rates are known; norms are fitted to them and estimates made, all through the public
functions. ``python -m pytest tests/estimation/test_coverage.py -s`` prints the table of docs/method/estimation.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from scipy import stats

from poise.estimation import HAND_CODED, estimate, fit_norms
from poise.estimation.rates import fit_beta_marginal

from .simulated import CLUSTERS, TRAITS, Population, behaviour, beta, cases_of, logit_normal, shares


class Setting(NamedTuple):
    name: str
    population: Population
    people: int
    conversations: int
    opportunities: float  # a conversation
    rho: float  # of two occasions of one conversation
    behaviours: int
    least: float  # coverage that this setting alone must reach


# Sizes such that every setting gives 600 intervals or more, and together more than 10,000.
SETTINGS = [
    Setting("logit-normal, no variation between conversations", logit_normal(-0.5, 0.6), 40, 20, 1.5, 0.0, 30, 0.87),
    Setting("logit-normal, variation", logit_normal(-0.5, 0.6), 40, 60, 3.0, 0.2, 30, 0.87),
    Setting("logit-normal, much variation, many conversations", logit_normal(-0.5, 0.6), 40, 200, 3.0, 0.3, 25, 0.87),
    Setting("logit-normal, rare", logit_normal(-2.5, 0.8), 40, 30, 2.0, 0.1, 30, 0.86),
    Setting("logit-normal, people alike", logit_normal(-0.5, 0.3), 40, 20, 2.0, 0.15, 30, 0.86),
    Setting("logit-normal, many people", logit_normal(0.8, 0.6), 200, 20, 2.0, 0.1, 6, 0.87),
    Setting("Beta(2, 3), no variation", beta(2, 3), 40, 25, 2.0, 0.0, 30, 0.87),
    Setting("Beta(2, 3), variation", beta(2, 3), 40, 60, 3.0, 0.2, 30, 0.87),
    Setting("Beta(9, 2), variation", beta(9, 2), 40, 40, 2.0, 0.1, 30, 0.86),
    Setting("Beta(0.8, 4), skewed, variation", beta(0.8, 4), 40, 40, 2.0, 0.1, 25, 0.84),
    Setting("norm of 12 people", logit_normal(-0.5, 0.6), 12, 30, 2.0, 0.1, 80, 0.85),
    Setting("norm of 6 people", logit_normal(-0.5, 0.6), 6, 30, 2.0, 0.15, 130, 0.84),
    Setting("norm of 3 people", logit_normal(-0.5, 0.6), 3, 40, 2.0, 0.1, 200, 0.84),
]


def simulate(setting: Setting, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, np.ndarray]:
    """Return the estimated rates with the truth, the estimated levels, and the truth, people x behaviours."""
    rng = np.random.default_rng(seed)
    truth = np.stack([setting.population(rng, setting.people) for _ in range(setting.behaviours)], axis=1)
    table = shares(
        rng, truth, conversations=setting.conversations, opportunities=setting.opportunities, rho=setting.rho
    )
    known = {f"b{k:03d}": behaviour(f"b{k:03d}") for k in range(setting.behaviours)}
    cases = cases_of(table)
    norms = fit_norms(table, cases, known, name="simulated", invented=True)
    found = estimate(table, cases, behaviours=known, traits=TRAITS, clusters=CLUSTERS, norms=norms, detector=HAND_CODED)
    names = pl.DataFrame(
        {
            "person": [f"p{i:05d}" for i in range(setting.people) for _ in known],
            "behaviour": list(known) * setting.people,
            "truth": truth.reshape(-1),
        }
    )
    return found.rates.join(names, on=["person", "behaviour"]), found.estimates, truth


def test_ninety_percent_intervals_hold_ninety_percent_over_ten_thousand() -> None:
    held, plugged, total = 0, 0, 0
    for seed, setting in enumerate(SETTINGS):
        rates, _, _ = simulate(setting, seed)
        inside = int(rates.select(pl.col("truth").is_between("low", "high").sum()).item())
        plug = plug_in(rates)
        print(
            f"{setting.name:50s} n={len(rates):5d} coverage {inside / len(rates):.3f} plug-in {plug / len(rates):.3f}"
        )
        assert inside / len(rates) >= setting.least, setting.name
        held, plugged, total = held + inside, plugged + plug, total + len(rates)
    print(f"{'all':50s} n={total:5d} coverage {held / total:.3f} plug-in {plugged / total:.3f}")
    assert total >= 10_000
    assert 0.88 <= held / total <= 0.92
    # The contrast: one Beta plugged in for the prior, on counts pooled over conversations.
    assert plugged / total < 0.86


def plug_in(rates: pl.DataFrame) -> int:
    """Count how often the plain conjugate posterior with a plugged-in prior holds the truth."""
    inside = 0
    for _, group in rates.group_by("behaviour", maintain_order=True):
        y, n = group["hits"].to_numpy(), group["opportunities"].to_numpy()
        try:
            prior = fit_beta_marginal(y, n)
        except ValueError:
            # No spread seen: everyone has the common rate.
            rate = y.sum() / n.sum()
            prior_a, prior_b = 1e5 * rate, 1e5 * (1 - rate)
        else:
            prior_a, prior_b = prior.a, prior.b
        low, high = stats.beta.ppf([[0.05], [0.95]], prior_a + y, prior_b + n - y)
        truth = group["truth"].to_numpy()
        inside += int(((low <= truth) & (truth <= high)).sum())
    return inside


@pytest.mark.parametrize("people", [60, 12])
def test_levels_of_traits_hold_the_truth(people: int) -> None:
    """True level: 3 + mean over behaviours of (logit p - mean) / sd of the population the norm group is drawn from."""
    held, total = 0, 0
    for seed in range(12 if people < 50 else 3):
        rng = np.random.default_rng(100 + seed)
        z = rng.standard_normal((people, 12))
        table = shares(rng, 1 / (1 + np.exp(0.4 - 0.6 * z)), conversations=40, opportunities=2.0, rho=0.15)
        traits = list(TRAITS)
        known = {f"b{k:03d}": behaviour(f"b{k:03d}", trait=traits[k % 3], weight=1.0 + (k % 2)) for k in range(12)}
        cases = cases_of(table)
        norms = fit_norms(table, cases, known, name="s")
        found = estimate(
            table, cases, behaviours=known, traits=TRAITS, clusters=CLUSTERS, norms=norms, detector=HAND_CODED
        ).estimates
        for t, trait in enumerate(traits):
            own = [k for k in range(12) if k % 3 == t]
            weight = np.array([1.0 + (k % 2) for k in own])
            level = np.clip(3 + z[:, own] @ weight / weight.sum(), 1, 5)
            rows = found.filter(pl.col("trait") == trait).sort("person")
            held += int(((rows["low"].to_numpy() <= level) & (level <= rows["high"].to_numpy())).sum())
            total += people
    print(f"levels, norm of {people} people: n={total} coverage {held / total:.3f}")
    assert 0.86 <= held / total <= 0.95
