"""Words, numbers and dates in the reader's language.

Messages are English in code and templates; catalogues of the other languages lie in ``locale/``. A message is a
whole sentence with named places: sentences are never put together from parts, because word order differs.
"""

from __future__ import annotations

import gettext as catalogues
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import babel
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from poise.reports.errors import ReportError

__all__ = ["LANGUAGES", "N_", "Locale", "locale"]

LANGUAGES: Final = ("en", "he", "nb")
_FOLDER = Path(__file__).with_name("locale")
_LEFT_TO_RIGHT, _FIRST_STRONG, _END = "\u2066", "\u2068", "\u2069"
_DAY_FIRST: Final = {"en": {"long": "d MMMM y", "medium": "d MMM y", "MMMd": "d MMM"}}
"""Babel's own English has the month first, as in the United States; the other languages are as Babel has them."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for a message that is translated later
    """Mark ``message`` for extraction without translating it here."""
    return message


@dataclass(frozen=True, slots=True)
class Locale:
    """One language of readers.

    Attributes
    ----------
    code
        ISO 639-1, as in ``lang=``.
    direction
        ``ltr`` or ``rtl``, as in ``dir=``.
    messages
        The gettext catalogue.
    """

    code: str
    direction: Literal["ltr", "rtl"]
    messages: catalogues.NullTranslations
    _babel: babel.Locale

    def gettext(self, message: str) -> str:
        """Return ``message`` in this language."""
        return self.messages.gettext(message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return the form of a message that fits ``n``."""
        return self.messages.ngettext(one, many, n)

    def isolated(self, text: str) -> str:
        """Keep figures with signs or dashes in reading order inside right-to-left text."""
        return f"{_LEFT_TO_RIGHT}{text}{_END}" if self.direction == "rtl" else text

    def apart(self, text: str) -> str:
        """Keep ``text`` of any direction from mixing with the right-to-left sentence around it."""
        return f"{_FIRST_STRONG}{text}{_END}" if self.direction == "rtl" else text

    def number(self, value: float, digits: int = 1) -> str:
        """Return ``value`` with exactly ``digits`` decimals."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(round(value, digits) + 0.0, format=pattern, locale=self._babel)

    def signed(self, value: float, digits: int = 2) -> str:
        """Return ``value`` with its sign, a true minus."""
        size = self.number(abs(value), digits)
        if round(value, digits) == 0:
            return self.isolated(size)
        return self.isolated(("+" if value > 0 else "\u2212") + size)

    def whole(self, value: int) -> str:
        """Return a count."""
        return format_decimal(value, locale=self._babel)

    def percent(self, value: float, digits: int = 0) -> str:
        """Return a share of one as per cent: 54% in English and Hebrew, 54 % that stays on one line in Norwegian."""
        pattern = self._babel.percent_formats[None].pattern  # "#,##0%" where the language sets no space
        return format_percent(
            value, format=pattern.replace("0", "0." + "0" * digits) if digits else pattern, locale=self._babel
        )

    def percents(self, low: float, high: float) -> str:
        """Return ``low`` to ``high``, shares of one, as per cent."""
        return self.isolated(f"{self.number(low * 100, 0)}\u2009\u2013\u2009{self.percent(high)}")

    def interval(self, low: float, high: float, digits: int = 1) -> str:
        """Return ``low`` to ``high``."""
        return self.isolated(f"{self.number(low, digits)}\u2009\u2013\u2009{self.number(high, digits)}")

    def date(self, value: datetime) -> str:
        """Return the day of ``value``."""
        return self._dated(value, "long")

    def short_date(self, value: datetime) -> str:
        """Return the day of ``value``, short."""
        return self._dated(value, "medium")

    def month(self, value: datetime) -> str:
        """Return month and year of ``value``, short."""
        return format_skeleton("yMMM", value, locale=self._babel)

    def day(self, value: datetime) -> str:
        """Return day and month of ``value``, short."""
        return self._dated(value, "MMMd")

    def _dated(self, value: datetime, form: str) -> str:
        pattern = _DAY_FIRST.get(self.code, {}).get(form)
        if pattern is not None or form in {"long", "medium"}:
            return format_date(value, format=pattern or form, locale=self._babel)
        return format_skeleton(form, value, locale=self._babel)

    def listed(self, items: Iterable[str]) -> str:
        """Return ``items`` as one enumeration."""
        return format_list(list(items), locale=self._babel)

    def language_name(self, code: str) -> str:
        """Return the name of the language ``code``; the code itself where it is not known."""
        try:
            return babel.Locale.parse(code).get_display_name(self._babel) or code
        except (babel.UnknownLocaleError, ValueError):
            return code


@lru_cache(maxsize=len(LANGUAGES))
def locale(code: str) -> Locale:
    """Return the locale of ``code``.

    Raises
    ------
    ReportError
        If there is no catalogue for it.
    """
    if code not in LANGUAGES:
        raise ReportError(
            f"there are no reports in {code!r}",
            remedy=f"choose one of {', '.join(LANGUAGES)}; a new language is one catalogue in reports/locale/",
        )
    messages = (
        catalogues.NullTranslations()
        if code == "en"
        else catalogues.translation("poise", localedir=str(_FOLDER), languages=[code])
    )
    parsed = babel.Locale.parse(code)
    return Locale(code, "rtl" if parsed.text_direction == "rtl" else "ltr", messages, parsed)
