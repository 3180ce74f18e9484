"""The same argument in the terminal: what a run found, and why one person's level is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from poise.knowledge import Knowledge
from poise.reports import wording
from poise.reports.errors import ReportError, close_matches
from poise.reports.language import Locale, locale
from poise.reports.profile import Level, Section, levels, profiles
from poise.reports.quotes import Quote, clean, collect
from poise.reports.results import Results, read
from poise.reports.titles import Titles, titles

__all__ = ["explain", "summary"]

_BAR = 21  # characters of a level's bar; odd, so that the norm has a place in the middle
_PEOPLE = 40  # rows of the summary
_NAME = 28
_FEW = 3  # behaviours named of those that something is needed for


def explain(
    results: Path, person: str, trait: str, *, language: str = "en", knowledge: Knowledge | None = None
) -> RenderableType:
    """Return why ``person`` has their level on ``trait``: interval and n, parts, quotes, what would change it.

    Parameters
    ----------
    results
        The folder that ``poise analyze --out`` wrote.
    person
        Id or name.
    trait
        Id or title of a trait or cluster.
    language
        Of the words around the quotes.

    Raises
    ------
    ReportError
        If the folder holds no results, or the person or trait is unknown; with close matches.
    """
    found = read(Path(results))
    words = locale(language)
    names = titles(language, knowledge)
    who = found.find_person(person)
    code = _find_trait(trait, names, titles("en", knowledge))
    _ = words.gettext
    level = levels(found).get(who, {}).get(code)
    name = clean(found.name(who))
    head = Text.assemble((name, "bold"), " · ", (names.trait(code), "bold"))
    if level is None:
        return Group(head, Text(wording.reason(None, words), "yellow"))
    profile = profiles(found, [who], names, collect(found, [who], names))[0]
    section = next((item for item in (*profile.sections, *profile.hidden) if item.level.trait == code), None)
    parts: list[RenderableType]
    if level.verdict == "hidden" and section is not None:
        parts = [head, Text(wording.reason(level.reason, words), "yellow"), Text(_basis(level, words), "dim")]
        return Group(*parts, *_argument(section, name, names, words), *_norms(found, words))
    parts = [head, _reading(level, words)]
    if level.reason:
        parts.append(Text(wording.reason(level.reason, words), "yellow"))
    if section is None:
        # a cluster all of whose traits may be shown is argued by them
        inner = [item for item in profile.sections if item.level.trait in names.members(code)]
        for item in inner:
            parts += [Text(), Text(names.trait(item.level.trait), "bold underline"), _reading(item.level, words)]
            parts += _argument(item, name, names, words)
    else:
        parts += _argument(section, name, names, words)
    parts += _norms(found, words)
    return Group(*parts)


def _argument(section: Section, name: str, names: Titles, words: Locale) -> list[RenderableType]:
    _ = words.gettext
    parts: list[RenderableType] = []
    if section.acts:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for title, justify in (
            (_("Behaviour"), "left"),
            (_("Rate"), "right"),
            (_("Norm"), "right"),
            (_("Adds"), "right"),
            (_("Rests on"), "left"),
        ):
            table.add_column(title, justify=justify)  # type: ignore[arg-type]
        for act in section.acts:
            unit = names.unit(act.behaviour)
            rate = wording.amount(act.rate, unit, words) if act.shown else wording.short_reason(act.reason, words)
            tone = "" if not act.contribution else ("green" if act.contribution > 0 else "red")
            table.add_row(
                Text(names.behaviour(act.behaviour)),
                Text(rate, "" if act.shown else "dim"),
                Text(wording.amount(act.norm, unit, words)),
                Text(words.signed(act.contribution) if act.contribution is not None else "–", tone),
                Text(wording.basis(act, unit, words), "dim"),
            )
        parts += [Text(), table]
    for title, quotes, nothing in (
        (_("What speaks for it"), section.quotes_for, _("No words speak for it.")),
        (_("What speaks against it"), section.quotes_against, _("No words speak against it.")),
    ):
        parts += [Text(), Text(title, "bold")]
        if not quotes:
            parts.append(Padding(Text(nothing, "dim"), (0, 0, 0, 2)))
        parts += [Padding(_quoted(item, name, names, words), (0, 0, 1, 2)) for item in quotes]
    told = wording.changes(section.changes, names, words, shown=section.level.verdict != "hidden")
    if told:
        parts.append(Text(_("What would change the number"), "bold"))
        for sentence, advice in told:
            parts.append(Padding(Text.assemble("• ", sentence, (f" {advice}" if advice else "", "dim")), (0, 0, 0, 2)))
    return parts


def _find_trait(asked: str, names: Titles, english: Titles) -> str:
    known = {code: code for code in (*names.traits, *names.clusters)}
    for table in (english, names):
        known |= {table.trait(code).casefold(): code for code in (*names.traits, *names.clusters)}
    wanted = asked.strip().casefold()
    for spelling in (wanted, wanted.replace("-", "_").replace(" ", "_")):
        if spelling in known:
            return known[spelling]
    close = close_matches(wanted, known)
    raise ReportError(
        f"there is no trait or cluster {asked!r}",
        remedy=f"did you mean {', '.join(close)}?" if close else f"there are {', '.join(names.traits)}",
    )


def _basis(level: Level, words: Locale) -> str:
    conversations = words.ngettext("%(n)s conversation", "%(n)s conversations", level.conversations)
    occasions = words.ngettext("%(n)s occasion", "%(n)s occasions", level.opportunities)
    return words.listed(
        [
            conversations % {"n": words.whole(level.conversations)},
            occasions % {"n": words.whole(level.opportunities)},
        ]
    )


def _bar(low: float, mean: float, high: float) -> Text:
    """Draw the interval on 1..5, with the norm in the middle."""

    def place(value: float) -> int:
        return round((min(max(value, 1.0), 5.0) - 1) / 4 * (_BAR - 1))

    marks = ["─"] * _BAR
    marks[_BAR // 2] = "┼"
    for position in range(place(low), place(high) + 1):
        marks[position] = "━"
    marks[place(mean)] = "●"
    return Text("".join(marks))


def _reading(level: Level, words: Locale) -> Text:
    _ = words.gettext
    assert level.mean is not None and level.low is not None and level.high is not None
    line = Text.assemble((words.number(level.mean), "bold"), "  ")
    line.append_text(_bar(level.low, level.mean, level.high))
    line.append("  " + _("between %(range)s") % {"range": words.interval(level.low, level.high)})
    line.append("  " + _basis(level, words), "dim")
    if level.needs_help:
        line.append("  ▼ " + _("below the standard"), "bold red")
    return line


def _quoted(item: Quote, name: str, names: Titles, words: Locale) -> Text:
    """Set a quote in its context; the hit is underlined, so that it shows without colour."""
    text = Text.assemble((clean(wording.heading(item, names, words)), "cyan"))
    if item.kind == "shown" and item.rule:
        text.append(f"  {clean(item.rule)[:60]}", "dim")
    if item.event:
        done = words.gettext("Done, not said: %(event)s.")
        text.append("\n" + done % {"event": clean(wording.label(wording.EVENTS, item.event, words))})
    for passage in item.passages:
        text.append("\n")
        text.append(f"{clean(wording.speaker(passage, name, words))[:_NAME]}: ", "dim")
        for segment in passage.segments:
            style = {"mark": "underline bold", "cue": "italic"}.get(segment.kind, "" if passage.own else "dim")
            text.append(segment.text, style)
    where = [wording.label(wording.CHANNELS, item.channel, words), clean(item.conversation)[:48]]
    if item.at:
        where.append(words.short_date(item.at))
    text.append("\n" + " · ".join(part for part in where if part), "dim")
    return text


def _norms(found: Results, words: Locale) -> Iterable[RenderableType]:
    norms = found.run.norms
    if norms is None:
        return
    yield Text()
    yield Text(wording.norms(norms, words), "dim")


def summary(
    results: Path, *, language: str = "en", report: Path | None = None, knowledge: Knowledge | None = None
) -> RenderableType:
    """Return what a run found, for the terminal: people by clusters with intervals, gaps, rejects, and the report.

    Raises
    ------
    ReportError
        If the folder holds no results.
    """
    folder = Path(results)
    found = read(folder)
    words = locale(language)
    names = titles(language, knowledge)
    _, ngettext = words.gettext, words.ngettext
    known = levels(found)
    parts: list[RenderableType] = [_counts(found, words)]
    shown = {code for own in known.values() for code, level in own.items() if level.verdict != "hidden"}
    columns = [code for code in names.order(sorted(shown)) if code in names.clusters]
    if columns:
        parts += [Text(), _people(found, known, columns, names, words)]
        if len(known) > _PEOPLE:
            rest = len(known) - _PEOPLE
            parts.append(
                Text(
                    ngettext("… and %(n)s more person", "… and %(n)s more people", rest) % {"n": words.whole(rest)},
                    "dim",
                )
            )
    else:
        parts += [Text(), Text(_("Nobody has enough evidence for a level yet."), "yellow")]
    if found.shortages:
        parts += [Text(), Text(_("What the input could not show, and what would be needed"), "bold")]
        for shortage in found.shortages:
            line = ngettext(
                "%(n)s conversation without %(need)s: %(behaviours)s",
                "%(n)s conversations without %(need)s: %(behaviours)s",
                shortage.conversations,
            ) % {
                "n": words.whole(shortage.conversations),
                "need": wording.need(shortage.need, words),
                "behaviours": words.listed(_some(shortage.behaviours, names, words)),
            }
            parts.append(Padding(Text(line), (0, 0, 0, 2)))
    rejects = sum(file.rejects for file in found.run.inputs)
    if rejects:
        line = ngettext(
            "%(n)s record was refused: %(file)s says where and what to do.",
            "%(n)s records were refused: %(file)s says where and what to do.",
            rejects,
        ) % {"n": words.whole(rejects), "file": str(folder / "rejects.jsonl")}
        parts += [Text(), Text(line, "yellow")]
    parts += _norms(found, words)
    page = report or folder / "report.html"
    if page.is_file():
        parts += [Text(), Text.assemble(_("Report:"), " ", (str(page), f"bold link {page.resolve().as_uri()}"))]
    return Group(*parts)


def _some(behaviours: Sequence[str], names: Titles, words: Locale) -> list[str]:
    """Return the first few titles, and how many more there are."""
    if len(behaviours) <= _FEW + 1:
        return [names.behaviour(code) for code in behaviours]
    rest = len(behaviours) - _FEW
    return [
        *(names.behaviour(code) for code in behaviours[:_FEW]),
        words.ngettext("%(n)s other behaviour", "%(n)s other behaviours", rest) % {"n": words.whole(rest)},
    ]


def _counts(found: Results, words: Locale) -> Text:
    run = found.run
    counts = run.counts
    conversations, turns = counts.get("conversations", 0), counts.get("turns", 0)
    unnamed = counts.get("people_unnamed", 0)
    pieces = [
        words.ngettext("%(n)s conversation", "%(n)s conversations", conversations) % {"n": words.whole(conversations)},
        words.ngettext("%(n)s turn", "%(n)s turns", turns) % {"n": words.whole(turns)},
        words.ngettext("%(n)s person", "%(n)s people", len(found.people)) % {"n": words.whole(len(found.people))},
    ]
    if unnamed:
        pieces.append(
            words.ngettext("%(n)s known by role only", "%(n)s known by role only", unnamed)
            % {"n": words.whole(unnamed)}
        )
    return Text(" · ".join(pieces), "bold")


def _people(
    found: Results, known: dict[str, dict[str, Level]], columns: list[str], names: Titles, words: Locale
) -> Table:
    _ = words.gettext
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(_("Person"), max_width=_NAME, overflow="ellipsis", no_wrap=True)
    for code in columns:
        table.add_column(names.trait(code))
    for person in sorted(known, key=lambda person: (found.name(person), person))[:_PEOPLE]:
        cells: list[Text] = []
        for code in columns:
            level = known[person].get(code)
            if level is None or level.mean is None or level.verdict == "hidden":
                cells.append(Text(wording.short_reason(level.reason if level else None, words), "dim"))
                continue
            assert level.low is not None and level.high is not None
            cell = Text.assemble((words.number(level.mean), "bold"), f" ({words.interval(level.low, level.high)})")
            if level.needs_help:
                cell.append(" ▼", "bold red")
            cells.append(cell)
        table.add_row(Text(clean(found.name(person))), *cells)
    return table
