"""What estimation promises: gates, reasons, frozen norms, order, direction."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from poise.estimation import (
    HAND_CODED,
    REASONS,
    DetectorAccuracy,
    Estimated,
    Norms,
    NormsError,
    estimate,
    fit_norms,
    what_would_change,
)
from poise.knowledge.schema import Standard
from poise.model import CASES, ESTIMATES, EVIDENCE, RATES, empty

from .simulated import CLUSTERS, TRAITS, behaviour, cases, cases_of, evidence, shares

KNOWN = {
    "b000": behaviour("b000", "helpful"),
    "b001": behaviour("b001", "helpful", sign="-"),
    "b002": behaviour("b002", "considerate"),
    "b003": behaviour("b003", "fair", weight=2.0),
    "b004": behaviour("b004", "fair", sign="0"),
}


def team(people: int = 12, conversations: int = 30, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rates = 1 / (1 + np.exp(-(-0.3 + 0.7 * rng.standard_normal((people, len(KNOWN))))))
    return shares(rng, rates, conversations=conversations, opportunities=2.0, rho=0.1)


def run(table: pl.DataFrame, norms: Norms, **options: object) -> Estimated:
    return estimate(
        table,
        cases_of(table),
        behaviours=options.pop("behaviours", KNOWN),  # type: ignore[arg-type]
        traits=TRAITS,
        clusters=CLUSTERS,
        norms=norms,
        **({"detector": HAND_CODED} | options),  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return team()


@pytest.fixture(scope="module")
def norms(table: pl.DataFrame) -> Norms:
    return fit_norms(table, cases_of(table), KNOWN, name="team", invented=True)


@pytest.fixture(scope="module")
def found(table: pl.DataFrame, norms: Norms) -> Estimated:
    return run(table, norms)


def close(a: Estimated, b: Estimated) -> None:
    for name in ("rates", "estimates", "reliability", "contributions", "accuracy"):
        assert_frame_equal(getattr(a, name), getattr(b, name), abs_tol=1e-9)


def test_tables_have_the_promised_forms(found: Estimated, norms: Norms) -> None:
    assert found.rates.schema == pl.Schema(RATES)
    assert found.estimates.schema == pl.Schema(ESTIMATES)
    assert found.estimates["norms"].unique().to_list() == [norms.version]
    reasons = set(found.estimates["reason"].drop_nulls()) | set(found.rates["reason"].drop_nulls())
    assert reasons <= set(REASONS)
    assert len(found.estimates) == 12 * (len(TRAITS) + len(CLUSTERS))
    numbers = found.estimates.filter(pl.col("mean").is_not_null())
    assert numbers.select((pl.col("low") <= pl.col("mean")) & (pl.col("mean") <= pl.col("high"))).to_series().all()
    assert numbers.select(pl.col("low", "high").is_between(1, 5)).to_numpy().all()


def test_same_input_same_numbers_whatever_the_order_of_rows(
    table: pl.DataFrame, norms: Norms, found: Estimated
) -> None:
    shuffled = table.sample(fraction=1, shuffle=True, seed=3)
    close(found, run(shuffled, norms))
    close(found, estimate(
        shuffled.lazy(), cases_of(table).sample(fraction=1, shuffle=True, seed=4).lazy(), behaviours=KNOWN,
        traits=TRAITS, clusters=CLUSTERS, norms=norms, detector=HAND_CODED,
    ))  # fmt: skip
    assert fit_norms(shuffled, cases_of(table), KNOWN, name="team", invented=True).version == norms.version


def test_nobody_moves_because_of_a_colleague(table: pl.DataFrame, norms: Norms, found: Estimated) -> None:
    alone = run(table.filter(pl.col("person") == "p00003"), norms)
    for name in ("rates", "estimates", "contributions"):
        mine = getattr(found, name).filter(pl.col("person") == "p00003")
        assert_frame_equal(getattr(alone, name), mine, abs_tol=1e-9)


@pytest.fixture(scope="module")
def firm() -> Norms:
    """Norms of so many people that their own uncertainty is small."""
    many = team(400, 30, seed=2)
    return fit_norms(many, cases_of(many), KNOWN, name="many")


def test_more_evidence_narrows_the_interval(table: pl.DataFrame, firm: Norms) -> None:
    widths = []
    for copies in (1, 3, 10):
        more = pl.concat([table.with_columns(pl.col("conversation") + f"-{k}") for k in range(copies)])
        e = run(more, firm).estimates
        # Clipped at 1 or 5 an interval is shorter than what is known.
        free = e.select(pl.when((pl.col("low") > 1) & (pl.col("high") < 5)).then(pl.col("high") - pl.col("low")))
        widths.append(free.to_series().fill_null(np.nan).to_numpy())
    usable = np.isfinite(widths).all(axis=0)
    assert usable.sum() > 20
    widths = [w[usable] for w in widths]
    assert (widths[1] < widths[0]).all()
    assert (widths[2] < widths[1]).all()
    assert widths[2].mean() < 0.6 * widths[0].mean()


def test_direction_and_waterfall(norms: Norms) -> None:
    """Who does all that helps and nothing that harms is above everyone; contributions add up to the level."""
    rows = []
    for person, rate in (("good", 1), ("bad", 0)):
        for c in range(20):
            for b, k in KNOWN.items():
                hit = rate if k.sign == "+" else 1 - rate
                rows.append((person, f"{person}{c}", b, 2 * hit, 2))
    columns = dict(
        zip(("person", "conversation", "behaviour", "hits", "opportunities"), zip(*rows, strict=True), strict=True)
    )
    found = run(evidence({k: list(v) for k, v in columns.items()}), norms)
    level = {(p, t): m for p, t, m in found.estimates.select("person", "trait", "mean").iter_rows()}
    for t in [*TRAITS, *CLUSTERS]:
        assert level["good", t] > 3.8 > 2.2 > level["bad", t]
    risk = found.estimates.filter(pl.col("trait") == "helpful").sort("person")["below_standard"].to_list()
    assert risk[0] > 0.95
    assert risk[1] < 0.05
    sums = found.contributions.group_by("person", "trait").agg(pl.col("contribution").sum(), pl.col("weight").sum())
    assert sums["weight"].to_list() == pytest.approx([1.0] * len(sums))
    joined = sums.join(found.estimates, on=["person", "trait"])
    assert np.clip(3 + joined["contribution"].to_numpy(), 1, 5) == pytest.approx(joined["mean"].to_numpy())
    assert "b004" not in found.contributions["behaviour"].to_list()  # neutral
    assert "b004" in found.rates["behaviour"].to_list()


def test_gates_hide_and_say_why(norms: Norms) -> None:
    def of(conversations: int, opportunities: int) -> dict[str, object]:
        t = evidence(
            {
                "person": ["x"] * conversations,
                "conversation": [str(i) for i in range(conversations)],
                "behaviour": ["b000"] * conversations,
                "hits": [0] * conversations,
                "opportunities": [opportunities] * conversations,
            }
        )
        e = run(t, norms)
        return e.estimates.filter(pl.col("trait") == "helpful").row(0, named=True) | {
            "rate": e.rates.row(0, named=True),
            "other": e.estimates.filter(pl.col("trait") == "fair").row(0, named=True),
        }

    few = of(9, 1)
    assert (few["shown"], few["reason"]) == (False, "few_opportunities")
    assert few["rate"]["shown"] is False  # type: ignore[index]
    brief = of(7, 9)
    assert (brief["shown"], brief["reason"]) == (False, "few_conversations")
    assert brief["rate"]["reason"] == "few_conversations"  # type: ignore[index]
    enough = of(8, 2)
    assert enough["reason"] in (None, "cluster_instead")
    assert enough["rate"]["shown"] is True  # type: ignore[index]
    nothing = enough["other"]
    assert nothing["reason"] == "not_observed"  # type: ignore[index]
    assert nothing["mean"] is None and nothing["below_standard"] is None  # type: ignore[index]
    assert nothing["shown"] is False  # type: ignore[index]
    # None of eighteen is not a rate of zero.
    assert enough["rate"]["low"] > 0 and enough["rate"]["rate"] > 0.02  # type: ignore[index]


def test_no_evidence_at_all(norms: Norms) -> None:
    e = estimate(empty(EVIDENCE), empty(CASES), behaviours=KNOWN, traits=TRAITS, clusters=CLUSTERS, norms=norms)
    assert e.rates.schema == pl.Schema(RATES) and e.rates.is_empty()
    assert e.estimates.schema == pl.Schema(ESTIMATES) and e.estimates.is_empty()
    with pytest.raises(ValueError, match="need evidence"):
        fit_norms(empty(EVIDENCE), empty(CASES), KNOWN, name="none")
    changes = what_would_change(empty(EVIDENCE), empty(CASES), behaviours=KNOWN, traits=TRAITS, norms=norms)
    assert changes.is_empty()


def test_rows_that_say_nothing_are_dropped_and_impossible_ones_refused(norms: Norms) -> None:
    base = {"person": ["x"], "conversation": ["c"], "behaviour": ["b000"], "hits": [0], "opportunities": [0]}
    assert run(evidence(base), norms).rates.is_empty()
    with pytest.raises(ValueError, match=r"b000.*hits"):
        run(evidence(base | {"hits": [3], "opportunities": [2]}), norms)
    with pytest.raises(ValueError, match=r"b000.*hits"):
        run(evidence(base | {"hits": [-1], "opportunities": [2]}), norms)
    unknown = run(evidence(base | {"behaviour": ["nowhere"], "opportunities": [2]}), norms)
    assert unknown.rates.is_empty()


def test_a_behaviour_without_a_norm_says_so(table: pl.DataFrame) -> None:
    part = table.filter(pl.col("behaviour") != "b002")
    partial = fit_norms(part, cases_of(part), KNOWN, name="partial")
    e = run(table, partial)
    rates = e.rates.filter(pl.col("behaviour") == "b002")
    assert rates["reason"].unique().to_list() == ["no_norm"]
    assert rates["rate"].null_count() == len(rates) == 12
    assert rates["opportunities"].min() > 0  # type: ignore[operator]
    assert e.estimates.filter(pl.col("trait") == "considerate")["reason"].unique().to_list() == ["not_observed"]


@pytest.mark.parametrize("people", [1, 2, 5])
def test_norms_of_very_few_people_work_and_are_wide(people: int) -> None:
    few = team(people, 30, seed=people)
    norms = fit_norms(few, cases_of(few), KNOWN, name="few")
    e = run(few, norms)
    levels = e.estimates.filter(pl.col("kind") == "trait")
    if people == 1:
        assert levels["reason"].unique().to_list() == ["one_peer"]
        assert levels["mean"].null_count() == len(levels)
        assert not levels["shown"].any()
        assert e.rates["rate"].null_count() == 0  # what the person does is known all the same
        assert e.rates["deviation"].null_count() == len(e.rates)
    else:
        assert levels["mean"].null_count() == 0
        many = team(40, 30, seed=9)
        wide = (levels["high"] - levels["low"]).mean()
        sure = run(few, fit_norms(many, cases_of(many), KNOWN, name="many")).estimates.filter(pl.col("kind") == "trait")
        assert wide > (sure["high"] - sure["low"]).mean()  # type: ignore[operator]
    if people == 2:
        assert set(levels.filter("shown")["reason"]) <= {"few_peers"}
        assert set(e.rates["reason"]) == {"few_peers"}


def test_one_agent_alone_on_a_channel_is_said_to_be_alone(table: pl.DataFrame) -> None:
    everyone = cases_of(table)
    mixed = everyone.with_columns(
        pl.when(pl.col("conversation").str.starts_with("p00003"))
        .then(pl.lit("call"))
        .otherwise("channel")
        .alias("channel")
    )
    norms = fit_norms(table, mixed, KNOWN, name="mixed")
    e = estimate(table, mixed, behaviours=KNOWN, traits=TRAITS, clusters=CLUSTERS, norms=norms, detector=HAND_CODED)
    alone = e.rates.filter(pl.col("reason") == "one_peer_here")["person"].unique().to_list()
    assert alone == ["p00003"]


def test_equal_skill_at_unequal_case_mix_is_equal() -> None:
    """Angry customers get fewer apologies from everyone; who gets more of them must not look worse for it."""
    rng = np.random.default_rng(4)
    rows, moods = [], {}
    for i in range(24):
        skill = 0.5 * rng.standard_normal()
        for c in range(60):
            angry = rng.random() < (0.9 if i % 2 else 0.1)
            key = f"{i}-{c}"
            moods[key] = 3 if angry else 0
            p = 1 / (1 + np.exp(-(0.8 + skill - 1.6 * angry)))
            rows.append((f"p{i:02d}", key, "b000", int(rng.binomial(2, p)), 2, skill))
    names = ("person", "conversation", "behaviour", "hits", "opportunities")
    t = evidence({n: [r[k] for r in rows] for k, n in enumerate(names)})
    mix = cases(list(moods), arrival_anger=list(moods.values()))
    norms = fit_norms(t, mix, KNOWN, name="mix")
    rates = estimate(t, mix, behaviours=KNOWN, traits=TRAITS, clusters=CLUSTERS, norms=norms, detector=HAND_CODED).rates
    truth = np.array([next(r[5] for r in rows if r[0] == f"p{i:02d}") for i in range(24)])
    deviation = rates.sort("person")["deviation"].to_numpy()
    raw = (rates["hits"] / rates["opportunities"]).to_numpy()
    busy = np.arange(24) % 2 == 1
    gap = deviation[busy].mean() - deviation[~busy].mean() - (truth[busy].mean() - truth[~busy].mean()) / 0.5
    raw_gap = raw[busy].mean() - raw[~busy].mean()
    assert raw_gap < -0.2
    assert abs(gap) < 0.6
    assert np.corrcoef(deviation, truth)[0, 1] > 0.85 > np.corrcoef(raw, truth)[0, 1]


def test_an_employers_standard_anchors_the_scale(norms: Norms) -> None:
    standard = {"b000": behaviour("b000", "helpful", standard=Standard(one=0.1, three=0.5, five=0.9))}
    n = 400
    t = evidence(
        {
            "person": ["half"] * n + ["most"] * n,
            "conversation": [f"a{i}" for i in range(n)] + [f"b{i}" for i in range(n)],
            "behaviour": ["b000"] * 2 * n,
            "hits": [1] * n + [2 * (i % 10 < 9) for i in range(n)],
            "opportunities": [2] * 2 * n,
        }
    )
    e = run(t, norms, behaviours=standard).estimates.filter(pl.col("trait") == "helpful").sort("person")
    half, most = e["mean"].to_list()
    assert half == pytest.approx(3, abs=0.15)
    assert most == pytest.approx(5, abs=0.4)
    wrong = {"b000": behaviour("b000", "helpful", standard=Standard(one=0.5, three=0.1, five=0.9))}
    with pytest.raises(ValueError, match="rise or fall"):
        run(t, norms, behaviours=wrong)


@pytest.mark.parametrize("unit", ["per_minute", "seconds", "index"])
def test_counts_and_measures_are_recovered(unit: str) -> None:
    rng = np.random.default_rng(8)
    people, conversations = 30, 40
    skill = rng.standard_normal(people)
    who = np.repeat(np.arange(people), conversations)
    n = len(who)
    columns: dict[str, object] = {
        "person": [f"p{i:02d}" for i in who],
        "conversation": [f"c{i}" for i in range(n)],
        "behaviour": ["m"] * n,
    }
    if unit == "per_minute":
        minutes = rng.uniform(1, 9, n)
        mean = 0.8 * np.exp(0.5 * skill[who]) * minutes * rng.gamma(4, 1 / 4, n)
        columns |= {"hits": rng.poisson(mean), "exposure_s": minutes * 60}
        truth = 0.8 * np.exp(0.5 * skill)
    elif unit == "seconds":
        columns |= {"value": np.expm1(4 + 0.3 * skill[who] + 0.6 * rng.standard_normal(n))}
        truth = np.expm1(4 + 0.3 * skill)
    else:
        weight = rng.integers(1, 20, n)
        sd = np.sqrt(0.02 + 0.2 / weight)
        columns |= {"value": 0.6 + 0.1 * skill[who] + sd * rng.standard_normal(n), "weight": weight}
        truth = 0.6 + 0.1 * skill
    t = evidence(columns)
    known = {"m": behaviour("m", "helpful", sign="-", unit=unit)}  # type: ignore[arg-type]
    norms = fit_norms(t, cases_of(t), known, name="m")
    rates = run(t, norms, behaviours=known).rates.sort("person")
    inside = ((rates["low"].to_numpy() <= truth) & (truth <= rates["high"].to_numpy())).mean()
    assert inside >= 0.75
    assert np.corrcoef(rates["rate"].to_numpy(), truth)[0, 1] > 0.8
    assert np.corrcoef(rates["deviation"].to_numpy(), -skill)[0, 1] > 0.8  # it counts against
    spread = {"per_minute": 0.5, "seconds": 0.3, "index": 0.1}[unit]
    norm = norms.behaviours["m"]
    assert norm.spread * norm.scale == pytest.approx(spread, rel=0.4)
    if unit == "index":
        # More to go by in a conversation: variance within falls with weight, variance between does not.
        assert norm.between * norm.scale**2 == pytest.approx(0.02, rel=0.5)
        assert norm.within * norm.scale**2 == pytest.approx(0.2, rel=0.3)


def test_norms_survive_their_file_and_refuse_a_changed_one(norms: Norms, table: pl.DataFrame, found: Estimated) -> None:
    data = norms.to_json()
    again = Norms.from_json(data)
    assert again == norms
    assert again.invented and again.name == "team" and again.people == 12 and again.knowledge == ["k1"]
    close(found, run(table, again))
    tampered = data.replace(b'"standard": 2.5', b'"standard": 3.5')
    assert tampered != data
    with pytest.raises(NormsError, match="changed after they were fitted"):
        Norms.from_json(tampered)
    with pytest.raises(NormsError, match="standart"):
        Norms.from_json(data.replace(b'"standard"', b'"standart"'))
    with pytest.raises(NormsError, match="cannot be read"):
        Norms.from_json(b"{")
    with pytest.raises(NormsError, match="form 9"):
        Norms.from_json(msgspec.json.encode(msgspec.structs.replace(norms, form=9)))
    other = msgspec.structs.replace(norms, behaviours={**norms.behaviours, "b000": norms.behaviours["b001"]})
    assert other.sealed().version != norms.version


def test_norms_describe_their_group(norms: Norms) -> None:
    norm = norms.behaviours["b000"]
    assert norm.rate_low < norm.rate < norm.rate_high
    assert [n for n, _ in norm.reliability] == [8, 20, 50, 100, 200]
    assert all(a < b for (_, a), (_, b) in zip(norm.reliability, norm.reliability[1:], strict=False))
    assert set(norms.traits) == set(TRAITS)
    assert norms.traits["fair"].weights == {"b003": 2.0}
    assert norms.intercorrelations["fair"]["helpful"] == norms.intercorrelations["helpful"]["fair"]
    assert norms.traits["fair"].method == "model"  # twelve people are too few to correlate halves


def test_reliability_from_fifty_people_on_is_measured_here(norms: Norms) -> None:
    many = team(60, 40, seed=5)
    e = run(many, norms)
    traits = e.reliability.filter(pl.col("kind") == "trait")
    assert traits["method"].unique().to_list() == ["split_half"]
    assert traits["split_half"].min() > 0.4  # type: ignore[operator]
    assert (traits["low"] < traits["split_half"]).all() and (traits["split_half"] < traits["high"]).all()
    # Independent behaviours: no total can stand for a trait.
    assert traits["shown"].all()
    few = run(many.filter(pl.col("person") < "p00020"), norms).reliability.filter(pl.col("kind") == "trait")
    assert few["method"].unique().to_list() == ["norms"]
    assert few["used"].to_list() == [norms.traits[t].reliability for t in few["trait"]]


def test_traits_that_cannot_be_told_apart_are_shown_as_their_cluster() -> None:
    """One common quality behind everything, little evidence each: the total predicts better."""
    rng = np.random.default_rng(6)
    common = rng.standard_normal((80, 1))
    rates = 1 / (1 + np.exp(-(0.9 * common + 0.15 * rng.standard_normal((80, len(KNOWN))))))
    rates[:, 1] = 1 - rates[:, 1]
    t = shares(rng, rates, conversations=12, opportunities=1.5)
    norms = fit_norms(t, cases_of(t), KNOWN, name="one quality")
    e = run(t, norms)
    considerate = e.estimates.filter(pl.col("trait") == "considerate")
    assert set(considerate.filter(pl.col("opportunities") >= 10)["reason"]) == {"cluster_instead"}
    care = e.estimates.filter((pl.col("trait") == "care") & (pl.col("conversations") >= 8))
    assert care["shown"].all()
    # A trait alone in its cluster is the cluster.
    assert "cluster_instead" not in e.estimates.filter(pl.col("trait") == "fair")["reason"].to_list()


def test_detector_error_only_widens_and_is_reported(table: pl.DataFrame, norms: Norms, found: Estimated) -> None:
    def rows(precision: float) -> DetectorAccuracy:
        row = '{"behaviour": "b000", "language": "en", "precision": %s, "recall": 0.9, "hits": 200, "acts": 200}'
        return DetectorAccuracy.from_json('{"name": "m", "rows": [' + row % precision + "]}")

    assumed = run(table, norms, detector=None)
    good, poor = run(table, norms, detector=rows(0.98)), run(table, norms, detector=rows(0.6))

    def widths(e: Estimated, name: str) -> np.ndarray:
        r = e.rates.filter(pl.col("behaviour") == name).sort("person")
        return np.stack([(r["high"] - r["low"]).to_numpy(), r["deviation_sd"].to_numpy()])

    assert (widths(found, "b000") < widths(good, "b000")).all()
    assert (widths(good, "b000") < widths(poor, "b000")).all()
    assert (widths(found, "b001") < widths(assumed, "b001")).all()
    for e in (assumed, good, poor):
        assert_frame_equal(e.rates.select("rate", "deviation"), found.rates.select("rate", "deviation"))
        assert (
            (e.estimates["high"] - e.estimates["low"]) >= (found.estimates["high"] - found.estimates["low"]) - 1e-9
        ).all()
    told = dict(good.accuracy.select("behaviour", "assumed").iter_rows())
    assert told == {"b000": False, "b001": True, "b002": True, "b003": True, "b004": True}
    assert found.accuracy["widening"].max() == 0


def test_what_would_change(table: pl.DataFrame, norms: Norms, found: Estimated) -> None:
    changes = what_would_change(
        table, cases_of(table), behaviours=KNOWN, traits=TRAITS, norms=norms, detector=HAND_CODED, people=["p00001"]
    )
    assert changes["person"].unique().to_list() == ["p00001"]
    levels = dict(found.estimates.filter(pl.col("person") == "p00001").select("trait", "mean").iter_rows())
    acts = changes.filter(pl.col("kind") == "behaviour")
    assert set(acts["behaviour"]) == {"b000", "b001", "b002", "b003"}
    for row in acts.iter_rows(named=True):
        assert row["level"] == pytest.approx(levels[row["trait"]])
        assert row["level_then"] > row["level"]
        step = row["met"] - row["usual"]
        assert (step <= 0) if row["behaviour"] == "b001" else (step >= 0)
        assert 0 <= row["met"] <= row["occasions"] == 10
    assert changes.filter(pl.col("kind") == "gate")["conversations"].to_list() == [0, 0, 0]
    # Twelve people do not say well enough where their middle is for anyone's interval to halve.
    assert changes.filter(pl.col("kind") == "half_interval")["conversations"].null_count() > 0
    with pytest.raises(ValueError, match="occasions"):
        what_would_change(table, cases_of(table), behaviours=KNOWN, traits=TRAITS, norms=norms, occasions=0)


def test_so_many_more_conversations_do_halve_the_interval(table: pl.DataFrame, firm: Norms) -> None:
    levels = run(table, firm).estimates.filter(pl.col("trait") == "considerate")
    middle = levels.sort((pl.col("mean") - 3).abs()).row(0, named=True)
    mine = table.filter(pl.col("person") == middle["person"])
    changes = what_would_change(mine, cases_of(mine), behaviours=KNOWN, traits=TRAITS, norms=firm, detector=HAND_CODED)
    half = changes.filter((pl.col("kind") == "half_interval") & (pl.col("trait") == "considerate"))
    times = round(1 + half["conversations"].item() / 30)
    assert times > 2
    grown = pl.concat([mine.with_columns(pl.col("conversation") + f"-{k}") for k in range(times)])
    then = run(grown, firm).estimates.filter(pl.col("trait") == "considerate")
    ratio = (then["high"] - then["low"]).item() / (middle["high"] - middle["low"])
    assert ratio == pytest.approx(0.5, abs=0.06)


def test_what_it_takes_to_pass_the_gate(norms: Norms) -> None:
    t = evidence(
        {
            "person": ["x"] * 4,
            "conversation": list("abcd"),
            "behaviour": ["b000"] * 4,
            "hits": [1] * 4,
            "opportunities": [1] * 4,
        }
    )
    changes = what_would_change(t, cases_of(t), behaviours=KNOWN, traits=TRAITS, norms=norms)
    assert changes.filter(pl.col("kind") == "gate")["conversations"].to_list() == [6]  # ten opportunities, one in each
