"""Fitting norms: an explicit act, whose result is frozen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from poise.estimation import casemix
from poise.estimation.composites import CONVERSATIONS, compose, correlate, halve
from poise.estimation.counts import Counted, Counts, Frame, count
from poise.estimation.detector_error import HAND_CODED
from poise.estimation.deviations import Judged, judge
from poise.estimation.hyperparameters import fit_hyperparameters
from poise.estimation.likelihood import Likelihood, distinct, inverse_link, link
from poise.estimation.norms import STANDARD, BehaviourNorm, Norms, Support, TraitNorm
from poise.estimation.threads import one_thread
from poise.knowledge.schema import Behaviour

__all__ = ["MANY", "fit_norms"]

Floats = NDArray[np.float64]

MANY = 50
"""With fewer people than this, reliabilities come from the model (or the norms) instead of correlated halves."""
_TYPICAL = (8, 20, 50, 100, 200)


@one_thread
def fit_norms(
    evidence: Frame,
    cases: Frame,
    behaviours: Mapping[str, Behaviour],
    *,
    name: str,
    invented: bool = False,
    standard: float = STANDARD,
    tier: str = "fast",
) -> Norms:
    """Fit norms to a group of people.

    Parameters
    ----------
    evidence, cases
        EVIDENCE and CASES of :mod:`poise.model`, of the norm group's named people only.
    behaviours
        Behaviour id -> its knowledge; those with evidence get a norm.
    name
        What to call the norms, for example the team and the months.
    invented
        Whether the people are invented: reports then say that the norms judge nobody.
    standard
        Level under which a person may need extra help.
    tier
        Of the detectors that found the evidence.

    Notes
    -----
    Computed on grids: nothing is drawn at random, so there is no seed. Works from one person on:
    with few people the priors of :func:`fit_hyperparameters` keep the spread between
    people wide and the estimates' intervals with it. ValueError where there is no usable evidence at all.
    """
    members: dict[str, list[str]] = {}
    for b in behaviours.values():
        members.setdefault(b.trait, []).append(b.id)
    counts = count(evidence, cases, behaviours, groups={t: tuple(sorted(m)) for t, m in members.items()})
    fitted: dict[str, BehaviourNorm] = {}
    judged: dict[str, list[Judged]] = {}
    for counted in counts.behaviours():
        behaviour = behaviours[counted.behaviour]
        norm = _fit_behaviour(counted, counts, behaviour)
        fitted[behaviour.id] = norm
        if behaviour.sign != "0":
            judged.setdefault(behaviour.trait, []).append(judge(counted, counts, behaviour, norm, HAND_CODED))
    if not fitted:
        raise ValueError("norms need evidence: there is none with opportunities, exposure or values")
    traits: dict[str, TraitNorm] = {}
    levels: dict[str, Floats] = {}
    eligible: dict[str, NDArray[np.bool_]] = {}
    number = len(counts.people)
    for trait in sorted(judged):
        composite = compose(judged[trait], number)
        talked = np.array([counts.conversations.get((p, trait), 0) for p in range(number)])
        enough = composite.gated & (talked >= CONVERSATIONS)
        people = int(enough.sum())
        if people == 0:
            continue
        found = halve(composite, enough) if people >= MANY else None
        modelled = float(composite.reliability[enough].mean())
        traits[trait] = TraitNorm(
            reliability=_rounded(modelled if found is None else max(found.mean, 0.0)),
            low=_rounded(modelled if found is None else max(found.low, 0.0)),
            high=_rounded(modelled if found is None else max(found.high, 0.0)),
            method="model" if found is None else "split_half",
            people=people,
            sd=_rounded(float(composite.cumulants.first[enough].std())),
            weights={j.behaviour.id: j.norm.weight for j in judged[trait]},
        )
        levels[trait], eligible[trait] = composite.cumulants.first, enough
    names, correlations, least = correlate(levels, eligible)
    return Norms(
        name=name,
        invented=invented,
        tier=tier,
        knowledge=counts.knowledge,
        people=number,
        conversations=counts.conversation_count,
        standard=standard,
        behaviours=fitted,
        traits=traits,
        intercorrelations={
            a: {b: _rounded(float(correlations[i, k])) for k, b in enumerate(names)} for i, a in enumerate(names)
        },
        intercorrelation_people=least,
    ).sealed()


def _rounded(x: float) -> float:
    """Six significant digits: what a fit can tell, and the same whatever order the rows came in."""
    return float(f"{x:.6g}")


def _fit_behaviour(counted: Counted, counts: Counts, behaviour: Behaviour) -> BehaviourNorm:
    centre, scale, between, within = _scales(counted)
    centre, scale, between, within = (_rounded(x) for x in (centre, scale, between, within))
    hits, size = casemix.quasi_counts(counted, between=between, within=within, centre=centre, unit=scale)
    start = 0.0 if counted.family == "measure" else centre
    nodes, level_sd = casemix.fit_nodes(counted, counts, hits, size, start)
    nodes = [casemix.Node(n.path, _rounded(n.offset), _rounded(n.variance), _rounded(n.share), n.people) for n in nodes]
    offset = casemix.apply(nodes, level_sd, counts.cells).offset

    likelihood = Likelihood(counted, offset, centre=centre, unit=scale, between=between, within=within)
    hyper = fit_hyperparameters(counted.family, likelihood)
    weight = hyper.weight
    mean, spread = float(weight @ hyper.mean), float(weight @ hyper.spread)
    amount = counted.number * (counted.size if counted.family != "measure" else 1.0)
    binned = np.round(offset[counted.cell], 1)
    offsets = np.unique(binned)
    shares = np.array([amount[binned == o].sum() for o in offsets]) / amount.sum()
    shape = float(weight @ hyper.shape)
    norm = BehaviourNorm(
        trait=behaviour.trait,
        family=counted.family,
        unit=behaviour.unit,
        sign=behaviour.sign,
        weight=behaviour.weight,
        people=len(np.unique(counted.person)),
        conversations=int(counted.number.sum()),
        size=_rounded(float(amount.sum())),
        centre=centre,
        scale=scale,
        between=between,
        within=within,
        mean=_rounded(mean),
        mean_sd=_rounded(float(np.sqrt(weight @ (hyper.mean - mean) ** 2))),
        spread=_rounded(spread),
        spread_sd=_rounded(float(np.sqrt(weight @ (hyper.spread - spread) ** 2))),
        shape=_rounded(shape),
        rate=0.0,
        rate_low=0.0,
        rate_high=0.0,
        nodes=nodes,
        level_sd=[_rounded(s) for s in level_sd],
        mix=[(_rounded(float(o)), _rounded(float(s))) for o, s in zip(offsets, shares, strict=True)],
        support=[Support(*(_rounded(float(x)) for x in row)) for row in zip(*hyper, strict=True)],
        reliability=[],
    )
    rates = norm.rates(np.array([mean, mean - 1.6449 * spread, mean + 1.6449 * spread]))
    information = _information(counted, norm) / counted.number.sum()
    rate, low, high = (_rounded(float(x)) for x in rates)
    reliability = [(n, _rounded(spread**2 / (spread**2 + 1 / (n * information)))) for n in _TYPICAL]
    return structs.replace(norm, rate=rate, rate_low=low, rate_high=high, reliability=reliability)


def _information(counted: Counted, norm: BehaviourNorm) -> float:
    """Return the Fisher information on one person's level of all the norm's conversations together."""
    if norm.family == "measure":
        return float((counted.number / (norm.shape * (norm.between + norm.within / counted.size))).sum())
    expected = float(inverse_link(norm.family, np.array(norm.centre + norm.mean)))
    if norm.family == "share":
        excess = 1 + norm.shape * (counted.size - 1)
        return float((counted.number * counted.size / excess).sum()) * expected * (1 - expected)
    return float((counted.number * counted.size * expected / (1 + norm.shape * expected * counted.size)).sum())


def _scales(counted: Counted) -> tuple[float, float, float, float]:
    """Return centre, unit, and a measure's variances between conversations and per unit of weight."""
    total = counted.number.sum()
    if counted.family == "share":
        hits, size = (counted.number * counted.hits).sum(), (counted.number * counted.size).sum()
        return float(link("share", (hits + 0.5) / (size + 1))), 1.0, 1.0, 0.0
    if counted.family == "count":
        hits, size = (counted.number * counted.hits).sum(), (counted.number * counted.size).sum()
        return float(link("count", (hits + 0.5) / (size + 1))), 1.0, 1.0, 0.0
    mean = float(counted.total.sum() / total)
    spread = float(np.sqrt(max(counted.squares.sum() / total - mean**2, 0.0)))
    if spread <= 1e-9 * max(abs(mean), 1.0):
        return mean, 1.0, 1.0, 0.0
    between, within = _variances(counted, spread)
    return mean, spread, between, within


def _variances(counted: Counted, unit: float) -> tuple[float, float]:
    """Divide a measure's variance within people by how it falls with weight: least squares, neither part negative."""
    steps = np.round(np.log(counted.size) / 0.1)
    steps = (steps - steps.min()).astype(np.int64)
    _, person_step = distinct(counted.person * (int(steps.max()) + 1) + steps)

    def summed(x: Floats) -> Floats:
        return np.bincount(person_step, weights=x).astype(np.float64)

    n = summed(counted.number)
    squares = summed(counted.squares) - summed(counted.total) ** 2 / n
    free = n - 1
    if free.sum() < 2:
        return 1.0, 0.0
    size = summed(counted.size * counted.number) / n
    x = 1 / size
    y = np.where(free > 0, np.maximum(squares, 0) / np.maximum(free, 1), 0) / unit**2
    mean_x, mean_y = float(free @ x / free.sum()), float(free @ y / free.sum())
    spread_x = float(free @ (x - mean_x) ** 2)
    slope = float(free @ ((x - mean_x) * (y - mean_y))) / spread_x if spread_x > 1e-9 * free.sum() else 0.0
    slope = min(max(slope, 0.0), mean_y / mean_x)
    between = mean_y - slope * mean_x
    if between + slope * mean_x < 1e-6:
        return 1.0, 0.0
    return max(between, 0.0), slope
