"""Charts as Vega-Lite specifications with their records, drawn to SVG without a network or a browser.

Colours are tokens: the drawing uses a code that is then replaced by a CSS variable of the page, so that one drawing
serves light and dark. Every chart stands in a figure with a text alternative and a table of the same numbers; the
drawing itself is hidden from screen readers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from typing import Any, Final

import vl_convert

from poise.reports.language import Locale

__all__ = ["Step", "draw", "foremost", "timeline", "waterfall"]

Spec = dict[str, Any]

_TOKENS: Final = {
    "#010101": "ink",
    "#010102": "muted",
    "#010103": "line",
    "#010104": "up",
    "#010105": "down",
    "#010106": "accent",
}
_COLOUR = {name: code for code, name in _TOKENS.items()}
_WIDTH = 400
_LETTERS = 52  # of a title beside its number
_STEPS = 8
_ARIA = re.compile(r' (?:aria-[a-z]+|role)="[^"]*"')
_IDS = re.compile(r'(id="|url\(#|href="#)([\w-]+)')


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall: what a behaviour adds to a level."""

    title: str
    contribution: float


def foremost(steps: Sequence[Step], *, locale: Locale) -> list[Step]:
    """Return the first of ``steps``, with the rest, where there are many, taken together as the last."""
    if len(steps) <= _STEPS:
        return list(steps)
    rest = steps[_STEPS - 1 :]
    title = locale.ngettext("%(n)s other behaviour", "%(n)s other behaviours", len(rest))
    return [
        *steps[: _STEPS - 1],
        Step(title % {"n": locale.whole(len(rest))}, sum(step.contribution for step in rest)),
    ]


def draw(spec: Spec, *, name: str, limit: float | None = None) -> str:
    """Return ``spec`` as an inline ``<svg>`` that scales with its column and takes the page's colours and type.

    Parameters
    ----------
    name
        Unique in the page; prefixes the drawing's own ids.
    limit
        Largest width in pixels; as drawn where None.
    """
    form = {**spec, "data": {"name": "records"}, "config": _CONFIG}
    compiled = _compiled(json.dumps(form, sort_keys=True))
    data = [
        {**table, "values": spec["data"]["values"]} if table["name"] == "records" else table
        for table in compiled["data"]
    ]
    svg: str = vl_convert.vega_to_svg({**compiled, "data": data})
    svg = _ARIA.sub("", svg)
    # Vega counts its ids through the whole process: numbered by place, the same page is the same bytes
    places: dict[str, int] = {}
    svg = _IDS.sub(lambda found: f"{found[1]}{name}-{places.setdefault(found[2], len(places))}", svg)
    for code, token in _TOKENS.items():
        svg = svg.replace(f'"{code}"', f'"var(--{token})"')
    width, height = re.findall(r'(?:width|height)="([\d.]+)"', svg)[:2]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height}" '
        f'style="max-inline-size:{limit or float(width):.0f}px" aria-hidden="true" focusable="false">'
    )
    return re.sub(r"^.*?<svg[^>]*>", opening, svg, count=1, flags=re.DOTALL)


_CONFIG: Final[Spec] = {
    "background": None,
    "font": "inherit",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelColor": _COLOUR["muted"],
        "titleColor": _COLOUR["muted"],
        "gridColor": _COLOUR["line"],
        "domainColor": _COLOUR["line"],
        "tickColor": _COLOUR["line"],
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    },
    "text": {"fontSize": 12.5, "color": _COLOUR["ink"]},
}


@lru_cache(maxsize=64)
def _compiled(form: str) -> Spec:
    """Compile a specification without its records: charts of one form and scale share it."""
    vega: Spec = vl_convert.vegalite_to_vega(json.loads(form))
    return vega


def waterfall(
    steps: Sequence[Step], *, level: float, low: float, high: float, start: float = 3.0, locale: Locale
) -> Spec:
    """Return how a level comes about: from the norm's, by what each behaviour adds or takes, to the person's.

    Parameters
    ----------
    steps
        Contributions in levels, in the order drawn.
    level, low, high
        The estimate with its 90 % interval, on 1..5.
    start
        The level of the norm.
    """
    _ = locale.gettext
    rows: list[dict[str, Any]] = [
        _row(0, locale, _("The norm"), start, start, locale.number(start), "muted") | {"level": start}
    ]
    reached = start
    for place, step in enumerate(steps, start=1):
        rows.append(
            _row(
                place,
                locale,
                step.title,
                reached,
                reached + step.contribution,
                locale.signed(step.contribution),
                "up" if step.contribution >= 0 else "down",
            )
        )
        reached += step.contribution
    rows.append(_row(len(rows), locale, _("This person"), low, high, locale.number(level), "ink") | {"level": level})
    values = [row[key] for row in rows for key in ("from", "to")]
    bounds = [floor(min(values) * 2 - 0.2) / 2, ceil(max(values) * 2 + 0.2) / 2]
    mirrored = locale.direction == "rtl"
    x = {
        "type": "quantitative",
        "scale": {"domain": bounds, "nice": False, "zero": False, "reverse": mirrored},
        "axis": {
            "title": None,
            "values": [tick / 2 for tick in range(round(bounds[0] * 2), round(bounds[1] * 2) + 1)],
            "labelExpr": f"replace(format(datum.value, '.1f'), '.', '{'.' if locale.code != 'nb' else ','}')",
            "tickSize": 0,
            "labelPadding": 6,
            "grid": False,
        },
    }
    y = {"field": "place", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0, "paddingOuter": 0}}
    near, far = ("right", "left") if mirrored else ("left", "right")
    edge, other = (_WIDTH, 0) if mirrored else (0, _WIDTH)
    is_step = "datum.tone === 'up' || datum.tone === 'down'"
    colour = {
        "field": "tone",
        "type": "nominal",
        "scale": {"domain": ["up", "down"], "range": [_COLOUR["up"], _COLOUR["down"]]},
        "legend": None,
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": _WIDTH,
        "height": {"step": 40},
        "data": {"values": rows},
        "encoding": {"y": y},
        "layer": [
            {
                "data": {"values": [{"start": start}]},
                "mark": {"type": "rule", "color": _COLOUR["muted"], "strokeDash": [2, 3], "opacity": 0.8},
                "encoding": {"x": {"field": "start", **x}, "y": None},
            },
            {
                "transform": [{"filter": is_step}],
                "mark": {"type": "bar", "height": 10, "yOffset": 8, "cornerRadius": 1.5},
                "encoding": {"x": {"field": "from", **x}, "x2": {"field": "to"}, "color": colour},
            },
            {
                "transform": [{"filter": "datum.tone === 'ink'"}],
                "mark": {"type": "rule", "strokeWidth": 2.5, "yOffset": 8, "color": _COLOUR["ink"]},
                "encoding": {"x": {"field": "from", **x}, "x2": {"field": "to"}},
            },
            {
                "transform": [{"filter": "isValid(datum.level)"}],
                "mark": {
                    "type": "point",
                    "shape": "circle",
                    "filled": True,
                    "size": 85,
                    "yOffset": 8,
                    "opacity": 1,
                },
                "encoding": {
                    "x": {"field": "level", **x},
                    "color": {
                        "condition": {"test": "datum.tone === 'muted'", "value": _COLOUR["muted"]},
                        "value": _COLOUR["ink"],
                    },
                },
            },
            {
                "mark": {"type": "text", "align": near, "dy": -8},
                "encoding": {"x": {"value": edge}, "text": {"field": "title"}},
            },
            {
                "mark": {"type": "text", "align": far, "dy": -8, "fontWeight": 600},
                "encoding": {"x": {"value": other}, "text": {"field": "label"}},
            },
        ],
    }


def _row(place: int, locale: Locale, title: str, begin: float, end: float, label: str, tone: str) -> dict[str, Any]:
    # Vega measures text in a font that it has, the page shows it in another: cut by letters, not by its measure.
    if len(title) > _LETTERS:
        title = title[: _LETTERS - 1].rstrip() + "…"
    # An SVG text has no dir attribute that all programs honour: an isolate keeps a right-to-left title in order.
    shown = f"\u2067{title}\u2069" if locale.direction == "rtl" else title
    return {"place": place, "title": shown, "from": begin, "to": end, "label": label, "tone": tone}


def timeline(counts: Sequence[tuple[str, int]], *, locale: Locale) -> Spec:
    """Return how many conversations were read by period, oldest first; periods come labelled."""
    mirrored = locale.direction == "rtl"
    rows: list[Mapping[str, Any]] = [
        {"place": place, "period": label, "n": n, "label": locale.whole(n)} for place, (label, n) in enumerate(counts)
    ]
    every = max(1, ceil(len(rows) / 6))
    x = {
        "field": "place",
        "type": "ordinal",
        "sort": "descending" if mirrored else "ascending",
        "scale": {"paddingInner": 0.25},
        "axis": {
            "title": None,
            "labelAngle": 0,
            "labelOverlap": False,
            "tickSize": 0,
            "domain": False,
            "labelPadding": 6,
            "values": [row["place"] for row in rows if row["place"] % every == 0],
            "labelExpr": f"{[row['period'] for row in rows]}[datum.value]",
        },
    }
    y = {"field": "n", "type": "quantitative", "axis": None, "stack": None}
    layers: list[Spec] = [
        {"mark": {"type": "bar", "color": _COLOUR["accent"], "cornerRadius": 2}, "encoding": {"x": x, "y": y}}
    ]
    if len(rows) <= 16:
        layers.append(
            {
                "mark": {"type": "text", "dy": -7, "fontSize": 11, "color": _COLOUR["muted"]},
                "encoding": {"x": x, "y": y, "text": {"field": "label"}},
            }
        )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": 560,
        "height": 90,
        "data": {"values": rows},
        "layer": layers,
    }
