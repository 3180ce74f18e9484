"""Every ink can be read on every ground, in light, in dark and on paper (WCAG 2.2: text 4.5 to 1, marks 3 to 1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "src/poise/reports/templates/report.css").read_text("utf-8")
SCHEMES = dict(zip(("light", "dark", "print"), re.findall(r":root \{(.*?)\}", CSS, re.DOTALL), strict=True))


def _luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_inks_can_be_read(scheme: str) -> None:
    token = dict(re.findall(r"--([\w-]+): #([0-9a-fA-F]{3,6})", SCHEMES[scheme]))
    for ground in ("paper", "soft", "t1", "t2", "t3", "t4", "t5", "mark"):
        assert _contrast(token["ink"], token[ground]) >= 4.5, f"ink on {ground}"
    for ink in ("muted", "accent"):
        for ground in ("paper", "soft"):
            assert _contrast(token[ink], token[ground]) >= 4.5, f"{ink} on {ground}"
    for ink in ("up", "down"):
        assert _contrast(token[ink], token["paper"]) >= 3, f"{ink} on paper"


def test_the_page_has_no_left_and_no_right() -> None:
    physical = r"(?:margin|padding|border)-(?:left|right|top|bottom)|(?<![\w-])(?:left|right|width|height)\s*:"
    assert not re.findall(physical, re.sub(r"@media[^{]*", "", CSS))
    assert not re.findall(r"(?:text-align|float):\s*(?:left|right)", CSS)
