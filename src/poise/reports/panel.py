"""The panel report: who was rated how, by whom, and what to do about it; one HTML file beside Parquet tables."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any, Final

import jinja2
import polars as pl
from markupsafe import Markup

from poise import __version__
from poise.estimation.rasch_panel import Panel
from poise.reports.language import N_, Locale, locale
from poise.reports.quotes import clean

__all__ = ["ADVICE_WORDS", "SHOWN", "TABLES", "write_panel"]

SHOWN: Final = 200
"""People, and raters, that the page lists; all stand in the tables."""

TABLES: Final = ("persons", "raters", "items", "situations", "thresholds", "drift", "bias", "pairs")
"""Attributes of :class:`~poise.estimation.rasch_panel.Panel` that are written as Parquet."""

ADVICE_WORDS: Final = {
    "noisy": N_(
        "Ratings scatter more than the panel's do: go through the anchors together and rate two answers again."
    ),
    "muted": N_("Ratings hardly vary: ask for the whole scale, each answer rated on its own."),
    "severe": N_("Stricter than the panel: fair averages correct for it, raw averages do not."),
    "lenient": N_("Milder than the panel: fair averages correct for it, raw averages do not."),
    "drifts": N_("Severity moves over time: calibrate again with a recorded answer that all have rated."),
    "biased": N_("Harder or easier on one group than on others: look at these ratings and their notes."),
    "few": N_("Too few ratings to judge the rater."),
}
_FOLDER = Path(__file__).with_name("templates")
_STEP = 1e-9


def write_panel(judged: Panel, out: Path, *, rejects: pl.DataFrame, source: str, language: str = "en") -> Path:
    """Write ``panel.html`` and the tables of ``judged`` to the folder ``out``.

    Parameters
    ----------
    rejects
        Rows that were refused, written to ``rejects.parquet`` and counted on the page.
    source
        Name of the file of ratings, as the page has it.
    language
        ``en``, ``he`` or ``nb``.

    Returns
    -------
    pathlib.Path
        The page.

    Raises
    ------
    ReportError
        If there is no such language.
    """
    words = locale(language)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        getattr(judged, name).write_parquet(folder / f"{name}.parquet")
    rejects.write_parquet(folder / "rejects.parquet")
    page = _template(words).render(
        locale=words,
        panel=judged,
        source=source,
        refused=rejects.height,
        version=__version__,
        people=_rows(judged.persons.sort("fair_average", "person", descending=[True, False], nulls_last=True)),
        raters=_rows(judged.raters.sort("severity", descending=True)),
        items=_rows(judged.items.sort("difficulty", descending=True)),
        situations=_rows(judged.situations.sort("difficulty", descending=True)),
        moved=_rows(judged.drift.filter(pl.col("p_holm") < 0.05)),
        harder=_rows(judged.bias.filter(pl.col("p_holm") < 0.05)),
        enough=next((step.raters for step in judged.needed if step.phi >= 0.8), None),
        scale=(float(judged.fit.categories[0]), float(judged.fit.categories[-1])),
        agreement=_agreement(judged),
        advice=ADVICE_WORDS,
        shown=SHOWN,
    )
    target = folder / "panel.html"
    partial = target.with_name(".panel.html.part")
    partial.write_text(page, encoding="utf-8")
    partial.replace(target)
    return target


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    return table.head(SHOWN).to_dicts()


def _agreement(judged: Panel) -> str:
    """Return how firm Krippendorff's alpha is: the customary .80 and .667 (Krippendorff 2004, p. 241)."""
    alpha = judged.alpha.alpha
    if not isfinite(alpha):
        return "none"
    return "firm" if alpha >= 0.8 else "tentative" if alpha >= 0.667 else "low"


def _template(words: Locale) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]

    def at(value: float, low: float, high: float) -> str:
        return f"{min(max((value - low) / max(high - low, _STEP), 0), 1) * 100:.1f}%"

    def number(value: float | None, digits: int = 2) -> str:
        return words.number(value, digits) if value is not None and isfinite(value) else "–"

    def interval(low: float, high: float, digits: int = 1) -> str:
        if not (isfinite(low) and isfinite(high)):
            return "–"
        if low < 0:
            return words.isolated(f"{words.signed(low, digits)} – {words.signed(high, digits)}")
        return words.interval(low, high, digits)

    environment.globals.update(
        stylesheet=Markup((_FOLDER / "report.css").read_text(encoding="utf-8")),
        at=at,
        number=number,
        interval=interval,
        count=words.whole,
    )
    environment.filters.update(clean=clean)
    return environment.get_template("panel.html")
