"""The report as one HTML file that needs no network, no script and no second file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import jinja2
import polars as pl
from markupsafe import Markup

from poise.knowledge import Knowledge
from poise.reports import charts, wording
from poise.reports.language import Locale, locale
from poise.reports.profile import Level, Section, levels, profiles
from poise.reports.quotes import clean, collect
from poise.reports.results import Results, read
from poise.reports.titles import Titles, titles

__all__ = ["PEOPLE_IN_ONE_FILE", "write"]

PEOPLE_IN_ONE_FILE: Final = 60
_TEACHERS = 3
_FOLDER = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Read:
    """What was read, in numbers."""

    conversations: int
    turns: int
    people: int
    first: datetime | None
    last: datetime | None
    languages: tuple[tuple[str, int], ...]
    channels: tuple[tuple[str, int], ...]
    purposes: tuple[tuple[str, int], ...]
    by_period: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Team:
    """What the team's own section shows."""

    people: tuple[str, ...]  # rows of the heat maps: those who need help first
    levels: dict[str, dict[str, Level]]
    clusters: tuple[str, ...]  # columns: what somebody has enough evidence for
    traits: tuple[str, ...]
    unseen: tuple[str, ...]  # what nobody has
    help: tuple[tuple[str, tuple[str, ...]], ...]  # trait or cluster, people
    teachers: tuple[tuple[str, tuple[str, ...]], ...]


def write(
    results: Path,
    out: Path | None = None,
    *,
    language: str = "en",
    person: str | None = None,
    knowledge: Knowledge | None = None,
) -> Path:
    """Write the report of a results folder.

    Parameters
    ----------
    results
        The folder that ``poise analyze --out`` wrote.
    out
        The file to write; ``report.html`` in the folder, or ``report-PERSON.html``, where None.
    language
        Of the report: ``en``, ``he`` or ``nb``. Quotes stay in their own.
    person
        Id or name: that person's page alone, with nothing of anyone else.
    knowledge
        The knowledge that the run used, for titles; what ships where None.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ReportError
        If the folder holds no results, or nobody has that id or name.
    """
    folder = Path(results)
    found = read(folder)
    words = locale(language)
    names = titles(language, knowledge)
    if person is None:
        chosen, target = None, out or folder / "report.html"
    else:
        chosen = found.find_person(person)
        target = out or folder / f"report-{re.sub(r'[^0-9A-Za-z_-]+', '-', chosen).strip('-') or 'person'}.html"
    page = _render(found, words, names, chosen)
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # a reader (or Ctrl-C) never meets half a report
    partial = target.with_name(f".{target.name}.part")
    partial.write_text(page, encoding="utf-8")
    partial.replace(target)
    return target


def _render(results: Results, words: Locale, names: Titles, chosen: str | None) -> str:
    known = levels(results)
    everyone = _sorted(results.people, known, results)
    team = _team(everyone, known, names) if chosen is None else None
    paged = [chosen] if chosen is not None else sorted(everyone[:PEOPLE_IN_ONE_FILE], key=results.name)
    people = profiles(results, paged, names, collect(results, paged, names))
    conceal = _conceal(results, chosen, words) if chosen is not None else None
    return _template(words.code).render(
        locale=words,
        titles=names,
        run=results.run,
        read=_read(results, chosen, words),
        team=team,
        people=people,
        single=chosen is not None,
        left_out=[results.name(person) for person in everyone if person not in set(paged)] if team else [],
        name=results.name,
        team_of=results.teams.get,
        anchors={person: f"person-{place}" for place, person in enumerate(paged, start=1)},
        said=_said(conceal),
        chart=_Charts(words, names),
        shortages=results.shortages,
        spans=_spans(results, paged),
    )


# ---------------------------------------------------------------- contexts


def _sorted(people: Iterable[str], known: dict[str, dict[str, Level]], results: Results) -> list[str]:
    """Order people by how much help they need; those of whom nothing can be said yet come last."""

    def key(person: str) -> tuple[bool, int, float, str]:
        own = [level for level in known.get(person, {}).values() if level.kind == "cluster"]
        shown = [level.mean for level in own if level.shown and level.mean is not None]
        needs = sum(level.needs_help for level in own)
        return (not shown, -needs, sum(shown) / len(shown) if shown else 0.0, results.name(person))

    return sorted(people, key=key)


def _team(people: Sequence[str], known: dict[str, dict[str, Level]], names: Titles) -> Team:
    found = {code: level.kind for own in known.values() for code, level in own.items()}
    ordered = names.order(list(found))

    def who(code: str, chosen: Callable[[Level], bool]) -> tuple[str, ...]:
        return tuple(person for person in people if code in known.get(person, {}) and chosen(known[person][code]))

    def best(code: str) -> tuple[str, ...]:
        strong = who(code, lambda level: level.verdict == "strength" and (level.low or 0) > 3)
        return tuple(sorted(strong, key=lambda person: (-(known[person][code].mean or 0), person))[:_TEACHERS])

    seen = [code for code in ordered if who(code, lambda level: level.verdict != "hidden")]
    return Team(
        people=tuple(people),
        levels=known,
        clusters=tuple(code for code in seen if found[code] == "cluster"),
        traits=tuple(code for code in seen if found[code] == "trait"),
        unseen=tuple(code for code in ordered if code not in seen),
        help=tuple((code, chosen) for code in ordered if (chosen := who(code, lambda level: level.needs_help))),
        teachers=tuple((code, chosen) for code in ordered if (chosen := best(code))),
    )


def _read(results: Results, chosen: str | None, words: Locale) -> Read:
    conversations, turns = results.scan("conversations"), results.scan("turns")
    if chosen is not None:
        theirs = results.scan("people").filter(pl.col("person") == chosen).select("conversation").unique()
        conversations = conversations.join(theirs, on="conversation", how="semi")
        turns = turns.join(theirs, on="conversation", how="semi")
    table = conversations.select("conversation", "language", "channel", "purpose", "started_at").collect()

    def counted(column: str) -> tuple[tuple[str, int], ...]:
        values = table[column].drop_nulls().value_counts().sort("count", column, descending=[True, False])
        return tuple(values.iter_rows())

    first, last = table["started_at"].min(), table["started_at"].max()
    return Read(
        conversations=table.height,
        turns=int(turns.select(pl.len()).collect().item()),
        people=1 if chosen is not None else len(results.people),
        first=first if isinstance(first, datetime) else None,
        last=last if isinstance(last, datetime) else None,
        languages=tuple((words.language_name(code), n) for code, n in counted("language")),
        channels=tuple((wording.label(wording.CHANNELS, code, words), n) for code, n in counted("channel")),
        purposes=tuple((wording.label(wording.PURPOSES, code, words), n) for code, n in counted("purpose")),
        by_period=_by_period(table["started_at"].drop_nulls(), words),
    )


def _spans(results: Results, people: Sequence[str]) -> dict[str, tuple[int, datetime | None, datetime | None]]:
    """Return how many conversations of each person were read, and when the first and the last of them were."""
    theirs = (
        results.scan("people")
        .filter(pl.col("person").is_in(list(people)))
        .select("person", "conversation")
        .unique()
        .join(results.scan("conversations").select("conversation", "started_at"), on="conversation")
        .group_by("person")
        .agg(n=pl.len(), first=pl.col("started_at").min(), last=pl.col("started_at").max())
        .collect()
    )
    return {person: (n, first, last) for person, n, first, last in theirs.iter_rows()}


def _by_period(started: pl.Series, words: Locale) -> tuple[tuple[str, int], ...]:
    """Count conversations by week, or by month where the weeks would be more than half a year's."""
    if started.is_empty():
        return ()
    first, last = started.min(), started.max()
    assert isinstance(first, datetime) and isinstance(last, datetime)
    every, show = ("1w", words.day) if last - first <= timedelta(weeks=26) else ("1mo", words.month)
    counts = started.to_frame("at").group_by(pl.col("at").dt.truncate(every)).len()
    full = counts.sort("at").upsample("at", every=every).with_columns(pl.col("len").fill_null(0))
    return tuple((show(at), n) for at, n in full.iter_rows())


def _conceal(results: Results, chosen: str, words: Locale) -> Callable[[str], str] | None:
    """Return what takes everybody else's name out of a quote."""
    own = {part.casefold() for part in re.findall(r"\w+", f"{results.name(chosen)} {chosen}")}
    others = {
        part
        for person in {*results.people, *results.names}
        if person != chosen
        for name in (results.name(person), person)
        for part in re.findall(r"\w+", name)
        if len(part) > 2 and not part.isdigit() and part.casefold() not in own
    }
    if not others:
        return None
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(name) for name in sorted(others)) + r")\b")
    stand_in = words.gettext("[a colleague]")
    return lambda text: pattern.sub(lambda _: stand_in, text)


def _said(conceal: Callable[[str], str] | None) -> Callable[[str], str]:
    return conceal or (lambda text: text)


# ---------------------------------------------------------------- charts of this page


class _Charts:
    """Draws the figures of one page; ids of drawings are numbered."""

    def __init__(self, words: Locale, names: Titles) -> None:
        self.words = words
        self.names = names
        self.drawn = 0

    def _draw(self, spec: dict[str, Any], *, limit: float | None = None) -> Markup:
        self.drawn += 1
        return Markup(charts.draw(spec, name=f"c{self.drawn}", limit=limit))

    def waterfall(self, section: Section) -> Markup | None:
        """Return how the level comes about, the smallest parts taken together; None where nothing is known of it."""
        level = section.level
        parts = [act for act in section.acts if act.contribution is not None]
        if not parts or level.mean is None or level.low is None or level.high is None:
            return None
        steps = [charts.Step(clean(self.names.behaviour(act.behaviour)), act.contribution or 0.0) for act in parts]
        steps = charts.foremost(steps, locale=self.words)
        return self._draw(
            charts.waterfall(steps, level=level.mean, low=level.low, high=level.high, locale=self.words), limit=460
        )

    def timeline(self, counts: Sequence[tuple[str, int]]) -> Markup:
        """Return when the conversations took place."""
        return self._draw(charts.timeline(counts, locale=self.words), limit=620)


# ---------------------------------------------------------------- template


@lru_cache(maxsize=4)
def _template(code: str) -> jinja2.Template:
    words = locale(code)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        stylesheet=Markup((_FOLDER / "report.css").read_text(encoding="utf-8")),
        wording=wording,
        tint=_tint,
        place=lambda level: f"{min(max((level - 1) / 4, 0), 1) * 100:.1f}%",
        count=lambda n: words.whole(n),
    )
    environment.filters.update(clean=clean)
    return environment.get_template("report.html")


def _tint(mean: float) -> str:
    """Return the colour class of a level; the number beside it says the same."""
    return "t" + str(1 + sum(mean >= edge for edge in (2.25, 2.75, 3.25, 3.75)))
