"""Numbers, ranges and names of what is measured, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from poise.app.people import drawing, trend
from poise.app.people.reading import names, words
from poise.reports import wording
from poise.reports.profile import Act, Level
from poise.reports.quotes import clean as cleaned

register = template.Library()

_SOURCES: dict[str, str | Promise] = {
    "conversation": _("conversations"),
    "interview": _("interview"),
    "shift": _("simulated shift"),
}


@register.filter
def clean(text: str) -> str:
    """A name in one line, without what could deceive the eye."""
    return cleaned(text)


@register.filter
def decimal(value: float) -> str:
    """A level: one decimal."""
    return words().number(value)


@register.filter
def signed(value: float) -> str:
    """A difference, with its sign."""
    return words().signed(value)


@register.filter
def percent(value: float) -> str:
    """A probability; never as sure as 0 or 100 per cent."""
    return words().percent(min(max(value, 0.01), 0.99))


@register.filter
def whole(value: int) -> str:
    """A count."""
    return words().whole(value)


@register.filter
def extent(one: Any) -> str:
    """The range of anything with ``low`` and ``high``."""
    return words().interval(one.low, one.high)


@register.filter
def extent_signed(one: Any) -> str:
    """The range of a difference."""
    said = words()
    return said.isolated(f"{said.signed(one.low, 1)} … {said.signed(one.high, 1)}")


@register.filter
def tint(mean: float) -> str:
    """The colour class of a level; the number beside it says the same."""
    return "t" + str(1 + sum(mean >= edge for edge in (2.25, 2.75, 3.25, 3.75)))


@register.filter
def trait(code: str) -> str:
    """What a trait or cluster is called."""
    return names().trait(code)


@register.filter
def behaviour(code: str) -> str:
    """What a behaviour is called."""
    return names().behaviour(code)


@register.filter
def source(code: str) -> str | Promise:
    """What evidence comes from."""
    return _SOURCES.get(code, code)


@register.filter
def period(code: str) -> str:
    """A period by name."""
    names = {trend.Unit.WEEK: _("Week from %(day)s"), trend.Unit.FORTNIGHT: _("Two weeks from %(day)s")}
    name = names.get(trend.unit_of(code))
    return str(name) % {"day": starts(code)} if name is not None else starts(code)


@register.filter
def starts(code: str) -> str:
    """A month by name; of weeks their first day."""
    first = _first(code)
    return words().month(first) if trend.unit_of(code) is trend.Unit.MONTH else words().short_date(first)


def _first(code: str) -> datetime:
    return datetime.combine(trend.begin(code), time(), UTC)


@register.filter
def unit(points: Sequence[tuple[str, Level]]) -> str:
    """By what a trend goes: ``month``, ``week`` or ``fortnight``."""
    return trend.unit_of(points[0][0])


@register.filter
def day(moment: datetime) -> str:
    """A day."""
    return words().short_date(moment)


@register.filter
def reason(code: str | None) -> str:
    """Why something is not shown, or what limits it."""
    return wording.reason(code, words())


@register.filter
def short_reason(code: str | None) -> str:
    """The same, in the words that fit a cell."""
    return wording.short_reason(code, words())


@register.filter
def channel(code: str) -> str:
    """What a channel is called."""
    return cleaned(wording.label(wording.CHANNELS, code, words()))


@register.simple_tag
def rests_on(level: Level) -> str:
    """How many conversations and occasions a level rests on."""
    conversations = ngettext("%(n)s conversation", "%(n)s conversations", level.conversations)
    occasions = ngettext("%(n)s occasion", "%(n)s occasions", level.opportunities)
    return f"{conversations % {'n': whole(level.conversations)}}, {occasions % {'n': whole(level.opportunities)}}"


@register.simple_tag
def basis(act: Act) -> str:
    """What a rate rests on."""
    return wording.basis(act, names().unit(act.behaviour), words())


@register.simple_tag
def amount(value: float | None, code: str) -> str:
    """A rate in the unit of its behaviour."""
    return wording.amount(value, names().unit(code), words())


@register.simple_tag
def spread(one: Any) -> str:
    """The range of a rate in the unit of its behaviour."""
    return wording.spread(one.low, one.high, names().unit(one.behaviour), words())


@register.simple_tag
def changes(rows: Sequence[dict[str, Any]], *, shown: bool = True) -> list[tuple[str, str]]:
    """What would change a level: sentences, each with its advice."""
    return wording.changes(rows, names(), words(), shown=shown)


@register.simple_tag
def gauge(level: Level | None) -> SafeString:
    """The drawing of a level with its range."""
    return drawing.gauge(level, words()) if level is not None else SafeString()


@register.simple_tag
def over_time(points: Sequence[tuple[str, Level]]) -> SafeString:
    """The drawing of levels by month, or by weeks: the day says enough there, without its year."""
    said = words()
    by_month = unit(points) == trend.Unit.MONTH
    return drawing.over_time(
        [(said.month(_first(code)) if by_month else said.day(_first(code)), one) for code, one in points], said
    )


@register.simple_tag
def is_fault(code: str) -> bool:
    """Whether less of a behaviour is better."""
    return names().sign(code) == "-"
