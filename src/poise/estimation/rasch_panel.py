"""A whole panel judged: measures of persons, raters and items, how far raters agree, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.estimation.agreement import Alpha, ExactAgreement, exact_agreement, krippendorff_alpha, pairs
from poise.estimation.generalizability_unbalanced import Method, Unbalanced, components, interaction
from poise.estimation.rasch import Covariate, DisconnectedError, Facet, RaschFit, fit
from poise.estimation.rasch_bias import Bias, bias, drift, order_contrast
from poise.estimation.rasch_quality import Distinct, distinct, fair_average

__all__ = ["ADVICE", "FEW", "Panel", "PanelError", "RatersNeeded", "judge_panel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ADVICE: Final = ("noisy", "muted", "severe", "lenient", "drifts", "biased", "few")
"""What may be said of a rater: ratings scatter more, or less, than the model expects; a stricter or milder rater than
the panel (fair averages correct for it); severity moves over time; harder on a group; too few ratings to judge."""

FEW: Final = 10
"""Ratings below which nothing but that is said of a rater."""

PANELS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 15)
"""Numbers of raters that dependability is worked out for."""

_Z90 = 1.6448536269514722
_NOISY, _MUTED = 1.5, 0.5  # mean squares beyond which ratings mislead, or say too little (Linacre 2002)
_FAR = 0.5  # logits from the panel's mean that are worth a word
_NAMES = 5


class PanelError(ValueError):
    """A panel that cannot be put on one scale; the message names who must rate whom."""


class RatersNeeded(NamedTuple):
    """Dependability (Phi) of a person's mean over so many raters, on this panel's items."""

    raters: int
    phi: float


@dataclass(frozen=True)
class Panel:
    """What is known of a panel.

    Attributes
    ----------
    persons, raters, items, situations
        One row per level with measures in logits, fair averages in ratings, and fit; ``situations`` empty without.
    drift, bias
        Terms of rater x time block and rater x group, with Holm's correction.
    pairs
        Quadratic kappa of every two raters with enough in common.
    order
        Effect of one point more in the mean of the rater's earlier interviews of the day, in logits; None where
        times do not say.
    needed
        Dependability by number of raters; empty where components cannot be told apart.
    """

    fit: RaschFit
    persons: pl.DataFrame
    raters: pl.DataFrame
    items: pl.DataFrame
    situations: pl.DataFrame
    thresholds: pl.DataFrame
    drift: pl.DataFrame
    bias: pl.DataFrame
    pairs: pl.DataFrame
    alpha: Alpha
    exact: ExactAgreement
    persons_told_apart: Distinct
    raters_told_apart: Distinct
    components: Unbalanced | None
    needed: tuple[RatersNeeded, ...]
    order: Covariate | None


def judge_panel(table: pl.DataFrame, *, partial_credit: bool = False, variances: Method | None = None) -> Panel:
    """Return everything that the ratings of ``table`` say.

    Parameters
    ----------
    table
        Columns person, rater, item, rating, and at, situation and group, null where unknown.
    partial_credit
        Thresholds of their own for each item.
    variances
        How variance components are estimated; by the size of the panel where None. Henderson's method never takes
        long, REML up to seconds.

    Raises
    ------
    PanelError
        Without ratings, if all are equal, or if the design falls into subsets; names say which ratings connect it.
    """
    if table.is_empty():
        raise PanelError("there are no ratings to judge")
    if table["rating"].n_unique() < 2:
        raise PanelError("all ratings are equal: they tell nobody apart. Ask raters to use the scale's levels")
    facets = ["rater", "item"] + (["situation"] if table["situation"].is_not_null().any() else [])
    named = table.with_columns(pl.col("situation").fill_null("-"))
    names = {column: named[column].unique().sort().to_list() for column in ("person", *facets)}
    codes = {
        column: named[column].cast(pl.Enum(found)).to_physical().cast(pl.Int64).to_numpy()
        for column, found in names.items()
    }
    values = table["rating"].to_numpy()
    clock = _clock(table)
    covariates = _order(table, codes, values, clock)
    try:
        found = fit(
            values,
            codes["person"],
            {facet: codes[facet] for facet in facets},
            partial_credit="item" if partial_credit else None,
            covariates=covariates,
        )
    except DisconnectedError as error:
        raise PanelError(_connect(error, names, facets)) from error
    moved = _terms_over_time(found, codes["rater"], clock, names["rater"])
    harder = _terms_by_group(found, table, codes["rater"], names["rater"])
    units = interaction(codes["person"], *(codes[facet] for facet in facets[1:]))
    parts, needed = _dependability(values, codes, variances)
    return Panel(
        fit=found,
        persons=_persons(found, names["person"], codes),
        raters=_raters(found, names["rater"], moved, harder),
        items=_levels(found, "item", names["item"]),
        situations=_levels(found, "situation", names["situation"]) if "situation" in facets else _nothing(found),
        thresholds=_thresholds(found, names["item"] if partial_credit else ["all"]),
        drift=moved,
        bias=harder,
        pairs=_pairs(codes["rater"], units, values, names["rater"]),
        alpha=krippendorff_alpha(values, units, level="ordinal"),
        exact=exact_agreement(values, units),
        persons_told_apart=distinct(found.persons),
        raters_told_apart=distinct(found.facets["rater"]),
        components=parts,
        needed=needed,
        order=found.covariates[0] if found.covariates else None,
    )


def _clock(table: pl.DataFrame) -> Floats:
    """Return seconds, NaN where unknown."""
    return table["at"].dt.epoch("us").cast(pl.Float64).fill_null(float("nan")).to_numpy() / 1e6


def _order(table: pl.DataFrame, codes: dict[str, Ints], values: Floats, clock: Floats) -> dict[str, Floats]:
    """Return the covariate of the order effect, where enough ratings come after others of the same day."""
    days = table["at"].dt.date().cast(pl.Int32).cast(pl.Int64).fill_null(-1).to_numpy()
    contrast = order_contrast(codes["rater"], days, clock, codes["person"], values)
    return {"order": contrast} if np.count_nonzero(contrast) >= 5 * FEW else {}


def _connect(error: DisconnectedError, names: dict[str, list[str]], facets: list[str]) -> str:
    said = [str(error)]
    for place, subset in enumerate(error.subsets[:_NAMES], start=1):
        people = _some([names["person"][code] for code in subset.persons])
        said.append(f"subset {place}: {people}, rated by {_some([names['rater'][code] for code in subset.levels[0]])}")
    if len(error.subsets) > _NAMES:
        said.append(f"and {len(error.subsets) - _NAMES} more subsets")
    for link in error.links[: 2 * _NAMES]:
        others = ", ".join(
            f"{facet} {names[facet][code]}" for facet, code in zip(facets[1:], link.levels[1:], strict=True)
        )
        said.append(f"{names['rater'][link.levels[0]]} must rate {names['person'][link.person]} ({others})")
    if len(error.links) > 2 * _NAMES:
        said.append(f"and {len(error.links) - 2 * _NAMES} more")
    return "\n".join(said)


def _some(found: list[str]) -> str:
    rest = f" and {len(found) - _NAMES} more" if len(found) > _NAMES else ""
    return ", ".join(found[:_NAMES]) + rest


def _measured(found: RaschFit, facet: Facet, names: list[str], *, column: str, measure: str) -> pl.DataFrame:
    fair, low, high = fair_average(found, facet)
    fitted = facet.fit
    return pl.DataFrame(
        {
            column: names,
            "ratings": fitted.count,
            measure: facet.measure,
            "se": facet.se,
            "low": facet.measure - _Z90 * facet.se,
            "high": facet.measure + _Z90 * facet.se,
            "mean_rating": fitted.observed / np.maximum(fitted.count, 1),
            "fair_average": fair,
            "fair_low": low,
            "fair_high": high,
            "infit": fitted.infit,
            "outfit": fitted.outfit,
            "infit_z": fitted.infit_z,
            "outfit_z": fitted.outfit_z,
            "extreme": facet.extreme,
        }
    )


def _persons(found: RaschFit, names: list[str], codes: dict[str, Ints]) -> pl.DataFrame:
    met = np.unique(np.stack([codes["person"], codes["rater"]]), axis=1)[0]
    many = pl.Series("raters", np.bincount(met, minlength=len(names)))
    return _measured(found, found.persons, names, column="person", measure="measure").insert_column(2, many)


def _levels(found: RaschFit, facet: str, names: list[str]) -> pl.DataFrame:
    return _measured(found, found.facets[facet], names, column=facet, measure="difficulty")


def _nothing(found: RaschFit) -> pl.DataFrame:
    return (
        _levels(found, "item", [str(code) for code in range(found.facets["item"].size)])
        .clear()
        .rename({"item": "situation"})
    )


def _raters(found: RaschFit, names: list[str], moved: pl.DataFrame, harder: pl.DataFrame) -> pl.DataFrame:
    table = _measured(found, found.facets["rater"], names, column="rater", measure="severity")
    drifting = set(moved.filter(pl.col("p_holm") < 0.05)["rater"])
    biased = set(harder.filter(pl.col("p_holm") < 0.05)["rater"])
    few = pl.col("ratings") < FEW
    rules = {
        "noisy": (pl.col("infit") > _NOISY) & (pl.col("infit_z") > 2),
        "muted": (pl.col("infit") < _MUTED) & (pl.col("infit_z") < -2),
        "severe": (pl.col("low") > 0) & (pl.col("severity") > _FAR),
        "lenient": (pl.col("high") < 0) & (pl.col("severity") < -_FAR),
        "drifts": pl.col("rater").is_in(drifting),
        "biased": pl.col("rater").is_in(biased),
    }
    said = [pl.when(rule & ~few).then(pl.lit(code)) for code, rule in rules.items()] + [
        pl.when(few).then(pl.lit("few"))
    ]
    return table.with_columns(advice=pl.concat_list(said).list.drop_nulls())


def _terms(found: Bias) -> dict[str, NDArray[np.generic]]:
    return {
        "ratings": found.ratings,
        "severity_change": found.estimate,
        "se": found.se,
        "p": found.p,
        "p_holm": found.p_holm,
        "excess": found.excess,
    }


def _terms_over_time(found: RaschFit, raters: Ints, clock: Floats, names: list[str]) -> pl.DataFrame:
    moved = drift(found, raters, clock)
    who = pl.Series("rater", [names[code] for code in moved.rater], dtype=pl.String)
    return pl.DataFrame([who, pl.Series("block", moved.block + 1, dtype=pl.Int64)]).hstack(
        pl.DataFrame(_terms(moved.terms)).get_columns()
    )


def _terms_by_group(found: RaschFit, table: pl.DataFrame, raters: Ints, names: list[str]) -> pl.DataFrame:
    groups = table["group"].drop_nulls().unique().sort().to_list()
    own = table["group"].cast(pl.Enum(groups)).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    terms = bias(found, np.where(own >= 0, raters * max(len(groups), 1) + own, -1))
    width = max(len(groups), 1)
    who = pl.Series("rater", [names[code] for code in terms.cell // width], dtype=pl.String)
    which = pl.Series("group", [groups[code] for code in terms.cell % width], dtype=pl.String)
    return pl.DataFrame([who, which]).hstack(pl.DataFrame(_terms(terms)).get_columns())


def _thresholds(found: RaschFit, names: list[str]) -> pl.DataFrame:
    groups, top = found.thresholds.shape
    return pl.DataFrame(
        {
            "item": np.repeat(np.array(names, dtype=object), top).astype(str),
            "category": np.tile(found.categories[1:], groups),
            "threshold": found.thresholds.ravel(),
            "se": found.threshold_ses.ravel(),
        }
    )


def _pairs(raters: Ints, units: Ints, values: Floats, names: list[str]) -> pl.DataFrame:
    schema = {
        "first": pl.String,
        "second": pl.String,
        "units": pl.Int64,
        "kappa": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
    # every two raters meet everyone else: beyond a hundred the table is for nobody to read
    found = pairs(raters, units, values) if len(names) <= 100 else []
    rows = [(names[a], names[b], k.units, k.kappa, k.low, k.high) for a, b, k in found]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _dependability(
    values: Floats, codes: dict[str, Ints], method: Method | None
) -> tuple[Unbalanced | None, tuple[RatersNeeded, ...]]:
    person, rater, item = codes["person"], codes["rater"], codes["item"]
    effects = {"p": person, "r": rater, "i": item, "pr": interaction(person, rater), "pi": interaction(person, item)}
    levels = {name: int(code.max()) + 1 for name, code in effects.items()}
    usable = {name: code for name, code in effects.items() if 1 < levels[name] < values.size}
    # with one item (or one rating per cell) an interaction is the main effect, or error, by another name
    if levels["pr"] == levels["p"]:
        usable.pop("pr", None)
    if levels["pi"] == levels["p"] or levels["pi"] == values.size:
        usable.pop("pi", None)
    if "p" not in usable or "r" not in usable:
        return None, ()
    found = components(values, usable, method=method)
    own = found.components.variances
    n_items = levels["i"]
    fixed = own.get("pi", 0.0) / n_items
    spread = own["r"] + own.get("pr", 0.0) + own["error"] / n_items
    universe = own["p"] + fixed  # this panel's items are what it is about: persons differ on them, too
    needed = tuple(
        RatersNeeded(k, universe / (universe + spread / k) if universe > 0 else 0.0)
        for k in (1, 2, 3, 4, 5, 6, 8, 10, 15)
    )
    return found, needed
