"""How well a panel measured: severity, agreement, what connects it, and the table of traits and methods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from poise.app.interviews.panel.gathering import RATINGS
from poise.app.interviews.panel.methods import methods
from poise.app.interviews.panel.quality import Figure, quality
from poise.app.interviews.panel.separating import Separability
from poise.app.interviews.panel.wording import alpha, coefficient
from poise.knowledge.interviews import Kit, Question

TRAITS = ("helpful", "considerate", "organised")
SEVERITY = (-0.5, -0.1, 0.2, 0.7)


def panel(
    persons: int = 20,
    severity: tuple[float, ...] = SEVERITY,
    *,
    seed: int = 1,
    each: int | None = None,
    contrast: float = 0.0,
    trait_sd: float = 0.3,
) -> pl.DataFrame:
    """Ratings of persons, each by all raters (or ``each`` of them in turn), four interviews a day."""
    random = np.random.default_rng(seed)
    questions = [(trait, f"{trait}.{form}") for trait in TRAITS for form in ("past_1", "past_2", "dilemma")]
    rows = []
    earlier: dict[tuple[int, int], list[float]] = {}
    for person in range(persons):
        level = 3 + random.normal(0, 0.7)
        own = {trait: random.normal(0, trait_sd) for trait in TRAITS}
        luck = {key: random.normal(0, 0.4) for _, key in questions}
        day = person // 4
        raters = range(len(severity)) if each is None else [(person + n) % len(severity) for n in range(each)]
        for rater in raters:
            before = earlier.setdefault((rater, day), [])
            push = contrast * (np.mean(before) - 3) if before else 0.0
            given = []
            for minute, (trait, key) in enumerate(questions):
                value = level + own[trait] + luck[key] - severity[rater] + push + random.normal(0, 0.5)
                given.append(float(np.clip(np.rint(value), 1, 5)))
                at = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=day, hours=person % 4, minutes=minute)
                rows.append((f"C{person:02}", f"R{rater + 1}", key, given[-1], at, "1", None, trait, False))
            before.append(float(np.mean(given)))
    return pl.DataFrame(rows, schema=dict(RATINGS), orient="row")


def kit() -> Kit:
    forms = {"past_1": "past", "past_2": "past", "dilemma": "dilemma"}
    anchors = {level: {"en": "So."} for level in ("1", "3", "5")}
    return Kit(
        traits=dict.fromkeys(TRAITS, 1.0),
        questions=[
            Question(id=f"{trait}.{key}", form=form, trait=trait, text={"en": "?"}, anchors=anchors)  # type: ignore[arg-type]
            for trait in TRAITS
            for key, form in forms.items()
        ],
        probes=[],
    )


def test_a_panel_of_twenty_recovers_the_order_of_severity(db: str) -> None:
    found = quality(panel())
    assert not found.problem and [row["rater"] for row in found.raters] == ["R4", "R3", "R2", "R1"]
    assert "severe" in found.raters[0]["advice"] and "lenient" in found.raters[-1]["advice"]
    assert found.agreement.alpha is not None and 0 < found.agreement.alpha.low < found.agreement.alpha.high < 1
    assert found.agreement.icc1 is not None and found.agreement.icck is not None
    assert found.agreement.icc1.value < found.agreement.icck.value and len(found.agreement.kappas) == 6
    assert found.needed[1] < found.needed[4] and (found.enough is None or found.needed[found.enough] >= 0.8)
    assert found.told_apart is not None and found.told_apart > 0.7


@pytest.mark.parametrize(("contrast", "sign"), [(-0.9, -1), (0.9, 1)])
def test_contrast_and_carrying_over_are_found(db: str, contrast: float, sign: int) -> None:
    found = quality(panel(40, contrast=contrast)).order
    assert found is not None and sign * found.value > 0
    assert (found.high < 0) if sign < 0 else (found.low > 0)


def test_raters_who_meet_in_turn_have_no_icc_but_are_compared_all_the_same(db: str) -> None:
    found = quality(panel(each=2))
    assert not found.problem and found.agreement.icc1 is None and found.agreement.alpha is not None
    assert found.raters[0]["rater"] == "R4"


def test_an_unconnected_panel_names_the_ratings_that_would_connect_it(db: str) -> None:
    whole = panel(6)
    first = pl.col("person").is_in(["C00", "C01", "C02"])
    table = whole.filter(pl.when(first).then(pl.col("rater") == "R1").otherwise(pl.col("rater") == "R2"))
    found = quality(table)
    assert found.problem == "disconnected" and {raters for _, raters in found.subsets} == {("R1",), ("R2",)}
    joined = [(one.rater, one.person, one.item) for one in found.links]
    more = whole.filter(pl.concat_list("rater", "person", "item").is_in([list(one) for one in joined]))
    assert joined and more.height == len(joined)
    assert quality(pl.concat([table, more])).problem == ""


def test_what_cannot_be_fitted_says_why(db: str) -> None:
    table = panel(3)
    assert quality(table.clear()).problem == "none"
    assert quality(table.with_columns(rating=pl.lit(4.0))).problem == "equal"
    assert quality(table.filter(person="C00")).problem == "one_person"
    alone = quality(table.filter(rater="R1"))
    assert not alone.needed and alone.agreement.alpha is None and alone.agreement.pairs == 0
    few = quality(panel(2, SEVERITY[:2]))
    assert not few.problem and not few.needed, "how many raters are needed is not told from two candidates"


def test_the_fit_is_made_once_for_the_same_ratings(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = panel(8, seed=9)
    first = quality(table)
    monkeypatch.setattr("poise.app.interviews.panel.quality.judge_panel", None)
    assert quality(table.sample(fraction=1, shuffle=True, seed=1)) == first


def test_traits_and_methods_have_shares_from_ten_candidates_on(db: str) -> None:
    apart = {trait: Separability(0.7, 0.5) for trait in TRAITS}
    few = methods(panel(8), kit(), apart)
    assert few.shares is None and all(row.convergent is None for row in few.rows)
    assert few.rows[0].ratings == {"past": 64, "dilemma": 32}
    many = methods(panel(40, trait_sd=0.8), kit(), apart)
    assert many.shares is not None and many.people == 40
    assert many.shares.general + many.shares.trait + many.shares.method + many.shares.rest == pytest.approx(1)
    assert many.shares.trait > many.shares.method
    row = many.rows[0]
    assert row.convergent is not None and row.same_method is not None
    assert row.convergent.low < row.convergent.value < row.convergent.high and row.convergent.n == 40
    assert row.convergent.value > row.same_method


def test_the_recorded_interview_is_no_candidate_of_the_table(db: str) -> None:
    table = panel(12).with_columns(anchor=pl.col("person") == "C00")
    assert methods(table, kit(), {}).people == 11
    assert methods(table, kit(), {}).rows[0].apart is None


def test_the_recorded_interview_is_no_candidate_to_be_told_apart(db: str) -> None:
    table = panel(5)
    everybody = quality(table)
    recorded = quality(table.with_columns(anchor=pl.col("person") == "C00"))
    assert everybody.candidates == 5 and everybody.needed
    assert recorded.candidates == 4 and not recorded.needed
    assert recorded.told_apart is not None and recorded.told_apart != everybody.told_apart
    one = quality(panel(2).with_columns(anchor=pl.col("person") == "C00"))
    assert not one.problem and one.told_apart is None, "one candidate is told apart from nobody"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.62, 0.9, "as calibrated raters"),
        (0.16, 0.92, "too wide"),
        (0.45, 0.92, "checklists reach, or more"),
        (0.1, 0.55, "checklists reach, or less"),
        (0.0, 0.3, "below"),
    ],
)
def test_what_agreement_compares_with_is_no_more_certain_than_its_range(low: float, high: float, said: str) -> None:
    assert said in coefficient(Figure((low + high) / 2, low, high, 30))


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.9, 0.82, 0.95, "Firm"),
        (0.9, 0.7, 0.95, "Tentative"),
        (0.85, 0.3, 0.95, "Perhaps fit"),
        (0.5, 0.2, 0.8, "Perhaps low"),
        (0.4, 0.2, 0.6, "Low"),
    ],
)
def test_alpha_is_read_no_more_surely_than_its_range(value: float, low: float, high: float, said: str) -> None:
    assert alpha(Figure(value, low, high, 30)).startswith(said)
