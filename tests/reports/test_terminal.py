"""The argument in the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from poise import reports
from poise.knowledge import Knowledge


def _text(renderable: RenderableType, *, styles: bool = False) -> str:
    console = Console(width=110, record=True, file=open("/dev/null", "w"), force_terminal=True)  # noqa: SIM115, PTH123
    console.print(renderable)
    return console.export_text(styles=styles)


def test_explain_gives_level_parts_quotes_and_limits(results: Path, knowledge: Knowledge) -> None:
    text = _text(reports.explain(results, "Colin Marsh", "considerate", knowledge=knowledge))
    assert "Colin Marsh · Considerate" in text
    assert "between" in text and "36 conversations" in text and "●" in text
    assert "Thanks for effort" in text and "of 36" in text
    assert "What speaks for it" in text and "What speaks against it" in text
    assert "Called for, not done" in text
    assert "invented team" in text
    said = " ".join(text.split())
    assert "Closes warmly: in 8 of the next 10 occasions, not 3 as usual, would take the level from 2.2 to 2.6." in said
    assert "More of this helps: closes warmly." in said
    assert "About 120 more conversations would make the range half as wide." in said


def test_what_cannot_change_by_numbers_is_said(results: Path, knowledge: Knowledge) -> None:
    text = " ".join(_text(reports.explain(results, "a04", "helpful", knowledge=knowledge)).split())
    assert "how often the detectors err limits it" in text
    text = _text(reports.explain(results, "a12", "considerate", knowledge=knowledge))
    assert "About 7 more conversations like these are needed" in text


def test_the_hit_is_underlined(results: Path, knowledge: Knowledge) -> None:
    text = _text(reports.explain(results, "a01", "considerate", knowledge=knowledge), styles=True)
    assert "\x1b[1;4m" in text


def test_a_trait_goes_by_id_title_or_translation(results: Path, knowledge: Knowledge) -> None:
    same = [
        _text(reports.explain(results, "a04", trait, knowledge=knowledge))
        for trait in ("avoids_debating", "Avoids debating", "avoids-debating")
    ]
    assert len(set(same)) == 1
    assert "ויכוח" in _text(reports.explain(results, "a04", "avoids debating", language="he", knowledge=knowledge))


def test_a_cluster_whose_traits_are_shown_is_argued_by_them(results: Path, knowledge: Knowledge) -> None:
    text = _text(reports.explain(results, "a04", "composure_and_cooperation", knowledge=knowledge))
    assert "Stays in control" in text and "Collaborative" in text and "What speaks against it" in text


def test_what_cannot_be_judged_says_why(results: Path, knowledge: Knowledge) -> None:
    text = _text(reports.explain(results, "a04", "organised", knowledge=knowledge))
    assert "too few conversations" in text and "0 conversations" in text and "between" not in text
    text = _text(reports.explain(results, "a12", "considerate", knowledge=knowledge))
    assert "between" not in text and "What speaks for it" in text and "too few occasions" in text


@pytest.mark.parametrize(
    ("person", "trait", "hint"),
    [("Colin March", "helpful", "Colin Marsh"), ("a04", "helpfull", "helpful"), ("a04", "zzz", "there are")],
)
def test_typing_errors_get_close_matches(
    results: Path, knowledge: Knowledge, person: str, trait: str, hint: str
) -> None:
    with pytest.raises(reports.ReportError, match=hint):
        reports.explain(results, person, trait, knowledge=knowledge)


def test_summary_lists_people_gaps_rejects_and_the_report(results: Path, knowledge: Knowledge) -> None:
    page = reports.write(results, knowledge=knowledge)
    text = _text(reports.summary(results, knowledge=knowledge))
    assert "366 conversations" in text and "12 people" in text and "2 known by role only" in text
    assert "Colin Marsh" in text and "▼" in text and "too few conversations" in text
    assert "412 conversations without two audio channels, or the time of every word: Interrupts" in text
    assert "2 records were refused" in text and "rejects.jsonl" in text
    assert page.name in text


def test_summary_in_norwegian(results: Path, knowledge: Knowledge) -> None:
    assert "samtaler" in _text(reports.summary(results, language="nb", knowledge=knowledge))
