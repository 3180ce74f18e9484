"""What is different between two versions of a kit, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from poise.app.interviews.kits.laying import FORMS, LANGUAGE_NAMES
from poise.knowledge.interviews import LANGUAGES, STRENGTHS, Kit, Question
from poise.reports.language import locale
from poise.reports.titles import Titles

__all__ = ["Change", "changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what it is about, and what it says before and after; empty where it is not there."""

    what: str
    before: str
    after: str


def changes(before: Kit, after: Kit, names: Titles, *, job_before: str = "", job_after: str = "") -> list[Change]:
    """Return the differences between two versions, in the order of the kit."""
    found = [] if job_before == job_after else [Change(_("job analysis"), job_before, job_after)]
    return [
        *found,
        *_traits(before, after, names),
        *_questions(before, after, names),
        *_texts(_("probe %(number)d"), before.probes, after.probes),
    ]


def _traits(before: Kit, after: Kit, names: Titles) -> Iterator[Change]:
    old, new = (kit.weights() if kit.traits else {} for kit in (before, after))
    said = locale(get_language() or "en")

    def share(kit: Mapping[str, float], trait: str) -> str:
        return said.percent(kit[trait], 1) if trait in kit else ""

    for trait in names.order([*old, *(one for one in new if one not in old)]):
        if share(old, trait) != share(new, trait):
            yield Change(
                _("weight of “%(trait)s”") % {"trait": names.trait(trait)}, share(old, trait), share(new, trait)
            )
    if list(before.traits) != list(after.traits) and set(before.traits) == set(after.traits):
        orders = [", ".join(names.trait(one) for one in kit.traits) for kit in (before, after)]
        yield Change(_("order of the traits"), *orders)


def _questions(before: Kit, after: Kit, names: Titles) -> Iterator[Change]:
    old, new = ({one.id: one for one in kit.questions} for kit in (before, after))
    order = [*new, *(key for key in old if key not in new)]
    for key in order:
        one = new.get(key) or old[key]
        called = _called(one, names)
        if key not in old or key not in new:
            yield Change(called, _words(old.get(key)), _words(new.get(key)))
            continue
        yield from _by_language(called, old[key].text, new[key].text)
        for level in ("1", "3", "5"):
            what = _("%(question)s, level %(level)s") % {"question": called, "level": level}
            yield from _by_language(what, old[key].anchors.get(level, {}), new[key].anchors.get(level, {}))
    for trait in after.traits:
        kept = [
            [one.id for one in kit.questions if one.trait == trait and one.id in old and one.id in new]
            for kit in (before, after)
        ]
        if kept[0] != kept[1]:
            said = [" · ".join(_words(side[key]) for key in keys) for side, keys in zip((old, new), kept, strict=True)]
            yield Change(_("order of the questions of “%(trait)s”") % {"trait": names.trait(trait)}, *said)


def _called(one: Question, names: Titles) -> str:
    if one.id == STRENGTHS:
        return _("question about strengths and weaknesses")
    said = {"trait": names.trait(one.trait or ""), "form": FORMS[one.form]}
    return _("question of “%(trait)s”, %(form)s") % said


def _words(one: Question | None) -> str:
    return "" if one is None else next((one.text[code] for code in LANGUAGES if one.text.get(code)), one.id)


def _by_language(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for code in LANGUAGES:
        old, new = before.get(code, ""), after.get(code, "")
        if old != new:
            yield Change(f"{what} ({LANGUAGE_NAMES[code]})", old, new)


def _texts(what: str, before: list[dict[str, str]], after: list[dict[str, str]]) -> Iterator[Change]:
    for number in range(max(len(before), len(after))):
        old, new = (side[number] if number < len(side) else {} for side in (before, after))
        yield from _by_language(what % {"number": number + 1}, old, new)
