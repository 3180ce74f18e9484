"""Days, times and shares, written one way in each language, in figures and in the words of templates and catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django import forms
from django.utils.formats import date_format
from django.utils.translation import override

import poise.app
import poise.reports

FORMS = ("DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT", "TIME_FORMAT")
APP, REPORTS = Path(poise.app.__file__).parent, Path(poise.reports.__file__).parent
SHARE = re.compile(r"\d\s*%")


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ["9 October 2026", "9 October 2026, 20:28", "9 Oct 2026", "9 Oct 2026, 20:28", "20:28"]),
        ("he", ["9 באוקטובר 2026", "9 באוקטובר 2026 20:28", "09/10/2026", "09/10/2026 20:28", "20:28"]),
        ("nb", ["9. oktober 2026", "9. oktober 2026 20:28", "09.10.2026", "09.10.2026 20:28", "20:28"]),
    ],
)
def test_a_moment_is_written_day_first_with_24_hours(language: str, written: list[str]) -> None:
    moment = datetime(2026, 10, 9, 20, 28, tzinfo=UTC)
    with override(language):
        assert [date_format(moment, form) for form in FORMS] == written


@pytest.mark.parametrize("language", ["en", "he", "nb"])
def test_a_day_that_could_be_another_is_not_taken_in_english(language: str) -> None:
    field = forms.DateField()
    with override(language):
        assert field.clean("2026-10-09").isoformat() == "2026-10-09"
        shown = forms.DateInput(attrs={"type": "date"}).render("day", datetime(2026, 10, 9, tzinfo=UTC).date())
    # a browser's own field for days knows this form alone
    assert 'value="2026-10-09"' in shown
    with override("en"):
        assert field.clean("9 Oct 2026").isoformat() == "2026-10-09"
        with pytest.raises(forms.ValidationError):
            field.clean("10/09/2026")


def _catalogue(path: Path) -> Iterator[tuple[str, str]]:
    """Each message and what it is in the catalogue's language, the sign for per cent as it is read."""
    with path.open("rb") as file:
        for message in read_po(file):
            both = [message.id, message.string]
            originals, forms_ = (one if isinstance(one, list | tuple) else [one] for one in both)
            if message.id:
                for form in forms_:
                    yield originals[-1].replace("%%", "%"), str(form).replace("%%", "%")


@pytest.mark.parametrize(("language", "sign"), [("he", "%"), ("nb", "\u00a0%")])
def test_catalogues_write_a_share_as_figures_do(language: str, sign: str) -> None:
    seen = 0
    for folder in (APP, REPORTS):
        for path in folder.rglob(f"{language}/LC_MESSAGES/*.po"):
            for english, form in _catalogue(path):
                assert all(found[1:] == "%" for found in SHARE.findall(english)), english
                assert all(found[1:] == sign for found in SHARE.findall(form)), (path, form)
                seen += len(SHARE.findall(form))
    assert seen > 20, "this looked at what is there"
