"""One behaviour of every person against the norm: the step from counts to a signed deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.estimation import casemix
from poise.estimation.counts import Counted, Counts
from poise.estimation.detector_error import DetectorAccuracy, Widening
from poise.estimation.likelihood import GRID, Likelihood, inverse_link, link
from poise.estimation.norms import BehaviourNorm
from poise.estimation.posterior import BOUND, PRIOR_VARIANCE, Cumulants, person_posterior
from poise.estimation.reliability import BLOCKS
from poise.knowledge.schema import Behaviour, Standard

__all__ = ["Judged", "judge", "judged_amount"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One behaviour; arrays have one entry per person with evidence."""

    behaviour: Behaviour
    norm: BehaviourNorm
    people: Ints  # index into Counts.people
    hits: Floats
    opportunities: Floats
    exposure_s: Floats
    conversations: Floats
    amount: Floats  # what the gate counts
    level: Cumulants  # of (level on the trait's scale - 3), signed, detector error included
    prior_variance: float  # of the same, before any evidence
    own_variance: Floats  # the part of the level's variance that more evidence of this person removes
    fixed_variance: Floats  # what stays: detector error, uncertain case-mix, and the norm's own uncertainty
    deviation: Floats  # signed, in between-person standard deviations
    deviation_sd: Floats
    rate: Floats
    low: Floats
    high: Floats
    one_peer: NDArray[np.bool_]  # most evidence lies in cells where the norm has one person
    residual: Floats  # people x blocks: hits over what the norm expects
    information: Floats  # people x blocks
    accuracy: dict[tuple[str, str], Widening]


def judged_amount(counted: Counted) -> Floats:
    """Return what a gate counts, per entry: opportunities for shares, conversations for everything else."""
    return counted.number * counted.size if counted.family == "share" else counted.number


def judge(
    counted: Counted,
    counts: Counts,
    behaviour: Behaviour,
    norm: BehaviourNorm,
    detector: DetectorAccuracy,
) -> Judged:
    """Compare every person's evidence of one behaviour with its norm, at equal case-mix."""
    mix = casemix.apply(norm.nodes, norm.level_sd, counts.cells)
    support = np.array([(s.mean, s.spread, s.shape, s.weight) for s in norm.support])
    mean, spread, shape, weight = support.T
    weight = weight / weight.sum()
    shapes = np.unique(shape)
    likelihood = Likelihood(
        counted, mix.offset, centre=norm.centre, unit=norm.scale, between=norm.between, within=norm.within
    )
    people, row = likelihood.people, likelihood.row
    posterior = person_posterior(likelihood.at(shapes), mean, spread, shape, weight)

    def summed(x: Floats) -> Floats:
        return np.bincount(row, weights=x, minlength=len(people)).astype(np.float64)

    amount = judged_amount(counted)
    pairs = np.array(sorted({(c[0], c[1]) for c in counts.cells}))
    accuracy = detector.widening(behaviour.id, norm.family, norm.rate, counts.cells)
    which = {pair: i for i, pair in enumerate(accuracy)}
    of_cell = np.array([which[c[0], c[1]] for c in counts.cells], dtype=np.int64)
    used = sorted(set(of_cell[counted.cell].tolist()))
    accuracy = {pair: w for pair, w in accuracy.items() if which[pair] in used}
    compared, absolute = np.zeros(len(pairs)), np.zeros(len(pairs))
    for pair, widening in accuracy.items():
        compared[which[pair]], absolute[which[pair]] = widening.compared, widening.absolute
    share = amount / np.maximum(summed(amount), 1e-300)[row]
    local = of_cell[counted.cell]
    # One person's errors in one language and channel are one draw: standard deviations average, not variances.
    own_error = summed(share * compared[local]) ** 2
    full_error = summed(share * absolute[local]) ** 2
    uneven = mix.uncertainty(row, counted.cell, amount, len(people))

    sign = -1.0 if norm.sign == "-" else 1.0
    added = (own_error + uneven) / norm.spread**2
    deviation_sd = np.sqrt(posterior.deviation_sd**2 + added)
    if behaviour.standard is None:
        level, prior_variance = posterior.bounded.scaled(sign).widened(added), PRIOR_VARIANCE
        own_variance = posterior.within
        # However well a person is known, the place among people is no surer than the norm's mean and spread.
        place = np.clip((posterior.eta.first[:, None] - mean) / spread, -BOUND, BOUND)
        fixed = added + (place**2) @ weight - (place @ weight) ** 2
    else:
        values = anchored(norm, behaviour.standard, posterior.grid)
        slope = np.gradient(values, posterior.grid)
        local_slope = np.interp(posterior.eta.first, posterior.grid, slope)
        added = (full_error + uneven) * local_slope**2
        level = posterior.cumulants_of(values).widened(added)
        own_variance, fixed = level.second - added, added
        nothing = person_posterior(np.zeros((1, len(shapes), len(GRID))), mean, spread, shape, weight)
        prior_variance = float(nothing.cumulants_of(anchored(norm, behaviour.standard, nothing.grid)).second[0])

    low, high = posterior.quantiles(0.05, 0.95)
    stretch = np.sqrt(1 + (full_error + uneven) / posterior.eta.second)
    low = norm.rates(posterior.eta.first + (low - posterior.eta.first) * stretch)
    high = norm.rates(posterior.eta.first + (high - posterior.eta.first) * stretch)
    residual, information = _residuals(counted, norm, mix.offset, row, len(people))
    return Judged(
        behaviour=behaviour,
        norm=norm,
        people=people,
        hits=summed(counted.number * counted.hits),
        opportunities=summed(counted.number * counted.size) if norm.family == "share" else np.zeros(len(people)),
        exposure_s=summed(60 * counted.number * counted.size) if norm.family == "count" else np.zeros(len(people)),
        conversations=summed(counted.number),
        amount=summed(amount),
        level=level,
        prior_variance=prior_variance,
        own_variance=own_variance,
        fixed_variance=fixed,
        deviation=sign * posterior.deviation,
        deviation_sd=deviation_sd,
        rate=posterior.mean_of(norm.rates(posterior.grid)),
        low=low,
        high=high,
        one_peer=summed(share * (mix.peers[counted.cell] == 1)) > 0.5,
        residual=residual,
        information=information,
        accuracy=accuracy,
    )


def anchored(norm: BehaviourNorm, standard: Standard, grid: Floats) -> Floats:
    """Return level - 3 at the grid: piecewise linear on the link between the employer's rates for 1, 3 and 5.

    The outer pieces go on beyond 1 and 5, so that only the final level is clipped. ValueError where the three
    rates are not in order.
    """

    def transformed(rates: Sequence[float] | Floats) -> Floats:
        x = np.asarray(rates, dtype=np.float64)
        if norm.family != "measure":
            return link(norm.family, x)
        return np.log1p(np.maximum(x, 0)) if norm.unit in ("seconds", "turns") else x

    one, three, five = (float(x) for x in transformed([standard.one, standard.three, standard.five]))
    if not (one < three < five or one > three > five):
        raise ValueError(f"standard of {norm.trait}: rates for levels 1, 3 and 5 must rise or fall, got {standard}")
    x = transformed(norm.rates(grid))
    below, above = 2 * (x - three) / (three - one), 2 * (x - three) / (five - three)
    return np.where((x - three) * (five - one) < 0, below, above)


def _residuals(counted: Counted, norm: BehaviourNorm, offset: Floats, row: Ints, people: int) -> tuple[Floats, Floats]:
    """Return signed residuals and their information per person and block, for comparing halves."""
    shift = norm.mean + offset[counted.cell]
    if norm.family == "measure":
        variance = norm.shape * (norm.between + norm.within / counted.size)
        value = (counted.total - counted.number * norm.centre) / norm.scale
        error, information = (value - counted.number * shift) / variance, counted.number / variance
    else:
        expected = inverse_link(norm.family, norm.centre + shift)
        if norm.family == "share":
            excess = 1 + norm.shape * (counted.size - 1)
            slope = expected * (1 - expected)
        else:
            excess = 1 + norm.shape * expected * counted.size
            slope = expected
        error = counted.number * (counted.hits - counted.size * expected) / excess
        information = counted.number * counted.size * slope / excess
    key = row * BLOCKS + counted.block
    sign = -1.0 if norm.sign == "-" else 1.0
    shape = (people, BLOCKS)
    residual = sign * np.bincount(key, weights=error, minlength=people * BLOCKS).astype(np.float64)
    return (
        residual.reshape(shape),
        np.bincount(key, weights=information, minlength=people * BLOCKS).astype(np.float64).reshape(shape),
    )
