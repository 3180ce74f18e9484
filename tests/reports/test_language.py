"""Every word of a report has a translation, and every catalogue belongs to today's words."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from poise.estimation import counterfactuals, estimates
from poise.knowledge.schema import BEHAVIOUR_NEEDS
from poise.reports import wording
from poise.reports.language import LANGUAGES, locale
from poise.reports.results import TABLES

REPORTS = Path(__file__).parents[2] / "src/poise/reports"
TRANSLATED = [code for code in LANGUAGES if code != "en"]
PLACE = re.compile(r"%(?:\(\w+\))?[sd%]")


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    method_map, options_map = parse_mapping_cfg(io.StringIO((REPORTS / "locale/babel.cfg").read_text("utf-8")))
    catalog = Catalog()
    for _, _, message, _, context in extract_from_dir(str(REPORTS), method_map, options_map):
        catalog.add(message, None, context=context)
    return catalog


def _read(code: str) -> Catalog:
    with (REPORTS / f"locale/{code}/LC_MESSAGES/poise.po").open("rb") as file:
        return read_po(file, locale=code)


def test_messages_are_found_in_code_and_templates(wanted: Catalog) -> None:
    assert wanted.get("The team at a glance") and wanted.get("the words that were said")


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_catalogue_is_complete_and_fresh(code: str, wanted: Catalog) -> None:
    found = _read(code)
    asked = {message.id for message in wanted if message.id}
    known = {message.id for message in found if message.id}
    assert asked - known == set(), "messages without an entry"
    assert known - asked == set(), "entries that nothing uses any more"
    for message in found:
        if not message.id:
            continue
        forms = message.string if isinstance(message.string, tuple | list) else [message.string]
        assert all(form.strip() for form in forms), f"{message.id!r} has no translation"
        assert not message.fuzzy, f"{message.id!r} is fuzzy"
        originals = message.id if isinstance(message.id, tuple | list) else [message.id]
        for form in forms:
            assert sorted(PLACE.findall(form)) == sorted(PLACE.findall(originals[-1])), f"places differ in {form!r}"
    assert not found.obsolete


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_compiled_catalogue_is_of_this_text(code: str) -> None:
    with (REPORTS / f"locale/{code}/LC_MESSAGES/poise.mo").open("rb") as file:
        compiled = read_mo(file)

    def entries(catalogue: Catalog) -> set[tuple[str, ...]]:
        # plural forms are a list in one reader and a tuple in the other
        return {(str(list(m.id)), str(list(m.string))) for m in catalogue if m.id}

    assert entries(compiled) == entries(_read(code))


def test_every_kind_of_event_that_is_understood_has_words() -> None:
    reference = (REPORTS.parents[2] / "docs/reference/events.md").read_text("utf-8")
    kinds = {
        kind for row in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", reference, re.M) for kind in re.findall(r"\w+", row)
    }
    assert len(kinds) > 5 and kinds <= set(wording.EVENTS)


def test_every_reason_that_estimation_gives_has_words() -> None:
    assert set(wording.REASONS) == set(estimates.REASONS)


def test_tables_have_the_form_that_estimation_gives_them() -> None:
    for name, schema in (("changes", counterfactuals.CHANGES), ("contributions", estimates.CONTRIBUTIONS)):
        assert dict(TABLES[name]) == dict(schema)


def test_everything_an_input_can_lack_has_words() -> None:
    assert set(wording.NEEDS) == set(BEHAVIOUR_NEEDS)


def test_numbers_are_written_as_the_reader_does() -> None:
    assert locale("nb").number(3.25, 2) == "3,25"
    assert locale("en").signed(-0.8) == "\u22120.80"
    assert locale("en").signed(0.001) == "0.00"
    assert locale("en").whole(12345) == "12,345"
    assert locale("he").signed(0.5) == "\u2066+0.50\u2069", "a sign stays in front of its number"
    assert locale("he").interval(1, 2) == "\u20661.0\u2009–\u20092.0\u2069"
    assert locale("en").language_name("he") == "Hebrew"
    assert locale("en").language_name("not a code") == "not a code"


def test_plurals_follow_the_number() -> None:
    assert locale("nb").ngettext("%(n)s conversation", "%(n)s conversations", 1) == "%(n)s samtale"
    assert locale("nb").ngettext("%(n)s conversation", "%(n)s conversations", 2) == "%(n)s samtaler"


def test_a_share_is_written_one_way_in_each_language() -> None:
    assert [locale(code).percent(0.54) for code in LANGUAGES] == ["54%", "54%", "54\u00a0%"]
    assert [locale(code).percent(0.1236, 1) for code in LANGUAGES] == ["12.4%", "12.4%", "12,4\u00a0%"]
    assert locale("nb").percents(0.4, 0.541) == "40\u2009–\u200954\u00a0%"
    assert locale("he").percents(0.4, 0.541) == "\u206640\u2009–\u200954%\u2069"


def test_days_come_before_months_in_every_language() -> None:
    moment = datetime(2026, 9, 10, 15, 4, tzinfo=UTC)
    english = locale("en")
    assert (english.date(moment), english.short_date(moment)) == ("10 September 2026", "10 Sep 2026")
    assert (english.day(moment), english.month(moment)) == ("10 Sep", "Sep 2026")
    assert (locale("nb").date(moment), locale("nb").day(moment)) == ("10. september 2026", "10. sep.")
    assert (locale("he").date(moment), locale("he").day(moment)) == ("10 בספטמבר 2026", "10 בספט׳")
